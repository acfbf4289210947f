"""The reporting checklists: nothing is met without evidence, and what the author writes is read with care."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from hai_utils.audit.checklists import NAMES, answers_template, items, judge, read_answers
from hai_utils.errors import DataError


def nothing(_: str) -> bool:
    return False


def everything(_: str) -> bool:
    return True


def status(checklist: str, item: str, holds: object, answers: dict[tuple[str, str], str] | None = None) -> str:
    judged = judge(checklist, holds, answers)  # type: ignore[arg-type]
    return next(entry.status for entry in judged if entry.item.item == item)


def test_the_checklists_have_all_their_items() -> None:
    """STROBE: 22 items, 34 with their parts in the cohort version; REMARK: 20."""
    numbers = {name: [item.item for item in items() if item.checklist == name] for name in NAMES}
    assert [len(found) for found in numbers.values()] == [34, 20]
    assert {item.rstrip("abcde") for item in numbers["strobe"]} == {str(number) for number in range(1, 23)}
    assert numbers["remark"] == [str(number) for number in range(1, 21)]


@pytest.mark.parametrize("checklist", NAMES)
def test_an_empty_run_meets_nothing(checklist: str) -> None:
    assert {entry.status for entry in judge(checklist, nothing)} <= {"for the author", "not met"}


def test_what_no_code_can_see_is_never_met() -> None:
    assert status("strobe", "21", everything) == "for the author"
    assert status("strobe", "22", everything) == "for the author"


@pytest.mark.parametrize("item", ["11", "12d", "19"])
def test_an_item_whose_text_no_page_has_is_not_met(item: str) -> None:
    """Why groups were chosen, loss to follow-up, and the size of bias: the pages exist, the words do not."""
    assert status("strobe", item, everything) == "not met"


def test_an_item_is_met_by_its_exhibit_alone() -> None:
    assert status("strobe", "13c", lambda condition: condition == "exhibit figure-flow") == "met"
    assert status("remark", "12", lambda condition: condition == "exhibit figure-flow") == "for the author"


def test_an_answer_completes_an_item_and_does_not_turn_it_into_met() -> None:
    answers = {("strobe", "22"): "None.", ("remark", "16"): "Planned."}
    assert status("strobe", "22", nothing, answers) == "answered by the author"
    assert status("remark", "16", nothing, answers) == "not met"


def test_every_reason_belongs_to_a_condition_and_every_exhibit_is_named_alike() -> None:
    assert all(bool(item.reason) == bool(item.not_met_if) for item in items())
    assert all(place.startswith(("page ", "table-", "figure-")) for item in items() for place in item.evidence)


def test_the_form_is_read_back(tmp_path: Path) -> None:
    form = tmp_path / "answers.yml"
    form.write_text(answers_template().replace('#  "22": ""', '  "22": "None."'), encoding="utf-8")
    assert read_answers(form) == {("strobe", "22"): "None."}


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("strob:\n  '1a': x\n", 1, "no checklist 'strob'. Did you mean 'strobe'"),
        ("strobe:\n  '1c': x\n", 2, "no item '1c'"),
        ("strobe:\n  '22': [1, 2]\n", 2, "must be a text"),
        ("strobe:\n  '22': a\n  '22': b\n", 3, "'22' stands here twice"),
        ("strobe: met\n", 1, "with a colon is expected"),
        ("- strobe\n", 1, "with a colon is expected"),
        ("strobe:\n  '22': 'x\n", 3, "no valid YAML"),
        (yaml.safe_dump({"strobe": {"22": "x" * 2001}}), 2, "at most 2000"),
        ('strobe:\n  "22": "None.\\e[2J"\n', 2, "a sign that cannot be seen (U+001B)"),
    ],
)
def test_a_faulty_answer_is_refused_with_its_line(tmp_path: Path, text: str, line: int, says: str) -> None:
    path = tmp_path / "answers.yml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DataError) as caught:
        read_answers(path)
    assert f"line {line}" in str(caught.value)
    assert says in str(caught.value)


def test_a_missing_file_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="hai checklist --template"):
        read_answers(tmp_path / "none.yml")
