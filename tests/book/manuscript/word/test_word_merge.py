"""A manuscript that was edited in a word processor comes back: words to the section files, numbers stay the run's."""

from __future__ import annotations

import copy
import re
import zipfile
from pathlib import Path

import pytest
from docx import Document
from docx.oxml import OxmlElement
from docx.oxml.ns import qn

from hai_utils.book.manuscript.model import Article, Heading, Line, Listing, Paragraph, PrintedRow, PrintedTable, Words
from hai_utils.book.manuscript.word.edited import read_edited
from hai_utils.book.manuscript.word.merging import ROLE, Known, Merge, merge
from hai_utils.book.manuscript.word.writing import manuscript_docx
from hai_utils.book.passages import passages_of
from hai_utils.errors import DataError
from tests.book.manuscript.word_processor import saved_again

PRINTED = {
    "{val}`os.all.n`": "197", "{p}`os.a_vs_b.p_value`": "P=0.10", "{val}`os.a_vs_b.hazard_ratio`": "1.40",
    "{cite}`Manfredi2006`": "1", "{numref}`table-baseline`": "Table 1",
}  # fmt: skip
BACKGROUND = """## Why this was asked

Liver metastases are common.{cite}`Manfredi2006` Most cannot be
resected; of {val}`os.all.n` patients all were.

Chemotherapy before surgery is *debated*.
"""
DISCUSSION = """Survival did not differ ({p}`os.a_vs_b.p_value`; hazard ratio {val}`os.a_vs_b.hazard_ratio`).

The groups differed at baseline ({numref}`table-baseline`).

- The cohort is from one center.
- It is retrospective.

Larger studies are needed.
"""


def line_of(markdown: str) -> Line:
    found = []
    for part in re.split(f"({ROLE.pattern})", markdown):
        for place, text in enumerate([part] if ROLE.fullmatch(part) else part.split("*")):
            marks = frozenset({"emphasis"}) if place % 2 else frozenset()
            target = "#table-baseline" if "numref" in text else ""
            found.append(Words(PRINTED.get(text, text), marks, target, source=text if text in PRINTED else ""))
    return tuple(words for words in found if words.text)


def blocks_of(markdown: str) -> list[Paragraph | Listing]:
    return [
        Listing((line_of(one.text),), (one.text,)) if one.lead else Paragraph(line_of(one.text), passage=one.text)
        for one in passages_of(markdown)
    ]


def heading(text: str) -> Heading:
    return Heading(1, (Words(text),), text.lower())


def words(text: str) -> Line:
    return (Words(text),)


TABLE = PrintedTable(
    "table-baseline", "Table 1", words("At baseline"),
    ((Words("IQR, interquartile range. P="), Words("0.10", key="os.a_vs_b.p_value")),), True,
    (words("Variable"), words("All")), (PrintedRow((words("Age"), words("61"))),),
)  # fmt: skip


class Study:
    """Two section files, the document made from them, and what comes back of it."""

    def __init__(self, folder: Path, width, styles) -> None:
        self.folder = folder
        self.sections = {"background": folder / "background.md", "discussion": folder / "discussion.md"}
        for path, text in zip(self.sections.values(), (BACKGROUND, DISCUSSION), strict=True):
            path.write_text(text, encoding="utf-8")
        made = Paragraph((Words("Median survival was "), Words("67.6", key="os.all.median"), Words(" months.")))
        body = (
            heading("Introduction"), *blocks_of(BACKGROUND), heading("Results"), made, TABLE,
            heading("Discussion"), *blocks_of(DISCUSSION),
        )  # fmt: skip
        self.path = folder / "manuscript.docx"
        self.path.write_bytes(manuscript_docx(Article("Title", "", "A. Author", "", body, ()), {}, width, styles))
        self.document = Document(str(self.path))

    def paragraph(self, start: str):
        return next(p for p in self.document.paragraphs if p.text.startswith(start))

    def replace(self, old: str, new: str, nth: int = 0) -> None:
        runs = [run for run in self.document.element.body.iter(qn("w:t")) if old in (run.text or "")]
        runs[nth].text = runs[nth].text.replace(old, new)

    def merged(self) -> Merge:
        path = self.folder / "edited.docx"
        self.document.save(str(path))
        return merge(read_edited(path), self.sections, Known(PRINTED))

    def text(self, merged: Merge, name: str) -> str:
        path = self.sections[name]
        return merged.files.get(path, path.read_text(encoding="utf-8"))


def told(merged: Merge, kind: str) -> list[str]:
    return [one.text for one in merged.told if one.kind == kind]


