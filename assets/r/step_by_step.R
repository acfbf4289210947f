# Tables 1 and 2 and Figures 1 and 2 of the book once more, in R: survival, coin and base R.
#
#   Rscript step_by_step.R cohort.csv [group_by reference_group] [exclude] [profile] [dictionary.csv]
#
# exclude is column=level or "" (nobody is left out); profile is paper or recommended; dictionary.csv describes the
# cohort's own columns. Without arguments after the file: kras wild_type braf=mutant paper. Prints one number a line, named
# as in the book: variable, level, group, statistic; then each point of the figures.
suppressPackageStartupMessages({
  library(survival)
  library(coin)
})

given <- commandArgs(trailingOnly = TRUE)
argument <- function(place, otherwise) if (length(given) >= place) given[place] else otherwise
file <- argument(1, "data/cohort.csv")
group_by <- argument(2, "kras")
reference <- argument(3, "wild_type")
exclude <- argument(4, if (length(given) < 2) "braf=mutant" else "")
paper <- argument(5, if (length(given) < 2) "paper" else "recommended") == "paper"
dictionary <- argument(6, "")

baseline <- if (paper) c(
  "age_years", "sex", "race", "bmi_kg_m2", "synchronous_metastases", "operative_minutes", "length_of_stay_days",
  "n_liver_lesions", "largest_lesion_cm2", "extrahepatic_disease", "prior_chemo_cycles", "hai_cycles"
) else c(
  "age_years", "sex", "race", "bmi_kg_m2", "synchronous_metastases", "kras", "nras", "braf", "primary_site",
  "primary_resection", "n_liver_lesions", "largest_lesion_cm2", "extrahepatic_disease", "prior_regimens",
  "prior_chemo_cycles", "first_line", "second_line", "pump_year", "operative_minutes", "length_of_stay_days", "hai_cycles"
)
reduction <- if (paper) "reduction_percent" else "reduction_percent_recist"
outcomes <- c(reduction, "objective_response", "converted_to_resection", "pfs", "hepatic_pfs", "os")
z <- qnorm(0.975)

say <- function(..., value) {
  parts <- gsub("[^A-Za-z0-9_]+", "_", c(...))
  cat(paste(parts[parts != ""], collapse = "."), if (is.na(value)) "" else sprintf("%.15g", value), "\n", sep = " ")
}

# --- the cohort ---------------------------------------------------------------------------------------------------------

own <- if (dictionary != "") read.csv(dictionary, na.strings = "", colClasses = "character") else NULL
d <- read.csv(file, na.strings = "", colClasses = "character")
words <- c("patient_id", "site", "race", "kras_codon", "first_line", "second_line", "clavien_dindo")
words <- c(words, own$column[own$type %in% c("category", "string")])
for (name in setdiff(names(d), words)) {
  found <- suppressWarnings(as.numeric(d[[name]]))
  if (all(is.na(found) == is.na(d[[name]])) && any(!is.na(found))) d[[name]] <- found
}
if ("lesion1_baseline_long_mm" %in% names(d)) {
  size <- function(lesion, visit, long_alone) {
    long <- as.numeric(d[[sprintf("lesion%d_%s_long_mm", lesion, visit)]])
    perp <- as.numeric(d[[sprintf("lesion%d_%s_perp_mm", lesion, visit)]])
    if (length(long) == 0) return(rep(NA_real_, nrow(d)))
    if (long_alone) long else ifelse(long == 0, 0, long * perp)
  }
  shrinkage <- function(long_alone) {
    b1 <- size(1, "baseline", long_alone); b2 <- size(2, "baseline", long_alone)
    e1 <- size(1, "best", long_alone); e2 <- size(2, "best", long_alone)
    second <- !is.na(b2)
    before <- b1 + ifelse(second, b2, 0)
    100 * (before - e1 - ifelse(second, e2, 0)) / before
  }
  d$reduction_percent <- shrinkage(FALSE)
  d$reduction_percent_recist <- shrinkage(TRUE)
  d$objective_response <- ifelse(d[[reduction]] >= (if (paper) 50 else 30) - 1e-9, "yes", "no")
  d$largest_lesion_cm2 <- d$lesion1_baseline_long_mm * d$lesion1_baseline_perp_mm / 100
}
rule <- strsplit(exclude, "=")[[1]]
left_out <- if (length(rule) == 2 && rule[1] %in% names(d)) d[[rule[1]]] %in% rule[2] else rep(FALSE, nrow(d))
d$group <- d[[group_by]]
everyone <- d
d <- d[!left_out & !is.na(d$group), ]
level <- setdiff(unique(d$group), reference)
stopifnot(length(level) == 1)
versus <- paste0(level, "_vs_", reference)
groups <- c(level, reference)

