"""What a clinical editor struck out is not printed again: of the reconstruction, a real cohort, and one unlike either."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hai_utils.analyses import analyse
from hai_utils.catalogue.methods import METHODS
from hai_utils.cohort.reading import load_cohort
from hai_utils.parameters import load_parameters
from hai_utils.results.table import Results
from hai_utils.show import figures, narrative, sentences, tables
from hai_utils.show.content import Content, Figure, Paragraphs, Table, plain, to_plain
from hai_utils.show.tables import methods as method_tables
from hai_utils.show.tables.leave_one_out import leave_one_out
from tests.analyses.edge_samples import MONTHS, ONES, cohort_of, full
from tests.conftest import REAL_SETTINGS, ROOT

STRUCK = {
    "an association is no company": r"\b(go|goes|went) with (a |the )?(worse|better|weaker|shorter|longer)",
    "P is no probability of chance": r"what chance may bring|beyond (what )?chance",
    "how much rests on how few": r"rests? on how few",
    "a sentence on who": r"(^|[.;:] )Who(ever)? (lacks|is|has|dies|responds|died|was)\b|; who is alive",
    "a code name of a criterion": r"who_1979|recist_1_1|criterion in force",
    "methods in force": r"[Mm]ethods are in force|changes any of them",
    "a level in decimals": r"have the level 0[.·]\d|level 0[.·]95",
    "as in SPSS after each rule": r"one half, as in SPSS|Wald limits, as in SPSS",
    "left out": r"\b[Ll]eft out\b",
    "column and level of an exclusion": r"(xcluded|eft out)\W+BRAF status: BRAF",
    "a group in quotation marks": r"“(KRAS-mutated|Wild type|wild type|Preoperative chemotherapy|No preoperative)",
    "had a biliary one": r"had a biliary one|Of these, \d+ had",
    "those who stopped had had": r"had had a median|range 6(\.0)? to 6(\.0)?\b",
    "of 25, 13 were": r"Of \d+, \d+ \(",
    "counting of standardized differences": r"differ by more than 0[.·]1|the widest is",
    "a patient called a case": r"\b(one bar a|(of )?each|know the|unresectable|one) cases?\b",
    "survival without progression": r"[Ss]urvival without (hepatic )?progression|overall and without progression",
    "each course": r"Each course",
    "from all rows": r"From all rows",
    "what was recorded": r"What was recorded",
    "by Kaplan and Meier": r"by Kaplan and Meier",
    "can no longer progress": r"can no longer (progress|happen)",
    "a curve that observations carry": r"observations carry|outcomes carry|numbers carry",
    "made up beyond the article": r"it was made up\b",
    "horizons of restricted mean survival": r"horizons of restricted mean",
    "the worst grade counting": r"grade (within 30 days )?counting",
    "lesions at their best": r"at their best",
    "waning response": r"may wane|patients without any did",
    "read as the article reads": r"read as the article|sources of the article",
    "no further evidence": r"no further evidence",
    "fixed before looking": r"[Ff]ixed before|before (looking|anything was c)|fixed by the profile",
    "none was typed": r"none was typed",
    "a list of criteria": r"There are three:",
    "written out": r"[Ww]ritten out for a manuscript",
    "put back": r"\bput back\b",
    "as far as followed": r"as far as a tenth|tenth (of the \w+ )?are followed",
    "called anew": r"called anew|read again|calls the response",
    "another reader as a fact": r"Had another reader|as another reader might",
    "as far from no effect": r"formed at random gave",
    "an answer that rests": r"the answer rests",
    "anybody out": r"left anybody out|everybody compared",
    "recorded when reached": r"recorded when it was reached",
    "two full stops": r"[a-z]\.\. ",
    "these are a property": r"effects; in the reconstruction it is",
    "a name of a run": r"A is [“'\"]book",
    "a fragment for a sentence": r"(^|[.] )Compared by [^.:]*: \d+ in",
    "a group called by what it lacks": r"the no \w+( \w+)* group",
    "methods in the present tense": r"variables are described by|nothing is imputed|[0-9] is called significant|no estimate is adjusted",
    "results in the present tense": r"hazards are not proportional|curves cross \d|P is 0",
    "times as a figure": r"crossed [2-6] times",
    "a level beside its name": r"intervals are \d+% intervals|model with several variables",
    "no article": r"more than two groups, each",
    "groups as a heading": r"Compared by [\w ]+: \d+ in\b",
    "deaths as a heading": r"(^|[.] )Deaths: |Death within 90 days, among",
    "curves that cross for somebody": r"curves cross for",
    "a sign for a limit in a sentence": r"CI [\d.]+(–| to )N[ER]\) in the",
    "a value by tests": r"is (not )?below 0[.·]\d+ by \d+ of",
    "events a term": r"events a term",
    "a group called yes or no": r": (yes|no) group|: yes and [\w ]+: no\b",
    "what cannot contradict": r"cannot contradict one another",
    "a conclusion of none": r"is in its tables|repeats every number",
    "a response that is called": r"response is called|Response is called|not of one kind",
    "how long was observed": r"how long was observed",
    "a part of any cell": r"only a part of any cell",
    "a unit of nothing": r"\bN[ER] pp\b",
    "several tests, one value": r"; exact tests, P=",
    "an error of nothing": r"standard error 0\.0+\)",
    "a chapter that compares": r"Survival makes no such",
    "as the article does": r"at baseline, as the article does",
    "the same patients": r"[Aa]nalyses of the same patients",
    "parameters that chose": r"parameters of the run chose",
    "a capital within a sentence": r"Effects? versus [A-Z]|Effect: .* versus Wild type",
    "a comparison that is made and not made": r"Survival by either is therefore compared",
    "a smallest of two": r"smallest group \((KRAS-mutated|No preoperative|Preoperative|Wild type|wild type|no preop)",
    "no evidence told as none": r"show no association",
    "slips without a count": r"[Aa]part from a few slips",
    "crossings of one or two steps": r"crossed twice, last at month (3[.·]5|23[.·]7)|last at month 20[.·]7",
    "a mark within an interval": r"\d[†‡]–\d|[†‡] (percentage points )?\(\d+% CI",
    "a mark with numbers that belong to it": r"with the numbers that belong",
    "two signs of an open limit": r"\d(–| to )NR\)",
    "a range of other times than its median": r"\(range [\d.·]+ to [\d.·]+; reverse",
    "a share with deaths censored": r"Hepatic progression, deaths censored\s+[\w-]+\s+\d+/\d+\s+[\d.]+ \(",
    "two values that exclude each other": r"not both can be true",
    "a comparison that is a contest": r"[Ee]ffects?:? against |KRAS-mutated against wild|differences are against",
    "groups formed by chance": r"formed by chance",
    "single for individual": r"[Ss]ingle\s+reductions",
    "rows that respond": r"evaluable rows responded",
    "an exclusion that is undone without a word of where to": r"Without the exclusion",
    "an inference that is endorsed": r"first follows from the responses",
    "responses that are known not to have lasted": r"(confirmation|unconfirmed,)\s+includes\s+responses",
    "combined therapy for HAI of either kind": r"HAI combined with systemic\s+chemotherapy gave",
    "outcomes that are not beside": r"these outcomes side by side",
}  # fmt: skip


def _contents(results: Results) -> Iterator[Content]:
    yield from (make(results) for make in sentences.SENTENCES.values())
    for make in (*_tables(), *_method_tables()):
        yield make(results)
    for draw in (
        figures.flow,
        figures.waterfall,
        figures.swimmer,
        figures.spider,
        figures.switchboard,
        figures.specification,
    ):
        yield draw(results)
    yield figures.kaplan_meier(results, "os")


def _tables() -> tuple[Callable[[Results], Content], ...]:
    # `table` shows a table of one's own.
    return (*(getattr(tables, name) for name in tables.__all__ if name != "table"), leave_one_out)


def _method_tables() -> tuple[Callable[[Results], Content], ...]:
    names = ("summary", "tests", "intervals", "medians", "sensitivity", "robustness")
    return tuple(getattr(method_tables, name) for name in names)


def _printed(results: Results) -> str:
    """All sentences, tables with their notes, captions, and words of the chapters."""
    parts: list[str] = []
    for content in _contents(results):
        parts.append(to_plain(content))
        if isinstance(content, Table | Figure):
            parts += map(plain, content.notes)
        assert not isinstance(content, Paragraphs) or "  " not in to_plain(content)
    found = narrative.facts(results)
    says = (value for value in vars(narrative).values() if callable(value) and getattr(value, "__annotations__", {}).get("return") == "Prose")  # fmt: skip
    parts += [make(found).markdown for make in says if list(make.__annotations__) == ["found", "return"]]
    return "\n".join(parts)


def found_struck(text: str) -> list[str]:
    """Return what was struck out and stands in a text, with its surroundings."""
    return [
        f"{name}: {text[max(0, match.start() - 40) : match.end() + 40]!r}"
        for name, pattern in STRUCK.items()
        for match in re.finditer(pattern, text, re.MULTILINE)
    ]


def test_the_reconstruction_prints_nothing_that_was_struck(results: Results) -> None:
    found = found_struck(_printed(results))
    assert not found, "\n".join(found)


def test_the_real_cohort_prints_nothing_that_was_struck(real_folder: Path) -> None:
    parameters = load_parameters([ROOT / "params.yml", ROOT / "profiles" / "recommended.yml"], REAL_SETTINGS)
    files = {"data": str(real_folder / "cohort.csv"), "dictionary": str(real_folder / "extra_columns.csv")}
    parameters = parameters.model_copy(update=files)
    assert found_struck(_printed(analyse(load_cohort(parameters, ROOT), parameters))) == []


def test_a_small_cohort_of_three_groups_prints_nothing_that_was_struck() -> None:
    sites = ("rectum", "rectum", "left_colon", "left_colon", "right_colon", "right_colon")
    columns = {**full(("mutant",) * 6, MONTHS, ONES), "primary_site": sites}
    cohort, parameters = cohort_of(columns, "group_by=primary_site", "reference_group=rectum")
    text = _printed(analyse(cohort, parameters))
    assert "One test over all groups was added" in text
    assert found_struck(text) == []


def test_names_of_methods_hold_nothing_that_was_struck() -> None:
    assert found_struck("\n".join(method.words for method in METHODS.values())) == []


@pytest.mark.parametrize("page", sorted((ROOT / "book").glob("*.md")), ids=lambda page: page.stem)
def test_a_page_of_the_book_holds_nothing_that_was_struck(page: Path) -> None:
    # A line of the source is no line of the text; what stands in directives and roles is a name.
    text = re.sub(r"^:::+.*$|\{\w+\}`[^`]*`", "", page.read_text("utf-8"), flags=re.MULTILINE)
    assert found_struck(" ".join(text.split())) == []


@pytest.mark.parametrize("notebook", sorted((ROOT / "notebooks").glob("*.ipynb")), ids=lambda page: page.stem)
def test_a_chapter_holds_nothing_that_was_struck(notebook: Path) -> None:
    cells = json.loads(notebook.read_text("utf-8"))["cells"]
    words = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown"]
    words += [prompt for cell in cells for prompt in cell["metadata"].get("mystnb", {}).values()]
    assert found_struck("\n".join(words)) == []


def test_what_turns_the_primary_result_is_said_once_each(results: Results) -> None:
    said = to_plain(sentences.SENTENCES["flips"](results))
    assert (
        "With the excluded row in the wild-type group, the result for objective response is: risk difference −29 percentage points (95% CI −58 to 3)‡, P=0.13‡ instead of P=0.03; P for tumor"
        in said
    )
    others = "By 1 of the 7 other tests, P for objective response is not below 0.05: chi-square test with Yates' correction (P=0.067‡)."
    assert others in said
    # Diameters that were made cannot cast doubt on a published result.
    assert "RECIST" not in said


def test_where_nothing_turns_the_primary_result_nothing_is_said() -> None:
    groups = ("mutant", "mutant", "mutant", "wild_type", "wild_type", "wild_type")
    cohort, parameters = cohort_of(full(groups, MONTHS, ONES), "significance_level=0.0001")
    assert to_plain(sentences.SENTENCES["flips"](analyse(cohort, parameters))) == ""


def test_the_age_of_a_cohort_is_described_as_table_1_does(real_folder: Path) -> None:
    parameters = load_parameters([ROOT / "params.yml", ROOT / "profiles" / "recommended.yml"], REAL_SETTINGS)
    files = {"data": str(real_folder / "cohort.csv"), "dictionary": str(real_folder / "extra_columns.csv")}
    parameters = parameters.model_copy(update=files)
    said = to_plain(sentences.baseline(analyse(load_cohort(parameters, ROOT), parameters, ["01_cohort_description"])))
    assert "The median age was" in said


def test_a_column_of_all_rows_says_who_is_in_no_group(results: Results) -> None:
    made = (tables.characteristics, tables.complications, tables.response, tables.survival_estimates, method_tables.medians)  # fmt: skip
    notes = [[plain(note) for note in content.notes] for make in made if isinstance(content := make(results), Table)]
    assert len(notes) == len(made)
    assert all(
        "All rows (n=25) include 1 outside the groups compared: BRAF V600E, 1." in of_table for of_table in notes
    )


def test_a_limit_of_a_median_below_0_is_explained_under_every_exhibit_that_shows_it() -> None:
    words = "A limit below 0 shows that Wald's interval"
    groups = ("mutant", "mutant", "mutant", "wild_type", "wild_type", "wild_type")
    cohort, parameters = cohort_of(full(groups, MONTHS, ONES), "median_interval=percentile_wald", "outcomes=os")
    results = analyse(cohort, parameters)
    below = [row for row in results if row.key.endswith("median_lower") and row.reported and (row.value or 0) < 0]
    assert below
    shown = (tables.survival_estimates(results), tables.outcomes(results), figures.kaplan_meier(results, "os"))
    for content in shown:
        assert isinstance(content, Table | Figure)
        assert words in "\n".join(map(plain, content.notes))
