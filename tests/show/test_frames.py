"""A DataFrame as a numbered table."""

from __future__ import annotations

import doctest

import pandas as pd

from hai_utils.show.content import Table, plain
from hai_utils.show.tables import frames, table


def body(made: Table) -> list[list[str]]:
    return [[plain(cell) for cell in row.cells] for row in made.rows]


def test_the_example_holds() -> None:
    assert doctest.testmod(frames).failed == 0
    assert doctest.testmod(frames).attempted


def test_a_missing_value_is_an_empty_cell_and_whole_numbers_have_no_decimals() -> None:
    frame = pd.DataFrame({"n": [1.0, None], "mean": [0.125, -0.125], "who": ["a", None]})
    assert body(table(frame, title="T", index=False)) == [["1", "0.13", "a"], ["", "−0.13", ""]]


def test_levels_are_joined() -> None:
    frame = pd.DataFrame({("age", "mean"): [1], ("age", "max"): [2]}, index=pd.MultiIndex.from_tuples([("a", "b")]))
    made = table(frame, title="T")
    assert made.columns == ("", "", "age, mean", "age, max")
    assert body(made) == [["a", "b", "1", "2"]]
