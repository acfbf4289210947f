"""What the commands do that make a cohort out of something else: template, import, import-redcap, deidentify."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TypeVar

from hai_utils.cohort.problems import errors_of, line_list, worst_first
from hai_utils.cohort.reading import full_dictionary
from hai_utils.commands.next_steps import OWN_BOOK, cohort_words, spoken
from hai_utils.errors import DataError, UsageError
from hai_utils.importing.deidentify import deidentify
from hai_utils.importing.exports import plan_file
from hai_utils.importing.files import (
    SCANS_FILE,
    ImportResult,
    import_file,
    import_redcap_file,
    plan_redcap_file,
)
from hai_utils.importing.mapping import ColumnMapping, parse_mapping, read_mapping
from hai_utils.importing.plan import ImportPlan
from hai_utils.importing.sheets import read_sheet, write_all, write_new
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


def guess(plan: ImportPlan, export: Path, mapping: Path | None, command: str) -> None:
    """Write the mapping of a plan, its questions at the top, for the user to answer."""
    target = mapping if mapping is not None else Path(f"{export.stem}_mapping.yml")
    write_new(target, plan.mapping_text)
    asked = len(plan.open_questions)
    open_words = (
        f"Answer the {asked} question{'s' if asked > 1 else ''} at its top (or use --ask)."
        if asked
        else "Nothing has to be asked; read it all the same."
    )
    _say(
        f"{len(plan.proposals)} columns of a cohort were found in {len(plan.columns)} of the file: {target}. {open_words}\nNext: {command} --mapping {spoken(target)}"
    )


def asked(plan: ImportPlan) -> ImportPlan:
    """Put the open questions on the terminal, one after another, each until an answer is possible."""
    for number, question in enumerate(plan.open_questions, start=1):
        where = f" ({line_list(question.lines)})" if question.lines else ""
        _say(
            f"{number}/{len(plan.open_questions)}  {' '.join(filter(None, (question.text, question.hint)))}{where}\n     {question.choices}"
        )
        while True:
            sys.stdout.write("> ")
            sys.stdout.flush()
            line = sys.stdin.readline()
            if not line:
                raise UsageError("The answers ended before the questions. Nothing was imported.")
            if question.accepts(line.strip()):
                plan = plan.answered({question.name: line.strip()})
                break
            _say(f"     Not possible. {question.choices}")
    return plan


def run_import(
    export: Path,
    data_dictionary: Path | None,
    mapping: Path | None,
    dictionary: Path | None,
    scans: Path | None,
    out: Path,
    *,
    guess_only: bool = False,
    ask: bool = False,
    sheet: str = "",
) -> None:
    """Import a file, or a REDCap export by its data dictionary: by a mapping, or by a plan where that leaves nothing open."""
    variables = full_dictionary(dictionary)

    def made(chosen: ColumnMapping) -> ImportResult:
        if data_dictionary is None:
            return import_file(export, chosen, variables, scans=scans)
        return import_redcap_file(export, data_dictionary, variables, mapping=chosen, scans=scans)

    if mapping is not None and not guess_only:
        _finish(made(read_mapping(mapping, variables)), out, dictionary)
        return
    if data_dictionary is None:
        plan, command = plan_file(export, variables, sheet=sheet), f"hai import {spoken(export)}"
    else:
        plan = plan_redcap_file(export, data_dictionary, variables)
        command = f"hai import-redcap {spoken(export)} {spoken(data_dictionary)}"
    if guess_only:
        guess(plan, export, mapping, command)
        return
    text = (asked(plan) if ask else plan).settled.mapping_text
    _finish(made(parse_mapping(text, "mapping.yml", variables)), out, dictionary, text)


def _finish(result: ImportResult, out: Path, own_columns: Path | None, mapping: str = "") -> None:
    """Write the files of an import and the mapping that was made for it; refuse where the cohort could not be built."""
    for path in write_all(out, {**result.files, **({"mapping.yml": mapping} if mapping else {})}):
        _say(f"  {path}")
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


def run_deidentify(raw: Path, keep: tuple[str, ...], since: str, out: Path, *, dates: str, decimal: str) -> None:
    """Leave out what may identify a person, and say what became of each column."""
    order = _choice("--dates", dates, DATE_ORDERS) if dates else None
    mark = _choice("--decimal", decimal, DECIMAL_MARKS)
    done = deidentify(read_sheet(raw), keep=keep, since=since, dates=order, decimal=mark)
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
