"""The draft format: the numbers of a manuscript, one a row, as a CSV that anybody can write.

No patient's data are in it. `template` documents every column; `read_draft` reads a file and says all that is wrong
with it at once.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal, get_args

from hai_utils.audit.estimates import NAMES as PROPORTION_METHODS
from hai_utils.audit.intervals import READ_OFF, WALD
from hai_utils.audit.printed import Printed, parse_printed
from hai_utils.cohort.problems import UnreadableError
from hai_utils.cohort.tables import TableOptions, clean, read_source, read_table, refuse_damaged
from hai_utils.errors import HaiError, nearest
from hai_utils.package_data import packaged_text
from hai_utils.results.formatting import NOT_REACHED
from hai_utils.stats.contingency import CATEGORICAL_TESTS
from hai_utils.stats.location import CONTINUOUS_TESTS
from hai_utils.stats.one_group import QUARTILE_METHODS
from hai_utils.stats.regression import COX_METHODS
from hai_utils.untrusted import csv_text

Kind = Literal["", "integer", "number", "survival"]
KINDS: tuple[Kind, ...] = get_args(Kind)
REQUIRED = ("id", "section", "variable", "group", "statistic", "value", "decimals", "of", "same_as")
OPTIONAL = ("level", "kind", "method", "within", "sum_of")
COLUMNS = (*REQUIRED, *OPTIONAL)
RATIOS = ("hazard_ratio", "odds_ratio", "risk_ratio")
STATISTICS = (
    "n", "n_of_N", "percent", "mean", "sd", "median", "min", "max", "q1", "q3", "iqr", "p_value", *RATIOS, "difference",
    "ci_lower", "ci_upper", "other",
)  # fmt: skip
OTHER_METHODS = (
    "logrank", "gehan_wilcoxon", "tarone_ware", "peto_peto", "fleming_harrington_1_0", "logrank_permutation",
    "midpoint", "first_at_or_below", "kruskal_wallis", "anova", "gray", "other",
)  # fmt: skip
METHODS = (
    *CATEGORICAL_TESTS,
    *CONTINUOUS_TESTS,
    *QUARTILE_METHODS,
    *READ_OFF,
    WALD,
    *PROPORTION_METHODS,
    *COX_METHODS,
    *OTHER_METHODS,
)

LONGEST_CELL = 5_000
MOST_ROWS = 20_000
LARGEST_TOTAL = 10_000_000
PROBLEMS_LISTED = 30
NAMES_COMPARED = 500  # ids among which a near match is looked for
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:#-]{0,119}")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_COUNT_OF_TOTAL = re.compile(r"([0-9]{1,8})\s*/\s*([0-9]{1,8})")


class DraftError(HaiError):
    """A file is not in the draft format.

    Parameters
    ----------
    problems : sequence of str
        Every fault found, each with its line and column.
    """

    exit_code = 2

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        hidden = len(self.problems) - PROBLEMS_LISTED
        more = [f"... and {hidden} more."] if hidden > 0 else []
        super().__init__("\n".join([*self.problems[:PROBLEMS_LISTED], *more]))


@dataclass(frozen=True, slots=True)
class DraftRow:
    """One printed number.

    Attributes
    ----------
    line : int
        Line of the file.
    id, section, variable, group, level : str
        Name, place and meaning; free text but for the id.
    statistic : str
        One of `STATISTICS`.
    text : str
        The value as it stands in the file.
    number : Printed, optional
        The value where it is a number; for n of N the count.
    of : int, optional
        The number of patients that it is computed from.
    of_at_most : bool
        Whether some of those may have no value.
    of_row : str
        The id of the row that prints that number.
    same_as, within, sum_of : tuple of str
        Ids of other rows.
    kind : {'', 'integer', 'number', 'survival'}
        What a single patient's value is.
    method : str
        How it is said to have been computed.
    """

    line: int
    id: str
    section: str
    variable: str
    group: str
    statistic: str
    text: str
    number: Printed | None
    of: int | None = None
    of_at_most: bool = False
    of_row: str = ""
    same_as: tuple[str, ...] = ()
    level: str = ""
    kind: Kind = ""
    method: str = ""
    within: tuple[str, ...] = ()
    sum_of: tuple[str, ...] = ()

    @property
    def count(self) -> int | None:
        """The count, where the row prints one."""
        if self.statistic not in {"n", "n_of_N"} or self.number is None:
            return None
        return int(self.number.value)

    @property
    def place(self) -> str:
        """Where it stands and what it says, in a few words."""
        parts = [self.section, self.variable, self.level, self.group, self.statistic]
        return ", ".join(part for part in parts if part)


@dataclass(frozen=True, slots=True)
class Draft:
    """All numbers of a draft, by id in the order of the file."""

    rows: tuple[DraftRow, ...]
    name: str = "draft"
    by_id: Mapping[str, DraftRow] = field(default_factory=dict)

    @classmethod
    def of(cls, rows: Iterable[DraftRow], name: str = "draft") -> Draft:
        """Collect rows whose ids are unique."""
        ordered = tuple(rows)
        return cls(ordered, name, {row.id: row for row in ordered})


def read_draft(path: Path) -> Draft:
    """Read a draft from a file.

    Raises
    ------
    DraftError
        Where the file cannot be read, or is not in the format; every fault with its line and column.
    """
    try:
        source = read_source(path)
    except UnreadableError as error:
        raise DraftError([one.sentence(path.name or str(path)) for one in error.problems]) from None
    return parse_draft(source.content, source.name)


def parse_draft(content: bytes, name: str = "draft") -> Draft:
    """Read a draft from a file's bytes; see `read_draft`."""
    try:
        table = read_table(content, TableOptions(comment="#"), COLUMNS)
        refuse_damaged(table)
    except UnreadableError as error:
        raise DraftError([one.sentence(name) for one in error.problems]) from None
    if len(table) > MOST_ROWS:
        raise DraftError([f"{name}: more than {MOST_ROWS:,} rows."])
    header = [clean(cell) for cell in table.row(0)]
    _check_header(header, int(table.lines[0]), name)
    problems: list[str] = []
    rows: list[DraftRow] = []
    for cells, line in table.rows(1):
        row = _row(header, cells, line, f"{name}, line {line}", problems)
        if row is not None:
            rows.append(row)
    if not rows and not problems:
        problems.append(f"{name}: there is a header but no row.")
    problems += _faulty_references(rows, name)
    if problems:
        raise DraftError(problems)
    return Draft.of(_with_totals(rows), name)


