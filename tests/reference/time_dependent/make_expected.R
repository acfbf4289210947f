# Reference values of survival by a status reached during follow-up. Rscript make_expected.R
# Writes data/*.csv (time, event, onset) and expected.csv (data, statistic, method, value).
suppressMessages(library(survival))
options(digits = 17)
dir.create("data", showWarnings = FALSE)

# Stanford heart transplants: as survival's help page of `jasa1` and `heart` builds them from dates.
stanford <- function() {
  d <- jasa
  time <- pmax(0.5, as.numeric(d$fu.date - d$accept.dt))  # a death on the day of acceptance at half a day
  onset <- as.numeric(d$tx.date - d$accept.dt)
  # survival's own rule: a transplantation on the day of death half a day earlier
  onset <- ifelse(!is.na(onset) & onset == time, onset - 0.5, onset)
  data.frame(time = time, event = d$fustat, onset = onset)
}
# Heavy ties: the same in months, rounded up.
stanford_months <- function() {
  d <- stanford()
  data.frame(time = ceiling(d$time / 30.4375), event = d$event, onset = floor(d$onset / 30.4375))
}
# Patients who reach the status at the very time of leaving, at time 0, and never; made up.
edges <- function() data.frame(
  time = c(4, 7, 7, 9, 12, 12, 15, 20, 22, 30), event = c(1, 1, 0, 1, 1, 1, 0, 1, 1, 0),
  onset = c(4, 0, 7, 3, NA, 6, 2, NA, 10, 12))

rows <- list()
add <- function(data, statistic, method, value)
  rows[[length(rows) + 1]] <<- data.frame(data, statistic, method, value = format(value, digits = 17))

for (name in c("stanford", "stanford_months", "edges")) {
  d <- get(name)()
  write.csv(d, file.path("data", paste0(name, ".csv")), row.names = FALSE, na = "")
  d$id <- seq_len(nrow(d))
  base <- tmerge(d, d, id = id, death = event(time, event))
  long <- tmerge(base, d, id = id, status = tdc(onset))
  control <- coxph.control(eps = 1e-13, toler.chol = 1e-14, iter.max = 200)
  # R lists all subsets of tied deaths under delayed entry, which takes hours with as many ties as the months have.
  for (ties in c("efron", "breslow", if (name != "stanford_months") "exact")) {
    fit <- coxph(Surv(tstart, tstop, death) ~ status, long, ties = ties, control = control)
    # With exact ties and delayed entry the fit has no class, so that its numbers are read by name.
    beta <- fit$coefficients[[1]]
    se <- sqrt(fit$var[1, 1])
    add(name, "hazard_ratio", paste0("cox_", ties), exp(beta))
    add(name, "hazard_ratio_lower", paste0("cox_", ties), exp(beta - qnorm(0.975) * se))
    add(name, "hazard_ratio_upper", paste0("cox_", ties), exp(beta + qnorm(0.975) * se))
    add(name, "hazard_ratio_p", paste0("cox_", ties), 2 * pnorm(-abs(beta / se)))
    # The score test of the discrete model is the log-rank test with the hypergeometric variance.
    if (ties == "exact") {
      add(name, "statistic", "mantel_byar", fit$score)
      add(name, "p_value", "mantel_byar", pchisq(fit$score, 1, lower.tail = FALSE))
    }
  }
  for (status in 0:1) {
    curve <- survfit(Surv(tstart, tstop, death) ~ 1, long[long$status == status, ], se.fit = TRUE)
    s <- summary(curve)
    for (i in seq_along(s$time)) {
      add(name, paste0("survival_", status), s$time[i], s$surv[i])
      add(name, paste0("se_", status), s$time[i], s$std.err[i])
      add(name, paste0("at_risk_", status), s$time[i], s$n.risk[i])
    }
  }
  # Landmark: status known at the landmark among those still followed; log-rank from there on.
  for (t in if (name == "stanford") c(30, 60, 90) else c(3, 6)) {
    kept <- d[d$time >= t, ]
    kept$group <- as.integer(!is.na(kept$onset) & kept$onset <= t)
    add(name, paste0("landmark_left_out_", t), "", nrow(d) - nrow(kept))
    add(name, paste0("landmark_reached_", t), "", sum(kept$group))
    test <- survdiff(Surv(time - t, event) ~ group, kept)
    add(name, paste0("landmark_p_", t), "logrank", pchisq(test$chisq, 1, lower.tail = FALSE))
    fit <- coxph(Surv(time - t, event) ~ group, kept, ties = "efron", control = control)
    add(name, paste0("landmark_hazard_ratio_", t), "cox_efron", exp(coef(fit)[[1]]))
  }
}
write.csv(do.call(rbind, rows), "expected.csv", row.names = FALSE, quote = FALSE)
write.csv(data.frame(program = c("R", "survival"), version = c(paste(R.version$major, R.version$minor, sep = "."),
  as.character(packageVersion("survival")))), "versions.csv", row.names = FALSE)
