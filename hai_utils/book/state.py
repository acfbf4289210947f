"""The finished run that a book is made from: its results, its study, its executed notebooks."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from hai_utils.audit.chapter import PUBLISHED_NUMBERS
from hai_utils.audit.checklists import ANSWERS, read_answers
from hai_utils.audit.ledger import LedgerRow, read_ledger
from hai_utils.parameters import as_plain, load_parameters
from hai_utils.project import PARAMETER_FILE
from hai_utils.results.files import read_results
from hai_utils.results.table import Results
from hai_utils.show.reproduce import build_command

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
    root : Path
        The project that the run was made with.
    answers : mapping
        What the author wrote to items of the checklists.
    faults : list of str
        Unknown keys and the like, each with its page and line; a build with any fails.
    shown : frozenset of str, optional
        Labels of the exhibits, once they were asked for.
    asked : dict
        By page, what it asked the run while it was read; by question, the digest of the answer.
    answered : dict
        The answers given so far, by question.
    """

    folder: Path
    results: Results
    provenance: Mapping[str, Any]
    root: Path
    answers: Mapping[tuple[str, str], str] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    shown: frozenset[str] | None = None
    asked: dict[str, dict[str, str]] = field(default_factory=dict)
    answered: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def read(cls, folder: Path, root: Path) -> BookRun:
        """Read a finished run of a project."""
        provenance = json.loads((folder / PROVENANCE).read_text(encoding="utf-8"))
        answers = folder / ANSWERS
        given = read_answers(answers) if answers.is_file() else {}
        return cls(folder, read_results(folder), provenance, root, given)

    def chapters(self) -> tuple[str, ...]:
        """Return the names of the executed notebooks, sorted."""
        return tuple(sorted(path.stem for path in (self.folder / "notebooks").glob("*.ipynb")))

    @cached_property
    def command(self) -> str:
        """The ``hai build`` that makes this run again."""
        return build_command(self.results.study.parameters, self.defaults)

    @cached_property
    def defaults(self) -> Mapping[str, Any]:
        """The project's own parameters, from which a run may differ."""
        return as_plain(load_parameters([self.root / PARAMETER_FILE]))

    @cached_property
    def printed_numbers(self) -> Mapping[str, tuple[LedgerRow, ...]]:
        """By key, the numbers of the article that a result recomputes; none for any other cohort."""
        found: dict[str, list[LedgerRow]] = defaultdict(list)
        if self.results.study.published:
            for row in read_ledger(self.root / PUBLISHED_NUMBERS):
                for name in (row.key or row.instead).split(" - "):
                    found[name.partition("#")[0]].append(row)
        return {key: tuple(rows) for key, rows in found.items() if key}

    def executed(self, name: str) -> str:
        """Return the executed copy of a notebook as text."""
        return (self.folder / "notebooks" / f"{name}.ipynb").read_text(encoding="utf-8")
