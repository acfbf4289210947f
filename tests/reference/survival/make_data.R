# Exports the input data sets of the survival reference values. Run in this folder: Rscript make_data.R
# Columns: time; event (1 = event); group (0 = reference, 1, 2 ... = levels); where used, stratum (1, 2 ...) and
# cause (0 = censored, 1, 2 ...). SOURCE.md says what they are.
suppressMessages(library(survival))

save <- function(name, ...) write.csv(data.frame(...), file.path("data", paste0(name, ".csv")), row.names = FALSE)

# Freireich et al. 1963, remission in weeks; group 1 = 6-MP, 0 = placebo. Typed from Gehan 1965.
save("freireich",
     time = c(6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35,
              1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23),
     event = c(1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, rep(1, 21)),
     group = rep(c(1, 0), each = 21))

# Collett, example 1.1: weeks to discontinuation of an intrauterine device, 18 women.
save("collett_iud",
     time = c(10, 13, 18, 19, 23, 30, 36, 38, 54, 56, 59, 75, 93, 97, 104, 107, 107, 107),
     event = c(1, 0, 0, 1, 0, 1, 1, 0, 0, 0, 1, 1, 1, 1, 0, 1, 0, 0),
     group = 0)

with(aml, save("aml", time = time, event = status, group = as.integer(x == "Nonmaintained")))

complete <- subset(lung, !is.na(inst))
with(complete, save("lung", time = time, event = status - 1, group = sex - 1, stratum = as.integer(factor(inst))))
# Heavy ties: the same in quarters of a year.
with(complete, save("lung_quarters", time = ceiling(time / 91.3125), event = status - 1, group = sex - 1,
                    stratum = as.integer(factor(inst))))

with(veteran, save("veteran", time = time, event = status, group = trt - 1, stratum = as.integer(celltype)))

deaths <- subset(colon, etype == 2)
with(deaths, save("colon", time = time, event = status, group = as.integer(rx) - 1))

with(ovarian, save("ovarian", time = futime, event = fustat, group = rx - 1))
with(subset(ovarian, age < 60), save("ovarian_under_60", time = futime, event = fustat, group = rx - 1))

with(kidney, save("kidney", time = time, event = status, group = sex - 1))

# Competing risks: 1 = transplantation, 2 = death; group = sex.
with(pbc, save("pbc", time = time, event = as.integer(status == 2), group = as.integer(sex == "f"),
               cause = status))
# Four groups (histological stage) and heavy ties (years begun).
staged <- subset(pbc, !is.na(stage))
with(staged, save("pbc_stage_years", time = ceiling(time / 365.25), event = as.integer(status == 2),
                  group = stage - 1, cause = status))

# Monotone partial likelihoods, made up: deaths at 1, 2, 3 against deaths at 4, 5, 6; and a group without an event.
save("separation", time = 1:6, event = 1, group = rep(0:1, each = 3))
save("no_event_in_level", time = c(2, 3, 3, 5, 8, 9, 4, 4, 6, 7, 9), event = c(1, 1, 1, 0, 1, 0, 0, 0, 0, 0, 0),
     group = rep(0:1, c(6, 5)))
