"""Printed P values: which tests give them on a printed table of counts, on two group sizes, on two means."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from scipy.special import stdtr

from hai_utils.audit.answer import Judgement, by_rule, decide, impossible, named, show
from hai_utils.audit.printed import ALL_RULES, NO_RULE, Printed, Rules
from hai_utils.catalogue.methods import MOST_PATIENTS
from hai_utils.results.formatting import ROUNDING_RULES, RoundingRule
from hai_utils.show.wording import method_name
from hai_utils.stats.contingency import (
    APPLICABLE_2X2,
    APPLICABLE_LARGER,
    CATEGORICAL_TESTS,
    CategoricalTest,
    compare_table,
)
from hai_utils.stats.location import compare_locations
from hai_utils.stats.normal import two_sided_p

Table = tuple[tuple[int, ...], ...]
LARGEST_LATTICE = 2_500
"""Products of two group sizes above this have so many Mann-Whitney P values that nothing can be told from them."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """One test that may be behind a printed P.

    Attributes
    ----------
    method : str
        In the words of the results table.
    p_value : float or None
        What it gives; None where it cannot be computed.
    rules : frozenset of RoundingRule
        Rounding rules under which that prints as published.
    basis : str
        What it was computed from: a table, a rank statistic.
    """

    method: str
    p_value: float | None
    rules: Rules
    basis: str = ""

    @property
    def fits(self) -> bool:
        """Whether it prints as published."""
        return bool(self.rules)


def table_2x2(first: int, first_of: int, second: int, second_of: int) -> Table:
    """Return a table of two groups (rows) by yes and no."""
    return ((first, first_of - first), (second, second_of - second))


def table_text(table: Table) -> str:
    """Write a table in a line."""
    if all(len(row) == 2 for row in table):
        return " v ".join(f"{row[0]}/{sum(row)}" for row in table)
    return " v ".join(f"[{', '.join(map(str, row))}]" for row in table)


def table_tests(table: Table) -> tuple[CategoricalTest, ...]:
    """Return the tests that exist for a table of this size."""
    return APPLICABLE_2X2 if len(table) == 2 and len(table[0]) == 2 else APPLICABLE_LARGER


@lru_cache(maxsize=4096)
def table_p_value(table: Table, method: CategoricalTest) -> float | None:
    """Return a test's P on a table; None where it has none (constant outcome, too large)."""
    return compare_table(table, method=method).p_value


def table_candidates(table: Table, p: Printed, rules: Rules = ALL_RULES) -> tuple[Candidate, ...]:
    """Compute every test that exists for a table and say which give the printed P by one of some rounding rules."""
    return tuple(
        candidate(method, table_p_value(table, method), p, rules, table_text(table)) for method in table_tests(table)
    )


def candidate(method: str, value: float | None, p: Printed, rules: Rules, basis: str) -> Candidate:
    """Say by which of some rounding rules a test's P prints as published."""
    return Candidate(method, value, NO_RULE if value is None else p.rules_for(value) & rules, basis)


def table_p(p: Printed, tables: Mapping[RoundingRule, Sequence[Table]], method: str = "") -> Judgement:
    """Answer whether a P can belong to a printed table.

    Parameters
    ----------
    p : Printed
        As printed.
    tables : mapping of RoundingRule to tables
        The tables that the printed counts or percentages can stand for, under each rounding rule.
    method : str, optional
        The test that is stated. Unless stated, any test may have been used, and a P that none of those tried gives is
        no proof: another test or other categories may give it.
    """
    every = list(dict.fromkeys(table for rule in ROUNDING_RULES for table in tables[rule]))
    if not every or any(len(table) < 2 for table in every):
        return Judgement("not_checked", "The printed counts leave no table to test.")
    tests: Sequence[CategoricalTest] = [name for name in CATEGORICAL_TESTS if name == method] or table_tests(every[0])
    values = {(t, m): table_p_value(t, m) for t in every for m in tests if m in table_tests(t)}
    if not any(value is not None for value in values.values()):
        return _without_p(p, every, tests)
    kept = by_rule(
        lambda rule: any(rule in p.rules_for(v) for (t, _), v in values.items() if v is not None and t in tables[rule])
    )
    listed = _listed(values, p)
    fitting = list(dict.fromkeys(m for (t, m), v in values.items() if v is not None and p.rules_for(v)))
    if kept:
        # Where no test is stated, a P that fits one by one rounding rule only tells nothing of the rounding.
        return Judgement("possible", f"P={p} by {named(fitting)} ({listed}).", rules=kept if method else ALL_RULES)
    if method:
        return impossible(f"P={p} is not what {named([method])} gives: {listed}.", *_near(p, values.values()))
    assumption = "another test than these, or more categories than are printed"
    return Judgement("assumption", f"No test gives P={p}: {listed}.", _near(p, values.values()), assumption)


