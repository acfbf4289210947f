# Makes output.csv from input.csv: Rscript reference.R (in this folder).
library(coin)
library(exactRankTests)

input <- read.csv("input.csv", colClasses = c("character", "character", "numeric"))
results <- list()
put <- function(case, group, statistic, method, value) {
  value <- if (is.na(value)) "" else sprintf("%.17g", value)
  results[[length(results) + 1]] <<- data.frame(case, group, statistic, method, value)
}

describe <- function(case, group, x) {
  put(case, group, "mean", "", mean(x))
  put(case, group, "sd", "", sd(x))
  put(case, group, "median", "", median(x))
  for (type in c(6, 7, 2)) {
    put(case, group, "q1", paste0("type_", type), quantile(x, 0.25, type = type))
    put(case, group, "q3", paste0("type_", type), quantile(x, 0.75, type = type))
  }
  put(case, group, "q1", "tukey_hinges", fivenum(x)[2])
  put(case, group, "q3", "tukey_hinges", fivenum(x)[4])
  if (length(x) >= 3 && length(unique(x)) > 1) {
    test <- shapiro.test(x)
    put(case, group, "shapiro_w", "", test$statistic)
    put(case, group, "shapiro_p", "", test$p.value)
  }
}

# Limits as order statistics of all differences: wilcox.test(exact = FALSE) itself looks for them by a loose root search.
limits_at <- function(case, method, differences, k) {
  put(case, "", "hodges_lehmann", method, median(differences))
  put(case, "", "hodges_lehmann_lower", method, differences[k])
  put(case, "", "hodges_lehmann_upper", method, differences[length(differences) + 1 - k])
}

compare <- function(case, x, y) {
  n1 <- length(x); n2 <- length(y); n <- n1 + n2
  both <- data.frame(value = c(x, y), group = factor(rep(1:2, c(n1, n2))))
  put(case, "", "p_value", "mann_whitney_exact", coin::pvalue(coin::wilcox_test(value ~ group, both, distribution = "exact")))
  # Above 50 a group it rounds the scores (its own default is asymptotic there).
  if (max(n1, n2) < 50) put(case, "", "p_value", "exactRankTests", exactRankTests::wilcox.exact(x, y, exact = TRUE)$p.value)
  u <- sum(rank(c(x, y))[1:n1]) - n1 * (n1 + 1) / 2
  put(case, "", "u_statistic", "", u)
  put(case, "", "p_value", "mann_whitney_exact_untied", min(1, 2 * pwilcox(floor(min(u, n1 * n2 - u)), n1, n2)))
  put(case, "", "p_value", "mann_whitney_asymptotic", wilcox.test(x, y, exact = FALSE, correct = FALSE)$p.value)
  put(case, "", "p_value", "mann_whitney_asymptotic_cc", wilcox.test(x, y, exact = FALSE, correct = TRUE)$p.value)

  differences <- sort(outer(x, y, "-"))
  limits_at(case, "exact", differences, max(1, qwilcox(0.025, n1, n2)))
  ties <- table(c(x, y))
  s <- sqrt(n1 * n2 / 12 * (n + 1 - sum(ties^3 - ties) / (n * (n - 1))))
  limits_at(case, "asymptotic_cc", differences, max(1, floor(n1 * n2 / 2 + 0.5 - qnorm(0.975) * s)))
  if (all(ties == 1)) {
    test <- wilcox.test(x, y, exact = TRUE, conf.int = TRUE)
    put(case, "", "p_value", "wilcox.test exact", test$p.value)
    put(case, "", "hodges_lehmann_lower", "wilcox.test exact", test$conf.int[1])
    put(case, "", "hodges_lehmann_upper", "wilcox.test exact", test$conf.int[2])
  }

  if (min(n1, n2) < 2) return(invisible())
  for (method in c("student_t", "welch_t")) {
    test <- t.test(x, y, var.equal = method == "student_t")
    put(case, "", "p_value", method, test$p.value)
    put(case, "", "mean_difference", method, test$estimate[1] - test$estimate[2])
    put(case, "", "mean_difference_lower", method, test$conf.int[1])
    put(case, "", "mean_difference_upper", method, test$conf.int[2])
    put(case, "", "mean_difference_se", method, test$stderr)
  }
  put(case, "", "standardised_difference", "", (mean(x) - mean(y)) / sqrt((var(x) + var(y)) / 2))
}

several <- function(case, groups) {
  both <- stack(groups)
  test <- kruskal.test(values ~ ind, both)
  put(case, "", "statistic", "kruskal_wallis", test$statistic)
  put(case, "", "p_value", "kruskal_wallis", test$p.value)
  test <- summary(aov(values ~ ind, both))[[1]]
  put(case, "", "statistic", "anova", test[1, "F value"])
  put(case, "", "p_value", "anova", test[1, "Pr(>F)"])
}

for (case in unique(input$case)) {
  rows <- input[input$case == case, ]
  groups <- split(rows$value, factor(rows$group, unique(rows$group)))
  for (group in names(groups)) describe(case, group, groups[[group]])
  if (length(groups) == 2) suppressWarnings(compare(case, groups[[1]], groups[[2]]))
  several(case, groups)
}

# The largest n that Royston's approximation covers, from whole numbers that any program can make.
squares <- (1:5000)^2 %% 10007
put("squares_mod_10007", "", "shapiro_w", "", shapiro.test(squares)$statistic)
put("squares_mod_10007", "", "shapiro_p", "", shapiro.test(squares)$p.value)
for (n in c(3:12, 25, 400)) {
  test <- shapiro.test(squares[1:n])
  put(paste0("squares_mod_10007_first_", n), "", "shapiro_w", "", test$statistic)
  put(paste0("squares_mod_10007_first_", n), "", "shapiro_p", "", test$p.value)
}

write.csv(do.call(rbind, results), "output.csv", row.names = FALSE, quote = FALSE)
writeLines(c(R.version.string, sapply(c("stats", "coin", "exactRankTests"), function(p) paste(p, packageVersion(p)))), "versions.txt")