@pytest.fixture
def study(tmp_path, width, styles) -> Study:
    return Study(tmp_path, width, styles)


def test_a_document_that_was_not_edited_changes_nothing(study):
    merged = study.merged()
    assert (merged.files, merged.told) == ({}, [])


def test_libreoffice_brings_back_changed_prose_and_a_moved_paragraph_and_a_changed_number_is_reported(study):
    study.replace("are common", "occur in half of all patients")
    moved, before = study.paragraph("Larger studies"), study.paragraph("The groups differed")
    before._p.addprevious(moved._p)
    study.replace("1.40", "1.04")
    edited = study.folder / "edited.docx"
    study.document.save(str(edited))
    saved = saved_again(edited, study.folder / "saved.docx", study.folder / "home")
    merged = merge(read_edited(saved), study.sections, Known(PRINTED))
    assert "Liver metastases occur in half of all patients.{cite}`Manfredi2006` Most" in " ".join(
        study.text(merged, "background").split()
    )
    order = [one.text[:13] for one in passages_of(study.text(merged, "discussion"))]
    assert order == ["Survival did ", "Larger studie", "The groups di", "The cohort is", "It is retrosp"]
    assert "hazard ratio {val}`os.a_vs_b.hazard_ratio`" in study.text(merged, "discussion")
    assert told(merged, "number") == [
        "{val}`os.a_vs_b.hazard_ratio` was changed to “1.04” and is not taken. The run says 1.40."
    ]
    assert {one.kind for one in merged.told} == {"changed", "moved", "number"}


def test_a_changed_passage_keeps_its_roles_emphasis_and_width(study):
    study.replace("resected; of", "operated on; of")
    study.replace("before surgery", "before resection")
    text = study.text(study.merged(), "background")
    assert text == (
        "## Why this was asked\n\nLiver metastases are common.{cite}`Manfredi2006` Most cannot be\n"
        "operated on; of {val}`os.all.n` patients all were.\n\nChemotherapy before resection is *debated*.\n"
    )


def test_a_number_typed_in_place_of_its_field_is_reported_and_the_role_stays(study):
    paragraph = study.paragraph("Survival did not")._p
    marks = [
        run
        for run in paragraph.iter(qn("w:r"))
        if run.find(qn("w:fldChar")) is not None or run.find(qn("w:instrText")) is not None
    ]
    for run in marks:
        run.getparent().remove(run)
    study.replace("1.40", "1.04")
    merged = study.merged()
    assert "({p}`os.a_vs_b.p_value`; hazard ratio {val}`os.a_vs_b.hazard_ratio`)" in study.text(
        merged, "discussion"
    ).replace("P=0.10", "{p}`os.a_vs_b.p_value`")
    assert any("“1.04”, which is not taken" in text for text in told(merged, "number"))


def test_words_typed_at_the_end_of_a_number_s_field_are_taken(study):
    study.replace("197", "197 adult")
    merged = study.merged()
    assert "{val}`os.all.n` adult patients" in " ".join(study.text(merged, "background").split())
    assert not told(merged, "number")


def test_a_paragraph_that_moves_to_another_section_changes_both_files(study):
    study.paragraph("The groups differed")._p.addprevious(study.paragraph("Chemotherapy before")._p)
    merged = study.merged()
    assert "debated" not in study.text(merged, "background")
    assert [one.text[:13] for one in passages_of(study.text(merged, "discussion"))][1] == "Chemotherapy "
    assert told(merged, "moved") == [
        "A passage was moved from background here: Chemotherapy before surgery is debated."
    ]


def test_a_new_paragraph_goes_where_it_stands(study):
    new = study.paragraph("Larger studies").insert_paragraph_before("We were *surprised*.", style="Body Text")
    merged = study.merged()
    assert new.text
    assert "- It is retrospective.\n\nWe were \\*surprised\\*.\n\nLarger studies are needed.\n" in study.text(
        merged, "discussion"
    )
    assert told(merged, "added") == ["We were *surprised*."]


def test_a_new_paragraph_among_the_results_is_reported_and_not_taken(study):
    study.paragraph("Median survival")._p.addnext(copy.deepcopy(study.paragraph("Larger studies")._p))
    added = study.paragraph("Larger studies")
    for mark in list(added._p.iter(qn("w:bookmarkStart"), qn("w:bookmarkEnd"))):
        mark.getparent().remove(mark)
    study.replace("Larger", "Much larger")
    merged = study.merged()
    assert merged.files == {}
    assert len(told(merged, "homeless")) == 1


