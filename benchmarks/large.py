"""Time and memory from 25 to 1,000,000 rows: reading and checking, all statistics, each figure; beside R and Python peers.

Each size runs in a process of its own. At 100,000 rows R does the same kinds of work (``peers/large/large.R``), and so do
tableone and lifelines as far as they go. The ratios are the result; the seconds are this machine's.
"""

from __future__ import annotations

import json
import math
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from measuring import ROOT, machine, r_version, write

PEER = ROOT / "benchmarks" / "peers" / "large" / "large.R"
SIZES = (25, 2_000, 100_000, 1_000_000)
COMPARED = 100_000
LIMIT = 0.5
# A page with all figures must load on a phone.
LIMIT_SVG_KIB = 400.0
SEED = 20220228


def synthetic(size: int) -> pd.DataFrame:
    """Return a made-up cohort in the dictionary's columns."""
    random = np.random.default_rng(SEED)
    pick = random.choice
    survival = random.exponential(900, size)
    follow_up = random.integers(120, 1_100, size)
    progression = random.exponential(300, size)
    months = np.round(np.minimum(survival, follow_up)).clip(1) / 30.4375
    free = np.minimum(np.round(progression).clip(1) / 30.4375, months)
    long = random.integers(15, 60, size)
    best = np.minimum(long + 5, random.integers(3, 70, size))
    died, progressed = survival <= follow_up, free < months
    return pd.DataFrame(
        {
            "patient_id": [f"P{number:07}" for number in range(size)],
            "age_years": np.round(random.normal(57, 10, size).clip(20, 88), 1),
            "sex": pick(["female", "male"], size),
            "bmi_kg_m2": np.round(random.normal(27, 4, size).clip(15, 60), 1),
            "synchronous_metastases": pick(["yes", "no"], size, p=[0.8, 0.2]),
            "kras": pick(["mutant", "wild_type"], size, p=[0.45, 0.55]),
            "primary_site": pick(["right_colon", "left_colon", "rectum"], size),
            "operative_minutes": random.integers(120, 480, size),
            "length_of_stay_days": random.integers(2, 14, size),
            "n_liver_lesions": random.integers(1, 60, size),
            "extrahepatic_disease": pick(["yes", "no"], size, p=[0.3, 0.7]),
            "lesion1_baseline_long_mm": long,
            "lesion1_baseline_perp_mm": long - 2,
            "lesion1_best_long_mm": best,
            "lesion1_best_perp_mm": np.maximum(best - 2, 0),
            "converted_to_resection": pick(["yes", "no"], size, p=[0.4, 0.6]),
            "clavien_dindo": pick(["0", "I", "II", "IIIb"], size, p=[0.7, 0.15, 0.1, 0.05]),
            "os_months": months,
            "os_event": died.astype(int),
            "pfs_months": free,
            "pfs_event": (died | progressed).astype(int),
            "hepatic_pfs_months": free,
            "hepatic_pfs_event": (died | progressed).astype(int),
        }
    )


# --- what runs in a process of its own ---


def make(path: Path) -> None:
    """Write the made-up cohort whose size is the file's name."""
    synthetic(int(path.stem)).to_csv(path, index=False)


