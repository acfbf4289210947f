"""What the chapter shows of any other cohort: its results beside the printed numbers, and what that does not mean."""

from __future__ import annotations

from collections.abc import Sequence

from hai_utils.audit.beside import ADDED_UP, KINDS, PUBLISHED_GROUPING, PUBLISHED_LEVELS, WHOLE, Beside, Comparison
from hai_utils.results.files import hand_on
from hai_utils.results.record import Record
from hai_utils.results.study import Study
from hai_utils.results.table import Results
from hai_utils.show.content import Content, Notice, Paragraphs, Quote, Row, Table, Text, compose, key
from hai_utils.show.narrative import Prose
from hai_utils.show.tables.cells import EMPTY, UNREACHED, interval_cell, limits
from hai_utils.show.wording import confidence_words, method_name, people, time_zero

THE_RECONSTRUCTION = Notice(
    "The rows of this book are the reconstruction of the published study, grouped or left out otherwise. They were made from the "
    "printed numbers, so that setting them beside these numbers would show nothing."
)
NOTHING_IN_COMMON = Notice(
    "The cohort has none of the variables that the article prints for its patients, so nothing is set beside it."
)
NOTHING_TO_SHOW = Notice(
    "Nothing of this cohort that may be shown is printed in the article too: this run withholds small cells."
)
NO_GROUPS_IN_COMMON = Notice(
    "The cohort is not grouped by KRAS status as the article is, so its groups are not set beside the article's."
)
SECTIONS = {
    "proportion": "Proportions, n/N (%)",
    "median": "Medians [range]",
    "mean": "Means [range]",
    "follow_up": "Follow-up in months [range]",
    "survival": "Survival in months, median (interval)",
}
# The article's rule of response, and its limits of medians: 95%, whatever the level of the run.
PUBLISHED_RULE = ("paper", 50)
PUBLISHED_INTERVAL = "95% CI"
PUBLISHED_ZERO = "pump placement"


def save(beside: Beside, folder: str) -> None:
    """Hand the numbers on to the runner; an empty folder writes nothing."""
    if beside.comparisons:
        hand_on(beside.added, folder)


INTRODUCTION = Prose(
    "# This cohort beside the published study\n\n"
    "**Question.** Where do the results of this cohort stand beside the numbers that Kolbeinsson and colleagues "
    "print{cite}`Kolbeinsson2022` for patients treated by hepatic arterial infusion (HAI) pump?"
)
METHOD = Prose(
    "**Method.** The article's side is what it prints; no row of its reconstruction is used. Proportions stand side by side "
    "with their difference, this cohort minus the article, and Newcombe's interval.{cite}`Newcombe1998` Medians, means and "
    "median survival times stand side by side without a comparison. Groups are set beside the article's only where they are "
    "its own, by KRAS status."
)
WHOLE_COHORT, BY_GROUP = Prose("## The whole cohort"), Prose("## By group")
CAVEAT = Prose(
    "**Caveat.** Two series side by side are no comparison of treatments. Selection, the definitions of outcomes and the length of "
    "follow-up can differ more than the results do."
)


def has_table(beside: Beside) -> bool:
    """Say whether anything of the cohort can stand beside the article."""
    return isinstance(whole(beside), Table)


def overview(beside: Beside) -> Content:
    """Say who is set beside whom, and what a difference does not mean."""
    study = beside.results.study
    if study.reconstruction:
        return THE_RECONSTRUCTION
    if not beside.comparisons:
        return _nothing(study)
    texts: list[Text] = [
        (
            "Nothing here is adjusted or tested. The article is about other patients, who may have been selected, treated, "
            "measured and followed otherwise than those of this cohort. A difference may come from any of this; it does not "
            "show the effect of a treatment. For the same reason there is no P value and no hazard ratio.",
        ),
        *_definitions(beside),
    ]
    if study.synthetic:
        texts.insert(
            0,
            (
                "The file marks its rows as made up. The chapter shows what such a comparison looks like and says nothing "
                "of patients; if the rows were made from the article's numbers, it only returns these.",
            ),
        )
    return Paragraphs(tuple(texts))


def _definitions(beside: Beside) -> list[Text]:
    """Say where criterion, follow-up and time zero are those of the article, and where not."""
    study = beside.results.study
    kinds = {(compared.kind, compared.place.variable) for compared in beside.comparisons}
    texts: list[Text] = []
    if kinds & {("proportion", "objective_response"), ("median", "reduction_percent")}:
        texts.append((_criterion(study),))
    if ("follow_up", "os") in kinds:
        texts.append(
            compose(
                beside.results,
                "The median of the observed times is {os.all.follow_up_median@observed} months here and "
                "{os.published.follow_up_median} months in the article. Medians of survival depend on the length of follow-up "
                "and on time zero: [zero].",
                zero=_starts(study),
            )
        )
    return texts


def _starts(study: Study) -> str:
    zero = time_zero(study)
    return (
        f"here as in the article at {zero}"
        if zero == PUBLISHED_ZERO
        else f"in the article at {PUBLISHED_ZERO}, here at {zero}"
    )


def _criterion(study: Study) -> str:
    chosen = (study.parameters["response_criterion"], study.parameters["response_threshold_percent"])
    article = "a fall of the summed products of two diameters by at least 50%"
    if chosen == PUBLISHED_RULE:
        return f"Response is defined as in the article, as {article}."
    return (
        f"Response is defined otherwise here than in the article, where it is {article}: the rates of response "
        "cannot be compared."
    )


