"""Citations and references by the styles of journals, through Pandoc's citeproc."""

from __future__ import annotations

import pytest

from hai_utils.book.manuscript.citing import cite, placed, read_bibliography
from hai_utils.book.manuscript.model import Words, plain
from hai_utils.errors import StudyError
from hai_utils.study.journals import read_journal

BIB = """@article{One, author={Nordlinger, Bernard and Sorbye, Halfdan}, title={Perioperative chemotherapy}, journal={Lancet Oncol},
 year={2013}, volume={14}, number={12}, pages={1208--1215}}
@article{Two, author={G{\\o}tzsche, Peter and A, B and C, D and E, F and G, H and I, J and K, L}, title={A title with {HAI}},
 journal={BMJ}, year={2001}, volume={323}, pages={42--46}}
"""
RECORDS = read_bibliography(BIB, "own.bib")


@pytest.mark.parametrize(
    ("journal", "cluster", "first"),
    [
        ("jama_surg", "2,1", "Gøtzsche P, A B, C D, et al. A title with HAI. BMJ. 2001;323:42-46."),
        ("jgo", "(2,1)", "Gøtzsche P, A B, C D, et al. A title with HAI. BMJ. 2001;323:42-46."),
        ("bjs", "2,1", "Gøtzsche P, A B, C D, E F, G H, I J, et al. A title with HAI. BMJ. 2001; 323: 42–46."),
    ],
)
def test_references_have_the_form_of_the_journal(journal: str, cluster: str, first: str) -> None:
    """AMA Manual of Style, 11th ed., 3.7 (three authors and et al. beyond six); BJS: six and et al."""
    cited = cite([["Two"], ["Two", "One"]], RECORDS, read_journal(journal).csl_file)
    assert plain(cited.clusters[0]).strip("()") == "1"
    assert sorted(plain(cited.clusters[1]).strip("()")) == sorted("1,2")
    assert plain(cited.entries[0].text) == first
    assert [entry.number for entry in cited.entries] == ["1", "2"]
    assert len(cluster) >= 3


def line(before: str, after: str) -> tuple[Words, ...]:
    return (Words(before), Words("1", source="{cite}`One`"), Words(after))


@pytest.mark.parametrize(
    ("before", "after", "raised", "text"),
    [
        ("It is so", ". And", True, "It is so.1 And"),
        ("It is so.", " And", True, "It is so.1 And"),
        ("It is so ", ". And", True, "It is so.1 And"),
        ("It is so.", " And", False, "It is so 1. And"),
        ("It is so", ". And", False, "It is so 1. And"),
        ("It is so;", " and", True, "It is so1; and"),
        ("It is so;", " and", False, "It is so 1; and"),
        ("It (as", " says) is", False, "It (as 1 says) is"),
    ],
)
def test_a_citation_stands_where_its_style_has_it(before: str, after: str, raised: bool, text: str) -> None:
    assert plain(placed(line(before, after), raised)) == text


def test_a_bibliography_that_cannot_be_read_is_refused_by_name() -> None:
    with pytest.raises(StudyError, match=r"own\.bib: this is no BibTeX that can be read"):
        read_bibliography("@article{A, title={x", "own.bib")


def test_without_citations_nothing_is_listed() -> None:
    assert cite([], RECORDS, read_journal("").csl_file).entries == ()
