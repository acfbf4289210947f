"""A first guess of a mapping file, for the user to read and correct.

The names of the columns are compared with the words that centers use, the cells with the words for each level. What is
not plain is marked ``CHECK``; what has to be decided stands as ``FILL_IN``, and an import refuses it. Of the cells only codes
of a recognised category are written, never a name, a date or free text.
"""

from __future__ import annotations

import difflib
import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from hai_utils.cohort.dictionary import Variable
from hai_utils.cohort.identifiers import header_kind, identifier_in, is_free_text, words_of
from hai_utils.cohort.problems import UnreadableError
from hai_utils.cohort.tables import DEFAULT_OPTIONS, TableOptions, is_workbook, read_source
from hai_utils.errors import DataError
from hai_utils.importing.mapping import UNFILLED
from hai_utils.importing.sheets import Sheet, parse_sheet, require_header
from hai_utils.importing.values import OLDEST_AGE, DateOrder, known_units, parse_date, parse_number
from hai_utils.importing.vocabulary import (
    COLUMN_WORDS,
    DATE_ROLES,
    LEVEL_WORDS,
    MISSING_WORDS,
    NO_WORDS,
    UNIT_WORDS,
    YES_WORDS,
)

SURE = 0.95
LIKELY = 0.6
# A code is short and stands in more than one row; anything else may be a person's.
CODE_LENGTH = 24
DATE_SHARE = 0.8
# Year first is read in every order, so it is tried first.
_ORDERS: tuple[DateOrder, ...] = ("ymd", "dmy", "mdy")


@dataclass(slots=True)
class Guess:
    """One line of the mapping and the doubts about it."""

    target: str
    text: str
    doubts: list[str] = field(default_factory=list)

    def line(self) -> str:
        """Write the line, its doubts as a comment."""
        doubt = f"  # CHECK: {'; '.join(self.doubts)}" if self.doubts else ""
        return f"  {self.target}: {self.text}{doubt}"


def guess_file(path: Path, variables: Mapping[str, Variable]) -> str:
    """Read an export and guess its mapping; where the encoding or the sheet has to be guessed, the mapping says so."""
    try:
        content = read_source(path).content
    except UnreadableError as error:
        raise error.named(path.name or str(path)) from None
    options, doubts = DEFAULT_OPTIONS, []
    try:
        sheet = parse_sheet(content, path.name)
    except DataError as error:
        workbook = is_workbook(content)
        options = TableOptions(sheet="1") if workbook else TableOptions(encoding="windows-1252")
        doubts.append("one of several sheets" if workbook else "the file is not UTF-8")
        try:
            sheet = parse_sheet(content, path.name, options)
        except DataError:
            raise error from None
    return guess_mapping(sheet, variables, options=options, doubts=doubts)


def guess_mapping(
    sheet: Sheet,
    variables: Mapping[str, Variable],
    *,
    options: TableOptions = DEFAULT_OPTIONS,
    doubts: Sequence[str] = (),
) -> str:
    """Write a mapping file for an export as far as it can be guessed.

    Parameters
    ----------
    variables : mapping of str to Variable
        The columns to look for: the standard dictionary and the cohort's own.
    options : TableOptions
        How the export was read; what differs from the default is written into the mapping.
    doubts : sequence of str
        What is not sure about `options`.

    Returns
    -------
    str
        YAML text.

    Raises
    ------
    DataError
        Where the first line is no header: the mapping would print data.
    """
    require_header(sheet)
    view = _View.of(sheet)
    matched = _match(sheet.header, variables)
    dates = view.date_roles()
    guesses = [_guess(view, variables[target], *matched[target]) for target in variables if target in matched]
    known = {guess.target for guess in guesses if guess.text}
    guesses = [guess for guess in guesses if guess.text] + _from_dates(dates, set(variables) - known)
    if "patient_id" not in known:
        guesses.append(Guess("patient_id", f"{{numbered: {UNFILLED}}}", ["which column names the patients"]))
    order = list(variables)
    guesses.sort(key=lambda guess: order.index(guess.target))
    used = {matched[target][0] for target in known} | set(dates.values())
    lines = [*_preamble(view, options, doubts, dates), "columns:", *(guess.line() for guess in guesses)]
    found = {guess.target for guess in guesses}
    absent = [name for name in variables if name not in found]
    return "\n".join([*lines, *_remainder(sheet, used, absent)]) + "\n"


