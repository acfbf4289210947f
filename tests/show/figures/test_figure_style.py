"""Sizes, colours and how a label is fitted."""

from __future__ import annotations

import subprocess
import sys

import pytest

from hai_utils.show.figures.style import (
    GROUP_STYLES,
    LANDMARK_STYLES,
    TEXT,
    group_style,
    printable,
    shorten,
    text_width,
    wrap,
)

WHITE, NIGHT = "#FFFFFF", "#121212"


def luminance(colour: str) -> float:
    """Relative luminance, WCAG 2.1."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """Contrast ratio, WCAG 2.1."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("background", [WHITE, NIGHT])
@pytest.mark.parametrize("style", [*GROUP_STYLES, *LANDMARK_STYLES], ids=lambda style: style.colour)
def test_every_colour_can_be_told_from_the_page_by_day_and_by_night(style, background):
    # WCAG 2.1, 1.4.11: 3:1 for graphics.
    assert contrast(style.colour, background) >= 3.0


def test_groups_differ_without_colour():
    assert len({style.hatch for style in GROUP_STYLES}) == len(GROUP_STYLES)
    assert len({style.dashes for style in GROUP_STYLES}) == len(GROUP_STYLES)


def test_the_first_two_groups_have_the_okabe_ito_pair():
    # Okabe and Ito (2008): blue 0,114,178 and vermillion 213,94,0.
    assert [style.colour for style in GROUP_STYLES[:2]] == ["#0072B2", "#D55E00"]


def test_a_sixth_group_begins_the_styles_anew():
    assert group_style(5) == group_style(0)


def test_text_is_at_least_nine_points():
    assert TEXT * 72 / 96 >= 9


@pytest.mark.parametrize(
    ("text", "ems"),
    [("ii", 0.444), ("00", 1.112), ("WW", 1.888), ("日本", 2.0)],
    ids=["narrow", "digits", "wide", "full"],
)
def test_widths_are_those_of_helvetica(text, ems):
    # Adobe Core 14 font metrics, Helvetica: i 222, zero 556, W 944; East Asian signs fill an em.
    assert text_width(text) == pytest.approx(ems * TEXT)


def test_a_long_label_is_cut_with_an_ellipsis_and_fits():
    short = shorten("A label that is much too long for its place", 100)
    assert short.startswith("A label")
    assert short.endswith("…")
    assert text_width(short) <= 100


def test_a_label_that_fits_is_left_alone():
    assert shorten("Wild type", 100) == "Wild type"


def test_lines_break_between_words_and_none_is_lost():
    rows = wrap("one two three four", 70, lines=9)
    assert " ".join(rows) == "one two three four"
    assert len(rows) > 1
    assert all(text_width(row) <= 70 for row in rows)


def test_too_many_lines_end_in_an_ellipsis():
    rows = wrap("one two three four five six seven", 70, lines=2)
    assert len(rows) == 2
    assert rows[1].endswith("…")


def test_a_label_is_one_line_of_printable_signs():
    assert printable("a\x00b\n c\t\x0bd\u202e\ud800") == "ab c d"


def test_importing_the_figures_imports_no_window_system_and_no_statistics():
    code = "import sys, hai_utils.show.figures; print([m for m in ('matplotlib.pyplot', 'seaborn', 'scipy', 'pandas') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
