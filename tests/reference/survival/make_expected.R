# Computes the survival reference values. Run in this folder:
#   Rscript make_expected.R                                  data/*.csv -> expected.csv
#   Rscript make_expected.R COHORT.csv OUTPUT.csv GROUPING=REFERENCE ...   a cohort's three endpoints -> OUTPUT.csv
# SOURCE.md gives the two calls with a cohort. Every run writes versions.csv.
# One row a number: case, group ("1", "1_vs_0", "overall"), statistic, method, at (a time, or empty), value (empty = NA).
suppressMessages({library(survival); library(cmprsk); library(coin)})

rows <- list()
case <- NULL
put <- function(group, statistic, method, value, at = NA) {
  rows[[length(rows) + 1]] <<- data.frame(case = case, group = group, statistic = statistic, method = method,
                                          at = at, value = as.numeric(value))
}

kinds <- c(plain = "plain", log = "log", loglog = "log-log")

# --- one group -------------------------------------------------------------------------------------------------------

percentile_wald <- function(fit) {
  at_event <- fit$n.event > 0
  time <- fit$time[at_event]; surv <- fit$surv[at_event]; se <- (fit$surv * fit$std.err)[at_event]
  i <- which(surv <= .5 + 1e-9)[1]
  u <- tail(which(surv >= .55 - 1e-9), 1); l <- which(surv <= .45 + 1e-9)[1]
  if (is.na(i)) return(c(NA, NA, NA, NA))
  if (surv[i] == 0 || length(u) == 0 || is.na(l)) return(c(time[i], NA, NA, NA))
  s <- se[i] * (time[l] - time[u]) / (surv[u] - surv[l])
  c(time[i], s, time[i] - qnorm(.975) * s, time[i] + qnorm(.975) * s)
}

curve_values <- function(group, d, grid, taus) {
  for (kind in names(kinds)) {
    fit <- survfit(Surv(time, event) ~ 1, data = d, conf.type = kinds[[kind]])
    q <- quantile(fit, .5)
    if (kind == "plain") {
      put(group, "median", "midpoint", q$quantile)
      w <- percentile_wald(fit)
      put(group, "median", "first_at_or_below", w[1])
      for (k in 2:4) put(group, c("", "median_se", "median_lower", "median_upper")[k], "percentile_wald", w[k])
    }
    put(group, "median_lower", paste0("brookmeyer_crowley_", kind), q$lower)
    put(group, "median_upper", paste0("brookmeyer_crowley_", kind), q$upper)
    for (t in grid[grid <= max(d$time)]) {
      s <- summary(fit, times = t)
      if (kind == "plain") {
        put(group, "survival", "", s$surv, t)
        put(group, "at_risk", "", sum(d$time >= t), t)
        if (s$surv > 0) put(group, "survival_se", "", s$std.err, t)
      }
      if (s$surv > 0 && s$surv < 1) {
        put(group, "survival_lower", kind, s$lower, t)
        put(group, "survival_upper", kind, s$upper, t)
      }
    }
  }
  fit90 <- survfit(Surv(time, event) ~ 1, data = d, conf.type = "log-log", conf.int = .9)
  put(group, "median_lower_90", "brookmeyer_crowley_loglog", quantile(fit90, .5)$lower)
  for (tau in taus[taus <= max(d$time) & taus > min(d$time)]) {  # survfit refuses a horizon before the first time
    rm <- summary(fit, rmean = tau)$table
    put(group, "rmst", "", rm[["rmean"]], tau)
    put(group, "rmst_se", "", rm[["se(rmean)"]], tau)
  }
  follow_up(group, d)
}

follow_up <- function(group, d) {
  put(group, "follow_up_median", "observed", median(d$time))
  flipped <- survfit(Surv(time, 1 - event) ~ 1, data = d)
  put(group, "follow_up_median", "reverse_km_survfit", quantile(flipped, .5, conf.int = FALSE))
  # A death leaves before a censoring at the same time: move the deaths a little forward, and their times back after.
  earlier <- transform(d, time = time - ifelse(event == 1, 1e-4, 0))
  flipped <- survfit(Surv(time, 1 - event) ~ 1, data = earlier)
  flipped$time <- sapply(flipped$time, function(t) d$time[which.min(abs(d$time - t))])
  put(group, "follow_up_median", "reverse_km", quantile(flipped, .5, conf.int = FALSE))
}

