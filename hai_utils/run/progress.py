"""Say how far a build is: one live line on a terminal, one line a step anywhere else; nothing here runs in a thread."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from rich.live import Live

    from hai_utils.run.notebooks import Notebook

# What follows the notebooks, in order; the names stand in provenance.json.
AFTER = ("results", "site")
SIDE_BY_SIDE = 2


class Progress:
    """Keeps how long each step takes and says what is under way.

    Parameters
    ----------
    expected : mapping
        Seconds that each step took in an earlier run; the time left is estimated from them, and not said without.
    stream : TextIO, optional
        Where it is said; stderr unless given.
    """

    def __init__(self, expected: Mapping[str, float] | None = None, stream: TextIO | None = None) -> None:
        self.start = self._last = time.perf_counter()
        self.stages: dict[str, float] = {}
        self.made: list[str] = []
        self._expected = dict(expected or {})
        self._stream = stream or sys.stderr
        self._waiting: list[str] = []
        self._running: dict[str, float] = {}
        self._live = _live_line(self._stream)

    def warned(self, warnings: Sequence[str]) -> None:
        """Say what the check of the inputs found doubtful."""
        for warning in warnings:
            self._line(f"warning: {warning}")

    def planned(self, notebooks: Sequence[str]) -> None:
        """Note which notebooks will run."""
        self._waiting = list(notebooks)

    def say(self, text: str) -> None:
        """Say a line that stays."""
        self._stream.write(f"{text}\n")
        self._stream.flush()

    def expected_of(self, chapter: str) -> float:
        """Return the seconds that a notebook took in an earlier run; 0 where none is known."""
        return self._expected.get(f"notebook {chapter}", 0.0)

    def notebook(self, name: str, seconds: float) -> None:
        """Note and say that a notebook is done."""
        self.made.append(name)
        self._waiting.remove(name)
        self._running.pop(name, None)
        self.stages[f"notebook {name}"] = round(seconds, 3)
        self._last = time.perf_counter()
        self._line(f"notebook {name}")

    def done(self, step: str) -> None:
        """Note and say that a step is done that no other ran beside."""
        now = time.perf_counter()
        self.stages[step] = round(now - self._last, 3)
        self._last = now
        self._line(step)
        if step in AFTER[:-1]:
            self._show(f"{AFTER[AFTER.index(step) + 1]} ...")

    def watch(self, running: Sequence[Notebook]) -> None:
        """Show which cells are running."""
        from hai_utils.run.notebooks import running_cell

        now = time.perf_counter()
        for job in running:
            self._running.setdefault(job.chapter, now)
        if self._live is not None:
            self._show("; ".join(f"{job.chapter}{running_cell(job)}" for job in running if running_cell(job)))

    def close(self) -> None:
        """Take the live line away."""
        if self._live is not None:
            self._live.stop()

    def left(self) -> float | None:
        """Return the seconds that are left, as far as the earlier run tells; None where it does not."""
        steps = [name for name in AFTER if name not in self.stages]
        known = [f"notebook {name}" in self._expected for name in self._waiting]
        if not all([*known, *(name in self._expected for name in steps)]):
            return None
        now = time.perf_counter()
        notebooks = sum(
            max(0.0, self.expected_of(name) - (now - self._running.get(name, now))) for name in self._waiting
        )
        return notebooks / min(SIDE_BY_SIDE, len(self._waiting) or 1) + sum(self._expected[name] for name in steps)

    def _line(self, text: str) -> None:
        if self._live is None:
            self._stream.write(f"  {text}  {time.perf_counter() - self.start:.1f} s\n")
            self._stream.flush()
        else:
            self._show(text)

    def _show(self, text: str) -> None:
        if self._live is not None and text:
            from rich.text import Text

            left = self.left()
            rest = "" if left is None else f", about {max(1, round(left))} s left"
            line = f"{time.perf_counter() - self.start:4.0f} s{rest}: {text}"
            self._live.update(Text(line, no_wrap=True, overflow="ellipsis"), refresh=True)


def _live_line(stream: TextIO) -> Live | None:
    """Return a line that is written over, where there is a terminal for it."""
    if not stream.isatty():
        return None
    from rich.console import Console
    from rich.live import Live

    # Refreshed by hand: a thread would make it unsafe to fork.
    live = Live(console=Console(file=stream, markup=False, highlight=False), auto_refresh=False, transient=True)
    live.start()
    return live
