"""Time and memory of all statistics of a build, from 25 to 100,000 rows, beside tableone and lifelines.

Each size runs in a process of its own. The ratios are the result; the seconds are this machine's.
"""

from __future__ import annotations

import json
import math
import os
import platform
import resource
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd

ROOT = Path(__file__).resolve().parent.parent
REPORT = ROOT / "benchmarks" / "results" / "statistics.md"
SIZES = (25, 1_000, 10_000, 100_000)
LIMIT_SECONDS = 15.0
LIMIT_MIB = 1024.0
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
    best = np.minimum(long, random.integers(3, 60, size))
    died, progressed = survival <= follow_up, free < months
    return pd.DataFrame(
        {
            "patient_id": [f"P{number:06}" for number in range(size)],
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


def measure_ours(size: int) -> None:
    """Compute all statistics of a build; print seconds and peak memory."""
    from hai_utils.analyses import analyse
    from hai_utils.cohort.reading import full_dictionary, group_cohort, parse_cohort
    from hai_utils.parameters import load_parameters

    parameters = load_parameters([ROOT / "params.yml"])
    table, variables = parse_cohort(synthetic(size).to_csv(index=False).encode(), "synthetic.csv", full_dictionary())
    cohort = group_cohort(table, variables, parameters)
    start = time.perf_counter()
    results = analyse(cohort, parameters)
    _say(time.perf_counter() - start, len(results))


def measure_peers(size: int) -> None:
    """Do what tableone and lifelines offer of the same work: Table 1, curves, log-rank, Cox; print seconds and memory."""
    import warnings

    from lifelines import CoxPHFitter, KaplanMeierFitter
    from lifelines.statistics import logrank_test
    from tableone import TableOne

    warnings.simplefilter("ignore")
    data = synthetic(size)
    columns = [name for name in data.columns[1:] if not name.endswith(("_months", "_event"))]
    start = time.perf_counter()
    TableOne(data, columns=columns, groupby="kras", pval=True, smd=True)
    level = data["kras"] == "mutant"
    for stem in ("os", "pfs", "hepatic_pfs"):
        duration, event = data[f"{stem}_months"], data[f"{stem}_event"]
        for group in (level, ~level):
            KaplanMeierFitter().fit(duration[group], event[group])
        logrank_test(duration[level], duration[~level], event[level], event[~level])
        CoxPHFitter().fit(pd.DataFrame({"t": duration, "e": event, "x": level.astype(int)}), "t", "e")
    _say(time.perf_counter() - start, 0)


def _say(seconds: float, rows: int) -> None:
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    sys.stdout.write(json.dumps({"seconds": seconds, "mib": memory, "rows": rows}))


def run(what: str, size: int) -> dict[str, float]:
    """Measure in a fresh process."""
    words = [sys.executable, str(Path(__file__).resolve()), what, str(size)]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def processor() -> str:
    """Return the processor's model, as the system names it."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.is_file() else []
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())


def main() -> int:
    """Measure every size, print and write the table; 1 where a limit is missed."""
    ours = {size: run("ours", size) for size in SIZES}
    peers = {size: run("peers", size) for size in SIZES}
    lines = [
        "# Statistics",
        "",
        f"{processor()}, {os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}.",
        "",
        "| rows | all statistics, s | peak memory, MiB | results | tableone and lifelines, s | ratio |",
        "|---|---|---|---|---|---|",
    ]
    for size in SIZES:
        mine, theirs = ours[size], peers[size]
        lines.append(
            f"| {size:,} | {mine['seconds']:.2f} | {mine['mib']:.0f} | {mine['rows']:.0f} | {theirs['seconds']:.2f} "
            f"| {mine['seconds'] / theirs['seconds']:.2f} |"
        )
    largest, base = ours[SIZES[-1]], ours[1_000]
    growth = largest["seconds"] / base["seconds"]
    allowed = SIZES[-1] * math.log(SIZES[-1]) / (1_000 * math.log(1_000))
    met = largest["seconds"] <= LIMIT_SECONDS and largest["mib"] <= LIMIT_MIB and growth <= allowed
    lines += [
        "",
        f"From 1,000 to {SIZES[-1]:,} rows the time grows {growth:.1f} times; n log n allows {allowed:.0f}. "
        f"Limits at {SIZES[-1]:,} rows: {LIMIT_SECONDS:g} s and {LIMIT_MIB:g} MiB; {'met' if met else 'missed'}.",
        "tableone and lifelines compute fewer statistics: one test a variable, curves, log-rank and Cox.",
        "",
    ]
    text = "\n".join(lines)
    REPORT.parent.mkdir(exist_ok=True)
    REPORT.write_text(text, encoding="utf-8")
    sys.stdout.write(text)
    return 0 if met else 1


if __name__ == "__main__":
    if len(sys.argv) == 3:
        {"ours": measure_ours, "peers": measure_peers}[sys.argv[1]](int(sys.argv[2]))
    else:
        sys.exit(main())
