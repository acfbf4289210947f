"""The build of the book against an R bookdown book of the same chapters, tables and figures, in turns.

The R book (``peers/bookdown``) computes its tables and figures from the same cohort with survival, survminer, cmprsk and
exactRankTests. It gets the prose of this book as plain text, and is spared what R has no package for: sentences made from
results, the search for the methods behind the printed numbers, Boschloo's and Barnard's tests. The ratio is the result;
the seconds are this machine's.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import statistics
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from measuring import ROOT, hai, machine, r_version, spent, write

PEER = ROOT / "benchmarks" / "peers" / "bookdown"
PACKAGES = ("bookdown", "survival", "survminer", "cmprsk", "exactRankTests")
PAIRS = 3
LIMIT = 0.8
# The chapter of ours whose text a chapter of theirs gets.
PROSE = {
    "index.Rmd": "book/abstract.md",
    "02-introduction.Rmd": "book/introduction.md",
    "03-methods.Rmd": "book/methods.md",
    "04-cohort.Rmd": "notebooks/01_cohort_description.ipynb",
    "05-complications.Rmd": "notebooks/02_complications.ipynb",
    "06-response.Rmd": "notebooks/03_tumor_response.ipynb",
    "07-survival.Rmd": "notebooks/04_survival.ipynb",
    "08-methods-compared.Rmd": "notebooks/05_methods_compared.ipynb",
    "09-published.Rmd": "notebooks/06_published_and_recomputed.ipynb",
    "10-discussion.Rmd": "book/discussion.md",
    "12-this-run.Rmd": "book/this_run.md",
}
_CITED = re.compile(r"\{cite\}`([^`]+)`")
_ROLE = re.compile(r"\{[a-z]+\}`([^`]+)`")


def prose_of(path: Path) -> str:
    """Return the text of a chapter of ours as plain Markdown with citations, without its title."""
    if path.suffix == ".ipynb":
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        text = "\n\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")
    else:
        text = path.read_text(encoding="utf-8")
    text = re.sub(r"^:::+\{when\} (?:not|compared|has-not)[^\n]*\n.*?^:::+$", "", text, flags=re.MULTILINE | re.DOTALL)
    text = re.sub(r"^(?::::.*|```.*|:[a-z-]+:.*|---)$", "", text, flags=re.MULTILINE)
    text = _CITED.sub(lambda match: " [" + "; ".join(f"@{key.strip()}" for key in match[1].split(",")) + "]", text)
    return re.sub(r"^# .*$", "", _ROLE.sub(r"`\1`", text), flags=re.MULTILINE)


def prepare(folder: Path, cohort: Path = ROOT / "data" / "cohort.csv", left_out: Sequence[str] = ()) -> None:
    """Put the R book with our prose and the data into a folder, without the pages that are left out."""
    shutil.copytree(PEER, folder, dirs_exist_ok=True)
    for name, ours in PROSE.items():
        with (folder / name).open("a", encoding="utf-8") as stream:
            stream.write("\n" + prose_of(ROOT / ours) + "\n")
    shutil.copy(cohort, folder / "cohort.csv")
    for name in ("data/published_numbers.csv", "book/references.bib"):
        shutil.copy(ROOT / name, folder)
    for name in left_out:
        (folder / name).unlink()


def main() -> int:
    """Measure in turns, print and write the table; 1 where the limit is missed or R is not there."""
    versions = r_version(*PACKAGES)
    if not versions:
        return 1
    render = ["Rscript", "-e", 'bookdown::render_book("index.Rmd", quiet = TRUE)']
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        prepare(scratch / "peer")
        pairs = []
        for _ in range(PAIRS):
            ours = spent(hai("build", "--no-cache", "--formats", "html", "--out", str(scratch / "run")), ROOT)
            shutil.rmtree(scratch / "peer" / "_book", ignore_errors=True)
            pairs.append((ours, spent(render, scratch / "peer")))
        pages = len(list((scratch / "peer" / "_book").glob("*.html")))
    ratio = statistics.median(ours.wall / theirs.wall for ours, theirs in pairs)
    of_processor = statistics.median(ours.processor / theirs.processor for ours, theirs in pairs)
    rows = [
        f"| {place} | {ours.wall:.2f} ({ours.processor:.2f}) | {theirs.wall:.2f} ({theirs.processor:.2f}) | {ours.wall / theirs.wall:.2f} |"
        for place, (ours, theirs) in enumerate(pairs, 1)
    ]
    write("bookdown", [
        "# Against R bookdown", "", f"{machine()} {versions}. {PAIRS} pairs, in turns; {pages} pages of theirs.", "",
        "| pair | `hai build --no-cache --formats html`, s (of the processors) | `bookdown::render_book`, s (of the processors) | ratio |", "|---|---|---|---|", *rows, "",
        f"Median ratio: {ratio:.2f}. Limit: {LIMIT:g}; {'met' if ratio <= LIMIT else 'missed'}. Ratio of processor seconds, "
        f"which other work on the machine hardly touches: {of_processor:.2f}; ours are spread over two processors. "
        f"Load of the machine at the end: {os.getloadavg()[0]:.1f}.", "",
    ])  # fmt: skip
    return 0 if ratio <= LIMIT else 1


if __name__ == "__main__":
    sys.exit(main())
