"""Proportions, their differences and odds ratios against R, published tables, exact fractions, and at the edges."""

from __future__ import annotations

import csv
import math
import time
from fractions import Fraction
from math import comb

import pytest

from hai_utils.stats.estimate import Estimate
from hai_utils.stats.proportions import (
    ODDS_RATIO_METHODS,
    PROPORTION_INTERVALS,
    RISK_DIFFERENCE_INTERVALS,
    odds_ratio,
    proportion,
    risk_difference,
)
from tests.conftest import REFERENCE_CASES

REFERENCE = REFERENCE_CASES / "proportions"
AGREEMENT = 1e-9  # relative; R's roots are solved to about 1e-12
FISHER_TEST_IS_LOOSE = 6e-2  # its root search stops early


def read_rows(name):
    with (REFERENCE / name).open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


COUNTS = {
    row["case"]: tuple(int(row[name]) for name in ("count_level", "total_level", "count_reference", "total_reference"))
    for row in read_rows("input.csv")
}
OUTPUT = read_rows("output.csv")


def expected(statistic, *methods):
    """R's output as (case, method, part, value); part is value, lower or upper."""
    rows = []
    for row in OUTPUT:
        name, _, part = row["statistic"].rpartition("_")
        name, part = (name, part) if part in ("lower", "upper") else (row["statistic"], "value")
        if name == statistic and row["method"] in methods:
            rows.append(pytest.param(row["case"], row["method"], part, row["value"], id="-".join([*row.values()][:3])))
    assert rows
    return rows


def agree(value, reference, tolerance=AGREEMENT):
    if reference == "":  # R: infinite
        assert value is None
    else:
        assert value == pytest.approx(float(reference), rel=tolerance, abs=1e-12)


# --- R and published tables -----------------------------------------------------------------------------------------

COLUMNS = ("case", "method", "part", "reference")


@pytest.mark.parametrize(COLUMNS, expected("proportion", *PROPORTION_INTERVALS))
def test_limits_of_a_proportion_agree_with_r(case, method, part, reference):
    agree(getattr(proportion(*COUNTS[case][:2], method=method), part), reference)


@pytest.mark.parametrize(COLUMNS, expected("risk_difference", *RISK_DIFFERENCE_INTERVALS))
def test_limits_of_a_risk_difference_agree_with_r(case, method, part, reference):
    agree(getattr(risk_difference(*COUNTS[case], method=method), part), reference)


@pytest.mark.parametrize(COLUMNS, expected("risk_difference", ""))
@pytest.mark.parametrize("interval", RISK_DIFFERENCE_INTERVALS)
def test_risk_difference_is_the_same_whatever_its_limits(interval, case, method, part, reference):
    agree(risk_difference(*COUNTS[case], method=interval).value, reference)


@pytest.mark.parametrize(COLUMNS, expected("odds_ratio", *ODDS_RATIO_METHODS))
def test_odds_ratio_agrees_with_r(case, method, part, reference):
    agree(getattr(odds_ratio(*COUNTS[case], method=method), part), reference)


@pytest.mark.parametrize(COLUMNS, expected("odds_ratio", "fisher.test"))
def test_conditional_odds_ratio_is_what_fisher_test_means(case, method, part, reference):
    agree(getattr(odds_ratio(*COUNTS[case], method="conditional_mle"), part), reference, FISHER_TEST_IS_LOOSE)