def _without_p(p: Printed, tables: Sequence[Table], tests: Sequence[CategoricalTest]) -> Judgement:
    """Answer for tables on which no test has a P: with one level in use there is nothing to test."""
    shown = table_text(tables[0])
    if all(sum(any(column) for column in zip(*table, strict=True)) < 2 for table in tables):
        proof = f"{shown}: all patients have one level, so there is nothing to test (Fisher's P is 1)."
        return decide(p.rules_for(1.0), f"{shown}: one level only, P=1.", proof, ["1"])
    return Judgement("not_checked", f"{shown} has no P by {named(tests)}: nothing to check against.")


def _listed(values: Mapping[tuple[Table, CategoricalTest], float | None], p: Printed) -> str:
    """Say what each test gives on each table, the table once."""
    tables = dict.fromkeys(table for table, _ in values)
    shown = {
        table: "; ".join(
            f"{method_name(name)} {show(value, max(4, p.decimals))}"
            for (other, name), value in values.items()
            if other == table and value is not None
        )
        for table in tables
    }
    return ". ".join(f"{table_text(table)}: {text}" for table, text in shown.items() if text)


def _near(p: Printed, values: Iterable[float | None]) -> tuple[str, ...]:
    known = sorted((v for v in values if v is not None), key=lambda v: abs(v - float(p.value)))
    return tuple(dict.fromkeys(show(value, p.decimals) for value in known))[:2]


def finer_tables(table: Table) -> Iterator[Table]:
    """List the tables that result where the second category (not White) is split into any number of categories.

    Each split distributes both groups' remainder over unordered, non-empty categories.
    """
    (first, rest_first), (second, rest_second) = table
    for columns in _splits(rest_first, rest_second):
        yield (first, *(a for a, _ in columns)), (second, *(b for _, b in columns))


def _splits(first: int, second: int) -> Iterator[tuple[tuple[int, int], ...]]:
    """Partitions of a pair of counts into unordered pairs that are not both zero (a vector partition)."""

    def extend(left: tuple[int, int], most: tuple[int, int]) -> Iterator[tuple[tuple[int, int], ...]]:
        if left == (0, 0):
            yield ()
        for a in range(left[0], -1, -1):
            for b in range(left[1], -1, -1):
                if (a, b) != (0, 0) and (a, b) <= most:
                    for rest in extend((left[0] - a, left[1] - b), (a, b)):
                        yield ((a, b), *rest)

    yield from extend((first, second), (first, second))


