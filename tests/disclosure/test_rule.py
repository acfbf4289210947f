"""Whoever knows the rule by which a table is withheld, and lists all tables that it would withhold, finds several."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from itertools import product

import pytest

from hai_utils.disclosure.counts import safe
from hai_utils.disclosure.populations import PopulationRule, Populations
from hai_utils.errors import HaiError
from hai_utils.parameters import load_parameters
from tests.conftest import ROOT

Cells = tuple[int, int, int]


def divided(size: int) -> Iterator[Cells]:
    """All ways to divide so many into yes, no and not recorded."""
    yield from ((yes, no, size - yes - no) for yes in range(size + 1) for no in range(size - yes + 1))


def published(cells: Mapping[str, Cells], threshold: int) -> tuple[tuple[str, Cells], ...]:
    """What is shown of one variable, by the gate's rule."""
    populations = Populations(("one", "other"), True, True, True, True, True)
    choices = populations.choices(tuple(cells))
    chosen = next(choice for choice in choices if safe(PopulationRule(threshold), choice, cells))
    return tuple((population, cells[population]) for population in chosen)


@pytest.mark.parametrize("threshold", [3, 5])
@pytest.mark.parametrize("sizes", [(5, 9), (7, 7), (12, 13)])
def test_no_small_cell_is_the_only_one_that_is_possible(sizes: tuple[int, int], threshold: int) -> None:
    possible: dict[object, list[set[int]]] = defaultdict(lambda: [set() for _ in range(9)])
    for one, other in product(*map(divided, sizes)):
        both = (one[0] + other[0], one[1] + other[1], one[2] + other[2])
        cells = {"one": one, "other": other, "analysed": both, "all": both, "excluded": (0, 0, 0)}
        seen = possible[published(cells, threshold)]
        for values, value in zip(seen, (*one, *other, *both), strict=True):
            values.add(value)
    alone = [values for seen in possible.values() for values in seen if len(values) == 1]
    assert alone
    assert not [values for values in alone if 0 < min(values) < threshold]


def test_a_threshold_of_two_is_refused_as_a_withheld_cell_could_only_be_one() -> None:
    with pytest.raises(HaiError, match="disclosure_threshold"):
        load_parameters([ROOT / "params.yml"], ["disclosure_threshold=2"])
