"""The planted faults still apply to the code, and each names tests that exist."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.mutants.faults import FAULTS, Fault
from tests.mutants.planting import NoSuchPlaceError, places, plant

CODE = """
def mean(x):
    # a comment with an umlaut: ä
    total = sum(
        x,
    )
    return total / len(x)
"""


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_fault_applies_at_one_place(fault: Fault) -> None:
    assert len(places(ROOT / "hai_utils", fault)) == 1


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_fault_names_tests_that_exist(fault: Fault) -> None:
    assert fault.tests
    assert all((ROOT / "tests" / name).exists() for name in fault.tests.split())


def test_names_of_faults_are_unique() -> None:
    assert len({fault.name for fault in FAULTS}) == len(FAULTS)


def planted(folder: Path, old: str, new: str) -> str:
    (folder / "stats").mkdir()
    module = folder / "stats" / "means.py"
    module.write_text(CODE, encoding="utf-8")
    plant(folder, Fault("mean", "", "stats.mean", old, new, ""))
    return module.read_text(encoding="utf-8")


def test_an_expression_is_found_whatever_its_layout(tmp_path: Path) -> None:
    assert planted(tmp_path, "sum(x)", "max(x)") == CODE.replace("sum(\n        x,\n    )", "(max(x))")


def test_a_statement_is_replaced_whole(tmp_path: Path) -> None:
    assert planted(tmp_path, "return total / len(x)", "return total") == CODE.replace(" / len(x)", "")


@pytest.mark.parametrize("old", ["max(x)", "x"], ids=["nowhere", "at several places"])
def test_an_expression_that_is_not_there_once_is_refused(old: str, tmp_path: Path) -> None:
    with pytest.raises(NoSuchPlaceError, match=r"times in stats\.mean"):
        planted(tmp_path, old, "0")
