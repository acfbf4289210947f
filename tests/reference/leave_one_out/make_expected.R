# Reference values of leaving out each patient in turn, and of the smallest difference that can be shown.
# Rscript make_expected.R writes expected.csv (case, method, statistic, value) and versions.csv.
suppressMessages({library(survival); library(coin)})
options(digits = 17)

rows <- list()
add <- function(case, method, statistic, value)
  rows[[length(rows) + 1]] <<- data.frame(case, method, statistic, value = format(value, digits = 17))
add_range <- function(case, method, statistic, values) {
  add(case, method, paste0(statistic, "_min"), min(values))
  add(case, method, paste0(statistic, "_max"), max(values))
}

# --- times: log-rank test and Cox model without each patient ---
crossings <- function(d) {
  # S(t) of both groups just after each time at which both are followed; the sign of their difference, touches passed over.
  curves <- lapply(0:1, function(g) survfit(Surv(time, event) ~ 1, d[d$group == g, ]))
  end <- min(sapply(curves, function(f) max(f$time)))
  times <- sort(unique(d$time[d$time <= end]))
  gap <- summary(curves[[2]], times = times, extend = TRUE)$surv - summary(curves[[1]], times = times, extend = TRUE)$surv
  keep <- abs(gap) > 1e-9
  side <- sign(gap[keep]); when <- times[keep]
  when[-1][diff(side) != 0]
}
cohort <- function(case) read.csv(file.path("..", "survival", "data", paste0(case, ".csv")))
for (case in c("veteran", "lung", "kidney", "aml")) {
  found <- crossings(cohort(case))
  add(case, "", "crossings", length(found))
  if (length(found)) add(case, "", "last_crossing", max(found))
}
for (case in c("aml", "ovarian", "freireich", "kidney")) {
  d <- cohort(case)
  control <- coxph.control(eps = 1e-13, toler.chol = 1e-14, iter.max = 100)
  logrank <- ratio <- numeric(nrow(d))
  for (i in seq_len(nrow(d))) {
    s <- d[-i, ]
    logrank[i] <- pchisq(survdiff(Surv(time, event) ~ group, s)$chisq, 1, lower.tail = FALSE)
    ratio[i] <- exp(coef(coxph(Surv(time, event) ~ group, s, ties = "efron", control = control)))
  }
  add_range(case, "logrank", "p_value", logrank)
  add_range(case, "cox_efron", "hazard_ratio", ratio)
  n <- table(d$group)
  add(case, "schoenfeld", "hazard_ratio_detectable",
      exp((qnorm(0.975) + qnorm(0.8)) / sqrt(sum(d$event) * prod(n) / sum(n)^2)))
}

# --- counts: Fisher's exact test and the risk difference ---
tables <- list(kras = c(7, 4, 13, 0), few = c(1, 9, 6, 5), even = c(10, 10, 3, 17))
for (case in names(tables)) {
  v <- tables[[case]]
  p <- difference <- c()
  for (cell in which(v > 0)) {
    w <- v; w[cell] <- w[cell] - 1
    p <- c(p, fisher.test(matrix(w, 2, byrow = TRUE))$p.value)
    difference <- c(difference, w[1] / (w[1] + w[2]) - w[3] / (w[3] + w[4]))
  }
  add_range(case, "fisher_exact", "p_value", p)
  add_range(case, "", "risk_difference", difference)
  # Power of Fisher's test by summing over all tables; the smallest difference in either direction by uniroot.
  n1 <- v[1] + v[2]; n2 <- v[3] + v[4]; p2 <- v[3] / n2
  reject <- outer(0:n1, 0:n2, Vectorize(function(a, b) fisher.test(matrix(c(a, n1 - a, b, n2 - b), 2))$p.value < 0.05))
  power <- function(p1) sum(reject * outer(dbinom(0:n1, n1, p1), dbinom(0:n2, n2, p2)))
  smallest <- c()
  for (end in c(0, 1)) if (end != p2 && power(end) >= 0.8)
    smallest <- c(smallest, abs(uniroot(function(p1) power(p1) - 0.8, c(p2, end), tol = 1e-14)$root - p2))
  if (length(smallest)) add(case, "fisher_exact", "risk_difference_detectable", min(smallest))
}

# --- values: the exact Mann-Whitney test (conditional on the ties) and the Hodges-Lehmann difference ---
samples <- list(
  sleep = list(sleep$extra[sleep$group == 1], sleep$extra[sleep$group == 2]),
  tied = list(c(1, 2, 2, 3, 5, 5), c(2, 4, 5, 6, 6, 7, 9)))
for (case in names(samples)) {
  x <- samples[[case]][[1]]; y <- samples[[case]][[2]]
  p <- shift <- c()
  for (g in 1:2) for (i in seq_along(samples[[case]][[g]])) {
    s <- samples[[case]]; s[[g]] <- s[[g]][-i]
    d <- data.frame(v = unlist(s), g = factor(rep(1:2, lengths(s))))
    p <- c(p, as.numeric(pvalue(wilcox_test(v ~ g, d, distribution = "exact"))))
    shift <- c(shift, median(outer(s[[1]], s[[2]], "-")))
  }
  add_range(case, "mann_whitney_exact", "p_value", p)
  add_range(case, "", "hodges_lehmann", shift)
  n <- c(length(x), length(y)); df <- sum(n) - 2
  sd <- sqrt((sum((x - mean(x))^2) + sum((y - mean(y))^2)) / df)
  t <- qt(0.975, df)
  power <- function(d) { ncp <- d / sd / sqrt(sum(1 / n)); pt(t, df, ncp, lower.tail = FALSE) + pt(-t, df, ncp) }
  add(case, "student_t", "hodges_lehmann_detectable", uniroot(function(d) power(d) - 0.8, c(0, 20 * sd), tol = 1e-13)$root)
}

write.csv(do.call(rbind, rows), "expected.csv", row.names = FALSE, quote = FALSE)
write.csv(data.frame(program = c("R", "survival", "coin"),
  version = c(as.character(getRversion()), as.character(packageVersion("survival")), as.character(packageVersion("coin")))),
  "versions.csv", row.names = FALSE)
