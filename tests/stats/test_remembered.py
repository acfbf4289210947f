"""Answers that are kept are those that would be given."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from hai_utils.stats import remembered as module
from hai_utils.stats.remembered import remembered


@pytest.fixture
def asked() -> list[tuple[Any, ...]]:
    return []


@pytest.fixture
def answer(asked: list[tuple[Any, ...]]) -> Callable[..., float]:
    @remembered
    def total(numbers: Any, *, times: float = 1.0) -> float:
        asked.append((numbers, times))
        if times < 0:
            raise ValueError
        return float(np.sum(numbers)) * times

    return total


def test_the_same_numbers_are_answered_once(answer: Callable[..., float], asked: list[Any]) -> None:
    assert answer(np.array([1.0, 2.0]), times=2.0) == answer(np.array([1.0, 2.0]), times=2.0) == 6.0
    assert len(asked) == 1


@pytest.mark.parametrize(
    ("other", "times"),
    [
        (np.array([1.0, 2.5]), 1.0), (np.array([1, 2]), 1.0), (np.array([[1.0, 2.0]]), 1.0), (np.array([1.0, 2.0]), 3.0),
        (np.array([2.0, 1.0]), 1.0),
    ],
)  # fmt: skip
def test_other_numbers_are_another_question(
    other: Any, times: float, answer: Callable[..., float], asked: list[Any]
) -> None:
    answer(np.array([1.0, 2.0]), times=1.0)
    assert answer(other, times=times) == float(np.sum(other)) * times
    assert len(asked) == 2


def test_an_array_that_was_changed_is_another_question(answer: Callable[..., float]) -> None:
    numbers = np.array([1.0, 2.0])
    assert answer(numbers) == 3.0
    numbers[0] = 5.0
    assert answer(numbers) == 7.0


@pytest.mark.parametrize("numbers", [[1.0, 2.0], ([1.0], [2.0]), np.array([1, 2], dtype=object)])
def test_what_cannot_be_known_again_is_answered_anew(
    numbers: Any, answer: Callable[..., float], asked: list[Any]
) -> None:
    assert answer(numbers) == answer(numbers) == 3.0
    assert len(asked) == 2


def test_a_refusal_is_not_kept(answer: Callable[..., float], asked: list[Any]) -> None:
    for _ in range(2):
        with pytest.raises(ValueError):
            answer(np.array([1.0]), times=-1.0)
    assert len(asked) == 2


def test_the_oldest_answer_goes(
    answer: Callable[..., float], asked: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST", 2)
    for number in (1.0, 2.0, 3.0, 3.0, 1.0):
        assert answer(np.array([number])) == number
    assert [float(numbers[0]) for numbers, _ in asked] == [1.0, 2.0, 3.0, 1.0]
