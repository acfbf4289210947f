"""Reporting checklists, judged item by item: met with its evidence, not met with the reason, or for the author.

STROBE: von Elm E, Altman DG, Egger M, et al. Ann Intern Med 2007;147:573-577 (cohort studies). REMARK: McShane LM,
Altman DG, Sauerbrei W, et al. J Natl Cancer Inst 2005;97:1180-1184. The items are put in our own words.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal
from unicodedata import category

from hai_utils.errors import DataError, nearest
from hai_utils.package_data import packaged_rows
from hai_utils.safe_yaml import YamlError, read_yaml_with_lines

Status = Literal["met", "not met", "for the author", "answered by the author"]
NAMES = {"strobe": "STROBE, cohort studies", "remark": "REMARK, studies of tumor markers"}
# The condition on the run under which a checklist applies, and what is said where it does not.
APPLIES_IF = {"remark": "marker"}
WHY_NOT = {
    "remark": "REMARK is for studies of tumor markers and was not filled in: the groups of this study are not formed by one."
}
LONGEST_ANSWER = 2000
ALWAYS = "always"
# Evidence that the report of the reconstruction adds to the article, and what is said of it.
OURS = {"table-outcomes", "table-survival-comparisons", "page notebooks/05_methods_compared"}
OF_OURS = "In this report; not printed in the article."


@dataclass(frozen=True, slots=True)
class Item:
    """One item of a checklist.

    Attributes
    ----------
    checklist, item, section, asks : str
        Which checklist, its number there, the part of the report, and what is asked.
    met_if, not_met_if : str
        Conditions on the run under which it is met, or not met; empty: never decided by code.
    evidence : tuple of str
        Where it stands: labels of exhibits, or ``page NAME``.
    reason : str
        Why it is not met.
    """

    checklist: str
    item: str
    section: str
    asks: str
    met_if: str
    evidence: tuple[str, ...]
    not_met_if: str
    reason: str


@dataclass(frozen=True, slots=True)
class JudgedItem:
    """An item with its status, what is said of it, and the evidence that this run has."""

    item: Item
    status: Status
    words: str
    evidence: tuple[str, ...]


def applicable(holds: Callable[[str], bool]) -> tuple[str, ...]:
    """Return the checklists that apply to a run, by what holds of it."""
    return tuple(name for name in NAMES if name not in APPLIES_IF or holds(APPLIES_IF[name]))


@lru_cache(maxsize=1)
def items() -> tuple[Item, ...]:
    """Return the items of all checklists, in their order."""
    return tuple(
        Item(
            **{**row, "evidence": tuple(part.strip() for part in row["evidence"].split("|") if part.strip())}  # type: ignore[arg-type]
        )
        for row in packaged_rows("audit/checklists.csv")
    )


def judge(
    checklist: str,
    holds: Callable[[str], bool],
    answers: Mapping[tuple[str, str], str] | None = None,
) -> tuple[JudgedItem, ...]:
    """Judge every item of a checklist; what code cannot decide is left to the author, never ticked.

    Parameters
    ----------
    checklist : str
        A name in `NAMES`.
    holds : callable
        Says whether one condition holds of the run, ``exhibit NAME`` among them.
    answers : mapping, optional
        What the author wrote, by checklist and item; it completes, and does not turn "not met" into "met".
    """
    given = answers or {}
    return tuple(_judged(item, holds, given) for item in items() if item.checklist == checklist)


def _judged(item: Item, holds: Callable[[str], bool], answers: Mapping[tuple[str, str], str]) -> JudgedItem:
    evidence = tuple(place for place in item.evidence if _is_there(place, holds))
    answer = answers.get((item.checklist, item.item), "")
    if _any_holds(item.met_if, holds):
        ours = holds("published") and not OURS.isdisjoint(evidence)
        return JudgedItem(item, "met", " ".join(part for part in (OF_OURS if ours else "", answer) if part), evidence)
    if _any_holds(item.not_met_if, holds):
        return JudgedItem(item, "not met", " ".join(part for part in (item.reason, answer) if part), evidence)
    if answer:
        return JudgedItem(item, "answered by the author", answer, ())
    return JudgedItem(item, "for the author", "", evidence)


def _is_there(place: str, holds: Callable[[str], bool]) -> bool:
    """Say whether a run has a place: a page, unless it is a chapter that was left out, or an exhibit."""
    page = place.removeprefix("page ")
    if page == place:
        return holds(f"exhibit {place}")
    return not page.startswith("notebooks/") or holds(f"chapter {page.removeprefix('notebooks/')}")


def _any_holds(condition: str, holds: Callable[[str], bool]) -> bool:
    """Say whether one of the alternatives joined by ``or`` holds, each of parts joined by ``and``."""
    return bool(condition) and any(
        all(part.strip() == ALWAYS or holds(part.strip()) for part in alternative.split(" and "))
        for alternative in condition.split(" or ")
    )


def answers_template() -> str:
    """Return a file of answers with every item that an author may have to answer, commented out."""
    lines = [
        "# Answers to the items of the checklists that code cannot decide. Take the # away and write between the quotes.",
        "# Then, with this file saved as answers.yml: checklist_answers: answers.yml in study.yml",
    ]
    for name, title in NAMES.items():
        lines += ["", f"# {title}", f"{name}:"]
        lines += [f'#  "{item.item}": ""  # {item.asks}' for item in items() if item.checklist == name]
    return "\n".join(lines) + "\n"


def read_answers(path: Path) -> dict[tuple[str, str], str]:
    """Read a file of answers.

    Raises
    ------
    DataError
        Naming line, item and what is allowed, for every fault at once.
    """
    try:
        content, lines = read_yaml_with_lines(path)
    except YamlError as error:
        advice = "A relative path counts from the folder of the study file. Make one with: hai checklist --template."
        raise DataError([f"{error} {advice}"]) from None
    found: dict[tuple[str, str], str] = {}
    problems: list[str] = []
    for place, text in _answers(content):
        if fault := _answer_fault(place, text):
            problems.append(f"{path.name}, line {lines[place]}: {fault}")
        elif isinstance(text, str) and text.strip():
            found[place[0], place[1]] = text.strip()
    if problems:
        raise DataError(problems)
    return found


def _answers(content: Any) -> Iterator[tuple[tuple[str, ...], Any]]:  # noqa: ANN401 - whatever the file holds
    """Yield what stands at each place where an answer is expected, and what stands where it is not."""
    if not isinstance(content, dict):
        yield (), content
        return
    for checklist, entries in content.items():
        if checklist in NAMES and isinstance(entries, dict):
            yield from (((checklist, item), answer) for item, answer in entries.items())
        elif checklist not in NAMES or entries not in ("", "~", "null"):
            yield (checklist,), entries


def _answer_fault(place: tuple[str, ...], text: Any) -> str:  # noqa: ANN401 - whatever the file holds
    """Say what is wrong with an answer; an empty text where nothing is."""
    if not place:
        return "" if text in (None, "") else "a checklist such as strobe with a colon is expected here."
    if place[0] not in NAMES:
        return f"no checklist '{place[0]}'.{nearest(place[0], list(NAMES))} Known: {', '.join(NAMES)}."
    if len(place) == 1:
        return 'an item such as "22" with a colon is expected here.'
    known = [item.item for item in items() if item.checklist == place[0]]
    if place[1] not in known:
        return f"{place[0]} has no item '{place[1]}'.{nearest(place[1], known)}"
    if not isinstance(text, str) or len(text) > LONGEST_ANSWER:
        return f"the answer must be a text of at most {LONGEST_ANSWER} characters."
    unseen = [sign for sign in text.strip() if category(sign)[0] == "C" and sign not in "\n\t"]
    return f"the answer has a sign that cannot be seen (U+{ord(unseen[0]):04X}). Type it again." if unseen else ""
