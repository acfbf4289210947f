"""The advice of each message, followed: a file with the fault, and the file after what the message says to do."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from hai_utils.cohort.dictionary import Variable, standard_dictionary
from hai_utils.cohort.problems import FAULTS
from hai_utils.cohort.reading import full_dictionary, read_cohort
from hai_utils.cohort.tables import MAX_COLUMNS
from tests.cohort.cohort_files import archive, base, changed_part, saved

BASE = base()
OWN_HEADER = "column,label,type,unit,allowed,needed_for,description,level_labels\n"
# Told of the file before its bytes are read, of more faults than are listed, or of scans (tests/cohort/test_scan_tables.py).
ELSEWHERE = {
    "file_missing",
    "file_folder",
    "file_link",
    "sheet_unknown",
    "more",
    "more_warnings",
    "progression_conflict",
}


class Advice(NamedTuple):
    """A fault, and the same file once the advice is followed, with a dictionary where the advice is to write one."""

    code: str
    broken: bytes
    mended: bytes
    own: str = ""


def cells(code: str, broken: dict[str, str], mended: dict[str, str], line: int = 4) -> Advice:
    return Advice(code, BASE.with_cells(line, **broken).bytes(), BASE.with_cells(line, **mended).bytes())


def one(code: str, column: str, broken: str, mended: str) -> Advice:
    return cells(code, {column: broken}, {column: mended})


def files() -> Iterator[Advice]:
    good, text = BASE.bytes(), BASE.csv()
    book, other = BASE.workbook(), BASE.workbook()
    other.create_sheet("more").append(["patient_id", "kras"])
    merged, formula, hidden = BASE.workbook(), BASE.workbook(), BASE.workbook()
    merged.active.merge_cells("B2:B3")
    formula.active["C4"] = "=1+1"
    hidden.active.row_dimensions[3].hidden = True
    yield Advice("file_kind", b"%PDF-1.4", good)
    yield Advice("file_large", ("patient_id," + "x," * MAX_COLUMNS + "\n1\n").encode(), good)
    yield Advice("file_empty", b"", good)
    yield Advice("workbook", saved(book)[:2_000], saved(book))
    yield Advice("sheet", saved(other), saved(book))
    yield Advice("other_sheets", saved(_with_notes()), saved(book))
    yield Advice("merged", saved(merged), saved(book))
    yield Advice("hidden", saved(hidden), saved(book))
    computed = changed_part(saved(formula), "xl/worksheets/sheet1.xml", b"<f>1+1</f><v />", b"<f>1+1</f><v>54</v>")
    yield Advice("formula", computed, good)
    yield Advice("uncomputed", saved(formula), saved(book))
    yield Advice("delimiter", b"patients\n1\n2\n", good)
    yield Advice("quote", good + b'"P99,', good)
    yield Advice("encoding", good.replace(b"White", b"Wei\xdf", 1), good)
    yield Advice("nul", good.replace(b"White", b"Wh\x00te", 1), good)
    yield Advice("control", good.replace(b"White", b"Wh\x1bite", 1), good)
    yield Advice("cell_long", good.replace(b"White", b"W" * 600, 1), good)
    yield Advice("no_rows", good.splitlines(keepends=True)[0], good)
    yield Advice("no_header", b"a,b\nx,y\n", good)
    yield Advice("header_line", b"HAI cohort\n\n" + good, good)
    yield Advice("ragged", good.replace(b"SECRET-06,", b"SECRET-06,,", 1), good)
    yield Advice("footer", BASE.plus_row(patient_id="Total").bytes(), good)
    yield Advice("row_blank", good.replace(b"\nSECRET-06", b"\n\nSECRET-06"), good)
    yield Advice("byte_order_mark", codecs.BOM_UTF8 + good, good)
    yield Advice("encoding_read", text.encode("utf-16"), good)
    yield Advice("delimiter_read", BASE.bytes(";"), good)
    yield Advice("decimal_comma_read", BASE.with_decimal_commas().bytes(";"), good)
    yield Advice("bomb", _bomb(), good)


def _with_notes() -> object:
    book = BASE.workbook()
    book.create_sheet("notes").append(["How to fill it in"])
    return book


def _bomb() -> bytes:
    return archive(**{"xl/workbook.xml": b"", "xl/media/zeros.bin": bytes(8 * 2**20)})


def headers() -> Iterator[Advice]:
    good = BASE.bytes()
    smoking = BASE.plus_column("smoking", "no", "yes").bytes()
    described = OWN_HEADER + "smoking,Smoking,category,,yes | no,,,\n"
    yield Advice("header_blank", BASE.plus_column("", "1").bytes(), good)
    yield Advice("header_double", BASE.plus_column("kras", "mutant").bytes(), good)
    yield Advice("header_near", BASE.renamed("kras", "KRAS status").bytes(), good)
    yield Advice("header_unknown", smoking, smoking, described)
    yield Advice("header_identifier", BASE.plus_column("last_name", "Smith").bytes(), good)
    yield Advice("header_missing", BASE.without("os_event").bytes(), good)
    survival = [name for name in BASE.header if name.endswith(("_months", "_event"))]
    yield Advice(
        "no_outcome", BASE.without(*survival, *(n for n in BASE.header if n.startswith("lesion"))).bytes(), good
    )
    yield Advice("column_blank", BASE.plus_column("", "").bytes(), good)
    yield Advice("column_empty", BASE.with_column("bmi_kg_m2", "").bytes(), BASE.without("bmi_kg_m2").bytes())
    race = BASE.with_cells(4, race="Martian").bytes()
    yield Advice("level_unlisted", race, race, OWN_HEADER + "race,Race,category,,free level,,,\n")
    months = [float(BASE.cell(line, "os_months")) for line in range(2, 10)]
    days = [f"{30.4375 * month:.0f}" for month in months]
    back = [f"{float(day) / 30.4375!r}" for day in days]
    later = BASE.without("pfs_months", "pfs_event", "hepatic_pfs_months", "hepatic_pfs_event")
    yield Advice(
        "column_unit", later.with_column("os_months", *days).bytes(), later.with_column("os_months", *back).bytes()
    )
    events = [BASE.cell(line, "os_event") for line in range(2, 10)]
    recoded = BASE.with_column("os_event", *(str(int(event) + 1) for event in events))
    yield Advice("event_codes", recoded.bytes(), good)


def rows() -> Iterator[Advice]:
    good = BASE.bytes()
    yield Advice(
        "identifier", BASE.with_cells(4, patient_id="No 4!").bytes(), BASE.with_cells(4, patient_id="P04").bytes()
    )
    yield Advice("duplicate", BASE.with_cells(4, patient_id="SECRET-06").bytes(), good)
    yield Advice("duplicate_case", BASE.with_cells(4, patient_id="secret-6").bytes(), good)
    twin = [BASE.rows[0][0] + "9", *BASE.rows[0][1:]]
    yield Advice("duplicate_row", BASE.plus_row(*twin).bytes(), good)
    yield Advice("row_without_data", BASE.plus_row(patient_id="SECRET-99").bytes(), good)
    long = BASE.with_column("patient_id", *(f"70012{line:02}" for line in range(8)))
    yield Advice(
        "record_number", long.bytes(), BASE.with_column("patient_id", *(f"P{line:02}" for line in range(8))).bytes()
    )
    yield Advice("time_order", BASE.with_cells(4, os_months="1").bytes(), good)
    yield Advice("event_without_time", BASE.with_cells(4, os_months="").bytes(), good)
    yield Advice("time_without_event", BASE.with_cells(4, os_event="").bytes(), good)
    yield cells("death_not_event", _death(pfs_event="0"), _death(pfs_event="1"))
    yield cells("event_not_counted", _alive("0"), _alive("1"))
    yield Advice("deaths_unknown", BASE.without("os_months", "os_event").bytes(), BASE.bytes())
    yield cells("contradiction", {"n_liver_lesions": "1"}, {"n_liver_lesions": "2"}, 2)
    yield cells("death_grade", {"clavien_dindo": "V", "os_event": "0"}, {"clavien_dindo": "IIIa", "os_event": "0"}, 3)
    yield one("perpendicular_longer", "lesion1_baseline_perp_mm", "90", BASE.cell(4, "lesion1_baseline_long_mm"))
    yield one("no_baseline", "lesion1_baseline_long_mm", "", BASE.cell(4, "lesion1_baseline_long_mm"))
    yield one("no_diameter", "lesion1_baseline_long_mm", "", BASE.cell(4, "lesion1_baseline_long_mm"))
    yield one("not_evaluable", "lesion1_best_perp_mm", "", BASE.cell(4, "lesion1_best_perp_mm"))
    cm = {"lesion1_baseline_long_mm": "2.4", "lesion1_baseline_perp_mm": "2"}
    yield cells("centimetres", cm, {"lesion1_baseline_long_mm": "24", "lesion1_baseline_perp_mm": "20"})
    small = {"lesion1_baseline_long_mm": "4", "lesion1_baseline_perp_mm": "3"}
    yield cells("small_diameter", small, {"lesion1_baseline_long_mm": "40", "lesion1_baseline_perp_mm": "30"})
    wild = {"kras": "wild_type", "kras_codon": "codon 12"}
    yield cells("codon_wild_type", wild, {"kras": "mutant", "kras_codon": "codon 12"})
    yield one("future", "os_months", "300", BASE.cell(4, "os_months"))
    yield cells("suspected_code", {"hai_cycles": "99"}, {"hai_cycles": ""})


def _death(**more: str) -> dict[str, str]:
    return {
        "os_months": "9",
        "os_event": "1",
        "pfs_months": "9",
        "hepatic_pfs_months": "9",
        "hepatic_pfs_event": "1",
        **more,
    }


def _alive(event: str) -> dict[str, str]:
    times = {"os_months": "12", "os_event": "0", "pfs_months": "9", "hepatic_pfs_months": "9", "hepatic_pfs_event": "1"}
    return {**times, "pfs_event": event}


def single_cells() -> Iterator[Advice]:
    bmi = "bmi_kg_m2"
    numbers = (
        ("missing_code", "n/a", ""), ("mangled", "3-Feb", "27.8"), ("date", "12.03.1950", "27.8"), ("percent", "28%", "28"),
        ("decimal_comma", "27,8", "27.8"), ("not_finite", "1e999", ""), ("digits", "0x1b", "27"), ("unit", "28 kg", "28"),
        ("not_exact", ">28", "28"), ("not_a_number", "heavy", ""), ("out_of_range", "278", "27.8"), ("number_form", "+27.8", "27.8"),
        ("padded", " 27.8", "27.8"),
    )  # fmt: skip
    for code, broken, mended in numbers:
        yield one(code, bmi, broken, mended)
    yield one("not_whole", "hai_cycles", "4.5", "4")
    yield (
        one("event", "os_event", "dead", "1")
        if BASE.cell(4, "os_event") == "1"
        else one("event", "os_event", "alive", "0")
    )
    yield (
        one("level_unknown", "kras", "mut", "mutant")
        if BASE.cell(4, "kras") == "mutant"
        else one("level_unknown", "kras", "wt", "wild_type")
    )
    yield one("level_twin", "race", "white", "White")
    yield one("level_reserved", "race", "all", "White")
    yield one("level_blank_key", "race", "+", "White")
    yield one("identifier_in_cell", "race", "12.03.1950", "White")
    yield one("age_above_89", "age_years", "93", "89")
    yield one("implausible", "operative_minutes", "2520", "252")
    yield one("free_text", "race", "she came late in the day to the clinic from her home town", "White")
    yield (
        one("date_like", "kras_codon", "12-13-61", "codon 12")
        if BASE.cell(4, "kras") == "mutant"
        else cells(
            "date_like", {"kras": "mutant", "kras_codon": "12-13-61"}, {"kras": "mutant", "kras_codon": "codon 12"}
        )
    )
    yield one("missing_word", "race", "unknown", "")
    yield one("lost_letter", "race", "Wei\ufffd", "White")


ADVICE = [*files(), *headers(), *rows(), *single_cells()]


def codes(content: bytes, dictionary: dict[str, Variable]) -> set[str]:
    return {one.code for one in read_cohort(content, dictionary).problems}


@pytest.mark.parametrize("advice", ADVICE, ids=lambda advice: advice.code)
def test_a_fault_is_gone_once_its_advice_is_followed(advice: Advice, tmp_path: Path) -> None:
    standard = dict(standard_dictionary())
    assert advice.code in codes(advice.broken, standard)
    own = tmp_path / "own.csv"
    own.write_text(advice.own, encoding="utf-8")
    assert advice.code not in codes(advice.mended, full_dictionary(own) if advice.own else standard)


def test_the_advice_of_every_fault_is_tried() -> None:
    tried = {advice.code for advice in ADVICE}
    assert {code for code in FAULTS if not code.startswith("scan_")} - ELSEWHERE - tried == set()


def test_a_measurement_that_looks_like_a_code_can_be_confirmed() -> None:
    table = BASE.with_cells(4, hai_cycles="99").with_cells(5, length_of_stay_days="99")
    confirmed = table.with_cells(4, hai_cycles="99.0").with_cells(5, length_of_stay_days="99.0")
    standard = dict(standard_dictionary())
    assert "suspected_code" in codes(table.bytes(), standard)
    assert "suspected_code" not in codes(confirmed.bytes(), standard)
