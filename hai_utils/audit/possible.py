"""What is possible at all: every proof of the audit, by family, in one place to import from.

Each is a small pure function from printed numbers to an `Answer`: possible, impossible with the proof and the nearest
possible values, or possible under a named assumption. All rounding rules are tried, and the answer says which it needs.
"""

from __future__ import annotations

from hai_utils.audit.answer import Status, with_fewer
from hai_utils.audit.counts import (
    Counts,
    attainable_percentages,
    count_of_total,
    count_with_percent,
    counts_of_percent,
    nested_counts,
    percentage,
    printed_count,
    sum_of_counts,
)
from hai_utils.audit.integers import (
    attainable_iqrs,
    count_multisets,
    mean_of_integers,
    median_of_integers,
    multisets,
    quartile_of_integers,
    whole_number,
)
from hai_utils.audit.intervals import MedianInterval, median_interval, within_follow_up
from hai_utils.audit.p_values import (
    continuous_p,
    finer_tables,
    mann_whitney_lattice,
    t_test_p,
    table_2x2,
    table_candidates,
    table_p,
)
from hai_utils.audit.printed import Printed, parse_printed
from hai_utils.audit.ranges import (
    in_order,
    iqr_of_quartiles,
    mean_within,
    nested_maximum,
    nested_minimum,
    repeated,
)

__all__ = [
    "Counts",
    "MedianInterval",
    "Printed",
    "Status",
    "attainable_iqrs",
    "attainable_percentages",
    "continuous_p",
    "count_multisets",
    "count_of_total",
    "count_with_percent",
    "counts_of_percent",
    "finer_tables",
    "in_order",
    "iqr_of_quartiles",
    "mann_whitney_lattice",
    "mean_of_integers",
    "mean_within",
    "median_interval",
    "median_of_integers",
    "multisets",
    "nested_counts",
    "nested_maximum",
    "nested_minimum",
    "parse_printed",
    "percentage",
    "printed_count",
    "quartile_of_integers",
    "repeated",
    "sum_of_counts",
    "t_test_p",
    "table_2x2",
    "table_candidates",
    "table_p",
    "whole_number",
    "with_fewer",
    "within_follow_up",
]
