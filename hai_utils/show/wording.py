"""Words that stand in one place: what rows are called, how methods are named, how an interval is introduced."""

from __future__ import annotations

import re

from hai_utils.results.study import Study

METHOD_NAMES = {
    "mann_whitney_exact": "exact Mann-Whitney test, conditional on the ties",
    "mann_whitney_exact_untied": "exact Mann-Whitney test, ties ignored",
    "mann_whitney_asymptotic": "Mann-Whitney test, normal approximation",
    "mann_whitney_asymptotic_cc": "Mann-Whitney test, normal approximation with continuity correction",
    "student_t": "Student's t-test",
    "welch_t": "Welch's t-test",
    "kruskal_wallis": "Kruskal-Wallis test",
    "anova": "analysis of variance",
    "fisher_exact": "Fisher's exact test",
    "fisher_mid_p": "Fisher's exact test, mid-P",
    "pearson_chi2": "Pearson's chi-square test",
    "yates_chi2": "chi-square test with Yates' correction",
    "n_minus_1_chi2": "chi-square test, N − 1",
    "likelihood_ratio": "likelihood-ratio test",
    "boschloo": "Boschloo's test",
    "barnard": "Barnard's test",
    "type_6": "quartiles at (n + 1)p, as in SPSS",
    "type_7": "quartiles of type 7, as in R",
    "type_2": "quartiles of type 2, as in SAS",
    "tukey_hinges": "Tukey's hinges",
    "clopper_pearson": "Clopper-Pearson interval",
    "wilson": "Wilson interval",
    "jeffreys": "Jeffreys interval",
    "newcombe": "Newcombe interval",
    "miettinen_nurminen": "Miettinen-Nurminen interval",
    "wald": "Wald interval",
    "conditional_mle": "conditional estimate with exact limits",
    "sample": "sample odds ratio with Woolf limits",
    "haldane": "odds ratio with a half added to each cell",
    "exact": "exact limits",
    "asymptotic_cc": "limits by normal approximation",
    "midpoint": "middle of the plateau at one half, as in R",
    "first_at_or_below": "first time at or below one half, as in SPSS",
    "brookmeyer_crowley_plain": "Brookmeyer-Crowley limits, plain",
    "brookmeyer_crowley_log": "Brookmeyer-Crowley limits, log",
    "brookmeyer_crowley_loglog": "Brookmeyer-Crowley limits, log-log",
    "percentile_wald": "Wald limits, as in SPSS",
    "plain": "plain limits",
    "log": "log limits",
    "loglog": "log-log limits",
    "reverse_km": "reverse Kaplan-Meier estimate",
    "reverse_km_survfit": "reverse Kaplan-Meier estimate, indicator flipped",
    "observed": "median of the observed times",
    "logrank": "log-rank test",
    "gehan_wilcoxon": "Gehan-Wilcoxon test",
    "tarone_ware": "Tarone-Ware test",
    "peto_peto": "Peto-Peto test, modified",
    "fleming_harrington_1_0": "Fleming-Harrington test (1, 0)",
    "logrank_permutation": "permutation log-rank test",
    "cox_efron": "Cox model, Efron's ties",
    "cox_breslow": "Cox model, Breslow's ties",
    "cox_exact": "Cox model, exact ties",
    "cox_firth": "Cox model, Firth's penalty",
    "schoenfeld_km": "score test of proportional hazards, Kaplan-Meier transform",
    "schoenfeld_rank": "score test of proportional hazards, rank transform",
    "schoenfeld_identity": "score test of proportional hazards, identity",
    "holm": "Holm's adjustment",
    "aalen_johansen": "Aalen-Johansen estimate",
    "gray": "Gray's test",
    "mantel_haenszel": "Mantel-Haenszel estimate",
    "paule_mandel": "random effects, Paule-Mandel",
    "paule_mandel_hartung_knapp": "random effects, Paule-Mandel, Hartung-Knapp interval",
    "cox_stratified": "Cox model stratified by center, Efron's ties",
}

