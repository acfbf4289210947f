"""The working of the extremes of a number with each row omitted in turn: that of the number, wrapped in a loop."""

from __future__ import annotations

from dataclasses import replace

from hai_utils.catalogue.statistics import WITHOUT_ONE
from hai_utils.catalogue.workings.reading import read
from hai_utils.catalogue.workings.record import Working

_LOOPS = read("omitted")


def with_one_omitted(working: Working) -> Working | None:
    """Return the working of the least and the greatest of a number with each row omitted; None where it has no loop."""
    if working.data not in _LOOPS:
        return None
    return replace(
        working, parts=WITHOUT_ONE, steps="without_one",
        formula=f"the least and the greatest, each row omitted in turn, of: {working.formula}",
        r=_in_r(working), python=_in_python(working) if working.python else "",
    )  # fmt: skip


def _in_r(working: Working) -> str:
    loop = _LOOPS[working.data]["r"]
    body = "\n".join("  " + line for line in (loop.get("begin", "") + working.r).splitlines())
    return f"f <- function({loop['arguments']}) {{\n{body}\n}}\nrange({loop['loop'].rstrip()}, na.rm = TRUE)"


def _in_python(working: Working) -> str:
    loop = _LOOPS[working.data]["python"]
    body = "\n".join("    " + _returned(line) for line in working.python.splitlines())
    end = "found = [v for v in found if v is not None]\nprint(min(found), max(found))"
    return f"def f({loop['arguments']}):\n{loop.get('begin', '')}{body}\n{loop['loop']}{end}"


def _returned(line: str) -> str:
    """Turn what a line prints into what a function returns, the first number of several."""
    bare = line.strip()
    if not (bare.startswith("print(") and bare.endswith(")")):
        return line
    return line.replace(bare, f"return [{bare.removeprefix('print(').removesuffix(')')}][0]")
