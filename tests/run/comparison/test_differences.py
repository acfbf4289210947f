"""Differences between two runs: found once, in the right place, the same from both sides; refusals with a reason."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hai_utils.errors import ComparisonError, RunError
from hai_utils.results.files import write_results
from hai_utils.results.record import Record
from hai_utils.results.series import Point
from hai_utils.results.study import Group
from hai_utils.run.comparison import Run, RunComparison, compare, read_run
from tests.run.comparison.made_runs import row, run, study

values = st.one_of(st.none(), st.integers(-3, 3), st.floats(-3, 3, allow_nan=False))
names = st.sampled_from(["p_value", "hazard_ratio", "hazard_ratio_lower", "hazard_ratio_upper", "count", "median"])
tables = st.dictionaries(st.tuples(names, st.sampled_from(["", "exact"])), values, max_size=8)


def made(table: dict[tuple[str, str], float | None]) -> Run:
    """Return a run of these values; of two methods of a key the first is reported."""
    keys: set[str] = set()
    records = []
    for (name, method), value in table.items():
        records.append(row(name, value, method, reported=name not in keys))
        keys.add(name)
    return run([row("n", 20), *records])


def sides(comparison: RunComparison) -> list[object]:
    """Return what must mirror: each difference with its two sides."""
    numbers = [(one.a, one.b) for one in (*comparison.printed, *comparison.methods, *comparison.conclusions)]
    series = [(one.key, one.a, one.b) for one in comparison.series]
    return [*numbers, *series, (comparison.only_a, comparison.only_b), comparison.noise]


@given(tables)
def test_a_run_does_not_differ_from_itself(table: dict[tuple[str, str], float | None]) -> None:
    comparison = compare(made(table), made(table))
    assert comparison.same
    assert not comparison.conclusions


@given(tables, tables)
def test_the_comparison_mirrors(
    first: dict[tuple[str, str], float | None], second: dict[tuple[str, str], float | None]
) -> None:
    there, back = compare(made(first), made(second)), compare(made(second), made(first))
    turned = [(one[1], one[0]) for one in sides(there)[:-1] if isinstance(one, tuple) and len(one) == 2]
    assert turned == [one for one in sides(back)[:-1] if isinstance(one, tuple) and len(one) == 2]
    assert [one.kind for one in there.conclusions] == [one.kind for one in back.conclusions]
    assert there.noise == back.noise


@pytest.mark.parametrize(
    ("changed", "what"),
    [
        ({"value": 3.0}, ("value",)),
        ({"n": 19}, ("n",)),
        ({"note": "zero cell"}, ("note",)),
        ({"formatted": "2·00"}, ("formatted",)),
        ({"unit": "cm2"}, ("unit",)),
        ({"label": "other"}, ("label",)),
        ({"method": "wilson"}, ("method",)),
    ],
)
def test_one_field_of_one_number_is_one_difference(changed: dict[str, object], what: tuple[str, ...]) -> None:
    record = row("mean", 2.0, "wald", group="all")
    others = [row("n", 20, group="all"), row("sd", 1.0, group="all")]
    comparison = compare(run([record, *others]), run([replace(record, **changed), *others]))  # type: ignore[arg-type]
    assert [one.what for one in comparison.printed] == [what]
    assert not comparison.methods


def test_a_difference_within_the_noise_is_counted_and_not_listed() -> None:
    comparison = compare(run([row("mean", 0.3)]), run([row("mean", 0.1 + 0.2)]))
    assert comparison.noise == 1
    assert not comparison.printed
    assert compare(run([row("mean", 0.3)]), run([row("mean", 0.3 + 1e-9)])).printed


def test_another_reported_method_is_a_difference_though_no_value_is() -> None:
    def rows(first: bool) -> list[Record]:
        return [row("p_value", 0.2, "fisher_exact", reported=first), row("p_value", 0.3, "pearson_chi2", reported=not first)]  # fmt: skip

    comparison = compare(run(rows(True)), run(rows(False)))
    (change,) = comparison.printed
    assert (change.a.value, change.b.value, change.what[:2]) == (0.2, 0.3, ("method", "value"))
    assert not comparison.methods


def test_a_method_that_one_run_alone_reports_is_compared_with_the_same_method_of_the_other() -> None:
    first = [row("p_value", 0.2, "fisher_exact"), row("p_value", 0.3, "pearson_chi2", reported=False)]
    second = [row("p_value", 0.2, "fisher_exact", reported=False), row("p_value", 0.4, "pearson_chi2")]
    (change,) = compare(run(first), run(second)).methods
    assert (change.a.value, change.b.value, change.a.method) == (0.3, 0.4, "pearson_chi2")


def test_rows_on_one_side_stand_apart() -> None:
    comparison = compare(run([row("n", 20), row("mean", 1.0)]), run([row("n", 20), row("sd", 1.0)]))
    assert [one.statistic for one in comparison.only_a] == ["mean"]
    assert [one.statistic for one in comparison.only_b] == ["sd"]
    assert not comparison.printed


def test_a_bar_that_moves_is_a_difference_of_its_series() -> None:
    bars = [Point("x.all.bar", float(place), float(-place)) for place in range(3)]
    moved = [*bars[:2], replace(bars[2], mark="growth")]
    comparison = compare(run([row("n", 20)], points=bars), run([row("n", 20)], points=moved))
    assert [one.key for one in comparison.series] == ["x.all.bar"]


def test_a_parameter_stands_with_its_meaning() -> None:
    other = {**study().parameters, "significance_level": 0.01, "unheard_of": [1, 2]}
    comparison = compare(run([row("n", 20)]), run([row("n", 20)], parameters=other))
    found = {one.name: (one.meaning, one.a, one.b) for one in comparison.parameters}
    assert found["significance_level"] == ("level at which P is called significant", "0.05", "0.01")
    assert found["unheard_of"] == ("", "", "1, 2")


def test_updated_data_are_compared_and_said() -> None:
    comparison = compare(run([row("n", 20)]), run([row("n", 22)], sha256="two", size=22))
    assert any("The cohort files differ (20 patients in A, 22 in B)" in remark for remark in comparison.remarks)


def test_no_test_is_made_between_runs_and_this_is_said() -> None:
    comparison = compare(run([row("n", 20)]), run([row("n", 20)]))
    assert any("not independent" in remark for remark in comparison.remarks)


def test_another_grouping_leaves_only_what_is_of_all() -> None:
    rows = [row("n", 20, group="all"), row("n", 9, group="mutant")]
    changed = [replace(one, n=8) for one in rows]
    comparison = compare(run(rows), run(changed, group_by="sex"))
    assert [one.a.group for one in comparison.printed] == ["all"]
    assert any("only the numbers of all patients are compared" in remark for remark in comparison.remarks)


def test_another_reference_is_said() -> None:
    rows = [row("n", 20, group="all"), row("p_value", 0.2)]
    turned = [rows[0], replace(rows[1], group="wild_vs_mutant")]
    comparison = compare(run(rows), run(turned, reference="mutant"))
    assert (len(comparison.only_a), len(comparison.only_b)) == (1, 1)
    assert any("point in other directions" in remark for remark in comparison.remarks)


def test_other_groups_are_said() -> None:
    comparison = compare(run([row("n", 20)]), run([row("n", 20)], groups=(Group("wild", "Wild type", 11),)))
    assert any("different groups" in remark for remark in comparison.remarks)


def test_nothing_in_common_is_refused() -> None:
    with pytest.raises(ComparisonError, match="no number in common"):
        compare(run([row("n", 20)]), run([row("n", 20)], group_by="sex"))


def test_a_reconstruction_is_not_compared_with_patients() -> None:
    with pytest.raises(ComparisonError, match="rows of run B are a reconstruction"):
        compare(run([row("n", 20)]), run([row("n", 20)], synthetic=True))


@pytest.mark.parametrize(
    ("gated", "said"), [((0,), "Run A withholds"), ((1,), "Run B withholds"), ((0, 1), "Both runs withhold")]
)
def test_a_run_that_withholds_small_counts_is_compared_with_none(gated: tuple[int, ...], said: str) -> None:
    chosen = ({**study().parameters, "disclosure": "small_cells" if place in gated else "none"} for place in (0, 1))
    a, b = (run([row("n", 20)], parameters=parameters) for parameters in chosen)
    with pytest.raises(ComparisonError, match=f"^{said} small counts .*difference"):
        compare(a, b)


def written(folder: Path) -> Path:
    """Leave what the comparison needs of a run."""
    folder.mkdir()
    write_results(run([row("n", 20), row("p_value", 0.2, "fisher_exact")]).results, folder)
    (folder / "params.yml").write_text("", encoding="utf-8")
    (folder / "provenance.json").write_text('{"versions": {"numpy": "2"}}', encoding="utf-8")
    return folder


def test_a_folder_is_read_back(tmp_path: Path) -> None:
    read = read_run(written(tmp_path / "one"))
    assert read.name == "one"
    assert read.versions == {"numpy": "2"}
    assert compare(read, read).same


def test_a_folder_that_is_no_run_is_refused_without_its_path(tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"no finished run: it has no results.csv") as caught:
        read_run(tmp_path)
    assert str(tmp_path.parent) not in str(caught.value)
    with pytest.raises(RunError, match="no such folder"):
        read_run(tmp_path / "nowhere")


def test_another_format_is_refused(tmp_path: Path) -> None:
    folder = written(tmp_path / "one")
    text = (folder / "results.csv").read_text(encoding="utf-8").replace("note\n", "remark\n", 1)
    (folder / "results.csv").write_text(text, encoding="utf-8")
    with pytest.raises(RunError, match=r"results.csv has another format .*note, remark"):
        read_run(folder)


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("study.json", "{}x"),
        ("study.json", '{"new_field": 1, "variables": {}, "groups": [], "flow": []}'),
        ("provenance.json", "["),
        ("results.csv", None),
    ],
)
def test_a_damaged_run_is_refused_in_a_sentence(tmp_path: Path, file: str, content: str | None) -> None:
    folder = written(tmp_path / "one")
    if content is None:
        content = (folder / file).read_text(encoding="utf-8").replace(",0.2,", ",twelve,")
    (folder / file).write_text(content, encoding="utf-8")
    with pytest.raises(RunError, match="cannot be read"):
        read_run(folder)
