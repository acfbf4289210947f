"""Reading the manuscript back, and labels that try to be more than text."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.conftest import ROOT

# What a label may hold: markup of each language that a file is written in, a field of Word, a formula.
HOSTILE = (
    "<script>alert(1)</script><b>&amp;",
    '#read("/etc/passwd") $x$ @ref *a* `b` \\#',
    '" ); #panic("out") //',
    "\\input{x} ${HOME} [l](file:///etc/passwd) {val}`k` {{ config }}",
    "{=openxml}<w:p/> ``` {=html}",
    'HYPERLINK "file:///etc/passwd" ]]> <!-- -->',
    '=HYPERLINK("file:///etc/passwd")',
    "+cmd|'/C calc'!A0",
)


def with_example(run: Path, folder: Path) -> Path:
    """Copy a finished run of the real cohort, without its documents, and give it the study file of the example."""
    folder.mkdir()
    for path in run.iterdir():
        if path.is_file() and not path.name.startswith("manuscript"):
            shutil.copy(path, folder / path.name)
    shutil.copytree(run / "notebooks", folder / "notebooks")
    shutil.copytree(ROOT / "docs" / "example", folder / "study")
    return folder


def pdf_text(path: Path) -> str:
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext is not installed: the text of the PDF was not read")
    crop = ("-x", "0", "-y", "60", "-W", "900", "-H", "722")
    done = subprocess.run(
        ["pdftotext", "-raw", "-enc", "UTF-8", *crop, str(path), "-"], capture_output=True, text=True, check=True
    )
    return dense(done.stdout)


def dense(text: str) -> str:
    """Return a text without its spaces: where a line breaks is the program's affair."""
    return "".join(text.split())
