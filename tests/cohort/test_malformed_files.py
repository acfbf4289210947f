"""Files that are wrong in one way each: the verdict, and every line and column that is named."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd
import pytest

from hai_utils.cohort.dictionary import standard_dictionary
from hai_utils.cohort.reading import read_cohort
from hai_utils.cohort.report import CheckReport
from tests.cohort.cohort_files import Table, archive, base

Place = tuple[int, str, str]
BASE = base()
PERSONAL = "Mueller, Hanna"


@dataclass(frozen=True)
class Case:
    """One malformed file, the errors and the warnings that it must give, no more and no fewer."""

    name: str
    content: bytes
    errors: tuple[Place, ...] = ()
    warnings: tuple[Place, ...] = ()


def cell(name: str, column: str, value: str, code: str, line: int = 4, *also: Place) -> Case:
    """A valid file with one other cell, which alone is refused."""
    return Case(name, BASE.with_cells(line, **{column: value}).bytes(), ((line, column, code), *also))


def doubt(name: str, column: str, value: str, code: str, line: int = 4, *also: Place) -> Case:
    """A valid file with one other cell, which is accepted with a warning."""
    return Case(name, BASE.with_cells(line, **{column: value}).bytes(), (), ((line, column, code), *also))


def lines_of(column: str, code: str) -> tuple[Place, ...]:
    """The same fault in every filled cell of a column."""
    return tuple((i + 2, column, code) for i, row in enumerate(BASE.rows) if row[BASE.header.index(column)])


def file_cases() -> Iterator[Case]:
    text = BASE.bytes()
    lines = text.decode().splitlines()
    yield Case("no byte", b"", ((0, "", "file_empty"),))
    yield Case("blank lines only", b"\n\n,,,\n", ((0, "", "file_empty"),))
    yield Case("a mark and nothing else", b"\xef\xbb\xbf", ((0, "", "file_empty"),))
    yield Case("header only", (lines[0] + "\n").encode(), ((1, "", "no_rows"),))
    yield Case("prose", b"Dear colleague\nplease find the data below.\n", ((1, "", "delimiter"),))
    yield Case("one column", b"patients\n1\n2\n", ((1, "", "delimiter"),))
    yield Case("a PDF", b"%PDF-1.7\n1 0 obj", ((0, "", "file_kind"),))
    yield Case("an old workbook", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(100), ((0, "", "file_kind"),))
    yield Case("a web page", b"<html><table><tr><td>patient_id</td></tr></table></html>", ((0, "", "file_kind"),))
    yield Case("JSON", b'[{"patient_id": "P01"}]', ((0, "", "file_kind"),))
    yield Case("compressed", gzip.compress(text), ((0, "", "file_kind"),))
    yield Case("a shortcut", b"[InternetShortcut]\nURL=file:///cohort.csv\n", ((0, "", "file_kind"),))
    yield Case("no text", bytes(range(1, 256)) * 20, ((0, "", "file_kind"),))
    yield Case("a ZIP archive", archive(**{"cohort.csv": text}), ((0, "", "file_kind"),))
    yield Case("an empty archive", archive(), ((0, "", "file_kind"),))
    yield Case("UTF-16 without its mark", BASE.bytes(encoding="utf-16-le"), ((1, "", "nul"),))
    yield Case("UTF-16 cut in a character", BASE.bytes(encoding="utf-16")[:-1], ((9, "", "encoding"),))
    latin = BASE.with_cells(5, race="Métis", first_line="señal").bytes(encoding="latin-1")
    yield Case("Latin-1", latin, ((5, "race", "encoding"), (5, "first_line", "encoding")))
    damaged = BASE.bytes().replace(b"SECRET-03", b"SECRET-\xe9").replace(b"SECRET-04", b"SECRET-\xe8")
    yield Case("two bytes that differ", damaged, ((4, "patient_id", "encoding"), (5, "patient_id", "encoding")))
    nul = BASE.with_cells(3, race="Wh\0ite", kras="wild_type\0").bytes()
    yield Case("NUL", nul, ((3, "race", "nul"), (3, "kras", "nul")))
    yield Case("an unclosed quote", text.replace(b"codon 13", b'"codon 13'), ((4, "", "quote"),))
    yield Case("text behind a quote", text.replace(b"codon 13", b'"codon 13" new'), ((4, "", "quote"),))
    yield Case("a huge cell", BASE.with_cells(4, race="x" * 200_000).bytes(), ((4, "", "cell_long"),))
    yield Case("a large cell", BASE.with_cells(4, race="x" * 2_000).bytes(), ((4, "race", "cell_long"),))
    yield Case("a row too short", text.replace(b"SECRET-03,north,", b"SECRET-03,"), ((4, "", "ragged"),))
    yield Case("a row too long", text.replace(b"SECRET-03,north,", b"SECRET-03,north,1,"), ((4, "", "ragged"),))
    yield Case("a decimal comma in a comma file", text.replace(b",27.8,", b",27,8,"), ((4, "", "ragged"),))
    yield Case(
        "a row split by semicolons",
        (";".join(lines[3].split(","))).encode().join(text.split(lines[3].encode())),
        ((4, "", "ragged"),),
    )
    yield Case(
        "a header of two delimiters",
        text.replace(b"sex,race", b"sex;race", 1)
        .replace(b"patient_id,", b"patient_id;", 1)
        .replace(b",kras,", b";kras;", 1),
        ((1, "", "delimiter"),),
    )
    yield Case("a title above the header", b"HAI cohort 2024\n\n" + text, ((3, "", "header_line"),))
    yield Case("a note below", text + b"Source: registry\n", ((10, "", "footer"),))
    yield Case(
        "a row of sums", BASE.plus_row(patient_id="Total", os_months="127", os_event="1").bytes(), ((10, "", "footer"),)
    )
    yield Case(
        "a sentence in the first cell below",
        BASE.plus_row(patient_id="Data as of May").bytes(),
        ((10, "", "footer"), (10, "patient_id", "identifier")),
    )
    yield Case(
        "a row without an identifier",
        BASE.plus_row(os_months="127", os_event="1").bytes(),
        ((10, "patient_id", "identifier"),),
    )


def read_as_cases() -> Iterator[Case]:
    """What can be read in one way only: with a warning, and to the same values."""
    text = BASE.bytes()
    fractions = ("age_years", "bmi_kg_m2", "os_months", "pfs_months", "hepatic_pfs_months")
    commas = tuple((2, name, "decimal_comma_read") for name in fractions)
    yield Case("a byte order mark", BASE.bytes(encoding="utf-8-sig"), (), ((1, "", "byte_order_mark"),))
    yield Case("UTF-16", BASE.bytes(encoding="utf-16"), (), ((1, "", "encoding_read"),))
    yield Case("UTF-32", BASE.bytes(encoding="utf-32"), (), ((1, "", "encoding_read"),))
    yield Case("semicolons", BASE.bytes(";"), (), ((1, "", "delimiter_read"),))
    yield Case("tabs", BASE.bytes("\t"), (), ((1, "", "delimiter_read"),))
    yield Case(
        "semicolons and decimal commas", BASE.with_decimal_commas().bytes(";"), (), ((1, "", "delimiter_read"), *commas)
    )
    yield Case("a stated delimiter", b"sep=;\r\n" + BASE.bytes(";", newline="\r\n"), (), ((1, "", "delimiter_read"),))
    yield Case("returns without line feeds", BASE.bytes(newline="\r"))
    yield Case("a blank line between", text.replace(b"SECRET-03", b"\nSECRET-03"), (), ((4, "", "row_blank"),))
    yield Case("blank rows at the end", text + b"," * 40 + b"\n\n", (), ((10, "", "row_blank"),))
    yield Case("a blank column", BASE.plus_column("", "").bytes(), (), ((1, "column 42 (AP)", "column_blank"),))
    yield Case("spaces around a header", BASE.renamed("sex", " sex\u00a0").bytes(), (), ((1, "sex", "padded"),))
    yield doubt("spaces around a level", "kras", " mutant", "padded")
    yield doubt("a non-breaking space behind a level", "kras", "mutant\u00a0", "padded")
    yield doubt("a space without width behind a number", "bmi_kg_m2", "27.8\u200b", "padded")
    yield doubt("a tab before an identifier", "patient_id", "\tSECRET-03", "padded")
    yield doubt("an event with a decimal", "os_event", "0.0", "number_form")
    yield doubt("a number with a plus", "length_of_stay_days", "+12", "number_form")
    yield doubt("a number that ends with its point", "hai_cycles", "12.", "number_form")


def header_cases() -> Iterator[Case]:
    rows = BASE.bytes().partition(b"\n")[2]
    missing = (1, "patient_id", "header_missing")
    yield Case("no header", rows, ((1, "", "no_header"),))
    yield Case("other names throughout", b"alpha,beta\n" + b"1,2\n", ((1, "", "no_header"),))
    yield Case("no identifier", BASE.without("patient_id").bytes(), (missing,))
    yield Case("a time without its event", BASE.without("os_event").bytes(), ((1, "os_event", "header_missing"),))
    yield Case("an event without its time", BASE.without("pfs_months").bytes(), ((1, "pfs_months", "header_missing"),))
    yield Case(
        "a best response without its baseline",
        BASE.without("lesion2_baseline_perp_mm").bytes(),
        ((1, "lesion2_baseline_perp_mm", "header_missing"),),
    )
    outcomes = [name for name in BASE.header if name.startswith(("os_", "pfs_", "hepatic_pfs_", "lesion"))]
    yield Case("no outcome", BASE.without(*outcomes).bytes(), ((1, "", "no_outcome"),))
    for wrong, right in (
        ("OS_months", "os_months"),
        ("os months", "os_months"),
        ("os_evnt", "os_event"),
        ("Patient-ID", "patient_id"),
        ("record_id", "patient_id"),
        ("KRAS", "kras"),
    ):
        yield Case(f"the header {wrong}", BASE.renamed(right, wrong).bytes(), ((1, wrong, "header_near"),))
    yield Case("a doubled header", BASE.plus_column("kras", "mutant").bytes(), ((1, "kras", "header_double"),))
    yield Case(
        "a header doubled but for its spaces",
        BASE.plus_column("kras ", "mutant").bytes(),
        ((1, "kras", "header_double"),),
        ((1, "kras", "padded"),),
    )
    yield Case("an unknown header", BASE.plus_column("smoking", "yes").bytes(), ((1, "smoking", "header_unknown"),))
    yield Case(
        "a column without a header", BASE.plus_column("", "yes").bytes(), ((1, "column 42 (AP)", "header_blank"),)
    )
    for name in (
        "Name",
        "Nachname",
        "MRN",
        "DOB",
        "Date of birth",
        "patient_name",
        "hospital_number",
        "e_mail",
        "comments",
        "date_of_surgery",
    ):
        yield Case(f"the header {name}", BASE.plus_column(name, PERSONAL).bytes(), ((1, name, "header_identifier"),))
    yield Case(
        "a datum as a header",
        BASE.plus_column("Mueller 12.03.1950", "x").bytes(),
        ((1, "column 42 (AP)", "header_unknown"),),
    )


def number_cases() -> Iterator[Case]:
    for name, value, code in (
        ("a word", "twelve", "not_a_number"),
        ("a unit", "27.8 kg/m2", "unit"),
        ("a unit without a space", "27.8kg", "unit"),
        ("a date", "2020-05-17", "date"),
        ("a date of birth", "17.05.1950", "date"),
        ("a percent sign", "27.8%", "percent"),
        ("infinity", "inf", "not_finite"),
        ("too large", "1e999", "not_finite"),
        ("too small", "1e-999", "not_finite"),
        ("hexadecimal", "0x1B", "digits"),
        ("an underscore", "2_7", "digits"),
        ("Arabic digits", "٢٧", "digits"),
        ("wide digits", "２７", "digits"),
        ("a Unicode minus", "−27", "digits"),
        ("a decimal comma", "27,8", "decimal_comma"),
        ("thousands", "1,027", "decimal_comma"),
        ("a limit", "<27", "not_exact"),
        ("a range", "27-28", "not_exact"),
        ("NA", "NA", "missing_code"),
        ("nan", "nan", "missing_code"),
        ("a question mark", "?", "missing_code"),
        ("a number for missing", "-999", "missing_code"),
        ("a spreadsheet's month", "3-Feb", "mangled"),
        ("a spreadsheet's error", "#VALUE!", "mangled"),
        ("a cell too narrow", "#####", "mangled"),
        ("a line break", "27\n8", "control"),
        ("a sign that cannot be seen", "27\u202e.8", "control"),
        ("a formula", "=1+1", "not_a_number"),
        ("two minus signs", "--5", "not_a_number"),
        ("the name of a patient", "SECRET-04", "not_a_number"),
        ("impossible", "278", "out_of_range"),
    ):
        yield cell(f"BMI: {name}", "bmi_kg_m2", value, code)
    yield cell("an age of 150", "age_years", "150", "out_of_range")
    yield cell("an age of 0", "age_years", "0", "out_of_range")
    yield cell("a year of birth", "age_years", "1950", "out_of_range")
    yield cell("half a cycle", "hai_cycles", "4.5", "not_whole")
    yield cell("a negative count", "n_liver_lesions", "-1", "out_of_range")
    yield cell("no lesion", "n_liver_lesions", "0", "out_of_range")
    yield cell("a year to come", "pump_year", "2919", "out_of_range")
    yield cell("a negative time", "os_months", "-13.25", "out_of_range")
    yield cell("a baseline of 0", "lesion1_baseline_long_mm", "0", "out_of_range")
    for value in ("2", "TRUE", "yes", "dead", "-1", "0.5", "1/0"):
        yield cell(f"an event coded {value}", "os_event", value, "event")
    coded = BASE.with_column("os_event", "2", "1")
    expected = ((0, "os_event", "event_codes"),)
    yield Case(
        "events coded 1 and 2",
        coded.with_column("pfs_event", "1").with_column("hepatic_pfs_event", "1").bytes(),
        expected,
    )
    mixed = BASE.with_decimal_commas().with_cells(4, bmi_kg_m2="27.8").bytes(";")
    filled = [
        place
        for name in ("age_years", "bmi_kg_m2", "os_months", "pfs_months", "hepatic_pfs_months")
        for place in lines_of(name, "decimal_comma")
        if place[:2] != (4, "bmi_kg_m2")
    ]
    yield Case("points among decimal commas", mixed, tuple(filled), ((1, "", "delimiter_read"),))
    only = (
        BASE.without("age_years", "bmi_kg_m2")
        .with_column("os_months", "40")
        .with_column("pfs_months", "20")
        .with_column("hepatic_pfs_months", "30")
        .with_column("os_event", "0")
        .with_cells(4, operative_minutes="1,252")
    )
    yield Case(
        "a comma that may mark thousands",
        only.bytes(";"),
        ((4, "operative_minutes", "decimal_comma"),),
        ((1, "", "delimiter_read"),),
    )
    yield doubt("an age above 89", "age_years", "91", "age_above_89")
    yield doubt("a long operation", "operative_minutes", "2520", "implausible")
    yield cell("months that may be days", "os_months", "403", "future")


def level_cases() -> Iterator[Case]:
    unlisted = (0, "race", "level_unlisted")
    for value in ("Mutant", "MUTANT", "mutated", "mut", "1", "TRUE", "mutant?", "wild type"):
        yield cell(f"KRAS: {value}", "kras", value, "level_unknown")
    yield cell("KRAS: unknown", "kras", "unknown", "missing_code")
    yield cell("a grade that became a date", "clavien_dindo", "3-Feb", "mangled")
    yield cell("a variant that became a date", "kras_codon", "12-Dec", "mangled")
    yield cell("a regimen that became an error", "first_line", "#NAME?", "mangled")
    yield cell("a grade in digits", "clavien_dindo", "3a", "level_unknown")
    yield cell("a level in capitals", "race", "WHITE", "level_twin")
    yield cell("a level with two spaces", "race", "African  American", "level_twin", 4, (9, "race", "level_twin"))
    yield cell("a level with a hyphen", "race", "African-American", "level_twin", 4, (9, "race", "level_twin"))
    yield cell("a reserved level", "race", "all", "level_reserved")
    yield cell("a level of no letter", "race", "+", "level_blank_key")
    yield cell("a date among levels", "race", "12 May 1950", "identifier_in_cell")
    yield cell("an address among levels", "race", "hanna@example.org", "identifier_in_cell")
    yield cell("a physician among levels", "site", "Dr. Mueller", "identifier_in_cell")
    yield cell("a line break in a level", "race", "African\nAmerican", "control")
    yield doubt(
        "a sentence among levels",
        "race",
        "the patient was not asked about it because she came late in the day",
        "free_text",
        4,
        unlisted,
    )
    yield doubt("a word for missing among levels", "race", "unknown", "missing_word", 4, unlisted)
    yield doubt("a lost letter", "race", "M\ufffdtis", "lost_letter", 4, unlisted)
    yield doubt("what may be a date", "kras_codon", "12-13-61", "date_like", 4, (0, "kras_codon", "level_unlisted"))
    yield Case("a level that no dictionary lists", BASE.with_cells(4, race="Martian").bytes(), (), (unlisted,))
    yield Case(
        "levels refused and unlisted",
        BASE.with_cells(4, race="+").with_cells(5, race="Martian").bytes(),
        ((4, "race", "level_blank_key"),),
        (unlisted,),
    )


def patient_cases() -> Iterator[Case]:
    yield cell("a doubled patient", "patient_id", "SECRET-01", "duplicate")
    yield cell("a blank identifier", "patient_id", "", "identifier")
    yield cell("a name as identifier", "patient_id", PERSONAL, "identifier")
    yield cell("a long identifier", "patient_id", "P" * 33, "identifier")
    yield doubt("an identifier in small letters", "patient_id", "secret-01", "duplicate_case")
    yield doubt("an identifier without its nought", "patient_id", "SECRET-1", "duplicate_case")
    numbers = BASE.with_column("patient_id", *(str(4_711_000 + i) for i in range(8)))
    yield Case("record numbers", numbers.bytes(), (), ((2, "patient_id", "record_number"),))
    names = BASE.with_column("patient_id", "Adams", "Baker", "Clark", "Davis", "Evans", "Frank", "Ghosh", "Hills")
    yield Case("surnames", names.bytes(), (), ((2, "patient_id", "record_number"),))
    again = Table(BASE.header, [*BASE.rows, ["SECRET-09", *BASE.rows[2][1:]]])
    yield Case("a patient under two numbers", again.bytes(), (), ((10, "", "duplicate_row"),))
    yield Case(
        "a patient without data", BASE.plus_row(patient_id="SECRET-09").bytes(), (), ((10, "", "row_without_data"),)
    )
    yield Case("an empty column", BASE.with_column("race", "").bytes(), (), ((2, "race", "column_empty"),))


def row(name: str, line: int, errors: tuple[Place, ...] = (), warnings: tuple[Place, ...] = (), **cells: str) -> Case:
    """A valid file with other cells on one line."""
    return Case(name, BASE.with_cells(line, **cells).bytes(), errors, warnings)


def logic_cases() -> Iterator[Case]:
    yield row(
        "PFS after OS", 3, ((3, "pfs_months", "time_order"), (3, "hepatic_pfs_months", "time_order")), os_months="11"
    )
    yield row(
        "PFS after hepatic PFS", 5, ((5, "pfs_months", "time_order"),), pfs_months="23.75", os_months="24", os_event="0"
    )
    yield row("hepatic PFS after OS", 3, ((3, "hepatic_pfs_months", "time_order"),), hepatic_pfs_months="26")
    yield row("an event without its time", 3, ((3, "os_months", "event_without_time"),), os_months="")
    yield row("a time without its event", 3, ((3, "pfs_event", "time_without_event"),), pfs_event="")
    yield row(
        "a death that is no event of hepatic PFS",
        5,
        ((5, "hepatic_pfs_event", "death_not_event"),),
        hepatic_pfs_event="0",
    )
    yield row("a progression in the liver that is none", 2, ((2, "pfs_event", "event_not_counted"),), pfs_event="0")
    yield row("a progression after the end of PFS", 3, (), ((3, "pfs_event", "contradiction"),), pfs_event="0")
    yield row("grade V and alive", 3, ((3, "clavien_dindo", "death_grade"),), clavien_dindo="V")
    yield row("grade V and a long life", 5, (), ((5, "clavien_dindo", "contradiction"),), clavien_dindo="V")
    for lesion in ("lesion1", "lesion2"):
        for visit, value in (("baseline", "30"), ("best", "20")):
            name = f"{lesion}_{visit}_perp_mm"
            yield row(f"{name} longer", 4, ((4, name, "perpendicular_longer"),), **{name: value})
    name = "lesion1_baseline_long_mm"
    yield row(
        "a response without its baseline",
        4,
        ((4, name, "no_baseline"), (4, name, "no_diameter")),
        ((4, name, "contradiction"),),
        lesion1_baseline_long_mm="",
    )
    yield row(
        "a second lesion without its baseline",
        6,
        ((6, "lesion2_baseline_long_mm", "no_baseline"),),
        ((6, "lesion2_best_perp_mm", "not_evaluable"),),
        lesion2_best_long_mm="10",
    )
    yield row(
        "a perpendicular without its diameter",
        4,
        ((4, "lesion2_best_long_mm", "no_diameter"),),
        ((4, "lesion2_best_long_mm", "not_evaluable"),),
        lesion2_best_long_mm="",
    )
    yield row(
        "a diameter without its perpendicular",
        4,
        (),
        ((4, "lesion1_best_perp_mm", "not_evaluable"),),
        lesion1_best_perp_mm="",
    )
    yield row(
        "a baseline in centimetres",
        4,
        ((4, name, "centimetres"),),
        lesion1_baseline_long_mm="2.9",
        lesion1_baseline_perp_mm="1.8",
    )
    yield row(
        "a perpendicular in centimetres",
        4,
        ((4, "lesion1_baseline_perp_mm", "centimetres"),),
        lesion1_baseline_perp_mm="1.8",
    )
    yield row(
        "a diameter in centimetres",
        4,
        ((4, name, "centimetres"), (4, "lesion1_baseline_perp_mm", "perpendicular_longer")),
        lesion1_baseline_long_mm="2.9",
    )
    yield row(
        "a best response in centimetres",
        4,
        (),
        ((4, "lesion1_best_long_mm", "small_diameter"),),
        lesion1_best_long_mm="1.5",
        lesion1_best_perp_mm="1",
    )
    whole = BASE.with_column(name, "2").with_column("lesion1_baseline_perp_mm", "1")
    yield Case("a column in centimetres", whole.bytes(), ((0, name, "column_unit"),))
    yield row(
        "a small lesion",
        4,
        (),
        ((4, name, "small_diameter"),),
        lesion1_baseline_long_mm="4",
        lesion1_baseline_perp_mm="3",
    )
    yield row("two lesions of one", 4, (), ((4, "n_liver_lesions", "contradiction"),), n_liver_lesions="1")
    yield row("a variant of the wild type", 3, ((3, "kras_codon", "codon_wild_type"),), kras_codon="G12D")
    yield row("a variant of nothing", 7, (), ((7, "kras_codon", "contradiction"),), kras_codon="G12D")
    yield row("KRAS and BRAF mutant", 4, (), ((4, "braf", "contradiction"),), braf="mutant")
    yield row("KRAS and NRAS mutant", 4, (), ((4, "nras", "contradiction"),), nras="mutant")
    yield row("cycles of no regimen", 4, (), ((4, "prior_regimens", "contradiction"),), prior_regimens="0")
    yield row("a second line without a first", 2, (), ((2, "second_line", "contradiction"),), first_line="")
    yield row("stopped before any cycle", 8, (), ((8, "hai_cycles", "contradiction"),), hai_cycles="0")
    blank = BASE.without(*[name for name in BASE.header if name.startswith("lesion")])
    for stem in ("os", "pfs", "hepatic_pfs"):
        blank = blank.with_column(f"{stem}_months", "").with_column(f"{stem}_event", "")
    empty = tuple(
        (2, f"{stem}_{part}", "column_empty") for stem in ("os", "pfs", "hepatic_pfs") for part in ("months", "event")
    )
    yield Case("no outcome in any row", blank.bytes(), ((0, "", "no_outcome"),), empty)


CASES = [
    *file_cases(),
    *read_as_cases(),
    *header_cases(),
    *number_cases(),
    *level_cases(),
    *patient_cases(),
    *logic_cases(),
]


def places(report: CheckReport, severity: str) -> set[Place]:
    return {(one.line, one.column, one.code) for one in report.problems if one.severity == severity}


def check(content: bytes) -> tuple[CheckReport, pd.DataFrame]:
    reading = read_cohort(content, standard_dictionary())
    return CheckReport("cohort.csv", reading.problems, reading.rows, reading.columns), reading.table


def test_there_are_at_least_eighty_malformed_files() -> None:
    assert sum(bool(case.errors) for case in CASES) >= 80
    assert len({case.content for case in CASES}) == len(CASES)


def test_the_valid_cohort_gives_no_problem() -> None:
    report, _ = check(BASE.bytes())
    assert report.problems == ()
    assert (report.rows, report.columns) == (8, 41)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_malformed_file_is_told_by_line_and_column(case: Case) -> None:
    report, _ = check(case.content)
    assert places(report, "error") == set(case.errors)
    assert places(report, "warning") == set(case.warnings)
    assert report.passed is not bool(case.errors)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_no_identifier_is_in_any_form_of_the_report(case: Case) -> None:
    report, _ = check(case.content)
    for text in (report.as_text(), report.as_csv(), report.as_html()):
        assert not re.search("secret|mueller|hanna|1950|4711|adams", text, re.IGNORECASE)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_message_says_what_was_found_and_how_to_mend_it(case: Case) -> None:
    report, _ = check(case.content)
    for one in report.problems:
        assert one.message.isprintable()
        assert one.message.count(". ") >= 1
        assert one.message.endswith((".", "?"))
        assert len(one.message) < 400


@pytest.mark.parametrize("case", list(read_as_cases()), ids=lambda case: case.name)
def test_what_can_be_read_without_a_guess_is_read_to_the_same_values(case: Case) -> None:
    _, expected = check(BASE.bytes())
    _, table = check(case.content)
    pd.testing.assert_frame_equal(table, expected, check_exact=True)


@pytest.mark.parametrize("case", [case for case in CASES if not case.errors], ids=lambda case: case.name)
def test_a_file_that_passes_has_a_row_for_each_filled_line(case: Case) -> None:
    report, table = check(case.content)
    added = {(10, "", "duplicate_row"), (10, "", "row_without_data")}
    assert len(table) == report.rows == (9 if added & set(case.warnings) else 8)
