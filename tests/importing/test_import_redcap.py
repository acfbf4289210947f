"""REDCap: raw and label exports of the same patients give the same bytes, and what a project marks is never copied."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from hai_utils.cohort.dictionary import standard_dictionary
from hai_utils.errors import DataError
from hai_utils.importing.data_dictionary import DataDictionary, checkbox_column, parse_choices, parse_dictionary
from hai_utils.importing.mapping import parse_mapping
from hai_utils.importing.redcap import RedcapImport, import_redcap
from hai_utils.importing.redcap_export import event_name, read_export
from hai_utils.importing.sheets import parse_sheet, read_sheet
from hai_utils.importing.template import template_files
from hai_utils.response.courses import courses
from hai_utils.response.rules import PAPER_RULES
from tests.conftest import ROOT, SHARED

REAL = SHARED / "data" / "redcap"
VARIABLES = dict(standard_dictionary())
RowRules = list[dict[str, str]]


def rows_of(text: str) -> RowRules:
    return list(csv.DictReader(io.StringIO(text)))


def written(header: list[str], rows: list[list[str]]) -> bytes:
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows(rows)
    return stream.getvalue().encode()


# An exporter of its own: what REDCap writes for a project with the template's dictionary, from a cohort's cells.
def choices_of(field: dict[str, str]) -> dict[str, str]:
    listed = field["Choices, Calculations, OR Slider Labels"]
    pairs = (part.split(",", 1) for part in listed.split("|") if part.strip())
    return {code.strip(): label.strip() for code, label in pairs}


def raw_export(fields: RowRules, patients: RowRules) -> bytes:
    names = [field["Variable / Field Name"] for field in fields if field["Form Name"] == "cohort"]
    return written([*names, "cohort_complete"], [[*(patient[name] for name in names), "2"] for patient in patients])


def label_export(fields: RowRules, patients: RowRules) -> bytes:
    form = [field for field in fields if field["Form Name"] == "cohort"]
    rows = []
    for patient in patients:
        cells = [
            choices_of(field).get(patient[field["Variable / Field Name"]], patient[field["Variable / Field Name"]])
            for field in form
        ]
        rows.append([*cells, "Complete"])
    return written([*(field["Field Label"] for field in form), "Complete?"], rows)


@pytest.fixture(scope="module")
def template() -> dict[str, str]:
    return {name: content.decode() for name, content in template_files().items() if name.endswith(".csv")}


@pytest.fixture(scope="module")
def project(template: dict[str, str]) -> DataDictionary:
    return parse_dictionary(parse_sheet(template["redcap_data_dictionary.csv"].encode(), "dictionary.csv"))


@pytest.fixture(params=["reconstruction", "example"])
def patients(request: pytest.FixtureRequest, template: dict[str, str]) -> RowRules:
    if request.param == "example":
        return rows_of(template["example_cohort.csv"])
    # A project of the template has every column; those that the reconstruction does not use are blank.
    kept = rows_of((ROOT / "data" / "cohort.csv").read_text(encoding="utf-8"))
    return [{name: patient.get(name, "") for name in VARIABLES} for patient in kept]


@pytest.mark.parametrize("order", ["as it is", "reversed"])
def test_round_trip_gives_identical_bytes_from_raw_and_label_exports(
    template: dict[str, str], project: DataDictionary, patients: RowRules, order: str
) -> None:
    fields = rows_of(template["redcap_data_dictionary.csv"])
    exported = patients if order == "as it is" else patients[::-1]
    raw = import_redcap(parse_sheet(raw_export(fields, exported), "raw.csv"), project, VARIABLES)
    label = import_redcap(parse_sheet(label_export(fields, exported), "label.csv"), project, VARIABLES)
    assert raw.cohort.csv_text == label.cohort.csv_text
    # The cohort that was exported, its identifiers replaced by study numbers in the order of the record ids.
    renumbered = [{**patient, "patient_id": f"P{number:03d}"} for number, patient in enumerate(patients, start=1)]
    expected = (
        written(list(patients[0]), [list(patient.values()) for patient in renumbered]).decode().replace("\r\n", "\n")
    )
    assert raw.cohort.csv_text == expected


def test_round_trip_with_decimal_commas_and_semicolons_gives_the_same_bytes(
    template: dict[str, str], project: DataDictionary, patients: RowRules
) -> None:
    fields = rows_of(template["redcap_data_dictionary.csv"])
    plain = import_redcap(parse_sheet(raw_export(fields, patients), "raw.csv"), project, VARIABLES)
    comma = [
        {name: cell.replace(".", ",") if re.fullmatch(r"[\d.]+", cell) else cell for name, cell in patient.items()}
        for patient in patients
    ]
    text = raw_export(fields, comma).decode()
    semicolons = "".join(";".join(row) + "\n" for row in csv.reader(io.StringIO(text)))
    read = import_redcap(parse_sheet(semicolons.encode(), "raw.csv"), project, VARIABLES)
    assert read.cohort.csv_text == plain.cohort.csv_text
    assert "decimal comma" in read.cohort.log_text


DICTIONARY_HEADER = (
    "Variable / Field Name,Form Name,Section Header,Field Type,Field Label,Choices,Field Note,Validation,Min,Max,Identifier?,"
    "Branching,Required,Alignment,Question,Matrix,Ranking,Annotation\n"
)


def dictionary(*fields: str) -> DataDictionary:
    """Make a dictionary from ``name;form;type;label;choices;validation;identifier``."""
    lines = []
    for field in fields:
        name, form, kind, label, choices, validation, flag = (field.split(";") + [""] * 7)[:7]
        lines.append(f'{name},{form},,{kind},"{label}","{choices}",,{validation},,,{flag},,,,,,,\n')
    return parse_dictionary(parse_sheet((DICTIONARY_HEADER + "".join(lines)).encode(), "dictionary.csv"))


def made(
    export: str,
    fields: DataDictionary,
    mapping: str = "",
    scans: str = "",
) -> RedcapImport:
    chosen = parse_mapping(mapping, "m.yml", VARIABLES) if mapping else None
    table = parse_sheet(scans.encode(), "scans.csv") if scans else None
    sheet = parse_sheet(export.encode(), "export.csv")
    return import_redcap(sheet, fields, VARIABLES, mapping=chosen, scans=table)


def refused(call: Callable[[], object]) -> str:
    with pytest.raises(DataError) as error:
        call()
    return str(error.value)


SIMPLE = dictionary(
    "record_id;base;text;Record ID;;;y",
    "surname;base;text;Surname;;;y",
    "sex;base;radio;Sex;0, Female | 1, Male",
    "kras;base;dropdown;KRAS;1, KRAS-mutated | 2, Wild type | -9, Unknown",
    "age_years;base;text;Age;;number",
    "os_months;base;text;OS;;number",
    "os_event;base;yesno;Died",
)


def test_record_ids_become_study_numbers_in_natural_order_whatever_the_order_of_rows() -> None:
    export = "record_id,sex\n10,1\n2,0\n1,1\n"
    assert made(export, SIMPLE).cohort.csv_text == "patient_id,sex\nP001,male\nP002,female\nP003,male\n"


def test_fields_marked_as_identifiers_are_never_copied() -> None:
    export = "record_id,surname,sex\n7001234,Smith,1\n"
    result = made(export, SIMPLE).cohort
    assert "Never copied, marked as an identifier in the data dictionary: record_id, surname." in result.log_text
    for cell in ("7001234", "Smith"):
        assert cell not in result.csv_text + result.log_text


def test_a_mapping_cannot_copy_a_field_marked_as_an_identifier() -> None:
    mapping = "columns:\n  patient_id: {numbered: record_id}\n  race: surname\n"
    message = refused(lambda: made("record_id,surname,sex\n1,Smith,1\n", SIMPLE, mapping))
    assert "m.yml, line 3, column 'race': 'surname' is marked as an identifier" in message
    assert "Smith" not in message


def test_a_marked_level_field_is_left_out_even_under_a_column_of_the_cohort() -> None:
    fields = dictionary(
        "record_id;base;text;Record", "sex;base;radio;Sex;0, Female | 1, Male;;y", "os_event;base;yesno;Died"
    )
    assert made("record_id,sex,os_event\n1,1,0\n", fields).cohort.csv_text == "patient_id,os_event\nP001,0\n"


def test_codes_find_their_levels_by_label_and_unknown_is_blank() -> None:
    result = made("record_id,kras,os_event\n1,1,1\n2,2,0\n3,-9,0\n", SIMPLE).cohort
    assert result.columns["kras"] == ("mutant", "wild_type", "")
    assert "1 cells with a code for 'not known'; 2 values, 1 blank" in result.log_text


def test_labels_are_read_where_headers_are_labels() -> None:
    assert made("Record ID,Sex,Died\n1,Male,No\n", SIMPLE).cohort.csv_text == "patient_id,sex,os_event\nP001,male,0\n"


def test_labels_are_read_below_field_names() -> None:
    assert (
        made("record_id,sex,os_event\n1,Male,No\n", SIMPLE).cohort.csv_text == "patient_id,sex,os_event\nP001,male,0\n"
    )


def test_cells_that_may_be_codes_or_labels_are_codes_once_the_labels_are_none() -> None:
    fields = dictionary("record_id;base;text;Record", "kras;base;radio;KRAS;mutant, wild_type | wild_type, mutant")
    export = "record_id,kras\n1,mutant\n"
    assert "labels that are no codes" in refused(lambda: made(export, fields))
    # The label, not the code, is what the person who answered saw.
    mended = dictionary("record_id;base;text;Record", "kras;base;radio;KRAS;mutant, Wild type | wild_type, Mutated")
    assert made(export, mended).cohort.columns["kras"] == ("wild_type",)


def test_a_code_that_the_field_has_not_is_refused_without_being_repeated() -> None:
    message = refused(lambda: made("record_id,sex\n1,1\n2,Xavier\n", SIMPLE))
    assert "export.csv, line 3, column 'sex': a text of 6 signs, which is none of the field's codes" in message
    assert "Xavier" not in message


def test_a_blank_record_id_is_refused() -> None:
    assert "line 2, column 'record_id': the record id is blank" in refused(lambda: made("record_id,sex\n,1\n", SIMPLE))


def test_an_export_of_another_project_is_refused() -> None:
    assert "belong to one project" in refused(lambda: made("id,sex\n1,1\n", SIMPLE))


def test_columns_that_the_dictionary_does_not_describe_are_left_out_and_said() -> None:
    log = made("record_id,sex,extra,base_complete,redcap_data_access_group\n1,1,5,2,x\n", SIMPLE).cohort.log_text
    assert "the data dictionary does not describe them: extra." in log


@pytest.mark.parametrize(
    ("ids", "order"),
    [
        (["10", "9", "1"], ["1", "9", "10"]),
        (["B1", "A10", "A2"], ["A2", "A10", "B1"]),
        (["7-2", "7-10", "12-1"], ["7-2", "7-10", "12-1"]),
    ],
)
def test_numbers_within_record_ids_count_as_numbers(ids: list[str], order: list[str]) -> None:
    export = parse_sheet(("record_id,sex\n" + "".join(f"{i},1\n" for i in ids)).encode(), "x.csv")
    assert list(read_export(export, SIMPLE).numbers) == order


def test_the_log_says_what_the_cells_hold() -> None:
    assert made("record_id,sex\n1,1\n", SIMPLE).cohort.log[0] == "The cells hold codes."
    assert made("Record ID,Sex\n1,Male\n", SIMPLE).cohort.log[0] == "The cells hold labels."


def test_fields_of_one_label_follow_the_order_of_the_dictionary() -> None:
    fields = dictionary(
        "record_id;base;text;Record", "age_years;base;text;Number;;number", "hai_cycles;base;text;Number;;integer"
    )
    assert (
        made("Record,Number,Number\n1,61,6\n", fields).cohort.csv_text == "patient_id,age_years,hai_cycles\nP001,61,6\n"
    )
    assert "1 columns have this name, and 2 fields" in refused(lambda: made("Record,Number\n1,61\n", fields))


@pytest.mark.parametrize("codes", ["{1: male, 0: female}", "{Male: male, Female: female}"])
def test_a_mapping_may_name_answers_by_code_or_by_label(codes: str) -> None:
    mapping = f"columns:\n  patient_id: {{numbered: record_id}}\n  sex: {{from: sex, codes: {codes}}}\n"
    assert made("record_id,sex\n1,1\n2,0\n", SIMPLE, mapping).cohort.columns["sex"] == ("male", "female")


def test_commas_beside_points_are_no_decimal_commas() -> None:
    assert "decimal point" in refused(lambda: made('record_id,age_years,os_months\n1,"61,5",12.5\n', SIMPLE))


BOXES = dictionary(
    "record_id;base;text;Record ID",
    "kras;base;radio;KRAS;mutant, Mutant | wild_type, Wild type",
    "sites;base;checkbox;Sites;1, Liver | -9, Elsewhere | L, Lung",
)


@pytest.mark.parametrize(
    "export",
    [
        "record_id,kras,sites___1,sites____9,sites___l\n1,mutant,1,0,1\n2,wild_type,1,1,0\n",
        "Record ID,KRAS,Sites (choice=Liver),Sites (choice=Elsewhere),Sites (choice=Lung)\n1,Mutant,Checked,Unchecked,Checked\n2,Wild type,Checked,Checked,Unchecked\n",
    ],
    ids=["raw", "label"],
)
def test_a_choice_of_a_checkbox_is_a_column(export: str) -> None:
    mapping = "columns:\n  patient_id: {numbered: record_id}\n  kras: kras\n  extrahepatic_disease: sites____9\n"
    result = made(export, BOXES, mapping).cohort
    assert result.columns["extrahepatic_disease"] == ("no", "yes")


def test_a_mapping_may_give_a_box_codes_of_its_own() -> None:
    mapping = "columns:\n  patient_id: {numbered: record_id}\n  extrahepatic_disease: {from: sites____9, codes: {1: no, 0: yes}}\n"
    export = "record_id,kras,sites____9\n1,mutant,1\n2,mutant,0\n"
    assert made(export, BOXES, mapping).cohort.columns["extrahepatic_disease"] == ("no", "yes")


def test_codes_of_a_checkbox_are_written_as_redcap_writes_them() -> None:
    assert checkbox_column("plan", "-9") == "plan____9"
    assert checkbox_column("check_two", "A") == "check_two___a"


VISITS = dictionary(
    "record_id;base;text;Record ID",
    "kras;base;radio;KRAS;mutant, Mutant | wild_type, Wild type",
    "bmi;visit;text;BMI;;number",
    "pump_date;base;text;Pump;;date_dmy;y",
    "seen;visit;text;Seen;;date_dmy",
)
VISITS_RAW = (
    "record_id,redcap_event_name,kras,pump_date,bmi,seen\n"
    "1,baseline_arm_1,mutant,01-03-2020,24.8,\n"
    "1,year_1_arm_1,,,22.0,01-03-2021\n"
)


def test_one_value_of_a_field_in_any_event_is_taken() -> None:
    mapping = "columns:\n  patient_id: {numbered: record_id}\n  kras: kras\n"
    assert made(VISITS_RAW, VISITS, mapping).cohort.csv_text == "patient_id,kras\nP001,mutant\n"


def test_several_values_of_a_field_are_asked_for_where_nothing_says_which_counts() -> None:
    message = refused(lambda: made(VISITS_RAW, VISITS))
    assert "export.csv: a question that only you can answer, about 'bmi'. Use --ask" in message


def test_several_values_of_a_field_are_not_chosen_from() -> None:
    mapping = "columns:\n  patient_id: {numbered: record_id}\n  bmi_kg_m2: bmi\n"
    message = refused(lambda: made(VISITS_RAW, VISITS, mapping))
    assert "line 2, column 'bmi': a patient has several values of this column (lines 2, 3). Name the event" in message


@pytest.mark.parametrize("event", ["baseline", "year_1"])
def test_an_event_can_be_named(event: str) -> None:
    mapping = f"columns:\n  patient_id: {{numbered: record_id}}\n  bmi_kg_m2: bmi@{event}\n"
    assert made(VISITS_RAW, VISITS, mapping).cohort.columns["bmi_kg_m2"] == (
        {"baseline": "24.8", "year_1": "22.0"}[event],
    )


def test_an_unknown_event_is_refused_with_those_there_are() -> None:
    mapping = "columns:\n  patient_id: {numbered: record_id}\n  bmi_kg_m2: bmi@year_2\n"
    assert "no event 'year_2'. Its events: baseline, year_1" in refused(lambda: made(VISITS_RAW, VISITS, mapping))


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("enrollment_arm_1", "enrollment"),
        ("Enrollment", "enrollment"),
        ("Dose 1 (Arm 1: Drug A)", "dose_1"),
        ("Dose 1 (Arm 2: Drug B)", "dose_1_arm_2"),
        ("dose_1_arm_2", "dose_1_arm_2"),
    ],
)
def test_an_event_has_one_name_in_raw_and_label_exports(text: str, name: str) -> None:
    assert event_name(text) == name


def test_a_marked_date_may_count_in_a_difference_and_is_not_copied() -> None:
    mapping = "since: pump_date\ncolumns:\n  patient_id: {numbered: record_id}\n  pump_year: {year_of: pump_date}\n  os_months: {date: seen}\n"
    result = made(VISITS_RAW, VISITS, mapping).cohort
    assert result.columns["os_months"] == (repr(365 / 30.4375),)
    assert result.columns["pump_year"] == ("2020",)
    assert "01-03" not in result.csv_text + result.log_text


SCANS = dictionary(
    "record_id;base;text;Record ID",
    "kras;base;radio;KRAS;mutant, Mutant | wild_type, Wild type",
    "pump_date;base;text;Pump;;date_dmy;y",
    "scan_date;scan;text;Scan;;date_dmy",
    "lesion;scan;text;Lesion;;integer",
    "long_cm;scan;text;Long;;number_comma_decimal",
    "perp_cm;scan;text;Perp;;number_comma_decimal",
    "kind;scan;radio;Kind;1, Target | 2, New",
)
SCAN_ROWS = (
    "record_id,redcap_repeat_instrument,redcap_repeat_instance,kras,pump_date,scan_date,lesion,long_cm,perp_cm,kind\n"
    "7,,,mutant,15-03-2020,,,,,\n"
    '7,scan,1,,,01-03-2020,1,"5,2","4,0",1\n'
    '7,scan,2,,,13-06-2020,1,"2,0","1,4",1\n'
    "9,,,wild_type,16-03-2020,,,,,\n"
)
SCAN_MAPPING = """\
since: pump_date
columns:
  patient_id: {numbered: record_id}
  kras: kras
