"""`hai build` of large cohorts, whole: from the command to the last page, at 25 to 500,000 rows, beside an R bookdown of 100,000.

The R book (``peers/bookdown``) reads the same rows and makes the paper's seven pages. It is spared the comparison of methods, the
published numbers, the sentences, the search of the site, the downloads and the file of results. Memory is the sum of the
proportional set sizes of all processes of a command, looked at every 50 ms, at its highest. The ratios are the result; the
seconds are this machine's.
"""

from __future__ import annotations

import math
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
from bookdown import PACKAGES, prepare
from measuring import ROOT, Watched, hai, machine, r_version, watched, write

SIZES = (25, 2_000, 100_000, 500_000)
COMPARED = 100_000
LIMIT_TIME, LIMIT_MEMORY, LIMIT_SITE = 0.5, 0.6, 15.0
# Of the R book: what has no like in a book of that many rows of ours.
LEFT_OUT = ("08-methods-compared.Rmd", "09-published.Rmd")
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
    table = pd.DataFrame(
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
    regimens = random.integers(0, 4, size)
    second = (random.random(size) < 0.6) & (table["n_liver_lesions"] > 1)
    other = random.integers(10, 30, size)
    return table.assign(
        site="synthetic",
        race=pick(["White", "Black", "Asian"], size),
        nras="wild_type",
        braf=np.where(table["kras"] == "mutant", "wild_type", pick(["wild_type", "mutant"], size, p=[0.93, 0.07])),
        kras_codon=np.where(table["kras"] == "mutant", pick(["12", "13", "61"], size), ""),
        primary_resection=pick(["none", "synchronous", "prior"], size),
        pump_year=random.integers(2015, 2021, size),
        prior_regimens=regimens,
        prior_chemo_cycles=random.integers(1, 30, size) * (regimens > 0),
        first_line=np.where(regimens > 0, pick(["FOLFOX", "FOLFIRI"], size), ""),
        second_line=np.where(regimens > 1, pick(["FOLFOX", "FOLFIRI"], size), ""),
        hai_cycles=random.integers(1, 12, size),
        hai_discontinued="no",
        lesion2_baseline_long_mm=pd.Series(other).where(second).astype("Int64"),
        lesion2_baseline_perp_mm=pd.Series(other - 2).where(second).astype("Int64"),
        lesion2_best_long_mm=pd.Series(other // 2).where(second).astype("Int64"),
        lesion2_best_perp_mm=pd.Series(other // 2 - 1).where(second).astype("Int64"),
        pump_complication=pick(
            ["none", "pocket_infection", "biliary_stricture", "biloma"], size, p=[0.8, 0.1, 0.06, 0.04]
        ),
    )


def make(path: Path) -> None:
    """Write the made-up cohort whose size is the file's name."""
    synthetic(int(path.stem)).to_csv(path, index=False)


def ours(cohort: Path, out: Path) -> tuple[Watched, float]:
    """Build the site of a cohort from nothing; return what it took and the site's size in MB."""
    words = hai("build", "--data", str(cohort), "--formats", "html", "--no-cache", "--out", str(out))
    taken = watched(words, ROOT)
    return taken, sum(path.stat().st_size for path in (out / "html").rglob("*") if path.is_file()) / 1e6


def theirs(cohort: Path, folder: Path) -> Watched:
    """Make the R book of a cohort from nothing."""
    prepare(folder, cohort, LEFT_OUT)
    return watched(["Rscript", "-e", 'bookdown::render_book("index.Rmd", quiet = TRUE)'], folder)


def growth(found: dict[int, tuple[Watched, float]]) -> tuple[str, bool]:
    """Hold the growth of a whole command's processor time against n log n."""
    small, large = SIZES[-2], SIZES[-1]
    allowed = large * math.log(large) / (small * math.log(small))
    grown = found[large][0].processor / found[small][0].processor
    met = grown <= allowed
    words = f"From {small:,} to {large:,} rows the processor time of the command grows {grown:.1f} times; n log n allows {allowed:.1f}: {'met' if met else 'missed'}."  # fmt: skip
    return words, met


def main() -> int:
    """Measure every size, print and write the table; 1 where a limit is missed or R is not there."""
    versions = r_version(*PACKAGES)
    if not versions:
        return 1
    found: dict[int, tuple[Watched, float]] = {}
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        for size in SIZES:
            cohort = scratch / f"{size}.csv"
            # In a process of its own: a child's peak memory starts from what its parent holds.
            subprocess.run([sys.executable, str(Path(__file__).resolve()), "make", str(cohort)], check=True)
            found[size] = ours(cohort, scratch / f"run-{size}")
        peer = theirs(scratch / f"{COMPARED}.csv", scratch / "peer")
        again, _ = ours(scratch / f"{COMPARED}.csv", scratch / "again")
    one = found[COMPARED][0]
    time, memory = max(one.wall, again.wall) / peer.wall, max(one.peak, again.peak) / peer.peak
    words, linear = growth(found)
    site = max(megabytes for _, megabytes in found.values())
    met = time <= LIMIT_TIME and memory <= LIMIT_MEMORY and linear and site < LIMIT_SITE
    rows = [
        f"| {size:,} | {taken.wall:.1f} | {taken.processor:.1f} | {taken.peak:.0f} | {megabytes:.1f} |"
        for size, (taken, megabytes) in found.items()
    ]
    write("large", [
        "# Large cohorts", "", f"{machine()} {versions}. Load at the end: {os.getloadavg()[0]:.1f}.", "",
        "`hai build --formats html --no-cache`, whole:", "",
        "| rows | wall, s | of the processors, s | peak memory, MiB | site, MB |", "|---|---|---|---|---|", *rows, "",
        words, "", f"## {COMPARED:,} rows, in turns", "", "| | wall, s | of the processors, s | peak memory, MiB |", "|---|---|---|---|",
        f"| ours, before | {one.wall:.1f} | {one.processor:.1f} | {one.peak:.0f} |",
        f"| R bookdown, seven pages | {peer.wall:.1f} | {peer.processor:.1f} | {peer.peak:.0f} |",
        f"| ours, after | {again.wall:.1f} | {again.processor:.1f} | {again.peak:.0f} |", "",
        f"The worse of ours takes {time:.2f} of R's time (limit {LIMIT_TIME:g}) and {memory:.2f} of its memory (limit {LIMIT_MEMORY:g}); "
        f"the largest site has {site:.1f} MB (limit {LIMIT_SITE:g}): {'met' if met else 'missed'}.", "",
    ])  # fmt: skip
    return 0 if met else 1


if __name__ == "__main__":
    if len(sys.argv) == 3:
        make(Path(sys.argv[2]))
    else:
        sys.exit(main())
