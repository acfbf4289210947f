"""From a file to a grouped cohort: other groups than the published ones, exclusions, and what is said of each."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest

from hai_utils.cohort.dictionary import Variable
from hai_utils.cohort.model import Cohort
from hai_utils.cohort.reading import full_dictionary, group_cohort, load_cohort
from hai_utils.errors import DataError, ParameterError
from hai_utils.parameters import Parameters, load_parameters
from tests.cohort.cohort_files import Table, base, parse_cohort
from tests.conftest import ROOT

BASE = base()
ARM = Variable("arm", "Arm", "category", own=True, free=True)


def chosen(**values: object) -> Parameters:
    """The paper's parameters with some others."""
    return load_parameters([ROOT / "params.yml"]).model_copy(update=values)


def grouped(table: Table, group_by: str = "arm", reference: str = "a", exclude: tuple[str, ...] = ()) -> Cohort:
    """A cohort grouped by a column, which may be the only one of its own dictionary."""
    frame, variables = parse_cohort(table.bytes(), full_dictionary() | {"arm": ARM})
    return group_cohort(frame, variables, chosen(group_by=group_by, reference_group=reference, exclude=exclude))


def flow(cohort: Cohort) -> list[tuple[str, int]]:
    return [(step.kind, step.count) for step in cohort.flow]


def arms(*levels: str) -> Table:
    """The valid cohort with a column of these levels in turn."""
    return BASE.plus_column("arm", *levels)


def test_the_reconstruction_loads_without_a_warning() -> None:
    cohort = load_cohort(chosen(), ROOT)
    assert cohort.warnings == ()
    assert cohort.size == 25
    assert cohort.published
    assert cohort.sha256 == hashlib.sha256((ROOT / "data" / "cohort.csv").read_bytes()).hexdigest()


def test_the_real_cohort_has_no_problem(real_folder: Path) -> None:
    parameters = chosen(
        data=str(real_folder / "cohort.csv"),
        dictionary=str(real_folder / "extra_columns.csv"),
        group_by="preoperative_chemotherapy",
        reference_group="no",
    )
    cohort = load_cohort(parameters, ROOT)
    assert cohort.warnings == ()
    # SOURCE.md: 197 patients; expected.csv: 122 with and 75 without chemotherapy.
    assert [int(cohort.members(group).sum()) for group in ("all", "yes", "no")] == [197, 122, 75]
    assert not cohort.published


def test_warnings_travel_with_the_cohort(tmp_path: Path) -> None:
    path = tmp_path / "own.csv"
    path.write_bytes(BASE.with_cells(4, kras="mutant ", braf="mutant").bytes())
    cohort = load_cohort(chosen(data=str(path)), ROOT)
    assert [(one.line, one.column, one.code) for one in cohort.warnings] == [
        (4, "braf", "contradiction"),
        (4, "kras", "padded"),
    ]


def test_a_workbook_loads_like_a_csv(tmp_path: Path) -> None:
    (tmp_path / "own.xlsx").write_bytes(BASE.xlsx())
    (tmp_path / "own.csv").write_bytes(BASE.bytes())
    first, second = (load_cohort(chosen(data=str(tmp_path / name)), ROOT) for name in ("own.xlsx", "own.csv"))
    assert first.table.equals(second.table)
    assert flow(first) == flow(second)


def test_every_error_of_a_file_is_raised_at_once(tmp_path: Path) -> None:
    path = tmp_path / "own.csv"
    path.write_bytes(BASE.with_cells(4, os_event="2", kras="mut", race="White ").bytes())
    with pytest.raises(DataError) as caught:
        load_cohort(chosen(data=str(path)), ROOT)
    assert [problem.split(":")[0] for problem in caught.value.problems] == [
        "own.csv, line 4, column 'kras'",
        "own.csv, line 4, column 'os_event'",
    ]