def measure_ours(path: Path) -> None:
    """Read and check a cohort, compute all statistics of a build, draw all figures; print what each took."""
    from hai_utils.analyses import analyse
    from hai_utils.cohort import grid
    from hai_utils.cohort.reading import full_dictionary, group_cohort, parse_cohort
    from hai_utils.parameters import load_parameters
    from hai_utils.show.content import Figure

    stages: dict[str, Any] = {}

    def stage(name: str, work: Callable[[], Any]) -> Any:
        start = time.process_time()
        made = work()
        stages[name] = [time.process_time() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024]
        return made

    parameters = load_parameters([ROOT / "params.yml"])
    # A reader of untrusted files refuses such sizes; here they are wanted.
    grid.MAX_ROWS, grid.MAX_CELLS = 10**9, 10**9

    def read() -> Any:
        table, variables = parse_cohort(path.read_bytes(), path.name, full_dictionary())
        return group_cohort(table, variables, parameters)

    cohorts = [stage("reading", read)]
    # What is drawn is drawn from the results alone: the cohort is gone by then, as it is in a build.
    results = stage("statistics", lambda: analyse(cohorts.pop(), parameters))
    from hai_utils.show import figures

    sizes = {}
    drawn: dict[str, Callable[[], Any]] = {
        "flow": lambda: figures.flow(results),
        "waterfall": lambda: figures.waterfall(results),
        **{name: lambda name=name: figures.kaplan_meier(results, name) for name in ("os", "pfs", "hepatic_pfs")},
        **{f"landmark, {name}": lambda name=name: figures.landmark(results, name) for name in ("response", "conversion")},
    }  # fmt: skip
    for name, work in drawn.items():
        content = stage(name, work)
        sizes[name] = len(content.svg.encode()) / 1024 if isinstance(content, Figure) else 0.0
    sys.stdout.write(
        json.dumps({"stages": stages, "svg": sizes, "results": len(results), "points": len(results.points)})
    )


def measure_peers(path: Path) -> None:
    """Do what tableone and lifelines offer of the same work: Table 1, curves, log-rank, Cox."""
    import warnings

    from lifelines import CoxPHFitter, KaplanMeierFitter
    from lifelines.statistics import logrank_test
    from tableone import TableOne

    warnings.simplefilter("ignore")
    data = pd.read_csv(path)
    columns = [name for name in data.columns[1:] if not name.endswith(("_months", "_event"))]
    TableOne(data, columns=columns, groupby="kras", pval=True, smd=True)
    level = data["kras"] == "mutant"
    for stem in ("os", "pfs", "hepatic_pfs"):
        duration, event = data[f"{stem}_months"], data[f"{stem}_event"]
        for group in (level, ~level):
            KaplanMeierFitter().fit(duration[group], event[group])
        logrank_test(duration[level], duration[~level], event[level], event[~level])
        CoxPHFitter().fit(pd.DataFrame({"t": duration, "e": event, "x": level.astype(int)}), "t", "e")


# --- what starts them ---


def run(words: list[str]) -> tuple[float, float, str]:
    """Run a command in a process of its own; return its processor seconds, peak memory in MiB and what it printed."""
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    child = subprocess.Popen(words, stdout=subprocess.PIPE, text=True, env=environment)
    printed = child.stdout.read() if child.stdout else ""
    _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise RuntimeError(f"{words[:2]} failed")
    return used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, printed


def python(what: str, path: Path) -> tuple[float, float, str]:
    """Run one of this script's own measurements."""
    return run([sys.executable, str(Path(__file__).resolve()), what, str(path)])


def size_lines(found: dict[int, dict[str, Any]]) -> list[str]:
    """Return the table of sizes."""
    lines = [
        "| rows | reading and checking, s (MiB) | all statistics, s (MiB) | all figures, s (MiB) | results | points |"
    ]
    lines.append("|---|---|---|---|---|---|")
    for size, one in found.items():
        stages, names = one["stages"], list(one["svg"])
        drawing = sum(stages[name][0] for name in names)
        cells = [f"{stages[name][0]:.2f} ({stages[name][1]:.0f})" for name in ("reading", "statistics")]
        cells.append(f"{drawing:.2f} ({stages[names[-1]][1]:.0f})")
        lines.append(f"| {size:,} | {' | '.join(cells)} | {one['results']:,} | {one['points']:,} |")
    return lines


def figure_lines(found: dict[int, dict[str, Any]]) -> list[str]:
    """Return the table of figures: seconds and size of each."""
    lines = ["| figure, s (SVG, KiB) | " + " | ".join(f"{size:,} rows" for size in found) + " |"]
    lines.append("|---" * (len(found) + 1) + "|")
    for name in next(iter(found.values()))["svg"]:
        cells = [f"{one['stages'][name][0]:.2f} ({one['svg'][name]:.0f})" for one in found.values()]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return lines


