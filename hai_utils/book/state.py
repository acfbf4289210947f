"""The finished run that a book is made from: its results, its study, its executed notebooks."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hai_utils.audit.checklists import ANSWERS, read_answers
from hai_utils.results import Results, read_results

PROVENANCE = "provenance.json"


@dataclass(eq=False)
class BookRun:
    """A finished run, and the faults that the pages turn out to have.

    Attributes
    ----------
    folder : Path
        Where the run lies.
    results : Results
        All its numbers.
    provenance : mapping
        Hashes and versions.
    answers : mapping
        What the author wrote to items of the checklists.
    faults : list of str
        Unknown keys and the like, each with its page and line; a build with any fails.
    shown : frozenset of str, optional
        Labels of the exhibits, once they were asked for.
    readers : set of str
        The pages that asked the run for something while they were read; empty text: something did while writing.
    """

    folder: Path
    results: Results
    provenance: Mapping[str, Any]
    answers: Mapping[tuple[str, str], str] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    shown: frozenset[str] | None = None
    readers: set[str] = field(default_factory=set)

    @classmethod
    def read(cls, folder: Path) -> BookRun:
        """Read a finished run."""
        provenance = json.loads((folder / PROVENANCE).read_text(encoding="utf-8"))
        answers = folder / ANSWERS
        return cls(folder, read_results(folder), provenance, read_answers(answers) if answers.is_file() else {})

    def chapters(self) -> tuple[str, ...]:
        """Return the names of the executed notebooks, sorted."""
        return tuple(sorted(path.stem for path in (self.folder / "notebooks").glob("*.ipynb")))

    def executed(self, name: str) -> str:
        """Return the executed copy of a notebook as text."""
        return (self.folder / "notebooks" / f"{name}.ipynb").read_text(encoding="utf-8")
