"""A scratch copy of the package, edited as CONTRIBUTING says, and asked in a process of its own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.conftest import ROOT

COPIED = (
    "hai_utils",
    "assets",
    "book",
    "data",
    "notebooks",
    "profiles",
    "params.yml",
    "pyproject.toml",
    "_config.yml",
    "_toc.yml",
)
# What a probe asks: results with the gate off and on, every table, the card of a key.
ASKING = """
import json, sys
from pathlib import Path
from hai_utils.analyses import analyse
from hai_utils.cohort.reading import load_cohort
from hai_utils.parameters import load_parameters
from hai_utils.show import sentences, tables
from hai_utils.show.cards import make_card
from hai_utils.show.content import plain, to_plain
from hai_utils.show.tables import methods

settings, keys = json.loads(sys.argv[1])
root = Path.cwd()

def results(*more):
    parameters = load_parameters([root / "params.yml"], [*settings, *more])
    return analyse(load_cohort(parameters, root), parameters)

open_, gated = results(), results("disclosure=small_cells")
cards = [make_card(open_, key) for key in keys]
made = {}
for make in (tables.characteristics, tables.outcomes, methods.tests, methods.intervals, sentences.statistical_methods):
    content, name = make(open_), f"{make.__module__.rpartition('.')[2]}.{make.__name__}"
    made[name] = to_plain(content)
    made[name + " notes"] = " ".join(plain(note) for note in getattr(content, "notes", ()))
print(json.dumps({
    "printed": {r.key + ("@" + r.method if r.method else ""): r.formatted for r in open_ if r.key in keys},
    "gated": {key: gated.get(key).withheld for key in keys},
    "cards": {card.key: [card.statistic, card.population, *(e.method for e in card.estimates)] for card in cards},
    "tables": made,
}))
"""


@dataclass(frozen=True)
class Scratch:
    """A copy of the package in a folder of its own."""

    folder: Path

    @classmethod
    def make(cls, folder: Path) -> Scratch:
        """Copy what a run needs."""
        for name in COPIED:
            source = ROOT / name
            if source.is_dir():
                shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
            elif source.is_file():
                shutil.copy(source, folder / name)
        return cls(folder)

    def insert(self, path: str, before: str, text: str) -> None:
        """Put text before a line that stands in a file exactly once."""
        old = (self.folder / path).read_text(encoding="utf-8")
        assert old.count(before) == 1, f"{before!r} stands {old.count(before)} times in {path}"
        (self.folder / path).write_text(old.replace(before, text + before), encoding="utf-8")

    def append(self, path: str, text: str) -> None:
        """Put text at the end of a file."""
        with (self.folder / path).open("a", encoding="utf-8") as stream:
            stream.write(text)

    def python(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run Python with the copy in front of the installed package."""
        environment = {**os.environ, "PYTHONPATH": str(self.folder)}
        return subprocess.run(
            [sys.executable, *words], cwd=self.folder, env=environment, capture_output=True, text=True, check=False, timeout=300
        )  # fmt: skip

    def ask(self, *keys: str, settings: tuple[str, ...] = ()) -> dict[str, Any]:
        """Return what results, cards, tables and gate say of some keys."""
        done = self.python("-c", ASKING, json.dumps([settings, keys]))
        assert done.returncode == 0, done.stderr
        found: dict[str, Any] = json.loads(done.stdout)
        return found
