"""Beside the article's numbers, a gated cohort shows what its results show, and no sign of a number that is none."""

from __future__ import annotations

import re

import pytest

from hai_utils.analyses import analyse
from hai_utils.audit import beside_chapter
from hai_utils.audit.beside import Beside
from hai_utils.audit.notebook import beside_published
from hai_utils.results.table import Results
from hai_utils.show.content import to_html
from tests.analyses.edge_samples import M, W, cohort_of, full
from tests.disclosure.test_gate import GATED, results_of


def one_left_out() -> Results:
    """Forty rows, of which one is left out: then the size of the cohort is withheld."""
    columns = full([M, W] * 20, [10 + place for place in range(40)], [0, 1] * 20)
    return analyse(*cohort_of({**columns, "braf": ["mutant", *["wild_type"] * 39]}, GATED))


def four_rows() -> Results:
    """So few that nothing may be said of them."""
    return analyse(*cohort_of(full([M, W] * 2, [10, 11, 12, 13], [0, 1] * 2), GATED))


def pages(beside: Beside) -> str:
    return " ".join(
        to_html(show(beside)) for show in (beside_chapter.overview, beside_chapter.whole, beside_chapter.by_group)
    )


def test_the_size_is_withheld_where_one_is_left_out() -> None:
    study = one_left_out().study
    assert (study.size, study.overall_size) == (None, 39)


@pytest.mark.parametrize("made", [one_left_out, four_rows])
def test_withheld_sizes_leave_no_gap_in_the_text(made: object) -> None:
    assert callable(made)
    text = re.sub(r"<[^>]+>", " ", pages(beside_published(made())))
    assert not re.search(r"\bNone\b|\bnan\b|\( *\)|n=[^\d]", text)


@pytest.mark.parametrize("name", ["1", "2", "3", "preoperative_chemotherapy"])
def test_no_difference_from_the_article_tells_a_withheld_count(name: str) -> None:
    results = results_of(name, GATED)
    beside = beside_published(results)
    found = [record for record in beside.results if record.statistic == "risk_difference" and record.value is not None]
    assert found
    for record in found:
        population = record.group.partition("_vs_")[0]
        assert not results.find(record.variable, population, "count", level=record.level).withheld, record.key