# --- comparisons -----------------------------------------------------------------------------------------------------

# Weighted log-rank by a plain loop over the event times: (O - E)' V^-1 (O - E).
weighted_logrank <- function(d, weight) {
  d$group <- match(d$group, sort(unique(d$group)))
  k <- max(d$group)
  u <- numeric(k); v <- matrix(0, k, k); s_tilde <- 1
  for (t in sort(unique(d$time[d$event == 1]))) {
    at <- d$time >= t; dies <- d$time == t & d$event == 1
    n <- sum(at); m <- sum(dies)
    s_tilde <- s_tilde * (1 - m / (n + 1))
    w <- switch(weight, gehan_wilcoxon = n, tarone_ware = sqrt(n), peto_peto = s_tilde)
    ni <- tabulate(d$group[at], k); mi <- tabulate(d$group[dies], k)
    u <- u + w * (mi - m * ni / n)
    if (n > 1) v <- v + w^2 * m * (n - m) / (n - 1) * (diag(ni / n, k) - outer(ni, ni) / n^2)
  }
  keep <- seq_len(k - 1)
  drop(u[keep] %*% solve(v[keep, keep, drop = FALSE], u[keep]))
}

rank_tests <- function(group, d) {
  df <- length(unique(d$group)) - 1
  both <- function(method, chisq) {
    put(group, "chi_square", method, chisq)
    put(group, "p_value", method, pchisq(chisq, df, lower.tail = FALSE))
  }
  both("logrank", survdiff(Surv(time, event) ~ group, data = d)$chisq)
  both("fleming_harrington_1_0", survdiff(Surv(time, event) ~ group, data = d, rho = 1)$chisq)
  for (weight in c("gehan_wilcoxon", "tarone_ware", "peto_peto")) both(weight, weighted_logrank(d, weight))
}

control <- coxph.control(eps = 1e-13, iter.max = 100, toler.chol = 1e-14)

wald <- function(group, suffix, method, fit) {
  b <- coef(fit)[[1]]; s <- sqrt(vcov(fit)[1, 1])
  put(group, paste0("hazard_ratio", suffix), method, exp(b))
  put(group, paste0("hazard_ratio_se", suffix), method, s)
  put(group, paste0("hazard_ratio_lower", suffix), method, exp(b - qnorm(.975) * s))
  put(group, paste0("hazard_ratio_upper", suffix), method, exp(b + qnorm(.975) * s))
  put(group, paste0("hazard_ratio_p", suffix), method, 2 * pnorm(-abs(b / s)))
}

# Firth: coxph gives the Breslow likelihood and information at any b without iterating; the penalty, the maximum and
# the profile limits are found here by optimize and uniroot (the maximum as the root of a five-point difference).
firth <- function(group, d) {
  at <- function(b) {
    fit <- coxph(Surv(time, event) ~ group, data = d, ties = "breslow", init = b,
                 control = coxph.control(iter.max = 0))
    c(fit$loglik[1], 1 / vcov(fit)[1, 1])
  }
  penalised <- function(b) { x <- at(b); x[1] + log(x[2]) / 2 }
  slope <- function(b, h = 5e-3)
    (8 * (penalised(b + h) - penalised(b - h)) - (penalised(b + 2 * h) - penalised(b - 2 * h))) / (12 * h)
  near <- optimize(penalised, c(-8, 8), maximum = TRUE)$maximum
  b <- uniroot(slope, near + c(-.1, .1), tol = 1e-13)$root
  top <- penalised(b)
  target <- function(b) penalised(b) - top + qchisq(.95, 1) / 2
  put(group, "hazard_ratio", "cox_firth", exp(b))
  put(group, "hazard_ratio_se", "cox_firth", sqrt(1 / at(b)[2]))
  put(group, "hazard_ratio_lower", "cox_firth", exp(uniroot(target, c(b - 12, b), tol = 1e-13)$root))
  put(group, "hazard_ratio_upper", "cox_firth", exp(uniroot(target, c(b, b + 12), tol = 1e-13)$root))
  put(group, "hazard_ratio_p", "cox_firth", pchisq(2 * (top - penalised(0)), 1, lower.tail = FALSE))
}

