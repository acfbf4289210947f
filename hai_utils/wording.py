"""Words that stand in one place: what rows are called, how methods are named, how an interval is introduced."""

from __future__ import annotations

from hai_utils.study import Study

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
    "haldane": "odds ratio with 0.5 added to each cell",
    "exact": "exact limits",
    "asymptotic_cc": "limits by normal approximation",
    "midpoint": "middle of the plateau at 0.5, as in R",
    "first_at_or_below": "first time at or below 0.5, as in SPSS",
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
}

RECONSTRUCTION_NOTICE = (
    "The rows behind this page are a reconstruction made from the published numbers. No row is a patient, and what the "
    "article does not print is a property of the reconstruction."
)
NOT_PRINTED = "The article does not print this; in the reconstruction it is a property of how the rows were made."


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
    return f"{100 * float(study.parameters.get('confidence_level', 0.95)):g}% CI"


def in_text(label: str) -> str:
    """Return a label as it stands within a sentence: a capital that only starts it becomes small."""
    first_word = label.split(" ", 1)[0].split("-", 1)[0]
    return label[:1].lower() + label[1:] if first_word[1:].islower() else label


def method_name(method: str) -> str:
    """Return a method's name in words."""
    return METHOD_NAMES.get(method, method.replace("_", " "))
