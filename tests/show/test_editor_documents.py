"""What a clinical editor struck out stands nowhere in a run: site, DOCX, PDF, supplement and forms."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from docx import Document

from tests.printed_words import of_docx, of_page, words_of_run
from tests.show.test_editor import found_struck

pytestmark = pytest.mark.slow
DOCUMENTS = {
    "manuscript.docx", "manuscript.pdf", "manuscript_supplement.docx", "manuscript_supplement.pdf", "key_points.docx",
    "strobe_checklist.docx", "html/notebooks/04_survival.html", "html/book/methods.html",
}  # fmt: skip


def _found(run: Path) -> list[str]:
    words = words_of_run(run)
    wanted = {name for name in DOCUMENTS if shutil.which("pdftotext") or not name.endswith(".pdf")}
    assert wanted <= set(words)
    assert all(len(words[name]) > 300 for name in wanted)
    return [f"{name}: {line}" for name, text in words.items() for line in found_struck(text)]


@pytest.mark.parametrize("run", ["published_run", "real_run"])
def test_no_page_or_document_prints_what_was_struck(run: str, request: pytest.FixtureRequest) -> None:
    found = _found(request.getfixturevalue(run))
    assert not found, "\n".join(found)


def test_what_was_struck_is_found_on_a_page_and_in_a_document(published_run: Path, tmp_path: Path) -> None:
    page, document = tmp_path / "page.html", tmp_path / "document.docx"
    old = "Deaths: 6 of 11 in the KRAS-mutated group."
    text = (published_run / "html" / "notebooks" / "04_survival.html").read_text("utf-8")
    page.write_text(text.replace("</article>", f"<p>{old}</p></article>", 1), "utf-8")
    word = Document(str(published_run / "manuscript.docx"))
    word.add_paragraph(old)
    word.save(str(document))
    assert [len(found_struck(words)) for words in (of_page(page), of_docx(document))] == [1, 1]
