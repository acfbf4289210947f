"""Evidence of numbers: what it says, of whom rows are shown, and that its code prints the number in R and Python."""

from __future__ import annotations

import json
import os
import random
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from hai_utils.analyses import analyse
from hai_utils.audit.beside import beside_published
from hai_utils.book.evidence import write_pages
from hai_utils.catalogue.methods import METHODS
from hai_utils.catalogue.other_choices import ALL, REREAD
from hai_utils.catalogue.sizes import MOST_IN_EVIDENCE
from hai_utils.catalogue.statistics import STATISTICS
from hai_utils.catalogue.workings import WORKINGS, without_working
from hai_utils.cohort.reading import load_cohort
from hai_utils.errors import ResultError
from hai_utils.profiles import resolve
from hai_utils.results.files import read_results, write_results
from hai_utils.results.formatting import full_precision
from hai_utils.results.table import Results
from hai_utils.show import figures, tables
from hai_utils.show.content import to_json
from hai_utils.show.evidence import Evidence, evidence, find_evidence, why_none
from hai_utils.show.evidence.making import STEPS
from hai_utils.show.evidence.recorded import recorded
from hai_utils.show.evidence.rendering import section, source_lines, text
from tests.conftest import REAL_SETTINGS, ROOT
from tests.show.evidence.running import agree, all_evidence, has_r, outputs
from tests.unlike_cohorts import UNLIKE

LANGUAGES = ("R", "Python")
# Of one kind are the numbers that one working gives. So many of each take half a minute a cohort and language.
OF_A_KIND = int(os.environ.get("EVIDENCE_OF_A_KIND", "100"))


def results_of(*settings: str) -> Results:
    parameters = resolve(ROOT, settings=settings)
    return analyse(load_cohort(parameters, ROOT), parameters)


def of_real(folder: Path) -> tuple[str, ...]:
    return f"data={folder / 'cohort.csv'}", f"dictionary={folder / 'extra_columns.csv'}", *REAL_SETTINGS


@pytest.fixture(scope="module")
def shown() -> Results:
    """Results of the reconstruction with its rows."""
    return results_of()


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Results]:
    """Results of a cohort of three groups, with rows and without."""
    files = UNLIKE["three_groups"](tmp_path_factory.mktemp("cohort"))
    own = (f"dictionary={files.dictionary}",) if files.dictionary else ()
    words = (f"data={files.data}", *own, *files.settings)
    return {"sums": results_of(*words), "rows": results_of(*words, "evidence=rows")}


def steps_of(found: Evidence) -> dict[str, str]:
    return {step.words: step.text for step in (*found.entering, *found.steps)}


def quoted(content: Any) -> Iterator[tuple[str, str]]:
    """Yield key and method of each number that a content quotes."""
    if isinstance(content, dict):
        if {"key", "text", "method"} == set(content):
            yield content["key"], content["method"]
        content = list(content.values())
    if isinstance(content, list | tuple):
        for part in content:
            yield from quoted(part)


def main_exhibits(results: Results) -> set[tuple[str, str]]:
    contents = [
        tables.baseline(results),
        tables.outcomes(results),
        figures.waterfall(results),
        figures.kaplan_meier(results, "os"),
    ]
    return {pair for content in contents for pair in quoted(json.loads(json.dumps(to_json(content))))}


@pytest.mark.parametrize("profile", ["paper", "recommended"])
def test_no_number_of_tables_and_figures_1_and_2_lacks_evidence(profile: str) -> None:
    results = results_of(f"profile={profile}")
    records = [results.get(key, method) for key, method in main_exhibits(results)]
    assert len(records) > 100
    assert not [record.key for record in records if record.value is not None and find_evidence(results, record) is None]


def test_the_shown_answers_of_tables_and_figures_1_and_2_were_printed_by_programs(shown: Results) -> None:
    found = [find_evidence(shown, shown.get(key, method)) for key, method in main_exhibits(shown)]
    codes = [code for one in found if one is not None for code in one.codes]
    assert len(codes) > 200
    assert {code.version.split()[0] for code in codes} == set(LANGUAGES)
    assert all(code.printed for code in codes)


