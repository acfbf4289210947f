"""The one place where the statistics check what they are given."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


TOO_LARGE = "too large for exact"
"""The note of a row that an exact method leaves empty."""


def as_finite(x: ArrayLike, name: str) -> FloatArray:
    """Return ``x`` as a 1-D float64 array, refusing whatever is not a finite number.

    Parameters
    ----------
    x : array-like, shape (n,)
        Numbers; n may be 0. Missing values are the caller's to drop, because only the caller can count them.
    name : str
        What the message calls the array.

    Raises
    ------
    ValueError
        If ``x`` is not 1-D or holds nan or inf.
    """
    array = np.asarray(x, dtype=np.float64) + 0.0  # makes -0.0 one with 0.0, so that row order cannot show in a sign
    if array.ndim != 1:
        raise ValueError(f"{name} must be one-dimensional, not of shape {array.shape}")
    if not np.isfinite(array).all():
        raise ValueError(
            f"{name} holds {int((~np.isfinite(array)).sum())} missing or infinite value(s): drop them first"
        )
    return array


def as_times(x: ArrayLike, name: str = "time") -> FloatArray:
    """Return ``x`` as a 1-D float64 array of times from the start, none of them negative.

    Raises
    ------
    ValueError
        If ``x`` is not 1-D, or holds nan, inf or a negative time (0 is a valid time).
    """
    array = as_finite(x, name)
    if array.size and array.min() < 0:
        raise ValueError(f"{name} holds {int((array < 0).sum())} negative value(s)")
    return array


def as_events(x: ArrayLike, name: str = "event", *, length: int | None = None) -> IntArray:
    """Return an event indicator (1 = event, 0 = censored) as a 1-D int64 array.

    Parameters
    ----------
    x : array-like of 0/1 or bool, shape (n,)
        The indicator.
    name : str
        What the message calls the array.
    length : int, optional
        The number of patients that it must have.

    Raises
    ------
    ValueError
        If ``x`` is not 1-D, of another length, or holds anything but 0 and 1.
    """
    array = as_codes(x, name, length=length)
    if array.size and array.max() > 1:
        raise ValueError(f"{name} must hold 0 and 1 only, found {int(array.max())}")
    return array


def as_codes(x: ArrayLike, name: str, *, length: int | None = None) -> IntArray:
    """Return integer codes 0, 1, ... (groups, causes, strata) as a 1-D int64 array.

    Raises
    ------
    ValueError
        If ``x`` is not 1-D, of another length than ``length``, or holds a negative or fractional number.
    """
    array = as_finite(x, name)
    if length is not None and array.size != length:
        raise ValueError(f"{name} has {array.size} values for {length} patients")
    return _whole(array, name)


def as_counts(x: ArrayLike, name: str = "table") -> IntArray:
    """Return a table of counts as a 2-D int64 array (rows = groups, columns = outcome levels).

    Raises
    ------
    ValueError
        If ``x`` is not 2-D or holds a negative, fractional, missing or infinite count.
    """
    array = np.asarray(x, dtype=np.float64)
    if array.ndim != 2:
        raise ValueError(f"{name} must be two-dimensional, not of shape {array.shape}")
    if not np.isfinite(array).all():
        raise ValueError(f"{name} holds a missing or infinite count")
    return _whole(array, name)


def as_table_row(x: ArrayLike, name: str) -> IntArray:
    """Return one row of a table of counts as a 1-D int64 array.

    Raises
    ------
    ValueError
        If ``x`` is not 1-D or holds a negative, fractional, missing or infinite count.
    """
    return _whole(as_finite(x, name), name)


def as_count(x: float, name: str, *, total: float | None = None) -> int:
    """Return one count as an int, at most ``total`` where that is given.

    Raises
    ------
    ValueError
        If ``x`` is negative, fractional, not finite, or above ``total``.
    """
    number = float(x)
    count = int(number) if number >= 0 and number.is_integer() else int(_whole(as_finite([x], name), name)[0])
    if total is not None and count > total:
        raise ValueError(f"{name} is {count}, more than the total of {total:g}")
    return count


def as_confidence_level(confidence_level: float) -> float:
    """Return the confidence level, refusing anything outside (0, 1) such as 95 for 0.95.

    Raises
    ------
    ValueError
        If it is not strictly between 0 and 1.
    """
    if not 0 < confidence_level < 1:
        raise ValueError(f"confidence_level must lie between 0 and 1, not {confidence_level}")
    return float(confidence_level)


def as_choice(choice: str, name: str, functions: Collection[str]) -> None:
    """Refuse a method for which there is no function, naming those that there are.

    Raises
    ------
    ValueError
        If ``choice`` is not one of ``functions``.
    """
    if choice not in functions:
        raise ValueError(f"{name} must be one of {', '.join(functions)}; not {choice!r}")


def _whole(array: FloatArray, name: str) -> IntArray:
    if (array < 0).any() or (array != np.floor(array)).any():
        raise ValueError(f"{name} must hold whole numbers from 0 up")
    return array.astype(np.int64)
