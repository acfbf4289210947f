"""A finished run, read from the folder that ``hai build`` left."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from hai_utils.catalogue.methods import read_method
from hai_utils.catalogue.statistics import read_statistic
from hai_utils.errors import ResultError, RunError
from hai_utils.project import finished_run
from hai_utils.results.files import read_results
from hai_utils.results.record import COLUMNS
from hai_utils.results.series import Point
from hai_utils.results.table import Results
from hai_utils.show.content import MIME_TYPE, Figure, from_json
from hai_utils.untrusted import one_line

_HEADERS = {"results.csv": COLUMNS, "series.csv": tuple(part.name for part in fields(Point))}


@dataclass(frozen=True, eq=False)
class Run:
    """What a run left: its numbers, what they were made from, its figures.

    Attributes
    ----------
    name : str
        The folder's name, without where it lies.
    results : Results
        All numbers, with the points of the figures.
    provenance : mapping
        Hashes and versions.
    figures : tuple of Figure
        In the order of the book.
    """

    name: str
    results: Results
    provenance: Mapping[str, Any] = field(default_factory=dict)
    figures: tuple[Figure, ...] = ()

    @property
    def versions(self) -> dict[str, str]:
        """The programs that made the run, by name, and the digest of this project's own sources."""
        found = {str(name): str(version) for name, version in self.provenance.get("versions", {}).items()}
        sources = self.provenance.get("sha256", {}).get("sources", "")
        return {**found, **({"notebooks and package (SHA-256)": str(sources)} if sources else {})}


def read_run(folder: Path) -> Run:
    """Read the folder of a finished run.

    Raises
    ------
    RunError
        Where it is no run, or one that another version of this program wrote in another format.
    """
    name = one_line(finished_run(folder).resolve().name)
    for file, header in _HEADERS.items():
        _check_header(folder / file, header, name)
    try:
        provenance = json.loads((folder / "provenance.json").read_text(encoding="utf-8"))
        results = read_results(folder)
        for statistic, method in {(record.statistic, record.method) for record in results}:
            read_statistic(statistic)
            if method:
                read_method(method)
        return Run(name, results, provenance, tuple(_figures(folder / "notebooks")))
    except (ValueError, KeyError, TypeError, AttributeError, ResultError, csv.Error) as error:
        reason = one_line(str(error)) if isinstance(error, ResultError) else "a file of it is not as a build leaves it"
        raise RunError(
            f"'{name}': the run cannot be read ({reason}). It was changed by hand, or made by another version of hai; build it again."
        ) from None


def _check_header(path: Path, expected: tuple[str, ...], name: str) -> None:
    with path.open(encoding="utf-8", errors="replace", newline="") as stream:
        found = tuple(stream.readline().rstrip("\r\n").split(","))
    if found != expected:
        differing = [*(set(expected) - set(found)), *(set(found) - set(expected))]
        columns = one_line(", ".join(sorted(differing)[:5])) or "their order"
        raise RunError(
            f"'{name}': {path.name} has another format than this version of hai writes (columns: {columns}). "
            "Build the run again with this version, then compare."
        )


def _figures(folder: Path) -> Iterator[Figure]:
    for path in sorted(folder.glob("*.ipynb")):
        notebook = json.loads(path.read_text(encoding="utf-8"))
        for cell in notebook["cells"]:
            for output in cell.get("outputs", ()):
                shown = output.get("data", {}).get(MIME_TYPE)
                content = from_json(shown) if shown else None
                if isinstance(content, Figure):
                    yield content
