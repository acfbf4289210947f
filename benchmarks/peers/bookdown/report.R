# What the chapters share: the cohort, its derived variables, and how numbers are printed.
# Written as an R user would: base R, survival, survminer, cmprsk, exactRankTests; one test a function.
suppressPackageStartupMessages({
  library(survival)
  library(survminer)
})
knitr::opts_chunk$set(echo = FALSE, message = FALSE, warning = FALSE, cache = FALSE, dev = "svg", fig.width = 7, fig.height = 5)

cohort <- read.csv("cohort.csv", na.strings = "", stringsAsFactors = FALSE)
cohort$largest_lesion_cm2 <- cohort$lesion1_baseline_long_mm * cohort$lesion1_baseline_perp_mm / 100
burden <- function(when) {
  product <- function(lesion) cohort[[paste0(lesion, "_", when, "_long_mm")]] * cohort[[paste0(lesion, "_", when, "_perp_mm")]]
  second <- product("lesion2")
  product("lesion1") + ifelse(is.na(second), 0, second)
}
longest <- function(when) {
  second <- cohort[[paste0("lesion2_", when, "_long_mm")]]
  cohort[[paste0("lesion1_", when, "_long_mm")]] + ifelse(is.na(second), 0, second)
}
cohort$reduction_percent <- 100 * (burden("baseline") - burden("best")) / burden("baseline")
cohort$reduction_recist <- 100 * (longest("baseline") - longest("best")) / longest("baseline")
best_response <- function(reduction, response, progression) {
  factor(ifelse(reduction >= 100, "Complete response", ifelse(reduction >= response, "Partial response",
    ifelse(reduction < progression, "Progressive disease", "Stable disease"))),
    levels = c("Complete response", "Partial response", "Stable disease", "Progressive disease"))
}
cohort$best_response <- best_response(cohort$reduction_percent, 50, 0)
cohort$best_response_recist <- best_response(cohort$reduction_recist, 30, -20)
yes <- function(test) factor(ifelse(test, "yes", "no"), levels = c("no", "yes"))
cohort$objective_response <- yes(cohort$reduction_percent >= 50)
cohort$objective_response_recist <- yes(cohort$reduction_recist >= 30)
cohort$growth <- yes(cohort$reduction_percent < 0)
cohort$any_complication <- yes(cohort$clavien_dindo != "0")
cohort$minor_complication <- yes(cohort$clavien_dindo %in% c("I", "II"))
cohort$severe_complication <- yes(!cohort$clavien_dindo %in% c("0", "I", "II"))
cohort$any_pump <- yes(cohort$pump_complication != "none")
cohort$biliary <- yes(cohort$pump_complication %in% c("biliary_stricture", "biloma"))
cohort$death_90_days <- yes(cohort$os_event == 1 & cohort$os_months <= 90 / 30.4375)
cohort$prior_chemotherapy <- yes(cohort$prior_chemo_cycles > 0)
cohort$group <- factor(ifelse(cohort$kras == "mutant", "KRAS-mutated", "Wild type"), levels = c("Wild type", "KRAS-mutated"))
analysed <- cohort[cohort$braf != "mutant" | is.na(cohort$braf), ]
groups <- c("KRAS-mutated", "Wild type")
of_group <- function(data, group) if (group == "All rows") data else data[data$group == group, ]

