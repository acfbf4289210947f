"""The SVG that a page takes in: well formed, harmless, alone responsible for its ids, the same for the same input."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from hai_utils.show import figures
from hai_utils.show.content import Figure
from hai_utils.show.figures import svg
from tests.show.figures.figure_samples import survival_results, waterfall_results

NASTY = '<script>alert(1)</script> & "$x^2$" \' ]]> --> \x00\x1b\n'
SVG = "{http://www.w3.org/2000/svg}"
OBSERVED = [(2.0, 1), (5.0, 0), (8.0, 1), (11.0, 0)]


def drawn(label: str = "Wild type") -> list[Figure]:
    bars = waterfall_results({"a": (label, [120.0, 10.0, -40.0]), "b": ("Other", [-10.0, -90.0])}, {"a": [2]})
    curves = survival_results({"a": (label, OBSERVED), "b": ("Other", OBSERVED[:3])})
    found = [figures.waterfall(bars), figures.kaplan_meier(curves, "os")]
    assert all(isinstance(figure, Figure) for figure in found)
    return found  # type: ignore[return-value]


@pytest.fixture(params=[0, 1], ids=["waterfall", "curves"])
def figure(request):
    return drawn(NASTY)[request.param]


def test_labels_from_data_stay_text(figure):
    root = ElementTree.fromstring(figure.svg)
    assert "script" not in {element.tag.removeprefix(SVG) for element in root.iter()}
    assert "<script" not in figure.svg.lower()
    assert any("$x^2$" in (element.text or "") for element in root.iter(f"{SVG}text"))


def test_the_caption_and_the_alternative_are_its_title_and_description(figure):
    root = ElementTree.fromstring(figure.svg)
    assert root.get("role") == "img"
    named = {element.get("id"): element.text for element in root if element.tag in {f"{SVG}title", f"{SVG}desc"}}
    assert list(named) == root.get("aria-labelledby", "").split()
    assert "".join(str(run) for run in figure.title) == named[f"{figure.name}-title"]
    assert "<script>alert(1)</script>" in named[f"{figure.name}-desc"]


def test_ids_are_the_figures_own_and_each_reference_has_its_target(figure):
    root = ElementTree.fromstring(figure.svg)
    ids = [element.get("id") for element in root.iter() if element.get("id")]
    assert len(ids) == len(set(ids))
    assert all(identifier.startswith(f"{figure.name}-") for identifier in ids)
    targets = set(re.findall(r'(?:href="#|url\(#)([^")]+)', figure.svg))
    assert targets <= set(ids)


def test_two_figures_of_a_page_share_no_id():
    first, second = (set(re.findall(r' id="([^"]+)"', figure.svg)) for figure in drawn())
    assert first
    assert second
    assert not first & second


def test_nothing_outside_is_asked_for_and_nothing_styles_the_page(figure):
    assert set(re.findall(r"https?://[^\"' )]+", figure.svg)) == {"http://www.w3.org/2000/svg"}
    assert "<style" not in figure.svg
    assert "@import" not in figure.svg


def test_there_is_no_date_and_no_program_in_it(figure):
    assert "metadata" not in figure.svg
    assert "atplotlib" not in figure.svg
    assert not re.search(r"\b20\d\d-\d\d-\d\d", figure.svg)


def test_the_same_results_give_the_same_bytes():
    assert [figure.svg for figure in drawn()] == [figure.svg for figure in drawn()]


def test_text_and_axes_take_the_colour_of_the_page(figure):
    assert "#000000" not in figure.svg.lower()
    assert ElementTree.fromstring(figure.svg).get("fill") == "currentColor"
    assert 'stroke="currentColor"' in figure.svg


def test_the_background_is_transparent(figure):
    fills = set(re.findall(r'fill="([^"]+)"', figure.svg))
    assert not fills & {"#ffffff", "white"}


def test_it_scales_down_from_700_units(figure):
    root = ElementTree.fromstring(figure.svg)
    assert root.get("width") == "700"
    assert root.get("viewBox") == f"0 0 700 {root.get('height')}"
    assert "max-width:100%" in root.get("style", "")


def test_no_text_is_smaller_than_nine_points(figure):
    sizes = {float(size) for size in re.findall(r'font-size="([\d.]+)', figure.svg)}
    assert sizes
    assert min(sizes) >= 12


def test_text_names_no_typeface_of_its_own(figure):
    root = ElementTree.fromstring(figure.svg)
    assert all("font-family" not in element.attrib for element in root.iter() if element is not root)


def test_a_users_own_defaults_change_nothing(monkeypatch):
    import matplotlib

    expected = [figure.svg for figure in drawn()]
    for name, value in {"axes.facecolor": "red", "lines.linewidth": 9.0, "font.size": 30.0, "axes.grid": True}.items():
        monkeypatch.setitem(matplotlib.rcParams, name, value)
    assert [figure.svg for figure in drawn()] == expected


def corners(path: str) -> list[tuple[float, float]]:
    """The points that a path of straight lines goes through."""
    words, found = path.split(), [(0.0, 0.0)]
    while words:
        command = words.pop(0)
        x, y = found[-1]
        if command in {"M", "L"}:
            x, y = float(words.pop(0)), float(words.pop(0))
        elif command == "H":
            x = float(words.pop(0))
        elif command == "V":
            y = float(words.pop(0))
        found.append((x, y))
    return found[1:]


def test_a_long_path_in_fewer_letters_goes_through_the_same_points() -> None:
    steps = " ".join(f"L {place} {place - 1} L {place} {place}" for place in range(1, 2_000))
    path = f"M 0 0 {steps} L 3.5 7.25 z"
    short = svg._short_steps(path)
    assert corners(short) == corners(path)
    assert len(short) < 0.7 * len(path)


def test_what_many_marks_have_in_common_is_written_once() -> None:
    def drawn(colors: list[str]) -> ElementTree.Element:
        group = ElementTree.Element(f"{{{svg.NAMESPACE}}}g")
        for place, color in enumerate(colors):
            ElementTree.SubElement(group, f"{{{svg.NAMESPACE}}}use", {"x": str(place), "stroke": color, "fill": "red"})
        svg._share_style(group)
        return group

    alike = drawn(["blue"] * svg.MANY_MARKS)
    assert (alike.get("stroke"), alike[0].attrib) == ("blue", {"x": "0"})
    unlike = drawn(["blue"] * svg.MANY_MARKS + ["green"])
    assert (unlike.get("stroke"), unlike[0].get("stroke"), unlike.get("fill")) == (None, "blue", "red")
    assert not drawn(["blue"] * (svg.MANY_MARKS - 1)).attrib