def test_no_recorded_answer_is_an_error() -> None:
    assert [code for code, (printed, _) in recorded().items() if "ERROR" in printed] == []


@pytest.mark.slow
def test_every_step_and_every_working_can_be_shown(shown: Results) -> None:
    kinds = {(one.source, one.formula) for one in all_evidence(shown, reported=False) if one.steps}
    assert len(kinds) > 60
    assert {working.source.partition(".")[0] for working in WORKINGS} >= {
        source.partition(".")[0] for source, _ in kinds
    }


def test_the_source_of_each_working_is_a_function() -> None:
    for source in {working.source for working in WORKINGS} - {""}:
        _, first, last = source_lines(source)
        assert first < last


def test_the_methods_and_steps_of_workings_are_known() -> None:
    assert {working.method for working in WORKINGS} <= METHODS.keys() | {""}
    assert {working.steps for working in WORKINGS} <= STEPS.keys()


def test_every_statistic_has_a_working_or_a_reason_to_have_none() -> None:
    known = {working.statistic for working in WORKINGS}
    without = without_working()
    assert all(without[record.words] for name, record in STATISTICS.items() if name not in known)


def test_every_number_that_other_choices_give_has_evidence(shown: Results) -> None:
    from_choices = [record for record in shown if record.chapter == "08_other_choices" and record.value is not None]
    from_choices += [
        record for record in shown if record.statistic.endswith("_detectable") and record.value is not None
    ]
    assert len(from_choices) > 40
    assert [record.key for record in from_choices if find_evidence(shown, record) is None] == []


def test_who_changes_is_named_by_row_with_both_responses(shown: Results) -> None:
    found = evidence(shown, "response_by_recist.analysed.changed")
    assert len(steps_of(found)["differing"].split("; ")) == shown.get("response_by_recist.analysed.changed").value
    assert found.files == ("response_by_recist.csv", "objective_response.csv")


def test_newcombe_limits_show_wilson_limits_of_both_groups_first(shown: Results) -> None:
    """Newcombe 1998, Table II, example (a): 56/70 against 48/80 has Wilson limits .6917 to .8777 and .4902 to .7010."""
    found = steps_of(evidence(shown, "objective_response.mutant_vs_wild_type.risk_difference_lower@newcombe"))
    wilson = [value for words, value in found.items() if words.startswith("Wilson limits")]
    assert len(wilson) == 2
    low, high = (float(part) for part in found["limits"].replace(" = ", " to ").split(" to ")[1::2])
    record = shown.get("objective_response.mutant_vs_wild_type.risk_difference_lower", "newcombe")
    upper = shown.get("objective_response.mutant_vs_wild_type.risk_difference_upper", "newcombe")
    assert (low, high) == pytest.approx((record.value, upper.value), rel=1e-6)


def test_a_wald_median_shows_u_and_l_with_their_survival(shown: Results) -> None:
    words = " ".join(steps_of(evidence(shown, "os.mutant.median_lower")).keys())
    for part in ("u, last event time with S ≥ 0.55", "l, first event time with S ≤ 0.45", "se(t₅₀)"):
        assert part in words


def test_log_rank_shows_observed_less_expected_at_each_time(shown: Results) -> None:
    found = evidence(shown, "os.mutant_vs_wild_type.p_value")
    (grid,) = found.grids
    assert grid.columns[:3] == ("months", "n", "d")
    assert len(grid.rows) == shown.get("os.analysed.events").value


def test_the_score_of_the_partial_likelihood_is_zero_at_the_estimate(shown: Results) -> None:
    assert steps_of(evidence(shown, "os.mutant_vs_wild_type.hazard_ratio"))["score ΣU at β"].startswith("0")


def test_limits_and_value_of_one_method_are_one_working(shown: Results) -> None:
    stem = "os.mutant_vs_wild_type.hazard_ratio"
    assert evidence(shown, stem).keys == evidence(shown, f"{stem}_upper").keys
    assert len(evidence(shown, stem).keys) == 4


