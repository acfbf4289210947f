"""What the benchmarks share: the machine in a line, a command timed, a table written."""

from __future__ import annotations

import os
import platform
import shutil
import statistics
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "benchmarks" / "results"


def processor() -> str:
    """Return the processor's model, as the system names it."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.is_file() else []
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())


def machine() -> str:
    """Describe the machine in a sentence."""
    return f"{processor()}, {os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}."


@dataclass(frozen=True, slots=True)
class Spent:
    """Wall seconds, and processor seconds of a command and all that it started."""

    wall: float
    processor: float


def spent(words: list[str], folder: Path) -> Spent:
    """Return what a command takes that must succeed."""
    before = os.times()
    wall = timed(words, folder)
    after = os.times()
    return Spent(wall, after.children_user + after.children_system - before.children_user - before.children_system)


@dataclass(frozen=True, slots=True)
class Watched:
    """Wall seconds, processor seconds and peak memory (MiB, of all processes together) of a command."""

    wall: float
    processor: float
    peak: float


def watched(words: list[str], folder: Path) -> Watched:
    """Return what a command takes that must succeed, its memory looked at every 50 ms."""
    before, start, peak = os.times(), time.perf_counter(), 0.0
    process = subprocess.Popen(words, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while process.poll() is None:
        peak = max(peak, sum(proportional_set(pid) for pid in family(process.pid)))
        time.sleep(0.05)
    wall, after = time.perf_counter() - start, os.times()
    if process.returncode:
        raise RuntimeError(f"{words[:3]} ended with {process.returncode}")
    used = after.children_user + after.children_system - before.children_user - before.children_system
    return Watched(wall, used, peak / 1024)


def family(pid: int) -> list[int]:
    """Return a process and all that it and those have started."""
    found = [pid]
    for each in found:
        for children in Path(f"/proc/{each}/task").glob("*/children"):
            with suppress(OSError):
                found += map(int, children.read_text(encoding="ascii").split())
    return found


def proportional_set(pid: int) -> int:
    """Return the proportional set size of a process, KiB; 0 where it has ended."""
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1])
    return 0


def median(values: list[Spent]) -> Spent:
    """Return the medians of both."""
    return Spent(statistics.median(each.wall for each in values), statistics.median(each.processor for each in values))


def timed(words: list[str], folder: Path) -> float:
    """Return the wall seconds of a command that must succeed."""
    start = time.perf_counter()
    subprocess.run(words, cwd=folder, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - start


def hai(*words: str) -> list[str]:
    """Return the command line of this project."""
    return [sys.executable, "-m", "hai_utils.cli", *words]


def r_version(*packages: str) -> str:
    """Name R and packages with their versions; empty where one is missing, after saying what to install."""
    if shutil.which("Rscript") is None:
        sys.stderr.write("Rscript is missing. On Debian: apt-get install r-base-core\n")
        return ""
    listed = ", ".join(f"'{name}'" for name in packages)
    script = f"for (name in c({listed})) cat(name, if (requireNamespace(name, quietly = TRUE)) as.character(packageVersion(name)) else 'missing', '\\n')"  # fmt: skip
    done = subprocess.run(["Rscript", "-e", script], capture_output=True, text=True, check=True)
    found = dict(line.split() for line in done.stdout.splitlines())
    missing = [name for name in packages if found.get(name, "missing") == "missing"]
    if missing:
        debian = " ".join(f"r-cran-{name.lower()}" for name in missing)
        sys.stderr.write(f"R packages are missing: {', '.join(missing)}. On Debian: apt-get install {debian}\n")
        return ""
    version = subprocess.run(["Rscript", "-e", "cat(as.character(getRversion()))"], capture_output=True, text=True, check=True)  # fmt: skip
    return f"R {version.stdout}, " + ", ".join(f"{name} {found[name]}" for name in packages)


def write(name: str, lines: list[str]) -> None:
    """Print a report and keep it beside the others."""
    text = "\n".join(lines)
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"{name}.md").write_text(text, encoding="utf-8")
    sys.stdout.write(text)
