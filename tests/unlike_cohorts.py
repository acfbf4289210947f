"""Five cohorts unlike the published one, made by seeded code and written as the files that a user would have.

Their rows are drawn at random for the tests alone; they are not marked as synthetic, so that the book speaks of
them as it speaks of patients.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

Columns = dict[str, list[str]]
DICTIONARY_COLUMNS = ("column", "label", "type", "unit", "allowed", "needed_for", "description", "level_labels")
SURVIVAL_COLUMNS = ("os_months", "os_event", "pfs_months", "pfs_event", "hepatic_pfs_months", "hepatic_pfs_event")
RESPONSE_COLUMNS = (
    "lesion1_baseline_long_mm", "lesion1_baseline_perp_mm", "lesion1_best_long_mm", "lesion1_best_perp_mm",
    "converted_to_resection",
)  # fmt: skip

# One text for every language that a page, a notebook or a spreadsheet passes through.
HOSTILE = (
    "<script>alert(1)</script><img src=x onerror=alert(1)> {val}`os.all.n` {{ config }} {% raw %} $\\frac{a}{b}$ "
    '#eval(1+1) @cite *bold* [link](javascript:alert(2)) & "quoted"'
)
HOSTILE_LEVELS = ("=cmd|' /C calc'!A0 <b>A</b> {val}`os` $x$", "+1+1 #let x=1 {{7*7}} \\input{a} **B** `c`")
HOSTILE_ANSWER = "=HYPERLINK(A1) <b>planned</b> {val}`os.all.n`"
HOSTILE_FILE = "=1 <b>x<i> {val} {{7}} $x$ #eval & @cite.csv"


@dataclass(frozen=True, slots=True)
class CohortFiles:
    """A cohort on disk with what `hai build` is told of it."""

    data: Path
    settings: tuple[str, ...] = ()
    dictionary: Path | None = None

    @property
    def words(self) -> tuple[str, ...]:
        """The words of the command line."""
        own = ("--dictionary", str(self.dictionary)) if self.dictionary else ()
        return ("--data", str(self.data), *own, *(word for one in self.settings for word in ("--set", one)))


def patients(size: int, seed: int) -> Columns:
    """Draw a cohort with a column of every kind."""
    random = np.random.default_rng(seed)

    def pick(levels: Sequence[str], shares: Sequence[float] | None = None) -> list[str]:
        return [str(level) for level in random.choice(levels, size, p=shares)]

    baseline = random.integers(25, 70, size)
    best = np.round(baseline * random.uniform(0.2, 1.15, size)).astype(int)
    death = np.round(random.exponential(25, size) + 3, 1)
    progression = np.round(death * random.uniform(0.3, 1.0, size), 1)
    died, progressed = random.random(size) < 0.5, random.random(size) < 0.7
    return {
        "patient_id": [f"Q{number:03}" for number in range(1, size + 1)],
        "age_years": [str(number) for number in random.integers(31, 84, size)],
        "sex": pick(("female", "male")),
        "bmi_kg_m2": [f"{number:.1f}" for number in random.normal(27, 3, size)],
        "synchronous_metastases": pick(("yes", "no"), (0.7, 0.3)),
        "kras": pick(("mutant", "wild_type")),
        "primary_site": pick(("right_colon", "left_colon", "rectum")),
        "primary_resection": pick(("prior", "synchronous", "none")),
        "n_liver_lesions": [str(number) for number in random.integers(1, 30, size)],
        "extrahepatic_disease": pick(("yes", "no"), (0.3, 0.7)),
        "prior_regimens": pick(("0", "1", "2")),
        "hai_cycles": [str(number) for number in random.integers(1, 12, size)],
        "hai_discontinued": pick(("yes", "no"), (0.2, 0.8)),
        "lesion1_baseline_long_mm": [str(number) for number in baseline],
        "lesion1_baseline_perp_mm": [str(number - 6) for number in baseline],
        "lesion1_best_long_mm": [str(number) for number in best],
        "lesion1_best_perp_mm": [str(max(0, number - 6)) for number in best],
        "converted_to_resection": pick(("yes", "no"), (0.35, 0.65)),
        "clavien_dindo": pick(("0", "I", "II", "IIIa"), (0.6, 0.2, 0.1, 0.1)),
        "pump_complication": pick(("none", "biloma", "pocket_infection"), (0.8, 0.1, 0.1)),
        "os_months": [f"{number:.1f}" for number in death],
        "os_event": [str(int(event)) for event in died],
        "pfs_months": [f"{number:.1f}" for number in progression],
        "pfs_event": [str(int(event)) for event in progressed],
        "hepatic_pfs_months": [f"{number:.1f}" for number in progression],
        "hepatic_pfs_event": [str(int(event)) for event in progressed],
    }


def _write(path: Path, rows: Sequence[Sequence[str]]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows(rows)
    return path


def write_cohort(path: Path, columns: Columns) -> Path:
    """Write the columns as a cohort file."""
    return _write(path, [list(columns), *map(list, zip(*columns.values(), strict=True))])


def write_dictionary(path: Path, *rows: Sequence[str]) -> Path:
    """Write a dictionary of a cohort's own columns."""
    return _write(path, [DICTIONARY_COLUMNS, *rows])


