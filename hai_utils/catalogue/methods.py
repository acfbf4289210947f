"""Every method by which a statistic is computed: its words, which choice it belongs to, above which size it does not do.

A new method is its function, named in the table of functions of its module in `hai_utils.stats`, and one record here.
A choice that a parameter makes has the parameter's name; the methods of a choice stand in the order in which they are
listed to users.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from hai_utils.catalogue.statistics import LIMITS, VALUE, Part
from hai_utils.errors import ResultError, nearest

# Choices that no parameter makes.
SEVERAL_GROUPS, ADJUSTMENT, COMPETING, POOLING, PERMUTATION, CHANGING, DETECTING, ALL_ANALYSES = (
    "several_groups", "adjustment", "competing_risks", "pooling", "permutation", "changing_status", "smallest_difference",
    "all_analyses",
)  # fmt: skip
# Above so many patients, or tables with the same margins, an exact method is not computed.
MOST_PATIENTS = 200
MOST_TABLES = 10_000_000


@dataclass(frozen=True, slots=True)
class Method:
    """What is known of one method.

    Attributes
    ----------
    name : str
        As it stands in results and parameters.
    words : str
        In a table's note and in a sentence.
    choices : tuple of str
        What it is a choice of: parameters, or one of the choices that no parameter makes.
    reference : str
        Where it is defined.
    most_patients, most_tables : int, optional
        Above so many patients, or tables with the same margins, it is not computed.
    fallback : str
        The method that is reported in its place there.
    several : str
        The method that compares more than two groups where this one compares two.
    exact : bool
        Whether it is a test by the exact distribution, or by random permutations.
    """

    name: str
    words: str
    choices: tuple[str, ...]
    reference: str = ""
    most_patients: int | None = None
    most_tables: int | None = None
    fallback: str = ""
    several: str = ""
    exact: bool = False


@dataclass(frozen=True, slots=True)
class Choice:
    """What a parameter chooses a method for.

    Attributes
    ----------
    name : str
        The parameter.
    statistic : str
        The statistic that the methods give, or whose limits they give.
    applies_to : str
        What it is computed for, in words.
    parts : tuple of Part
        What each method gives of the statistic; without the empty part, its value does not depend on the method.
    """

    name: str
    statistic: str
    applies_to: str
    parts: tuple[Part, ...] = LIMITS


CHOICES: Mapping[str, Choice] = {
    choice.name: choice
    for choice in (
        Choice("continuous_test", "p_value", "continuous variables", (VALUE,)),
        Choice("categorical_test", "p_value", "two-by-two tables", (VALUE,)),
        Choice("larger_table_test", "p_value", "larger tables", (VALUE,)),
        Choice("quartile_method", "iqr", "continuous variables", (VALUE,)),
        Choice("mean_difference_method", "mean_difference", "continuous variables", (VALUE, *LIMITS)),
        Choice("hodges_lehmann_method", "hodges_lehmann", "continuous variables"),
        Choice("proportion_interval", "proportion", "categories"),
        Choice("risk_difference_interval", "risk_difference", "yes/no variables"),
        Choice("odds_ratio_method", "odds_ratio", "yes/no variables", (VALUE, *LIMITS)),
        Choice("median_rule", "median", "survival endpoints", (VALUE,)),
        Choice("median_interval", "median", "survival endpoints"),
        Choice("survival_interval", "survival_at", "survival endpoints"),
        Choice("follow_up_method", "follow_up_median", "survival endpoints", (VALUE,)),
        Choice("survival_test", "p_value", "survival endpoints", (VALUE,)),
        Choice("hazard_ratio_method", "hazard_ratio", "survival endpoints", (VALUE, *LIMITS, "p")),
        Choice("proportional_hazards_test", "proportional_hazards_p", "survival endpoints", (VALUE,)),
    )
}

_RECORDS = (
    Method(
        "mann_whitney_exact", "exact Mann-Whitney test, conditional on the ties", ("continuous_test",),
        "Streitberg & Roehmel 1986", most_patients=MOST_PATIENTS, fallback="mann_whitney_asymptotic", several="kruskal_wallis", exact=True,
    ),
    Method(
        "mann_whitney_exact_untied", "exact Mann-Whitney test, ties ignored", ("continuous_test",),
        "Mann & Whitney 1947", most_patients=MOST_PATIENTS, fallback="mann_whitney_asymptotic", several="kruskal_wallis", exact=True,
    ),
    Method(
        "mann_whitney_asymptotic", "Mann-Whitney test, normal approximation", ("continuous_test",),
        "Lehmann 1975", several="kruskal_wallis",
    ),
    Method(
        "mann_whitney_asymptotic_cc", "Mann-Whitney test, normal approximation with continuity correction",
        ("continuous_test",), "Lehmann 1975", several="kruskal_wallis",
    ),
    Method("student_t", "Student's t-test", ("continuous_test", "mean_difference_method"), "Student 1908", several="anova"),
    Method("welch_t", "Welch's t-test", ("continuous_test", "mean_difference_method"), "Welch 1947", several="anova"),
    Method("kruskal_wallis", "Kruskal-Wallis test", (SEVERAL_GROUPS,), "Kruskal & Wallis 1952"),
    Method("anova", "analysis of variance", (SEVERAL_GROUPS,), "Fisher 1925"),
    Method(
        "fisher_exact", "Fisher's exact test", ("categorical_test", "larger_table_test"), "Freeman & Halton 1951",
        most_tables=MOST_TABLES, fallback="pearson_chi2", exact=True,
    ),
    Method("pearson_chi2", "Pearson's chi-square test", ("categorical_test", "larger_table_test"), "Pearson 1900"),
    Method("yates_chi2", "chi-square test with Yates' correction", ("categorical_test",), "Yates 1934"),
    Method("n_minus_1_chi2", "chi-square test, N − 1", ("categorical_test",), "Campbell 2007"),
    Method("likelihood_ratio", "likelihood-ratio test", ("categorical_test", "larger_table_test"), "Wilks 1938"),
    Method(
        "fisher_mid_p", "Fisher's exact test, mid-P", ("categorical_test",), "Lancaster 1961",
        most_tables=MOST_TABLES, fallback="pearson_chi2", exact=True,
    ),
    Method(
        "boschloo", "Boschloo's test", ("categorical_test",), "Boschloo 1970", most_patients=MOST_PATIENTS,
        fallback="pearson_chi2", exact=True,
    ),
    Method(
        "barnard", "Barnard's test", ("categorical_test",), "Barnard 1947", most_patients=MOST_PATIENTS,
        fallback="pearson_chi2", exact=True,
    ),
    Method("type_6", "quartiles at (n + 1)p, as in SPSS", ("quartile_method",), "Hyndman & Fan 1996"),
    Method("type_7", "quartiles of type 7, as in R", ("quartile_method",), "Hyndman & Fan 1996"),
    Method("type_2", "quartiles of type 2, as in SAS", ("quartile_method",), "Hyndman & Fan 1996"),
    Method("tukey_hinges", "Tukey's hinges", ("quartile_method",), "Tukey 1977"),
    Method(
        "exact", "exact limits", ("hodges_lehmann_method",), "Hollander & Wolfe 1999", most_patients=MOST_PATIENTS,
        fallback="asymptotic_cc",
    ),
    Method("asymptotic_cc", "limits by normal approximation", ("hodges_lehmann_method",), "Hollander & Wolfe 1999"),
    Method("clopper_pearson", "Clopper-Pearson interval", ("proportion_interval",), "Clopper & Pearson 1934"),
    Method("wilson", "Wilson interval", ("proportion_interval",), "Wilson 1927"),
    Method("jeffreys", "Jeffreys interval", ("proportion_interval",), "Brown, Cai & DasGupta 2001"),
    Method("newcombe", "Newcombe interval", ("risk_difference_interval",), "Newcombe 1998, method 10"),
    Method("miettinen_nurminen", "Miettinen-Nurminen interval", ("risk_difference_interval",), "Miettinen & Nurminen 1985"),
    Method("wald", "Wald interval", ("risk_difference_interval",), "Wald 1943"),
    Method("conditional_mle", "conditional estimate with exact limits", ("odds_ratio_method",), "Cornfield 1956"),
    Method("sample", "sample odds ratio with Woolf limits", ("odds_ratio_method",), "Woolf 1955"),
    Method("haldane", "odds ratio with a half added to each cell", ("odds_ratio_method",), "Haldane 1956"),
    Method("midpoint", "middle of the plateau at 50% survival, as in R", ("median_rule",), "R survival, quantile.survfit"),
    Method("first_at_or_below", "first time at which survival is 50% or less", ("median_rule",), "Collett 2015, 2.4"),
    Method("brookmeyer_crowley_plain", "Brookmeyer-Crowley limits, plain", ("median_interval",), "Brookmeyer & Crowley 1982"),
    Method("brookmeyer_crowley_log", "Brookmeyer-Crowley limits, log", ("median_interval",), "Brookmeyer & Crowley 1982"),
    Method(
        "brookmeyer_crowley_loglog", "Brookmeyer-Crowley limits, log-log", ("median_interval",), "Brookmeyer & Crowley 1982"
    ),
    Method("percentile_wald", "Wald limits from the Greenwood standard error, as computed by SPSS", ("median_interval",), "Collett 2015, 2.4"),
    Method("plain", "plain limits", ("survival_interval",), "Greenwood 1926"),
    Method("log", "log limits", ("survival_interval",), "Kalbfleisch & Prentice 1980"),
    Method("loglog", "log-log limits", ("survival_interval",), "Kalbfleisch & Prentice 1980"),
    Method("reverse_km", "reverse Kaplan-Meier estimate", ("follow_up_method",), "Schemper & Smith 1996"),
    Method(
        "reverse_km_survfit", "reverse Kaplan-Meier estimate, indicator flipped", ("follow_up_method",), "Schemper & Smith 1996"
    ),
    Method("observed", "median of the observed times", ("follow_up_method",)),
    Method("logrank", "log-rank test", ("survival_test",), "Mantel 1966"),
    Method("gehan_wilcoxon", "Gehan-Wilcoxon test", ("survival_test",), "Gehan 1965"),
    Method("tarone_ware", "Tarone-Ware test", ("survival_test",), "Tarone & Ware 1977"),
    Method("peto_peto", "Peto-Peto test, modified", ("survival_test",), "Andersen et al. 1982"),
    Method("fleming_harrington_1_0", "Fleming-Harrington test (1, 0)", ("survival_test",), "Harrington & Fleming 1982"),
    Method("logrank_permutation", "permutation log-rank test", (PERMUTATION,), "Hothorn & Lausen 2003", exact=True),
    Method("cox_efron", "Cox model with Efron's method for ties", ("hazard_ratio_method",), "Efron 1977"),
    Method("cox_breslow", "Cox model with Breslow's method for ties", ("hazard_ratio_method",), "Breslow 1974"),
    Method("cox_exact", "Cox model with exact ties", ("hazard_ratio_method",), "Cox 1972"),
    Method("cox_firth", "Cox model with Firth's penalty", ("hazard_ratio_method",), "Heinze & Schemper 2001"),
    Method(
        "schoenfeld_km", "score test of proportional hazards, Kaplan-Meier transform", ("proportional_hazards_test",),
        "Grambsch & Therneau 1994",
    ),
    Method(
        "schoenfeld_rank", "score test of proportional hazards, rank transform", ("proportional_hazards_test",),
        "Grambsch & Therneau 1994",
    ),
    Method(
        "schoenfeld_identity", "score test of proportional hazards, identity", ("proportional_hazards_test",),
        "Grambsch & Therneau 1994",
    ),
    Method("power_fisher", "Fisher's exact test, all tables summed", (DETECTING,), "Cohen 1988"),
    Method("power_t", "Student's t-test, noncentral t", (DETECTING,), "Cohen 1988"),
    Method("power_logrank", "log-rank test, Schoenfeld's formula", (DETECTING,), "Schoenfeld 1983"),
    Method("mantel_byar", "Mantel-Byar test", (CHANGING,), "Mantel & Byar 1974"),
    Method("median_of_analyses", "median over all admissible analyses", (ALL_ANALYSES,), "Simonsohn et al. 2020"),
    Method("permutation_of_analyses", "permutation of the groups, median over all admissible analyses", (ALL_ANALYSES,), "Simonsohn et al. 2020"),
    Method("holm", "Holm's adjustment", (ADJUSTMENT,), "Holm 1979"),
    Method("aalen_johansen", "Aalen-Johansen estimate", (COMPETING,), "Aalen & Johansen 1978"),
    Method("gray", "Gray's test", (COMPETING,), "Gray 1988"),
    Method("mantel_haenszel", "Mantel-Haenszel estimate", (POOLING,), "Greenland & Robins 1985"),
    Method("paule_mandel", "random effects, Paule-Mandel", (POOLING,), "Paule & Mandel 1982"),
    Method(
        "paule_mandel_hartung_knapp", "random effects, Paule-Mandel, Hartung-Knapp interval", (POOLING,),
        "Hartung & Knapp 2001",
    ),
    Method("cox_stratified", "Cox model stratified by center, Efron's ties", (POOLING,), "Kalbfleisch & Prentice 1980"),
)  # fmt: skip
METHODS: dict[str, Method] = {record.name: record for record in _RECORDS}


@cache
def choice_of(statistic: str) -> Choice | None:
    """Return the first choice of a method for a statistic; None where there is one way alone."""
    return next((choice for choice in CHOICES.values() if choice.statistic == statistic), None)


@cache
def methods_of(choice: str) -> tuple[str, ...]:
    """Return the names of the methods of a choice, in the order of the catalogue; empty where it is no choice."""
    return tuple(record.name for record in _RECORDS if choice in record.choices)


def read_method(name: str) -> Method:
    """Return the record of a method.

    Raises
    ------
    ResultError
        Where the catalogue has none.
    """
    if name not in METHODS:
        raise ResultError(
            f"The method '{name}' is not in the catalogue.{nearest(name, tuple(METHODS))} "
            "Add its record to hai_utils/catalogue/methods.py."
        )
    return METHODS[name]
