"""The steps of the local page by their addresses: what is asked, what is written down, what is refused and how."""

from __future__ import annotations

import csv
import errno
import io
import os
import time
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from hai_utils.project import find_root
from hai_utils.study.reading import read_study_file
from tests.test_names_stay import NAME, OPEN, planted

CASES = Path(__file__).resolve().parents[3] / "shared" / "cases"
needs_cases = pytest.mark.skipif(not CASES.is_dir(), reason=f"{CASES} is not there")
COHORT = Path(__file__).resolve().parents[2] / "data" / "cohort.csv"
EXPORT = """Study no,Name,KRAS,Sex,OS (months),Dead,CEA
1,Ann Smith,mut,F,12,1,3.1
2,Bob Jones,WT,M,20,0,4.0
3,Cy Brown,WT,M,31,1,5.5
4,Di Green,mut,F,8,1,x9
"""


@pytest.fixture
def bring(client):
    """Return a function that brings files and gives the name of their study."""

    def brought(*files):
        study = ""
        for name, content in files:
            answer = client.post("/files", params={"name": name, "study": study}, content=content)
            assert answer.status_code == 200, answer.text
            study = answer.json()["study"]
        return study

    return brought


@pytest.fixture
def open_step(client):
    """Return a function that opens a step, waiting while it is worked on, and gives the answer with its main part."""

    def opened(study, step, **fields):
        address = f"/study/{study}/{step}"
        answer = client.post(address, data=fields) if fields else client.get(address)
        for _ in range(100):
            if answer.status_code == 303:
                address = answer.headers["location"]
            elif answer.status_code != 202:
                break
            else:
                time.sleep(0.1)
            answer = client.get(address)
        return answer, BeautifulSoup(answer.text, "html.parser").main

    return opened


def test_a_file_of_a_center_is_shown_with_its_columns_and_without_its_names(bring, open_step):
    answer, main = open_step(bring(("export.csv", EXPORT.encode())), "understand")
    assert answer.status_code == 200
    assert main.find("select", attrs={"name": "meaning:CEA"})
    assert "Smith" not in answer.text
    assert "a text of 9 signs" in main.get_text()


def test_a_meaning_that_is_given_is_used_and_one_that_is_taken_away_is_not(bring, open_step, store):
    study = bring(("export.csv", EXPORT.replace("KRAS", "Gene").encode()))
    open_step(study, "understand", **{"meaning:Gene": "kras", "meaning:Sex": "left_out"})
    assert store.get(study).meanings == {"Gene": "kras", "Sex": "left_out"}
    answer, _ = open_step(study, "mapping.yml")
    assert "kras: {from: Gene" in answer.text
    assert "sex:" not in answer.text


def test_a_column_of_its_own_gets_a_line_in_a_dictionary_and_reaches_the_cohort(bring, open_step, store):
    study = bring(("export.csv", EXPORT.replace("x9", "9").encode()))
    open_step(study, "understand", **{"meaning:CEA": "own_column"})
    open_step(study, "check")
    lines = store.get(study).dictionary.read_text().splitlines()
    assert lines[-1] == "cea,CEA,number,,,,,"
    assert "cea" in store.get(study).cohort.read_text().splitlines()[0]


def test_an_open_question_keeps_the_next_step_closed_and_is_named(bring, open_step):
    study = bring(("export.csv", EXPORT.replace("mut", "?").encode()))
    answer, main = open_step(study, "understand", go="check")
    assert answer.url.path.endswith("/understand")
    assert "is still open" in main.find(attrs={"role": "alert"}).get_text()
    answer, _ = open_step(study, "check")
    assert answer.url.path.endswith("/understand")


def test_answers_make_the_cohort_and_a_saved_mapping_makes_the_same_without_a_question(bring, open_step, store):
    text = EXPORT.replace("mut", "?").encode()
    study = bring(("export.csv", text))
    answer, _ = open_step(study, "understand", go="check", **{"answer:kras_sign": "mutant"})
    assert answer.url.path.endswith("/check")
    mapping, _ = open_step(study, "mapping.yml")
    again = bring(("export.csv", text), ("mapping_of_may.yml", mapping.content))
    answer, main = open_step(again, "understand")
    assert "The mapping of before is used" in main.get_text()
    open_step(again, "check")
    assert store.get(again).cohort.read_bytes() == store.get(study).cohort.read_bytes()


def faulty():
    """Return the published cohort with an age that nobody has on line 3, and two sexes that are no level."""
    rows = list(csv.reader(io.StringIO(COHORT.read_text())))
    rows[2][rows[0].index("age_years")] = "640"
    rows[4][rows[0].index("sex")] = rows[5][rows[0].index("sex")] = "maybe"
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\n").writerows(rows)
    return stream.getvalue().encode()


