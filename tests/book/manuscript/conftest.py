"""What the tests of the manuscript share: fonts and styles, the built runs and their text."""

from __future__ import annotations

from pathlib import Path

import pytest
from docx import Document
from docx.document import Document as DocumentType

from hai_utils.book.manuscript.exports import FONTS, STYLES
from hai_utils.book.manuscript.measuring import Width, measure_of
from tests.book.manuscript.manuscript_text import pdf_text


@pytest.fixture(scope="session")
def fonts(root: Path) -> Path:
    return root / FONTS


@pytest.fixture(scope="session")
def styles(root: Path) -> Path:
    return root / STYLES


@pytest.fixture(scope="session")
def width(fonts: Path) -> Width:
    return measure_of(fonts)


@pytest.fixture(scope="session", params=["published_run", "real_run"])
def run(request: pytest.FixtureRequest) -> Path:
    """A finished run: the reconstruction's, then the real cohort's."""
    return request.getfixturevalue(request.param)


@pytest.fixture(scope="session")
def word(run: Path) -> DocumentType:
    return Document(str(run / "manuscript.docx"))


@pytest.fixture(scope="session")
def pdf(run: Path) -> str:
    """The text of the PDF's pages without their heads and feet, without any space."""
    return pdf_text(run / "manuscript.pdf")
