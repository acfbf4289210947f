"""The author's sections in the pages of the book: marked as the author's, with the run's numbers, and never markup."""

from __future__ import annotations

from pathlib import Path

import pytest
from docutils import nodes

from hai_utils.book.author import MARKED, author_nodes
from hai_utils.book.conditions import holds
from hai_utils.book.state import BookRun
from hai_utils.results.table import Results
from hai_utils.study.reading import read_study

BIBTEX = "@article{Smith2020, author={Smith, A and Jones, B and Poe, C}, title={T}, journal={J}, year={2020}}"
BACKGROUND = """It is known,{cite}`Smith2020` and **firmly**, of {val}`os.all.n` <b>rows</b> ({numref}`table-baseline`).

- One point
"""


@pytest.fixture
def run(results: Results, root: Path, tmp_path: Path) -> BookRun:
    """A run whose study file has a background and nothing else."""
    (tmp_path / "background.md").write_text(BACKGROUND, encoding="utf-8")
    (tmp_path / "references.bib").write_text(BIBTEX, encoding="utf-8")
    study = tmp_path / "study.yml"
    study.write_text("sections: {background: background.md}\nbibliography: references.bib\n", encoding="utf-8")
    return BookRun(tmp_path, results, {}, root, texts=read_study(study))


def test_a_section_stands_under_the_mark_that_it_is_the_author_s(run: BookRun) -> None:
    (box,) = author_nodes(run, "background")
    assert box["classes"] == ["hai-author"]
    words = [part.astext() for part in box.children]
    assert words[0] == MARKED
    assert words[1].startswith("It is known (Smith et al., 2020), and firmly, of 25 <b>rows</b> (")
    assert words[2] == "One point"
    assert [node.tagname for node in box.children] == ["paragraph", "paragraph", "bullet_list"]
    assert "<strong>firmly</strong>" in str(box)
    # Text is escaped where it is written; only a raw node is not.
    assert not list(box.findall(nodes.raw))


def test_a_section_that_is_not_given_leaves_no_trace(run: BookRun) -> None:
    assert author_nodes(run, "discussion") == []
    assert holds("section background", run)
    assert holds("not section discussion", run)
