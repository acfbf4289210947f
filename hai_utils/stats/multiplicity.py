"""Adjusting P values for their number."""

from __future__ import annotations

from collections.abc import Sequence


def holm(p_values: Sequence[float | None]) -> list[float | None]:
    """Adjust P values by Holm's step-down rule.

    Parameters
    ----------
    p_values : sequence of float or None
        P values in [0, 1]; ``None`` is one that could not be computed: it stays ``None`` and is not counted.

    Returns
    -------
    list of float or None
        The adjusted P values in the same order: the i-th smallest of m times (m - i + 1), made monotone, at most 1.

    Raises
    ------
    ValueError
        If a P value is nan or outside [0, 1].

    References
    ----------
    Holm S. Scand J Stat 1979;6:65-70 (R ``p.adjust``).
    """
    known = [(float(p), position) for position, p in enumerate(p_values) if p is not None]
    for p, _ in known:
        if not 0 <= p <= 1:
            raise ValueError(f"a P value must lie in [0, 1], found {p}")
    adjusted: list[float | None] = [None] * len(p_values)
    running = 0.0
    for smaller, (p, position) in enumerate(sorted(known)):
        running = max(running, min(1.0, (len(known) - smaller) * p))
        adjusted[position] = running
    return adjusted
