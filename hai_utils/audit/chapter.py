"""What the chapter "Published against recomputed" shows: the verdicts, the proofs, the methods behind the numbers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from hai_utils.audit.answer import Judgement
from hai_utils.audit.counts import attainable_percentages, percentage
from hai_utils.audit.detective import FAMILIES, Clue, detect
from hai_utils.audit.integers import attainable_iqrs, median_of_integers, quartile_of_integers
from hai_utils.audit.ledger import VERDICTS, JudgedNumber, agrees, judge, summary
from hai_utils.audit.printed import Printed, parse_printed
from hai_utils.audit.published import CHAPTER, PUBLISHED_NUMBERS, LedgerRow, read_ledger
from hai_utils.audit.ranges import nested_minimum, repeated
from hai_utils.errors import DataError
from hai_utils.results.files import hand_on
from hai_utils.results.formatting import MINUS, Formatter
from hai_utils.results.record import Record
from hai_utils.results.table import Results
from hai_utils.show.content import Content, Link, Notice, Paragraphs, Quote, Row, Run, Table, Text
from hai_utils.show.narrative import Prose
from hai_utils.show.wording import method_name
from hai_utils.stats.one_group import QuartileMethod

VARIABLE = "published_number"
NOT_THE_PUBLISHED = Notice(
    "The cohort of this book is not the reconstruction of the published study, grouped as published, so its numbers are "
    "not set against the article's."
)

GATED = Notice(
    "This run withholds small cells, and the article's numbers are small cells of its patients, so they are not set "
    "against those of the rows."
)


@dataclass(frozen=True, eq=False)
class PublishedAudit:
    """The article's numbers, judged; empty for any other cohort.

    Attributes
    ----------
    judged : tuple of JudgedNumber
        One a printed number.
    clues : tuple of Clue
        One a published P value or interval.
    results : Results
        How many numbers have each verdict, as results of this chapter.
    """

    judged: tuple[JudgedNumber, ...]
    clues: tuple[Clue, ...]
    results: Results


def audit_published(results: Results, root: Path) -> PublishedAudit:
    """Judge every printed number against the results of a run.

    Parameters
    ----------
    results : Results
        Of all chapters that the article's numbers come from.
    root : Path
        The project's root, where the published numbers lie.
    """
    if not results.study.published:
        return PublishedAudit((), (), Results.of([], study=results.study))
    rows: tuple[LedgerRow, ...] = read_ledger(root / PUBLISHED_NUMBERS)
    judged = judge(rows, results)
    return PublishedAudit(judged, detect(rows, results), Results.of(_counted(judged), study=results.study))


def _counted(judged: tuple[JudgedNumber, ...]) -> list[Record]:
    """Return how many printed numbers have each verdict, as records that prose can quote."""
    formatter = Formatter.of("jgo")
    counts = {**dict.fromkeys(VERDICTS, 0), **summary(judged)}
    reproduced = sum(agrees(item.row, item.recomputed) for item in judged if item.recomputed is not None)
    words = {**{str(verdict): text for verdict, text in VERDICTS.items()}, "reproduced": "Recomputed as printed"}
    numbers = {**{str(verdict): count for verdict, count in counts.items()}, "reproduced": reproduced}
    return [
        Record(
            variable=VARIABLE, level=level, group="all", statistic="count", chapter=CHAPTER,
            label=f"Printed numbers: {words[level]}",
            value=count, n=len(judged), formatted=formatter.count(count),
        )
        for level, count in numbers.items()
    ]  # fmt: skip


def save(audit: PublishedAudit, folder: str) -> None:
    """Hand the counts on to the runner; an empty folder writes nothing."""
    if audit.judged:
        hand_on(audit.results, folder)


INTRODUCTION = Prose(
    "# Published against recomputed\n\n"
    "**Question.** Which of the numbers that the article of Kolbeinsson and colleagues prints{cite}`Kolbeinsson2022` come out "
    "of the rows, which contradict each other, and which cannot be true as printed?\n\n"
    "**Method.** Every printed number is judged by code: by enumeration of what is possible at all, and by comparison with "
    "what the rows give, rounded half up. Numbers stand here with the article's decimal point. The same checks can be run on "
    "any manuscript before it is submitted (`hai audit`)."
)
PROOFS = Prose(
    "## Proofs\n\nEach claim below is decided by listing what is possible. Change a number in a cell and run it again."
)
METHODS = Prose(
    "## The methods behind the numbers\n\n"
    "For each published P value and each interval of a median: what is printed, the method that it reveals, and what would be "
    "recommended today."
)
EVERY_NUMBER = Prose("## Every number")
CAVEAT = Prose(
    "**Caveat.** That a number is possible does not make it right; that the rows give it shows only that they were made to."
)


def overview(audit: PublishedAudit) -> Content:
    """Say how many numbers have which verdict."""
    if not audit.judged:
        return GATED if audit.results.study.gated else NOT_THE_PUBLISHED
    rows = tuple(
        Row(((words,), (Quote(record.key, record.formatted),)))
        for verdict, words in VERDICTS.items()
        if (record := audit.results.find(VARIABLE, "all", "count", level=verdict)).value
    )
    return Table(
        "table-verdicts",
        (f"Verdicts on the {len(audit.judged)} numbers that the article prints",),
        ("Verdict", "Numbers"),
        rows,
        (
            (
                "Verdicts are reached by code alone: by enumeration of what is possible, and by comparison with the rows.",
            ),
        ),
    )


def ledger(audit: PublishedAudit) -> Content:
    """Show every printed number with its place, what comes out of the rows, and its verdict."""
    if not audit.judged:
        return NOT_THE_PUBLISHED
    rows = tuple(
        Row((_name(item), (_signed(item.row.published),), (_as_printed(item),), _verdict(item)), anchor=item.row.id)
        for item in audit.judged
    )
    return Table(
        "table-ledger",
        ("The printed numbers, one by one",),
        ("Number and place", "Published", "Recomputed", "Verdict"),
        rows,
        (
            (
                "Recomputed: as the article would print it; where no result can give the number, what stands in its place.",
            ),
        ),
    )


def _name(item: JudgedNumber) -> Text:
    row = item.row
    statistic = LEDGER_STATISTICS.get(row.statistic, row.statistic)
    return (", ".join((f"{item.place}: {_words(row.variable)}", _words(row.group), statistic)),)


def _as_printed(item: JudgedNumber) -> str:
    """Return what comes out of the rows with the sign of its unit, as the article has it."""
    sign = "%" if item.row.unit == "%" and item.row.published.endswith("%") and item.text[-1:].isdigit() else ""
    return _signed(item.text + sign)


def _signed(text: str) -> str:
    return MINUS + text[1:] if text.startswith("-") else text


# The ledger's own words for groups, variables and statistics, as the book prints them.
LEDGER_WORDS = {
    "kras_mut vs wild_type": "KRAS-mutated versus wild type",
    "kras_mut": "KRAS-mutated",
    "wild_type": "wild type",
    "braf": "BRAF-mutated",
    "tumour": "tumor",
    "ORR": "objective response",
    "PFS": "progression-free survival",
    "BMI": "body mass index",
}
LEDGER_STATISTICS = {
    "n_of_N": "n/N",
    "p_value": "P value",
    "ci_lower": "lower limit",
    "ci_upper": "upper limit",
    "min": "minimum",
    "max": "maximum",
    "iqr": "interquartile range",
    "date_min": "first date",
    "date_max": "last date",
    "year_min": "first year",
    "year_max": "last year",
}


_GROUP = re.compile(r"(?<![\w.])(?:kras_mut|wild_type|braf)(?![\w.])")


def _words(text: str) -> str:
    for word, printed in LEDGER_WORDS.items():
        text = text.replace(word, printed)
    return text


def _verdict(item: JudgedNumber) -> Text:
    parts = [VERDICTS[item.verdict] + "."]
    if item.verdict != "identical" and item.reason:
        # A group by its printed name; ids, which hold the same words, stay as they are.
        parts.append(_GROUP.sub(lambda match: LEDGER_WORDS[match[0]], item.reason))
    if item.nearest:
        parts.append(f"Nearest possible: {', '.join(item.nearest)}.")
    runs: list[Run] = [" ".join(parts)]
    for place, link in enumerate(item.links):
        runs += [", " if place else " See ", Link(link, link)]
    return tuple(runs)


def detective(audit: PublishedAudit) -> Content:
    """Show, for each published P value and interval, the method that it reveals and the recommended one."""
    if not audit.clues:
        return NOT_THE_PUBLISHED
    rows: list[Row] = []
    for family, words in FAMILIES.items():
        clues = [clue for clue in audit.clues if clue.family == family]
        if clues:
            rows.append(Row(((words,), *(("",) for _ in range(3))), "section"))
            rows += [_clue_row(clue) for clue in clues]
    return Table(
        "table-detective",
        ("The methods behind the published P values and intervals",),
        ("Number", "Published", "The authors' method, inferred", "The recommended method"),
        tuple(rows),
        (("Inferred: the method that prints as published; of several the one that fits most numbers of its kind.",),),
    )


def _clue_row(clue: Clue) -> Row:
    inferred = f"{method_name(clue.inferred)}: {clue.inferred_text}" if clue.inferred else "none of those tried fits"
    others = [method_name(name) for name in clue.fitting if name != clue.inferred]
    also = f"; also fits: {', '.join(others)}" if others else ""
    recommended = f"{method_name(clue.recommended)}: {clue.recommended_text}" if clue.recommended else ""
    notes = f" {' '.join(clue.notes)}" if clue.notes else ""
    return Row(
        ((_words(clue.variable),), (clue.published,), (f"{inferred}{also}.{notes}",), (recommended,)), "indented"
    )


def _printed(text: str) -> Printed:
    number = parse_printed(text)
    if number is None:
        raise DataError([f"'{text}' is not a printed number."])
    return number


def _proof(claim: str, answer: Judgement, enumeration: str) -> Paragraphs:
    return Paragraphs(((f"{claim}: {answer.status}. {answer.sentence} {enumeration}".strip(),),))


def prove_percentage(percent: str, *, of: int) -> Paragraphs:
    """Show whether a percentage can be that of a count, by listing all of them."""
    number = _printed(percent)
    listed = ", ".join(attainable_percentages(of, number.decimals))
    return _proof(f"{percent}% of {of}", percentage(number, of), f"All that {of} can give: {listed}.")


def prove_median(median: str, *, of: int) -> Paragraphs:
    """Show whether a median can be that of so many whole numbers."""
    answer = median_of_integers(_printed(median), of)
    parity = "odd, so the median is one of them" if of % 2 else "even, so the median is the mean of two of them"
    return _proof(f"A median of {median} in {of} whole numbers", answer, f"{of} is {parity}.")


def prove_interquartile_range(spread: str, *, of: int, method: QuartileMethod, up_to: int = 12) -> Paragraphs:
    """Show whether an interquartile range can be that of so many whole numbers, by listing what is attainable."""
    answer = quartile_of_integers(_printed(spread), of, "iqr", method)
    listed = ", ".join(f"{float(value):g}" for value in attainable_iqrs(of, method, up_to))
    return _proof(
        f"An interquartile range of {spread} in {of} whole numbers, {method_name(method)}",
        answer,
        f"Attainable up to {up_to}: {listed}.",
    )


def prove_minimum(part: str, whole: str) -> Paragraphs:
    """Show whether the minimum of a part and that of the whole can stand together."""
    return _proof(
        f"A part's minimum of {part} and the whole's of {whole}", nested_minimum(_printed(part), _printed(whole)), ""
    )


def prove_repeated(first: str, second: str) -> Paragraphs:
    """Show whether one quantity can be printed as two numbers."""
    return _proof(f"One count printed as {first} and as {second}", repeated(_printed(first), _printed(second)), "")
