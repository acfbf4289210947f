"""The paragraph on statistical methods, written from the methods in force."""

from __future__ import annotations

from hai_utils.catalogue.endpoints import SHARE_FOLLOWED
from hai_utils.catalogue.markers import MARKERS
from hai_utils.catalogue.methods import CHOICES, read_method
from hai_utils.catalogue.statistics import STATISTICS
from hai_utils.results.study import Study
from hai_utils.results.table import Results
from hai_utils.show.content import Content, Paragraphs, key, listed, plain
from hai_utils.show.tables.parts import adjusted_outcomes, compared_variables, outcome_of, variable_name
from hai_utils.show.wording import confidence_percent, in_text, method_name, people, reference_words, time_zero


def statistical_methods(results: Results) -> Content:
    """Write the paragraph on statistical methods from the methods in force, for the variables that the cohort has.

    What it covers follows Lang TA, Altman DG. Int J Nurs Stud 2015;52:5-9 (SAMPL).
    """
    study = results.study
    parts = [_described(study)]
    if study.compared:
        parts.append(_groups_compared(results))
    if any(key(name, "all", "median") in results for name in (endpoint.name for endpoint in study.endpoints)):
        parts.append(_survival_methods(study))
    parts.append(_significance(results))
    return Paragraphs(((" ".join(parts),),))


def own_endpoints(results: Results) -> Content:
    """Define the endpoints of the cohort's own dictionary."""
    study = results.study
    competing = "; death without it is a competing event"
    texts = (
        f"{endpoint.label} was counted from {time_zero(study)} to {endpoint.event}"
        f"{competing if endpoint.death == 'competes' else ''}. {endpoint.censoring}"
        for endpoint in study.own_endpoints
    )
    return Paragraphs(tuple((text,) for text in texts))


