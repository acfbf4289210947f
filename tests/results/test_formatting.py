"""Rounding and printing, value by value."""

from __future__ import annotations

import pytest

from hai_utils.results.formatting import Formatter, RoundingRule, p_phrase, round_number


@pytest.mark.parametrize(
    ("value", "decimals", "rule", "printed"),
    [
        (0.5, 0, "half_up", "1"),
        (-0.5, 0, "half_up", "-1"),
        (1.5, 0, "half_even", "2"),
        (2.5, 0, "half_even", "2"),
        (2.5, 0, "half_up", "3"),
        (34.9, 0, "truncate", "34"),
        (-34.9, 0, "truncate", "-34"),
        (-0.4, 0, "half_up", "0"),
        (0.285, 2, "half_up", "0.29"),
        (2.675, 2, "half_up", "2.68"),
        (1.005, 2, "half_up", "1.01"),
        (0.0005, 3, "half_up", "0.001"),
        (0.9996, 3, "half_up", "1.000"),
        (63.5, 0, "half_up", "64"),
        (1e15, 1, "half_up", "1000000000000000.0"),
    ],
)
def test_rounding(value: float, decimals: int, rule: RoundingRule, printed: str) -> None:
    assert f"{round_number(value, decimals, rule=rule):f}" == printed


@pytest.mark.parametrize(
    ("style", "value", "printed"),
    [
        ("jgo", 0.0311, "0.03"),
        ("jgo", 0.0995, "0.10"),
        ("jgo", 1.0, "1.0"),
        ("jgo", 0.996, "1.0"),
        ("jgo", 0.0049, "0.005"),
        ("jgo", 0.0009, "<0.001"),
        ("jama", 0.0311, ".03"),
        ("jama", 0.0009, "<.001"),
        ("jama", 0.997, ">.99"),
        ("lancet", 0.0311, "0·031"),
        ("lancet", 0.00005, "<0·0001"),
        ("nejm", 0.0311, "0.03"),
    ],
)
def test_p_value(style: str, value: float, printed: str) -> None:
    assert Formatter.of(style).p_value(value) == printed


@pytest.mark.parametrize(
    ("style", "value", "level", "printed"),
    [
        ("jgo", 0.0472, 0.05, "0.047"),
        ("jgo", 0.0449, 0.05, "0.04"),
        ("jgo", 0.0451, 0.05, "0.045"),
        ("jgo", 0.04996, 0.05, "0.04996"),
        ("jgo", 0.0523, 0.05, "0.052"),
        ("jgo", 0.05, 0.05, "0.05"),
        ("jama", 0.0472, 0.05, ".047"),
        ("nejm", 0.0502, 0.05, "0.0502"),
        ("lancet", 0.04996, 0.05, "0·04996"),
        ("jgo", 0.0096, 0.01, "0.0096"),
        ("jgo", 0.0472, 0.01, "0.05"),
    ],
)
def test_p_beside_the_level_has_the_digits_that_show_its_side(
    style: str, value: float, level: float, printed: str
) -> None:
    assert Formatter.of(style, significance=level).p_value(value) == printed


def test_minus_is_the_typographic_one() -> None:
    assert Formatter.of("jgo").number(-257.4, 0) == "−257"


def test_a_range_with_a_negative_end_is_joined_by_a_word() -> None:
    assert Formatter.of("jgo").range("−257", "94") == "−257 to 94"
    assert Formatter.of("jgo").range("38", "73") == "38–73"


def test_p_is_joined_to_its_value() -> None:
    assert p_phrase("0.03") == "P=0.03"
    assert p_phrase("<0.001") == "P<0.001"


def test_lancet_has_a_raised_point_everywhere() -> None:
    assert Formatter.of("lancet").number(4.2, 1) == "4·2"


def test_a_level_is_printed_as_given_in_the_style_of_p() -> None:
    # AMA Manual of Style, 11th ed., 19.5: no zero before the mark of P and alpha; The Lancet: raised point.
    printed = {style: Formatter.of(style).level(0.05) for style in ("jgo", "jama", "lancet", "nejm")}
    assert printed == {"jgo": "0.05", "jama": ".05", "lancet": "0·05", "nejm": "0.05"}


def test_what_is_given_keeps_its_digits_and_takes_the_mark_of_the_style() -> None:
    lancet = Formatter.of("lancet")
    assert [lancet.as_given(7.5), lancet.as_given(12), lancet.as_given("66.70%")] == ["7·5", "12", "66·70%"]
    assert Formatter.of("jama").as_given(0.12) == "0.12"