def test_a_deleted_paragraph_is_deleted(study):
    gone = study.paragraph("The groups differed")._p
    gone.getparent().remove(gone)
    merged = study.merged()
    assert "differed" not in study.text(merged, "discussion").replace("did not differ", "")
    assert len(told(merged, "deleted")) == 1


def test_a_passage_that_the_document_never_had_is_not_deleted(study):
    path = study.sections["background"]
    path.write_text(f"{BACKGROUND}\nThis came later.\n", encoding="utf-8")
    assert study.merged().files == {}


def test_a_paragraph_that_was_split_stays_in_its_place(study):
    paragraph = study.paragraph("Liver metastases")._p
    second = copy.deepcopy(paragraph)
    for child in list(second):
        if child.tag == qn("w:pPr"):
            continue
        second.remove(child)
    tail = [child for child in paragraph if child.tag != qn("w:pPr")][-3:]
    second.extend(tail)
    paragraph.addnext(second)
    text = " ".join(study.text(study.merged(), "background").split(" "))
    first, *others = passages_of(text)
    assert first.text.startswith("Liver metastases")
    assert len(others) == 2


def test_a_passage_changed_in_both_places_is_reported(study):
    study.sections["background"].write_text(BACKGROUND.replace("debated", "disputed"), encoding="utf-8")
    study.replace("before surgery", "before resection")
    merged = study.merged()
    assert "disputed" in study.text(merged, "background")
    assert "resection" not in study.text(merged, "background")
    assert len(told(merged, "homeless")) == 1


def test_a_passage_of_the_run_that_was_changed_is_reported_with_what_to_do(study):
    study.replace("Median survival was", "Survival was a median of")
    study.replace("61", "62")
    study.replace("interquartile", "inter-quartile")
    merged = study.merged()
    assert merged.files == {}
    assert len(told(merged, "made")) == 3
    assert all("Change it there" in text or "change the run" in text for text in told(merged, "made"))


def test_tracked_changes_are_read_as_accepted_and_comments_are_shown(study):
    paragraph = study.paragraph("Larger studies")
    run = paragraph.runs[-1]._r
    deleted, inserted = OxmlElement("w:del"), OxmlElement("w:ins")
    run.addprevious(deleted)
    deleted.append(copy.deepcopy(run))
    deleted[0].find(qn("w:t")).tag = qn("w:delText")
    run.addprevious(inserted)
    inserted.append(run)
    run.find(qn("w:t")).text = "Randomized studies are needed."
    study.document.add_comment(paragraph.runs or study.paragraph("The groups").runs[0], "Cite one?", author="Reviewer")
    merged = study.merged()
    assert "Randomized studies are needed.\n" in study.text(merged, "discussion")
    assert "Larger" not in study.text(merged, "discussion")
    assert told(merged, "comment")[0].startswith("Reviewer: Cite one?")


def test_a_program_that_drops_bookmarks_loses_no_passage_that_is_much_the_same(study):
    for name in ("w:bookmarkStart", "w:bookmarkEnd"):
        for mark in list(study.paragraph("Chemotherapy before")._p.iter(qn(name))):
            mark.getparent().remove(mark)
    study.replace("debated", "disputed")
    merged = study.merged()
    assert "Chemotherapy before surgery is *disputed*." in study.text(merged, "background")
    assert not told(merged, "deleted")


def packed(path: Path, parts: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return path


BODY = b'<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>%s</w:body></w:document>'


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ({"word/document.xml": b" " * 40_000_000}, "unpacks to more"),
        ({"word/document.xml": b'<!DOCTYPE a [<!ENTITY b "c">]>' + BODY % b""}, "XML entities"),
        ({"word/document.xml": (BODY % b"").decode().encode("utf-16")}, "XML entities"),
        ({"word/document.xml": b"<w:document>"}, "damaged"),
        ({"word/document.xml": BODY % (b"<w:sdt>" * 20_000 + b"</w:sdt>" * 20_000)}, "nested too deeply"),
        (
            {"word/document.xml": BODY % b"<w:p><w:r><w:t>Text</w:t></w:r></w:p>"},
            "no manuscript that 'hai build' wrote",
        ),
        ({"mimetype": b"x"}, "no Word document"),
    ],
)
def test_a_file_that_is_no_edited_manuscript_is_refused_with_the_reason(tmp_path, parts, said):
    with pytest.raises(DataError, match=said):
        read_edited(packed(tmp_path / "edited.docx", parts))


def test_a_file_that_is_no_archive_is_refused(tmp_path):
    (tmp_path / "edited.docx").write_bytes(b"\xd0\xcf\x11\xe0 an old .doc")
    with pytest.raises(DataError, match=r"Save it as \.docx"):
        read_edited(tmp_path / "edited.docx")
