"""A REDCap project made into a cohort.

Raw and label exports of the same patients give the same bytes: both are brought to the codes of the data dictionary
first. Record ids become study numbers, fields that the project marks as identifiers are never copied, and where one
patient has several values of a field (events, repeating instruments), nothing is chosen without being told.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from hai_utils.cohort.dictionary import Variable
from hai_utils.cohort.identifiers import identifier_in, is_free_text, words_of
from hai_utils.cohort.problems import Problem
from hai_utils.cohort.scans import SCAN_COLUMNS, SCAN_VARIABLES, LesionScan
from hai_utils.importing.applying import Imported, apply_mapping
from hai_utils.importing.data_dictionary import CHOICE_TYPES, DataDictionary, Field
from hai_utils.importing.language import Copy, Moment, changed
from hai_utils.importing.lesion_columns import with_lesions, with_study_numbers
from hai_utils.importing.lesions import read_scans
from hai_utils.importing.mapping import ColumnMapping, Rule, parse_mapping
from hai_utils.importing.redcap_export import Export, ExportRecord, read_export
from hai_utils.importing.redcap_plan import plan_redcap
from hai_utils.importing.shaping import only_value
from hai_utils.importing.sheets import Sheet, fault, refuse
from hai_utils.importing.vocabulary import happened, is_missing

# Fields of the repeating form in the template's dictionary.
SCAN_FIELDS: Mapping[str, str] = {
    "day": "scan_day",
    "lesion": "scan_lesion",
    "long_mm": "scan_long_mm",
    "perp_mm": "scan_perp_mm",
    "role": "scan_role",
}


@dataclass(frozen=True, slots=True)
class RedcapImport:
    """A cohort from a REDCap project, and its scans of lesions.

    Attributes
    ----------
    cohort : Imported
        The cohort and the log.
    scans : tuple of LesionScan
        By study number; empty without a table of scans.
    """

    cohort: Imported
    scans: tuple[LesionScan, ...] = ()


def import_redcap(
    export: Sheet,
    dictionary: DataDictionary,
    variables: Mapping[str, Variable],
    *,
    mapping: ColumnMapping | None = None,
    scans: Sheet | None = None,
) -> RedcapImport:
    """Make a cohort from a REDCap export.

    Parameters
    ----------
    export : Sheet
        Raw or label export, with field names or labels as headers.
    dictionary : DataDictionary
        Of the same project.
    variables : mapping of str to Variable
        The columns that a cohort may have.
    mapping : ColumnMapping, optional
        Needed where the fields are not named as the columns of a cohort. Its columns are field names,
        ``field___code`` for a checkbox, and ``field@event`` where events differ.
    scans : Sheet, optional
        Long table of lesions; its patients are record ids or study numbers. Without it, the project's own
        repeating form is used where there is one.

    Raises
    ------
    DataError
        With every fault, its line and column; never a cell.
    """
    if mapping is None:
        # What the dictionary's labels and choices make, where nothing has to be asked.
        text = plan_redcap(export, dictionary, variables).settled.mapping_text
        mapping = parse_mapping(text, "the plan", variables)
    chosen = mapping
    cohort_sources = {name for rule in chosen.rules for name in chosen.columns_of(rule.source)}
    scan_sources = {
        name for block in _scan_rules(chosen, dictionary) for rule in block for name in chosen.columns_of(rule.source)
    }
    refuse(_unreadable(cohort_sources | scan_sources, dictionary), dictionary.file_name)
    read = read_export(
        export,
        dictionary,
        used=cohort_sources | scan_sources,
        missing=chosen.settings.missing,
        decimal=chosen.settings.file.decimal,
    )
    table, guarded = one_row_a_patient(read, cohort_sources)
    translated, log = _translated(chosen.rules, read.dictionary, variables)
    moments = {name: _in_codes(moment, read.dictionary) for name, moment in chosen.settings.moments.items()}
    # Dates are year, month, day from here on, whatever the fields' own order.
    in_codes = replace(chosen, rules=translated, settings=changed(chosen.settings, dates={"": "ymd"}, moments=moments))
    made = apply_mapping(table, in_codes, variables, guarded=guarded)
    made = _with_record_numbers(made, table, read)
    made = replace(made, log=(*read.log, *made.log, *log, *_guard_lines(read.guarded)))
    found = _scans(read, in_codes, scans)
    return RedcapImport(with_lesions(made, found, export.file_name) if found else made, found)


def _unreadable(used: Collection[str], dictionary: DataDictionary) -> list[Problem]:
    """Return the fields that are used and whose choices cannot be read."""
    bases = {name.partition("@")[0].partition("___")[0] for name in used}
    fields = [dictionary.fields[name] for name in sorted(bases & set(dictionary.fields))]
    return [Problem("error", 0, field.name, "dictionary", field.fault) for field in fields if field.fault]


def _guard_lines(guarded: Mapping[str, str]) -> list[str]:
    """Name the fields that are never copied, by reason."""
    return [
        f"Never copied, {reason}: {', '.join(name for name, why in guarded.items() if why == reason)}."
        for reason in dict.fromkeys(guarded.values())
    ]


def one_row_a_patient(export: Export, used: Collection[str]) -> tuple[Sheet, dict[str, str]]:
    """Bring the rows of each record together.

    Parameters
    ----------
    used : collection of str
        The columns that are wanted, ``field`` or ``field@event``; only these are filled in.

    Returns
    -------
    table : Sheet
        One row a record, in the order of the study numbers.
    guarded : dict
        Columns that are never copied, and why.

    Raises
    ------
    DataError
        Where a patient has several values of a wanted column, or an event is not known.
    """
    _check_events(export, used)
    at_events = sorted(name for name in used if "@" in name and name.partition("@")[0] in export.columns)
    names = [*export.columns, *at_events]
    groups = export.by_record
    problems: list[Problem] = []
    rows = tuple(
        tuple(_only_value(records, name, problems) if name in used else "" for name in names)
        for records in groups.values()
    )
    refuse(problems, export.file_name)
    lines = tuple(records[0].line for records in groups.values())
    guarded = {name: export.guarded[base] for name in names if (base := name.partition("@")[0]) in export.guarded}
    return Sheet(export.file_name, tuple(names), rows, lines), guarded


def _check_events(export: Export, used: Collection[str]) -> None:
    events = {record.event for record in export.records if record.event}
    wrong = sorted({event for name in used if (event := name.partition("@")[2])} - events)
    if wrong:
        known = ", ".join(sorted(events)) or "none"
        raise fault(export.file_name, 0, f"the export has no event '{wrong[0]}'. Its events: {known}.", code="event")


def _only_value(records: Sequence[ExportRecord], name: str, problems: list[Problem]) -> str:
    """Return a patient's only value of a field, possibly at one event."""
    base, _, event = name.partition("@")
    given = [record for record in records if event in {"", record.event}]
    events = {record.event for record in given if record.cells[base]}
    remedy = f"Name the event in a mapping: '{base}@EVENT'." if len(events) > 1 else "A cohort has one value a patient."
    return only_value([(record.cells[base], record.line) for record in given], name, problems, remedy)


