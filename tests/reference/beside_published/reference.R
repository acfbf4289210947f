# Makes output.csv from input.csv: Rscript reference.R (in this folder).
input <- read.csv("input.csv")
wilson <- function(x, n) suppressWarnings(prop.test(x, n, correct = FALSE)$conf.int)
limits <- t(apply(input[, -1], 1, function(row) {
  p <- row[1] / row[2]; q <- row[3] / row[4]
  own <- wilson(row[1], row[2]); printed <- wilson(row[3], row[4])
  c(p - q, p - q - sqrt((p - own[1])^2 + (printed[2] - q)^2), p - q + sqrt((own[2] - p)^2 + (q - printed[1])^2))
}))
text <- function(x) sprintf("%.17g", x)
write.csv(
  data.frame(key = input$key, difference = text(limits[, 1]), lower = text(limits[, 2]), upper = text(limits[, 3])),
  "output.csv", row.names = FALSE, quote = FALSE
)
writeLines(R.version.string, "versions.txt")
