"""A DataFrame of a reader's own analysis as a numbered table of the book."""

from __future__ import annotations

import numbers
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from hai_utils.results.formatting import Formatter
from hai_utils.show.content import OWN, Row, Table

if TYPE_CHECKING:
    import pandas as pd

_NO_LABEL = re.compile(r"[^a-z0-9]+")


def table(
    frame: pd.DataFrame,
    *,
    title: str,
    decimals: int = 2,
    notes: Sequence[str] = (),
    index: bool = True,
    style: str = "jgo",
) -> Table:
    """Return a DataFrame as a table of the supplement, for `show`.

    Parameters
    ----------
    frame : DataFrame
        One row a row of the table; several levels of an index or of columns are joined by a comma.
    title : str
        The caption. The table's label is made of it: ``Age by center`` gives ``table-own-age-by-center``, and pages refer
        to it by ``{numref}`` with this label.
    decimals : int
        Of numbers that are not whole; a column of whole numbers has none.
    notes : sequence of str
        Printed under the table.
    index : bool
        Whether the index is the first column.
    style : str
        The journal whose decimal mark is used.

    Returns
    -------
    Table
        A missing value is an empty cell.

    Examples
    --------
    >>> import pandas as pd
    >>> ages = pd.DataFrame({"n": [11, 13], "mean": [52.25, 60.5]}, index=["mutant", "wild type"])
    >>> made = table(ages, title="Age by group", decimals=1)
    >>> made.name, made.columns
    ('table-own-age-by-group', ('', 'n', 'mean'))
    >>> [row.cells for row in made.rows]
    [(('mutant',), ('11',), ('52.3',)), (('wild type',), ('13',), ('60.5',))]
    """
    formatter = Formatter.of(style)
    shown = frame.reset_index() if index else frame
    names = [_joined(name) for name in frame.columns]
    heads = [_joined(name or "") for name in frame.index.names] if index else []
    columns = [_cells(list(shown.iloc[:, place]), formatter, decimals) for place in range(shown.shape[1])]
    rows = tuple(Row(tuple((cell,) for cell in cells)) for cells in zip(*columns, strict=True))
    label = OWN + _NO_LABEL.sub("-", title.lower()).strip("-")
    return Table(label, (title,), (*heads, *names), rows, tuple((note,) for note in notes))


def _joined(name: Any) -> str:  # noqa: ANN401 - a name in pandas is anything that can be hashed
    return ", ".join(str(part) for part in name if str(part)) if isinstance(name, tuple) else str(name)


def _cells(values: Sequence[Any], formatter: Formatter, decimals: int) -> list[str]:
    import pandas as pd

    there = [value for value in values if not pd.isna(value)]
    whole = all(isinstance(value, numbers.Real) and float(value).is_integer() for value in there)
    return ["" if pd.isna(value) else _cell(value, formatter, 0 if whole else decimals) for value in values]


def _cell(value: Any, formatter: Formatter, decimals: int) -> str:  # noqa: ANN401 - what a DataFrame holds
    is_number = isinstance(value, numbers.Real) and not isinstance(value, bool)
    return formatter.number(float(value), decimals) if is_number else str(value)
