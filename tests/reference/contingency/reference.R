# Makes output.csv from input.csv: Rscript reference.R (in this folder).
input <- read.csv("input.csv", colClasses = "character")
results <- list()
put <- function(case, statistic, method, value) {
  results[[length(results) + 1]] <<- data.frame(case, statistic, method, value = sprintf("%.17g", value))
}

chi_square <- function(case, table, method, statistic) {
  put(case, "statistic", method, statistic)
  put(case, "p_value", method, pchisq(statistic, (nrow(table) - 1) * (ncol(table) - 1), lower.tail = FALSE))
}

# The supremum over the common proportion: R has no function for it, so a grid of 20,000 and optimize() around its ten best.
supremum <- function(extreme, n1, n2) {
  size <- function(p) sum(outer(dbinom(0:n1, n1, p), dbinom(0:n2, n2, p))[extreme])
  grid <- (1:19999) / 20000
  values <- vapply(grid, size, 0)
  peaks <- grid[order(values, decreasing = TRUE)[1:10]]
  best <- vapply(peaks, function(p) optimize(size, c(p - 1e-4, p + 1e-4), maximum = TRUE, tol = 1e-12)$objective, 0)
  max(best)
}

two_by_two <- function(case, table) {
  a <- table[1, 1]; n1 <- sum(table[1, ]); n2 <- sum(table[2, ]); successes <- sum(table[, 1]); n <- n1 + n2
  chi_square(case, table, "yates_chi2", chisq.test(table, correct = TRUE)$statistic)
  chi_square(case, table, "n_minus_1_chi2", chisq.test(table, correct = FALSE)$statistic * (n - 1) / n)
  density <- dhyper(max(0, successes - n2):min(n1, successes), n1, n2, successes)
  observed <- dhyper(a, n1, n2, successes)
  equal <- abs(density - observed) <= observed * 1e-7
  put(case, "p_value", "fisher_mid_p", sum(density[density < observed & !equal]) + sum(density[equal]) / 2)
  if (n > 200) return(invisible())
  fisher <- outer(0:n1, 0:n2, Vectorize(function(x, y) fisher.test(matrix(c(x, y, n1 - x, n2 - y), 2))$p.value))
  put(case, "p_value", "boschloo", supremum(fisher <= fisher[a + 1, table[2, 1] + 1] * (1 + 1e-7), n1, n2))
  z <- outer(0:n1, 0:n2, function(x, y) {
    p <- (x + y) / n
    ifelse(p == 0 | p == 1, 0, abs(x / n1 - y / n2) / sqrt(p * (1 - p) * (1 / n1 + 1 / n2)))
  })
  put(case, "statistic", "barnard", z[a + 1, table[2, 1] + 1])
  put(case, "p_value", "barnard", supremum(z >= z[a + 1, table[2, 1] + 1] - 1e-9, n1, n2))
}

for (case in unique(input$case)) {
  table <- do.call(rbind, lapply(strsplit(input$counts[input$case == case], " "), as.numeric))
  table <- table[rowSums(table) > 0, colSums(table) > 0]
  # job_satisfaction has more than ten million tables, for which the exact row stays empty.
  if (case != "job_satisfaction") put(case, "p_value", "fisher_exact", fisher.test(table, workspace = 2e7)$p.value)
  suppressWarnings({
    test <- chisq.test(table, correct = FALSE)
    chi_square(case, table, "pearson_chi2", test$statistic)
    put(case, "expected_below_5", "", sum(test$expected < 5))
    g <- 2 * sum(ifelse(table > 0, table * log(table / test$expected), 0))
    chi_square(case, table, "likelihood_ratio", g)
    if (all(dim(table) == 2)) two_by_two(case, table)
  })
}

# p.adjust on its own: input in the row itself.
p_values <- list(c(0.01, 0.04, 0.03, 0.005), c(0.5, 0.5, 0.02), c(0.9), c(0.001, 0.001, 0.2, 0.7, 0.04), c(0, 1, 0.3))
for (i in seq_along(p_values)) {
  adjusted <- p.adjust(p_values[[i]], "holm")
  for (j in seq_along(adjusted)) put(paste(p_values[[i]], collapse = " "), paste0("holm_", j), "holm", adjusted[j])
}

write.csv(do.call(rbind, results), "output.csv", row.names = FALSE, quote = FALSE)
writeLines(c(R.version.string, paste("stats", packageVersion("stats"))), "versions.txt")
