"""How long the build takes, stage by stage: cold, with nothing changed, and by plain papermill and jupyter-book.

Run with ``make benchmark``. The ratios are the result; the seconds are this machine's.
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from pathlib import Path

from measuring import ROOT, hai, machine, timed, write

RUNS = 3
LIMIT_SECONDS = 15.0


def cold_and_unchanged(out: Path) -> tuple[float, float, dict[str, float]]:
    """Return the median seconds of a cold build and of one with nothing to do, and the stages of the last."""
    cold = sorted(timed(hai("build", "--no-cache", "--out", str(out)), ROOT) for _ in range(RUNS))[RUNS // 2]
    unchanged = sorted(timed(hai("build", "--out", str(out)), ROOT) for _ in range(RUNS))[RUNS // 2]
    stages = json.loads((out / "provenance.json").read_text(encoding="utf-8"))["seconds"]
    return cold, unchanged, stages


def one_after_another(folder: Path) -> float:
    """Return the seconds of papermill, one notebook after another, and then the jupyter-book command."""
    names = (
        "book",
        "notebooks",
        "data",
        "assets",
        "profiles",
        "_config.yml",
        "_toc.yml",
        "params.yml",
        "requirements.lock",
    )
    for name in names:
        source = ROOT / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, folder / name)
    tools = Path(sys.executable).parent
    seconds = sum(
        timed([str(tools / "papermill"), str(path), str(folder / "out.ipynb")], folder)
        for path in sorted((folder / "notebooks").glob("*.ipynb"))
    )
    return seconds + timed([str(tools / "jupyter-book"), "build", "."], folder)


def main() -> None:
    """Measure, print and write the table."""
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        cold, unchanged, stages = cold_and_unchanged(scratch / "run")
        (scratch / "naive").mkdir()
        naive = one_after_another(scratch / "naive")
    lines = [
        "# Build",
        "",
        f"{machine()} Median of {RUNS}.",
        "",
        "| what | seconds | ratio to the cold build |",
        "|---|---|---|",
        f"| cold build (`hai build --no-cache`) | {cold:.2f} | 1 |",
        f"| nothing changed (`hai build`) | {unchanged:.2f} | {unchanged / cold:.3f} |",
        f"| papermill, one notebook after another, then `jupyter-book build .` | {naive:.2f} | {naive / cold:.2f} |",
        "",
        f"Limit for the cold build: {LIMIT_SECONDS:g} s; {'met' if cold <= LIMIT_SECONDS else 'missed'}.",
        "",
        "| stage of the last cold build | seconds |",
        "|---|---|",
        *(f"| {stage} | {seconds:.2f} |" for stage, seconds in stages.items()),
        "",
    ]
    write("build", lines)
    sys.exit(0 if cold <= LIMIT_SECONDS else 1)


if __name__ == "__main__":
    main()