@pytest.mark.parametrize(
    ("counts", "newcombe", "miettinen_nurminen"),
    [
        ((56, 70, 48, 80), (0.0524, 0.3339), (0.0528, 0.3382)),
        ((9, 10, 3, 10), (0.1705, 0.8090), (0.1700, 0.8406)),
        ((6, 7, 2, 7), (0.0582, 0.8062), None),
        ((5, 56, 0, 29), (-0.0381, 0.1926), None),
        ((0, 10, 0, 20), (-0.1611, 0.2775), None),
        ((0, 10, 0, 10), (-0.2775, 0.2775), None),
        ((10, 10, 0, 20), (0.6791, 1.0000), (0.7156, 1.0000)),
        ((10, 10, 0, 10), (0.6075, 1.0000), None),
    ],
)
def test_risk_differences_of_newcombes_table_ii(counts, newcombe, miettinen_nurminen):
    """Newcombe RG, Stat Med 1998;17:873-890, Table II, methods 10 and 6."""
    for method, printed in (("newcombe", newcombe), ("miettinen_nurminen", miettinen_nurminen)):
        estimate = risk_difference(*counts, method=method)
        assert printed is None or (estimate.lower, estimate.upper) == pytest.approx(printed, abs=5e-5)


# --- exact fractions ------------------------------------------------------------------------------------------------


def weights(x1, n1, x2, n2):
    successes = x1 + x2
    return {x: comb(n1, x) * comb(n2, successes - x) for x in range(max(0, successes - n2), min(n1, successes) + 1)}


def tail(table, psi, chosen):
    terms = {x: w * psi**x for x, w in table.items()}
    return sum((t for x, t in terms.items() if chosen(x)), Fraction(0)) / sum(terms.values())


def bisect(too_low) -> float:
    """Root of a monotone condition on the positive numbers, in fractions, to a relative 2^-52."""
    high = Fraction(1)
    while too_low(high):
        high *= 2
    low = high / 2
    while not too_low(low):
        low /= 2
    for _ in range(54):
        middle = (low + high) / 2
        low, high = (middle, high) if too_low(middle) else (low, middle)
    return float(low)


INTERIOR = [(2, 11, 8, 13), (3, 11, 9, 13), (4, 11, 4, 13), (1, 5, 4, 6), (6, 7, 2, 7), (1, 25, 1, 30)]
QUARTER_OF_A_TENTH = Fraction(1, 40)


@pytest.mark.parametrize("counts", INTERIOR, ids=str)
def test_conditional_odds_ratio_is_the_root_of_its_equation(counts):
    x1, table = counts[0], weights(*counts)

    def mean_too_low(psi):
        return sum((x - x1) * w * psi**x for x, w in table.items()) < 0

    assert odds_ratio(*counts, method="conditional_mle").value == pytest.approx(bisect(mean_too_low), rel=1e-12)


@pytest.mark.parametrize("counts", [*INTERIOR, (7, 11, 13, 13), (0, 6, 4, 9), (10, 10, 0, 10)], ids=str)
def test_exact_limits_are_the_roots_of_their_equations(counts):
    x1, table = counts[0], weights(*counts)
    estimate = odds_ratio(*counts, method="conditional_mle")
    if x1 > min(table):
        root = bisect(lambda psi: tail(table, psi, lambda x: x >= x1) < QUARTER_OF_A_TENTH)
        assert estimate.lower == pytest.approx(root, rel=1e-12)
    else:
        assert estimate.lower == 0.0
    if x1 < max(table):
        root = bisect(lambda psi: tail(table, psi, lambda x: x <= x1) > QUARTER_OF_A_TENTH)
        assert estimate.upper == pytest.approx(root, rel=1e-12)
    else:
        assert estimate.upper is None


@pytest.mark.parametrize(("x", "n"), [(1, 11), (7, 11), (12, 13), (40, 195)])
def test_clopper_pearson_leaves_a_fortieth_in_each_tail(x, n):
    estimate = proportion(x, n, method="clopper_pearson")
    lower, upper = Fraction(estimate.lower), Fraction(estimate.upper)

    def binomial(p, chosen):
        return float(sum(comb(n, k) * p**k * (1 - p) ** (n - k) for k in chosen))

    assert binomial(lower, range(x, n + 1)) == pytest.approx(0.025, rel=1e-10)
    assert binomial(upper, range(x + 1)) == pytest.approx(0.025, rel=1e-10)


