"""Where two Kaplan-Meier curves cross."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from hai_utils.stats.arrays import FloatArray
from hai_utils.stats.survival import PROBABILITY_TOLERANCE, Curve

FEWEST_STEPS = 3


def crossings(one: Curve, other: Curve) -> tuple[float, ...]:
    """Return the times at which the curve that is above the other changes, as far as both are followed.

    Parameters
    ----------
    one, other : Curve
        Of two groups. Where they touch and part again on the same side, they do not cross.

    Returns
    -------
    tuple of float
        For each crossing, the first time at which the other curve is above; ascending.
    """
    end = min(one.last_time, other.last_time)
    times = np.union1d(one.times, other.times)
    times = times[times <= end]
    gap = _read(one, times) - _read(other, times)
    apart = np.abs(gap) > PROBABILITY_TOLERANCE
    side, when = np.sign(gap[apart]), times[apart]
    return tuple(when[1:][side[1:] != side[:-1]].tolist())


def few_steps(curves: Sequence[Curve], crossing: float) -> bool:
    """Say whether a curve has fewer than `FEWEST_STEPS` steps before its last crossing or from it on, so that one or two decide it."""
    steps = [curve.times[curve.events > 0] for curve in curves]
    return any(min((at < crossing).sum(), (at >= crossing).sum()) < FEWEST_STEPS for at in steps)


def _read(curve: Curve, times: FloatArray) -> FloatArray:
    """Return S(t) at each time."""
    levels = np.concatenate(([1.0], curve.survival))
    read: FloatArray = levels[np.searchsorted(curve.times, times, side="right")]
    return read
