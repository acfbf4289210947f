# Makes output.csv from input.csv: Rscript reference.R (in this folder).
input <- read.csv("input.csv")
results <- list()
put <- function(case, statistic, method, value) {
  value <- if (is.finite(value)) sprintf("%.17g", value) else ""
  results[[length(results) + 1]] <<- data.frame(case, statistic, method, value)
}
put_limits <- function(case, statistic, method, limits) {
  put(case, paste0(statistic, "_lower"), method, limits[1])
  put(case, paste0(statistic, "_upper"), method, limits[2])
}

wilson <- function(x, n) suppressWarnings(prop.test(x, n, correct = FALSE)$conf.int)

one_group <- function(case, x, n) {
  put_limits(case, "proportion", "clopper_pearson", binom.test(x, n)$conf.int)
  put_limits(case, "proportion", "wilson", wilson(x, n))
  put_limits(case, "proportion", "jeffreys", c(
    if (x == 0) 0 else qbeta(0.025, x + 0.5, n - x + 0.5),
    if (x == n) 1 else qbeta(0.975, x + 0.5, n - x + 0.5)
  ))
}

# Restricted maximum likelihood straight from the log-likelihood's derivative, not from the cubic.
restricted <- function(x1, n1, x2, n2, delta) {
  term <- function(count, p) ifelse(count == 0, 0, count / p)
  score <- function(p) term(x1, p + delta) - term(n1 - x1, 1 - p - delta) + term(x2, p) - term(n2 - x2, 1 - p)
  low <- max(0, -delta); high <- min(1, 1 - delta); inside <- 1e-15 * (high - low)
  if (score(low + inside) <= 0) return(low)
  if (score(high - inside) >= 0) return(high)
  uniroot(score, c(low + inside, high - inside), tol = 1e-16, maxiter = 10000)$root
}
miettinen_nurminen <- function(x1, n1, x2, n2) {
  d <- x1 / n1 - x2 / n2
  excess <- function(delta) {
    p2 <- restricted(x1, n1, x2, n2, delta); p1 <- p2 + delta
    (d - delta)^2 - qnorm(0.975)^2 * (p1 * (1 - p1) / n1 + p2 * (1 - p2) / n2) * (n1 + n2) / (n1 + n2 - 1)
  }
  limit <- function(end) {
    if (d == end) return(end)
    uniroot(excess, sort(c(d + (end - d) * 1e-9, end - (end - d) * 1e-12)), tol = 1e-16, maxiter = 10000)$root
  }
  c(limit(-1), limit(1))
}
newcombe <- function(x1, n1, x2, n2) {
  w1 <- wilson(x1, n1); w2 <- wilson(x2, n2); p1 <- x1 / n1; p2 <- x2 / n2
  c(p1 - p2 - sqrt((p1 - w1[1])^2 + (w2[2] - p2)^2), p1 - p2 + sqrt((w1[2] - p1)^2 + (p2 - w2[1])^2))
}

# fisher.test's own limits are off by up to 6e-2: the same equations, solved on the log scale.
conditional <- function(x1, n1, x2, n2) {
  m <- x1 + x2; support <- max(0, m - n2):min(n1, m); logs <- dhyper(support, n1, n2, m, log = TRUE)
  density <- function(theta) { d <- logs + theta * support; d <- exp(d - max(d)); d / sum(d) }
  solve <- function(f) exp(uniroot(f, c(-2, 2), extendInt = "upX", tol = 1e-15, maxiter = 10000)$root)
  lowest <- x1 == min(support); highest <- x1 == max(support)
  c(
    if (lowest) 0 else if (highest) Inf else solve(function(t) sum(density(t) * support) - x1),
    if (lowest) 0 else solve(function(t) log(sum(density(t)[support >= x1])) - log(0.025)),
    if (highest) Inf else 1 / solve(function(t) log(sum(density(-t)[support <= x1])) - log(0.025))
  )
}
woolf <- function(case, method, a, b, c, d) {
  se <- sqrt(1 / a + 1 / b + 1 / c + 1 / d); estimate <- a * d / (b * c)
  put(case, "odds_ratio", method, estimate)
  put_limits(case, "odds_ratio", method, exp(log(estimate) + c(-1, 1) * qnorm(0.975) * se))
}

two_groups <- function(case, x1, n1, x2, n2) {
  put(case, "risk_difference", "", x1 / n1 - x2 / n2)
  put_limits(case, "risk_difference", "newcombe", newcombe(x1, n1, x2, n2))
  put_limits(case, "risk_difference", "miettinen_nurminen", miettinen_nurminen(x1, n1, x2, n2))
  p1 <- x1 / n1; p2 <- x2 / n2
  wald <- p1 - p2 + c(-1, 1) * qnorm(0.975) * sqrt(p1 * (1 - p1) / n1 + p2 * (1 - p2) / n2)
  put_limits(case, "risk_difference", "wald", wald)
  woolf(case, "haldane", x1 + 0.5, n1 - x1 + 0.5, x2 + 0.5, n2 - x2 + 0.5)
  if (x1 + x2 == 0 || x1 + x2 == n1 + n2) return(invisible())
  if (min(x1, n1 - x1, x2, n2 - x2) > 0) woolf(case, "sample", x1, n1 - x1, x2, n2 - x2)
  exact <- conditional(x1, n1, x2, n2)
  put(case, "odds_ratio", "conditional_mle", exact[1])
  put_limits(case, "odds_ratio", "conditional_mle", exact[2:3])
  test <- fisher.test(matrix(c(x1, n1 - x1, x2, n2 - x2), 2, byrow = TRUE))
  put(case, "odds_ratio", "fisher.test", test$estimate)
  put_limits(case, "odds_ratio", "fisher.test", test$conf.int)
}

for (i in seq_len(nrow(input))) with(input[i, ], {
  one_group(case, count_level, total_level)
  two_groups(case, count_level, total_level, count_reference, total_reference)
})
write.csv(do.call(rbind, results), "output.csv", row.names = FALSE, quote = FALSE)
writeLines(c(R.version.string, paste("stats", packageVersion("stats"))), "versions.txt")
