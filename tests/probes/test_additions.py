"""Each addition that CONTRIBUTING describes, tried on a scratch copy of the package: nothing else has to be touched."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path

import pytest

from tests.probes.scratch import ASKING, Scratch

PAIR = "mutant_vs_wild_type"
# A comparison that the gate publishes at this threshold.
PUBLISHED, THRESHOLD = f"alive.{PAIR}", "disclosure_threshold=3"


@pytest.fixture
def scratch(tmp_path: Path) -> Scratch:
    return Scratch.make(tmp_path)


# --- a variable: a line of the dictionary ---


def test_a_variable_needs_its_line_in_the_dictionary(scratch: Scratch) -> None:
    scratch.append("hai_utils/cohort/dictionary.csv", 'ca_19_9,"CA 19-9, kU/L",number,kU/L,>= 0,,,\n')
    path = scratch.folder / "data" / "cohort.csv"
    head, *rows = list(csv.reader(path.read_text(encoding="utf-8").splitlines()))
    with path.open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream, lineterminator="\n").writerows(
            [[*head, "ca_19_9"], *([*row, f"{place}.5"] for place, row in enumerate(rows))]
        )
    found = scratch.ask(
        "ca_19_9.all.median", "ca_19_9.analysed.median", "ca_19_9.all.max", f"ca_19_9.{PAIR}.hodges_lehmann"
    )
    assert found["printed"]["ca_19_9.all.median"] == "12.5"
    assert "CA 19-9, kU/L" in found["tables"]["description.characteristics"]
    assert found["cards"]["ca_19_9.all.max"][:2] == ["maximum", "All rows"]
    assert (found["gated"]["ca_19_9.analysed.median"], found["gated"]["ca_19_9.all.max"]) == (False, True)


# --- a statistic: its function, named in its module's table, and a record ---

RISK_RATIO = """
def _risk_ratio(x1: int, n1: int, x2: int, n2: int, level: float) -> Estimate:
    if not x1 or not x2:
        return Estimate(note="zero events")
    ratio, z = (x1 / n1) / (x2 / n2), normal_quantile(level)
    spread = z * math.sqrt(1 / x1 - 1 / n1 + 1 / x2 - 1 / n2)
    return Estimate(ratio, ratio * math.exp(-spread), ratio * math.exp(spread))


EFFECTS["risk_ratio"] = {ONE_WAY: _risk_ratio}
"""
RECORD = "risk_ratio,risk ratio,number,{tells},,2,,lower upper,,ratio,,\n"


def with_risk_ratio(scratch: Scratch, tells: str) -> None:
    scratch.append("hai_utils/stats/proportions.py", RISK_RATIO)
    scratch.insert("hai_utils/catalogue/statistics.csv", "fragility_index,", RECORD.format(tells=tells))


def test_a_statistic_needs_its_function_and_a_record(scratch: Scratch) -> None:
    with_risk_ratio(scratch, "comparison")
    found = scratch.ask(f"objective_response.{PAIR}.risk_ratio", f"objective_response.{PAIR}.risk_ratio_lower")
    # 7 of 11 against 13 of 13, by hand: 7/11 = 0.636; lower limit by Katz 0.636 exp(-1.96 sqrt(1/7 - 1/11)) = 0.407.
    assert list(found["printed"].values()) == ["0.64", "0.41"]
    assert "Risk ratio" in found["tables"]["methods.intervals"]
    assert found["cards"][f"objective_response.{PAIR}.risk_ratio_lower"][0] == "lower limit of the risk ratio"


@pytest.mark.parametrize(("tells", "withheld"), [("", True), ("comparison", False)])
def test_the_gate_withholds_a_statistic_unless_its_record_says_what_it_tells(
    scratch: Scratch, tells: str, withheld: bool
) -> None:
    with_risk_ratio(scratch, tells)
    found = scratch.ask(f"{PUBLISHED}.risk_ratio", f"{PUBLISHED}.odds_ratio", settings=(THRESHOLD,))
    assert not found["gated"][f"{PUBLISHED}.odds_ratio"], "the comparison itself must be published"
    assert found["gated"][f"{PUBLISHED}.risk_ratio"] is withheld


def test_a_statistic_without_a_record_stops_the_run_and_says_what_to_do(scratch: Scratch) -> None:
    scratch.append("hai_utils/stats/proportions.py", RISK_RATIO)
    done = scratch.python("-c", ASKING, json.dumps([(), ()]))
    assert done.returncode != 0
    assert "'risk_ratio' is not in the catalogue" in done.stderr + done.stdout
    assert "hai_utils/catalogue/statistics.csv" in done.stderr + done.stdout


# --- a method: its function, named in its module's table, and a record ---

BRUNNER_MUNZEL = """
def _brunner_munzel(x: FloatArray, y: FloatArray) -> Estimate:
    from scipy.stats import brunnermunzel

    return Estimate(p_value=float(brunnermunzel(x, y).pvalue))