# --- tests and intervals -------------------------------------------------------------------------------------------------

compare_numbers <- function(values) {
  if (length(values[[1]]) == 0 || length(values[[2]]) == 0 || length(unique(unlist(values))) < 2) return(NA)
  both <- data.frame(y = unlist(values), g = factor(rep(1:2, lengths(values))))
  as.numeric(pvalue(wilcox_test(y ~ g, both, distribution = if (nrow(both) > 200) "asymptotic" else "exact")))
}

hodges_lehmann <- function(values) {
  differences <- sort(outer(values[[1]], values[[2]], "-"))
  k <- max(1, qwilcox(0.025, length(values[[1]]), length(values[[2]])))
  c(median(differences), differences[k], rev(differences)[k])
}

compare_counts <- function(counts) {
  counts <- counts[rowSums(counts) > 0, , drop = FALSE]
  if (nrow(counts) < 2 || any(colSums(counts) == 0)) return(NA)
  if (nrow(counts) > 2) {
    return(if (paper) suppressWarnings(chisq.test(counts, correct = FALSE))$p.value else fisher.test(counts, workspace = 2e7)$p.value)
  }
  if (paper) return(min(1, fisher.test(counts)$p.value))
  possible <- max(0, sum(counts[1, ]) - sum(counts[, 2])):min(sum(counts[1, ]), sum(counts[, 1]))
  chance <- dhyper(possible, sum(counts[, 1]), sum(counts[, 2]), sum(counts[1, ]))
  observed <- chance[possible == counts[1, 1]]
  equal <- abs(chance / observed - 1) < 1e-7
  sum(chance[chance < observed & !equal]) + sum(chance[equal]) / 2
}

wilson <- function(x, n) {
  p <- x / n
  (p + z^2 / (2 * n) + c(-1, 1) * z * sqrt(p * (1 - p) / n + z^2 / (4 * n^2))) / (1 + z^2 / n)
}

risk_difference <- function(x, n, y, m) {
  p <- x / n; q <- y / m; difference <- p - q
  if (paper) {
    one <- wilson(x, n); other <- wilson(y, m)
    return(c(difference, difference - sqrt((p - one[1])^2 + (other[2] - q)^2), difference + sqrt((one[2] - p)^2 + (q - other[1])^2)))
  }
  score <- function(at) {
    # The restricted maximum of the likelihood, found by search rather than by formula.
    range <- c(max(0, at), min(1, 1 + at))
    part <- function(k, share) if (k == 0) 0 else k * log(share)
    likelihood <- function(s) part(x, s) + part(n - x, 1 - s) + part(y, s - at) + part(m - y, 1 - s + at)
    slope <- function(s) x / s - (n - x) / (1 - s) + y / (s - at) - (m - y) / (1 - s + at)
    inside <- range + c(1, -1) * 1e-13 * diff(range)
    s <- if (slope(inside[1]) <= 0) range[1] else if (slope(inside[2]) >= 0) range[2] else uniroot(slope, inside, tol = 1e-15)$root
    variance <- (s * (1 - s) / n + (s - at) * (1 - s + at) / m) * (n + m) / (n + m - 1)
    (difference - at) / sqrt(max(variance, 1e-300))
  }
  lower <- if (difference > -1 + 1e-9) uniroot(function(at) score(at) - z, c(-1 + 1e-9, difference), tol = 1e-13)$root else -1
  upper <- if (difference < 1 - 1e-9) uniroot(function(at) score(at) + z, c(difference, 1 - 1e-9), tol = 1e-13)$root else 1
  c(difference, lower, upper)
}

# --- one variable --------------------------------------------------------------------------------------------------------

describe_number <- function(name, effect) {
  values <- lapply(groups, function(g) na.omit(d[[name]][d$group == g]))
  described <- setNames(c(list(na.omit(everyone[[name]])), values), c("all", groups))
  for (g in names(described)) {
    of_group <- described[[g]]
    say(name, g, "n", value = length(of_group))
    if (length(of_group) == 0) next
    quarters <- quantile(of_group, c(0.25, 0.75), type = if (paper) 6 else 7)
    say(name, g, "median", value = median(of_group))
    say(name, g, "min", value = min(of_group))
    say(name, g, "max", value = max(of_group))
    say(name, g, "iqr", value = diff(quarters))
  }
  say(name, versus, "p_value", value = compare_numbers(values))
  if (effect && all(lengths(values) > 0)) {
    found <- hodges_lehmann(values)
    for (i in 1:3) say(name, versus, paste0("hodges_lehmann", c("", "_lower", "_upper"))[i], value = found[i])
  }
}

