"""A study file is typed and checked: each fault stands with its file, its line, and the way to mend it."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from hai_utils.errors import StudyError
from hai_utils.study.form import study_form
from hai_utils.study.reading import find_study, named_files, read_study
from hai_utils.study.schema import Author, StudyFile
from tests.conftest import ROOT


def written(folder: Path, text: str, **files: str) -> Path:
    for name, content in files.items():
        (folder / f"{name}.md").write_text(content, encoding="utf-8")
    (folder / "study.yml").write_text(text, encoding="utf-8")
    return folder / "study.yml"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("title: A\ntitle_: B\n", r"study.yml, line 2: unknown key 'title_'. Did you mean 'title'"),
        ("journal: jgoo\n", r"line 1: no profile of a journal 'jgoo'. Did you mean 'jgo'\? Known: "),
        ("sections: {back_ground: a.md}\n", r"line 1: no section 'back_ground'. Did you mean 'background'"),
        ("sections:\n  aim: ../a.md\n", r"line 2: '../a.md' cannot stand for 'aim'"),
        ("sections:\n  aim: /etc/passwd\n", r"line 2: '/etc/passwd' cannot stand for 'aim'"),
        ("sections:\n  aim: none.md\n", r"line 2: none.md: The file cannot be read"),
        ("authors:\n- name: A\n  orcid: 0000-0002-1825-0098\n", r"line 3: orcid: its last digit does not fit"),
        ("authors:\n- name: A\n  roles: [tea]\n", r"line 3: 'tea' is no role of CRediT. Known: Conceptualization"),
        ("authors:\n- name: A\n  email: here\n", r"line 3: email: an address such as"),
        ("authors:\n- degrees: MD\n", r"line 2: 'name' is missing"),
        ("authors: [{name: A, corresponding: yes}, {name: B, corresponding: yes}]\n", r"more than one author"),
        ("source: {name: T, doi: abc}\n", r"line 1: 'abc' cannot stand for 'doi'. A DOI such as"),
        (
            "ethics: |\n  None.\n\n  ```{include} /etc/passwd\n  ```\n",
            r"line 4: A block of code or a directive cannot stand",
        ),
        ("ethics: See [this](http://x.org).\n", r"line 1: A link leads to an address that begins with https"),
        ("title: *a\n", r"line 1: References"),
    ],
)
def test_a_fault_is_named_with_its_line(text: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(StudyError, match=said):
        read_study(written(tmp_path, text))


def test_all_faults_are_named_at_once(tmp_path: Path) -> None:
    with pytest.raises(StudyError) as caught:
        read_study(written(tmp_path, "title_: A\nkeyword: B\n"))
    assert len(caught.value.problems) == 2


def test_a_fault_in_a_section_names_its_file_and_line(tmp_path: Path) -> None:
    path = written(tmp_path, "sections: {aim: aim.md}\n", aim="One.\n\nTwo ![x](y.png).\n")
    with pytest.raises(StudyError, match=r"aim\.md, line 3: An image cannot stand here"):
        read_study(path)


def test_html_in_a_section_is_text(tmp_path: Path) -> None:
    study = read_study(written(tmp_path, "sections: {aim: aim.md}\n", aim="<script>a</script> & *b*\n"))
    (paragraph,) = study.texts["aim"].blocks
    assert "".join(run.text for run in paragraph.runs) == "<script>a</script> & b"


def test_roles_of_credit_and_names_alone_are_read_however_they_are_typed(tmp_path: Path) -> None:
    study = read_study(written(tmp_path, "authors:\n- Jane Q. Doe\n- {name: B, roles: [writing - original draft]}\n"))
    first, second = study.file.authors
    assert first.initials == "J.Q.D."
    assert second.roles == ("Writing – original draft",)


@pytest.mark.parametrize("orcid", ["0000-0002-1825-0097", "https://orcid.org/0000-0002-1694-233X"])
def test_an_orcid_with_its_digit_of_control_is_taken(orcid: str) -> None:
    """Both are ORCID's own examples (support.orcid.org, structure of the identifier)."""
    assert Author(name="A", orcid=orcid).orcid == orcid[-19:]


def test_an_empty_form_is_a_study_file_that_gives_nothing(tmp_path: Path) -> None:
    study = read_study(written(tmp_path, study_form()))
    assert study.file == StudyFile()
    assert study.texts == {}


def test_every_key_of_the_form_is_one_that_may_stand(tmp_path: Path) -> None:
    lines = [line[1:] for line in study_form().splitlines() if line.startswith("#") and not line.startswith("# ")]
    keys = {line.split(":")[0] for line in lines if line[:1].isalpha()}
    assert keys == set(StudyFile.model_fields) - {"belongs_to"}


def test_a_study_file_is_found_beside_the_cohort_before_the_project(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "c.csv").write_text("x\n")
    assert find_study(tmp_path, "", "data/c.csv", "g") is None
    own = written(tmp_path, "title: A\n")
    assert find_study(tmp_path, "", "data/c.csv", "g") == own
    beside = written(tmp_path / "data", "title: B\n")
    assert find_study(tmp_path, "", "data/c.csv", "g") == beside
    assert find_study(tmp_path, "other.yml", "data/c.csv", "g") == tmp_path / "other.yml"


def test_a_study_file_of_one_cohort_is_taken_for_no_other(tmp_path: Path) -> None:
    data = tmp_path / "c.csv"
    data.write_text("x\n")
    digest = hashlib.sha256(data.read_bytes()).hexdigest()
    path = written(tmp_path, f"title: A\nbelongs_to: {{sha256: {digest}, group_by: g}}\n")
    assert find_study(tmp_path, "", "c.csv", "g") == path
    assert find_study(tmp_path, "", "c.csv", "h") is None
    data.write_text("y\n")
    assert find_study(tmp_path, "", "c.csv", "g") is None


def test_the_published_study_file_belongs_to_the_published_cohort() -> None:
    assert find_study(ROOT, "", "data/cohort.csv", "kras") == ROOT / "data" / "study.yml"
    assert find_study(ROOT, "", "data/cohort.csv", "sex") is None


def test_the_files_that_a_study_file_names_are_known(tmp_path: Path) -> None:
    path = written(tmp_path, "sections: {aim: aim.md}\nbibliography: own.bib\n")
    assert named_files(path) == {"aim.md": tmp_path / "aim.md", "own.bib": tmp_path / "own.bib"}


def test_the_example_can_be_read() -> None:
    study = read_study(ROOT / "docs" / "example" / "study.yml")
    assert {"background", "aim", "setting", "discussion", "limitations", "conclusions"} <= set(study.texts)
