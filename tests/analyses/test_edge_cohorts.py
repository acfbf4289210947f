"""Edge cohorts: an empty value with its reason; never a crash, nan, inf or an invented number, wherever it is shown."""

from __future__ import annotations

import inspect
import math
import re
from collections.abc import Callable, Iterator
from functools import cache
from types import ModuleType

import pytest

from hai_utils.analyses import analyse
from hai_utils.results.record import BLANK
from hai_utils.results.table import Results
from hai_utils.show import figures, sentences, tables
from hai_utils.show.content import Content, Figure, Notice, Paragraphs, Quote, Table, Text, plain, to_html
from hai_utils.show.tables import methods as method_tables
from tests.analyses.edge_samples import COHORTS, cohort_of

NAMES = sorted(COHORTS)
A_PROGRAMS_WORD = re.compile(r"\bnan\b|\binf\b|\bnull\b|Traceback|\be[+-]\d\d", re.IGNORECASE)
# What is left where a number should have stood: nothing between two words, before a full stop, in brackets.
A_HOLE = re.compile(r"  |\( | \)|\(\)|\[\]| ,|, ,| ;|;;|\s\.(?!\d)|\(–|–\)")


@cache
def results_of(name: str) -> Results:
    columns, settings = COHORTS[name]
    return analyse(*cohort_of(columns, *settings))


def views_of(module: ModuleType) -> Iterator[tuple[str, Callable[[Results], Content]]]:
    """Every public function of a module that makes content of results alone."""
    for name, function in inspect.getmembers(module, inspect.isfunction):
        own = function.__module__.startswith(module.__name__) and not name.startswith("_")
        signature = inspect.signature(function)
        if own and list(signature.parameters) == ["results"] and signature.return_annotation == "Content":
            yield f"{module.__name__.rpartition('.')[2]}.{name}", function


VIEWS = dict(view for module in (tables, method_tables, sentences) for view in views_of(module))
FIGURES: dict[str, Callable[[Results], Content]] = {
    "flow": figures.flow,
    "waterfall": figures.waterfall,
    "overall survival": lambda results: figures.kaplan_meier(results, "os"),
    "by status": lambda results: next(iter(figures.by_status(results)), Notice("")),
}


@cache
def shown(name: str) -> dict[str, Content]:
    results = results_of(name)
    return {view: make(results) for view, make in (VIEWS | FIGURES).items()}


def texts_of(content: Content) -> list[Text]:
    if isinstance(content, Table):
        return [content.title, *content.notes, *(cell for row in content.rows for cell in row.cells)]
    if isinstance(content, Figure):
        return [content.title, (content.alt,), *content.notes]
    return list(content.texts) if isinstance(content, Paragraphs) else [(content.text,)]


def all_texts(name: str) -> Iterator[tuple[str, Text]]:
    for view, content in shown(name).items():
        for text in texts_of(content):
            yield view, text


def test_the_views_are_those_of_every_chapter() -> None:
    assert len(VIEWS) >= 20
    assert {"tables.baseline", "tables.outcomes", "methods.tests", "sentences.survival"} <= set(VIEWS)


# --- the same for every cohort --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_a_value_is_finite_or_empty_with_a_reason(name: str) -> None:
    results = results_of(name)
    assert len(results) > 100
    wrong = [
        (record.key, record.method, record.value)
        for record in results
        if not (record.note if record.value is None else math.isfinite(record.value))
    ]
    assert wrong == []


@pytest.mark.parametrize("name", NAMES)
def test_what_is_printed_is_a_number_or_says_that_there_is_none(name: str) -> None:
    for record in results_of(name):
        assert not A_PROGRAMS_WORD.search(record.formatted + record.note), record
        assert (record.value is None) == (record.formatted in {"NE", "NR"}), record


@pytest.mark.parametrize("name", NAMES)
def test_a_curve_has_only_numbers(name: str) -> None:
    for point in results_of(name).points:
        numbers = [x for x in (point.x, point.y, point.lower, point.upper) if x is not None]
        assert all(math.isfinite(number) for number in numbers), point


@pytest.mark.parametrize("name", NAMES)
def test_no_text_has_a_programs_word_or_a_hole(name: str) -> None:
    wrong = [
        (view, plain(text))
        for view, text in all_texts(name)
        if A_PROGRAMS_WORD.search(plain(text)) or A_HOLE.search(plain(text))
    ]
    assert wrong == []