_TESTS["brunner_munzel"] = _brunner_munzel
"""


def test_a_method_needs_its_function_and_a_record(scratch: Scratch) -> None:
    scratch.append("hai_utils/stats/location.py", BRUNNER_MUNZEL)
    record = "brunner_munzel,Brunner-Munzel test,continuous_test,,,,kruskal_wallis,\n"
    scratch.insert("hai_utils/catalogue/methods.csv", "kruskal_wallis,Kruskal", record)
    key = f"age_years.{PAIR}.p_value"
    found = scratch.ask(key, settings=("continuous_test=brunner_munzel",))
    assert f"{key}@brunner_munzel" in found["printed"]
    assert found["cards"][key][2] == "brunner_munzel"
    assert "Brunner-Munzel test" in found["tables"]["methods.tests"]
    assert "Brunner-Munzel test" in found["tables"]["outcomes.outcomes notes"]
    assert "by the Brunner-Munzel test" in found["tables"]["methods.statistical_methods"]


def test_a_method_without_a_function_stops_the_run_and_names_those_there_are(scratch: Scratch) -> None:
    record = "brunner_munzel,Brunner-Munzel test,continuous_test,,,,,\n"
    scratch.insert("hai_utils/catalogue/methods.csv", "kruskal_wallis,Kruskal", record)
    done = scratch.python("-c", "from hai_utils.stats.location import compare_locations as c; c([1], [2], method='brunner_munzel')")  # fmt: skip
    assert "method must be one of mann_whitney_exact" in done.stderr


# --- a journal's number style: a record ---


def test_a_number_style_needs_a_record(scratch: Scratch) -> None:
    record = 'NumberStyle("comma", decimal_mark=",", p_one="1,0"),\n    '
    scratch.insert("hai_utils/catalogue/styles.py", "# NEJM: two decimals", record)
    found = scratch.ask(f"os.{PAIR}.hazard_ratio", settings=("style=comma",))
    assert re.fullmatch(r"\d,\d\d", found["printed"][f"os.{PAIR}.hazard_ratio@cox_efron"])
    assert re.search(r"\d,\d\d \(\d,\d\d", found["tables"]["outcomes.outcomes"])


# --- a chapter: a notebook and a line of the table of contents ---


@pytest.mark.slow
def test_a_chapter_needs_its_notebook_and_a_line_of_the_contents(scratch: Scratch) -> None:
    notebook = json.loads((scratch.folder / "notebooks/02_complications.ipynb").read_text(encoding="utf-8"))
    first = next(cell for cell in notebook["cells"] if cell["cell_type"] == "markdown")
    first["source"] = ["# Complications again\n"]
    shown = ("tables.complications(results), where=facts.complications", "tables.characteristics(results)")
    analysed = ('["02_complications"]', '["01_cohort_description"]')
    for cell in notebook["cells"]:
        cell["source"] = ["".join(cell["source"]).replace(*shown).replace(*analysed)]
    (scratch.folder / "notebooks/07_again.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
    chapters = "".join(f"      - file: notebooks/{name}\n" for name in ("02_complications", "07_again"))
    parts = f"parts:\n  - caption: Results\n    chapters:\n{chapters}"
    (scratch.folder / "_toc.yml").write_text(f"format: jb-book\nroot: book/references\n{parts}", encoding="utf-8")
    for page in set((scratch.folder / "book").glob("*.md")) - {scratch.folder / "book/references.md"}:
        page.unlink()
    out = scratch.folder / "run"
    done = scratch.python("-m", "hai_utils.cli", "build", "--formats", "html,docx", "--out", str(out))
    assert done.returncode == 0, done.stderr
    assert "Complications again" in (out / "html/notebooks/07_again.html").read_text(encoding="utf-8")
    # The article has the exhibits of a study; each of this chapter has files of its own.
    assert (out / "html/_downloads/table-characteristics.docx").is_file()