@dataclass(frozen=True, slots=True)
class _View:
    """An export with what its cells say as a whole: how often each stands in a column, and which columns are dates."""

    sheet: Sheet
    counts: Mapping[str, Counter[str]]
    missing: tuple[str, ...]
    comma: bool
    dates: tuple[str, ...]

    @classmethod
    def of(cls, sheet: Sheet) -> _View:
        every = {name: Counter(sheet.column(name)) for name in sheet.header}
        cells = sorted({cell for counts in every.values() for cell in counts} - {""}, reverse=True)
        # -999 and -999.0 are one code.
        codes = {parse_number(cell) or cell: cell for cell in cells if _is_missing(cell)}
        commas = sum(1 for cell in cells if "," in cell and parse_number(cell, ",") is not None)
        points = sum(1 for cell in cells if "." in cell and parse_number(cell) is not None)
        known = {"", *(cell for cell in cells if _is_missing(cell))}
        counts = {name: Counter({c: n for c, n in found.items() if c not in known}) for name, found in every.items()}
        dates = tuple(name for name, found in counts.items() if _are_dates(found))
        return cls(sheet, counts, tuple(sorted(codes.values())), commas > points, dates)

    def number(self, cell: str) -> Decimal | None:
        return parse_number(cell, "," if self.comma else ".")

    def date_roles(self) -> dict[str, str]:
        """Return the columns of dates by what they seem to be the date of."""
        roles: dict[str, str] = {}
        for header in self.dates:
            words = f"_{words_of(header)}_"
            for role, phrases in DATE_ROLES.items():
                if role not in roles and any(f"_{phrase}" in words for phrase in phrases):
                    roles[role] = header
                    break
        return roles

    def date_order(self) -> str:
        """Return the order of day and month where some cell allows one only, else the sign for 'to be decided'."""
        cells = {cell for header in self.dates for cell in self.counts[header]}
        # A cell that is a date in no order is a fault of its own, and tells nothing of the others.
        dates = {cell for cell in cells if any(parse_date(cell, order) for order in _ORDERS)}
        fits = [order for order in _ORDERS if dates and all(parse_date(cell, order) for cell in dates)]
        return fits[0] if fits and (fits[0] == "ymd" or len(fits) == 1) else UNFILLED


def _are_dates(counts: Mapping[str, int]) -> bool:
    found = sum(count for cell, count in counts.items() if identifier_in(cell) == "a date")
    return found > 0 and found >= DATE_SHARE * sum(counts.values())


def _is_missing(cell: str) -> bool:
    number = parse_number(cell)
    whole = str(int(number)) if number is not None and number == number.to_integral_value() else cell
    return cell.lower() in MISSING_WORDS or whole in MISSING_WORDS


def _score(header: str, variable: Variable) -> float:
    """Say how well a header names a column: 1 for its own name, less for near ones, 0 for none."""
    words = words_of(header)
    if words == variable.name:
        return 1.0
    known = (*COLUMN_WORDS.get(variable.name, ()), words_of(variable.label), words_of(variable.plain_label))
    bare = "_".join(word for word in words.split("_") if not any(word in units for units in UNIT_WORDS.values()))
    if words in known or bare in known:
        return SURE
    inside = [phrase for phrase in known if len(phrase) > 3 and f"_{phrase}_" in f"_{words}_"]
    if inside:
        return LIKELY + 0.3 * max(map(len, inside)) / len(words)
    ratio = difflib.SequenceMatcher(None, bare or words, variable.name).ratio()
    return LIKELY * ratio if ratio >= 0.85 else 0.0


def _match(header: Sequence[str], variables: Mapping[str, Variable]) -> dict[str, tuple[str, float]]:
    """Pair columns of the cohort with columns of the export, the best fits first, each used once."""
    scored = [
        (_score(name, variable), -position, target, name)
        for position, name in enumerate(header)
        for target, variable in variables.items()
    ]
    matched: dict[str, tuple[str, float]] = {}
    taken: set[str] = set()
    for score, _, target, name in sorted(scored, reverse=True):
        if score > 0 and target not in matched and name not in taken:
            matched[target] = (name, score)
            taken.add(name)
    return matched


