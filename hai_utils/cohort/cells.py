"""What is wrong with a single cell, in words: recognised forms, so that the advice fits.

No cell is repeated: only words of a closed list are printed, as what may stand there.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from hai_utils.cohort.columns import Verdict
from hai_utils.cohort.dictionary import Bounds, Variable
from hai_utils.cohort.identifiers import identifier_in, is_free_text
from hai_utils.cohort.schema import NUMBER_LENGTH, bounds_of
from hai_utils.cohort.tables import NUL_SURROGATE
from hai_utils.errors import nearest

# Read as what they say: a sign, or a digit left out where it can only be a nought.
LOOSE_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
DECIMAL_COMMA = re.compile(r"[+-]?[0-9]+,[0-9]+")
DECIMAL_POINT = re.compile(r"[+-]?[0-9]*\.[0-9]+")
# One to three digits, then groups of three: the comma may stand for thousands as well.
THOUSANDS = re.compile(r"[+-]?[1-9][0-9]{0,2}(,[0-9]{3})+")
MISSING = re.compile(
    r"n\.?/?a\.?|nan|null|none|nil|n\.?d\.?|k\.?a\.?|missing|unknown|unk|not (known|done|available|recorded|applicable)"
    r"|unbekannt|\?+|-+|–|—|\.|#n/a",
    re.IGNORECASE,
)
MISSING_NUMBERS = frozenset({-9, -99, -999, -9999, -99999, 999, 9999, 99999})
_MONTH = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|mär|mrz|mai|okt|dez|fév|avr|aoû|déc|ene|abr|ago|dic|gen|mag|giu|lug|set|ott"
MANGLED = re.compile(
    rf"\d{{1,2}}[-. ]({_MONTH})[a-zé]*\.?|({_MONTH})[a-zé]*\.?[-. ]\d{{1,2}}|#[A-Z0-9/]+[!?]?|#{{3,}}|\d(\.\d+)?E\+\d{{2}}",
    re.IGNORECASE,
)
_NUMBER_FORMS: tuple[tuple[str, re.Pattern[str], str], ...] = (
    ("percent", re.compile(r".*(%|‰|percent)", re.IGNORECASE | re.DOTALL), "has a percent sign"),
    ("not_finite", re.compile(r"[+−-]?(inf|infinity|∞)", re.IGNORECASE), "is no finite number"),
    ("digits", re.compile(r"[+-]?0[xob][0-9a-f]+", re.IGNORECASE), "is not written in decimal digits"),
    ("digits", re.compile(r"[+-]?[0-9_.]*_[0-9_.]*", re.ASCII), "has an underscore"),
    ("digits", re.compile(r"[−‐‑–—﹣－][\d.,]+"), "has a dash that is not the minus of the keyboard"),
    ("decimal_comma", re.compile(r"[+-]?[0-9][0-9.,'’ \u00a0\u202f]*[0-9]"), "has a comma, or more than one mark or space"),
    ("not_exact", re.compile(r"(<|>|≤|≥|~|≈|±|ca\.?|about|approx\.?) ?[+-]?[0-9].*|[0-9.]+ ?(\?|\+)|[0-9.,]+ ?(-|–|to|/|\+/-|±) ?[0-9.,]+", re.IGNORECASE), "is a limit, a range or an estimate"),
    ("unit", re.compile(r"[+-]?[0-9]+([.,][0-9]+)? ?[a-zµμ°²³/.]+[0-9]?( [a-z]+)?", re.IGNORECASE), "has a unit"),
)  # fmt: skip
_UNSEEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb\ufffe\uffff\ud800-\udfff]"
)


def unseen_positions(values: Collection[str]) -> list[int]:
    """Return the positions of values with a sign that is no letter, digit or visible mark."""
    if not _UNSEEN.search("".join(values)):
        return []
    return [i for i, value in enumerate(values) if _UNSEEN.search(value)]


def explain_unseen(cell: str) -> Verdict:
    """Say which sign a cell has that text must not have; the cell itself is not repeated."""
    sign = _UNSEEN.findall(cell)[0]
    if sign == NUL_SURROGATE:
        return Verdict("nul", "The cell has a NUL sign.")
    if "\ud800" <= sign <= "\udfff":
        return Verdict("encoding", "The cell has a byte that is no UTF-8.")
    if sign in "\r\n":
        return Verdict("control", "The cell has a line break.")
    return Verdict("control", f"The cell has a sign that cannot be seen (U+{ord(sign):04X}).")


def is_loose_number(cell: str, variable: Variable) -> bool:
    """Say whether a cell is a number in another than the plain form (``.5``, ``+5``; ``1.0`` for an event)."""
    if len(cell) > NUMBER_LENGTH or not LOOSE_NUMBER.fullmatch(cell):
        return False
    value = float(cell)
    if variable.levels:
        return value.is_integer() and str(int(value)) in variable.levels and not value < 0
    whole = variable.kind != "integer" or value.is_integer()
    return abs(value) < float("inf") and whole and bounds_of(variable).contain(value) and not is_lost(cell)


def is_lost(cell: str) -> bool:
    """Say whether a number other than 0 is too small to be held, and would be read as 0."""
    return float(cell) == 0 and bool(re.search("[1-9]", re.split("[eE]", cell)[0]))


def explain_number(cell: str, variable: Variable) -> Verdict:
    """Say why a cell cannot stand in a column of numbers."""
    if MISSING.fullmatch(cell):
        return Verdict("missing_code", "The cell is no number.")
    if variable.levels:
        return _explain_coded(cell, variable)
    if len(cell) <= NUMBER_LENGTH and LOOSE_NUMBER.fullmatch(cell):
        return _explain_value(cell, variable)
    if identifier_in(cell) == "a date":
        return Verdict("date", "The cell is a date.", "Write the year alone." if variable.unit == "year" else "")
    if MANGLED.fullmatch(cell):
        return Verdict("mangled", "The cell is what a spreadsheet program made of something else.")
    if any(sign.isdigit() and not "0" <= sign <= "9" for sign in cell):
        return Verdict("digits", "The cell has digits of another script.")
    for code, pattern, words in _NUMBER_FORMS:
        if pattern.fullmatch(cell):
            return Verdict(code, f"The cell {words}.")
    return Verdict("not_a_number", "The cell is not a number.")


def _explain_coded(cell: str, variable: Variable) -> Verdict:
    if variable.name.endswith("_event"):
        return Verdict("event", "The cell is neither 0 nor 1.")
    return Verdict("level_unknown", "The cell is no code of this column.", _levels_of(variable, cell))


def _explain_value(cell: str, variable: Variable) -> Verdict:
    value, bounds = float(cell), bounds_of(variable)
    if abs(value) == float("inf") or is_lost(cell):
        return Verdict("not_finite", "The cell is too large or too small a number.")
    if not bounds.contain(value):
        if value in MISSING_NUMBERS:
            return Verdict("missing_code", "The cell is outside what is possible, and looks like a missing value.")
        if value == 0 and "_baseline_" in variable.name:
            return Verdict(
                "out_of_range", "A lesion of 0 mm at baseline cannot shrink.", "Correct it, or leave it blank."
            )
        return Verdict("out_of_range", f"The cell is not {bounds_words(bounds)}{_unit(variable)}.")
    return Verdict("not_whole", "The cell is not a whole number.")


def _unit(variable: Variable) -> str:
    return f" {variable.unit}" if variable.unit and variable.unit != "year" else ""


def bounds_words(bounds: Bounds) -> str:
    """Write limits as ``more than 0 and less than 120``."""
    words = []
    if bounds.low is not None:
        words.append(f"{'more than' if bounds.low_open else 'at least'} {bounds.low:g}")
    if bounds.high is not None:
        words.append(f"{'less than' if bounds.high_open else 'at most'} {bounds.high:g}")
    return " and ".join(words)


def explain_level(cell: str, variable: Variable) -> Verdict:
    """Say why a cell is no level of a closed list."""
    if MISSING.fullmatch(cell):
        return Verdict("missing_code", "The cell is no level of this column.")
    if identifier_in(cell):
        return Verdict("identifier_in_cell", f"The cell looks like {identifier_in(cell)}.")
    if MANGLED.fullmatch(cell):
        return Verdict("mangled", "The cell is what a spreadsheet program made of something else.")
    return Verdict("level_unknown", "The cell is no level of this column.", _levels_of(variable, cell))


def _levels_of(variable: Variable, cell: str) -> str:
    start = cell[:60].casefold()
    printed = [level for level in variable.levels if variable.label_of(level).casefold() == start]
    words = re.sub(r"[\s-]+", "_", start)
    near = f" Did you mean '{printed[0]}'?" if printed else nearest(words, variable.levels, 1)
    return f"Write one of: {', '.join(variable.levels)}.{near}"


def text_fault(cell: str) -> str:
    """Return the code of what is doubtful in a cell of an open list of levels; an empty string where nothing is."""
    if MANGLED.fullmatch(cell):
        return "mangled"
    if found := identifier_in(cell):
        # ``12-13-61`` may be three codons: only a year of four digits or a month's name makes it a date.
        doubtful = found == "a date" and not re.search(r"\d{4}|[A-Za-z]{3}", cell)
        return "date_like" if doubtful else "identifier_in_cell"
    if MISSING.fullmatch(cell):
        return "missing_word"
    if is_free_text(cell):
        return "free_text"
    return "lost_letter" if "\ufffd" in cell else ""


def explain_text(cell: str) -> Verdict:
    """Say what is doubtful in a cell of an open list of levels."""
    code = text_fault(cell)
    found = {
        "mangled": "The cell is what a spreadsheet program made of something else.",
        "identifier_in_cell": f"The cell looks like {identifier_in(cell)}.",
        "date_like": "The cell looks like a date.",
        "missing_word": "The cell stands for no value.",
        "free_text": "The cell holds a sentence.",
        "lost_letter": "The cell has the sign that replaces a lost letter.",
    }
    return Verdict(code, found[code])
