"""What is analysed ahead for several notebooks is what each would compute for itself."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from dataclasses import replace

import pytest

from hai_utils import analyses
from hai_utils.analyses import analyse, analyse_ahead, kept
from hai_utils.analyses.endpoints import derive
from hai_utils.analyses.kept import digest_of, keep_analyses, keep_nothing
from hai_utils.analyst import study_cohort
from hai_utils.catalogue.methods import CHOICES, methods_of
from hai_utils.catalogue.styles import STYLES
from hai_utils.cohort.model import Cohort
from hai_utils.cohort.reading import load_cohort
from hai_utils.parameters import Parameters, load_parameters
from hai_utils.results.files import results_csv
from tests.conftest import REAL_SETTINGS, ROOT


def parameters_with(*settings: str) -> Parameters:
    return load_parameters([ROOT / "params.yml"], settings)


@pytest.fixture
def cohort() -> Iterator[Cohort]:
    parameters = parameters_with()
    cohort = load_cohort(parameters, ROOT)
    analyse_ahead(cohort, parameters)
    yield cohort
    keep_nothing()


@pytest.fixture
def analysed(cohort: Cohort, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The chapters that are analysed from now on."""
    done: list[str] = []
    for chapter, work in analyses._ANALYSES.items():
        monkeypatch.setitem(analyses._ANALYSES, chapter, lambda *w, c=chapter, f=work: (done.append(c), f(*w))[1])
    return done


def test_equal_inputs_are_not_analysed_again(analysed: list[str]) -> None:
    analyse(load_cohort(parameters_with(), ROOT), parameters_with(), ["02_complications"])
    assert analysed == []


def test_what_a_notebook_knows_beside_the_cohort_analyses_nothing_anew(analysed: list[str]) -> None:
    parameters = parameters_with("survival_test=tarone_ware")
    analyse(study_cohort(parameters, ROOT), parameters, ["02_complications"])
    assert analysed == []


def test_a_cohort_that_came_from_another_process_is_the_same(cohort: Cohort) -> None:
    assert digest_of(pickle.loads(pickle.dumps(cohort))) == digest_of(cohort)


@pytest.mark.parametrize("setting", ["confidence_level=0.9", "exclude=[]", "significance_level=0.01"])
def test_other_inputs_are_analysed_anew(setting: str, analysed: list[str]) -> None:
    parameters = parameters_with(setting)
    analyse(load_cohort(parameters, ROOT), parameters, ["02_complications"])
    assert "02_complications" in analysed


@pytest.mark.parametrize(("column", "value"), [("age_years", 61.25), ("sex", "male"), ("sex", None)])
def test_a_cohort_with_one_other_cell_is_analysed_anew(column: str, value: object, analysed: list[str]) -> None:
    cohort = load_cohort(parameters_with(), ROOT)
    table = cohort.table.copy()
    row = next(row for row in table.index if table.loc[row, column] != value)
    table.loc[row, column] = value
    analyse(replace(cohort, table=table), parameters_with(), ["02_complications"])
    assert analysed == ["02_complications"]


def test_a_parameter_that_a_chapter_does_not_read_analyses_nothing_anew(analysed: list[str]) -> None:
    parameters = parameters_with("survival_test=tarone_ware")
    analyse(load_cohort(parameters, ROOT), parameters, ["02_complications"])
    assert analysed == []


def test_a_parameter_that_no_derivation_reads_derives_nothing_anew(
    cohort: Cohort, monkeypatch: pytest.MonkeyPatch
) -> None:
    derived: list[Parameters] = []
    monkeypatch.setattr(kept, "derive", lambda *given: (derived.append(given[1]), derive(*given))[1])
    for setting in ("confidence_level=0.9", "survival_test=tarone_ware", "seed=3"):
        analyse(cohort, parameters_with(setting), ["02_complications"])
    assert derived == []
    analyse(cohort, parameters_with("response_threshold_percent=40"), ["02_complications"])
    assert len(derived) == 1


def test_an_analysis_that_two_processes_made_is_kept_once(cohort: Cohort) -> None:
    for level in ("0.9", "0.8"):
        analyse(cohort, parameters_with(f"confidence_level={level}"), ["02_complications"])
    for made in kept.kept():
        kept.take(pickle.loads(pickle.dumps(made)))
    of = [made.of for made in kept.kept() if made.chapter == "02_complications"]
    assert len(of) == len(set(of)) == 3


@pytest.mark.parametrize(
    "setting",
    [
        "style=lancet", "rounding=half_even", "survival_interval=log", "landmark_months=[3, 6.5]", "seed=1",
        "disclosure=small_cells", "categorical_test=boschloo", "quartile_method=type_7", "median_interval=brookmeyer_crowley_log",
    ],
)  # fmt: skip
def test_what_is_kept_gives_what_is_computed(setting: str, cohort: Cohort) -> None:
    parameters = parameters_with(setting)
    ahead = results_csv(analyse(cohort, parameters))
    keep_nothing()
    assert ahead == results_csv(analyse(cohort, parameters))


@pytest.mark.long
@pytest.mark.parametrize("real", [False, True])
def test_what_is_kept_gives_what_is_computed_by_each_method_in_each_style(
    real: bool, request: pytest.FixtureRequest
) -> None:
    files = ()
    if real:
        folder = request.getfixturevalue("real_folder")
        files = (f"data={folder / 'cohort.csv'}", f"dictionary={folder / 'extra_columns.csv'}", *REAL_SETTINGS)
    methods = [(name, method) for name in CHOICES if name in Parameters.model_fields for method in methods_of(name)]
    settings = [
        "rounding=half_even",
        *(f"style={name}" for name in STYLES),
        *(f"{name}={value}" for name, value in methods),
    ]
    computed, again = {}, {}
    for found, keeping in ((computed, keep_nothing), (again, keep_analyses)):
        for setting in settings:
            keeping()
            parameters = parameters_with(*files, setting)
            found[setting] = results_csv(analyse(load_cohort(parameters, ROOT), parameters))
    keep_nothing()
    assert [setting for setting in settings if computed[setting] != again[setting]] == []


def test_the_results_are_the_same(cohort: Cohort) -> None:
    ahead = results_csv(analyse(cohort, parameters_with()))
    keep_nothing()
    assert ahead == results_csv(analyse(cohort, parameters_with()))