def _guess(view: _View, variable: Variable, header: str, score: float) -> Guess:
    """Guess one line; an empty text where the cells do not fit the column."""
    guess = Guess(variable.name, "", [] if score >= SURE else ["the name is only similar"])
    if variable.name == "patient_id":
        _guess_identifier(view, header, guess)
    elif header in view.dates:
        return guess
    elif variable.kind in {"number", "integer"} and not variable.levels:
        _guess_number(view, variable, header, guess)
    elif variable.levels:
        _guess_levels(view, variable, header, guess)
    elif header_kind(header) is None and not any(identifier_in(c) or is_free_text(c) for c in view.counts[header]):
        guess.text = _quoted(header)
    return guess


def _guess_identifier(view: _View, header: str, guess: Guess) -> None:
    words = words_of(header)
    cells = view.sheet.column(header)
    study = any(word in words.split("_") for word in ("study", "subject", "participant"))
    if study and header_kind(header) is None and all(re.fullmatch(r"[A-Za-z]{0,4}-?\d{1,5}", cell) for cell in cells):
        guess.text = _quoted(header)
        return
    guess.text = f"{{numbered: {_quoted(header)}}}"
    guess.doubts.append("'from' in place of 'numbered' keeps a study number; never a record number")


def _guess_number(view: _View, variable: Variable, header: str, guess: Guess) -> None:
    cells = view.counts[header]
    numbers = [number for cell in cells if (number := view.number(cell)) is not None]
    others = sum(count for cell, count in cells.items() if view.number(cell) is None)
    if not numbers or others > sum(cells.values()) / 2:
        return
    parts = [f"from: {_quoted(header)}"]
    if unit := _unit(header, variable):
        parts.append(f"unit: {unit}")
    elif numbers and (doubt := _doubtful_size(variable, numbers)):
        guess.doubts.append(doubt)
    if others:
        guess.doubts.append(f"{others} cells are no plain numbers")
    if codes := _number_codes(numbers):
        parts.append(f"missing: [{', '.join(codes)}]")
        guess.doubts.append("taken for 'not known'")
    guess.text = _quoted(header) if len(parts) == 1 else "{" + ", ".join(parts) + "}"


def _number_codes(numbers: Sequence[Decimal]) -> list[str]:
    """Return 99, 999 or 9999 where no other number of the column comes near."""
    codes = {number for number in numbers if str(number) in {"99", "999", "9999"}}
    others = [number for number in numbers if number not in codes]
    return [str(code) for code in sorted(codes) if others and code > 3 * max(others)]


def _unit(header: str, variable: Variable) -> str:
    words = words_of(header).split("_")
    named = [unit for unit, forms in UNIT_WORDS.items() if any(form in words for form in forms)]
    fitting = [unit for unit in named if unit in known_units(variable.unit) and unit != variable.unit]
    return fitting[0] if fitting and variable.unit not in named else ""


def _doubtful_size(variable: Variable, numbers: Sequence[Decimal]) -> str:
    """Say what looks wrong with the size of the numbers as a whole."""
    largest = max(numbers)
    if variable.unit == "mm" and largest < 25:
        return "centimetres? then add 'unit: cm'"
    if variable.unit == "months" and largest > 365:
        return "days? then add 'unit: days'"
    if variable.unit == "months" and len(numbers) > 2 and largest < 15 and any(n % 1 for n in numbers):
        return "years? then add 'unit: years'"
    if "age" in variable.name.split("_") and largest > OLDEST_AGE:
        return f"ages above {OLDEST_AGE} will be written as {OLDEST_AGE + 1}"
    return ""


def _guess_levels(view: _View, variable: Variable, header: str, guess: Guess) -> None:
    counts = view.counts[header]
    forms = {words_of(form): level for level in variable.levels for form in (level, variable.label_of(level))}
    if all(words_of(cell) in forms for cell in counts):
        guess.text = _quoted(header)
        if "1" in variable.levels and words_of(header) != variable.name:
            guess.doubts.append("1 must be the event")
        return
    known = forms | {word: level for level, words in _level_words(variable).items() for word in words}
    pairs, hidden = [], 0
    for cell, count in sorted(counts.items()):
        level = known.get(words_of(cell))
        if level is not None:
            pairs.append(f"{_quoted(cell)}: {level}")
        elif _is_code(cell, count) and header_kind(header) is None:
            pairs.append(f"{_quoted(cell)}: {UNFILLED}")
        else:
            hidden += 1
    if not pairs or hidden > len(pairs):
        return
    if hidden:
        guess.doubts.append(f"{hidden} more codes are not shown, for each stands in one row only")
    if set(counts) <= {"0", "1", "2"} and not variable.is_binary:
        guess.doubts.append("which level does each number stand for")
    guess.text = f"{{from: {_quoted(header)}, codes: {{{', '.join(pairs)}}}}}"