number <- function(x, digits = 1) ifelse(is.na(x), "NE", formatC(x, digits = digits, format = "f"))
p_text <- function(p) ifelse(is.na(p), "NE", ifelse(p < 0.001, "<0.001", ifelse(p < 0.01, number(p, 3), number(p, 2))))
interval <- function(low, high, digits = 1) paste0(number(low, digits), " to ", number(high, digits))
median_range <- function(x, digits = 1) {
  x <- x[!is.na(x)]
  if (length(x) == 0) return("NE")
  paste0(number(median(x), digits), " [", number(min(x), digits), " to ", number(max(x), digits), "]")
}
share <- function(x, level = "yes") {
  x <- x[!is.na(x)]
  if (length(x) == 0) return("0 (NE)")
  paste0(sum(x == level), " (", number(100 * mean(x == level), 0), "%)")
}
share_with_interval <- function(x, level = "yes") {
  x <- x[!is.na(x)]
  test <- binom.test(sum(x == level), length(x))
  paste0(sum(x == level), "/", length(x), ", ", number(100 * test$estimate, 0), "% (", interval(100 * test$conf.int[1], 100 * test$conf.int[2], 0), "%)")
}
split_by <- function(data, name) split(data[[name]], data$group)[groups]
# Beyond some ten thousand rows exactRankTests overflows; base R's normal approximation takes its place.
rank_test <- function(x, y, ...) {
  if (length(x) + length(y) > 5000) wilcox.test(x, y, exact = FALSE, ...) else exactRankTests::wilcox.exact(x, y, ...)
}
p_exact <- function(data, name) {
  parts <- lapply(split_by(data, name), function(x) x[!is.na(x)])
  rank_test(parts[[1]], parts[[2]])$p.value
}
two_by_two <- function(data, name, level = "yes") table(data$group, data[[name]] == level)
p_fisher <- function(data, name, level = "yes") {
  table <- two_by_two(data, name, level)
  if (ncol(table) < 2) NA else fisher.test(table)$p.value
}
newcombe <- function(x1, n1, x2, n2) {
  w1 <- prop.test(x1, n1, correct = FALSE)$conf.int
  w2 <- prop.test(x2, n2, correct = FALSE)$conf.int
  p1 <- x1 / n1; p2 <- x2 / n2
  c(p1 - p2, p1 - p2 - sqrt((p1 - w1[1])^2 + (w2[2] - p2)^2), p1 - p2 + sqrt((w1[2] - p1)^2 + (p2 - w2[1])^2))
}
risk_difference <- function(data, name, level = "yes") {
  parts <- lapply(split_by(data, name), function(x) x[!is.na(x)] == level)
  suppressWarnings(newcombe(sum(parts[[1]]), length(parts[[1]]), sum(parts[[2]]), length(parts[[2]])))
}
standardised <- function(data, name) {
  parts <- split_by(data, name)
  if (is.numeric(data[[name]])) {
    return((mean(parts[[1]], na.rm = TRUE) - mean(parts[[2]], na.rm = TRUE)) /
      sqrt((var(parts[[1]], na.rm = TRUE) + var(parts[[2]], na.rm = TRUE)) / 2))
  }
  levels <- sort(unique(data[[name]]))[-1]
  if (length(levels) == 0) return(NA)
  p <- lapply(parts, function(x) vapply(levels, function(level) mean(x == level, na.rm = TRUE), 0))
  covariance <- function(p) diag(p, length(p)) - outer(p, p)
  difference <- p[[1]] - p[[2]]
  tryCatch(sqrt(drop(difference %*% solve((covariance(p[[1]]) + covariance(p[[2]])) / 2) %*% difference)), error = function(e) NA)
}

endpoints <- c(os = "Overall survival", pfs = "Progression-free survival", hepatic_pfs = "Hepatic progression-free survival")
surv <- function(data, name) Surv(data[[paste0(name, "_months")]], data[[paste0(name, "_event")]])
fit_of <- function(data, name, type = "plain") survfit(surv(data, name) ~ 1, conf.type = type)
cox_of <- function(data, name, ties = "efron") coxph(surv(data, name) ~ group, data = data, ties = ties)
p_logrank <- function(data, name) {
  test <- survdiff(surv(data, name) ~ group, data = data)
  pchisq(test$chisq, 1, lower.tail = FALSE)
}
hazard <- function(fit, digits = 2) {
  limits <- suppressMessages(exp(confint(fit)))
  paste0(number(exp(coef(fit)), digits), " (", interval(limits[1], limits[2], digits), ")")
}
median_wald <- function(fit) {
  t50 <- fit$time[which(fit$surv <= 0.5)[1]]
  at <- function(t) summary(fit, times = t)
  u <- rev(fit$time[fit$n.event > 0 & fit$surv >= 0.55])[1]
  l <- fit$time[which(fit$surv <= 0.45)[1]]
  if (any(is.na(c(t50, u, l)))) return(c(t50, NA, NA))
  se <- at(t50)$std.err * (l - u) / (at(u)$surv - at(l)$surv)
  c(t50, t50 - qnorm(0.975) * se, t50 + qnorm(0.975) * se)
}
restricted_mean <- function(data, name, horizon) {
  found <- summary(fit_of(data, name), rmean = horizon)$table
  if (max(surv(data, name)[, 1]) < horizon && min(fit_of(data, name)$surv) > 0) c(NA, NA) else found[c("rmean", "se(rmean)")]
}
show_table <- function(rows, header, caption) knitr::kable(do.call(rbind, rows), col.names = header, caption = caption, row.names = FALSE)
curve <- function(fit, data, title, labels, horizon = 36) {
  ggsurvplot(fit, data = data, conf.int = TRUE, risk.table = TRUE, cumevents = FALSE, break.time.by = 6, xlim = c(0, horizon),
    legend.labs = labels, palette = c("#D55E00", "#0072B2"), xlab = "Months", ylab = title, pval = TRUE)
}