def mann_whitney_lattice(n1: int, n2: int) -> tuple[tuple[float, float], ...]:
    """List every exact two-sided Mann-Whitney P of untied samples of two sizes, with its smaller U.

    Without ties the P depends on U alone, so few values can be printed at all.
    """
    if not 0 < n1 * n2 <= LARGEST_LATTICE or n1 + n2 > MOST_PATIENTS:
        return ()
    return tuple((float(u), _untied_p(u, n1, n2)) for u in range(n1 * n2 // 2 + 1))


@lru_cache(maxsize=65_536)
def _untied_p(u: int, n1: int, n2: int) -> float:
    """Return the exact P of samples of which u pairs have the first above the second."""
    above_all, rest = divmod(u, n2)
    level = [n2 + 0.5] * above_all + [rest + 0.5] * (above_all < n1) + [0.5] * (n1 - above_all - 1)
    reference = [float(place) for place in range(1, n2 + 1)]
    test = compare_locations(level, reference, method="mann_whitney_exact_untied")
    assert test.p_value is not None
    return test.p_value


def _lattice_near(p: Printed, n1: int, n2: int) -> tuple[tuple[float, float], ...]:
    """Return the stretch of the exact lattice about a printed P, found by bisection: P grows with U."""
    if not 0 < n1 * n2 <= LARGEST_LATTICE or n1 + n2 > MOST_PATIENTS:
        return ()
    last, unit = n1 * n2 // 2, Decimal(1).scaleb(-p.decimals)
    low, high = float(p.value - unit), float(p.value + unit)
    start = bisect_left(range(last + 1), low, key=lambda u: _untied_p(u, n1, n2))
    stop = bisect_right(range(last + 1), high, key=lambda u: _untied_p(u, n1, n2))
    return tuple((float(u), _untied_p(u, n1, n2)) for u in range(max(start - 1, 0), min(stop, last) + 1))


def asymptotic_lattice(n1: int, n2: int, *, correction: bool = False) -> tuple[tuple[float, float], ...]:
    """List the normal approximation's P values at each U and half U, as without ties (ties make each a little less)."""
    if not 0 < n1 * n2 <= LARGEST_LATTICE:
        return ()
    mean, spread = n1 * n2 / 2, math.sqrt(n1 * n2 * (n1 + n2 + 1) / 12)
    shift = 0.5 if correction else 0.0
    return tuple((half / 2, two_sided_p(max(mean - half / 2 - shift, 0.0) / spread)) for half in range(n1 * n2 + 1))


def on_lattice(p: Printed, lattice: Sequence[tuple[float, float]]) -> tuple[tuple[float, float], ...]:
    """Return the points of a lattice that print as a P."""
    return tuple((u, value) for u, value in lattice if p.rules_for(value))


def mann_whitney_candidates(p: Printed, n1: int, n2: int, rules: Rules = ALL_RULES) -> tuple[Candidate, ...]:
    """Say which Mann-Whitney variants can give a printed P at two group sizes, with the U that does, else the nearest."""
    lattices = {
        "mann_whitney_exact_untied": mann_whitney_lattice(n1, n2),
        "mann_whitney_asymptotic": asymptotic_lattice(n1, n2),
        "mann_whitney_asymptotic_cc": asymptotic_lattice(n1, n2, correction=True),
    }
    found = []
    for method, lattice in lattices.items():
        if lattice:
            fitting = [point for point in lattice if p.rules_for(point[1]) & rules] or lattice
            u, value = min(fitting, key=lambda point: abs(point[1] - float(p.value)))
            found.append(candidate(method, value, p, rules, f"U={u:g} at {n1} v {n2}, no ties"))
    return tuple(found)


def continuous_p(p: Printed, n1: int, n2: int, method: str = "") -> Judgement:
    """Answer whether a P can come from comparing two groups of values of which only the sizes are known.

    Only an exact test without ties proves anything: its P values are few. With ties, or by another test, nearly every
    P can be had, and nothing more is claimed than that no exact P is below one over the number of permutations.
    """
    smallest = 1 / math.comb(n1 + n2, n1) if n1 + n2 <= MOST_PATIENTS else 0.0
    near = _lattice_near(p, n1, n2)
    hits = on_lattice(p, near)
    if method.startswith("mann_whitney_exact") and not p.bound:
        shown_smallest = show(smallest, max(4, p.decimals + 2))
        proof = f"No exact test of {n1} v {n2} patients has a P below {shown_smallest}."
        too_small = not by_rule(lambda rule: float(p.span(rule).high) > smallest)
        if too_small:
            return impossible(proof, shown_smallest)
    if method == "mann_whitney_exact_untied" and near:
        rules = frozenset(rule for _, value in hits for rule in p.rules_for(value))
        nearest = sorted(near, key=lambda point: abs(point[1] - float(p.value)))[:2]
        shown = tuple(f"{show(value, 4)} (U={u:g})" for u, value in nearest)
        reason = f"U={hits[0][0]:g} gives {show(hits[0][1], 4)}." if hits else ""
        return decide(rules, reason, f"No U of {n1} v {n2} gives P={p} by the exact test.", shown)
    if not 0 < n1 * n2 <= LARGEST_LATTICE or p.bound:
        return Judgement("not_checked", "The values themselves would be needed.")
    return Judgement("possible", _continuous_text(n1, n2, hits))


def _continuous_text(n1: int, n2: int, hits: Sequence[tuple[float, float]]) -> str:
    if hits:
        listed = ", ".join(f"U={u:g}: {show(value, 4)}" for u, value in hits[:2])
        return f"On the exact Mann-Whitney lattice of {n1} v {n2} without ties ({listed})."
    return f"Not on the exact Mann-Whitney lattice of {n1} v {n2} without ties: ties, or another test."


@dataclass(frozen=True, slots=True)
class Summary:
    """Mean, standard deviation and size of a group, as printed."""

    mean: Printed
    sd: Printed
    n: int


def t_test_range(level: Summary, reference: Summary, rule: RoundingRule, *, pooled: bool) -> tuple[float, float]:
    """Bound the P of a t test that printed means and standard deviations allow.

    P falls with the difference and rises with the standard error; the extremes are taken of each, and for Welch's of
    all degrees of freedom, so that the true P always lies within.
    """
    one, other = level.mean.span(rule), reference.mean.span(rule)
    gaps = [abs(float(a - b)) for a in (one.low, one.high) for b in (other.low, other.high)]
    least = 0.0 if one.meets(other) else min(gaps)
    sds = [[max(float(end), 0.0) for end in (g.sd.span(rule).low, g.sd.span(rule).high)] for g in (level, reference)]
    n1, n2 = level.n, reference.n
    errors = [_standard_error(sds[0][i], n1, sds[1][i], n2, pooled=pooled) for i in (0, 1)]
    most_df, least_df = n1 + n2 - 2, n1 + n2 - 2 if pooled else min(n1, n2) - 1
    return _t_p(max(gaps), errors[0], most_df), _t_p(least, errors[1], least_df)


def _standard_error(sd1: float, n1: int, sd2: float, n2: int, *, pooled: bool) -> float:
    if pooled:
        variance = ((n1 - 1) * sd1**2 + (n2 - 1) * sd2**2) / (n1 + n2 - 2)
        return math.sqrt(variance * (1 / n1 + 1 / n2))
    return math.sqrt(sd1**2 / n1 + sd2**2 / n2)


def _t_p(difference: float, error: float, degrees_of_freedom: float) -> float:
    if error == 0:
        return 0.0 if difference else 1.0
    return float(2 * stdtr(degrees_of_freedom, -difference / error))


def t_test_p(p: Printed, level: Summary, reference: Summary, method: str = "") -> Judgement:
    """Answer whether a P can be that of a t test on printed means and standard deviations (groups of two or more)."""
    names = [name for name in ("student_t", "welch_t") if method in {"", name}]
    ranges = {(n, r): t_test_range(level, reference, r, pooled=n == "student_t") for n in names for r in ROUNDING_RULES}
    kept = by_rule(lambda rule: any(_in_range(p, *ranges[name, rule], rule) for name in names))
    shown = "; ".join(
        f"{method_name(name)} {show(ranges[name, 'half_up'][0], 4)} to {show(ranges[name, 'half_up'][1], 4)}"
        for name in names
    )
    if kept:
        return Judgement(
            "possible", f"Within what the means and SDs allow: {shown}.", rules=kept if method else ALL_RULES
        )
    if method:
        return impossible(f"P={p} lies outside what the printed means and SDs allow: {shown}.")
    return Judgement("possible", f"No t test on the printed means and SDs ({shown}); another test was used.")


def _in_range(p: Printed, low: float, high: float, rule: RoundingRule) -> bool:
    if p.bound:
        return low < p.value if p.bound == "<" else high > p.value
    span = p.span(rule)
    return float(span.low) <= high + 1e-12 and low <= float(span.high) + 1e-12


def is_table_test(method: str) -> bool:
    """Whether a stated method is a test of a table of counts."""
    return method in CATEGORICAL_TESTS
