"""What the commands do that make a cohort out of something else: template, import, import-redcap, deidentify."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar

from hai_utils.cohort.problems import errors_of, worst_first
from hai_utils.cohort.reading import full_dictionary
from hai_utils.commands.next_steps import OWN_BOOK, cohort_words, spoken
from hai_utils.errors import DataError, UsageError
from hai_utils.importing.files import SCANS_FILE, ImportResult, deidentify_file, import_file, import_redcap_file
from hai_utils.importing.guessing import guess_file
from hai_utils.importing.sheets import write_new
from hai_utils.importing.template import write_template
from hai_utils.importing.values import DATE_ORDERS, DECIMAL_MARKS
from hai_utils.untrusted import plain_lines

Choice = TypeVar("Choice", bound=str)


def _say(text: str) -> None:
    sys.stdout.write(plain_lines(text.rstrip("\n")) + "\n")


def make_template(folder: Path) -> None:
    """Write the empty forms and the worked example, and say what to do with them."""
    for path in write_template(folder):
        _say(f"  {path}")
    form = spoken(folder / "cohort.xlsx")
    _say(
        "Fill in cohort.xlsx or cohort.csv, one patient a line, as example_cohort.csv does; what is not known stays blank."
    )
    _say("lesion_scans.csv is optional, one lesion at one scan a row: then add --scans to both commands.")
    _say(f"Next: hai check {form}")
    _say(f"      hai build --data {form} --out {OWN_BOOK}")
    _say("In REDCap: upload redcap_data_dictionary.csv; later: hai import-redcap EXPORT.csv redcap_data_dictionary.csv")


def guess(export: Path, dictionary: Path | None, out: Path | None) -> None:
    """Write a first guess of a mapping, for the user to correct."""
    target = out if out is not None else Path(f"{export.stem}_mapping.yml")
    write_new(target, guess_file(export, full_dictionary(dictionary)))
    _say(
        f"A first guess: {target}. Read it, correct the lines marked CHECK and fill in FILL_IN.\n"
        f"Next: hai import {spoken(export)} --mapping {spoken(target)}"
    )


def run_import(export: Path, mapping: Path | None, dictionary: Path | None, scans: Path | None, out: Path) -> None:
    """Import a spreadsheet or CSV by its mapping."""
    if mapping is None:
        raise UsageError("Name a mapping file with --mapping, or ask for a first guess with --guess.")
    _finish(import_file(export, mapping, full_dictionary(dictionary), scans=scans), out, dictionary)


def run_import_redcap(
    export: Path, data_dictionary: Path, mapping: Path | None, dictionary: Path | None, scans: Path | None, out: Path
) -> None:
    """Import a REDCap export by its data dictionary."""
    _finish(
        import_redcap_file(export, data_dictionary, full_dictionary(dictionary), mapping=mapping, scans=scans),
        out,
        dictionary,
    )


def _finish(result: ImportResult, out: Path, own_columns: Path | None) -> None:
    """Write the files of an import, the log first of all; refuse where the cohort could not be built."""
    _write_all(out, result.files)
    for problem in worst_first(result.problems):
        _say(problem.sentence("export"))
    faults = errors_of(result.problems)
    if faults:
        raise DataError(
            [
                f"{len(faults)} of these must be mended before a book can be built; what was made so far is in {out}. "
                "Mend the export or its mapping, and import again with another --out."
            ]
        )
    scans = out / SCANS_FILE if SCANS_FILE in result.files else None
    _say(f"Next: hai check {spoken(out / 'cohort.csv')}{cohort_words(None, own_columns, scans)}")


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


def run_deidentify(raw: Path, keep: tuple[str, ...], since: str, out: Path, *, dates: str, decimal: str) -> None:
    """Leave out what may identify a person, and say what became of each column."""
    order = _choice("--dates", dates, DATE_ORDERS) if dates else None
    mark = _choice("--decimal", decimal, DECIMAL_MARKS)
    done = deidentify_file(raw, keep=keep, since=since, dates=order, decimal=mark)
    write_new(out, done.csv_text)
    _say(done.report_text)
    _say(f"Written: {out}. Read it before it leaves the building.")
    _say(f"Next: hai import {spoken(out)} --guess")


def _choice(option: str, word: str, known: tuple[Choice, ...]) -> Choice:
    """Return one of the words that an option knows."""
    for each in known:
        if each == word:
            return each
    raise UsageError(f"{option} {word}: one of {', '.join(known)} is expected.")