def _check_header(header: Sequence[str], line: int, name: str) -> None:
    where = f"{name}, line {line}"
    problems = []
    for column, title in enumerate(header, start=1):
        if title not in COLUMNS:
            shown = title if len(title) <= 60 else title[:60] + "..."
            problems.append(
                f"{where}, column {column}: '{shown}' is no column of a draft.{nearest(title[:60], COLUMNS)}"
            )
        elif title in header[: column - 1]:
            problems.append(f"{where}, column {column}: '{title}' stands twice.")
    absent = [title for title in REQUIRED if title not in header]
    if absent:
        problems.append(
            f"{where}: the column{'s' * (len(absent) > 1)} {', '.join(absent)} {'are' if len(absent) > 1 else 'is'} absent."
        )
    if problems:
        raise DraftError(problems)


def _row(header: Sequence[str], cells: Sequence[str], line: int, where: str, problems: list[str]) -> DraftRow | None:
    """Read a row; None, and its faults added to the list, where it is not as it must be."""
    if len(cells) != len(header):
        problems.append(
            f"{where}: {len(cells)} cells, the header has {len(header)}. Put text with commas in double quotes."
        )
        return None
    known = len(problems)
    for title, cell in zip(header, cells, strict=True):
        if len(cell) > LONGEST_CELL:
            problems.append(f"{where}, column '{title}': a cell of {len(cell):,} characters; at most {LONGEST_CELL:,}.")
        elif _CONTROL.search(cell):
            problems.append(f"{where}, column '{title}': the cell has a sign that cannot be seen. Type it again.")
    if len(problems) > known:
        return None
    values = dict.fromkeys(COLUMNS, "") | {title: cell.strip() for title, cell in zip(header, cells, strict=True)}
    faults = [*_faulty_words(values), *_faulty_value(values), *_faulty_total(values)]
    problems += [f"{where}, column '{column}': {fault}" for column, fault in faults]
    return None if faults else _typed(values, line)


def _faulty_words(values: Mapping[str, str]) -> Iterable[tuple[str, str]]:
    if not _ID.fullmatch(values["id"]):
        yield "id", f"{_quoted(values['id'])} is no id: letters, digits, '_', '.', ':', '#' and '-', at most 120."
    for column, allowed in (("statistic", STATISTICS), ("kind", KINDS), ("method", ("", *METHODS))):
        if values[column] not in allowed:
            listed = ", ".join(word for word in allowed if word) if len(allowed) < 20 else "see the template"
            yield column, f"{_quoted(values[column])} is not among {listed}.{nearest(values[column], allowed)}"
    if values["decimals"] and not re.fullmatch(r"[0-9]|1[0-2]", values["decimals"]):
        yield "decimals", f"{_quoted(values['decimals'])} is no whole number from 0 to 12."


def _faulty_value(values: Mapping[str, str]) -> Iterable[tuple[str, str]]:
    text, statistic = values["value"], values["statistic"]
    if not text:
        yield "value", "empty."
    if not text or statistic == "other" or (text == NOT_REACHED and statistic in {"median", "ci_lower", "ci_upper"}):
        return
    if _COUNT_OF_TOTAL.fullmatch(text):
        if statistic not in {"n", "n_of_N"}:
            yield "value", f"{_quoted(text)} is a count of a total; its statistic is n_of_N."
        return
    if statistic == "n_of_N":
        yield "value", f"{_quoted(text)} is no count of a total such as 7/11."
        return
    number = parse_printed(text)
    if number is None:
        yield "value", f"{_quoted(text)} is no number. Write digits with a decimal point, as printed."
    elif values["decimals"].isdecimal() and number.decimals > int(values["decimals"]):
        yield "decimals", f"{values['decimals']}, but {text} has {number.decimals}."
    elif number.bound and statistic != "p_value":
        yield "value", f"{_quoted(text)}: only a P value can be printed as a bound."
    elif statistic == "n" and (number.decimals or number.value < 0):
        yield "value", f"{_quoted(text)} is no count."


