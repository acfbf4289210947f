"""What is asked of a process that builds a center, and what it answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from hai_utils.run.inputs import Inputs

# A center whose process died so often is given up: it may be the center that kills it.
MOST_DEATHS = 3


@dataclass(frozen=True, slots=True)
class Task:
    """One book to build.

    Attributes
    ----------
    name : str
        The center.
    inputs : Inputs
        The project, all choices, and the files of the center.
    out : Path
        Folder of the run.
    stamp : str
        Digest of what the run is made from, as far as it is known before.
    """

    name: str
    inputs: Inputs
    out: Path
    stamp: str


@dataclass(frozen=True, slots=True)
class BuildEnd:
    """How a build ended: without reasons it is done.

    Attributes
    ----------
    reasons : tuple of str
        Why there is no book, a sentence each.
    exit_code : int
        As of the command line: 1 for data or parameters refused, 3 for a build that failed.
    """

    reasons: tuple[str, ...] = ()
    exit_code: int = 0


Done = Callable[[Task, BuildEnd], None]
DIED = BuildEnd((f"The build ended unexpectedly {MOST_DEATHS} times; it may need more memory than there is.",), 3)
