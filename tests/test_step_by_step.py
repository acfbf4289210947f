"""The chapter that computes the main exhibits by other people's programs agrees with the book, and notices where it does not."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import matplotlib
import pytest
import seaborn

from hai_utils.analyses import analyse
from hai_utils.catalogue.criteria import CriterionName
from hai_utils.catalogue.methods import CHOICES, methods_of
from hai_utils.cohort.reading import load_cohort
from hai_utils.errors import ResultError
from hai_utils.parameters import Parameters, as_plain
from hai_utils.profiles import resolve
from hai_utils.results.table import Results
from hai_utils.show import agreement
from hai_utils.show.content import Paragraphs, plain
from hai_utils.stats import contingency, location, proportions, rank_tests, regression, survival
from tests.conftest import REAL, ROOT, mostly_long
from tests.unlike_cohorts import UNLIKE

NOTEBOOK = ROOT / "notebooks" / "07_step_by_step.ipynb"
CHAPTERS = ("01_cohort_description", "03_tumor_response", "04_survival")
COHORTS = (
    "published", "preoperative_chemotherapy no", "clinical_risk low", "extrahepatic_disease no", *UNLIKE,
)  # fmt: skip
CONTINUOUS = "[age_years, bmi_kg_m2, n_liver_lesions, hai_cycles, reduction_percent, reduction_percent_recist]"
MAIN_EXHIBITS = {"Table 1", "Table 2", "Figure 1", "Figure 2"}


def code() -> list[str]:
    cells = json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]
    return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]


def found_by_others(parameters: Parameters) -> dict[str, Any]:
    """Run all cells but the last as a kernel would, with these parameters; return what they define."""
    matplotlib.use("Agg")
    parameters_cell, *cells, _ = code()
    names: dict[str, Any] = {"display": lambda *_: None}
    exec(parameters_cell, names)
    names |= {name: value for name, value in as_plain(parameters).items() if name not in {"title", "authors"}}
    for cell in cells:
        exec(cell, names)
    matplotlib.pyplot.close("all")
    return names


def unsettled(parameters: Parameters) -> list[str]:
    """Return the numbers of a cohort's book for which the chapter has another number, or none."""
    results = analyse(load_cohort(parameters, ROOT), parameters, CHAPTERS)
    found = found_by_others(parameters)
    every = agreement.compared(results, found["numbers"], found["points"])
    assert every
    return [one.name for one in every if not (one.looked_for and one.agrees)]


def every_value_once() -> list[dict[str, str]]:
    """Return choices that together hold every value of every method, and of what else the main exhibits depend on."""
    values: dict[str, tuple[str, ...]] = {choice: methods_of(choice) for choice in CHOICES} | {
        "response_criterion": get_args(CriterionName), "who_lesions": ("any", "sum"), "profile": ("paper", "recommended"),
        "confidence_level": ("0.9", "0.99", "0.95"), "interquartile_variables": (CONTINUOUS, "[]"),
        "exclude": ("[sex=male]", "[]", "[braf=mutant]"), "time_grid_months": ("[0, 5, 10.5]", "[]"),
    }  # fmt: skip
    most = max(map(len, values.values()))
    return [{name: found[place % len(found)] for name, found in values.items()} for place in range(most)]


def other_parameters(files: Mapping[str, str], settings: Iterable[str]) -> Iterator[Parameters]:
    """Yield the parameters of a cohort by each of these choices; a threshold of response where the criterion takes one."""
    for place, chosen in enumerate(every_value_once()):
        threshold = {"response_threshold_percent": ("50", "30", "65")[place % 3]}
        chosen |= threshold if chosen["response_criterion"] == "paper" else {}
        yield resolve(ROOT, layers=[("", files)], settings=[*settings, *map("=".join, chosen.items())])


@pytest.fixture(scope="module")
def others() -> dict[str, Any]:
    """What the chapter finds for the reconstruction."""
    return found_by_others(resolve(ROOT))


def test_nothing_of_the_package_is_used_before_the_last_cell() -> None:
    *cells, last = code()
    assert [cell for cell in cells if re.search(r"(import|from) hai_utils", cell)] == []
    assert "from hai_utils" in last


def test_every_number_of_the_reconstruction_is_found_again(results: Results, others: dict[str, Any]) -> None:
    every = agreement.compared(results, others["numbers"], others["points"])
    assert {one.exhibit for one in every} == MAIN_EXHIBITS
    assert [one.name for one in every if not (one.looked_for and one.agrees)] == []
    assert len(every) > 300


def files_of(cohort: str, folder: Path) -> tuple[dict[str, str], list[str]]:
    """Return files and settings of a cohort: the published one, an unlike one, or real patients by a column and its reference."""
    if cohort == "published":
        return {}, []
    if cohort in UNLIKE:
        words = UNLIKE[cohort](folder).words
        pairs = list(zip(words[::2], words[1::2], strict=True))
        files = {name.removeprefix("--"): value for name, value in pairs if name != "--set"}
        return files, [value for name, value in pairs if name == "--set"]
    if not REAL.is_dir():
        pytest.skip("the real cohort is not beside the project")
    column, level = cohort.split()
    files = {"data": str(REAL / "cohort.csv"), "dictionary": str(REAL / "extra_columns.csv")}
    return files, [f"group_by={column}", f"reference_group={level}"]


