"""Reports of a comparison: everything is shown as text, the page needs nothing beside it, the bytes do not change."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

import pytest

from hai_utils.parameters import load_parameters
from hai_utils.results.record import Record
from hai_utils.results.table import Results
from hai_utils.run.comparison import RunComparison, compare, read_run
from hai_utils.run.comparison.report import names, report_csv, report_text, summary
from hai_utils.run.comparison.web import prefixed, report_html
from tests.conftest import ROOT, run_hai
from tests.page_parts import Page
from tests.run.comparison.made_runs import SVG, row, run, study

HOSTILE = "<img src=x onerror=alert(1)>\u202e=1+1"


@pytest.fixture
def hostile() -> RunComparison:
    """Two runs whose labels, notes, parameters and names try to be more than text."""

    def rows(p: float) -> list[Record]:
        bad = row("count", int(100 * p), variable=HOSTILE, group="all", level=HOSTILE, note=HOSTILE, unit="=cmd")
        return [row("p_value", p, variable=HOSTILE, note=HOSTILE), bad]

    changed = {**study().parameters, HOSTILE: HOSTILE}
    drawn = {"f": SVG.format("one")}, {"f": SVG.format("two<script>alert(1)</script>")}
    return compare(
        run(rows(0.2), name=HOSTILE, figures=drawn[0]),
        run([*rows(0.01), row("sd", 1.0, variable=HOSTILE)], name="@B", figures=drawn[1], parameters=changed),
    )


def test_a_page_shows_markup_as_text_and_runs_no_script(hostile: RunComparison) -> None:
    html = report_html(hostile)
    page = Page(html)
    assert not {"img", "script", "link", "iframe", "object"} & set(page.tags)
    assert not [name for name, _ in page.attributes if name.startswith("on") or name == "src"]
    assert "&lt;img src=x" in html
    assert "\u202e" not in html
    assert any("default-src 'none'" in (value or "") for name, value in page.attributes if name == "content")


def test_the_figures_of_both_runs_stand_side_by_side_with_ids_of_their_own(hostile: RunComparison) -> None:
    page = Page(report_html(hostile))
    ids = [value for name, value in page.attributes if name == "id"]
    assert len(ids) == len(set(ids))
    assert {"a-f-title", "b-f-title"} <= set(ids)
    assert ("clip-path", "url(#b-f-c)") in page.attributes
    assert ("href", "#a-f-c") in page.attributes


def test_a_drawing_keeps_only_what_draws() -> None:
    svg = prefixed('<svg xmlns="http://www.w3.org/2000/svg" onload="x()"><script>1</script><use href="http://a"/><foreignObject/></svg>', "a")  # fmt: skip
    assert svg == '<svg xmlns="http://www.w3.org/2000/svg"><use /></svg>'


def test_no_cell_of_the_table_becomes_a_formula(hostile: RunComparison) -> None:
    rows = list(csv.reader(io.StringIO(report_csv(hostile))))
    assert not [cell for line in rows for cell in line if re.match(r"[=@+]|-[^\d]", cell)]
    assert len({len(line) for line in rows}) == 1


def test_the_table_holds_full_precision() -> None:
    third = 1 / 3
    rows = list(csv.DictReader(io.StringIO(report_csv(compare(run([row("mean", 0.1)]), run([row("mean", third)]))))))
    assert (rows[0]["section"], rows[0]["value_a"], rows[0]["value_b"]) == ("printed", "0.1", repr(third))


def test_a_terminal_gets_no_control_signs(hostile: RunComparison) -> None:
    text = report_text(hostile)
    assert all(sign.isprintable() or sign == "\n" for sign in text)


def test_numbers_printed_alike_get_the_decimals_that_tell_them_apart() -> None:
    text = report_text(compare(run([row("mean", 2.001)]), run([row("mean", 2.002)])))
    assert "2.001 | 2.002" in text


def test_two_equal_runs_say_so() -> None:
    assert summary(compare(run([row("n", 1)]), run([row("n", 1)]))) == "The runs do not differ."


def analysed(root: Path, results: Results, *settings: str) -> RunComparison:
    """Compare the reconstruction's results with those by other choices."""
    from hai_utils.analyses import analyse
    from hai_utils.cohort.reading import load_cohort
    from hai_utils.run.comparison import Run

    other = load_parameters([root / "params.yml"], settings)
    return compare(Run("paper", results), Run("other", analyse(load_cohort(other, root), other)))


def test_a_threshold_of_30_percent_takes_the_significance_of_response(root: Path, results: Results) -> None:
    comparison = analysed(root, results, "response_threshold_percent=30")
    found = {(one.kind, one.a.key) for one in comparison.conclusions}
    assert ("significance", "objective_response.mutant_vs_wild_type.p_value") in found
    assert ("interval", "objective_response.mutant_vs_wild_type.risk_difference") in found
    partial = next(one for one in comparison.conclusions if one.a.key == "best_response.PR.all.count")
    assert (partial.a.value, partial.b.value) == (19, 21)
    assert [one.name for one in comparison.parameters] == ["response_threshold_percent"]


def test_the_chi_square_test_changes_p_alone(root: Path, results: Results) -> None:
    comparison = analysed(root, results, "categorical_test=pearson_chi2")
    assert {"method", "value"} <= set(comparison.printed[0].what)
    assert {one.kind for one in comparison.conclusions} == {"significance"}
    assert not comparison.methods


@pytest.mark.slow
def test_two_built_runs_are_compared_by_the_command(published_run: Path, recommended_run: Path, tmp_path: Path) -> None:
    pages = [tmp_path / "one.html", tmp_path / "two.html"]
    for page in pages:
        done = run_hai("compare", str(published_run), str(recommended_run), "--html", str(page), "--csv", f"{page}.csv")
        assert done.returncode == 0, done.stderr
        assert str(tmp_path) not in done.stdout + page.read_text(encoding="utf-8")
    assert pages[0].read_bytes() == pages[1].read_bytes()
    assert "Figures that differ" in pages[0].read_text(encoding="utf-8")
    assert compare(read_run(published_run), read_run(published_run)).same


def test_the_command_refuses_what_is_no_run() -> None:
    done = run_hai("compare", str(ROOT / "data"), str(ROOT / "data"))
    assert done.returncode == 1
    assert "no finished run" in done.stderr
    assert "Traceback" not in done.stderr
    assert run_hai("compare", str(ROOT / "data")).returncode == 2


def test_a_place_that_cannot_be_written_to_is_wrong_usage(tmp_path: Path) -> None:
    from hai_utils.commands.report_file import write_report
    from hai_utils.errors import UsageError

    with pytest.raises(UsageError, match=r"page.html: the file cannot be written"):
        write_report(tmp_path / "nowhere" / "page.html", "")


def test_two_runs_of_one_name_are_told_apart_by_what_differs() -> None:
    changed = {**study().parameters, "response_threshold_percent": 30}
    one, other = run([row("p_value", 0.2)], name="book"), run([row("p_value", 0.01)], name="book", parameters=changed)
    said = names(compare(one, other))
    assert "response_threshold_percent=30" in said
    assert said.index("A is 'book' (") < said.index("B is 'book' (")