regressions <- function(group, d) {
  for (ties in c("efron", "breslow", "exact")) {
    wald(group, "", paste0("cox_", ties),
         coxph(Surv(time, event) ~ group, data = d, ties = ties, control = control))
    if (!is.null(d$stratum) && ties != "exact")
      wald(group, "_stratified", paste0("cox_", ties),
           coxph(Surv(time, event) ~ group + strata(stratum), data = d, ties = ties, control = control))
  }
  firth(group, d)
  fit <- coxph(Surv(time, event) ~ group, data = d, control = control)
  for (transform in c("km", "rank", "identity")) {
    zph <- cox.zph(fit, transform = transform)$table
    put(group, "proportional_hazards", paste0("schoenfeld_", transform), zph[1, "chisq"])
    put(group, "proportional_hazards_p", paste0("schoenfeld_", transform), zph[1, "p"])
  }
}

rmst_differences <- function(group, level, reference, taus) {
  shared <- taus > max(min(level$time), min(reference$time)) & taus <= min(max(level$time), max(reference$time))
  for (tau in taus[shared]) {
    a <- summary(survfit(Surv(time, event) ~ 1, data = level), rmean = tau)$table
    b <- summary(survfit(Surv(time, event) ~ 1, data = reference), rmean = tau)$table
    x <- a[["rmean"]] - b[["rmean"]]; s <- sqrt(a[["se(rmean)"]]^2 + b[["se(rmean)"]]^2)
    put(group, "rmst_difference", "", x, tau)
    put(group, "rmst_difference_se", "", s, tau)
    put(group, "rmst_difference_p", "", 2 * pnorm(-abs(x / s)), tau)
  }
}

# Permutation log-rank with the scores event minus Nelson-Aalen: all permutations listed where they are 3e6 or fewer,
# else coin with these scores given by hand; and without ties coin's own log-rank scores.
permutation <- function(group, d) {
  hazard <- sapply(d$time, function(t) {
    at <- sort(unique(d$time[d$event == 1 & d$time <= t]))
    sum(sapply(at, function(s) sum(d$time == s & d$event == 1) / sum(d$time >= s)))
  })
  d$score <- d$event - unlist(hazard)
  level <- d$group == max(d$group)
  put(group, "observed_minus_expected", "logrank_permutation", abs(sum(d$score[level])))
  put(group, "p_value", "logrank_permutation",
      if (choose(nrow(d), sum(level)) <= 3e6) share_of_permutations(d$score, level)
      else pvalue(independence_test(score ~ factor(group), data = d, distribution = "exact")))
  if (anyDuplicated(d$time)) return(invisible())  # coin's own scores treat ties otherwise than Nelson-Aalen
  put(group, "p_value_coin_scores", "logrank_permutation",
      pvalue(logrank_test(Surv(time, event) ~ factor(group), data = d, distribution = "exact")))
}

share_of_permutations <- function(score, level) {
  # Times the least common multiple of all denominators the scores are whole numbers, so that ties of sums are exact.
  gcd <- function(a, b) if (b == 0) a else gcd(b, a %% b)
  whole <- round(score * Reduce(function(a, b) a * b / gcd(a, b), seq_along(score)))
  mean(abs(combn(whole, sum(level), sum)) >= abs(sum(whole[level])))
}

# --- competing risks -------------------------------------------------------------------------------------------------

competing <- function(d, grid) {
  for (cause in sort(unique(d$cause[d$cause > 0]))) {
    all <- cuminc(d$time, d$cause)
    for (t in grid[grid <= max(d$time)]) {
      tp <- timepoints(all[paste("1", cause)], t)
      put("all", paste0("cumulative_incidence_", cause), "aalen_johansen", tp$est, t)
      put("all", paste0("cumulative_incidence_se_", cause), "aalen_johansen", sqrt(tp$var), t)
    }
    by_group <- cuminc(d$time, d$cause, d$group)
    for (g in sort(unique(d$group))) for (t in grid[grid <= max(d$time[d$group == g])]) {
      tp <- timepoints(by_group[paste(g, cause)], t)
      put(as.character(g), paste0("cumulative_incidence_", cause), "aalen_johansen", tp$est, t)
      put(as.character(g), paste0("cumulative_incidence_se_", cause), "aalen_johansen", sqrt(tp$var), t)
    }
    stat <- by_group$Tests[as.character(cause), "stat"]
    put("overall", paste0("gray_", cause), "gray", stat)
    put("overall", paste0("gray_p_", cause), "gray", pchisq(stat, length(unique(d$group)) - 1, lower.tail = FALSE))
  }
}