@pytest.mark.parametrize("name", NAMES)
def test_a_quoted_number_is_that_of_its_row(name: str) -> None:
    """With other decimals perhaps, and without the percent sign inside a range; but empty where the row is empty."""
    results = results_of(name)
    wrong = []
    for view, text in all_texts(name):
        for run in text:
            if isinstance(run, Quote):
                record = results.get(run.key, run.method)
                same = run.text in {record.formatted, record.formatted.removesuffix("%")}
                if record.value is None or run.text in {"NE", "NR"}:
                    # A median that is not reached is NR; a limit without a value is NE, whatever the median is.
                    fits = same or (
                        record.value is None and run.text == "NE" and not record.statistic.endswith("median")
                    )
                else:
                    fits = same or closeness(run.text, float(record.value), record.unit) <= 0.5
                if not fits:
                    wrong.append((view, run, record.value, record.formatted))
    assert wrong == []


def closeness(text: str, value: float, unit: str) -> float:
    """How far a printed number is from the value, in units of its last decimal."""
    if text[:1] in "<>":
        return 0.0 if value < 0.001 or value > 0.99 else math.inf
    number = text.replace("−", "-").removesuffix("%")
    decimals = len(number.partition(".")[2])
    return abs(float(number) - value * (100 if unit == "proportion" else 1)) * 10**decimals - 1e-9


@pytest.mark.parametrize("name", NAMES)
def test_a_cell_holds_no_number_that_is_no_result(name: str) -> None:
    """Digits stand in quotes of results; elsewhere only in row headings, notes of tests, and counts of patients."""
    allowed = re.compile(r"\d+ of \d+ expected counts < 5|\d+ random permutations|no interval: .*|")
    sizes = {str(record.n) for record in results_of(name)}
    for view, content in shown(name).items():
        if isinstance(content, Table):
            for row in content.rows:
                loose = [
                    run for cell in row.cells[1:] for run in cell if isinstance(run, str) and re.search(r"\d", run)
                ]
                assert [run for run in loose if not allowed.fullmatch(run) and run not in sizes] == [], view


@pytest.mark.parametrize("name", NAMES)
def test_a_table_is_rectangular(name: str) -> None:
    for view, content in shown(name).items():
        if isinstance(content, Table):
            assert content.rows, view
            assert {len(row.cells) for row in content.rows} == {len(content.columns)}, view


@pytest.mark.parametrize("name", NAMES)
def test_a_drawing_has_only_finite_coordinates(name: str) -> None:
    for view, content in shown(name).items():
        if isinstance(content, Figure):
            drawn = re.sub(r"<style.*?</style>", "", content.svg, flags=re.DOTALL)
            paths = " ".join(re.findall(r'\b(?:d|points|x|y|width|height|transform)="([^"]*)"', drawn))
            assert not re.search(r"nan|inf", paths), view
            assert all(abs(float(number)) < 1e5 for number in re.findall(r"-?\d+(?:\.\d+)?", paths)), view


@pytest.mark.parametrize("name", NAMES)
def test_everything_shown_has_html(name: str) -> None:
    silent = {view for view, content in shown(name).items() if not to_html(content)}
    may = {"sentences.flips", "sentences.single_patients", "sentences.own_endpoints"}
    assert silent <= may, (
        "only what turns P across the level, single patients where nothing is compared, and endpoints of one's own may be silent"
    )


# --- what each cohort must say --------------------------------------------------------------------------------------