def test_without_evidence_the_reason_is_said(shown: Results, other: dict[str, Results]) -> None:
    with pytest.raises(ResultError, match="no value"):
        evidence(shown, "os.wild_type.median")
    with pytest.raises(ResultError, match="evidence=rows"):
        evidence(other["sums"], "age_years.all.median")


def test_rows_are_shown_of_the_reconstruction_alone_unless_asked_for(
    shown: Results, other: dict[str, Results], tmp_path: Path
) -> None:
    assert shown.samples
    assert not other["sums"].samples
    assert other["rows"].samples
    changed = tmp_path / "cohort.csv"
    changed.write_text(
        (ROOT / "data/cohort.csv").read_text(encoding="utf-8").replace("R01", "R99", 1) + "\n", encoding="utf-8"
    )
    for profile in ("paper", "recommended"):
        assert resolve(ROOT, profile=profile, settings=[f"data={changed}"]).evidence == "sums"


def test_a_large_cohort_shows_no_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hai_utils.analyses.builder.MOST_PATIENTS", 24)
    assert not results_of().samples


@pytest.mark.slow
def test_rows_carry_numbers_and_never_identifiers(other: dict[str, Results], tmp_path: Path) -> None:
    write_pages(other["rows"], other["rows"].records, tmp_path)
    texts = "".join(path.read_text(encoding="utf-8") for path in tmp_path.rglob("*.*") if path.parent.name != "source")
    assert re.search(r"^1,", texts, re.MULTILINE)
    assert not re.search(r"\b[PQ]\d{3}\b", texts)


def test_where_rows_are_not_shown_counts_stand_in_the_code(other: dict[str, Results]) -> None:
    results = other["sums"]
    key = next(
        record.key for record in results if record.statistic == "proportion_lower" and record.reported and record.value
    )
    found = evidence(results, key)
    assert not found.files
    assert all("read" not in code.text and not code.version for code in found.codes)


def test_without_rows_survival_is_shown_from_what_the_curves_tell(other: dict[str, Results], tmp_path: Path) -> None:
    found, rows = (evidence(other[kind], "os.all.median") for kind in ("sums", "rows"))
    assert steps_of(found) == steps_of(rows)
    assert (found.grids, found.values) == (rows.grids, rows.values)
    write_pages(other["sums"], [other["sums"].get("os.all.median")], tmp_path)
    lines = (tmp_path / "os.csv").read_text(encoding="utf-8").splitlines()
    assert lines[0] == "group,months,at_risk,events,censored"
    told = [
        (p.key.split(".")[1], p.x, p.at_risk) for p in other["sums"].points if p.key in tells_of("os", other["sums"])
    ]
    assert [(g, float(t), int(n)) for g, t, n, *_ in (line.split(",") for line in lines[1:])] == told
    assert not (tmp_path / "age_years.csv").exists()


def tells_of(endpoint: str, results: Results) -> set[str]:
    return {key for key, _ in results.points.by_series() if key.startswith(f"{endpoint}.") and key.endswith(".curve")}


def test_without_rows_evidence_shows_only_columns_and_values_that_the_series_have(other: dict[str, Results]) -> None:
    results = other["sums"]
    columns = {table.columns for table in results.tables.values()}
    assert columns == {("group", "months", "at_risk", "events", "censored"), ("group", "value")}
    told = {str(int(number) if number.is_integer() else number) for p in results.points for number in (p.x, -p.y)}
    for table in results.tables.values():
        assert {row[1] for row in table.rows} <= told


def test_a_large_cohort_shows_no_table_of_its_curves(other: dict[str, Results]) -> None:
    large = replace(other["sums"], study=replace(other["sums"].study, size=MOST_IN_EVIDENCE + 1))
    assert large.tables == {}
    assert find_evidence(large, large.get("os.all.median")) is None


def test_means_are_compared_without_rows_and_no_made_up_value_is_shown(other: dict[str, Results]) -> None:
    stem = next(
        r.key for r in other["sums"] if r.statistic == "mean_difference" and r.value and r.variable == "age_years"
    )
    found, rows = (evidence(other[kind], stem, "welch_t") for kind in ("sums", "rows"))
    assert not found.entering
    assert found.values == rows.values
    assert steps_of(found)["t"] == steps_of(rows)["t"]