def _translated(
    given: Sequence[Rule], dictionary: DataDictionary, variables: Mapping[str, Variable]
) -> tuple[tuple[Rule, ...], list[str]]:
    """Give each copied choice field its codes; the record id is numbered, never copied."""
    log: list[str] = []
    rules = []
    for rule in (rule for rule in given if rule.target != "patient_id"):
        source = rule.source
        if isinstance(source, Copy):
            codes, unknown = _codes(source, dictionary, variables[rule.target])
            log += [f"{rule.target}: the answers '{', '.join(unknown)}' are written as blank."] if unknown else []
            source = changed(source, codes=codes)
        rules.append(replace(rule, source=source))
    return tuple(rules), log


def _in_codes(moment: Moment, dictionary: DataDictionary) -> Moment:
    """Write the answers of a moment's status by their codes; a mapping may name them by code or by label."""
    field = dictionary.fields.get(moment.where.partition("@")[0])
    if field is None or field.kind not in CHOICE_TYPES:
        return moment
    known, by_label = dict(field.choices), {label: code for code, label in field.choices}
    given = moment.codes or {label: happened(label) or "" for label in by_label}
    return changed(moment, codes={key if key in known else by_label.get(key, key): word for key, word in given.items()})


def _codes(source: Copy, dictionary: DataDictionary, variable: Variable) -> tuple[Mapping[str, str], list[str]]:
    """Return what each code of a field becomes, and the answers that become blank.

    A mapping may name an answer by its code or by its label.
    """
    base = source.source.partition("@")[0]
    field = dictionary.fields.get(base)
    if field is None:
        yes, no = ("yes", "no") if variable.is_binary else ("1", "0")
        is_box = base.partition("___")[0] in dictionary.fields and {yes, no} == set(variable.levels)
        return ({"1": yes, "0": no} if is_box and not source.codes else source.codes), []
    if field.kind not in CHOICE_TYPES:
        return source.codes, []
    if source.codes:
        known, by_label = dict(field.choices), {label: code for code, label in field.choices}
        return {(key if key in known else by_label.get(key, key)): level for key, level in source.codes.items()}, []
    codes = _level_codes(field, variable)
    return codes, [label for code, label in field.choices if codes.get(code) == ""]


def _level_codes(field: Field, variable: Variable) -> dict[str, str]:
    """Pair the codes of a field with the levels of a column: by the code, by the label, or the label itself.

    A code without a level is left out, so that a cell with it is an error.
    """
    forms = {words_of(form): level for level in variable.levels for form in (variable.label_of(level), level)}
    codes = {}
    for code, label in field.choices:
        named = forms.get(words_of(label))
        if named is not None or (code in variable.levels and not is_missing(label)):
            codes[code] = named or code
        elif is_missing(label) or (not variable.levels and (identifier_in(label) or is_free_text(label))):
            codes[code] = ""
        elif not variable.levels:
            codes[code] = label if variable.kind in {"category", "string"} else code
    return codes