lesions:
  date: scan_date
  lesion: lesion
  long_mm: {from: long_cm, unit: cm}
  perp_mm: {from: perp_cm, unit: cm}
  role: kind
"""


def test_repeating_scans_fill_the_lesion_columns_and_are_judged() -> None:
    result = made(SCAN_ROWS, SCANS, SCAN_MAPPING)
    columns = result.cohort.columns
    assert [
        columns[f"lesion1_{name}_mm"][0] for name in ("baseline_long", "baseline_perp", "best_long", "best_perp")
    ] == [
        "52",
        "40",
        "20",
        "14",
    ]
    assert columns["lesion1_baseline_long_mm"][1] == ""
    course = courses(result.scans, PAPER_RULES)[0]
    # 15 March to 13 June 2020 are 90 days; 1 March is 14 days before. 2.0 x 1.4 against 5.2 x 4.0 is a decrease by 86.5 %.
    assert (course.patient, course.baseline_day, course.best_day, course.best_response) == ("P001", -14, 90, "PR")
    assert course.points[0].change_percent == pytest.approx(100 * (2.8 - 20.8) / 20.8)


def test_the_templates_own_scan_form_needs_no_mapping(template: dict[str, str], project: DataDictionary) -> None:
    header = "patient_id,redcap_repeat_instrument,redcap_repeat_instance,kras,scan_day,scan_lesion,scan_long_mm,scan_perp_mm,scan_role\n"
    export = header + "1,,,mutant,,,,,\n1,lesion_scans,1,,-7,1,40,30,target\n1,lesion_scans,2,,60,1,0,0,target\n"
    result = made(export, project)
    assert courses(result.scans, PAPER_RULES)[0].best_response == "CR"
    assert result.cohort.columns["lesion1_best_long_mm"] == ("0",)


@pytest.mark.parametrize("ids", [("2", "10"), ("P001", "P002")])
def test_a_table_of_scans_may_name_patients_by_record_or_by_study_number(ids: tuple[str, str]) -> None:
    scans = f"patient_id,day,lesion,long_mm,perp_mm,role\n{ids[1]},-3,1,30,20,target\n{ids[1]},70,1,10,10,target\n"
    result = made("record_id,sex\n10,1\n2,0\n", SIMPLE, scans=scans).cohort
    assert result.columns["lesion1_baseline_long_mm"] == ("", "30")


def test_the_log_says_what_the_lesion_columns_cannot_show() -> None:
    head = "patient_id,day,lesion,long_mm,perp_mm,role\n"
    three = "".join(f"1,-3,{i},30,20,target\n1,60,{i},10,9,target\n" for i in (1, 2, 3))
    log = made("record_id,sex\n1,1\n", SIMPLE, scans=head + three + "1,60,4,5,5,new\n").cohort.log_text
    assert "1 patients have more than two target lesions" in log
    assert "1 patients have a new lesion" in log
    plain = made("record_id,sex\n1,1\n", SIMPLE, scans=head + "1,-3,1,30,20,target\n").cohort.log_text
    assert "more than two" not in plain
    assert "new lesion" not in plain


def test_scans_that_contradict_the_fields_are_refused() -> None:
    fields = dictionary(
        "record_id;base;text;Record", "lesion1_baseline_long_mm;base;text;L1;;number", "os_event;base;yesno;Died"
    )
    scans = "patient_id,day,lesion,long_mm,perp_mm,role\n1,-3,1,30,20,target\n"
    export = "record_id,lesion1_baseline_long_mm,os_event\n1,31,0\n"
    assert "another diameter" in refused(lambda: made(export, fields, scans=scans))


def test_a_scan_of_an_unknown_patient_is_refused_without_naming_them() -> None:
    scans = "patient_id,day,lesion,long_mm,perp_mm,role\n1,-3,1,30,20,target\n7001234,-3,1,30,20,target\n"
    message = refused(lambda: made("record_id,sex\n1,1\n", SIMPLE, scans=scans))
    assert "scans.csv, line 3, column 'patient_id': the export has no such record" in message
    assert "7001234" not in message


@pytest.mark.parametrize(
    ("text", "choices"),
    [
        ("1, Yes | 2, No", (("1", "Yes"), ("2", "No"))),
        ("1,G1 | -9,Unknown |-99,Not Reported", (("1", "G1"), ("-9", "Unknown"), ("-99", "Not Reported"))),
        ("2, Disorder, NOS |3, Other", (("2", "Disorder, NOS"), ("3", "Other"))),
        ("1, <b>Yes</b>", (("1", "Yes"),)),
        ("1, <50 and >40", (("1", "<50 and >40"),)),
        ("Very sad | Happy", None),
        ("", None),
    ],
)
def test_choices_are_split_at_bars_and_the_first_comma(text: str, choices: tuple[tuple[str, str], ...] | None) -> None:
    assert parse_choices(text) == choices


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        (("Record ID;base;text;x",), "line 2: a field name has small letters"),
        (("id;base;texts;x",), "line 2: 'id': the field type is none of"),
        (("id;base;text;x", "id;base;text;y"), "line 3: the field 'id' stands twice"),
    ],
)
def test_a_dictionary_is_refused_at_its_line(fields: tuple[str, ...], words: str) -> None:
    assert words in refused(lambda: dictionary(*fields))


@pytest.mark.parametrize(
    ("choices", "words"),
    [("1, Male | Female", "choices are written"), ("1, Male | 1, Female", "two choices have the same code")],
)
def test_choices_that_cannot_be_read_are_refused_where_the_field_is_used(choices: str, words: str) -> None:
    fields = dictionary("record_id;base;text;Record", f"sex;base;radio;Sex;{choices}", "os_event;base;yesno;Died")
    export = "record_id,sex,os_event\n1,1,0\n"
    assert made(export, fields).cohort.csv_text == "patient_id,os_event\nP001,0\n"
    mapping = "columns:\n  patient_id: {numbered: record_id}\n  sex: sex\n"
    assert words in refused(lambda: made(export, fields, mapping))


def test_a_file_without_eighteen_columns_is_no_dictionary() -> None:
    sheet = parse_sheet(b"a,b\n1,2\n", "x.csv")
    assert "has 18" in refused(lambda: parse_dictionary(sheet))


@pytest.mark.parametrize(
    ("validation", "cell", "expected"),
    [
        ("number_comma_decimal", "1,54", "1.54"),
        ("number_1dp_comma_decimal", "25,5", "25.5"),
        ("number", "25.5", "25.5"),
        ("integer", "25", "25"),
    ],
)
def test_a_number_is_read_in_the_fields_own_sign(validation: str, cell: str, expected: str) -> None:
    fields = dictionary("record_id;base;text;Record", f"x;base;text;X;;{validation}", "y;base;text;Y;;number")
    read = read_export(parse_sheet(f'record_id,x,y\n1,"{cell}",1.5\n'.encode(), "x.csv"), fields, used=["x"])
    assert read.records[0].cells["x"] == expected


def test_a_point_in_a_field_with_decimal_commas_is_refused() -> None:
    fields = dictionary("record_id;base;text;Record", "bmi_kg_m2;base;text;X;;number_comma_decimal")
    assert "decimal comma" in refused(lambda: made("record_id,bmi_kg_m2\n1,1.540\n", fields))


# The real formats, beside the project.
@pytest.fixture(scope="module")
def real() -> Path:
    if not REAL.is_dir():
        pytest.skip("the REDCap demonstration projects are not beside the project (redcap)")
    return REAL


def project_of(folder: Path) -> DataDictionary:
    return parse_dictionary(read_sheet(folder / "dictionary.csv"))


# Number of fields: lines of each dictionary below its header.
@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("cancer-registry", 97),
        ("checkboxes-1", 4),
        ("decimal-comma-and-dot", 8),
        ("longitudinal", 95),
        ("repeating-instruments", 11),
    ],
)
def test_real_dictionaries_are_read(real: Path, name: str, fields: int) -> None:
    assert len(project_of(real / name).fields) == fields


def test_real_registry_has_negative_codes_and_labels_with_commas(real: Path) -> None:
    fields = project_of(real / "cancer-registry").fields
    assert ("-99", "Unknown") in fields["cause_of_death"].choices
    assert ("2", "Cardiovascular Disorder, NOS") in fields["cause_of_death"].choices
    assert fields["death_date"].date_order == "dmy"
    assert (
        checkbox_column("treatment_plan", dict(fields["treatment_plan"].choices)["-9"] and "-9")
        == "treatment_plan____9"
    )


def test_real_checkboxes_are_columns(real: Path) -> None:
    folder = real / "checkboxes-1"
    read = read_export(read_sheet(folder / "data.csv"), project_of(folder))
    assert [record.cells["check_two___c"] for record in read.records] == ["1", "0", "0", "0"]
    assert read.guarded == {"desired_result": "free text or a file"}


def test_real_decimal_commas_are_read(real: Path) -> None:
    folder = real / "decimal-comma-and-dot"
    read = read_export(
        read_sheet(folder / "data.csv"), project_of(folder), used=["height_comma", "height_dot", "weight_comma"]
    )
    for record in read.records:
        assert record.cells["height_comma"] == record.cells["height_dot"]
        assert record.cells["weight_comma"] == record.cells["weight_dot"]
    assert "name" in read.guarded


def test_real_longitudinal_project_gives_one_row_a_patient_and_no_identifier(real: Path) -> None:
    folder = real / "longitudinal"
    result = import_redcap(read_sheet(folder / "data.csv"), project_of(folder), VARIABLES).cohort
    assert result.csv_text == (
        "patient_id,age_years,sex,race,bmi_kg_m2\n"
        "P001,31,male,White,31.3\nP002,4,female,Asian,27.1\nP003,9,female,White,22.2\n"
    )
    rows = rows_of((folder / "data.csv").read_text(encoding="utf-8"))
    private = {row[name] for row in rows for name in ("first_name", "last_name", "telephone_1", "email", "dob")} - {""}
    assert len(private) >= 10
    assert not any(cell in result.csv_text + result.log_text for cell in private)


def test_real_repeating_instrument_is_not_mixed_with_the_patients_row(real: Path) -> None:
    folder = real / "repeating-instruments"
    result = import_redcap(read_sheet(folder / "data.csv"), project_of(folder), VARIABLES).cohort
    assert result.csv_text == "patient_id,age_years,sex,race\nP001,8.9,female,White\nP002,9.6,male,\n"
    mapping = parse_mapping(
        "columns:\n  patient_id: {numbered: record_id}\n  bmi_kg_m2: bp_systolic\n", "m.yml", VARIABLES
    )
    message = refused(
        lambda: import_redcap(read_sheet(folder / "data.csv"), project_of(folder), VARIABLES, mapping=mapping)
    )
    assert "several values of this column (lines 3, 4, 5). A cohort has one value a patient." in message