@pytest.mark.slow
@pytest.mark.parametrize("cohort", COHORTS)
def test_every_number_of_a_cohort_is_found_again(cohort: str, tmp_path: Path) -> None:
    files, settings = files_of(cohort, tmp_path)
    assert unsettled(resolve(ROOT, layers=[("", files)], settings=settings)) == []


@pytest.mark.slow
@pytest.mark.parametrize("cohort", mostly_long(COHORTS, "published", "preoperative_chemotherapy no", "three_groups"))
def test_every_value_of_every_choice_is_followed(cohort: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for drawing in ("barplot", "lineplot"):
        monkeypatch.setattr(seaborn, drawing, lambda *_, **__: None)
    for parameters in other_parameters(*files_of(cohort, tmp_path)):
        assert unsettled(parameters) == [], parameters


# --- a fault is noticed ----------------------------------------------------------------------------------------------

FAULTS = {
    "Mann-Whitney": (location, "compare_locations", "p_value"),
    "Hodges-Lehmann": (location, "hodges_lehmann", "lower"),
    "Fisher": (contingency, "compare_table", "p_value"),
    "risk difference": (proportions, "effect", "upper"),
    "log-rank": (rank_tests, "compare_survival", "p_value"),
    "median": (survival, "median_survival", "value"),
    "Cox": (regression, "cox", "upper"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_bent_statistic_fails_the_book_of_the_reconstruction(
    name: str, others: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    module, function, field = FAULTS[name]
    right = getattr(module, function)

    def bent_by_a_thousandth(*args: Any, **options: Any) -> Any:
        found = right(*args, **options)
        value = getattr(found, field)
        return found if value is None else replace(found, **{field: value * 1.001})

    monkeypatch.setattr(module, function, bent_by_a_thousandth)
    parameters = resolve(ROOT)
    bent = analyse(load_cohort(parameters, ROOT), parameters, CHAPTERS)
    with pytest.raises(ResultError, match="Other programs find other numbers"):
        agreement.verdict(bent, agreement.compared(bent, others["numbers"], others["points"]))


def test_a_difference_in_another_cohort_stands_on_the_page(results: Results, others: dict[str, Any]) -> None:
    other = replace(results, study=replace(results.study, reconstruction=False))
    numbers = others["numbers"] | {"age_years.mutant.median": 57.4}
    every = agreement.compared(other, numbers, others["points"])
    verdict, counts = agreement.verdict(other, every)
    assert isinstance(verdict, Paragraphs)
    assert "1 differ: age_years.mutant.median is 57.4 here and 57.3 in the book" in plain(verdict.texts[0])
    assert [plain(cell) for cell in counts.rows[0].cells[3:]] == ["1", "0"]
    rows = agreement.listed(every)
    assert rows[rows["agrees"] == "no"].reset_index().to_numpy().tolist() == [
        ["age_years.mutant.median", "57.4", "57.3", "57.3", "no"]
    ]


def test_a_number_that_was_not_looked_for_is_counted_apart(results: Results, others: dict[str, Any]) -> None:
    numbers = {name: value for name, value in others["numbers"].items() if name != "age_years.mutant.median"}
    verdict, *_ = agreement.verdict(results, agreement.compared(results, numbers, others["points"]))
    assert plain(verdict.texts[0]).endswith("numbers agree. For 1 more these programs have no counterpart.")


def test_a_curve_with_a_step_less_is_noticed(results: Results, others: dict[str, Any]) -> None:
    points = dict(others["points"])
    step = next(place for place in points if place[0] == "os.mutant.curve" and place[1] > 0)
    points[step] = {**points[step], "y": points[step]["y"] + 1e-5}
    with pytest.raises(ResultError, match=r"os\.mutant\.curve at 4\.00821, y"):
        agreement.verdict(results, agreement.compared(results, others["numbers"], points))


# --- small cells -----------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_where_small_cells_are_withheld_the_chapter_shows_no_number(gated_run: Path) -> None:
    notebook = json.loads((gated_run / "notebooks" / NOTEBOOK.name).read_text(encoding="utf-8"))
    kept = [output for cell in notebook["cells"] for output in cell.get("outputs", ())]
    words = ["".join(output["data"]["text/plain"]) for output in kept]
    assert len(words) == 2
    assert words[0].startswith("What the code of this chapter gives out of itself is left out")
    assert words[1] == agreement.LEFT_OUT.text
    page = (gated_run / "html" / "notebooks" / "07_step_by_step.html").read_text(encoding="utf-8")
    assert "dataframe" not in page
    assert "_images" not in page


@pytest.mark.slow
def test_the_page_of_the_built_book_says_that_all_agree(published_site: Path, real_site: Path) -> None:
    for site in (published_site, real_site):
        page = (site / "notebooks" / "07_step_by_step.html").read_text(encoding="utf-8")
        assert re.search(r"All [\d,]+ numbers agree\.", page)
        assert "counterpart." not in page
        assert page.count("step_by_step.R") >= 2
