"""What evidence of a number is: what enters, each step with its numbers, and code that comes to the same."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, Self, SupportsFloat

from hai_utils.results.formatting import working_number as number
from hai_utils.show.evidence.case import Case

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


class WorkingStep(NamedTuple):
    """One step: what it is, and the numbers."""

    words: str
    text: str


@dataclass(frozen=True, slots=True)
class StepTable:
    """A table of numbers that several steps may rest on, known by its caption."""

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    @classmethod
    def of(cls, caption: str, heads: Sequence[str], columns: Iterable[ArrayLike], missing: str = "") -> Self:
        """Make a table of columns of numbers; `missing` stands for nan."""
        import numpy as np

        rows = zip(*(np.asarray(column).tolist() for column in columns), strict=True)
        return cls(caption, tuple(heads), tuple(tuple(number(v) if v == v else missing for v in row) for row in rows))


@dataclass(frozen=True, slots=True)
class Code:
    """Lines of a language that print the number, what they print, and by which version; without a version it is expected."""

    language: str
    text: str
    printed: str
    version: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that shows how a number, and what belongs to it, comes from the rows.

    Attributes
    ----------
    keys : tuple of str
        The numbers that one working gives, with the method where it is not the reported one; the first names it.
    heading : str
        What is worked out, about whom, by which method.
    values : tuple of (str, str, str)
        Each number in words, in full precision, and as the book prints it.
    entering : tuple of WorkingStep
        The rows or counts that enter.
    formula : str
        In the textbook's letters.
    steps : tuple of WorkingStep
        Each intermediate value.
    grids : tuple of StepTable
        Tables that the steps rest on.
    codes : tuple of Code
        R and Python, as far as a package has the method.
    without : str
        Why one of them is missing.
    files : tuple of str
        Names of the files that the code reads; none where the code holds the numbers.
    reference : str
        Where the method is defined.
    source : str
        The function that computes it, such as ``survival.median_survival``; empty where it is counted alone.
    notice : str
        What is said of the rows.
    """

    keys: tuple[str, ...]
    heading: str
    values: tuple[tuple[str, str, str], ...]
    entering: tuple[WorkingStep, ...]
    formula: str
    steps: tuple[WorkingStep, ...]
    grids: tuple[StepTable, ...]
    codes: tuple[Code, ...]
    without: str
    files: tuple[str, ...]
    reference: str
    source: str
    notice: str = ""

    @property
    def all_steps(self) -> tuple[WorkingStep, ...]:
        """What enters, the formula, each step."""
        return (*self.entering, WorkingStep("formula", self.formula), *self.steps)


# What a working gives: the words and numbers of a step, or a table.
Piece = tuple[str, str] | StepTable
Steps = Callable[[Case], Iterable[Piece]]


def by_name(*functions: Steps) -> dict[str, Steps]:
    """Return functions by the names that workings give them."""
    return {function.__name__.removeprefix("_"): function for function in functions}


def numbers(*values: SupportsFloat) -> str:
    """Print limits, or a list of numbers."""
    return " to ".join(map(number, values)) if len(values) == 2 else ", ".join(map(number, values))
