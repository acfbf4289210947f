"""Plant each fault in a copy of the project, one at a time, and see a test fail for it.

``make mutants`` plants all; names of faults as arguments plant these. Exit code 1 where a fault survives or no longer applies.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.conftest import ROOT
from tests.mutants.faults import FAULTS, Fault
from tests.mutants.planting import NoSuchPlaceError, plant

LEFT_OUT = shutil.ignore_patterns(".*", "_build", "__pycache__", "docs", "benchmarks")
AT_ONCE = 2
# A fault that sends a search on for ever is found as surely as one that fails a test.
SLOWEST_SECONDS = 240


def outcome(tests: Sequence[str], fault: Fault | None) -> tuple[int, str]:
    """Return pytest's exit code, and what it said, in a copy of the project with a fault planted, or without any.

    Raises
    ------
    NoSuchPlaceError
        Where the fault does not apply.
    """
    with tempfile.TemporaryDirectory() as name:
        # A folder of its own below, so that data beside the project are found beside the copy too.
        folder = Path(name) / "project"
        shutil.copytree(ROOT, folder, ignore=LEFT_OUT)
        if (ROOT.parent / "shared").is_dir():
            (Path(name) / "shared").symlink_to(ROOT.parent / "shared")
        if fault:
            plant(folder / "hai_utils", fault)
        options = ("-x", "-q", "-p", "no:cacheprovider", "-m", "not slow")
        words = [sys.executable, "-m", "pytest", *options, *(f"tests/{test}" for test in tests)]
        environment = {**os.environ, "PYTHONPATH": str(folder), "OPENBLAS_NUM_THREADS": "1"}
        try:
            done = subprocess.run(
                words, cwd=folder, capture_output=True, text=True, check=False, env=environment,
                timeout=SLOWEST_SECONDS if fault else None,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            return 1, ""
        return done.returncode, done.stdout


def verdict(fault: Fault) -> str:
    """Return ``caught``, ``survived`` or ``does not apply``."""
    try:
        # 1: tests ran and one failed. Anything else is no test failing for the fault.
        return "caught" if outcome(fault.tests.split(), fault)[0] == 1 else "survived"
    except NoSuchPlaceError:
        return "does not apply"


def main(names: Sequence[str]) -> int:
    """Plant all faults, or those named; print a line each."""
    faults = [fault for fault in FAULTS if not names or fault.name in names]
    # The same tests must pass in a copy without a fault, or a failure would say nothing.
    code, said = outcome(sorted({test for fault in faults for test in fault.tests.split()}), None)
    if code:
        sys.stdout.write(f"{said[-2000:]}\nThe tests fail without any fault planted; mend that first.\n")
        return 1
    caught = 0
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for fault, found in zip(faults, pool.map(verdict, faults), strict=True):
            caught += found == "caught"
            sys.stdout.write(f"{found:15} {fault.name}: {fault.why}\n")
            sys.stdout.flush()
    sys.stdout.write(f"{caught} of {len(faults)} caught\n")
    return 0 if faults and caught == len(faults) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
