"""Printed numbers: which true values print as them, by each rounding rule."""

from __future__ import annotations

from fractions import Fraction

import pytest

from hai_utils.audit.printed import ALL_RULES, Printed, parse_printed, rules_text
from hai_utils.results.formatting import ROUNDING_RULES, RoundingRule, round_number


def number(text: str, decimals: int | None = None) -> Printed:
    found = parse_printed(text, decimals)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("text", "shown", "decimals"),
    [
        ("63.5%", "63.5", 1),
        ("−257", "-257", 0),
        (".04", "0.04", 2),
        ("<0.001", "<0.001", 3),
        ("-0", "0", 0),
        ("0·31", "0.31", 2),
    ],
)
def test_a_number_is_read_as_it_is_printed(text: str, shown: str, decimals: int) -> None:
    assert (str(number(text)), number(text).decimals) == (shown, decimals)


def test_zeros_that_a_spreadsheet_dropped_come_back_with_the_decimals() -> None:
    assert str(number("0.3", 2)) == "0.30"


@pytest.mark.parametrize(
    "text", ["", "NR", "1,5", "1e3", "=1+1", "0x1", "--1", "7/11", "１２", "1 000", "nan", "9" * 13]
)
def test_what_is_no_printed_number_is_refused(text: str) -> None:
    assert parse_printed(text) is None


def test_more_decimals_than_stated_are_refused() -> None:
    assert parse_printed("0.31", 1) is None


# By hand: the values that print as 35, as -2 and as 0.
@pytest.mark.parametrize(
    ("text", "rule", "inside", "outside"),
    [
        ("35", "half_up", ["34.5", "35.49"], ["34.49", "35.5"]),
        ("35", "half_even", ["34.51", "35.49"], ["34.5", "35.5"]),
        ("34", "half_even", ["33.5", "34.5"], ["33.49", "34.51"]),
        ("34", "truncate", ["34", "34.99"], ["33.99", "35"]),
        ("-2", "half_up", ["-2.49", "-1.5"], ["-2.5", "-1.49"]),
        ("-2", "truncate", ["-2", "-2.99"], ["-1.99", "-3"]),
        ("0", "half_up", ["0.49", "-0.49"], ["0.5", "-0.5"]),
        ("0", "truncate", ["0.99", "-0.99"], ["1", "-1"]),
    ],
)
def test_a_span_holds_what_prints_so_and_nothing_else(
    text: str, rule: RoundingRule, inside: list[str], outside: list[str]
) -> None:
    span = number(text).span(rule)
    assert all(span.holds(Fraction(value)) for value in inside)
    assert not any(span.holds(Fraction(value)) for value in outside)


@pytest.mark.parametrize("rule", ROUNDING_RULES)
def test_the_multiples_of_a_step_are_those_of_a_full_enumeration(rule: RoundingRule) -> None:
    for of in range(1, 41):
        for decimals in (0, 1):
            for k in range(of + 1):
                printed = number(f"{round_number(100 * k / of, decimals, rule=rule):f}")
                listed = [
                    j for j in range(-3, of + 4) if round_number(100 * j / of, decimals, rule=rule) == printed.value
                ]
                assert [j for j in printed.multiples(Fraction(100, of), rule) if -3 <= j <= of + 3] == listed


def test_a_bound_holds_below_it_only() -> None:
    assert number("<0.001").rules_for(0.0004) == ALL_RULES
    assert not number("<0.001").rules_for(0.001)
    assert number(">0.99").rules_for(0.995) == ALL_RULES


def test_one_value_can_need_truncation() -> None:
    assert number("61").rules_for(800 / 13) == {"truncate"}
    assert rules_text({"truncate"}) == "truncation"
