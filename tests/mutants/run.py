"""Plant each committed fault in a copy of the project, one at a time, and see a test fail for it.

Each ``*.patch`` here says in its first line what the fault is and in its second which tests must catch it. Exit code 1
where a fault survives or no longer applies. ``make mutants`` runs all; names as arguments run some.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
COPIED = ("hai_utils", "tests", "data", "notebooks", "params.yml", "pyproject.toml", "_toc.yml", "README.md")
AT_ONCE = 2
# A fault that sends a search on for ever is found as surely as one that fails a test.
SLOWEST_SECONDS = 240


def copy_project(folder: Path) -> None:
    """Copy what the tests of a fault need."""
    for name in COPIED:
        source, target = ROOT / name, folder / name
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, target)


def tests_of(patch: Path) -> list[str]:
    """Return the tests that a patch names, those that exist."""
    line = patch.read_text(encoding="utf-8").splitlines()[1]
    return [name for name in line.removeprefix("tests: ").split() if (ROOT / name).exists()]


def outcome(tests: list[str], patch: Path | None) -> int | None:
    """Return pytest's exit code in a copy with a fault planted, or without; None where the fault does not apply."""
    with tempfile.TemporaryDirectory() as name:
        # A folder of its own below, so that data beside the project are found beside the copy too.
        folder = Path(name) / "project"
        folder.mkdir()
        copy_project(folder)
        if (ROOT.parent / "shared").is_dir():
            (Path(name) / "shared").symlink_to(ROOT.parent / "shared")
        if (
            patch is not None
            and subprocess.run(["git", "apply", str(patch)], cwd=folder, capture_output=True, check=False).returncode
        ):
            return None
        words = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", "-m", "not slow", *tests]
        environment = {"PYTHONPATH": str(folder), "PATH": "/usr/bin:/bin", "OPENBLAS_NUM_THREADS": "1"}
        try:
            done = subprocess.run(
                words, cwd=folder, capture_output=True, check=False, env=environment, timeout=SLOWEST_SECONDS
            )
        except subprocess.TimeoutExpired:
            return 1
        return done.returncode


def verdict(patch: Path) -> str:
    """Return ``killed``, ``survived`` or ``does not apply``."""
    code = outcome(tests_of(patch), patch)
    # 1: tests ran and one failed. Anything else is no test failing for the fault.
    return "does not apply" if code is None else "killed" if code == 1 else "survived"


def main(names: list[str]) -> int:
    """Run all patches, or those named; print a line each."""
    patches = [path for path in sorted(HERE.glob("*.patch")) if not names or path.stem in names]
    # The same tests must pass in a copy without a fault, or a failure would say nothing.
    control = outcome(sorted({test for patch in patches for test in tests_of(patch)}), None)
    if control:
        sys.stdout.write("The tests fail without any fault planted; mend that first.\n")
        return 1
    with ThreadPoolExecutor(AT_ONCE) as pool:
        verdicts = dict(zip(patches, pool.map(verdict, patches), strict=True))
    for patch, found in verdicts.items():
        sys.stdout.write(f"{found:15} {patch.stem}: {patch.read_text(encoding='utf-8').splitlines()[0]}\n")
    killed = sum(found == "killed" for found in verdicts.values())
    sys.stdout.write(f"{killed} of {len(patches)} killed\n")
    return 0 if killed == len(patches) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
