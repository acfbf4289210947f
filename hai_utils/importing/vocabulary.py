"""The words that centers use for the columns and levels of a cohort: what a first guess is made from.

They stand in ``vocabulary.toml``. A guess only proposes lines of a mapping file, which the user reads and corrects; nothing is imported by it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from string import ascii_lowercase

from hai_utils.cohort.dictionary import Variable
from hai_utils.cohort.identifiers import words_of
from hai_utils.importing.units import unit_of
from hai_utils.package_data import packaged_words

_WORDS = packaged_words("importing/vocabulary.toml")
_SAME_WORD = {word: meaning for meaning, words in _WORDS["same_word"].items() for word in words}
_DROPPED = frozenset(_WORDS["dropped"])
# Headers of the columns of a cohort, and of dates, as `phrase_of` writes them.
COLUMN_WORDS: Mapping[str, Sequence[str]] = _WORDS["columns"]
DATE_ROLES: Mapping[str, Sequence[str]] = _WORDS["date_roles"]
# The date that months count from, where it needs no question.
TIME_ZERO = "pump"

Levels = Mapping[str, Sequence[str]]
YES_NO_WORDS: Levels = {"yes": _WORDS["yes"], "no": _WORDS["no"]}
_GENE: Levels = _WORDS["gene"]
_HAPPENED: Levels = _WORDS["happened"]
LEVEL_WORDS: Mapping[str, Levels] = {
    **_WORDS["levels"],
    **dict.fromkeys(("kras", "nras"), _GENE),
    "braf": {**_GENE, "mutant": [*_GENE["mutant"], *_WORDS["levels"]["braf"]["mutant"]]},
    **dict.fromkeys(("os_event", "pfs_event", "hepatic_pfs_event"), _HAPPENED),
}
# What centers mean by different things: asked, with what it usually means.
DOUBTFUL: Mapping[str, Mapping[str, str]] = _WORDS["doubtful"]
ONE_MEANS_YES = frozenset(_WORDS["one_means_yes"])
MISSING_WORDS = frozenset([*_WORDS["missing"], *(f".{letter}" for letter in ascii_lowercase)])
UNSURE_MISSING = frozenset(_WORDS["unsure_missing"])
NO_DATE = frozenset(_WORDS["no_date"])
NINES: Sequence[str] = _WORDS["nines"]
REDCAP_MISSING = frozenset(_WORDS["redcap_missing"])
CLINICAL_WORDS = frozenset(_WORDS["clinical"])
_VARIANT = re.compile(r"(?:codon_1[23]|[ACDEFGHIKLMNPQRSTVWYacdefghiklmnpqrstvwy]\d{1,3}[A-Za-z])")


@lru_cache(maxsize=65_536)
def phrase_of(header: str) -> str:
    """Write a header with one word for one thing and without its unit (``No. of lesions`` is ``number_lesions``)."""
    words = (
        words_of(header)
        .replace("lesion_1", "lesion1")
        .replace("lesion_2", "lesion2")
        .replace("target_1", "target1")
        .replace("target_2", "target2")
    )
    words = words.replace("longest_diameter", "long").replace("o_s_", "os_").replace("p_f_s", "pfs")
    words = f"_{words}_".replace("_f_u_", "_fu_").strip("_")
    kept = [_SAME_WORD.get(word, word) for word in words.split("_") if word not in _DROPPED]
    bare = [word for word in kept if not unit_of(word)]
    return "_".join(bare or kept)


def date_role(name: str) -> str:
    """Say which date of a patient's course a name of a column, or a role itself, speaks of; empty for another."""
    words = f"_{words_of(name)}_"
    return next((role for role, phrases in DATE_ROLES.items() if any(f"_{phrase}" in words for phrase in phrases)), "")


@lru_cache(maxsize=4096)
def _forms(name: str, labels: tuple[tuple[str, str], ...]) -> Mapping[str, str]:
    """Return what each word stands for in a column of levels, given each level with its label."""
    words = YES_NO_WORDS if [level for level, _ in labels] == ["yes", "no"] else LEVEL_WORDS.get(name, {})
    forms = {word: level for level, known in words.items() for word in known}
    return forms | {words_of(form): level for level, label in labels for form in (label, level)}


def level_of(variable: Variable, cell: str) -> str | None:
    """Return the level that a cell stands for (``3a``, ``G12D``, ``wt``); None where the words do not say."""
    word = words_of(cell)
    level = _forms(variable.name, tuple((one, variable.label_of(one)) for one in variable.levels)).get(word)
    if level is None and variable.levels == ("mutant", "wild_type") and _VARIANT.fullmatch(word):
        return "mutant"
    return level if word else None


def is_variant(cell: str) -> bool:
    """Say whether a cell names a variant of a gene (``G12D``, ``codon 12``)."""
    return bool(_VARIANT.fullmatch(words_of(cell)))


def happened(word: str) -> str | None:
    """Return yes or no where a word says whether something happened; None where it does not."""
    found = [answer for answer, code in (("yes", "1"), ("no", "0")) if words_of(word) in _HAPPENED[code]]
    return found[0] if found else None


def is_missing(cell: str) -> bool:
    """Say whether a cell is one of the words and numbers for 'not known'."""
    return cell.lower() in MISSING_WORDS or (cell.endswith(".0") and cell[:-2] in MISSING_WORDS)
