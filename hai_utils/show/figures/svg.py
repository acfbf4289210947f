"""From a drawing to SVG for a page: in the page's colour and typeface, with a title and a description.

The text stays text: it can be searched and copied, takes the typeface of the page, and shows signs of any script.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterable, Sequence
from xml.etree import ElementTree

from matplotlib.figure import Figure as Canvas

from hai_utils.show.content import Figure, Text, plain
from hai_utils.show.drawing import FONT_FAMILY, NAMESPACE, now_or_later
from hai_utils.show.figures.style import INK, applied, drawn_narrow, height_of, printable, width_of

XLINK = "{http://www.w3.org/1999/xlink}href"
# The date, the program and its version would make two files of the same drawing differ.
NO_METADATA = {"Date": None, "Creator": None, "Format": None, "Type": None}
DECIMALS = 2
# From here on a path, or a group of marks, is written in fewer letters: a page with six curves of a large cohort stays small.
LONG_PATH, MANY_MARKS = 10_000, 100
_SHARED = ("fill", "stroke", "stroke-width")
_NUMBER = re.compile(r"-?\d+\.\d+")
_REFERENCE = re.compile(r"url\(#([^)]+)\)")
_FONT = re.compile(r"(?:(?P<weight>bold|\d{3}) )?(?P<size>[\d.]+)px")


def render(canvas: Canvas, name: str, title: str, description: str, *, shown: str = "") -> str:
    """Return a drawing as an SVG element that can stand in an HTML page.

    Parameters
    ----------
    canvas : matplotlib.figure.Figure
        The drawing; black in it stands for the colour of the page's text.
    name : str
        The figure's label; every id begins with it, so that ids are unique on a page.
    title, description : str
        What assistive technology reads: the caption, and what the figure shows.
    shown : str
        The class by which the style sheet shows one of two drawings.

    Returns
    -------
    str
        The same bytes for the same drawing: no date, no version, no reference to anything outside.
    """
    buffer = io.BytesIO()
    with applied(**{"svg.fonttype": "none", "svg.hashsalt": name}):
        canvas.savefig(buffer, format="svg", metadata=NO_METADATA)
    drawn = ElementTree.fromstring(buffer.getvalue())
    root = _page_root(name, (width_of(canvas), height_of(canvas)), title, description)
    if shown:
        root.set("class", shown)
    root.extend(child for child in drawn if _kept(child))
    used = _references(root)
    for element in root.iter():
        _restyle(element, name, used)
    for group in root.iter(f"{{{NAMESPACE}}}g"):
        _share_style(group)
    ElementTree.register_namespace("", NAMESPACE)
    return ElementTree.tostring(root, encoding="unicode")


def figure(
    draw: Callable[[], Canvas],
    name: str,
    title: Text,
    alt: str,
    notes: Iterable[Text] = (),
    *,
    data: Sequence[tuple[str, ...]] = (),
    main: bool = False,
) -> Figure:
    """Return a figure drawn in both widths, in the settings of all figures; with its places, where drawings are made later.

    Parameters
    ----------
    draw : callable
        Draws it in the width in force.
    name, title, alt, data, main
        As for `hai_utils.show.content.Figure`.
    notes : iterable of Text
        Those that are empty are left out.
    """
    words = plain(title)

    def wide() -> str:
        with applied():
            return render(draw(), name, words, alt, shown="hai-wide")

    def narrow() -> str:
        with applied(), drawn_narrow():
            return render(draw(), f"{name}-narrow", words, alt, shown="hai-narrow")

    drawn, said = now_or_later(name, wide), tuple(note for note in notes if note)
    return Figure(name, title, alt, drawn, said, main=main, data=data, narrow=now_or_later(f"{name}-narrow", narrow))


def _kept(child: ElementTree.Element) -> bool:
    """Tell what is drawn from metadata; and from Matplotlib's style element, which would style the whole page."""
    if child.tag == f"{{{NAMESPACE}}}defs":
        return any(part.tag != f"{{{NAMESPACE}}}style" for part in child)
    return child.tag == f"{{{NAMESPACE}}}g"