STATISTIC_NAMES = {
    "n": "number recorded",
    "n_missing": "number not recorded",
    "count": "number",
    "percent": "percentage",
    "sd": "standard deviation",
    "min": "minimum",
    "max": "maximum",
    "q1": "first quartile",
    "q3": "third quartile",
    "iqr": "interquartile range",
    "shapiro_w": "Shapiro-Wilk W",
    "shapiro_p": "P of the Shapiro-Wilk test",
    "p_value": "P value",
    "p_value_holm": "P value, adjusted by Holm",
    "p_value_mc_se": "standard error of the P value from random draws",
    "u_statistic": "U statistic",
    "mean_difference": "difference in means",
    "hodges_lehmann": "Hodges-Lehmann difference",
    "risk_difference": "difference in proportions",
    "standardised_difference": "standardized difference",
    "follow_up_median": "median follow-up",
    "proportional_hazards_p": "P of the test of proportional hazards",
    "time_min": "shortest observed time",
    "time_max": "longest observed time",
    "left_out": "number left out at the landmark",
    "at_risk": "number at risk at {} months",
    "survival_at": "survival at {} months",
    "cumulative_incidence": "cumulative incidence at {} months",
    "rmst": "restricted mean survival time to {} months",
    "rmst_difference": "difference in restricted mean survival time to {} months",
}
_PART_OF_ESTIMATE = {
    "lower": "lower limit of the {}",
    "upper": "upper limit of the {}",
    "se": "standard error of the {}",
    "p": "P of the {}",
}
_STATISTIC = re.compile(r"(?P<stem>.+?)(?:_(?P<months>\d+(?:_\d+)?))?(?:_(?P<part>lower|upper|se|p))?")

RECONSTRUCTION_NOTICE = (
    "The rows behind this page are a reconstruction made from the published numbers. No row is a patient, and what the "
    "article does not print is a property of the reconstruction."
)
SYNTHETIC_NOTICE = (
    "The file marks its rows as made up. No row is a patient, and nothing here may be taken for an observation."
)
NOT_PRINTED = "The article does not print this; in the reconstruction it is a property of how the rows were made."


# Columns that only a cohort with a pump has: its dictionary counts time from pump placement.
PUMP_COLUMNS = ("pump_year", "hai_cycles", "hai_discontinued", "pump_complication")


def notice(study: Study) -> str:
    """Return what every page says of rows that are no patients; empty for real data."""
    if study.reconstruction:
        return RECONSTRUCTION_NOTICE
    return SYNTHETIC_NOTICE if study.synthetic else ""


def time_zero(study: Study) -> str:
    """Return from when times count: pump placement where there is a pump, else whatever the cohort file starts at."""
    pump = any(name in study.variables for name in PUMP_COLUMNS)
    return "pump placement" if pump else "the start of follow-up"


def people(study: Study, count: int | None = None) -> str:
    """Return what the rows of a cohort are called: patients, or rows where they are a reconstruction."""
    noun = "row" if study.synthetic else "patient"
    return noun if count == 1 else noun + "s"


def size_words(study: Study) -> str:
    """Return how many the cohort has, as far as that may be said: ``25``, ``at least 24``, ``fewer than 5``."""
    if study.size is not None:
        return str(study.size)
    known = study.overall_size
    return f"fewer than {study.parameters['disclosure_threshold']}" if known is None else f"at least {known}"


def why_withheld(study: Study) -> str:
    """Return the sentence that explains what the disclosure gate does to a number."""
    return (
        f"withheld, as it could tell that something holds of fewer than {study.parameters['disclosure_threshold']} "
        f"{people(study)}"
    )


def confidence_words(study: Study) -> str:
    """Return how an interval is introduced, such as ``95% CI``."""
    return f"{confidence_percent(study)} CI"


def confidence_percent(study: Study) -> str:
    """Return the level of every interval, such as ``95%``."""
    return study.formatter.as_given(100 * float(study.parameters.get("confidence_level", 0.95))) + "%"


def in_text(label: str) -> str:
    """Return a label as it stands within a sentence: a capital that only starts it becomes small."""
    first_word = label.split(" ", 1)[0].split("-", 1)[0]
    return label[:1].lower() + label[1:] if first_word[1:].islower() else label


def method_name(method: str) -> str:
    """Return a method's name in words."""
    return METHOD_NAMES.get(method, method.replace("_", " "))


def statistic_name(study: Study, statistic: str) -> str:
    """Return a statistic's name in words: ``survival_at_6_lower`` is the lower limit of the survival at 6 months."""
    if statistic in STATISTIC_NAMES:
        return STATISTIC_NAMES[statistic]
    found = _STATISTIC.fullmatch(statistic)
    if found is None:
        return statistic.replace("_", " ")
    stem, months = found["stem"], study.formatter.as_given((found["months"] or "").replace("_", "."))
    words = STATISTIC_NAMES.get(stem, stem.replace("_", " "))
    named = words.format(months) if "{}" in words else f"{words} {months}".strip()
    return _PART_OF_ESTIMATE[found["part"]].format(named) if found["part"] else named


def population_name(study: Study, group: str) -> str:
    """Return in words whom a result is about: a group, all, or one group against another."""
    if group == "overall":
        return "all groups compared"
    level, versus, reference = group.partition("_vs_")
    pairs = {f"{other.level}_vs_{study.reference}": other.label for other in study.compared}
    if group in pairs:
        return f"{pairs[group]} against {study.reference_label}"
    if versus:
        return f"{population_name(study, level)} against {population_name(study, reference)}"
    label = study.label_of(group)
    return label.replace("non_", "non-").replace("_", " ") if label == group else label