def _faulty_total(values: Mapping[str, str]) -> Iterable[tuple[str, str]]:
    of = values["of"].removeprefix("<=").strip()
    if of.isdecimal() and of.isascii():
        if int(of[:20]) > LARGEST_TOTAL:
            yield "of", f"{_quoted(of)} is more than {LARGEST_TOTAL:,} patients."
    elif of and not _ID.fullmatch(of):
        yield "of", f"{_quoted(values['of'])} is neither a number of patients, nor <= one, nor the id of a row."

    both = _COUNT_OF_TOTAL.fullmatch(values["value"])
    if both and of.isdecimal() and of.isascii() and int(both[2]) != int(of[:20]):
        yield "of", f"{_quoted(of)}, but the value says of {both[2]}."


def _quoted(text: str) -> str:
    return f"'{text if len(text) <= 60 else text[:60] + '...'}'"


def _typed(values: Mapping[str, str], line: int) -> DraftRow:
    of = values["of"].removeprefix("<=").strip()
    both = _COUNT_OF_TOTAL.fullmatch(values["value"])
    text = both[1] if both else values["value"]
    total = int(both[2]) if both else int(of) if of.isdecimal() else None
    decimals = int(values["decimals"]) if values["decimals"] and not both else None
    return DraftRow(
        line=line, id=values["id"], section=values["section"], variable=values["variable"], group=values["group"],
        statistic=values["statistic"], text=values["value"], number=parse_printed(text, decimals), of=total,
        of_at_most=values["of"].startswith("<="), of_row="" if of.isdecimal() or both else of, same_as=tuple(values["same_as"].split()), level=values["level"],
        kind=next(kind for kind in KINDS if kind == values["kind"]), method=values["method"],
        within=tuple(values["within"].split()), sum_of=tuple(values["sum_of"].split()),
    )  # fmt: skip


def _faulty_references(rows: Sequence[DraftRow], name: str) -> list[str]:
    problems = []
    first: dict[str, DraftRow] = {}
    for row in rows:
        if row.id in first:
            problems.append(
                f"{name}, line {row.line}, column 'id': '{row.id}' stands already in line {first[row.id].line}."
            )
        first.setdefault(row.id, row)
    names = list(first)[:NAMES_COMPARED]
    for row in rows:
        columns = (
            ("of", (row.of_row,) if row.of_row else ()),
            ("same_as", row.same_as),
            ("within", row.within),
            ("sum_of", row.sum_of),
        )
        for column, references in columns:
            for reference in references:
                where = f"{name}, line {row.line}, column '{column}'"
                if reference not in first:
                    # Only what is listed is worth the search for a near match.
                    near = nearest(reference[:60], names) if len(problems) < PROBLEMS_LISTED else ""
                    problems.append(f"{where}: no row has the id {_quoted(reference)}.{near}")
                elif reference == row.id:
                    problems.append(f"{where}: the row names itself.")
                elif column == "of" and first[reference].count is None:
                    problems.append(f"{where}: the row '{reference}' is no count.")
    return problems


def _with_totals(rows: Sequence[DraftRow]) -> list[DraftRow]:
    counts = {row.id: row.count for row in rows}
    return [replace(row, of=counts[row.of_row]) if row.of_row else row for row in rows]


def draft_csv(rows: Iterable[DraftRow]) -> str:
    """Write rows in the draft format; `parse_draft` reads the same numbers back."""
    return csv_text(COLUMNS, (_draft_cells(row) for row in rows))


def _draft_cells(row: DraftRow) -> list[str]:
    of = row.of_row or ("" if row.of is None else str(row.of))
    cells = {
        "id": row.id, "section": row.section, "variable": row.variable, "group": row.group, "statistic": row.statistic,
        "value": row.text, "decimals": "" if row.number is None else str(row.number.decimals),
        "of": f"<={of}" if row.of_at_most else of, "same_as": " ".join(row.same_as), "level": row.level,
        "kind": row.kind, "method": row.method, "within": " ".join(row.within), "sum_of": " ".join(row.sum_of),
    }  # fmt: skip
    return [cells[column] for column in COLUMNS]


def template() -> str:
    """Return a draft to fill in: every column explained in comments, and rows that show each statistic."""
    return packaged_text("audit/draft_template.csv").format(
        statistics=" ".join(STATISTICS),
        tables=" ".join(CATEGORICAL_TESTS),
        locations=" ".join(CONTINUOUS_TESTS),
        quartiles=" ".join(QUARTILE_METHODS),
        medians=" ".join((*READ_OFF, WALD)),
        proportions=" ".join(PROPORTION_METHODS),
        cox=" ".join(COX_METHODS),
        others=" ".join(OTHER_METHODS),
    )