describe_category <- function(name, effect) {
  words <- sort(unique(everyone[[name]]))
  counts <- table(factor(d[[name]], words), factor(d$group, groups))
  whole <- cbind(all = c(table(factor(everyone[[name]], words))), counts)
  for (g in colnames(whole)) {
    total <- sum(whole[, g])
    say(name, g, "n", value = total)
    for (word in rownames(counts)) for (form in if (word == "yes") c(word, "") else word) {
      say(name, form, g, "count", value = whole[word, g])
      say(name, form, g, "percent", value = if (total) 100 * whole[word, g] / total else NA)
    }
  }
  say(name, versus, "p_value", value = compare_counts(matrix(counts, ncol = 2)))
  if (effect && all(rownames(counts) %in% c("yes", "no")) && all(colSums(counts) > 0)) {
    yes <- if ("yes" %in% rownames(counts)) counts["yes", ] else c(0, 0)
    found <- risk_difference(yes[1], sum(counts[, 1]), yes[2], sum(counts[, 2]))
    for (i in 1:3) say(name, versus, paste0("risk_difference", c("", "_lower", "_upper"))[i], value = found[i])
  }
}

percentile_wald <- function(fit) {
  # Collett, Modelling Survival Data in Medical Research, section 2.4; as SPSS gives it.
  at <- fit$n.event > 0
  time <- fit$time[at]; s <- round(fit$surv[at], 9); error <- fit$surv[at] * fit$std.err[at]
  middle <- which(s <= 0.5)[1]; before <- rev(which(s >= 0.55))[1]; after <- which(s <= 0.45)[1]
  if (anyNA(c(middle, before, after)) || s[middle] == 0) return(c(NA, NA))
  time[middle] + c(-1, 1) * z * error[middle] * (time[after] - time[before]) / (s[before] - s[after])
}

describe_survival <- function(name) {
  rows <- data.frame(g = d$group, months = round(d[[paste0(name, "_months")]], 9), event = d[[paste0(name, "_event")]])
  rows <- rows[complete.cases(rows), ]
  for (g in groups) {
    inside <- rows[rows$g == g, ]
    say(name, g, "n", value = nrow(inside))
    say(name, g, "events", value = sum(inside$event))
    fit <- survfit(Surv(months, event) ~ 1, inside, conf.type = if (paper) "plain" else "log-log")
    if (paper) {
      first <- fit$time[round(fit$surv, 9) <= 0.5][1]
      found <- c(first, percentile_wald(fit))
    } else {
      found <- unlist(quantile(fit, 0.5))
    }
    for (i in 1:3) say(name, g, c("median", "median_lower", "median_upper")[i], value = found[i])
  }
  any_event <- sum(rows$event) > 0
  say(name, versus, "p_value", value = if (any_event) pchisq(survdiff(Surv(months, event) ~ g, rows)$chisq, 1, lower.tail = FALSE) else NA)
  both <- all(tapply(rows$event, factor(rows$g, groups), sum) > 0)
  model <- if (both) coxph(Surv(months, event) ~ I(g == level), rows, ties = "efron", control = coxph.control(eps = 1e-11, toler.chol = 1e-13)) else NULL
  found <- if (both) exp(coef(model) + c(0, -z, z) * sqrt(vcov(model)[1, 1])) else rep(NA, 3)
  for (i in 1:3) say(name, versus, paste0("hazard_ratio", c("", "_lower", "_upper"))[i], value = found[i])
}

describe <- function(name, effect = FALSE) {
  if (name %in% names(d) && any(!is.na(d[[name]]))) {
    (if (is.numeric(d[[name]])) describe_number else describe_category)(name, effect)
  }
}

# --- Table 1 -------------------------------------------------------------------------------------------------------------

declared <- own$column[is.na(own$needed_for)]
for (name in setdiff(unique(c(baseline, declared)), c(group_by, "patient_id"))) describe(name)

# --- Table 2 and Figure 2 ------------------------------------------------------------------------------------------------

for (name in outcomes) {
  if (paste0(name, "_months") %in% names(d)) describe_survival(name) else if (name != group_by) describe(name, effect = TRUE)
}

# --- the points of Figures 1 and 2 ---------------------------------------------------------------------------------------

if (reduction %in% names(d)) for (g in groups) {
  change <- sort(-d[[reduction]][d$group == g], decreasing = TRUE)
  for (i in seq_along(change)) say(reduction, g, paste0("bar_", i), value = change[i])
}
if ("os_months" %in% names(d)) for (g in groups) {
  fit <- survfit(Surv(round(os_months, 9), os_event) ~ 1, d[d$group == g, ], conf.type = if (paper) "plain" else "log-log")
  for (i in seq_along(fit$time)) say("os", g, paste0("curve_", i), value = fit$surv[i])
  for (i in seq_along(fit$time)) say("os", g, paste0("risk_", i), value = fit$n.risk[i])
}
