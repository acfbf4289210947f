"""Sums of products in one fixed order.

A matrix product of long arrays is handed to BLAS, which splits it among threads: the last digits then depend on the
machine's load and number of cores, and a report would not be the same file twice. NumPy's own sums do not.
"""

from __future__ import annotations

import numpy as np

from hai_utils.stats.arrays import FloatArray, IntArray


def sum_of_products(a: FloatArray | IntArray, b: FloatArray | IntArray) -> float:
    """Return sum a_i b_i of two arrays of shape (m,), added pairwise."""
    return float((a * b).sum())


def cross_products(a: FloatArray, b: FloatArray) -> FloatArray:
    """Return a' b of arrays of shape (m, k) and (m, l): a matrix of shape (k, l)."""
    return np.asarray(np.einsum("ti,tj->ij", a, b), dtype=np.float64)
