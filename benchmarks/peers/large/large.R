# The statistics and figures of a large cohort as an R user would make them: base R, survival, cmprsk; figures by base svg().
# Rscript large.R cohort.csv folder-for-figures; prints seconds of each stage and how many numbers were made.
suppressPackageStartupMessages(library(survival))
words <- commandArgs(trailingOnly = TRUE)
clock <- proc.time()[["elapsed"]]
lap <- function(name) {
  now <- proc.time()[["elapsed"]]
  cat(name, now - clock, length(numbers), "\n")
  clock <<- now
}
numbers <- c()
keep <- function(...) numbers <<- c(numbers, as.numeric(unlist(list(...))))

cohort <- read.csv(words[1], na.strings = "", stringsAsFactors = FALSE)
stopifnot(!anyDuplicated(cohort$patient_id), all(cohort$kras %in% c("mutant", "wild_type")), all(cohort$os_months >= cohort$pfs_months),
  all(cohort$os_event %in% 0:1), all(cohort$pfs_event %in% 0:1), all(cohort$sex %in% c("female", "male")))
lap("reading")

cohort$group <- factor(cohort$kras, levels = c("wild_type", "mutant"))
cohort$largest_lesion_cm2 <- cohort$lesion1_baseline_long_mm * cohort$lesion1_baseline_perp_mm / 100
burden <- function(when) cohort[[paste0("lesion1_", when, "_long_mm")]] * cohort[[paste0("lesion1_", when, "_perp_mm")]]
cohort$reduction_percent <- 100 * (1 - burden("best") / burden("baseline"))
cohort$reduction_recist <- 100 * (1 - cohort$lesion1_best_long_mm / cohort$lesion1_baseline_long_mm)
continuous <- c("age_years", "bmi_kg_m2", "operative_minutes", "length_of_stay_days", "n_liver_lesions", "largest_lesion_cm2", "reduction_percent",
  "reduction_recist", "lesion1_baseline_long_mm", "lesion1_baseline_perp_mm", "lesion1_best_long_mm", "lesion1_best_perp_mm")
samples <- function(x) c(list(x), split(x, cohort$group))
for (name in continuous) {
  x <- cohort[[name]]
  for (part in samples(x)) {
    keep(length(part), mean(part), sd(part), median(part), range(part), fivenum(part)[c(2, 4)])
    for (type in c(6, 7, 2)) keep(quantile(part, c(0.25, 0.75), type = type))
  }
  for (correct in c(FALSE, TRUE)) keep(wilcox.test(x ~ cohort$group, exact = FALSE, correct = correct)$p.value)
  found <- wilcox.test(x ~ cohort$group, exact = FALSE, conf.int = TRUE)
  keep(found$statistic, found$estimate, found$conf.int)
  for (equal in c(TRUE, FALSE)) { found <- t.test(x ~ cohort$group, var.equal = equal); keep(found$p.value, found$conf.int, -diff(found$estimate)) }
  keep(diff(tapply(x, cohort$group, mean)) / sqrt(mean(tapply(x, cohort$group, var))))
}
binary <- list(sex = cohort$sex == "male", synchronous = cohort$synchronous_metastases == "yes", extrahepatic = cohort$extrahepatic_disease == "yes",
  converted = cohort$converted_to_resection == "yes", any = cohort$clavien_dindo != "0", minor = cohort$clavien_dindo %in% c("I", "II"),
  severe = cohort$clavien_dindo == "IIIb", response = cohort$reduction_percent >= 50, recist = cohort$reduction_recist >= 30,
  growth = cohort$reduction_percent < 0, shrinkage = cohort$reduction_percent > 0, alive = cohort$os_event == 0, early = cohort$os_event == 1 & cohort$os_months <= 90 / 30.4375)