def other_names(folder: Path) -> CohortFiles:
    """Groups with names of their own, one of them of a single patient."""
    columns = patients(23, 1) | {"arm": ["tailored schedule"] + ["usual schedule"] * 22}
    dictionary = write_dictionary(
        folder / "own_columns.csv",
        ("arm", "Schedule", "category", "", "usual schedule | tailored schedule", "", "", ""),
    )
    data = write_cohort(folder / "schedules.csv", columns)
    return CohortFiles(data, ("group_by=arm", "reference_group=usual schedule"), dictionary)


def three_groups(folder: Path) -> CohortFiles:
    """Three groups of a standard column."""
    sites = ["rectum"] * 12 + ["left_colon"] * 9 + ["right_colon"] * 7
    data = write_cohort(folder / "sites.csv", patients(28, 2) | {"primary_site": sites})
    return CohortFiles(data, ("group_by=primary_site", "reference_group=rectum"))


def nothing_happened(folder: Path) -> CohortFiles:
    """No complication, no stop, no event of any endpoint."""
    columns = patients(18, 3)
    size = len(columns["patient_id"])
    none = {
        "clavien_dindo": "0", "pump_complication": "none", "hai_discontinued": "no", "os_event": "0",
        "pfs_event": "0", "hepatic_pfs_event": "0",
    }  # fmt: skip
    return CohortFiles(
        write_cohort(folder / "quiet.csv", columns | {name: [value] * size for name, value in none.items()})
    )


def only_response(folder: Path) -> CohortFiles:
    """Lesions and conversion, nothing else."""
    columns = patients(20, 4)
    kept = {name: columns[name] for name in ("patient_id", "kras", *RESPONSE_COLUMNS)}
    return CohortFiles(write_cohort(folder / "response.csv", kept))


def hostile(folder: Path) -> CohortFiles:
    """Markup, code and formulas wherever a user may write: file names, labels, levels, free text, an own column, answers."""
    columns = patients(24, 5)
    size = len(columns["patient_id"])
    columns |= {
        "arm": [HOSTILE_LEVELS[number % 2] for number in range(size)],
        "race": [HOSTILE if number % 3 else "White" for number in range(size)],
        "first_line": [f"@SUM(A1) {HOSTILE}"] * size,
        "marker": [("high", "low")[number % 3 % 2] for number in range(size)],
    }
    dictionary = write_dictionary(
        folder / "own <i>columns {{7}}.csv",
        ("arm", HOSTILE[:118], "category", "", "free level", "", HOSTILE, ""),
        (
            "marker",
            "=1+1 " + HOSTILE[60:],
            "category",
            "",
            "high | low",
            "",
            HOSTILE,
            f"high = {HOSTILE} | low = -1+1 {HOSTILE}",
        ),
    )
    data = write_cohort(folder / HOSTILE_FILE, columns)
    answers = {"strobe": {"2": HOSTILE, "3": HOSTILE_ANSWER}, "remark": {"1": HOSTILE}}
    (folder / "answers.yml").write_text(json.dumps(answers), "utf-8")
    study = {
        "authors": [{"name": HOSTILE, "affiliations": [HOSTILE]}],
        "keywords": [HOSTILE],
        "tumor_marker": "yes",
        "checklist_answers": "answers.yml",
    }
    (folder / "study.yml").write_text(json.dumps(study), "utf-8")
    settings = ("group_by=arm", f"reference_group={HOSTILE_LEVELS[0]}")
    return CohortFiles(data, settings, dictionary)


UNLIKE: Mapping[str, Callable[[Path], CohortFiles]] = {
    "other_names": other_names,
    "three_groups": three_groups,
    "nothing_happened": nothing_happened,
    "only_response": only_response,
    "hostile": hostile,
}
