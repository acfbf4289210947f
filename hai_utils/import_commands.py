"""What the commands do that make a cohort out of something else: template, import, import-redcap, deidentify."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

from hai_utils.cohort.problems import errors_of, worst_first
from hai_utils.cohort.reading import full_dictionary
from hai_utils.errors import DataError, UsageError
from hai_utils.importing.files import SCANS_FILE, ImportResult, deidentify_file, import_file, import_redcap_file
from hai_utils.importing.guessing import guess_file
from hai_utils.importing.sheets import write_new
from hai_utils.importing.template import write_template


def _say(text: str) -> None:
    sys.stdout.write(text.rstrip("\n") + "\n")


def make_template(folder: Path) -> None:
    """Write the empty forms and the worked example, and say what to do with them."""
    for path in write_template(folder):
        _say(f"  {path}")
    _say("Fill in cohort.csv or cohort.xlsx, or upload redcap_data_dictionary.csv; then: hai check, hai build --data.")
    _say("lesion_scans.csv is optional: one lesion at one scan a row; then add --scans lesion_scans.csv to both.")


def guess(export: Path, dictionary: Path | None, out: Path | None) -> None:
    """Write a first guess of a mapping, for the user to correct."""
    target = out if out is not None else Path(f"{export.stem}_mapping.yml")
    write_new(target, guess_file(export, full_dictionary(dictionary)))
    _say(
        f"A first guess: {target}. Correct the lines marked as uncertain, then: hai import {export.name} --mapping {target}"
    )


def run_import(export: Path, mapping: Path | None, dictionary: Path | None, scans: Path | None, out: Path) -> None:
    """Import a spreadsheet or CSV by its mapping."""
    if mapping is None:
        raise UsageError("Name a mapping file with --mapping, or ask for a first guess with --guess.")
    _finish(import_file(export, mapping, full_dictionary(dictionary), scans=scans), out)


def run_import_redcap(
    export: Path, data_dictionary: Path, mapping: Path | None, dictionary: Path | None, scans: Path | None, out: Path
) -> None:
    """Import a REDCap export by its data dictionary."""
    _finish(import_redcap_file(export, data_dictionary, full_dictionary(dictionary), mapping=mapping, scans=scans), out)


def _finish(result: ImportResult, out: Path) -> None:
    """Write the files of an import, the log first of all; refuse where the cohort could not be built."""
    _write_all(out, result.files)
    for problem in worst_first(result.problems):
        _say(problem.sentence("export"))
    faults = errors_of(result.problems)
    if faults:
        raise DataError(
            [f"{len(faults)} of these must be mended before a book can be built; what was made so far is in {out}."]
        )
    scans = f" --scans {out / SCANS_FILE}" if SCANS_FILE in result.files else ""
    _say(f"Next: hai build --data {out / 'cohort.csv'}{scans}")


def _write_all(folder: Path, files: Mapping[str, str]) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DataError([f"--out {folder}: the folder cannot be made ({error.strerror})."]) from None
    taken = [name for name in files if (folder / name).exists()]
    if taken:
        raise DataError([f"--out {folder}: {', '.join(taken)} exists there already. Name another folder."])
    for name, text in files.items():
        _say(f"  {write_new(folder / name, text)}")


def run_deidentify(raw: Path, keep: tuple[str, ...], since: str, out: Path) -> None:
    """Leave out what may identify a person, and say what became of each column."""
    done = deidentify_file(raw, keep=keep, since=since)
    write_new(out, done.csv_text)
    _say(done.report_text)
    _say(f"Written: {out}. Read it before it leaves the building.")