intervals <- function(k, n) keep(k, k / n, binom.test(k, n)$conf.int, prop.test(k, n, correct = FALSE)$conf.int, qbeta(c(0.025, 0.975), k + 0.5, n - k + 0.5))
for (x in binary) {
  for (part in samples(x)) intervals(sum(part), length(part))
  table <- table(cohort$group, factor(x, levels = c(FALSE, TRUE)))
  if (any(colSums(table) == 0)) next
  exact <- fisher.test(table)
  keep(exact$p.value, exact$estimate, exact$conf.int)
  for (correct in c(FALSE, TRUE)) keep(suppressWarnings(chisq.test(table, correct = correct))$p.value)
  pearson <- suppressWarnings(chisq.test(table, correct = FALSE))
  keep(pchisq(pearson$statistic * (1 - 1 / sum(table)), 1, lower.tail = FALSE))
  keep(pchisq(2 * sum(table * log(table / pearson$expected), na.rm = TRUE), 1, lower.tail = FALSE))
  keep(prop.test(table, correct = FALSE)$conf.int)
  odds <- log(table[1, 1] * table[2, 2] / table[1, 2] / table[2, 1]); se <- sqrt(sum(1 / table))
  keep(exp(odds + c(-1, 0, 1) * qnorm(0.975) * se))
}
for (x in list(cohort$primary_site, cohort$clavien_dindo)) {
  for (level in unique(x)) for (part in samples(x == level)) intervals(sum(part), length(part))
  keep(suppressWarnings(chisq.test(table(cohort$group, x)))$p.value)
}
fits <- list()
times <- c(0, 6, 12, 18, 24, 30, 36)
for (name in c("os", "pfs", "hepatic_pfs")) {
  y <- Surv(cohort[[paste0(name, "_months")]], cohort[[paste0(name, "_event")]])
  for (part in list(seq_len(nrow(cohort)), which(cohort$group == "mutant"), which(cohort$group == "wild_type"))) {
    for (type in c("plain", "log", "log-log")) {
      fit <- survfit(y[part] ~ 1, conf.type = type)
      at <- summary(fit, times = times, extend = TRUE)
      keep(at$surv, at$std.err, at$lower, at$upper, at$n.risk, quantile(fit, 0.5))
    }
    for (horizon in c(12, 24)) keep(summary(fit, rmean = horizon)$table[c("rmean", "se(rmean)")])
    keep(quantile(survfit(Surv(y[part, 1], 1 - y[part, 2]) ~ 1), 0.5)$quantile)
  }
  fits[[name]] <- survfit(y ~ group, data = cohort)
  for (rho in c(0, 1)) keep(survdiff(y ~ group, data = cohort, rho = rho)$chisq)
  for (ties in c("efron", "breslow")) { cox <- coxph(y ~ group, data = cohort, ties = ties); keep(summary(cox)$conf.int, summary(cox)$coefficients) }
  cox <- coxph(y ~ group, data = cohort)
  for (transform in c("km", "rank", "identity")) keep(cox.zph(cox, transform = transform)$table[1, "p"])
  if (name != "os") {
    died <- cohort$os_event == 1 & abs(cohort$os_months - y[, 1]) < 1e-9
    status <- factor(ifelse(y[, 2] == 0, 0, ifelse(died, 2, 1)), levels = 0:2)
    at <- summary(survfit(Surv(y[, 1], status) ~ group, data = cohort), times = times, extend = TRUE)
    keep(at$pstate, at$std.err)
    keep(cmprsk::cuminc(y[, 1], as.integer(status) - 1, cohort$group)$Tests[, "pv"])
  }
}
lap("statistics")

figure <- function(name, draw) { svg(file.path(words[2], paste0(name, ".svg")), width = 7, height = 5); draw(); invisible(dev.off()) }
for (name in names(fits)) figure(name, function() plot(fits[[name]], conf.int = TRUE, mark.time = TRUE, col = 1:2))
figure("waterfall", function() barplot(sort(-cohort$reduction_percent), border = NA, space = 0))
later <- cohort[cohort$os_months > 6, ]
for (x in c("response", "converted")) {
  by <- binary[[x]][cohort$os_months > 6]
  figure(paste0("landmark_", x), function() plot(survfit(Surv(os_months - 6, os_event) ~ by, data = later), conf.int = TRUE, mark.time = TRUE, col = 1:2))
}
lap("figures")
