"""Tests of tables against R, against exact fractions and enumeration, and at the edges."""

from __future__ import annotations

import csv
import math
import time
from collections.abc import Iterator
from fractions import Fraction
from itertools import product
from math import comb, factorial, prod

import numpy as np
import pytest

from hai_utils.stats.contingency import (
    APPLICABLE_2X2,
    APPLICABLE_LARGER,
    CATEGORICAL_TESTS,
    binomial_supremum,
    compare_table,
    expected_counts,
    fragility_index,
)
from hai_utils.stats.estimate import Estimate
from hai_utils.stats.freeman_halton import freeman_halton_p
from tests.conftest import REFERENCE_CASES

REFERENCE = REFERENCE_CASES / "contingency"
EXACT = 1e-9  # the relative agreement asked for of an exact P
AGREEMENT = 1e-6  # and of everything else, suprema among it
EXACT_TESTS = ("fisher_exact", "fisher_mid_p")


def read_rows(name):
    with (REFERENCE / name).open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def read_tables():
    tables: dict[str, list[list[int]]] = {}
    for row in read_rows("input.csv"):
        tables.setdefault(row["case"], []).append([int(count) for count in row["counts"].split()])
    return tables


TABLES = read_tables()
OUTPUT = [row for row in read_rows("output.csv") if row["method"] != "holm"]


def expected(statistic):
    rows = [(row["case"], row["method"], row["value"]) for row in OUTPUT if row["statistic"] == statistic]
    assert rows
    return [pytest.param(*row, id="-".join(filter(None, row[:2]))) for row in rows]


# --- R --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("case", "method", "reference"), expected("p_value"))
def test_p_agrees_with_r(case, method, reference):
    p_value = compare_table(TABLES[case], method=method).p_value
    tolerance = EXACT if method in EXACT_TESTS else AGREEMENT
    assert p_value == pytest.approx(float(reference), rel=tolerance)


@pytest.mark.parametrize(("case", "method", "reference"), expected("statistic"))
def test_statistic_agrees_with_r(case, method, reference):
    value = compare_table(TABLES[case], method=method).value
    assert value == pytest.approx(float(reference), rel=AGREEMENT, abs=1e-12)


@pytest.mark.parametrize(("case", "method", "reference"), expected("expected_below_5"))
def test_note_counts_the_expected_counts_below_5(case, method, reference):
    note = compare_table(TABLES[case], method="pearson_chi2").note
    assert note.startswith(f"{reference} of ")
    assert note.endswith(" expected counts < 5")


# --- the paper's response rate: the choice of test alone moves P ------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "p"),
    [
        ("likelihood_ratio", "0.007"),
        ("yates_chi2", "0.067"),
        ("fisher_exact", "0.031"),
        ("fisher_mid_p", "0.016"),
        ("pearson_chi2", "0.017"),
        ("boschloo", "0.015"),  # ordered by the two-sided Fisher P; SciPy doubles a one-sided one: 0.027
    ],
)
def test_p_of_the_objective_response_rate_depends_on_the_test(method, p):
    assert f"{compare_table([[7, 4], [13, 0]], method=method).p_value:.3f}" == p


def test_barnard_keeps_the_tables_that_tie_up_to_rounding():
    # SciPy loses some of them: 0.1514.
    assert f"{compare_table([[5, 6], [10, 3]], method='barnard').p_value:.4f}" == "0.1534"


# --- exact fractions and enumeration ---------------------------------------------------------------------------------


def exact_fisher(a, b, c, d) -> tuple[Fraction, Fraction]:
    """Two-sided P and mid-P in fractions, ties exactly equal."""
    n1, n2, successes = a + b, c + d, a + c
    weights = {x: comb(n1, x) * comb(n2, successes - x) for x in range(max(0, successes - n2), min(n1, successes) + 1)}
    total = sum(weights.values())
    less = Fraction(sum(w for w in weights.values() if w < weights[a]), total)
    equal = Fraction(sum(w for w in weights.values() if w == weights[a]), total)
    return less + equal, less + equal / 2


def tables_2x2(n1, n2):
    return [(a, n1 - a, c, n2 - c) for a in range(n1 + 1) for c in range(n2 + 1) if 0 < a + c < n1 + n2]


@pytest.mark.parametrize(("a", "b", "c", "d"), tables_2x2(4, 6) + tables_2x2(5, 5))
def test_fisher_and_mid_p_equal_exact_fractions(a, b, c, d):
    p, mid_p = exact_fisher(a, b, c, d)
    table = [[a, b], [c, d]]
    assert compare_table(table, method="fisher_exact").p_value == pytest.approx(float(p), rel=1e-12)
    assert compare_table(table, method="fisher_mid_p").p_value == pytest.approx(float(mid_p), rel=1e-12)


