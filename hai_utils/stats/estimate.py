"""The one shape in which every statistic answers."""

from __future__ import annotations

import math
from dataclasses import dataclass

_NUMBERS = ("value", "lower", "upper", "se", "p_value")


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number with what belongs to it; whatever cannot be estimated is ``None``, never nan or inf.

    Attributes
    ----------
    value : float or None
        The estimate itself; ``None`` where a method gives only a P value, or where it is not estimable.
    lower, upper : float or None
        Confidence limits; ``None`` is an open limit.
    se : float or None
        Standard error.
    p_value : float or None
        Two-sided P value in [0, 1].
    note : str
        Why something is missing or needs care, in the contract's words (``constant``, ``group of one`` ...).
    """

    value: float | None = None
    lower: float | None = None
    upper: float | None = None
    se: float | None = None
    p_value: float | None = None
    note: str = ""

    def __post_init__(self) -> None:
        for name in _NUMBERS:
            number = getattr(self, name)
            if isinstance(number, float) and not math.isfinite(number):
                raise ValueError(f"{name} is {number}: not estimable is None")
