"""A figure's SVG, taken off its page: black on white, in a typeface that the file's reader surely finds."""

from __future__ import annotations

import re
from xml.etree import ElementTree

from hai_utils.show.drawing import FONT_FAMILY, NAMESPACE

INK, PAPER = "#000000", "#ffffff"
# The page's own declarations on the outermost element make no sense in a file.
_PAGE_ONLY = ("style", "overflow")
_VIEW = re.compile(r'viewBox="0 0 ([\d.]+) ([\d.]+)"')


def standalone(svg: str, *, family: str = FONT_FAMILY) -> str:
    """Return a drawing as a file of its own.

    Parameters
    ----------
    svg : str
        As it stands in a page, in the page's colour.
    family : str
        The typefaces that its letters may have, the first that is there winning.

    Returns
    -------
    str
        XML with its declaration: the light theme on white, nothing from outside.
    """
    root = ElementTree.fromstring(svg)
    width, height = size_of(svg)
    for name in _PAGE_ONLY:
        root.attrib.pop(name, None)
    root.set("font-family", family)
    for element in root.iter():
        for name, value in element.attrib.items():
            if value == "currentColor":
                element.set(name, INK)
    ground = ElementTree.Element(
        f"{{{NAMESPACE}}}rect", {"width": f"{width:g}", "height": f"{height:g}", "fill": PAPER, "stroke": "none"}
    )
    words = sum(child.tag in {f"{{{NAMESPACE}}}title", f"{{{NAMESPACE}}}desc"} for child in root)
    root.insert(words, ground)
    ElementTree.register_namespace("", NAMESPACE)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"


def size_of(svg: str) -> tuple[float, float]:
    """Return width and height of a drawing in its own units."""
    found = _VIEW.search(svg)
    if found is None:
        raise ValueError("a drawing without a viewBox")
    return float(found[1]), float(found[2])