def test_fisher_of_the_tails_of_a_large_table_keeps_its_digits():
    table = 100, 49_900, 300, 49_700
    n1, n2, successes = 50_000, 50_000, 400
    denominator = comb(n1 + n2, successes)
    # Equal groups: the distribution is symmetric, so P is twice the lower tail.
    tail = Fraction(sum(comb(n1, x) * comb(n2, successes - x) for x in range(101)), denominator)
    p_value = compare_table([table[:2], table[2:]], method="fisher_exact").p_value
    assert p_value == pytest.approx(float(2 * tail), rel=EXACT)


def all_tables(rows, columns) -> Iterator[list[tuple[int, ...]]]:
    """Every table with these margins, by plain recursion over rows."""
    if len(rows) == 1:
        yield [tuple(columns)]
        return
    for first in product(*(range(c + 1) for c in columns)):
        if sum(first) == rows[0]:
            for rest in all_tables(rows[1:], [c - f for c, f in zip(columns, first, strict=True)]):
                yield [first, *rest]


def enumerated_freeman_halton(table) -> Fraction:
    def weight(t):
        return Fraction(1, prod(factorial(cell) for row in t for cell in row))

    weights = [weight(t) for t in all_tables([sum(row) for row in table], [sum(c) for c in zip(*table, strict=True)])]
    observed = weight(table)
    return sum(w for w in weights if w <= observed) / sum(weights)


