# Rscript make.R: writes the data of R's survival package as its users do, and what R says of them (expected.csv).
# cbioportal.csv is made here too: a clinical file in cBioPortal's format, from lung, with the site's own header lines.
library(survival)
options(digits = 15)
write.csv(lung, "lung.csv", row.names = FALSE)
write.csv(colon, "colon.csv", row.names = FALSE)
write.csv(rotterdam, "rotterdam.csv")
write.csv(pbc, "pbc.csv", row.names = FALSE)
write.csv(veteran, "veteran.csv")

rows <- list()
say <- function(data, endpoint, days, event, group) {
  # Days become months of 30.4375 days, as the cohort dictionary counts; neither test nor ratio depends on the unit.
  months <- days / 30.4375
  keep <- !is.na(months) & !is.na(event) & !is.na(group)
  months <- months[keep]; event <- event[keep]; group <- factor(group[keep])
  medians <- summary(survfit(Surv(months, event) ~ group))$table[, "median"]
  test <- survdiff(Surv(months, event) ~ group)
  model <- coxph(Surv(months, event) ~ group, ties = "efron")
  p <- pchisq(test$chisq, length(levels(group)) - 1, lower.tail = FALSE)
  rows[[length(rows) + 1]] <<- data.frame(data, endpoint, n = length(months), events = sum(event),
    group_a = levels(group)[1], group_b = levels(group)[2], median_a = medians[1], median_b = medians[2],
    log_rank_p = p, hazard_ratio_b_vs_a = exp(coef(model))[1])
}
say("lung", "os", lung$time, lung$status == 2, ifelse(lung$sex == 1, "male", "female"))
death <- subset(colon, etype == 2); recurrence <- subset(colon, etype == 1)
stopifnot(all(death$id == recurrence$id))
say("colon", "os", death$time, death$status == 1, ifelse(death$sex == 1, "male", "female"))
# Recurrence or death: the first of the two, else the last time at which neither had happened.
first <- ifelse(recurrence$status == 1, recurrence$time, death$time)
say("colon", "pfs", pmin(first, death$time), recurrence$status == 1 | death$status == 1, ifelse(death$sex == 1, "male", "female"))
say("rotterdam", "os", rotterdam$dtime, rotterdam$death == 1, ifelse(rotterdam$chemo == 1, "yes", "no"))
# help(rotterdam): relapse-free survival is the first of recurrence and death, from dtime where there was no recurrence.
say("rotterdam", "pfs", with(rotterdam, ifelse(recur == 1, rtime, dtime)), with(rotterdam, pmax(recur, death)) == 1,
    ifelse(rotterdam$chemo == 1, "yes", "no"))
say("pbc", "os", pbc$time, pbc$status == 2, ifelse(pbc$sex == "m", "male", "female"))
say("veteran", "os", veteran$time, veteran$status == 1, ifelse(veteran$prior == 10, "yes", "no"))

portal <- with(lung, data.frame(PATIENT_ID = sprintf("TCGA-%04d", seq_along(time)), SEX = ifelse(sex == 1, "Male", "Female"),
  AGE = age, OS_STATUS = ifelse(status == 2, "1:DECEASED", "0:LIVING"), OS_MONTHS = round(time / 30.4375, 2)))
portal$OS_STATUS[c(7, 19)] <- "[Not Available]"
head_lines <- c("#Patient Identifier\tSex\tDiagnosis Age\tOverall Survival Status\tOverall Survival (Months)",
  "#Identifier of the patient\tSex\tAge at diagnosis\tOverall survival status\tOverall survival in months",
  "#STRING\tSTRING\tNUMBER\tSTRING\tNUMBER", "#1\t1\t1\t1\t1")
writeLines(head_lines, "cbioportal.txt")
suppressWarnings(write.table(portal, "cbioportal.txt", sep = "\t", quote = FALSE, row.names = FALSE, append = TRUE))
known <- portal$OS_STATUS != "[Not Available]"
say("cbioportal", "os", portal$OS_MONTHS[known] * 30.4375, portal$OS_STATUS[known] == "1:DECEASED", tolower(portal$SEX[known]))
write.csv(do.call(rbind, rows), "expected.csv", row.names = FALSE)