@pytest.mark.parametrize("n", [1, 11, 13, 200])
def test_clopper_pearson_at_no_events_is_a_power(n):
    # (1 - p)^n = alpha/2
    estimate = proportion(0, n, method="clopper_pearson")
    assert (estimate.value, estimate.lower) == (0.0, 0.0)
    assert estimate.upper == pytest.approx(1 - 0.025 ** (1 / n), rel=1e-12)


@pytest.mark.parametrize("n", [10, 11, 13])
def test_miettinen_nurminen_at_no_events_by_hand(n):
    # For delta > 0 the restricted estimate is p2 = 0, p1 = delta: delta^2 = z^2 delta (1 - delta)/n 2n/(2n - 1).
    z_squared = 1.959963984540054**2
    k = z_squared / n * 2 * n / (2 * n - 1)
    estimate = risk_difference(0, n, 0, n, method="miettinen_nurminen")
    assert (estimate.lower, estimate.upper) == pytest.approx((-k / (1 + k), k / (1 + k)), rel=1e-12)


@pytest.mark.parametrize(
    "counts", [(7, 11, 13, 13), (2, 11, 8, 13), (0, 5, 9, 9), (1, 30, 1, 3), (56, 70, 48, 80)], ids=str
)
def test_miettinen_nurminen_limits_lie_on_the_score_test(counts):
    """The restricted likelihood is maximised by golden section, independently of the likelihood equation."""
    x1, n1, x2, n2 = counts
    estimate = risk_difference(*counts, method="miettinen_nurminen")

    def log_likelihood(p2, delta):
        terms = (x1, p2 + delta), (n1 - x1, 1 - p2 - delta), (x2, p2), (n2 - x2, 1 - p2)
        return sum(count * math.log(p) for count, p in terms if count)

    def score(delta):
        low, high = max(0.0, -delta), min(1.0, 1 - delta)
        for _ in range(200):
            third = (high - low) / 3
            if log_likelihood(low + third, delta) < log_likelihood(high - third, delta):
                low += third
            else:
                high -= third
        p2 = (low + high) / 2
        p1 = p2 + delta
        variance = (p1 * (1 - p1) / n1 + p2 * (1 - p2) / n2) * (n1 + n2) / (n1 + n2 - 1)
        return (x1 / n1 - x2 / n2 - delta) / math.sqrt(variance)

    for limit, z in ((estimate.lower, 1.959963984540054), (estimate.upper, -1.959963984540054)):
        if abs(limit) < 1:
            assert score(limit) == pytest.approx(z, rel=1e-6)


def test_wilson_by_hand():
    # 7/11 with z^2 = 3.841458820694124: (14 + z^2 -/+ z sqrt(z^2 + 4 x 7 x 4/11))/(2 (11 + z^2))
    z_squared = 3.841458820694124
    root = math.sqrt(z_squared * (z_squared + 28 * 4 / 11))
    by_hand = [(14 + z_squared + sign * root) / (2 * (11 + z_squared)) for sign in (-1, 1)]
    estimate = proportion(7, 11, method="wilson")
    assert (estimate.lower, estimate.upper) == pytest.approx(by_hand, rel=1e-12)


# --- edges ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", PROPORTION_INTERVALS)
@pytest.mark.parametrize("n", [1, 3, 7, 11, 100_000])
def test_limits_at_the_ends_are_exactly_0_and_1(method, n):
    nobody, everybody = proportion(0, n, method=method), proportion(n, n, method=method)
    assert (nobody.value, nobody.lower) == (0.0, 0.0)
    assert (everybody.value, everybody.upper) == (1.0, 1.0)
    assert nobody.upper == pytest.approx(1 - everybody.lower, rel=1e-9)


@pytest.mark.parametrize("method", PROPORTION_INTERVALS)
def test_proportion_of_nobody_is_no_data(method):
    assert proportion(0, 0, method=method) == Estimate(note="no data")