def _is_code(cell: str, count: int) -> bool:
    """Say whether a cell may be shown as a code: a small number, or a short text that several rows share."""
    if re.fullmatch(r"-?\d{1,2}", cell):
        return True
    return cell.isprintable() and len(cell) <= CODE_LENGTH and count > 1 and not identifier_in(cell)


def _level_words(variable: Variable) -> Mapping[str, tuple[str, ...]]:
    if variable.is_binary:
        return {"yes": YES_WORDS, "no": NO_WORDS}
    return LEVEL_WORDS.get(variable.name, {})


def _from_dates(dates: Mapping[str, str], free: set[str]) -> list[Guess]:
    """Propose times, events, age and year from columns of dates, where no column holds them."""
    if "pump" not in dates:
        return []
    pump, last, death = dates["pump"], dates.get("last_contact"), dates.get("death")
    guesses = [Guess("pump_year", f"{{year_of: {_quoted(pump)}}}")]
    if "birth" in dates:
        guesses.append(Guess("age_years", f"{{date: {_quoted(pump)}, since: {_quoted(dates['birth'])}}}"))
    events = {"os": [death], "pfs": [dates.get("progression"), death]}
    if "hepatic_progression" in dates:
        events["hepatic_pfs"] = [dates["hepatic_progression"], death]
    for stem, columns in events.items():
        named = [_quoted(name) for name in columns if name]
        if last and named and (stem == "os" or columns[0]):
            listed = f"[{', '.join(named)}]"
            guesses.append(
                Guess(f"{stem}_months", f"{{date: {listed}, otherwise: {_quoted(last)}}}", ["the right dates"])
            )
            guesses.append(
                Guess(f"{stem}_event", f"{{any_of: {listed}, otherwise: {_quoted(last)}}}", ["the right dates"])
            )
    return [guess for guess in guesses if guess.target in free]


def _preamble(view: _View, options: TableOptions, doubts: Sequence[str], dates: Mapping[str, str]) -> list[str]:
    lines = [
        "# A first guess: read every line, correct it, and delete the comments.",
        f"# Lines marked CHECK are doubtful; {UNFILLED} must be replaced before the import.",
    ]
    stated = [
        f"  {name}: {_quoted(value)}"
        for name, value in (("encoding", options.encoding), ("sheet", options.sheet))
        if value
    ]
    stated = [f"{line}  # CHECK: {'; '.join(doubts)}" if doubts else line for line in stated]
    if view.comma:
        stated.append('  decimal: ","')
    if stated:
        lines += ["file:", *stated]
    if view.dates:
        order = view.date_order()
        lines.append(f"dates: {order}" + ("  # CHECK: write dmy, mdy or ymd" if order == UNFILLED else ""))
    if "pump" in dates:
        lines.append(f"since: {_quoted(dates['pump'])}  # CHECK: the date that months count from")
    if view.missing:
        lines.append(f"missing: [{', '.join(map(_quoted, view.missing))}]  # CHECK: cells that mean 'not known'")
    return lines


def _remainder(sheet: Sheet, used: set[str], absent: Sequence[str]) -> list[str]:
    """Name what was not used, and what was not found."""
    left = [name for name in sheet.header if name not in used]
    persons = [name for name in left if header_kind(name) is not None]
    others = [name for name in left if name not in persons]
    lines = (
        [f"ignored: [{', '.join(map(_quoted, persons))}]  # they look like identifiers or free text"] if persons else []
    )
    if others:
        lines.append(f"# Not used, and left out unless you name them: {', '.join(map(_quoted, others))}")
    if absent:
        lines.append(f"# Not found in the export: {', '.join(absent)}")
    return lines


def _quoted(text: str) -> str:
    """Write a text as YAML that reads back the same, quoted where it needs to be."""
    if (
        re.fullmatch(r"[A-Za-z0-9_-][A-Za-z0-9_ .()%/-]*(?<! )", text)
        and not text.startswith(("- ", "---"))
        and text != "-"
    ):
        return text
    return json.dumps(text, ensure_ascii=not text.isprintable())