def test_a_missing_file_is_a_data_error(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot be read"):
        load_cohort(chosen(data=str(tmp_path / "nowhere.csv")), ROOT)


def test_a_blank_group_is_in_no_group_and_the_flow_says_so() -> None:
    cohort = grouped(BASE, "kras", "wild_type", ("braf=mutant",))
    assert flow(cohort) == [
        ("all", 8), ("excluded", 1), ("no_group", 1), ("analysed", 6), ("group", 4), ("group", 2),
    ]  # fmt: skip
    assert cohort.levels == ("mutant", "wild_type")


def test_three_groups_of_other_names() -> None:
    cohort = grouped(arms("a", "b", "low dose"))
    assert cohort.levels == ("a", "b", "low dose")
    assert cohort.compared == ("b", "low dose")
    assert [int(cohort.members(level).sum()) for level in cohort.levels] == [3, 3, 2]


def test_a_group_of_one() -> None:
    cohort = grouped(arms("a", "a", "a", "a", "a", "a", "a", "b"))
    assert int(cohort.members("b").sum()) == 1


def test_a_reference_that_nobody_has_is_kept_and_empty() -> None:
    cohort = grouped(BASE.with_column("nras", "mutant", ""), "nras", "wild_type")
    assert cohort.levels == ("mutant", "wild_type")
    assert [int(cohort.members(level).sum()) for level in cohort.levels] == [4, 0]


def test_a_group_that_is_blank_throughout_analyses_nobody() -> None:
    cohort = grouped(BASE.with_column("nras", ""), "nras", "wild_type")
    assert flow(cohort)[-3:] == [("no_group", 8), ("analysed", 0), ("group", 0)]


def test_an_exclusion_on_an_absent_column_excludes_nobody() -> None:
    cohort = grouped(BASE.without("braf"), "kras", "wild_type", ("braf=mutant",))
    assert not cohort.excluded.any()
    assert "excluded" not in dict(flow(cohort))


def test_an_exclusion_on_a_blank_column_excludes_nobody() -> None:
    cohort = grouped(BASE.with_column("braf", ""), "kras", "wild_type", ("braf=mutant",))
    assert not cohort.excluded.any()


def test_a_patient_of_two_exclusions_is_counted_once() -> None:
    cohort = grouped(BASE, "kras", "wild_type", ("braf=mutant", "converted_to_resection=yes"))
    # Lines 3 to 6 and 8 were converted; line 5 among them has the BRAF mutation.
    assert flow(cohort)[:3] == [("all", 8), ("excluded", 1), ("excluded", 4)]
    np.testing.assert_array_equal(np.flatnonzero(cohort.excluded), [1, 2, 3, 4, 6])


def test_the_exclusion_of_a_whole_group_leaves_it_out_of_the_groups() -> None:
    cohort = grouped(arms("a", "b"), exclude=("arm=b",))
    assert cohort.levels == ("a",)


@pytest.mark.parametrize(
    ("rule", "excluded"),
    [("os_event=1", 4), ("n_liver_lesions=8", 2), ("age_years=53.5", 1), ("age_years=53.50", 1), ("race=Asian", 1)],
)
def test_numbers_and_open_levels_exclude_too(rule: str, excluded: int) -> None:
    assert int(grouped(BASE, "kras", "wild_type", (rule,)).excluded.sum()) == excluded


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("braff=mutant", "Did you mean 'braf'"),
        ("braf=mutated", "Levels: mutant, wild_type"),
        ("age_years=old", "holds numbers"),
        ("os_event=2", "Levels: 0, 1"),
    ],
)
def test_an_exclusion_that_cannot_be_meant_is_refused(rule: str, said: str) -> None:
    with pytest.raises(ParameterError, match=said):
        grouped(BASE, "kras", "wild_type", (rule,))


@pytest.mark.parametrize("name", ["all", "analysed", "excluded", "overall"])
def test_a_reserved_level_is_refused_by_the_check(name: str) -> None:
    with pytest.raises(DataError, match=f"The level is reserved .*{name}"):
        grouped(arms("a", name))


def test_levels_whose_keys_collide_are_refused_by_their_lines() -> None:
    with pytest.raises(DataError, match="lines 5 and 9, column 'arm': The level differs from that of line 2"):
        grouped(arms("G12 D", "a", "G12 D", "G12-D"))


def test_a_level_with_the_name_of_a_comparison_is_refused() -> None:
    with pytest.raises(ParameterError, match="'b vs a' of 'arm' has the name of a comparison"):
        grouped(arms("a", "b", "b vs a"))


@pytest.mark.parametrize(
    ("group_by", "reference", "said"),
    [
        ("krs", "a", "Did you mean 'kras'"),
        ("arm", "b", "'b' is no level of 'arm'"),
        ("age_years", "a", "only a category can group"),
        ("site", "north", "only a category can group"),
        ("kras", "wildtype", "Did you mean 'wild_type'"),
    ],
)
def test_a_grouping_that_does_not_fit_is_refused(group_by: str, reference: str, said: str) -> None:
    with pytest.raises(ParameterError, match=said):
        grouped(arms("a"), group_by, reference)


def test_a_column_with_the_name_of_a_derived_one_is_refused() -> None:
    cohort = grouped(arms("a"))
    with pytest.raises(DataError, match="'arm' has the name of a derived variable"):
        cohort.with_columns({"arm": cohort.table["arm"]}, {"arm": cohort.variables["arm"]})
