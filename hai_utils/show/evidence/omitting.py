"""The working of the extremes of a number with each row omitted in turn: that of the number, wrapped in a loop."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from hai_utils.catalogue.statistics import WITHOUT_ONE
from hai_utils.catalogue.workings.record import Working

# By what the data are: the arguments of the function that computes the number, what it begins with, and the loop.
_LOOPS_R: Mapping[str, tuple[str, str, str]] = {
    "table": (
        "m", "m <- m[rowSums(m) > 0, colSums(m) > 0, drop = FALSE]; if (min(dim(m)) < 2) return(NA)\n",
        "sapply(which(m > 0), function(k) { m[k] <- m[k] - 1; f(m) })",
    ),
    "pair of counts": (
        "x, n", "",
        "mapply(function(i, s) { if (c(n[i] - x[i], x[i])[s + 1] == 0 || n[i] == 1) return(NA)\n"
        "  x[i] <- x[i] - s; n[i] <- n[i] - 1; f(x, n) }, c(1, 1, 2, 2), c(0, 1, 0, 1))",
    ),
    "pair of values": (
        "x, y", "", "c(sapply(seq_along(x), function(i) f(x[-i], y)), sapply(seq_along(y), function(i) f(x, y[-i])))",
    ),
    "pair of curves": ("d", "", "sapply(seq_len(nrow(d)), function(i) f(d[-i, ])[1])"),
}  # fmt: skip
_LOOPS_PY: Mapping[str, tuple[str, str, str]] = {
    "table": (
        "m", "    m = m[m.any(axis=1)][:, m.any(axis=0)]\n    if min(m.shape) < 2: return None\n",
        "def less(k):\n    fewer = m.copy(); fewer[k] -= 1\n    return fewer\nfound = [f(less(k)) for k in zip(*m.nonzero())]",
    ),
    "pair of counts": (
        "x1, n1, x2, n2", "",
        "found = [f(x1 - s, n1 - 1, x2, n2) for s, k in ((0, n1 - x1), (1, x1)) if k and n1 > 1]\n"
        "found += [f(x1, n1, x2 - s, n2 - 1) for s, k in ((0, n2 - x2), (1, x2)) if k and n2 > 1]",
    ),
    "pair of values": ("x, y", "", "found = [f(x.drop(i), y) for i in x.index] + [f(x, y.drop(i)) for i in y.index]"),
    "pair of curves": ("d", "    d = d.copy()\n", "found = [f(d.drop(i)) for i in d.index]"),
}  # fmt: skip


def with_one_omitted(working: Working) -> Working | None:
    """Return the working of the least and the greatest of a number with each row omitted; None where it has no loop."""
    if working.data not in _LOOPS_R:
        return None
    return replace(
        working, parts=WITHOUT_ONE, steps="without_one",
        formula=f"the least and the greatest, each row omitted in turn, of: {working.formula}",
        r=_in_r(working), python=_in_python(working) if working.python else "",
    )  # fmt: skip


def _in_r(working: Working) -> str:
    arguments, begin, loop = _LOOPS_R[working.data]
    body = "\n".join("  " + line for line in (begin + working.r).splitlines())
    return f"f <- function({arguments}) {{\n{body}\n}}\nrange({loop}, na.rm = TRUE)"


def _in_python(working: Working) -> str:
    arguments, begin, loop = _LOOPS_PY[working.data]
    body = "\n".join("    " + _returned(line) for line in working.python.splitlines())
    end = "found = [v for v in found if v is not None]\nprint(min(found), max(found))"
    return f"def f({arguments}):\n{begin}{body}\n{loop}\n{end}"


def _returned(line: str) -> str:
    """Turn what a line prints into what a function returns, the first number of several."""
    bare = line.strip()
    if not (bare.startswith("print(") and bare.endswith(")")):
        return line
    return line.replace(bare, f"return [{bare.removeprefix('print(').removesuffix(')')}][0]")