def r_stages(printed: str) -> str:
    """Quote what the R script says of its stages."""
    parts = [line.split() for line in printed.splitlines()]
    return "; ".join(f"{name} {float(seconds):.1f} ({numbers})" for name, seconds, numbers in parts)


def growth_line(found: dict[int, dict[str, Any]]) -> tuple[str, bool]:
    """Hold the growth from 2,000 rows on against n log n."""
    small, large = SIZES[1], SIZES[-1]
    allowed = large * math.log(large) / (small * math.log(small))
    total = {size: sum(seconds for seconds, _ in found[size]["stages"].values()) for size in (small, large)}
    growth = total[large] / total[small]
    met = growth <= allowed
    words = f"From {small:,} to {large:,} rows the time grows {growth:.0f} times; n log n allows {allowed:.0f}: {'met' if met else 'missed'}."  # fmt: skip
    return words, met


def main() -> int:
    """Measure every size, print and write the table; 1 where a limit is missed or R is not there."""
    versions = r_version("survival", "cmprsk")
    found: dict[int, dict[str, Any]] = {}
    with tempfile.TemporaryDirectory() as name:
        paths = {size: Path(name) / f"{size}.csv" for size in SIZES}
        for size, path in paths.items():
            # In a process of its own: a child's peak memory starts from what its parent holds.
            run([sys.executable, str(Path(__file__).resolve()), "make", str(path)])
            *_, printed = python("ours", path)
            found[size] = json.loads(printed.splitlines()[-1])
        ours = python("ours", paths[COMPARED])
        theirs = run(["Rscript", str(PEER), str(paths[COMPARED]), name]) if versions else (math.nan, math.nan, "")
        seconds, mib, _ = python("peers", paths[COMPARED])
    growth, met = growth_line(found)
    largest = max(max(one["svg"].values()) for one in found.values())
    bounded = largest <= LIMIT_SVG_KIB
    lines = [
        "# Large cohorts",
        "",
        f"{machine()} {versions}. Seconds: of the processor, one thread. MiB: peak of the process up to then. The limits of the reader (500,000 rows, 8,000,000 cells) are lifted here.",
        "",
        *size_lines(found),
        "",
    ]
    lines += [*figure_lines(found), "", f"{growth} The largest figure has {largest:.0f} KiB; limit {LIMIT_SVG_KIB:.0f} KiB: {'met' if bounded else 'missed'}.", ""]  # fmt: skip
    ratios = ours[0] / theirs[0], ours[1] / theirs[1]
    faster = max(ratios) <= LIMIT
    lines += [
        f"## {COMPARED:,} rows, whole processes: start, reading, statistics, figures", "",
        "| | processor, s | peak memory, MiB |", "|---|---|---|", f"| ours | {ours[0]:.1f} | {ours[1]:.0f} |",
        f"| R | {theirs[0]:.1f} | {theirs[1]:.0f} |", f"| ratio | {ratios[0]:.2f} | {ratios[1]:.2f} |", "",
        f"Limit: {LIMIT:g}; {'met' if faster else 'missed'}. Of R, by stage (wall seconds, numbers made): {r_stages(theirs[2])}.",
    ]  # fmt: skip
    lines += [
        f"tableone and lifelines, one test a variable, curves, log-rank and Cox: {seconds:.1f} s ({mib:.0f} MiB).",
        "",
    ]
    write("large", lines)
    return 0 if met and bounded and faster else 1


if __name__ == "__main__":
    if len(sys.argv) == 3:
        {"make": make, "ours": measure_ours, "peers": measure_peers}[sys.argv[1]](Path(sys.argv[2]))
    else:
        sys.exit(main())
