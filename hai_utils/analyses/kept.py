"""Analyses kept by what they depend on: the cohort to the last bit, and the values of the parameters that they read.

Nothing is kept unless `keep_analyses` was called; then a chapter that was analyzed once is not analyzed again in this process,
or in one forked from it, for a parameter that it does not read.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from typing import Any, TypeVar

import pandas as pd

from hai_utils.analyses.builder import Builder
from hai_utils.analyses.endpoints import derive
from hai_utils.cohort.model import Cohort
from hai_utils.parameters import Parameters

# Analyses of one chapter that are kept; each has thousands of records.
MOST = 4
# Cohorts that are kept with their derived columns: those of the choices before and now.
MOST_DERIVED = 2
_Made = TypeVar("_Made")


# Parameters that were read, each with its value.
ReadValues = tuple[tuple[str, Any], ...]


@dataclass(frozen=True, eq=False)
class Kept:
    """One chapter as analyzed.

    Attributes
    ----------
    chapter, cohort : str
        Its name, and the digest of the cohort.
    read : tuple of (str, object)
        Every parameter that was read, with its value.
    builder : Builder
        The records and points.
    """

    chapter: str
    cohort: str
    read: ReadValues
    builder: Builder

    @property
    def of(self) -> tuple[object, ...]:
        """What it is the analysis of."""
        return self.chapter, self.cohort, self.read

    def holds(self, chapter: str, cohort: str, parameters: Parameters) -> bool:
        """Say whether it is the analysis of a chapter at these parameters."""
        return (self.chapter, self.cohort) == (chapter, cohort) and _equal(self.read, parameters)


@dataclass(frozen=True, eq=False)
class _Derived:
    """A cohort with its derived columns, the digests before and after, and the parameters that were read."""

    before: str
    read: ReadValues
    cohort: Cohort
    digest: str


_kept: list[Kept] | None = None
_derived: list[_Derived] = []
_reading: list[set[str]] = []
# Chapters that were asked for, while somebody wants to know.
_asked: list[set[str]] = []


class _Watched(Parameters):
    """Parameters that note which of them are read."""

    def __getattribute__(self, name: str) -> Any:  # noqa: ANN401 - any parameter's value
        if _reading and (name in Parameters.model_fields or name == "__dict__" or name.startswith("model_")):
            _reading[-1].update([name] if name in Parameters.model_fields else Parameters.model_fields)
        return super().__getattribute__(name)


def keep_analyses() -> None:
    """Keep from now on what is analyzed in this process."""
    global _kept
    _kept = [] if _kept is None else _kept


def keep_nothing() -> None:
    """Forget what is kept, and keep nothing from now on."""
    global _kept
    _kept = None
    _derived.clear()


def derived_of(cohort: Cohort, parameters: Parameters) -> tuple[Cohort, str]:
    """Return a cohort with its derived columns and the digest of that, which is empty where nothing is kept."""
    if _kept is None:
        return derive(cohort, parameters), ""
    before = digest_of(cohort)
    for one in _derived:
        if one.before == before and _equal(one.read, parameters):
            return one.cohort, one.digest
    derived, read = _watched(parameters, lambda watched: derive(cohort, watched))
    made = _Derived(before, read, derived, digest_of(derived))
    _derived[:] = [*_derived, made][-MOST_DERIVED:]
    return derived, made.digest


def _equal(read: ReadValues, parameters: Parameters) -> bool:
    return all(getattr(parameters, name) == value for name, value in read)


def _watched(parameters: Parameters, compute: Callable[[Parameters], _Made]) -> tuple[_Made, ReadValues]:
    """Return what a computation gives, and the parameters that it read."""
    names: set[str] = set()
    _reading.append(names)
    try:
        made = compute(_Watched.model_construct(**dict(parameters)))
    finally:
        _reading.pop()
        for around in _reading[-1:]:
            around.update(names)
    return made, tuple((name, getattr(parameters, name)) for name in sorted(names))


def digest_of(cohort: Cohort) -> str:
    """Return a digest over a cohort: one with the same is equal to the last bit."""
    # Of what a cohort is, not of what a notebook's knows beside it; a pickle would depend on which equal texts are one object.
    plain = [getattr(cohort, field.name) for field in fields(Cohort) if field.name not in {"table", "excluded"}]
    digest = hashlib.sha256(repr(plain).encode())
    digest.update(cohort.excluded.tobytes())
    for name, column in cohort.table.items():
        words: list[str] = []
        numbers = column.to_numpy()
        if isinstance(column.dtype, pd.CategoricalDtype):
            numbers, words = column.cat.codes.to_numpy(), list(column.cat.categories)
        elif column.dtype == object:
            numbers, levels = pd.factorize(column)
            words = list(levels)
        digest.update(repr((name, column.dtype.name, words)).encode())
        digest.update(numbers.tobytes())
    return digest.hexdigest()


def is_kept(chapter: str, digest: str, parameters: Parameters) -> bool:
    """Say whether the analysis of a chapter is kept; `digest` is that of the cohort."""
    return any(one.holds(chapter, digest, parameters) for one in _kept or ())


def analysed(
    chapter: str,
    analyse: Callable[[Cohort, Parameters], Builder],
    cohort: Cohort,
    digest: str,
    parameters: Parameters,
) -> Builder:
    """Return the analysis of a chapter, made now unless it is kept; `digest` is that of the cohort."""
    for wanted in _asked:
        wanted.add(chapter)
    if _kept is None:
        return analyse(cohort, parameters)
    for one in _kept:
        if one.holds(chapter, digest, parameters):
            _kept.remove(one)
            same = one.builder.parameters == parameters
            # As the newest: what was not asked for longest goes first.
            _kept.append(one if same else replace(one, builder=one.builder.at(parameters)))
            return _kept[-1].builder
    builder, read = _watched(parameters, lambda watched: analyse(cohort, watched))
    builder.parameters = parameters
    take(Kept(chapter, digest, read, builder))
    return builder


def take(made: Kept) -> None:
    """Keep an analysis, made here or in another process; of its chapter the one goes that was not asked for longest."""
    # Two processes may have made the same: kept twice, it would drive out another.
    if _kept is None or any(one.of == made.of for one in _kept):
        return
    _kept.append(made)
    for one in [one for one in _kept if one.chapter == made.chapter][:-MOST]:
        _kept.remove(one)


def kept() -> tuple[Kept, ...]:
    """Return all that is kept, the newest last."""
    return tuple(_kept or ())


@contextmanager
def chapters_asked_for() -> Iterator[set[str]]:
    """Collect the names of the chapters that are asked for within."""
    wanted: set[str] = set()
    _asked.append(wanted)
    try:
        yield wanted
    finally:
        _asked.remove(wanted)