@pytest.mark.parametrize(
    "table",
    [
        [[2, 0, 1], [0, 3, 2]],
        [[3, 1, 0], [1, 1, 2], [0, 0, 3]],
        [[1, 0, 0, 1], [0, 1, 1, 0], [1, 1, 0, 2]],
        [[5, 0, 0, 1, 0], [0, 2, 1, 0, 1]],
        [[1, 2], [3, 0], [0, 2], [1, 1]],
        [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
    ],
    ids=str,
)
def test_freeman_halton_equals_enumeration(table):
    p_value = compare_table(table, method="fisher_exact").p_value
    assert p_value == pytest.approx(float(enumerated_freeman_halton(table)), rel=1e-12)


def test_freeman_halton_of_a_2x2_table_is_fishers_test():
    for a, b, c, d in tables_2x2(5, 7):
        assert freeman_halton_p(np.array([[a, b], [c, d]])) == pytest.approx(
            float(exact_fisher(a, b, c, d)[0]), rel=1e-12
        )


def partitions(total, parts, largest=None):
    """Whole numbers from 1 up, descending, that add up to a total."""
    if parts == 1:
        if total <= (largest or total):
            yield (total,)
        return
    for first in range(min(total - parts + 1, largest or total), 0, -1):
        for rest in partitions(total - first, parts - 1, first):
            yield (first, *rest)


def count_tables(rows, columns):
    if len(columns) == 1:
        return 1
    fillings = product(*(range(min(row, columns[0]) + 1) for row in rows))
    return sum(
        count_tables([r - f for r, f in zip(rows, filling, strict=True)], columns[1:])
        for filling in fillings
        if sum(filling) == columns[0]
    )


@pytest.mark.parametrize("total", range(2, 8))
def test_there_are_at_least_as_many_tables_as_totals_without_the_largest_row_and_column(total):
    """The early stop of the Freeman-Halton test: it must not call a countable table too large."""
    for r in range(2, total + 1):
        for c in range(r, total + 1):
            for rows, columns in product(partitions(total, r), partitions(total, c)):
                box = prod(min(row, total - columns[0]) + 1 for row in rows[1:])
                assert count_tables(rows, columns) >= box


def dense_supremum(n1, n2, extreme) -> float:
    """Largest size on a fine grid with two refinements around its best point: an independent lower bound."""
    coefficients = [[comb(n1, x) * comb(n2, y) * extreme(x, y) for y in range(n2 + 1)] for x in range(n1 + 1)]
    weights = np.zeros(n1 + n2 + 1)
    for x, row in enumerate(coefficients):
        for y, weight in enumerate(row):
            weights[x + y] += weight
    successes = np.arange(n1 + n2 + 1)
    low, high = 0.0, 1.0
    for _ in range(4):
        p = np.linspace(low, high, 4001)[1:-1, None]
        sizes = (weights * p**successes * (1 - p) ** (n1 + n2 - successes)).sum(axis=1)
        best = float(p[sizes.argmax(), 0])
        low, high = max(0.0, best - (high - low) / 1000), min(1.0, best + (high - low) / 1000)
    return float(sizes.max())


@pytest.mark.parametrize(("a", "b", "c", "d"), [*tables_2x2(3, 4)[::2], (7, 4, 13, 0), (2, 9, 8, 5), (1, 29, 9, 21)])
def test_boschloo_equals_a_dense_search_over_exact_fisher_p(a, b, c, d):
    observed = exact_fisher(a, b, c, d)[0]

    def extreme(x, y):
        informative = 0 < x + y < a + b + c + d
        return (exact_fisher(x, a + b - x, y, c + d - y)[0] if informative else 1) <= observed

    p_value = compare_table([[a, b], [c, d]], method="boschloo").p_value
    assert p_value == pytest.approx(dense_supremum(a + b, c + d, extreme), rel=AGREEMENT)


@pytest.mark.parametrize(("a", "b", "c", "d"), [*tables_2x2(3, 4)[::2], (5, 6, 10, 3), (2, 9, 8, 5), (1, 29, 9, 21)])
def test_barnard_equals_a_dense_search_over_exact_z(a, b, c, d):
    n1, n2 = a + b, c + d

    def squared_z(x, y):
        s = x + y
        return Fraction((x * n2 - y * n1) ** 2, s * (n1 + n2 - s)) if 0 < s < n1 + n2 else Fraction(0)

    observed = squared_z(a, c)
    p_value = compare_table([[a, b], [c, d]], method="barnard").p_value
    assert p_value == pytest.approx(dense_supremum(n1, n2, lambda x, y: squared_z(x, y) >= observed), rel=AGREEMENT)


def test_supremum_finds_a_peak_narrower_than_any_grid_and_far_from_the_largest_coefficient():
    # 200 trials: 3 C(200, 1) p (1 - p)^199-like peak at 1/200 against a broad, lower one in the middle.
    coefficients = np.zeros(201)
    coefficients[1] = 0.9
    coefficients[100] = 1.0
    by_hand = 0.9 * 200 * (1 / 200) * (199 / 200) ** 199
    assert binomial_supremum(coefficients) == pytest.approx(by_hand, rel=1e-10)


def test_supremum_of_a_constant_is_the_constant():
    assert binomial_supremum(np.full(25, 0.3)) == pytest.approx(0.3, rel=1e-14)


def test_supremum_may_lie_at_an_end():
    assert binomial_supremum(np.array([1.0, 0.2, 0.0])) == 1.0


# --- edges ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", CATEGORICAL_TESTS)
@pytest.mark.parametrize(
    ("table", "note"),
    [
        ([[0, 0], [0, 0]], "no data"),
        ([[3, 4], [0, 0]], "empty group"),
        ([[3, 0], [5, 0]], "constant"),
        ([[0, 0, 4], [0, 0, 2], [0, 0, 1]], "constant"),
    ],
)
def test_table_without_a_comparison_is_empty(method, table, note):
    assert compare_table(table, method=method) == Estimate(note=note)


@pytest.mark.parametrize("method", sorted(set(APPLICABLE_2X2) - set(APPLICABLE_LARGER)))
def test_method_for_2x2_refuses_a_larger_table(method):
    with pytest.raises(ValueError, match="2x2 tables only, this one is 2x3"):
        compare_table([[1, 2, 3], [3, 2, 1]], method=method)


@pytest.mark.parametrize("method", CATEGORICAL_TESTS)
def test_all_zero_row_and_column_change_nothing(method):
    padded = [[7, 0, 4], [0, 0, 0], [13, 0, 0]]
    assert compare_table(padded, method=method) == compare_table([[7, 4], [13, 0]], method=method)


@pytest.mark.parametrize("method", ["boschloo", "barnard"])
def test_unconditional_test_stops_above_200_patients(method):
    assert compare_table([[50, 51], [40, 60]], method=method) == Estimate(note="too large for exact")
    assert compare_table([[50, 50], [40, 60]], method=method).p_value is not None


def test_freeman_halton_stops_soon_above_ten_million_tables():
    table = [[10, 11, 12, 13, 9], [8, 14, 9, 15, 20], [12, 7, 13, 9, 3], [1, 2, 3, 4, 5]]
    assert compare_table(table, method="fisher_exact") == Estimate(note="too large for exact")


def test_freeman_halton_counts_a_sparse_large_table():
    # 100,000 patients, but only four of the columns' singletons are free: 5^4 tables.
    table = np.eye(5, dtype=int)
    table[:, 0] += 19_999
    assert compare_table(table, method="fisher_exact").p_value is not None


@pytest.mark.parametrize(("size", "empty"), [(3_600, False), (3_700, True)])
def test_the_limit_counts_the_tables(size, empty):
    # Two rows and three columns of equal totals: a table is its first row's first two cells.
    first, second = np.ogrid[: size + 1, : size + 1]
    third = 3 * size // 2 - first - second
    assert (((third >= 0) & (third <= size)).sum() > 10_000_000) is np.bool_(empty)
    p_value = compare_table([[size // 2] * 3] * 2, method="fisher_exact").p_value
    assert p_value == (None if empty else 1.0)


def test_one_table_only_has_p_exactly_1():
    assert compare_table([[10, 1, 0, 0], [11, 0, 1, 1]], method="fisher_exact").p_value == 1.0


@pytest.mark.parametrize("table", [[1, 2], [[1.5, 2], [3, 4]], [[-1, 2], [3, 4]], [[math.nan, 2], [3, 4]]], ids=str)
def test_what_is_no_table_of_counts_is_refused(table):
    with pytest.raises(ValueError, match="table"):
        compare_table(table, method="pearson_chi2")


def test_unknown_test_is_refused():
    with pytest.raises(ValueError, match="method must be one of fisher_exact"):
        compare_table([[1, 2], [3, 4]], method="chi2")


def test_expected_counts_by_hand():
    # 20 x 11/24, 4 x 11/24, 20 x 13/24, 4 x 13/24
    assert expected_counts([[7, 4], [13, 0]]) == pytest.approx(np.array([[220, 44], [260, 52]]) / 24)


def test_expected_counts_of_an_empty_table_are_zero():
    assert expected_counts([[0, 0], [0, 0]]).tolist() == [[0, 0], [0, 0]]


# --- fragility ------------------------------------------------------------------------------------------------------


def test_response_rate_hangs_on_one_patient():
    # Fisher's P of 7/11 v 13/13 is 0.031, of 8/11 v 13/13 it is 12 x 11 x 10/(24 x 23 x 22) x ... = 0.0815 (R).
    assert float(exact_fisher(8, 3, 13, 0)[0]) > 0.05 > float(exact_fisher(7, 4, 13, 0)[0])
    assert fragility_index([[7, 4], [13, 0]]) == Estimate(1.0)


@pytest.mark.parametrize(
    "table",
    [
        [[7, 4], [13, 0]],
        [[2, 9], [8, 5]],
        [[30, 31], [48, 21]],
        [[1, 49], [6, 54]],
        [[5, 6], [10, 3]],
        [[3, 3], [3, 9]],
    ],
)
def test_fragility_index_is_the_first_flip_that_crosses(table):
    (a, b), (c, d) = table
    fewer, other = sorted((table[0], table[1]), key=lambda row: (row[0], row[0] / sum(row)))
    significant = exact_fisher(a, b, c, d)[0] < Fraction(1, 20)

    def crosses(flips):
        events = [fewer[0] + flips, fewer[0] - flips]
        return any(
            (exact_fisher(e, sum(fewer) - e, *other)[0] < Fraction(1, 20)) != significant
            for e in events
            if 0 <= e <= sum(fewer)
        )

    index = fragility_index(table)
    assert index.note == ("" if significant else "reverse fragility")
    assert crosses(int(index.value))
    assert not any(crosses(flips) for flips in range(1, int(index.value)))


def test_fragility_may_not_be_attainable():
    assert fragility_index([[1, 1], [2, 1]]) == Estimate(note="not attainable")


@pytest.mark.parametrize(
    ("table", "note"),
    [
        ([[0, 0], [3, 4]], "empty group"),
        ([[3, 0], [4, 0]], "constant"),
        ([[5000, 1], [4000, 1000]], "too large for exact"),
    ],
)
def test_fragility_is_empty_where_there_is_no_test(table, note):
    assert fragility_index(table) == Estimate(note=note)


@pytest.mark.parametrize(("table", "alpha"), [([[1, 2, 3], [4, 5, 6]], 0.05), ([[1, 2], [3, 4]], 5)])
def test_fragility_refuses_other_tables_and_levels(table, alpha):
    with pytest.raises(ValueError, match=r"2x2|alpha"):
        fragility_index(table, alpha=alpha)


# --- size -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["boschloo", "barnard"])
@pytest.mark.parametrize("table", [[[41, 59], [60, 40]], [[3, 17], [90, 90]]], ids=["100 v 100", "20 v 180"])
def test_unconditional_test_at_its_limit_takes_less_than_a_second(method, table):
    start = time.process_time()
    assert compare_table(table, method=method).p_value is not None
    assert time.process_time() - start < 1


@pytest.mark.parametrize("method", ["fisher_exact", "pearson_chi2", "likelihood_ratio", "yates_chi2", "fisher_mid_p"])
def test_100_000_patients_take_less_than_a_second(method):
    start = time.process_time()
    assert compare_table([[24_000, 26_000], [24_300, 25_700]], method=method).p_value is not None
    assert time.process_time() - start < 1
