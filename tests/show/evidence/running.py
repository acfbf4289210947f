"""Runs the code that evidence shows: all of R in one process, as a start costs, and Python in this one."""

from __future__ import annotations

import contextlib
import io
import os
import shutil
import subprocess
import warnings
from collections.abc import Iterable, Sequence
from pathlib import Path

import matplotlib

from hai_utils.results.table import Results
from hai_utils.show.evidence import Evidence, find_evidence

PACKAGES = ("survival", "coin", "cmprsk")
HARNESS = """
suppressMessages({library(survival); library(coin); library(cmprsk)})
for (f in sort(list.files(".", "[.]R$"))) {
  out <- tryCatch(capture.output(suppressWarnings(source(f, local = new.env(), print.eval = TRUE))),
                  error = function(e) paste("ERROR", conditionMessage(e)))
  cat(sub("[.]R$", "", f), "\\t", paste(trimws(sub("^ *\\\\[[0-9]+\\\\]", "", out)), collapse = " "), "\\n", sep = "")
}
"""
NAMES = {"Inf": float("inf"), "inf": float("inf"), "NA": None, "NaN": None, "nan": None, "none": None}


def has_r() -> bool:
    """Say whether Rscript is there with the packages that the code names."""
    if shutil.which("Rscript") is None:
        return False
    asked = "; ".join(f"library({name})" for name in PACKAGES)
    return subprocess.run(["Rscript", "-e", asked], capture_output=True, check=False).returncode == 0


def all_evidence(results: Results, *, reported: bool = True) -> list[Evidence]:
    """Return the evidence of all numbers, each working once."""
    found = (find_evidence(results, record) for record in results if record.reported or not reported)
    return list({one.keys: one for one in found if one is not None}.values())


def outputs(evidence: Sequence[Evidence], results: Results, folder: Path, language: str) -> list[str]:
    """Return what the code of each evidence prints; empty where it has none in the language."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, sample in results.tables.items():
        (folder / f"{name}.csv").write_text(sample.csv, encoding="utf-8")
    codes = [next((code.text for code in one.codes if code.language == language), "") for one in evidence]
    return (_run_r if language == "R" else _run_python)(codes, folder)


def _run_r(codes: Sequence[str], folder: Path) -> list[str]:
    for old in folder.glob("*.R"):
        old.unlink()
    for place, code in enumerate(codes):
        if code:
            (folder / f"{place:05}.R").write_text(code, encoding="utf-8")
    done = subprocess.run(
        ["Rscript", "--vanilla", "-e", HARNESS], cwd=folder, capture_output=True, text=True, check=True, timeout=3600
    )
    printed = dict(line.split("\t", 1) for line in done.stdout.splitlines() if "\t" in line)
    return [printed.get(f"{place:05}", "") for place in range(len(codes))]


def _run_python(codes: Iterable[str], folder: Path) -> list[str]:
    matplotlib.use("Agg")
    before = Path.cwd()
    os.chdir(folder)
    try:
        return [_printed(code) for code in codes]
    finally:
        os.chdir(before)


def _printed(code: str) -> str:
    stream = io.StringIO()
    # A number of the package may need none of the warnings that another package gives on its way.
    with contextlib.redirect_stdout(stream), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            exec(compile(code, "<shown>", "exec"), {})
        except Exception as error:
            return f"ERROR {type(error).__name__}: {error}"
    return " ".join(stream.getvalue().split())


def numbers(text: str) -> list[float | str | None]:
    """Return what was printed as numbers; None for what is missing, a text for anything else."""
    return [NAMES[word] if word in NAMES else _number(word) for word in text.split()]


def _number(word: str) -> float | str:
    try:
        return float(word)
    except ValueError:
        return word


def agree(printed: str, expected: str) -> bool:
    """Say whether two outputs are the same numbers: to the digits that programs print, and lifelines' Cox model stops at."""
    ones, others = numbers(printed), numbers(expected)
    return len(ones) == len(others) and all(map(_near, ones, others))


def _near(one: float | str | None, other: float | str | None) -> bool:
    if one is None or other is None:
        return one in (None, float("inf")) and other in (None, float("inf"))
    if isinstance(one, str) or isinstance(other, str):
        return False
    return one == other or abs(one - other) <= 5e-5 * max(abs(one), abs(other)) + 1e-9
