"""A valid cohort in every column of the dictionary, and the ways to spoil it."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, replace

import openpyxl
import pandas as pd

from hai_utils.cohort.dictionary import Variable
from hai_utils.cohort.problems import errors_of, refusal
from hai_utils.cohort.reading import read_cohort

# Every value is free to change by itself within its column's rules; R05 has one lesion, R06 no group.
ROWS = """\
patient_id,site,age_years,sex,race,bmi_kg_m2,synchronous_metastases,kras,nras,braf,kras_codon,primary_site,primary_resection,pump_year,operative_minutes,length_of_stay_days,n_liver_lesions,extrahepatic_disease,prior_regimens,prior_chemo_cycles,first_line,second_line,hai_cycles,hai_discontinued,lesion1_baseline_long_mm,lesion1_baseline_perp_mm,lesion2_baseline_long_mm,lesion2_baseline_perp_mm,lesion1_best_long_mm,lesion1_best_perp_mm,lesion2_best_long_mm,lesion2_best_perp_mm,converted_to_resection,clavien_dindo,pump_complication,os_months,os_event,pfs_months,pfs_event,hepatic_pfs_months,hepatic_pfs_event
SECRET-01,north,53.5,female,White,22.0,yes,wild_type,wild_type,wild_type,,rectum,none,2019,224,3,54,no,2,7,FOLFOX,FOLFIRI,6,no,20,16,21,14,17,15,16,14,no,0,none,11.5,0,8.75,1,8.75,1
SECRET-02,north,55.0,female,White,25.6,yes,wild_type,wild_type,wild_type,,left_colon,prior,2018,275,8,3,yes,1,7,FOLFOX,,6,no,24,24,17,14,17,15,12,10,yes,II,biliary_stricture,25.1,0,11.5,1,12.75,1
SECRET-03,north,73.4,male,African American,27.8,yes,mutant,wild_type,wild_type,codon 13,right_colon,synchronous,2019,252,12,8,no,1,5,FOLFOX,,12,no,29,18,17,16,8,6,7,5,yes,I,pocket_infection,13.25,0,13.25,0,13.25,0
SECRET-04,south,61.4,male,White,21.3,yes,wild_type,wild_type,mutant,,rectum,prior,2018,228,3,7,no,1,6,FOLFOX,,4,no,39,29,23,20,12,8,6,5,yes,0,none,23.5,1,7.5,1,23.5,1
SECRET-05,south,65.3,female,White,30.0,no,mutant,wild_type,wild_type,G12D,left_colon,prior,2019,290,7,1,no,1,6,FOLFOX,,6,no,34,27,,,21,18,,,yes,0,none,13.5,1,8.5,1,12.25,1
SECRET-06,south,51.4,female,White,29.9,yes,,,,,right_colon,synchronous,2017,474,7,8,yes,2,10,FOLFOX,FOLFIRI,6,no,27,21,24,22,33,25,25,24,no,IIIb,none,9.75,1,5.5,1,5.5,1
SECRET-07,south,38.3,male,Asian,22.9,yes,mutant,wild_type,wild_type,A146T,left_colon,prior,2018,242,3,3,no,0,,,,5,yes,28,20,25,19,13,10,12,9,yes,0,biloma,18.5,0,15.75,1,18.5,0
SECRET-08,south,64.7,male,African American,29.0,yes,mutant,wild_type,wild_type,codon 12,right_colon,synchronous,2018,293,9,13,yes,2,10,FOLFOXIRI,FOLFIRI,5,no,16,10,11,9,16,11,12,10,no,I,none,12.25,1,4.75,1,4.75,1
"""


@dataclass(frozen=True)
class Table:
    """Header and rows of a file, to be changed and written."""

    header: list[str]
    rows: list[list[str]]

    def cell(self, line: int, column: str) -> str:
        """The cell on a line of the file."""
        return self.rows[line - 2][self.header.index(column)]

    def with_cells(self, line: int, **cells: str) -> Table:
        """A copy with other cells on one line."""
        rows = [list(row) for row in self.rows]
        for column, value in cells.items():
            rows[line - 2][self.header.index(column)] = value
        return replace(self, rows=rows)

    def with_column(self, column: str, *cells: str) -> Table:
        """A copy with other cells in one column, repeated until it is full."""
        place = self.header.index(column)
        rows = [[*row[:place], cells[i % len(cells)], *row[place + 1 :]] for i, row in enumerate(self.rows)]
        return replace(self, rows=rows)

    def renamed(self, column: str, name: str) -> Table:
        """A copy with another header."""
        return replace(self, header=[name if one == column else one for one in self.header])

    def without(self, *columns: str) -> Table:
        """A copy without some columns."""
        kept = [i for i, name in enumerate(self.header) if name not in columns]
        return Table([self.header[i] for i in kept], [[row[i] for i in kept] for row in self.rows])

    def plus_column(self, name: str, *cells: str) -> Table:
        """A copy with one more column."""
        return Table([*self.header, name], [[*row, cells[i % len(cells)]] for i, row in enumerate(self.rows)])

    def plus_row(self, *cells: str, **named: str) -> Table:
        """A copy with one more row: these cells as they are, or the named ones and blanks."""
        row = list(cells) or [named.get(name, "") for name in self.header]
        return replace(self, rows=[*self.rows, row])

    def csv(self, delimiter: str = ",", newline: str = "\n") -> str:
        """The table as CSV."""
        stream = io.StringIO()
        csv.writer(stream, delimiter=delimiter, lineterminator=newline).writerows([self.header, *self.rows])
        return stream.getvalue()

    def bytes(self, delimiter: str = ",", encoding: str = "utf-8", newline: str = "\n") -> bytes:
        """The table as the bytes of a CSV file."""
        return self.csv(delimiter, newline).encode(encoding)

    def with_decimal_commas(self) -> Table:
        """A copy in which every decimal point is a comma."""
        return replace(self, rows=[[cell.replace(".", ",") for cell in row] for row in self.rows])

    def workbook(self, *, title: str = "cohort") -> openpyxl.Workbook:
        """The table as a workbook, numbers as numbers."""
        book = openpyxl.Workbook()
        sheet = book.active
        sheet.title = title
        sheet.append(self.header)
        for row in self.rows:
            sheet.append([_value(cell) for cell in row])
        return book

    def xlsx(self) -> bytes:
        """The table as the bytes of an XLSX file."""
        return saved(self.workbook())


def base() -> Table:
    """The valid cohort."""
    header, *rows = csv.reader(ROWS.splitlines())
    return Table(header, rows)


def saved(book: openpyxl.Workbook) -> bytes:
    """The bytes of a workbook."""
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def changed_part(content: bytes, name: str, old: bytes, new: bytes) -> bytes:
    """A copy of an archive with one part changed."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as archive, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as copy:
        for part in archive.infolist():
            # With lxml at hand openpyxl writes an empty element as two tags.
            text = archive.read(part).replace(b"<v></v>", b"<v />")
            assert part.filename != name or old in text
            copy.writestr(part.filename, text.replace(old, new, 1) if part.filename == name else text)
    return stream.getvalue()


def archive(**parts: bytes) -> bytes:
    """The bytes of a ZIP archive."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as file:
        for name, text in parts.items():
            file.writestr(name, text)
    return stream.getvalue()


def _value(cell: str) -> str | float | int | None:
    if not cell:
        return None
    try:
        return int(cell)
    except ValueError:
        pass
    try:
        return float(cell)
    except ValueError:
        return cell


def parse_cohort(content: bytes, dictionary: Mapping[str, Variable]) -> tuple[pd.DataFrame, dict[str, Variable]]:
    """The typed columns of a file and what describes them; a file with a fault is refused."""
    reading = read_cohort(content, dictionary)
    if faults := errors_of(reading.problems):
        raise refusal(faults, "cohort.csv")
    return reading.table, reading.variables
