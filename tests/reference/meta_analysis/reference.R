# Makes output.csv and cox.csv: Rscript reference.R in this folder.
suppressMessages({library(metafor); library(survival)})
d <- read.csv("input.csv")
out <- NULL
add <- function(case, statistic, value) {
  out <<- rbind(out, data.frame(case = case, statistic = statistic, value = sprintf("%.17g", as.numeric(value))))
}
tight <- list(tol = 1e-14, maxiter = 100000)
limits <- function(case, name, x) {
  add(case, name, x$beta); add(case, paste0(name, "_se"), x$se)
  add(case, paste0(name, "_lower"), x$ci.lb); add(case, paste0(name, "_upper"), x$ci.ub)
}
effects <- function(case, yi, vi) {
  k <- length(yi)
  wald <- rma(yi, vi, method = "PM", control = tight)
  limits(case, "normal", wald)
  add(case, "tau2", wald$tau2); add(case, "q", wald$QE); add(case, "q_p", wald$QEp)
  add(case, "i2", rma(yi, vi, method = "DL")$I2)    # with this estimator it is the I-squared made from Q
  for (test in c("knha", "adhoc")) {
    fit <- rma(yi, vi, method = "PM", test = test, control = tight)
    limits(case, test, fit)
    if (k > 2) {
      p <- predict(fit)
      add(case, paste0(test, "_prediction_lower"), p$pi.lb); add(case, paste0(test, "_prediction_upper"), p$pi.ub)
    }
  }
  w <- weights(wald) / 100
  for (i in seq_len(k)) add(case, paste0("weight_", i), w[i])
}
for (case in unique(d$case)) {
  x <- d[d$case == case, ]
  mh <- rma.mh(ai = events_level, n1i = n_level, ci = events_reference, n2i = n_reference, data = x, measure = "RD")
  limits(case, "mantel_haenszel", mh)
  e <- escalc("RD", ai = events_level, n1i = n_level, ci = events_reference, n2i = n_reference, data = x)
  for (i in seq_len(nrow(e))) { add(case, paste0("y_", i), e$yi[i]); add(case, paste0("v_", i), e$vi[i]) }
  effects(case, e$yi, e$vi)
}
# Effects without tables: logarithms of hazard ratios of six centers, made up.
y <- c(-0.61, 0.12, -0.35, 0.48, -1.20, -0.05); v <- c(0.09, 0.21, 0.05, 0.33, 0.40, 0.11)
for (i in seq_along(y)) { add("logarithms", paste0("y_", i), y[i]); add("logarithms", paste0("v_", i), v[i]) }
effects("logarithms", y, v)
write.csv(out, "output.csv", row.names = FALSE, quote = FALSE)

# Cox models stratified by center, on R's own lung and bladder data and on whole months, which tie.
cox <- NULL
fit <- function(case, time, event, x, stratum) {
  rows <<- rbind(rows, data.frame(case, time, event, x, stratum))
  for (ties in c("efron", "breslow", "exact")) {
    m <- summary(coxph(Surv(time, event) ~ x + strata(stratum), ties = ties, control = coxph.control(eps = 1e-12, toler.chol = 1e-14, iter.max = 100)))
    cox <<- rbind(cox, data.frame(case, ties, hazard_ratio = sprintf("%.17g", m$conf.int[1]), lower = sprintf("%.17g", m$conf.int[3]),
      upper = sprintf("%.17g", m$conf.int[4]), se = sprintf("%.17g", m$coefficients[3]), p = sprintf("%.17g", m$coefficients[5])))
  }
}
rows <- NULL
lung <- lung[!is.na(lung$inst) & lung$inst %in% c(1, 3, 11, 12, 13, 16, 22), ]
fit("lung_by_institution", lung$time, lung$status - 1, lung$sex - 1, lung$inst)
fit("lung_in_months", ceiling(lung$time / 30.4375), lung$status - 1, lung$sex - 1, lung$inst)
first <- bladder[bladder$enum == 1 & bladder$stop > 0, ]
fit("bladder_by_number", first$stop, first$event, first$rx - 1, first$number)
write.csv(rows, "cox_input.csv", row.names = FALSE, quote = FALSE)
write.csv(cox, "cox_output.csv", row.names = FALSE, quote = FALSE)
writeLines(c(R.version.string, paste("metafor", packageVersion("metafor")), paste("survival", packageVersion("survival"))), "versions.txt")