PAIR = "mutant_vs_wild_type"
# cohort, key, method ('' the reported one) -> the note of an empty value
EMPTY = [
    ("a group of one", "age_years.mutant.sd", "", "group of one"),
    ("a group of one", f"age_years.{PAIR}.p_value", "student_t", "group of one"),
    ("a group of one", f"age_years.{PAIR}.p_value", "welch_t", "group of one"),
    ("a group of one", f"age_years.{PAIR}.mean_difference_lower", "student_t", "group of one"),
    ("a group of one", f"age_years.{PAIR}.standardised_difference", "", "group of one"),
    ("a group of one", "age_years.mutant.shapiro_w", "", "too few patients"),
    ("a group of one", f"os.{PAIR}.hazard_ratio", "cox_efron", "not estimable"),
    ("reference level nobody has", f"age_years.{PAIR}.p_value", "", "empty group"),
    ("reference level nobody has", f"sex.{PAIR}.p_value", "", "empty group"),
    ("reference level nobody has", f"objective_response.{PAIR}.risk_difference", "", "no data"),
    ("reference level nobody has", f"os.{PAIR}.p_value", "", "one group"),
    ("reference level nobody has", f"os.{PAIR}.hazard_ratio", "", "one group"),
    ("reference level nobody has", "age_years.wild_type.median", "", "no data"),
    ("reference level nobody has", "os.wild_type.median", "", "no data"),
    ("reference level nobody has", "objective_response.wild_type.percent", "", "no data"),
    ("one row", f"os.{PAIR}.p_value", "", "one group"),
    ("one row", "age_years.all.sd", "", "group of one"),
    ("no event in one group", f"os.{PAIR}.hazard_ratio", "cox_efron", "not estimable"),
    ("no event in one group", "os.wild_type.median", "", "not reached"),
    ("no event in the level", f"os.{PAIR}.hazard_ratio", "cox_efron", "not estimable"),
    ("no event in the level", f"os.{PAIR}.hazard_ratio", "cox_exact", "not estimable"),
    ("no event in the level", f"os.{PAIR}.hazard_ratio_lower", "cox_breslow", "not estimable"),
    ("no event in the level", "os.mutant.median", "", "not reached"),
    ("all censored", "os.mutant.median", "", "not reached"),
    ("all censored", f"os.{PAIR}.p_value", "logrank", "no events"),
    ("all censored", f"os.{PAIR}.hazard_ratio", "cox_exact", "no events"),
    ("all censored", f"pfs.death.{PAIR}.p_value", "", "no events"),
    ("all events at one time", f"os.{PAIR}.p_value", "logrank", "zero variance"),
    ("all events at one time", f"os.{PAIR}.p_value", "logrank_permutation", "constant"),
    ("all events at one time", "os.all.survival_at_12_lower", "", "not estimable"),
    ("a constant variable", f"age_years.{PAIR}.p_value", "mann_whitney_exact", "constant"),
    ("a constant variable", f"age_years.{PAIR}.p_value", "student_t", "constant"),
    ("a constant variable", f"sex.{PAIR}.p_value", "fisher_exact", "constant"),
    ("a constant variable", f"objective_response.{PAIR}.p_value", "barnard", "constant"),
    ("a constant variable", f"objective_response.{PAIR}.odds_ratio", "conditional_mle", "constant"),
    ("a constant variable", "age_years.all.shapiro_p", "", "constant"),
    ("complete separation", f"os.{PAIR}.hazard_ratio", "cox_efron", "not estimable"),
    ("complete separation", f"os.{PAIR}.hazard_ratio_upper", "cox_breslow", "not estimable"),
    ("complete separation", f"objective_response.{PAIR}.odds_ratio", "conditional_mle", "infinite"),
    ("complete separation", f"sex.{PAIR}.standardised_difference", "", "infinite"),
    ("monotone likelihood", f"os.{PAIR}.hazard_ratio", "cox_efron", "not estimable"),
    ("monotone likelihood", f"os.{PAIR}.hazard_ratio", "cox_breslow", "not estimable"),
    ("monotone likelihood", f"os.{PAIR}.hazard_ratio", "cox_exact", "not estimable"),
    ("monotone likelihood", f"os.{PAIR}.proportional_hazards_p", "", "not estimable"),
    ("all times 0", "os.all.survival_at_6", "", "beyond follow-up"),
    ("columns missing in every row", "age_years.all.median", "", BLANK),
    ("columns missing in every row", f"age_years.{PAIR}.p_value", "", BLANK),
    ("columns missing in every row", f"hai_cycles.{PAIR}.hodges_lehmann", "", BLANK),
    ("columns missing in every row", "sex.male.all.percent", "", BLANK),
    ("missing in one group", f"os.{PAIR}.p_value", "", "one group"),
    ("missing in one group", f"reduction_percent.{PAIR}.p_value", "", "empty group"),
    ("lesions never measured again in full", "objective_response.all.proportion", "", "no data"),
    ("lesions never measured again in full", "reduction_percent.all.median", "", "no data"),
    ("long before the grid", "os.mutant.survival_at_6_se", "", "not estimable"),
    ("all censored", "os.all.survival_at_36", "", "beyond follow-up"),
    ("all censored", "os.all.rmst_24", "", "beyond follow-up"),
    ("all censored", f"os.{PAIR}.rmst_difference_24", "", "beyond follow-up"),
    ("nobody at the landmark", "os_landmark_6.responder.median", "", "no data"),
    ("nobody at the landmark", "os_landmark_6.responder_vs_non_responder.p_value", "", "no data"),
    ("three groups of one", "age_years.overall.p_value", "anova", "group of one"),
]


