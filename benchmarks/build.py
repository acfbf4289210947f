"""How long the build takes: cold, with one parameter changed, with nothing changed, and by plain papermill and jupyter-book.

Run with ``make benchmark``. The ratios are the result; the seconds are this machine's, and what else it does shows in them.
"""

from __future__ import annotations

import json
import os
import platform
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
REPORT = ROOT / "benchmarks" / "results" / "build.md"
RUNS = 3
LIMIT_SECONDS = 15.0
# Parameters that reach some of the chapters, and one of the book alone.
CHANGES = (
    ("baseline_variables=age_years", "chapters 1, 5, 6"),
    ("response_threshold_percent=30", "chapters 3 to 6"),
    ("title=Another", "no chapter"),
)


@dataclass(frozen=True, slots=True)
class Spent:
    """Wall seconds, and processor seconds of a command and all that it started."""

    wall: float
    processor: float


def processor() -> str:
    """Return the processor's model, as the system names it."""
    info = Path("/proc/cpuinfo")
    if info.is_file():
        for line in info.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def spent_on(words: list[str], folder: Path) -> Spent:
    """Return what a command takes that must succeed."""
    start, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(words, cwd=folder, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Spent(time.perf_counter() - start, used)


def median(values: list[Spent]) -> Spent:
    """Return the medians of both."""
    middle = len(values) // 2
    return Spent(sorted(v.wall for v in values)[middle], sorted(v.processor for v in values)[middle])


def hai(*words: str) -> list[str]:
    """Return the command line of this project."""
    return [sys.executable, "-m", "hai_utils.cli", *words]


def measured(out: Path) -> dict[str, Spent]:
    """Return what each kind of build takes; the kinds take turns, so that a busy machine slows all of them alike."""
    found: dict[str, list[Spent]] = {}
    for _ in range(RUNS):
        cold = hai("build", "--no-cache", "--out", str(out))
        found.setdefault("cold", []).append(spent_on(cold, ROOT))
        found.setdefault("nothing changed", []).append(spent_on(hai("build", "--out", str(out)), ROOT))
        for setting, _ in CHANGES:
            changed = hai("build", "--set", setting, "--out", str(out))
            found.setdefault(setting, []).append(spent_on(changed, ROOT))
            # Back to the defaults, so that each change is the only one.
            spent_on(hai("build", "--out", str(out)), ROOT)
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
        spent_on([str(tools / "papermill"), str(path), str(folder / "out.ipynb")], folder)
        for path in sorted((folder / "notebooks").glob("*.ipynb"))
    ]
    book = spent_on([str(tools / "jupyter-book"), "build", "."], folder)
    parts = [*notebooks, book]
    return Spent(sum(part.wall for part in parts), sum(part.processor for part in parts))


def table(found: dict[str, Spent], naive: Spent) -> list[str]:
    """Return the lines of the table, each kind as a ratio to the cold build of the same round."""
    cold = found["cold"]
    named = [
        ("cold build (`hai build --no-cache`)", cold),
        ("nothing changed (`hai build`)", found["nothing changed"]),
        *((f"one parameter changed: `{setting}`, {reach}", found[setting]) for setting, reach in CHANGES),
        ("papermill, one notebook after another, then `jupyter-book build .`", naive),
    ]
    return [
        "| what | seconds | ratio | processor seconds | ratio |",
        "|---|---|---|---|---|",
        *(
            f"| {what} | {spent.wall:.2f} | {spent.wall / cold.wall:.2f} "
            f"| {spent.processor:.2f} | {spent.processor / cold.processor:.2f} |"
            for what, spent in named
        ),
    ]


def main() -> None:
    """Measure, print and write the table."""
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        found = measured(scratch / "run")
        spent_on(hai("build", "--no-cache", "--out", str(scratch / "run")), ROOT)
        stages = json.loads((scratch / "run" / "provenance.json").read_text(encoding="utf-8"))["seconds"]
        (scratch / "naive").mkdir()
        naive = one_after_another(scratch / "naive")
    busy = os.getloadavg()[1] / (os.cpu_count() or 1)
    met = found["cold"].wall <= LIMIT_SECONDS
    lines = [
        "# Build",
        "",
        f"{processor()}, {os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}. Median of {RUNS}; "
        f"{busy:.1f} processes a core wanted to run meanwhile.",
        "",
        *table(found, naive),
        "",
        f"Limit for the cold build: {LIMIT_SECONDS:g} s; {'met' if met else 'missed'}.",
        "",
        "| stage of a cold build | seconds |",
        "|---|---|",
        *(f"| {stage} | {seconds:.2f} |" for stage, seconds in stages.items()),
        "",
        "Notebooks run two at a time: their seconds overlap.",
        "",
    ]
    text = "\n".join(lines)
    REPORT.parent.mkdir(exist_ok=True)
    REPORT.write_text(text, encoding="utf-8")
    sys.stdout.write(text)
    sys.exit(0 if met else 1)


if __name__ == "__main__":
    main()