def restricted_means(results: Results) -> Content:
    """Say to which months restricted means were compared, and why to these where they follow from the follow-up."""
    study = results.study
    grid = [months for months in study.parameters["time_grid_months"] if months]
    chosen = list(study.parameters["restricted_mean_months"])
    names = [study.formatter.as_given(months) for months in chosen]
    said = f"Restricted mean survival time was compared to {plain(listed([(f'month {name}',) for name in names]))}"
    followed = _followed_to(results, grid[-1]) if grid and chosen == [grid[(len(grid) - 1) // 2], grid[-1]] else ""
    if not followed:
        return Paragraphs(((f"{said}.",),))
    return Paragraphs(
        (
            (
                f"{said}, the middle and the last of the times under the survival curves; at the last, at least a tenth of the "
                f"{people(study)} were still at risk for {followed}. These horizons are the same for every endpoint, whereas each "
                f"curve is drawn as long as a tenth are at risk for its own endpoint.",
            ),
        )
    )


def _followed_to(results: Results, months: float) -> str:
    """Return the first endpoint for which enough are at risk at a time; empty where there is none, or it may not be told."""
    for endpoint in results.study.endpoints:
        at_risk, total = (
            results.find_key(key(endpoint.name, "all", name)) for name in (STATISTICS["at_risk"].at(months), "n")
        )
        if at_risk and total and at_risk.value and total.value and at_risk.value >= SHARE_FOLLOWED * total.value:
            return endpoint.within_text
    return ""


def _by(study: Study, parameter: str) -> str:
    return method_name(str(study.parameters[parameter]))


def _by_the(study: Study, parameter: str) -> str:
    """Return a method with its article: "the log-rank test", but "Fisher's exact test"."""
    name = _by(study, parameter)
    return name if name.split(" ", 1)[0].endswith("'s") else f"the {name}"


def _described(study: Study) -> str:
    quartiles = any(name in study.variables for name in study.parameters["interquartile_variables"])
    ranges = "the interquartile range" if quartiles else ""
    where = f", or {ranges} where a table says so ({_by(study, 'quartile_method')})" if ranges else ""
    if study.gated:
        # A range is two people's values, which the disclosure gate withholds.
        where = f", with {ranges} where a table says so ({_by(study, 'quartile_method')})" if ranges else ""
    spread = "" if study.gated else " with the range"
    # As the article prints it.
    age = (
        ", age over all rows by the mean (as in the article)"
        if study.reconstruction and "age_years" in study.variables
        else ""
    )
    return (
        f"Continuous variables were summarized by the median{spread}{where}{age}, and categorical variables by the number and the "
        f"percentage of those recorded. Each variable was analyzed where it was recorded; missing values were not imputed."
    )


# Chapters that give proportions with an interval.
RATES = ("02_complications", "03_tumor_response")
TESTS = ("continuous_test", "categorical_test", "larger_table_test")


def _tests_made(results: Results) -> str:
    """Name the test of each kind of variable that the cohort has."""
    names = set(compared_variables(results))
    made = {
        record.method
        for record in results
        if record.statistic == "p_value" and record.reported and record.variable in names
    }
    parameters = results.study.parameters
    tests = [
        f"{CHOICES[name].applies_to} {'were compared ' if at == 0 else ''}by {_by_the(results.study, name)}"
        for at, name in enumerate(name for name in TESTS if parameters[name] in made)
    ]
    if not tests:
        return ""
    words = tests[0] if len(tests) == 1 else f"{', '.join(tests[:-1])}, and {tests[-1]}"
    return f" {words[:1].upper()}{words[1:]}."


def _over_all(study: Study) -> str:
    """Name the test over all groups, where there are more than two."""
    if len(study.compared) < 2:
        return ""
    several = read_method(str(study.parameters["continuous_test"])).several
    return (
        f" One test over all groups was added: the {method_name(several)} for continuous variables, that of larger tables "
        "for categories, and the same test of curves."
    )


def _groups_compared(results: Results) -> str:
    study = results.study
    reference = reference_words(study)
    cutpoint = "no cutpoint was sought, and " if study.group_by in MARKERS else ""
    present = [name for name in study.parameters["outcomes"] if results.has_data(name)]
    kinds = {outcome_of(results, name).kind for name in present}
    rates = any(record.chapter in RATES and record.statistic == "proportion_lower" for record in results)
    whose = "differences of proportions" if study.reconstruction else "their differences"
    differences = f", {whose} with a {_by(study, 'risk_difference_interval')}" if "binary" in kinds else ""
    # The article prints rates of response without an interval, and so does the text of its reconstruction.
    which = "Rates of complications (on the web, of response too)" if study.reconstruction else "Proportions"
    intervals = f" {which} are given with a {_by(study, 'proportion_interval')}{differences}." if rates else ""
    medians = (
        f" Differences of continuous outcomes were estimated by the Hodges-Lehmann method with "
        f"{_by(study, 'hodges_lehmann_method')}."
    )
    return (
        f"Groups were formed by {in_text(study.group_label)} as recorded; {cutpoint}the reference was {reference}."
        f"{_tests_made(results)}{_over_all(study)}{medians if 'continuous' in kinds else ''}{intervals} "
        "No subgroup or interaction was examined, no multivariable model was fitted, and no estimate was adjusted for confounding."
    )


def _survival_methods(study: Study) -> str:
    described = (
        f"Survival was estimated by the Kaplan-Meier method with {_by(study, 'survival_interval')}; median survival was the "
        f"{_by(study, 'median_rule')}, with {_by(study, 'median_interval')}. "
        f"Follow-up was summarized by the {_by(study, 'follow_up_method')}."
    )
    if not study.compared:
        return described
    return (
        f"{described} Curves were compared by {_by_the(study, 'survival_test')}; hazard ratios were estimated by a "
        f"{_by(study, 'hazard_ratio_method')}. Proportional hazards were examined by {_by_the(study, 'proportional_hazards_test')}."
    )


def _significance(results: Results) -> str:
    study = results.study
    level = float(study.parameters["significance_level"])
    said = f"Estimates are given with {confidence_percent(study)} confidence intervals (CIs)."
    if not study.compared:
        return said
    name = study.primary
    primary = f" {variable_name(results, name)} was the primary endpoint" if results.has_data(name) else ""
    family = plain(adjusted_outcomes(results)) if name in study.variables else ""
    holm = f"; P values of {family} were also adjusted, as one family, by Holm’s method" if family else ""
    survival = results.has_data("os") and "os" not in {name, *study.parameters["outcomes"]}
    outside = ". Overall survival is none of the outcomes of this family" if holm and survival else ""
    ending = f"{primary}{holm}{outside}." if primary else ""
    return (
        f"Tests were two-sided, and P below {study.formatter.level(level)} was considered significant. {said}{ending}"
    )