@pytest.mark.parametrize(("name", "key", "method", "note"), EMPTY)
def test_what_cannot_be_estimated_is_empty(name: str, key: str, method: str, note: str) -> None:
    record = results_of(name).get(key, method)
    assert (record.value, record.note) == (None, note)


# cohort, key, method -> a value that stands, by hand
VALUES = [
    ("a group of one", "age_years.mutant.median", "", 51.0),
    ("a group of one", f"age_years.{PAIR}.u_statistic", "", 1.0),  # 51 is above 47 alone of five
    ("all events at one time", "os.all.survival_at_12", "", 0.0),
    ("all events at one time", "os.all.survival_at_6", "", 1.0),
    ("all events at one time", "os.all.at_risk_12", "", 6),
    ("time 0", "os.all.at_risk_0", "", 6),
    ("time 0", "os.all.survival_at_0", "", 5 / 6),  # one of six dies at once; two are censored then
    ("time 0", "os.mutant.survival_at_0", "", 2 / 3),
    ("all times 0", "os.all.at_risk_6", "", 0),
    ("all dead at 0", "os.all.survival_at_6", "", 0.0),
    ("all dead at 0", "os.all.rmst_12", "", 0.0),
    ("heavy ties", "os.all.survival_at_6", "", 4 / 6),  # two of six die at 6
    ("heavy ties", "os.all.at_risk_12", "", 3),
    ("monotone likelihood", f"os.{PAIR}.p_value", "logrank_permutation", 0.1),  # 2 of the 20 ways to choose three
    ("blank groups", "os.analysed.n", "", 4),
    ("blank groups", "os.all.n", "", 6),
    ("blank groups", "kras.all.n_missing", "", 2),
    ("one group excluded", "os.excluded.n", "", 3),
    ("one group excluded", "os.wild_type.n", "", 0),
    ("one group excluded", "pfs_with_excluded.wild_type.n", "", 3),
    ("everybody excluded", "os.analysed.n", "", 0),
    ("everybody excluded", "os.all.events", "", 6),
    ("everybody vanished", "best_response.CR.all.count", "", 6),
    ("lesions never measured again in full", "objective_response_conservative.all.count", "", 0),
    ("lesions never measured again in full", "best_response.NE.all.count", "", 6),
    ("no event in one group", "os.wild_type.survival_at_12", "", 1.0),
    ("long after the grid", "os.all.at_risk_36", "", 6),
]


@pytest.mark.parametrize(("name", "key", "method", "value"), VALUES)
def test_what_can_be_said_is_said(name: str, key: str, method: str, value: float) -> None:
    assert results_of(name).get(key, method).value == pytest.approx(value, rel=1e-12, abs=1e-12)


def test_firth_stands_where_the_likelihood_has_no_maximum() -> None:
    for name in ("monotone likelihood", "complete separation", "a group of one"):
        record = results_of(name).get(f"os.{PAIR}.hazard_ratio", "cox_firth")
        assert record.value is not None
        assert 1 < record.value < 1000


def test_a_tie_of_all_deaths_tells_nothing_of_the_hazard() -> None:
    assert results_of("all dead at 0").get(f"os.{PAIR}.hazard_ratio").value == pytest.approx(1.0)


def test_a_whole_group_that_fails_from_one_cause_has_no_limits() -> None:
    """Thirds that add up to one a digit short of it gave an interval from 0 to 100 per cent."""
    results = results_of("a group of one")
    record = results.get("pfs.death.wild_type.cumulative_incidence_24")
    assert record.value == 1.0
    assert results.get("pfs.death.wild_type.cumulative_incidence_24_lower").value is None


