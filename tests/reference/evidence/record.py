"""Run the code that evidence shows on the reconstruction, and record what it prints.

Run in the project's root, with R and its packages survival, coin and cmprsk installed:
    python -m tests.reference.evidence.record FOLDER-OF-A-RUN ...
The runs are of the reconstruction, such as ``hai build --out A`` and ``hai build --profile recommended --out B``.
"""

from __future__ import annotations

import csv
import io
import platform
import re
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

import hai_utils.show.evidence as package
from hai_utils.results.files import read_results
from hai_utils.show.evidence import evidence
from hai_utils.show.evidence.code import LANGUAGES, digest, rows_of
from hai_utils.show.evidence.recorded import FILE, VERSION
from tests.show.evidence.running import PACKAGES, outputs


def versions() -> dict[str, str]:
    """Return the versions of both languages with their packages."""
    asked = f"cat(as.character(getRversion()), sapply(c({','.join(map(repr, PACKAGES))}), function(p) as.character(packageVersion(p))))"
    r, *packages = subprocess.run(["Rscript", "-e", asked], capture_output=True, text=True, check=True).stdout.split()
    python = ", ".join(f"{name} {version(name)}" for name in ("pandas", "scipy", "lifelines", "statsmodels"))
    return {
        "R": f"R {r}, " + ", ".join(f"{name} {number}" for name, number in zip(PACKAGES, packages, strict=True)),
        "Python": f"Python {platform.python_version()}, {python}",
    }


def record(runs: list[Path]) -> str:
    """Return the text of the file."""
    rows: dict[str, tuple[str, str]] = {}
    for run in runs:
        results = read_results(run)
        pages = (run / "html" / "evidence").glob("*.html")
        keys = [
            key
            for page in sorted(pages)
            for key in re.findall(r'<section id="([^"]+)"', page.read_text(encoding="utf-8"))
        ]
        found = [evidence(results, key) for key in keys]
        for language in LANGUAGES:
            with tempfile.TemporaryDirectory() as folder:
                printed = outputs(found, results, Path(folder), language)
            for one, said in zip(found, printed, strict=True):
                for code in one.codes:
                    if code.language == language:
                        rows[digest(code.text, rows_of(results, one.files))] = language, said
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerows((VERSION, language, said) for language, said in versions().items())
    writer.writerows((name, *rows[name]) for name in sorted(rows))
    return buffer.getvalue()


if __name__ == "__main__":
    (Path(str(package.__file__)).parent / FILE).write_text(
        record([Path(name) for name in sys.argv[1:]]), encoding="utf-8"
    )
