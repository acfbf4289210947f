"""How long the build takes: cold, with one parameter changed, with nothing changed, and by plain papermill and jupyter-book.

Run with ``make benchmark``. The site alone is built, as the jupyter-book command builds it. The ratios are the result; the
seconds are this machine's, and what else it does shows in them.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from measuring import ROOT, Spent, hai, machine, median, spent, write

RUNS = 3
# Parameters that reach some of the chapters, and one of the book alone.
CHANGES = (
    ("baseline_variables=age_years", "chapters 1, 5, 6"),
    ("response_threshold_percent=30", "chapters 3 to 6"),
    ("title=Another", "no chapter"),
)
NAIVE, COLD, NOTHING = "naive", "cold", "nothing changed"


@dataclass(frozen=True, slots=True)
class Limit:
    """What a kind of build may take: seconds, or a part of the seconds of another kind."""

    most: float
    of: str = ""

    def judged(self, found: dict[str, Spent], what: str) -> tuple[bool, str]:
        """Say whether a kind of build keeps to it, and in words."""
        reached = found[what].wall / (found[self.of].wall if self.of else 1.0)
        unit = f" of {self.of}" if self.of else " s"
        met = reached <= self.most
        return met, f"{reached:.2f}{unit}, at most {self.most:g}: {'met' if met else 'missed'}"


LIMITS = {COLD: Limit(0.2, NAIVE), NOTHING: Limit(0.5), **{setting: Limit(0.5, COLD) for setting, _ in CHANGES}}


def build(out: Path, *words: str) -> Spent:
    """Return what a build of the site takes."""
    return spent(hai("build", "--formats", "html", "--out", str(out), *words), ROOT)


def measured(out: Path) -> dict[str, Spent]:
    """Return what each kind of build takes; the kinds take turns, so that a busy machine slows all of them alike."""
    found: dict[str, list[Spent]] = {}
    for _ in range(RUNS):
        found.setdefault(COLD, []).append(build(out, "--no-cache"))
        found.setdefault(NOTHING, []).append(build(out))
        for setting, _ in CHANGES:
            found.setdefault(setting, []).append(build(out, "--set", setting))
            # Back to the defaults, so that each change is the only one.
            build(out)
    return {name: median(values) for name, values in found.items()}


def one_after_another(folder: Path) -> Spent:
    """Return what papermill, one notebook after another, and then the jupyter-book command take."""
    names = (
        "book", "notebooks", "data", "assets", "profiles", "_config.yml", "_toc.yml", "params.yml", "requirements.lock",
    )  # fmt: skip
    for name in names:
        source = ROOT / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, folder / name)
    tools = Path(sys.executable).parent
    notebooks = [
        spent([str(tools / "papermill"), str(path), str(folder / "out.ipynb")], folder)
        for path in sorted((folder / "notebooks").glob("*.ipynb"))
    ]
    book = spent([str(tools / "jupyter-book"), "build", "."], folder)
    parts = [*notebooks, book]
    return Spent(sum(part.wall for part in parts), sum(part.processor for part in parts))


def table(found: dict[str, Spent]) -> list[str]:
    """Return the lines of the table: each kind, as a ratio to the cold build too, and whether it keeps to its limit."""
    cold = found[COLD]
    named = {
        COLD: "cold build (`hai build --no-cache --formats html`)",
        NOTHING: "nothing changed (`hai build`)",
        **{setting: f"one parameter changed: `{setting}`, {reach}" for setting, reach in CHANGES},
        NAIVE: "naive: papermill, one notebook after another, then `jupyter-book build .`",
    }
    verdicts = {what: limit.judged(found, what)[1] for what, limit in LIMITS.items()}
    return [
        "| what | seconds | ratio | processor seconds | ratio | limit, by seconds |",
        "|---|---|---|---|---|---|",
        *(
            f"| {words} | {found[what].wall:.2f} | {found[what].wall / cold.wall:.2f} | {found[what].processor:.2f} "
            f"| {found[what].processor / cold.processor:.2f} | {verdicts.get(what, '')} |"
            for what, words in named.items()
        ),
    ]


def main() -> int:
    """Measure, print and write the table; 1 where a limit is missed."""
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        found = measured(scratch / "run")
        build(scratch / "run", "--no-cache")
        stages = json.loads((scratch / "run" / "provenance.json").read_text(encoding="utf-8"))["seconds"]
        (scratch / "naive").mkdir()
        found[NAIVE] = one_after_another(scratch / "naive")
    busy = os.getloadavg()[1] / (os.cpu_count() or 1)
    write("build", [
        "# Build", "", f"{machine()} Median of {RUNS}; {busy:.1f} processes a core wanted to run meanwhile.", "",
        *table(found), "",
        "| stage of a cold build | seconds |", "|---|---|",
        *(f"| {stage} | {seconds:.2f} |" for stage, seconds in stages.items()), "",
        "Notebooks run two at a time: their seconds overlap.", "",
    ])  # fmt: skip
    return 0 if all(limit.judged(found, what)[0] for what, limit in LIMITS.items()) else 1


if __name__ == "__main__":
    sys.exit(main())
