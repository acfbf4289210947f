"""`hai import` asks on the terminal, writes questions into a mapping, or imports at once where nothing is open."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from hai_utils.cli import app

ASKED = "Study no,KRAS,OS (months),Status\nS-1,mut,12,NED\nS-2,WT,20,dead\nS-3,wt,8,alive\n"
PLAIN = ASKED.replace("NED", "alive")


@pytest.fixture
def export(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "export.csv"
    path.write_text(ASKED, encoding="utf-8")
    return path


def hai(*words: str, typed: str = "") -> tuple[int, str]:
    done = CliRunner().invoke(app, list(words), input=typed)
    return done.exit_code, done.output


def test_questions_are_put_one_after_another_until_an_answer_is_possible(export: Path) -> None:
    code, said = hai("import", str(export), "--ask", "--out", "made", typed="perhaps\nalive\n")
    assert code == 0
    assert "1/1  What does 'NED' mean in 'Status'? (line 2)" in said
    assert "Not possible. alive; dead; missing (not known)" in said
    assert Path("made/cohort.csv").read_text(encoding="utf-8").splitlines()[1] == "S-1,mutant,12,0"
    assert "status_ned: alive" in Path("made/mapping.yml").read_text(encoding="utf-8")


def test_answers_that_end_too_early_import_nothing(export: Path) -> None:
    code, said = hai("import", str(export), "--ask", "--out", "made", typed="")
    assert code == 2
    assert "The answers ended before the questions." in said
    assert not Path("made").exists()


def test_a_guess_is_answered_in_the_file_and_applied(export: Path) -> None:
    code, said = hai("import", str(export), "--guess")
    assert code == 0
    assert "Answer the 1 question at its top" in said
    mapping = Path("export_mapping.yml")
    mapping.write_text(
        mapping.read_text(encoding="utf-8").replace("status_ned: FILL_IN", "status_ned: alive"), encoding="utf-8"
    )
    code, _ = hai("import", str(export), "--mapping", str(mapping), "--out", "made")
    assert code == 0
    assert Path("made/cohort.csv").read_text(encoding="utf-8").splitlines()[1] == "S-1,mutant,12,0"


def test_an_open_question_stops_a_plain_import_and_names_the_column_alone(export: Path) -> None:
    code, said = hai("import", str(export), "--out", "made")
    assert code == 1
    assert "a question that only you can answer, about 'Status'. Use --ask" in " ".join(said.split())
    assert "NED" not in said


def test_nothing_is_asked_where_nothing_is_open(export: Path) -> None:
    export.write_text(PLAIN, encoding="utf-8")
    code, _ = hai("import", str(export), "--out", "made")
    assert code == 0
    assert Path("made/cohort.csv").is_file()


def test_the_words_of_a_mapping_are_explained() -> None:
    code, said = hai("import", "--help-mapping")
    assert code == 0
    assert "Schema for editors:" in said


def test_a_last_contact_after_death_is_said_and_the_cohort_is_written(export: Path) -> None:
    export.write_text(
        "Study no,Pump date,Date of death,Last follow-up,Status\n"
        "S-1,2018-01-10,2019-01-10,2019-05-01,dead\nS-2,2018-02-15,,2020-05-01,alive\n",
        encoding="utf-8",
    )
    code, said = hai("import", str(export), "--out", "made")
    assert code == 0
    assert "line 2, column 'Last follow-up': the last contact lies after death; the time to death was taken." in said


def test_a_mapping_whose_survival_leaves_deaths_out_is_said_and_the_cohort_is_written(export: Path) -> None:
    export.write_text("id,Pump,Prog,Last\nS-1,2018-01-10,2019-01-10,2019-05-01\n", encoding="utf-8")
    Path("m.yml").write_text(
        "since: Pump\ncolumns:\n  patient_id: id\n  pfs_months: {date: Prog, otherwise: Last}\n"
        "  pfs_event: {any_of: Prog, otherwise: Last}\n",
        encoding="utf-8",
    )
    code, said = hai("import", str(export), "--mapping", "m.yml", "--out", "made")
    assert code == 0
    assert "column 'pfs_event': deaths are not counted" in said


def test_dates_without_a_day_are_counted_and_the_cohort_is_written(export: Path) -> None:
    export.write_text("id,Pump,Last,Dead\nS-1,2018-01,2019-05-01,1\nS-2,2018-01-02,2019-05-01,0\n", encoding="utf-8")
    code, said = hai("import", str(export), "--ask", "--out", "made", typed="month\n")
    assert code == 0
    assert "column 'Pump': 1 dates without a day were read as their 15th; each may be 15 days off." in said


def test_a_death_without_recurrence_counts_where_no_survival_time_stands(export: Path) -> None:
    export.write_text(
        "Study no,RFS (months),Recurrence?,Status\nS-1,12,Y,alive\nS-2,9,Y,dead\nS-3,18,N,alive\nS-4,15,N,dead\n",
        encoding="utf-8",
    )
    code, _ = hai("import", str(export), "--out", "made")
    assert code == 0
    rows = Path("made/cohort.csv").read_text(encoding="utf-8").splitlines()
    assert rows == ["patient_id,pfs_months,pfs_event", "S-1,12,1", "S-2,9,1", "S-3,18,0", "S-4,15,1"]


def test_follow_up_written_f_u_is_a_survival_time(export: Path) -> None:
    export.write_text("Study no,F/U (mo),Status\nS-1,12,dead\nS-2,20,alive\nS-3,8,alive\n", encoding="utf-8")
    code, _ = hai("import", str(export), "--out", "made")
    assert code == 0
    assert Path("made/cohort.csv").read_text(encoding="utf-8").splitlines()[1] == "S-1,12,1"


def test_a_name_in_another_order_of_its_words_is_the_same_column(export: Path) -> None:
    export.write_text("Study no,Cycles HAI,OS (months),Dead\nS-1,4,12,1\nS-2,6,20,0\n", encoding="utf-8")
    code, _ = hai("import", str(export), "--out", "made")
    assert code == 0
    assert Path("made/cohort.csv").read_text(encoding="utf-8").splitlines()[1] == "S-1,4,12,1"