def _page_root(name: str, size: tuple[float, float], title: str, description: str) -> ElementTree.Element:
    width, height = size
    root = ElementTree.Element(
        f"{{{NAMESPACE}}}svg",
        {
            "width": f"{width:g}", "height": f"{height:g}", "viewBox": f"0 0 {width:g} {height:g}",
            "role": "img", "aria-labelledby": f"{name}-title {name}-desc",
            "font-family": FONT_FAMILY, "fill": "currentColor",
            "stroke-linejoin": "round", "stroke-linecap": "butt", "overflow": "visible", "style": "max-width:100%;height:auto",
        },
    )  # fmt: skip
    for tag, text in (("title", title), ("desc", description)):
        ElementTree.SubElement(root, f"{{{NAMESPACE}}}{tag}", {"id": f"{name}-{tag}"}).text = printable(text)
    return root


def _references(root: ElementTree.Element) -> frozenset[str]:
    found: set[str] = set()
    for element in root.iter():
        for value in element.attrib.values():
            found.update(_REFERENCE.findall(value))
        found.add(element.get(XLINK, "").removeprefix("#"))
    return frozenset(found - {""})


def _restyle(element: ElementTree.Element, name: str, used: frozenset[str]) -> None:
    """Write one element's style as attributes, in the page's colour, with ids of the figure's own."""
    if element.tag == f"{{{NAMESPACE}}}svg":
        return
    for key, value in _declarations(element):
        element.set(key, value)
    reference = element.attrib.pop(XLINK, "")
    if reference:
        element.set("href", f"#{name}-{reference.removeprefix('#')}")
    identifier = element.attrib.pop("id", "")
    if identifier.startswith(f"{name}-"):
        element.set("id", identifier)
    elif identifier in used:
        element.set("id", f"{name}-{identifier}")
    for key, value in list(element.attrib.items()):
        _set_tidied(element, key, value, name)


def _declarations(element: ElementTree.Element) -> list[tuple[str, str]]:
    """Take the style attribute apart; presentation attributes give way to a page's style sheet."""
    found: list[tuple[str, str]] = []
    for declaration in element.attrib.pop("style", "").split(";"):
        key, _, value = (part.strip() for part in declaration.partition(":"))
        font = _FONT.match(value) if key == "font" else None
        if font:
            found.append(("font-size", font["size"]))
            if font["weight"]:
                found.append(("font-weight", font["weight"]))
        elif key and key != "font-family":
            found.append((key, "currentColor" if value.lower() == INK else value))
    return found


def _set_tidied(element: ElementTree.Element, key: str, value: str, name: str) -> None:
    if key == "transform" and value.startswith("rotate(-0"):
        del element.attrib[key]
        return
    if key in {"fill", "stroke"} and value.lower() == INK:
        value = "currentColor"
    if key in {"d", "x", "y", "width", "height", "transform", "points"}:
        value = " ".join(_NUMBER.sub(_shorter, value).split())
    if key == "d" and len(value) > LONG_PATH:
        value = _short_steps(value)
    element.set(key, _REFERENCE.sub(lambda match: f"url(#{name}-{match[1]})", value))


def _short_steps(path: str) -> str:
    """Write the lines of a long path that run along one axis, as the steps of a curve do, with one coordinate each."""
    words = path.split(" ")
    short: list[str] = []
    at = ("", "")
    while words:
        command, *end = words[:3]
        if command not in {"M", "L"}:
            return " ".join([*short, *words])
        x, y = end
        del words[:3]
        if command == "L" and y == at[1]:
            short.append(f"H {x}")
        elif command == "L" and x == at[0]:
            short.append(f"V {y}")
        else:
            short.append(f"{command} {x} {y}")
        at = (x, y)
    return " ".join(short)


def _share_style(group: ElementTree.Element) -> None:
    """Write what many marks of a group have in common once, at the group."""
    marks = [child for child in group if child.tag == f"{{{NAMESPACE}}}use"]
    if len(marks) < MANY_MARKS or len(marks) < len(group):
        return
    for key in _SHARED:
        values = {mark.get(key) for mark in marks}
        if len(values) == 1 and None not in values and key not in group.attrib:
            group.set(key, str(values.pop()))
            for mark in marks:
                del mark.attrib[key]


def _shorter(match: re.Match[str]) -> str:
    # A hundredth of a pixel cannot be seen; the digits beyond would differ between processors.
    text = f"{float(match[0]):.{DECIMALS}f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text
