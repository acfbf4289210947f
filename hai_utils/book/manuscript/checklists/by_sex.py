"""The numbers of a cohort by sex, as the SAGER guidelines ask.

Heidari S, Babor TF, De Castro P, et al. Res Integr Peer Rev 2016;1:2.
"""

from __future__ import annotations

from hai_utils.book.manuscript import model
from hai_utils.book.state import BookRun
from hai_utils.results.table import Results
from hai_utils.show.wording import people

SEX, ALL = "sex", "all"


def sex_table(run: BookRun) -> list[model.Block]:
    """Return a table with the numbers by sex, overall and in each group; it says so where sex is not recorded."""
    results, study = run.results, run.results.study
    if f"{SEX}.{ALL}.n" not in results:
        rows = [model.PrintedRow((_words("Sex"), _words("Not recorded in this cohort")))]
        return [_table((_words("Number"), _words("Value")), rows, ())]
    groups = [(ALL, f"All {people(study)}"), *((group.level, group.label) for group in study.groups)]
    levels = study.variables[SEX].levels
    rows = [
        model.PrintedRow((_words(f"{label}, n/N (%)"), *(_share(results, level, group) for group, _ in groups)))
        for level, label in levels
    ]
    missing = tuple(_quoted(results, f"{SEX}.{group}.n_missing") for group, _ in groups)
    rows.append(model.PrintedRow((_words("Not recorded"), *missing)))
    reference = levels[0][0] if levels else ""
    notes = (
        f"Outcomes are not given by sex here: 'hai build --set group_by={SEX} --set reference_group={reference}' makes a book "
        "that describes and compares every outcome by sex.",
        "Whether sex was reported or assigned, and whether gender was asked, only the author can say.",
    )
    columns = (_words("Sex"), *(_words(label) for _, label in groups))
    return [_table(columns, rows, tuple(map(_words, notes)))]


def _table(columns: tuple[model.Line, ...], rows: list[model.PrintedRow], notes: tuple[model.Line, ...]) -> model.Block:
    return model.PrintedTable("table-by-sex", "", (), notes, False, columns, tuple(rows))


def _words(text: str) -> model.Line:
    return (model.Words(text),)


def _quoted(results: Results, key: str) -> model.Line:
    return (model.Words(results.get(key).formatted, key=key),) if key in results else _words("–")


def _share(results: Results, level: str, group: str) -> model.Line:
    of, percent = f"{SEX}.{group}.n", f"{SEX}.{level}.{group}.percent"
    count = _quoted(results, f"{SEX}.{level}.{group}.count")
    return (
        *count,
        model.Words("/"),
        *_quoted(results, of),
        model.Words(" ("),
        *_quoted(results, percent),
        model.Words(")"),
    )
