"""How many centers a minute: 200 cohorts of 25, on one Dask worker and on two, in one run.

The cohorts are the reconstruction's rows drawn with replacement from a seed, so no row of them is a patient. Each
worker is one process with one thread. ``python benchmarks/sites.py 200`` writes ``benchmarks/results/sites.md``. With
``--beside CHECKOUT``, another version of this project with its ``.venv``, ``hai sites`` is run on 20 of the centers by both
in turn, and the processor time of a center compared: that of all processes of the command, over the centers.
"""

from __future__ import annotations

import argparse
import csv
import random
import shutil
import sys
import tempfile
import time
from pathlib import Path

from measuring import hai, spent

ROOT = Path(__file__).resolve().parent.parent
COHORT = ROOT / "data" / "cohort.csv"
PATIENTS = 25
COMPARED = 20
SEED = 20220113


def make_centers(folder: Path, count: int, *, patients: int = PATIENTS, seed: int = SEED) -> None:
    """Write so many cohorts of made-up rows, drawn with replacement within each group so that both occur."""
    folder.mkdir(parents=True, exist_ok=True)
    with COHORT.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    draw = random.Random(seed)
    for number in range(1, count + 1):
        chosen = [rows[0], *draw.choices(rows, k=patients - 1)]
        chosen = [{**row, "patient_id": f"P{place:03d}"} for place, row in enumerate(chosen, start=1)]
        with (folder / f"center_{number:03d}.csv").open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, rows[0].keys(), lineterminator="\n")
            writer.writeheader()
            writer.writerows(chosen)


def seconds(folder: Path, out: Path, workers: int) -> float:
    """Build all centers on so many workers, each warm, and return how long it took."""
    from distributed import LocalCluster

    from hai_utils.commands.sites import SitesRequest, run_sites
    from hai_utils.sites.connection import Cluster

    warm = folder.with_name("warm")
    with LocalCluster(n_workers=workers, threads_per_worker=1, processes=True, dashboard_address=None) as cluster:
        address = Cluster(cluster.scheduler_address)
        shutil.rmtree(warm, ignore_errors=True)
        make_centers(warm, 2 * workers, seed=1)
        run_sites(SitesRequest(warm, out=out.with_name(f"warm-{workers}"), cluster=address))
        start = time.perf_counter()
        code = run_sites(SitesRequest(folder, out=out, cluster=address))
        taken = time.perf_counter() - start
    if code:
        raise SystemExit(f"hai sites ended with {code}")
    return taken


def processor_seconds(folder: Path, out: Path, beside: Path) -> tuple[float, float]:
    """Return what `hai sites` takes of the processors for a folder of centers, here and in another checkout."""
    words = ["sites", str(folder), "--out"]
    ours = spent([*hai(*words), str(out / "ours")], ROOT)
    theirs = spent([str(beside / ".venv" / "bin" / "hai"), *words, str(out / "theirs")], beside)
    return ours.processor, theirs.processor


def compared(count: int, ours: float, theirs: float) -> str:
    """Return the comparison as a sentence."""
    return (
        f"`hai sites` on {count} centers takes {ours / count:.2f} s of the processors a center, the other checkout {theirs / count:.2f} s: "
        f"{ours / theirs:.3f} of it.\n"
    )


def table(count: int, one: float, two: float) -> str:
    """Return the results as a Markdown table."""
    import os
    import platform

    return (
        "# Many centers\n\n"
        f"`python benchmarks/sites.py {count}`: {count} centers of {PATIENTS} made-up rows, a book each and one overview, on Dask workers of one\n"
        f"process and one thread; {platform.system()}, {os.cpu_count()} cores, Python {platform.python_version()}. Both in one run, workers warm.\n\n"
        "| workers | seconds | seconds a center |\n|---|---|---|\n"
        f"| 1 | {one:.0f} | {one / count:.2f} |\n| 2 | {two:.0f} | {two / count:.2f} |\n\n"
        f"Two workers are {one / two:.2f} times as fast as one.\n"
    )


def main() -> None:
    """Measure, print, write."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("count", nargs="?", type=int, default=200)
    words.add_argument("--beside", type=Path, help="another checkout, with its .venv")
    given = words.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "centers"
        if given.beside:
            count = min(given.count, COMPARED)
            make_centers(folder, count)
            sys.stdout.write(compared(count, *processor_seconds(folder, Path(name), given.beside.absolute())))
            return
        count = given.count
        make_centers(folder, count)
        one = seconds(folder, Path(name) / "one", 1)
        two = seconds(folder, Path(name) / "two", 2)
        same = (Path(name) / "one" / "results.csv").read_bytes() == (Path(name) / "two" / "results.csv").read_bytes()
    text = table(count, one, two)
    print(text)
    if not same:
        raise SystemExit("The two overviews differ.")
    (ROOT / "benchmarks" / "results" / "sites.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
