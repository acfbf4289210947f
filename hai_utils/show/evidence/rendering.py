"""Evidence as HTML, for a page of its own and for a notebook, and as lines of text."""

from __future__ import annotations

import inspect
from collections.abc import Iterable
from functools import cache
from html import escape
from importlib import import_module

from hai_utils.show.evidence.model import Code, Evidence, StepTable
from hai_utils.untrusted import escaped

STATS = "hai_utils.stats"
DOCS = "_build/docs/index.html"
EXPECTED = "expected; not run on these rows"


@cache
def source_lines(source: str) -> tuple[str, int, int]:
    """Return the module of a function of `hai_utils.stats`, and its first and last line."""
    module, _, name = source.partition(".")
    lines, first = inspect.getsourcelines(getattr(import_module(f"{STATS}.{module}"), name))
    return module, first, first + len(lines) - 1


@cache
def module_source(module: str) -> str:
    """Return the source of a module of `hai_utils.stats`."""
    return inspect.getsource(import_module(f"{STATS}.{module}"))


def anchor_of(caption: str) -> str:
    """Return the address of a grid on its page."""
    return "table-" + "".join(sign if sign.isalnum() and sign.isascii() else "-" for sign in caption)


def section(found: Evidence, *, page: bool = False) -> str:
    """Return evidence as HTML.

    Parameters
    ----------
    page : bool
        Whether it stands on the page of its variable, where tables stand once and files lie beside; else all is in it.
    """
    first, *others = found.keys
    marks = "".join(f'<span id="{escaped(key)}"></span>' for key in others)
    links = (
        ", ".join(f'<a href="#{anchor_of(g.caption)}">{escaped(g.caption)}</a>' for g in found.grids) if page else ""
    )
    names = map(escaped, found.files)
    rows = " and ".join(f'<a href="{name}" download>{name}</a>' if page else name for name in names)
    parts = [
        *(
            _line(escaped(words), f"<strong>{escaped(value or 'none')}</strong>, printed {escaped(printed)}")
            for words, value, printed in found.values
        ),
        "" if page else _line("rows", escaped(found.notice)),
        *(_line(escaped(words), escaped(content)) for words, content in found.all_steps),
        _line("tables", links),
        _line("reference", escaped(found.reference)),
        _line("computed by", _source(found.source, page)),
        _line("code reads", f"{rows}: save it in the folder where you run the code" if rows else ""),
        _line("code missing", escaped(found.without)),
    ]
    keys = " ".join(f"<code>{escaped(key)}</code>" for key in found.keys)
    below = ("" if page else "".join(map(grid_html, found.grids))) + "".join(map(_code, found.codes))
    return (
        f'<section id="{escaped(first)}">{marks}<h2>{escaped(found.heading)}</h2><p class="keys">{keys}</p><dl>{"".join(parts)}</dl>'
        f"{below}</section>\n"
    )


def _line(words: str, content: str) -> str:
    return f"<div><dt>{words}</dt><dd>{content}</dd></div>" if content else ""


def _source(source: str, page: bool) -> str:
    if not source:
        return ""
    module, first, last = source_lines(source)
    name = f"hai_utils/stats/{module}.py, lines {first}–{last}"
    linked = f'<a href="source/{module}.html#L{first}">{name}</a>' if page else name
    return f"{linked}; with <code>make docs</code>: <code>{DOCS}#{STATS}.{source}</code>"


def _code(code: Code) -> str:
    by = f"printed by {escaped(code.version)}" if code.version else EXPECTED
    return (
        f'<pre tabindex="0" role="region" aria-label="{code.language}">{escape(code.text.strip())}</pre>'
        f'<p class="printed">{code.language} prints <samp>{escaped(code.printed)}</samp> ({by})</p>'
    )


def grid_html(grid: StepTable) -> str:
    """Return a table that may scroll by itself."""
    head = "".join(f'<th scope="col">{escaped(column)}' for column in grid.columns)
    rows = "".join("<tr>" + "".join(f"<td>{escaped(cell)}" for cell in row) for row in grid.rows)
    name = escaped(grid.caption)
    return (
        f'<div class="wide" id="{anchor_of(grid.caption)}" tabindex="0" role="region" aria-label="{name}"><table><caption>{name}</caption>'
        f"<thead><tr>{head}</thead><tbody>{rows}</tbody></table></div>\n"
    )


def text(found: Evidence, where: str = "") -> str:
    """Return evidence as lines; `where` is the folder in which the file lies that the code reads."""
    lines = [found.heading, *filter(None, [found.notice]), ""]
    lines += [f"  {words}: {value or 'none'}, printed {printed}" for words, value, printed in found.values]
    lines += [f"  {words}: {content}" for words, content in found.all_steps]
    for grid in found.grids:
        lines += ["", f"  {grid.caption}", *_aligned([grid.columns, *grid.rows])]
    if found.files:
        lines += ["", "  The code reads " + " and ".join(f"{where}/{name}" if where else name for name in found.files)]
    for code in found.codes:
        shown = ("    " + line for line in code.text.strip().splitlines())
        lines += ["", f"  {code.language}:", *shown, f"  prints {code.printed} ({code.version or EXPECTED})"]
    lines += [
        "",
        *(f"  {words}" for words in (found.without, found.reference and f"Reference: {found.reference}") if words),
    ]
    if found.source:
        module, first, last = source_lines(found.source)
        lines.append(f"  Computed by hai_utils/stats/{module}.py, lines {first}-{last}")
    return "\n".join(lines)


def _aligned(rows: Iterable[tuple[str, ...]]) -> list[str]:
    rows = list(rows)
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["    " + "  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)) for row in rows]