def test_a_number_of_whom_figures_do_not_tell_everyone_says_what_shows_it(other: dict[str, Results]) -> None:
    results = other["sums"]
    for key in ("age_years.all.median", "pfs.all.n_missing"):
        assert find_evidence(results, results.get(key)) is None
        assert "evidence=rows" in why_none(results, results.get(key))


def test_a_comparison_with_the_article_is_made_of_counts_as_no_row_is_of_the_article(real_folder: Path) -> None:
    results = beside_published(results_of(*of_real(real_folder), "evidence=rows"), ROOT).results
    compared = [r for r in results if "_vs_published" in r.group and r.value is not None]
    assert compared
    for record in compared:
        assert not evidence(results, record.key, record.method).files


def test_the_text_that_the_book_prints_stands_beside_the_value(shown: Results) -> None:
    found = evidence(shown, "age_years.all.min")
    assert found.values == (("value", "34.9", "34 (completed years, not rounded)"),)
    assert "34.9, printed 34" in text(found)
    assert "<strong>34.9</strong>, printed 34" in section(found)


def test_under_the_gate_no_table_of_those_at_risk_is_shown(tmp_path: Path) -> None:
    """Planted: a curve that is not coarse stands among the points of a gated run."""
    gated = results_of("evidence=sums", "disclosure=small_cells")
    assert gated.tables == {}
    planted = replace(gated, points=results_of().points)
    assert planted.tables == {}
    write_pages(planted, planted.records, tmp_path)
    assert not list(tmp_path.glob("*.csv"))
    assert not any("At risk:" in page.read_text(encoding="utf-8") for page in tmp_path.glob("*.html"))
    ungated = replace(gated, study=replace(gated.study, parameters={**gated.study.parameters, "disclosure": "none"}))
    assert ungated.tables == {}


def test_under_the_gate_nothing_is_shown_that_it_withholds(tmp_path: Path) -> None:
    """Planted: rows are asked for, and small cells withheld; no withheld number stands in any file of the evidence."""
    open_, gated = results_of("evidence=rows"), results_of("evidence=rows", "disclosure=small_cells")
    assert open_.samples
    assert not gated.samples
    withheld = [record for record in gated if record.withheld]
    assert len(withheld) > 1000
    write_pages(gated, gated.records, tmp_path)
    write_results(gated, tmp_path)
    assert not list(tmp_path.rglob("rows.csv"))
    assert {
        path.suffix
        for path in tmp_path.iterdir()
        if path.is_file() and path.name not in ("results.csv", "series.csv", "study.json")
    } == {".html"}
    pages = {path.stem: path.read_text(encoding="utf-8") for path in tmp_path.glob("*.html")}
    ids = {name for page in pages.values() for name in re.findall(r'id="([^"]+)"', page)}
    assert not ids & {record.key for record in withheld if record.reported}
    for record in withheld:
        value = full_precision(open_.get(record.key, record.method).value)
        if len(value) > 9:
            assert value not in pages.get(record.variable, ""), record.key


def test_rows_read_back_as_they_were_written(shown: Results, tmp_path: Path) -> None:
    write_results(shown, tmp_path)
    assert read_results(tmp_path).samples == shown.samples


@pytest.mark.slow
def test_words_of_a_cohort_are_text_in_evidence_and_no_part_of_its_code(tmp_path: Path) -> None:
    files = UNLIKE["hostile"](tmp_path)
    own = (f"dictionary={files.dictionary}",) if files.dictionary else ()
    results = results_of(f"data={files.data}", *own, *files.settings, "evidence=rows")
    for one in all_evidence(results):
        assert not re.search("<(script|img)", section(one))
        assert not [
            code.text for code in one.codes if "alert" in code.text and "(" in code.text.split("alert", 1)[1][:1]
        ]