def test_a_cohort_as_it_stands_is_taken_byte_for_byte(bring, open_step, store):
    study = bring(("cohort.csv", COHORT.read_bytes()))
    _, main = open_step(study, "check")
    assert "The table can be used" in main.get_text()
    assert store.get(study).cohort.read_bytes() == COHORT.read_bytes()


def test_faults_are_marked_in_their_rows_and_columns(bring, open_step, store):
    study = bring(("cohort.csv", faulty()))
    _, main = open_step(study, "check")
    assert "2 faults have to be decided" in main.h1.get_text()
    names = [cell.get_text() for cell in main.table.thead.find_all("th")]
    marked = {
        (row.th.get_text(), names[1 + row.find_all("td").index(cell)])
        for row in main.table.tbody.find_all("tr")
        for cell in row.find_all("td", class_="marked")
        if "doubt" not in cell["class"]
    }
    assert marked == {("3", "age_years"), ("5", "sex"), ("6", "sex")}
    assert store.get(study).cohort is None


def test_a_cell_that_is_put_right_changes_the_cohort_alone_and_stands_in_the_log(bring, open_step, store):
    study = bring(("cohort.csv", faulty()))
    fields = {"cell:3:age_years": "64", "was:3:age_years": "640", "cell:5:sex": "maybe", "was:5:sex": "maybe"}
    open_step(study, "check", **fields)
    _, main = open_step(study, "check", blank="0")
    assert "The table can be used" in main.get_text()
    kept = store.get(study)
    assert kept.file("data").read_bytes() == faulty()
    log = list(csv.reader(io.StringIO(open_step(study, "corrections.csv")[0].text)))
    assert log[1:] == [
        ["3", "cohort", "age_years", "corrected", "64"],
        ["5", "cohort", "sex", "left blank", ""],
        ["6", "cohort", "sex", "left blank", ""],
    ]
    made = list(csv.DictReader(io.StringIO(kept.cohort.read_text())))
    assert (made[1]["age_years"], made[3]["sex"], made[4]["sex"]) == ("64", "", "")


def test_a_correction_that_is_taken_back_brings_the_fault_back(bring, open_step, store):
    study = bring(("cohort.csv", faulty()))
    open_step(study, "check", **{"cell:3:age_years": "64", "was:3:age_years": "640"})
    _, main = open_step(study, "check", back="cohort:3:age_years")
    assert "2 faults" in main.h1.get_text()
    assert store.get(study).corrections == ()


def test_a_line_that_is_left_out_is_no_patient(bring, open_step, store):
    study = bring(("cohort.csv", COHORT.read_bytes()))
    _, main = open_step(study, "check", out="26")
    assert "24 rows" in main.get_text()
    assert len(store.get(study).cohort.read_text().splitlines()) == 25


def test_a_state_of_before_is_made_again_where_another_took_its_place(bring, open_step, store):
    study = bring(("cohort.csv", COHORT.read_bytes()))
    open_step(study, "check")
    open_step(study, "check", out="26")
    open_step(study, "check", **{"in": "26"})
    assert store.get(study).cohort.read_bytes() == COHORT.read_bytes()


def test_the_form_is_sensible_at_once_and_keeps_only_what_differs(bring, open_step, store):
    study = bring(("cohort.csv", COHORT.read_bytes()))
    open_step(study, "check")
    _, main = open_step(study, "choose")
    assert main.find("select", attrs={"name": "group_by"}).find("option", selected=True)["value"] == "kras"
    fields = {
        one["name"]: one.find("option", selected=True)["value"] if one.name == "select" else one.get("value", "")
        for one in main.find_all(["select", "input"])
        if one.get("type") != "checkbox"
    } | {"confidence_level": "0.9"}
    outcomes = [one["value"] for one in main.find_all("input", type="checkbox", checked=True)]
    open_step(study, "choose", **fields, outcomes=outcomes)
    kept = store.get(study).parameters
    assert kept["confidence_level"] == "0.9"
    assert set(kept) <= {"confidence_level", "group_by", "reference_group", "primary_endpoint", "profile", "outcomes"}


def test_a_value_that_is_not_possible_is_said_at_its_field_and_not_kept(bring, open_step, store):
    study = bring(("cohort.csv", COHORT.read_bytes()))
    open_step(study, "check")
    answer, main = open_step(study, "choose", confidence_level="95", **{"was:profile": "paper"})
    assert answer.status_code == 422
    assert "cannot be" in main.find(id="field-confidence_level").find(role="alert").get_text()
    assert main.find(id="in-confidence_level")["value"] == "95"
    assert store.get(study).parameters == {}


