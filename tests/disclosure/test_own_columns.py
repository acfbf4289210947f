"""A cohort's own columns, of which the gate knows nothing but the rows, tell no small cell by what they contain."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from hai_utils.analyses import analyse
from hai_utils.cohort.reading import load_cohort
from hai_utils.parameters import load_parameters
from hai_utils.results.table import Results
from tests.conftest import ROOT

SIZE = 40


def own_cohort(
    folder: Path, columns: Mapping[str, Sequence[bool | str]], *settings: str, levels: str = "yes | no"
) -> Results:
    """Results of a cohort of 40 with flags of its own, or with categories of these levels."""
    header = "column,label,type,unit,allowed,needed_for,description,level_labels\n"
    dictionary = header + "".join(f"{name},{name},category,,{levels},,,\n" for name in columns)
    rows = ["patient_id,kras,os_months,os_event," + ",".join(columns)]
    for place in range(SIZE):
        cells = (values[place] for values in columns.values())
        flags = ",".join(cell if isinstance(cell, str) else "yes" if cell else "no" for cell in cells)
        rows.append(f"P{place},{('mutant', 'wild_type')[place % 2]},{10 + place},{place % 2},{flags}")
    (folder / "cohort.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    (folder / "own.csv").write_text(dictionary, encoding="utf-8")
    files = (f"data={folder / 'cohort.csv'}", f"dictionary={folder / 'own.csv'}", "exclude=")
    parameters = load_parameters([ROOT / "params.yml"], [*files, "disclosure=small_cells", *settings])
    return analyse(load_cohort(parameters, ROOT), parameters)


def those(first: int, last: int) -> list[bool]:
    """Who has a flag: the patients of these places."""
    return [first <= place < last for place in range(SIZE)]


def shown(results: Results, columns: Mapping[str, object]) -> set[str]:
    """The columns of which the count over all is shown."""
    return {name for name in columns if not results.get(f"{name}.all.count").withheld}


@pytest.mark.parametrize(("part", "both"), [(18, False), (14, True)])
def test_of_two_that_contain_one_another_but_for_a_few_one_is_withheld(tmp_path: Path, part: int, both: bool) -> None:
    columns = {"wound": those(0, 20), "wound_infection": those(0, part)}
    assert (shown(own_cohort(tmp_path, columns), columns) == set(columns)) is both


def test_levels_that_contain_one_another_but_for_a_few_are_not_both_shown(tmp_path: Path) -> None:
    """A level of one column lies within that of another, and what is outside has too many levels to be added up."""
    stage = ["a"] * 18 + ["b"] * 5 + ["c"] * 5 + ["d"] * 6 + ["e"] * 6
    grade = ["a"] * 16 + ["c"] * 7 + ["d"] * 6 + ["e"] * 5 + ["b"] * 6
    results = own_cohort(tmp_path, {"stage": stage, "grade": grade}, levels="a | b | c | d | e")
    assert results.get("stage.a.all.count").withheld or results.get("grade.a.all.count").withheld


@pytest.mark.parametrize("rest", [0, 1, 4, 5])
@pytest.mark.parametrize("parts", [2, 3])
def test_a_total_does_not_stand_beside_all_parts_but_a_few(tmp_path: Path, parts: int, rest: int) -> None:
    columns = {f"part_{place}": those(8 * place, 8 * (place + 1)) for place in range(parts)}
    columns["total"] = those(0, 8 * parts + rest)
    assert (shown(own_cohort(tmp_path, columns), columns) == set(columns)) is (rest in {0, 5})


def test_the_last_part_of_a_total_is_not_told_by_the_others(tmp_path: Path) -> None:
    columns = {"first": those(0, 8), "second": those(8, 16), "third": those(16, 19), "total": those(0, 19)}
    assert len(shown(own_cohort(tmp_path, columns), columns)) == 2