def _with_record_numbers(made: Imported, table: Sheet, export: Export) -> Imported:
    """Put the study numbers before the other columns."""
    numbers = tuple(export.numbers.values())
    log = (
        f"{len(export.records)} rows of {len(numbers)} records were read from the export, and {len(numbers)} patients written.",
        "patient_id: study numbers in the order of the record ids; no list of who is who was written.",
    )
    # The count of rows in the log is that of the table in between.
    return Imported({"patient_id": numbers, **made.columns}, table.lines, (*log, *made.log[1:]))


def _scan_rules(mapping: ColumnMapping, dictionary: DataDictionary) -> tuple[tuple[Rule, ...], ...]:
    """Return the rules for the repeating form: the mapping's, or the template's own fields if all are there."""
    if mapping.lesions:
        return mapping.lesions
    own = all(field in dictionary.fields for field in SCAN_FIELDS.values())
    return (tuple(Rule(name, Copy(field)) for name, field in SCAN_FIELDS.items()),) if own else ()


def _scans(export: Export, mapping: ColumnMapping, scans: Sheet | None) -> tuple[LesionScan, ...]:
    """Return the scans of lesions: from a table of their own, or from the repeating form."""
    if scans is not None:
        return with_study_numbers(read_scans(scans), export.numbers, scans.file_name)
    blocks = _scan_rules(mapping, export.dictionary)
    lines = {record.line for rules in blocks for record in _scan_records(export, mapping, rules)}
    made = [_lesion_rows(export, mapping, rules, lines) for rules in blocks]
    found = sorted((row for rows in made for row in rows), key=lambda row: row[1])
    if not found:
        return ()
    rows, places = tuple(row for row, _ in found), tuple(line for _, line in found)
    return read_scans(Sheet(export.file_name, SCAN_COLUMNS, rows, places))


def _scan_records(export: Export, mapping: ColumnMapping, rules: Sequence[Rule]) -> list[ExportRecord]:
    """Return the rows that hold a lesion: those with a length or a name, or else with what tells its role."""
    of = {rule.target: mapping.columns_of(rule.source) for rule in rules}
    telling = {*of.get("lesion", ()), *of.get("long_mm", ())} or set(of.get("role", ()))
    return [record for record in export.records if any(record.cells.get(name) for name in telling)]


def _lesion_rows(
    export: Export, mapping: ColumnMapping, rules: Sequence[Rule], scan_lines: Collection[int]
) -> list[tuple[tuple[str, ...], int]]:
    """Return the rows of one lesion in the table of scans, each with its line of the export."""
    names = {name for rule in rules for name in mapping.columns_of(rule.source)}
    records = _scan_records(export, mapping, rules)
    if not records:
        return []
    sheet = _scan_sheet(export, records, names, scan_lines)
    guarded = {name: why for name, why in export.guarded.items() if name in sheet.header}
    translated, _ = _translated(rules, export.dictionary, SCAN_VARIABLES)
    made = apply_mapping(sheet, mapping, SCAN_VARIABLES, guarded=guarded, rules=translated)
    numbers = tuple(export.numbers[record.record_id] for record in records)
    columns = {"patient_id": numbers, **made.columns}
    rows = zip(*(columns.get(name, ("",) * len(records)) for name in SCAN_COLUMNS), strict=True)
    role = SCAN_COLUMNS.index("role")
    return [(row, line) for row, line in zip(rows, sheet.lines, strict=True) if row[role]]


def _scan_sheet(
    export: Export, records: Sequence[ExportRecord], names: Collection[str], scan_lines: Collection[int]
) -> Sheet:
    """Return the rows of the scans; a date that stands in the patient's own row (the pump's) is filled in.

    Nothing else is: a diameter that was not measured must stay blank.
    """
    header = tuple(name for name in export.columns if name in names)
    dates = {name for name in header if (field := export.dictionary.fields.get(name)) and field.date_order}
    own, _ = one_row_a_patient(export, dates & _not_repeated(export, scan_lines, dates))
    of_patient = dict(zip(export.numbers, own.rows, strict=True))
    places = {name: own.header.index(name) for name in header}
    rows = tuple(
        tuple(record.cells[name] or of_patient[record.record_id][places[name]] for name in header) for record in records
    )
    return Sheet(export.file_name, header, rows, tuple(record.line for record in records))


def _not_repeated(export: Export, scan_lines: Collection[int], names: Collection[str]) -> set[str]:
    """Return the columns that some row other than a scan's holds."""
    others = [record for record in export.records if record.line not in scan_lines]
    return {name for name in names if any(record.cells[name] for record in others)}
