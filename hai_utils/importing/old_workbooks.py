"""Run as a program by `hai_utils.importing.foreign`: write the cells of an XLS or ODS as JSON, within a bound of memory."""

from __future__ import annotations

import json
import resource
import sys

from hai_utils.cohort.tables import clean
from hai_utils.cohort.tables.workbook import value_text


def main(path: str, memory: int, most: int) -> None:
    """Print the sheets of a workbook, each with its name and its rows of text."""
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    import python_calamine

    workbook = python_calamine.load_workbook(path)
    sheets, cells = [], 0
    for name in workbook.sheet_names:
        rows = []
        for row in workbook.get_sheet_by_name(name).iter_rows():
            cells += len(row)
            if cells > most:
                raise SystemExit(1)
            rows.append([clean(value_text(value)) for value in row])
        sheets.append((name, rows))
    json.dump(sheets, sys.stdout)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