def test_as_text_it_has_steps_code_and_source(shown: Results) -> None:
    said = text(evidence(shown, "objective_response.mutant.proportion_lower@wilson"), "html/evidence")
    for words in (
        "prop.test(",
        "proportion_ci",
        "Wilson 1927",
        "hai_utils/stats/proportions.py, lines",
        "html/evidence/objective_response.csv",
    ):
        assert words in said


@pytest.mark.slow
def test_the_pages_of_the_book_hold_the_effects_and_the_chances_of_other_choices(published_site: Path) -> None:
    analyses, again = (
        (published_site / "evidence" / f"{name}.html").read_text(encoding="utf-8") for name in (ALL, REREAD)
    )
    assert analyses.count("rep(-0.") > 5
    assert "e &lt;- c()" not in analyses
    assert "chance of response of each, mean" in again


# --- the code, run ----------------------------------------------------------------------------------------------------


def faults(results: Results, found: list[Evidence], language: str, folder: Path) -> list[str]:
    printed = outputs(found, results, folder, language)
    return [
        f"{one.keys[0]}: {said} in place of {code.printed}"
        for one, said in zip(found, printed, strict=True)
        for code in one.codes
        if code.language == language and not agree(said, _expected(results, one))
    ]


def _expected(results: Results, one: Evidence) -> str:
    records = [results.get(key.partition("@")[0], key.partition("@")[2]) for key in one.keys]
    values = ["none" if record.value is None else repr(float(record.value)) for record in records]
    return " ".join(values)


def chosen(found: list[Evidence], each: int) -> list[Evidence]:
    """Return so many of each kind at most, drawn by a seed."""
    kinds: dict[tuple[str, str], list[Evidence]] = {}
    for one in found:
        kinds.setdefault((one.source, one.formula), []).append(one)
    draw = random.Random(20260101)
    return [one for kind in kinds.values() for one in (kind if len(kind) <= each else draw.sample(kind, each))]


def needs(language: str) -> None:
    if language == "R" and not has_r():
        pytest.skip("no Rscript with survival, coin and cmprsk on this machine: the R code was not run")


@pytest.mark.slow
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_code_of_each_kind_prints_the_number(language: str, shown: Results, tmp_path: Path) -> None:
    needs(language)
    assert not faults(shown, chosen(all_evidence(shown), 1), language, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_code_of_each_kind_prints_the_number_without_rows(
    language: str, other: dict[str, Results], tmp_path: Path
) -> None:
    needs(language)
    assert not faults(other["sums"], chosen(all_evidence(other["sums"]), 1), language, tmp_path)


@pytest.mark.long
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("profile", ["paper", "recommended"])
def test_a_hundred_of_each_kind_print_the_number(profile: str, language: str, tmp_path: Path) -> None:
    needs(language)
    results = results_of(f"profile={profile}")
    assert not faults(results, chosen(all_evidence(results, reported=False), OF_A_KIND), language, tmp_path)


@pytest.mark.long
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_hundred_of_each_kind_print_the_number_of_a_real_cohort(
    language: str, real_folder: Path, tmp_path: Path
) -> None:
    needs(language)
    results = results_of(*of_real(real_folder), "evidence=rows")
    assert not faults(results, chosen(all_evidence(results), OF_A_KIND), language, tmp_path)


@pytest.mark.long
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", list(UNLIKE))
def test_five_of_each_kind_print_the_number_of_an_unlike_cohort(name: str, language: str, tmp_path: Path) -> None:
    needs(language)
    files = UNLIKE[name](tmp_path)
    own = (f"dictionary={files.dictionary}",) if files.dictionary else ()
    results = results_of(f"data={files.data}", *own, *files.settings, "evidence=rows")
    assert not faults(results, chosen(all_evidence(results), min(5, OF_A_KIND)), language, tmp_path / "code")


def test_the_limits_of_a_cumulative_incidence_are_worked_out_to_those_of_the_results(shown: Results) -> None:
    key = "pfs.progression.mutant.cumulative_incidence_24"
    steps = dict(evidence(shown, key).steps)
    limits = [float(text) for text in steps["limits"].split(" to ")]
    assert limits == pytest.approx([shown.get(f"{key}_{end}").value for end in ("lower", "upper")], abs=1e-6)