def whole(beside: Beside) -> Content:
    """Supplementary table: the whole cohort beside all patients of the article."""
    study = beside.results.study
    found = [compared for compared in beside.comparisons if compared.place.group == WHOLE]
    if study.reconstruction:
        return THE_RECONSTRUCTION
    if not found:
        return _nothing(study)
    return Table(
        "table-beside",
        ("The whole cohort beside all patients of the published study",),
        _columns(f"This cohort{_size(study.size)}", "Article (n=25)", study),
        tuple(_sections(found, beside.results)),
        _notes(found, beside.results),
    )


def by_group(beside: Beside) -> Content:
    """Supplementary table: groups by KRAS status beside the article's; only where the cohort is grouped so."""
    study = beside.results.study
    if study.reconstruction:
        return THE_RECONSTRUCTION
    if study.group_by != PUBLISHED_GROUPING:
        return NO_GROUPS_IN_COMMON
    rows: list[Row] = []
    shown: list[Comparison] = []
    for level in PUBLISHED_LEVELS:
        found = [compared for compared in beside.comparisons if compared.place.group == level]
        if found:
            shown += found
            group = next(group for group in study.groups if group.level == level)
            article = beside.results.get(found[0].key(found[0].published, "n"))
            own = "" if group.n is None else f"n={group.n}; "
            rows += [_head(f"{group.label} ({own}in the article {article.formatted})")]
            rows += _sections(found, beside.results)
    if not rows:
        return NOTHING_TO_SHOW if study.gated else NO_GROUPS_IN_COMMON
    return Table(
        "table-beside-groups",
        ("The groups by KRAS status beside those of the published study",),
        _columns("This cohort", "Article", study),
        tuple(rows),
        _notes(shown, beside.results),
    )


def _nothing(study: Study) -> Notice:
    return NOTHING_TO_SHOW if study.gated else NOTHING_IN_COMMON


def _size(count: int | None) -> str:
    """Return how many there are, as a heading says it; nothing where that is withheld."""
    return "" if count is None else f" (n={count})"


def _columns(own: str, article: str, study: Study) -> tuple[str, ...]:
    return ("Variable", own, article, f"Difference, percentage points ({confidence_words(study)})", "Printed in")


def _head(text: str) -> Row:
    return Row(((text,), EMPTY, EMPTY, EMPTY, EMPTY), "section")


def _sections(found: Sequence[Comparison], results: Results) -> list[Row]:
    rows: list[Row] = []
    for kind, heading in SECTIONS.items():
        same = [compared for compared in found if compared.kind == kind]
        if same:
            rows += [_head(heading), *(_row(compared, results) for compared in same)]
    return rows


def _row(compared: Comparison, results: Results) -> Row:
    label = _label(compared, results)
    own, article = (_cell(compared, group, results) for group in (compared.place.group, compared.published))
    difference = interval_cell(results, compared.stem(compared.pair), "risk_difference")
    where = _first(compared, results).note.partition(":")[0]
    return Row(((label,), own, article, difference, (where,)), "indented")


def _label(compared: Comparison, results: Results) -> str:
    if compared.kind == "follow_up":
        return "Median of the observed times"
    return results.get(compared.key(compared.published, "n")).label.removesuffix(", months").removesuffix(", %")


def _first(compared: Comparison, results: Results) -> Record:
    """Return the printed number that the comparison is about; its note begins with the place."""
    return results.get(compared.key(compared.published, KINDS[compared.kind][0]))


def _cell(compared: Comparison, group: str, results: Results) -> Text:
    stem = compared.stem(group)
    if compared.kind == "proportion":
        # How many have a variable recorded is one number for all of its levels.
        total = key(compared.place.variable, group, "n")
        total = total if total in results and group != compared.published else f"{stem}.n"
        return compose(results, f"{{{stem}.count}}/{{{total}}} ({{{stem}.percent}})")
    if compared.kind == "survival":
        return interval_cell(results, stem, "median")
    center, low, high = (f"{stem}.{statistic}" for statistic in KINDS[compared.kind])
    # The article gives the median of the observed times, whatever this run reports.
    method = "observed" if compared.kind == "follow_up" and group != compared.published else ""
    record = results.get(center, method)
    middle = Quote(record.key, record.formatted, "" if record.reported else record.method)
    if record.value is None or low not in results or record.n == 1 or results.get(low).withheld:
        return (middle,)
    return (middle, " [", *limits(results, results.get(low), results.get(high)), "]")


def _notes(found: Sequence[Comparison], results: Results) -> tuple[Text, ...]:
    study = results.study
    kinds = {compared.kind for compared in found}
    notes: list[Text] = []
    if "proportion" in kinds:
        notes.append(
            (
                f"Difference: this cohort minus the article, {method_name('newcombe')}. N: {people(study)} in whom it was "
                "recorded; in the article all, or those compared where only the groups' percentages are printed.",
            )
        )
    if "survival" in kinds:
        own = next(compared for compared in found if compared.kind == "survival")
        method = method_name(results.get(own.key(own.place.group, "median_lower")).method)
        notes.append(
            (
                f"Intervals of medians: {confidence_words(study)} here ({method}); {PUBLISHED_INTERVAL} in the article, as "
                f"printed. {UNREACHED}",
            )
        )
    cautions = dict.fromkeys(_caution(compared, results) for compared in found)
    said = "; ".join(text for text in cautions if text)
    return (*notes, *(((f"{said}.",),) if said else ()))


def _caution(compared: Comparison, results: Results) -> str:
    record = _first(compared, results)
    where, _, said = record.note.partition("; ")
    said = where.partition(": ")[2] if ADDED_UP in where else said
    return f"{_label(compared, results)}: {said}" if said else ""
