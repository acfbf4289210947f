"""Files of other programs: SPSS (.sav), Stata (.dta), old Excel (.xls) and OpenDocument (.ods) tables as rows of text.

SPSS and Stata are read by pyreadstat, which says how many rows there are before any is unpacked; values get their labels,
and what the file itself declares as missing is blank and counted. XLS and ODS are read by calamine in a process of its own
with bounded memory and time.
"""

from __future__ import annotations

import json
import math
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from hai_utils.cohort.problems import stop
from hai_utils.cohort.tables import MAX_CELLS, MAX_ROWS
from hai_utils.cohort.tables.workbook import value_text
from hai_utils.importing.sheets import Raw

STATISTICS = frozenset({".sav", ".zsav", ".dta"})
SPREADSHEETS = frozenset({".xls", ".ods"})
FOREIGN = STATISTICS | SPREADSHEETS
MEMORY = 2 * 2**30
SECONDS = 60


def foreign_tables(content: bytes, path: Path) -> list[Raw]:
    """Return the tables of a file of another program.

    Raises
    ------
    UnreadableError
        Where it is damaged or holds more than any cohort.
    """
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / f"export{path.suffix.lower()}"
        copy.write_bytes(content)
        return [_statistics(copy)] if copy.suffix in STATISTICS else _spreadsheets(copy)


def _statistics(path: Path) -> Raw:
    import pyreadstat

    read = pyreadstat.read_dta if path.suffix == ".dta" else pyreadstat.read_sav
    try:
        _, meta = read(str(path), metadataonly=True)
        rows, columns = meta.number_rows, meta.number_columns
        if rows is None or columns is None or rows > MAX_ROWS or rows * columns > MAX_CELLS:
            raise stop("file_large", 0, f"More than {MAX_ROWS:,} rows or {MAX_CELLS:,} cells.")
        data, meta = read(str(path), user_missing=True, output_format="dict")
    except (pyreadstat.ReadstatError, ValueError, OverflowError, MemoryError):
        raise stop("file_kind", 0, f"The file is damaged, or no {path.suffix[1:].upper()} file.") from None
    names = list(data)
    declared = 0
    table: list[list[str]] = []
    for name in names:
        labels = meta.variable_value_labels.get(name, {})
        ranges: list[Any] = list(meta.missing_ranges.get(name, []))
        tagged = set(meta.missing_user_values.get(name, []))
        cells = []
        for value in data[name]:
            is_declared = _is_declared(value, ranges, tagged)
            declared += is_declared
            cells.append("" if is_declared else _cell(value, labels))
        table.append(cells)
    lines = [(list(row), line) for line, row in enumerate(zip(*table, strict=True), start=2)]
    titles = {name: label for name, label in zip(meta.column_names, meta.column_labels, strict=True) if label}
    notes = (f"{declared} cells hold codes that the file declares as missing; they are not known.",) if declared else ()
    return Raw("", [(names, 1), *lines], titles=titles, notes=notes)


def _is_declared(value: Any, ranges: Sequence[Mapping[str, Any]], tagged: set[Any]) -> bool:  # noqa: ANN401 - as the file has it
    if isinstance(value, str):
        return value in tagged or any(one["lo"] == value for one in ranges)
    if not isinstance(value, int | float):
        return False
    return any(not isinstance(one["lo"], str) and one["lo"] <= value <= one["hi"] for one in ranges)


def _cell(value: Any, labels: Mapping[Any, str]) -> str:  # noqa: ANN401 - as the file has it
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    return labels[value] if value in labels else value_text(value).strip()


def _spreadsheets(path: Path) -> list[Raw]:
    """Read an XLS or ODS in a process of its own: a hostile file may claim billions of cells."""
    try:
        done = subprocess.run(
            [sys.executable, "-m", "hai_utils.importing.old_workbooks", str(path), str(MEMORY), str(MAX_CELLS)],
            capture_output=True, timeout=SECONDS, check=False,
        )  # fmt: skip
        sheets: list[tuple[str, list[list[str]]]] = json.loads(done.stdout) if done.returncode == 0 else []
    except (subprocess.TimeoutExpired, ValueError):
        sheets = []
    if not sheets:
        raise stop(
            "file_kind",
            0,
            f"The {path.suffix[1:].upper()} file is damaged, protected, empty, or holds more than any cohort. Save it as XLSX.",
        )
    notes = ("Formulas that were never calculated and errors read as blank in such files; an XLSX would tell of them.",)
    filled = ((name, [(row, line) for line, row in enumerate(rows, start=1) if any(row)]) for name, rows in sheets)
    return [Raw(name, rows, notes=notes) for name, rows in filled if rows]