# --- all of it -------------------------------------------------------------------------------------------------------

analyse <- function(name, d, grid, exact = FALSE) {
  case <<- name
  groups <- sort(unique(d$group))
  for (g in groups) curve_values(as.character(g), d[d$group == g, ], grid, grid)
  if (!is.null(d$cause)) competing(d, grid)
  if (length(groups) < 2) return(invisible())
  rank_tests("overall", d)
  for (g in groups[-1]) {
    pair <- d[d$group %in% c(groups[1], g), ]
    label <- paste0(g, "_vs_", groups[1])
    rank_tests(label, pair)
    regressions(label, transform(pair, group = as.integer(group == g)))
    rmst_differences(label, pair[pair$group == g, ], pair[pair$group == groups[1], ], grid)
  }
  if (exact) permutation("1_vs_0", d)
}

write_rows <- function(file) {
  out <- do.call(rbind, rows)
  for (column in c("at", "value")) out[[column]] <- ifelse(is.na(out[[column]]), "", sprintf("%.17g", out[[column]]))
  write.csv(out, file, row.names = FALSE, quote = FALSE)
}

versions <- data.frame(name = c("R", "survival", "cmprsk", "coin"),
                       version = c(as.character(getRversion()),
                                   sapply(c("survival", "cmprsk", "coin"), function(p) as.character(packageVersion(p)))))
write.csv(versions, "versions.csv", row.names = FALSE, quote = FALSE)

arguments <- commandArgs(trailingOnly = TRUE)
if (length(arguments) == 0) {
  load <- function(name) read.csv(file.path("data", paste0(name, ".csv")))
  analyse("freireich", load("freireich"), c(5, 10, 17, 22, 23, 35), exact = TRUE)
  analyse("collett_iud", load("collett_iud"), c(10, 30, 60, 93, 107))
  for (name in c("aml", "ovarian_under_60")) analyse(name, load(name), c(13, 30, 45, 156, 400, 638), exact = TRUE)
  analyse("ovarian", load("ovarian"), c(100, 365, 500, 638), exact = TRUE)
  for (name in c("lung", "veteran", "kidney")) analyse(name, load(name), c(30, 90, 180, 365, 500))
  analyse("colon", load("colon"), c(180, 365, 1000, 2000, 2500))
  analyse("lung_quarters", load("lung_quarters"), c(1, 2, 4, 6, 10))
  analyse("pbc", load("pbc"), c(180, 365, 1000, 2000, 3500))
  analyse("pbc_stage_years", load("pbc_stage_years"), c(1, 2, 5, 8, 11))
  for (name in c("separation", "no_event_in_level")) { case <- name; firth("1_vs_0", load(name)) }
  write_rows("expected.csv")
} else {
  cohort <- read.csv(arguments[1])
  if (!is.null(cohort$braf)) cohort <- cohort[cohort$braf != "mutant", ]  # the study's exclusion
  for (pair in strsplit(arguments[-(1:2)], "=")) for (endpoint in c("os", "pfs", "hepatic_pfs")) {
    grouping <- cohort[[pair[1]]]
    d <- data.frame(time = cohort[[paste0(endpoint, "_months")]], event = cohort[[paste0(endpoint, "_event")]],
                    group = as.integer(grouping != pair[2]))
    if (endpoint != "os") {
      died <- cohort$os_event == 1 & abs(cohort$os_months - d$time) < 1e-9
      d$cause <- ifelse(d$event == 0, 0, ifelse(died, 2, 1))
    }
    d <- d[!is.na(grouping) & grouping != "", ]
    analyse(paste(pair[1], endpoint, sep = "."), d, c(6, 12, 24, 36), exact = nrow(d) <= 30)
  }
  write_rows(arguments[2])
}