@pytest.mark.parametrize("method", RISK_DIFFERENCE_INTERVALS)
@pytest.mark.parametrize("counts", [(0, 0, 3, 5), (3, 5, 0, 0), (0, 0, 0, 0)], ids=str)
def test_risk_difference_with_an_empty_group_is_empty(method, counts):
    assert risk_difference(*counts, method=method) == Estimate(note="empty group")


def test_wald_limits_without_variance_say_so():
    assert risk_difference(0, 4, 0, 6, method="wald") == Estimate(0.0, 0.0, 0.0, 0.0, note="zero variance")


def test_wald_limits_are_not_truncated():
    assert risk_difference(1, 3, 3, 3, method="wald").lower < -1


@pytest.mark.parametrize("method", ODDS_RATIO_METHODS)
def test_odds_ratio_with_an_empty_group_is_empty(method):
    assert odds_ratio(0, 0, 3, 5, method=method) == Estimate(note="empty group")


@pytest.mark.parametrize("method", ["conditional_mle", "sample"])
@pytest.mark.parametrize("counts", [(0, 11, 0, 13), (11, 11, 13, 13)], ids=str)
def test_odds_ratio_of_a_constant_outcome_is_empty(method, counts):
    assert odds_ratio(*counts, method=method) == Estimate(note="constant")


def test_haldane_is_always_estimable():
    estimate = odds_ratio(0, 11, 0, 13, method="haldane")
    assert estimate.value == pytest.approx((0.5 * 13.5) / (11.5 * 0.5))
    assert estimate.note == "constant"


def test_sample_odds_ratio_with_a_zero_cell_is_empty():
    assert odds_ratio(7, 11, 13, 13, method="sample") == Estimate(note="zero cell")


def test_infinite_conditional_odds_ratio_keeps_its_lower_limit():
    estimate = odds_ratio(13, 13, 7, 11, method="conditional_mle")
    assert (estimate.value, estimate.upper, estimate.note) == (None, None, "infinite")
    assert estimate.lower == pytest.approx(1 / 1.1031795093145769, rel=1e-9)  # R, swapped groups


def test_zero_conditional_odds_ratio_stays_zero():
    estimate = odds_ratio(0, 6, 4, 9, method="conditional_mle")
    assert (estimate.value, estimate.lower, estimate.note) == (0.0, 0.0, "")


@pytest.mark.parametrize(
    "call",
    [
        lambda: proportion(5, 4, method="wilson"),
        lambda: proportion(-1, 4, method="wilson"),
        lambda: proportion(1.5, 4, method="wilson"),
        lambda: proportion(math.nan, 4, method="wilson"),
        lambda: risk_difference(5, 4, 1, 2, method="wald"),
        lambda: odds_ratio(1, 2, 3, 2, method="sample"),
    ],
)
def test_impossible_counts_are_refused(call):
    with pytest.raises(ValueError, match="count"):
        call()


@pytest.mark.parametrize(
    "call",
    [
        lambda: proportion(1, 4, method="wald"),
        lambda: risk_difference(1, 4, 1, 2, method="agresti"),
        lambda: odds_ratio(1, 2, 1, 2, method="mle"),
    ],
)
def test_unknown_methods_are_refused(call):
    with pytest.raises(ValueError, match="method must be one of"):
        call()


@pytest.mark.parametrize("confidence_level", [0, 1, 95, -0.5])
def test_confidence_levels_outside_0_and_1_are_refused(confidence_level):
    with pytest.raises(ValueError, match="confidence_level"):
        proportion(1, 4, method="wilson", confidence_level=confidence_level)


# --- size -----------------------------------------------------------------------------------------------------------


def test_100_000_patients_take_less_than_a_second():
    start = time.process_time()
    for method in ODDS_RATIO_METHODS:
        assert odds_ratio(20_000, 50_000, 21_000, 50_000, method=method).value is not None
    for method in RISK_DIFFERENCE_INTERVALS:
        assert risk_difference(20_000, 50_000, 21_000, 50_000, method=method).lower is not None
    assert time.process_time() - start < 1