def test_another_group_brings_its_own_reference(bring, open_step, store):
    study = bring(("cohort.csv", COHORT.read_bytes()))
    open_step(study, "check")
    open_step(study, "choose", group_by="sex", reference_group="wild_type", **{"was:profile": "paper"})
    assert store.get(study).parameters["reference_group"] in {"female", "male"}


@needs_cases
@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("formula_nocache.xlsx", "Open the workbook in Excel or LibreOffice, save it, and try again"),
        ("cbio2.csv", ""),
    ],
)
def test_a_file_that_is_refused_says_what_to_do(bring, open_step, name, words):
    answer, main = open_step(bring((name, (CASES / "import" / name).read_bytes())), "understand")
    assert words in main.get_text()
    assert answer.status_code == (422 if words else 200)


def test_the_text_of_a_cohort_is_text(bring, open_step):
    hostile = EXPORT.replace("KRAS", "<script>alert(1)</script>").replace("mut", "<img src=x onerror=alert(1)>")
    answer, main = open_step(bring(("<b>x</b>.csv", hostile.encode())), "understand")
    assert not main.find(["script", "img", "b"])
    assert "<script>alert" not in answer.text


def test_two_tables_of_patients_are_not_put_into_one_study(client, bring):
    study = bring(("a.csv", EXPORT.encode()))
    answer = client.post("/files", params={"name": "b.csv", "study": study}, content=EXPORT.encode())
    assert answer.status_code == 422
    assert "second table of patients" in answer.json()["refused"]


def test_title_and_authors_become_the_study_file_of_the_manuscript(bring, open_step, store):
    study = bring(("export.csv", EXPORT.replace("x9", "9").encode()))
    open_step(study, "check")
    typed = {"article:title": "A: title", "article:authors": "Ann Lee, Bo Chu", "article:journal": "jgo"}
    open_step(study, "choose", **typed, **{"was:profile": "recommended"})
    kept = store.get(study)
    file = read_study_file(kept.folder / "study.yml")
    assert (file.title, file.journal, [one.name for one in file.authors]) == ("A: title", "jgo", ["Ann Lee", "Bo Chu"])
    assert kept.resolved(find_root()).study == str(kept.folder / "study.yml")


def test_the_example_keeps_the_title_of_the_published_study(client, open_step, store):
    client.post("/example")
    study = store.all()[0]
    assert "KRAS mutation" in read_study_file(study.file("study")).title
    assert open_step(study.name, "check")[0].status_code == 200


def test_the_example_opened_again_is_the_one_that_is_there(client, store):
    first = client.post("/example", follow_redirects=False).headers["location"]
    assert client.post("/example", follow_redirects=False).headers["location"] == first
    assert [study.title for study in store.all()] == ["Example: the published study, reconstructed.csv"]
    assert "used last" in client.get("/").text


def test_a_threshold_is_offered_under_the_criterion_that_leaves_it_open_alone(bring, open_step, store):
    study = bring(("cohort.csv", COHORT.read_bytes()))
    open_step(study, "check")
    _, main = open_step(study, "choose", response_criterion="paper", response_threshold_percent="30")
    assert main.find(id="in-response_threshold_percent")["value"] == "30"
    answer, main = open_step(study, "choose", response_criterion="recist_1_1", response_threshold_percent="30")
    assert answer.status_code == 200
    assert main.find(id="in-response_threshold_percent") is None
    assert store.get(study).resolved(find_root()).response_threshold_percent == 50


def test_a_criterion_that_is_changed_for_once_leaves_the_threshold_of_the_other_behind(bring, open_step, store):
    study = bring(("cohort.csv", COHORT.read_bytes()))
    open_step(study, "check")
    open_step(study, "choose", response_criterion="paper", response_threshold_percent="30")
    changed = store.get(study).resolved(find_root(), {"response_criterion": "recist_1_1"})
    assert (changed.response_criterion, changed.response_threshold_percent) == ("recist_1_1", 50)


def test_confirmation_is_offered_only_beside_dated_scans(bring, open_step):
    study = bring(("cohort.csv", COHORT.read_bytes()))
    open_step(study, "check")
    assert open_step(study, "choose")[1].find(id="in-confirmation_days") is None


