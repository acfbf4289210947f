"""A comparison as one page that needs nothing beside it, with the figures of both runs side by side."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import groupby
from xml.etree import ElementTree

from hai_utils.html_page import document
from hai_utils.run.comparison.conclusions import KINDS
from hai_utils.run.comparison.differences import Change, RunComparison
from hai_utils.run.comparison.report import (
    Section,
    counted,
    names,
    number_rows,
    sections,
    summary,
    tolerance_sentence,
)
from hai_utils.show.content import Figure, plain
from hai_utils.untrusted import escaped

_REFERENCE = re.compile(r"url\(#([^)]+)\)")
_SVG = "http://www.w3.org/2000/svg"
_DRAWN = frozenset({"svg", "title", "desc", "g", "defs", "path", "use", "text", "tspan", "rect", "circle", "line", "polyline", "polygon", "clipPath", "pattern"})  # fmt: skip
# Long, and read by few: closed until they are asked for.
_CLOSED = {"Numbers by other methods", "Only in A", "Only in B", "Programs"}


def report_html(comparison: RunComparison) -> str:
    """Write a comparison as a page: no network, no script, no file beside it."""
    title = f"{comparison.a.name} and {comparison.b.name} compared"
    said = [names(comparison), *comparison.remarks, tolerance_sentence(comparison)]
    above = [f"<h1>{escaped(title)}</h1>\n", f'<p class="verdict">{escaped(summary(comparison))}</p>\n']
    above += [f"<p>{escaped(sentence)}</p>\n" for sentence in said]
    parts = [_part(comparison, section) for section in sections(comparison)]
    where = next((place for place, section in enumerate(sections(comparison)) if section.heading in _AFTER), len(parts))
    parts.insert(where, _figures(comparison))
    return document(title, "".join([*above, *parts]), style=_STYLE)


_AFTER = ("Printed numbers", *_CLOSED, "Curves and bars")


def _part(comparison: RunComparison, section: Section) -> str:
    if section.heading == "Conclusions that flip":
        return f"<h2>{section.heading}</h2>\n" + "".join(_flips(comparison))
    if section.heading == "Printed numbers":
        return f"<h2>{section.heading}</h2>\n" + "".join(_by_chapter(comparison, section))
    if section.heading not in _CLOSED:
        return f"<h2>{section.heading}</h2>\n" + _table(section.heading, section)
    shown = f"<summary>{section.heading} ({counted(len(section.rows), 'row')})</summary>\n"
    return f"<details>{shown}{_table(section.heading, section)}</details>\n"


def _flips(comparison: RunComparison) -> Iterator[str]:
    for kind, same in groupby(comparison.conclusions, key=lambda one: one.kind):
        items = "".join(f"<li>{escaped(one.sentence)} <code>{escaped(one.a.key)}</code></li>\n" for one in same)
        yield f"<h3>{escaped(KINDS[kind])}</h3>\n<ul>\n{items}</ul>\n"


def _by_chapter(comparison: RunComparison, section: Section) -> Iterator[str]:
    def chapter(change: Change) -> str:
        return change.a.chapter

    for name, changes in groupby(
        sorted(comparison.printed, key=lambda change: (change.a.chapter, change.a.key)), chapter
    ):
        rows = number_rows(comparison, changes)
        heading = name.partition("_")[2].replace("_", " ").capitalize() or "No chapter"
        shown = f"<summary>{escaped(heading)} ({counted(len(rows), 'number')})</summary>\n"
        yield f"<details open>{shown}{_table(heading, Section(heading, section.columns, rows))}</details>\n"


def _table(label: str, section: Section) -> str:
    head = "".join(f'<th scope="col">{escaped(cell)}</th>' for cell in section.columns)
    body = "".join(_row(row) for row in section.rows)
    return (
        f'<div class="wide" role="region" aria-label="{escaped(label)}" tabindex="0"><table>\n'
        f"<thead><tr>{head}</tr></thead>\n<tbody>\n{body}</tbody></table></div>\n"
    )


def _row(cells: Iterable[str]) -> str:
    first, *rest = cells
    return f'<tr><th scope="row">{escaped(first)}</th>{"".join(f"<td>{escaped(cell)}</td>" for cell in rest)}</tr>\n'


# --- figures ---


def _figures(comparison: RunComparison) -> str:
    """Show each figure that differs, or that one run alone has, A beside B."""
    first, second = ({figure.name: figure for figure in run.figures} for run in (comparison.a, comparison.b))
    parts = []
    for name in dict.fromkeys([*first, *second]):
        one, other = first.get(name), second.get(name)
        if one is None or other is None or one.svg != other.svg:
            pair = _figure("A", one) + _figure("B", other)
            parts.append(f'<div class="pair">\n{pair}</div>\n')
    return f"<h2>Figures that differ</h2>\n{''.join(parts)}" if parts else ""


def _figure(letter: str, figure: Figure | None) -> str:
    if figure is None:
        return f"<p>{letter}: this run does not have the figure.</p>\n"
    caption = f"<figcaption>{letter}: {escaped(plain(figure.title))}</figcaption>"
    return f"<figure>{caption}{prefixed(figure.svg, letter.lower())}</figure>\n"


def prefixed(svg: str, prefix: str) -> str:
    """Return a drawing whose ids begin with a prefix, so that two of them can stand on one page; only what draws is kept.

    Parameters
    ----------
    svg : str
        As the figures of this package are rendered.
    prefix : str
        A word.
    """
    root = ElementTree.fromstring(svg)
    for parent in root.iter():
        for child in list(parent):
            if not isinstance(child.tag, str) or child.tag.removeprefix(f"{{{_SVG}}}") not in _DRAWN:
                parent.remove(child)
    for element in root.iter():
        for name, value in list(element.attrib.items()):
            if name.startswith("on") or (name == "href" and not value.startswith("#")):
                del element.attrib[name]
            else:
                element.set(name, _renamed(name, value, prefix))
    ElementTree.register_namespace("", _SVG)
    return ElementTree.tostring(root, encoding="unicode")


def _renamed(name: str, value: str, prefix: str) -> str:
    if name == "id":
        return f"{prefix}-{value}"
    if name == "href":
        return f"#{prefix}-{value.removeprefix('#')}"
    if name == "aria-labelledby":
        return " ".join(f"{prefix}-{part}" for part in value.split())
    return _REFERENCE.sub(lambda match: f"url(#{prefix}-{match[1]})", value)


_STYLE = """
body { max-width: 80rem; }
h3 { font-size: 1rem; margin-bottom: .3rem; }
.verdict { border-left: .3rem solid; padding-left: .8rem; font-size: 1.1rem; }
li { margin-bottom: .4rem; }
li code { color: var(--quiet); overflow-wrap: anywhere; }
summary { cursor: pointer; margin: .8rem 0; }
tbody th { max-width: 28rem; overflow-wrap: anywhere; }
td { overflow-wrap: break-word; min-width: 4rem; }
.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 30rem), 1fr)); gap: 1.5rem; margin-bottom: 2rem; }
figure { margin: 0; }
figcaption { margin-bottom: .5rem; }
"""
