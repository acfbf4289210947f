"""A figure's SVG, taken off its page: black on white, in a typeface that the file's reader surely finds."""

from __future__ import annotations

import base64
import re
from functools import cache
from pathlib import Path
from xml.etree import ElementTree

from hai_utils.show.drawing import FONT_FAMILY, NAMESPACE

# The first of the family, in the weights of text and headings.
FACE, WEIGHTS = "Source Sans 3", (400, 600)
INK, PAPER = "#000000", "#ffffff"
# The page's own declarations on the outermost element make no sense in a file.
_PAGE_ONLY = ("style", "overflow", "class")
_VIEW = re.compile(r'viewBox="0 0 ([\d.]+) ([\d.]+)"')


def standalone(svg: str, *, family: str = FONT_FAMILY, faces: Path | None = None) -> str:
    """Return a drawing as a file of its own.

    Parameters
    ----------
    svg : str
        As it stands in a page, in the page's colour.
    family : str
        The typefaces that its letters may have, the first that is there winning.
    faces : Path, optional
        The folder of the page's typefaces, which the file then carries, so that its lines are as long elsewhere.

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
    if faces is not None:
        style = ElementTree.SubElement(root, f"{{{NAMESPACE}}}style")
        style.text = "".join(_face(faces, weight) for weight in WEIGHTS if weight == WEIGHTS[0] or "bold" in svg)
    words = sum(child.tag in {f"{{{NAMESPACE}}}title", f"{{{NAMESPACE}}}desc"} for child in root)
    root.insert(words, ground)
    ElementTree.register_namespace("", NAMESPACE)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"


@cache
def _face(folder: Path, weight: int) -> str:
    """Return a rule of CSS that carries the letters of a weight."""
    data = base64.b64encode((folder / f"source-sans-3-latin-{weight}-normal.woff2").read_bytes()).decode("ascii")
    bounds = "bold" if weight > WEIGHTS[0] else "normal"
    return f"@font-face{{font-family:'{FACE}';font-weight:{bounds};src:url(data:font/woff2;base64,{data}) format('woff2')}}"


def size_of(svg: str) -> tuple[float, float]:
    """Return width and height of a drawing in its own units."""
    found = _VIEW.search(svg)
    if found is None:
        raise ValueError("a drawing without a viewBox")
    return float(found[1]), float(found[2])