def test_two_windows_on_one_study_keep_the_corrections_of_each_other(bring, open_step, store):
    study = bring(("cohort.csv", faulty()))
    open_step(study, "check", **{"cell:3:age_years": "64", "was:3:age_years": "640"})
    # The other window was opened before, and shows the fault of the first still.
    old = {"cell:3:age_years": "640", "was:3:age_years": "640", "cell:5:sex": "male", "was:5:sex": "maybe"}
    open_step(study, "check", **old)
    assert [(one.line, one.value) for one in store.get(study).corrections] == [(3, "64"), (5, "male")]


@pytest.mark.parametrize("step", ["check", "choose"])
def test_a_full_disk_is_said_and_what_was_there_stays(step, bring, open_step, store, client, monkeypatch):
    study = bring(("cohort.csv", faulty() if step == "check" else COHORT.read_bytes()))
    open_step(study, "check")
    open_step(study, "choose")
    before = store.get(study)

    def full(*_, **__):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patched:
        patched.setattr(Path, "write_text", full)
        fields = {"cell:3:age_years": "64", "was:3:age_years": "640", "style": "lancet"}
        answer = client.post(f"/study/{study}/{step}", data=fields)
        assert (answer.status_code, "No space left on device" in answer.text) == (507, True)
        assert "make room, then try again" in answer.text
    assert store.get(study) == before
    assert [path.name for path in before.folder.iterdir() if path.name.startswith(".")] == []


def test_a_full_disk_refuses_a_file_and_leaves_no_study_without_one(client, store, monkeypatch):
    def full(path, content):
        path.touch()
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patched:
        patched.setattr(Path, "write_bytes", full)
        assert client.post("/files", params={"name": "cohort.csv"}, content=COHORT.read_bytes()).status_code == 507
    assert store.all() == []
    assert list(store.home.glob("*/files")) == []


def test_no_step_shows_a_name_that_stands_in_an_identifier_or_an_open_column(bring, open_step, client, tmp_path):
    path = planted(tmp_path, *OPEN)
    rows = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8"))))
    for number, row in enumerate(rows[1:]):
        row[0] = f"{NAME} {number}"
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    study = bring(("center.csv", text.getvalue().encode()), ("own.csv", (tmp_path / "own.csv").read_bytes()))
    pages = {step: open_step(study, step)[0] for step in ("understand", "check", "choose")}
    pages["start"] = client.get("/")
    assert {step: answer.status_code for step, answer in pages.items()} == dict.fromkeys(pages, 200)
    assert [step for step, answer in pages.items() if NAME in answer.text] == []


OF_SCANS = (
    b"patient_id,kras,os_months,os_event\nR02,mutant,30,0\nR03,wild_type,20,1\nR04,mutant,12,1\nR05,wild_type,9,1\n"
)
SCANS_AT_FAULT = """patient_id,day,lesion,long_mm,perp_mm,role
R02,-5,1,50,40,target
R02,60,1,3o,20,target
R03,-5,1,40,30,target
R99,-5,1,40,30,target
"""


def test_faults_of_the_scans_are_marked_put_right_and_left_out_in_their_own_table(bring, open_step, store):
    study = bring(("cohort.csv", OF_SCANS), ("scans.csv", SCANS_AT_FAULT.encode()))
    _, main = open_step(study, "check")
    marked = main.find(id="scan-rows").find_next("table").find_all("td", class_="marked")
    assert [cell.parent.th.get_text() for cell in marked if "doubt" not in cell["class"]] == ["3", "5"]
    open_step(study, "check", **{"cell:3:scans.long_mm": "30", "was:3:scans.long_mm": "3o"})
    _, main = open_step(study, "check", out="scans.5")
    assert "The table can be used" in main.get_text()
    kept = store.get(study)
    assert kept.cohort.read_bytes() == OF_SCANS
    assert [line[:8] for line in kept.scans.read_text().splitlines()[1:]] == ["R02,-5,1", "R02,60,1", "R03,-5,1"]
    assert "R02,60,1,30,20,target" in kept.scans.read_text()
    log = list(csv.reader(io.StringIO(open_step(study, "corrections.csv")[0].text)))
    assert log[1:] == [["3", "scans", "long_mm", "corrected", "30"], ["5", "scans", "", "the line was left out", ""]]
    _, main = open_step(study, "check", back="scans:5:")
    assert "One fault has to be decided" in main.h1.get_text()


def test_another_table_of_scans_comes_without_what_was_put_right_in_the_one_before(bring, open_step, store, client):
    study = bring(("cohort.csv", OF_SCANS), ("scans.csv", SCANS_AT_FAULT.encode()))
    open_step(study, "check", out="scans.5")
    client.post("/files", params={"name": "scans.csv", "study": study}, content=SCANS_AT_FAULT.encode())
    assert store.get(study).corrections == ()
