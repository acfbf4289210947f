"""Where the table stands in a file: the header below titles and comments, names on two lines, a legend under the rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from hai_utils.cohort.identifiers import PLAIN_NUMBER, SUMMARY_WORDS, header_faults, identifier_in, words_of
from hai_utils.cohort.problems import line_list
from hai_utils.importing.sheets import RawRows, Sheet, are_units, fault

SEARCHED = 40
COMMENT = "#"
# First words of a row below the patients; "n" may begin a study number.
FOOTER_WORDS = SUMMARY_WORDS - {"n"}


@dataclass(frozen=True, slots=True)
class Layout:
    """Where a table stands.

    Attributes
    ----------
    header : tuple of int
        Line of the header, or two lines that make it together.
    left_out : tuple of int
        Lines below it that are no patients: a legend, a sum, the header once more.
    notes : tuple of str
        What was passed over, in words.
    """

    header: tuple[int, ...]
    left_out: tuple[int, ...] = ()
    notes: tuple[str, ...] = ()


def find_table(rows: RawRows) -> Layout | None:
    """Find the header among the first rows; None where no row can be one.

    Parameters
    ----------
    rows : sequence of (cells, line)
        The rows that hold anything, without padding.
    """
    widest = max((_filled(cells) for cells, _ in rows), default=0)
    found = next((i for i, (cells, _) in enumerate(rows[:SEARCHED]) if _can_head(cells, widest)), None)
    if found is None or widest < 2:
        return None
    first, last = found, found
    if found and _is_group(rows[found - 1], rows[found]):
        first = found - 1
    elif found + 2 < len(rows) and (
        are_units(rows[found + 1][0]) or _is_group(rows[found], rows[found + 1], rows[found + 2])
    ):
        last = found + 1
    header = tuple(dict.fromkeys((rows[first][1], rows[last][1])))
    below = rows[last + 1 :]
    left_out = [line for cells, line in below if list(cells) == list(rows[last][0])] + _footer(below, widest)
    notes = [f"The names stand on two lines ({header[0]} and {header[1]})."] if len(header) > 1 else []
    notes += (
        [f"No patients, left out: {line_list(sorted(left_out))} (a legend, a sum, or the header once more)."]
        if left_out
        else []
    )
    return Layout(header, tuple(sorted(left_out)), tuple(notes))


def _filled(cells: Sequence[str]) -> int:
    return sum(map(bool, cells))


def _can_head(cells: Sequence[str], widest: int) -> bool:
    """Say whether a row may name columns: it is wide, no comment, and hardly any cell is a number or a date."""
    given = [cell for cell in cells if cell]
    if len(given) < max(2, widest / 2) or given[0].startswith(COMMENT):
        return False
    data = sum(bool(PLAIN_NUMBER.fullmatch(cell) or identifier_in(cell)) for cell in given)
    return data <= len(given) / 10 and len(set(given)) >= len(given) / 2


def _is_group(
    upper: tuple[Sequence[str], int], lower: tuple[Sequence[str], int], below: tuple[Sequence[str], int] | None = None
) -> bool:
    """Say whether a row names groups of the columns below it: several cells, far fewer than the names."""
    count, names = _filled(upper[0]), _filled(lower[0])
    if lower[1] != upper[1] + 1 or not 2 <= count <= 0.7 * names or (upper[0] and upper[0][0].startswith(COMMENT)):
        return False
    words = not header_faults([cell for cell in (*upper[0], *lower[0]) if cell])
    data = below is None or any(PLAIN_NUMBER.fullmatch(cell) or identifier_in(cell) for cell in below[0] if cell)
    return words and data and len(set(filter(None, lower[0]))) > count


def _footer(rows: RawRows, widest: int) -> list[int]:
    """Return the lines at the end that are no patients: nearly blank, or beginning with a word such as 'Mean'."""
    lines = []
    for cells, line in reversed(rows):
        given = [cell for cell in cells if cell]
        sums = set(words_of(given[0]).split("_")[:1]) & FOOTER_WORDS if given else set()
        sparse = widest >= 4 and len(given) <= max(1, widest // 10)
        if not (sums or sparse or not given):
            break
        lines.append(line)
    return lines


def one_below_the_other(sheets: Sequence[tuple[str, Sheet]]) -> Sheet:
    """Put tables of one header below each other; their lines are counted on.

    Raises
    ------
    DataError
        Where their columns differ.
    """
    first = sheets[0][1]
    rows, lines, notes, offset = list(first.rows), list(first.lines), list(first.notes), 0
    for name, sheet in sheets[1:]:
        if set(sheet.header) != set(first.header):
            raise fault(
                first.file_name, 0, f"the sheets '{sheets[0][0]}' and '{name}' have other columns; name one of them."
            )
        offset = max(lines)
        places = [sheet.header.index(column) for column in first.header]
        rows += [tuple(row[place] for place in places) for row in sheet.rows]
        lines += [line + offset for line in sheet.lines]
        notes.append(f"The lines of sheet '{name}' are counted on from line {offset + 1}.")
    return replace(first, rows=tuple(rows), lines=tuple(lines), notes=tuple(notes))