def test_three_groups_have_one_test_over_all() -> None:
    results = results_of("three groups")
    assert {r.method for r in results.methods("os.overall.p_value")} == {
        "logrank", "gehan_wilcoxon", "tarone_ware", "peto_peto", "fleming_harrington_1_0",
    }  # fmt: skip
    assert {r.method for r in results.methods("pfs.death.overall.p_value")} == {"gray"}
    assert {r.method for r in results.methods("age_years.overall.p_value")} == {"kruskal_wallis", "anova"}
    assert {r.method for r in results.methods("sex.overall.p_value")} == {
        "fisher_exact", "pearson_chi2", "likelihood_ratio",
    }  # fmt: skip
    assert "reduction_percent.overall.p_value_holm" in results
    assert {r.statistic for r in results if r.group == "overall"} == {"p_value", "p_value_holm"}


def test_each_pair_of_three_groups_uses_its_own_patients() -> None:
    results = results_of("three groups")
    assert results.get("os.left_colon_vs_rectum.p_value").n == 4
    assert results.get("age_years.right_colon_vs_rectum.p_value").n == 4
    assert results.get("os.overall.p_value").n == 6


def test_one_group_has_no_comparison() -> None:
    results = results_of("one group only")
    assert [
        record.key
        for record in results
        if "_vs_" in record.group and not record.variable.startswith(("os_landmark", "os_by"))
    ] == []
    for view in ("methods.tests", "methods.robustness", "methods.sensitivity"):
        assert isinstance(shown("one group only")[view], Notice), view
    assert "P value" not in shown("one group only")["tables.baseline"].columns


def test_groups_that_form_later_have_no_curve_from_time_zero() -> None:
    for name in ("groups that form later", "groups of complications", "groups by grade"):
        results = results_of(name)
        levels = {group.level for group in results.study.groups}
        survival = [record for record in results if record.variable in {"os", "pfs", "hepatic_pfs"}]
        assert {record.group for record in survival} == {"analysed", "excluded", "all"}
        assert {point.key.split(".")[1] for point in results.points if point.key.startswith("os.")} == {"all"}
        assert not levels & {record.group for record in survival}
        notes = " ".join(plain(note) for note in shown(name)["overall survival"].notes)
        assert "form after time zero" in notes


def test_nobody_in_the_groups_is_not_called_groups_that_form_later() -> None:
    for name in ("all groups blank", "everybody excluded"):
        notes = " ".join(plain(note) for note in shown(name)["overall survival"].notes)
        assert "time zero." not in notes.replace("Time zero", "")
        assert "no group has anybody" in notes


def test_conversion_groups_keep_their_landmark() -> None:
    results = results_of("groups that form later")
    assert results.get("os_landmark_6.converted_vs_not_converted.p_value").value is not None


def test_the_grouping_column_is_no_outcome_of_its_own_groups() -> None:
    outcomes = shown("groups that form later")["tables.outcomes"]
    assert not any("Conversion" in plain(row.cells[0]) for row in outcomes.rows)


def test_levels_that_nobody_compared_has_leave_a_two_by_two_table() -> None:
    """Grades 0 and II alone of seven: every test of a 2x2 table applies, and Fisher's is the reported one."""
    methods = results_of("all censored").methods(f"clavien_dindo.{PAIR}.p_value")
    assert {"fisher_exact", "boschloo", "barnard", "yates_chi2"} <= {record.method for record in methods}
    assert methods[0].method == "fisher_exact"


def test_a_cohort_without_lesions_says_so() -> None:
    assert "lesion" in shown("no lesions")["waterfall"].text
    assert not any(record.variable == "objective_response" for record in results_of("no lesions"))


def test_a_cohort_of_lesions_alone_says_that_it_has_no_survival() -> None:
    assert "no times and events" in shown("only lesions")["overall survival"].text
    assert "no survival endpoint" in shown("only lesions")["sentences.survival"].text


def test_a_column_that_is_blank_in_every_row_is_in_no_sentence() -> None:
    said = " ".join(plain(text) for text in texts_of(shown("columns missing in every row")["sentences.baseline"]))
    assert "age" not in said
    assert "male" not in said
