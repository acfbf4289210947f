"""In whatever layout a center writes its cohort, the same cohort comes out, or a question, or a refusal: never another value."""

from __future__ import annotations

import random
import re
from collections import Counter
from pathlib import Path

import pytest

from hai_utils.cohort.dictionary import standard_dictionary
from hai_utils.errors import DataError
from hai_utils.importing.exports import plan_file
from hai_utils.importing.files import import_file
from hai_utils.importing.layout import find_table
from hai_utils.importing.mapping import parse_mapping
from hai_utils.importing.plan import Question
from tests.importing.layouts import Layout, written

VARIABLES = dict(standard_dictionary())
SUBJECTS = {
    "sex": "sex",
    "gender": "sex",
    "kras": "kras",
    "extrahepatic": "extrahepatic",
    "ehd": "extrahepatic",
    "status": "status",
    "clavien": "clavien",
}


def answer(question: Question, layout: Layout) -> str:
    """Return what a truthful person answers; an empty text where the question is about none of the codes."""
    if question.name == "date_order":
        return layout.answers["order"]
    subject = next((word for start, word in SUBJECTS.items() if question.name.startswith(start)), "")
    value = re.search("'(.*?)' mean", question.text)
    key = f"{subject} " if question.name.endswith("_blank") else f"{subject} {value[1] if value else '?'}"
    return layout.answers.get(key, layout.answers.get(f"{key} ", ""))


def outcome(layout: Layout) -> str:
    """Import with truthful answers; say how it ended, and fail where a value is another."""
    try:
        plan = plan_file(layout.path, VARIABLES)
        said = {one.name: text for one in plan.open_questions if (text := answer(one, layout))}
        plan = plan.answered(said)
        if plan.open_questions:
            return "question"
        made = import_file(layout.path, parse_mapping(plan.mapping_text, "m.yml", VARIABLES), VARIABLES).cohort.columns
    except DataError:
        return "refused"
    assert len(made["patient_id"]) == len(layout.truth["sex"])
    for name, cells in made.items():
        if name in layout.truth:
            assert [plain(cell) for cell in cells] == [plain(cell) for cell in layout.truth[name]], name
    return "whole" if set(layout.truth) <= set(made) else "part"


def plain(cell: str) -> str | float:
    try:
        return round(float(cell), 9)
    except ValueError:
        return cell


def outcomes(seeds: range, folder: Path) -> Counter[str]:
    found: Counter[str] = Counter()
    for seed in seeds:
        place = folder / str(seed)
        place.mkdir()
        layout = written(random.Random(seed), place)
        try:
            found[outcome(layout)] += 1
        except AssertionError as error:
            raise AssertionError(f"seed {seed}: {error}") from error
    return found


@pytest.mark.slow
def test_a_hundred_layouts_give_no_other_value(tmp_path: Path) -> None:
    found = outcomes(range(100), tmp_path)
    assert found["whole"] >= 85, found


@pytest.mark.long
def test_five_hundred_layouts_give_no_other_value(tmp_path: Path) -> None:
    found = outcomes(range(100, 600), tmp_path)
    assert found["whole"] >= 425, found


@pytest.mark.parametrize("word", ["Mean", "Totals:", "Summe", "Mittelwert"])
def test_a_row_below_the_patients_that_sums_them_up_is_no_patient(word: str) -> None:
    patients = [[f"N-{number}", "61", "24.8"] for number in range(1, 4)]
    rows = [
        (cells, line) for line, cells in enumerate([["id", "age", "bmi"], *patients, [word, "61", "24.8"]], start=1)
    ]
    layout = find_table(rows)
    assert layout is not None
    assert layout.left_out == (5,)
