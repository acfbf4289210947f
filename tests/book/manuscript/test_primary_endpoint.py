"""An article leads with its primary endpoint, whichever it is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hai_utils.book.manuscript.abstract import outcomes_of, results_within
from hai_utils.book.manuscript.model import plain
from hai_utils.results.table import Results
from hai_utils.show.content import Paragraphs, Quote
from hai_utils.show.sentences.outcomes import survival

ROOM = 120


def with_primary(results: Results, name: str) -> Results:
    return replace(
        results, study=replace(results.study, parameters={**results.study.parameters, "primary_endpoint": name})
    )


@pytest.mark.parametrize("name", ["os", "pfs", "hepatic_pfs"])
def test_its_curves_are_reported_before_all_others(results: Results, name: str) -> None:
    found = survival(with_primary(results, name))
    assert isinstance(found, Paragraphs)
    quoted = [run.key for text in found.texts for run in text if isinstance(run, Quote)]
    ratios = [key.split(".")[0] for key in quoted if key.endswith(".hazard_ratio")]
    assert ratios[0] == name


@pytest.mark.parametrize("name", ["objective_response", "pfs", "hepatic_pfs"])
def test_the_abstract_names_it_first_and_has_its_effect_where_room_is_short(results: Results, name: str) -> None:
    found = with_primary(results, name)
    assert outcomes_of(found)[0] == name
    keys = [words.key for line in results_within(found, ROOM) for words in line if words.key]
    assert any(key.startswith(f"{name}.") and key.endswith((".hazard_ratio", ".risk_difference")) for key in keys)
    assert sum(len(plain(line).split()) for line in results_within(found, ROOM)) <= ROOM
