"""Columns of the standard dictionary that are tumor markers: a study grouped by one is reported by REMARK."""

from __future__ import annotations

MARKERS = frozenset({"kras", "kras_codon", "braf"})
