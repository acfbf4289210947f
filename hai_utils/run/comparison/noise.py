"""When two values count as the same number."""

from __future__ import annotations

import math

from hai_utils.results.record import Value

# Two computations of one number on different processors agree to about this: relative to the larger, and near zero.
RELATIVE, ABSOLUTE = 1e-9, 1e-12
IN_WORDS = "1e-9 of the larger, near zero by 1e-12"


def equal(a: Value, b: Value) -> bool:
    """Say whether two values are the same number, written alike or within the noise of the computation."""
    if a is None or b is None:
        return a is b
    return repr(a) == repr(b) or math.isclose(a, b, rel_tol=RELATIVE, abs_tol=ABSOLUTE)
