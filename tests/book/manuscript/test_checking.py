"""The check of a manuscript: none of its complaints about the example, each of those that were planted."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from PIL import Image

from hai_utils.book.manuscript.checking import CheckedManuscript, check_manuscript
from hai_utils.book.state import BookRun
from hai_utils.commands.manuscript import as_csv, as_text
from hai_utils.errors import StudyError
from hai_utils.study.journals import journal_names, read_journal
from tests.book.manuscript.manuscript_text import with_example
from tests.conftest import ROOT

FIGURES = ("figure-os", "figure-pfs", "figure-hepatic-pfs")


@dataclass(frozen=True)
class Copy:
    """A finished run of the real cohort with the example's study file, to be spoiled."""

    folder: Path

    def edit(self, name: str, change: Callable[[str], str]) -> None:
        path = self.folder / "study" / name
        text = path.read_text(encoding="utf-8")
        changed = change(text)
        assert changed != text
        path.write_text(changed, encoding="utf-8")

    def check(self, journal: str = "") -> CheckedManuscript:
        return check_manuscript(BookRun.read(self.folder, ROOT), journal)


@pytest.fixture
def copy(real_run: Path, tmp_path: Path) -> Copy:
    folder = with_example(real_run, tmp_path / "run")
    (folder / "figures").mkdir()
    for name in FIGURES:
        picture(folder / "figures" / f"{name}_300dpi.tiff", 2055)
    return Copy(folder)


def picture(path: Path, width: int) -> None:
    Image.new("1", (width, 10)).save(path)


def without(*keys: str) -> Callable[[str], str]:
    """Leave out keys of the study file, each with the lines that belong to it."""
    return lambda text: "".join(part for part in re.split(r"(?m)^(?=\S)", text) if part.split(":")[0] not in keys)


def longer(words: int) -> Callable[[str], str]:
    return lambda text: text + "\n" + "Words are many here. " * (words // 4)


def study(change: Callable[[str], str]) -> Callable[[Copy], None]:
    return lambda copy: copy.edit("study.yml", change)


def section(name: str, change: Callable[[str], str]) -> Callable[[Copy], None]:
    return lambda copy: copy.edit(f"sections/{name}.md", change)


def no_files(copy: Copy) -> None:
    for path in (copy.folder / "figures").glob("figure-os*"):
        path.unlink()


def small_letters(copy: Copy) -> None:
    path = copy.folder / "notebooks" / "04_survival.ipynb"
    text = path.read_text(encoding="utf-8")
    path.write_text(re.sub(r"font-size=(\\?\")[\d.]+px", r"font-size=\g<1>5px", text), encoding="utf-8")


# What is planted, the journal by whose rules, and what the check says of it: kind, place, words.
PLANTED = {
    "text too long": (section("discussion", longer(3000)), "", "over", "Text", "words of the text"),
    "abstract too long": (study(lambda text: text.replace("aim: We", "aim: " + 120 * "Words are many here. " + "We")), "jgo", "over", "Abstract", "words of the abstract"),
    "abstract too short": (study(lambda text: text.replace("abstract:\n", "abstract:\n  results: None.\n  methods: None.\n")), "jgo", "under", "Abstract", "at least 200"),
    "too many displays": (study(lambda text: text.replace("figure-os,", "figure-os, figure-flow,")), "", "over", "Tables and figures", "at most 5"),
    "too many keywords": (study(lambda text: text.replace("keywords: [", "keywords: [liver, ")), "jgo", "over", "keywords", "at most 5"),
    "no ethics": (study(without("ethics")), "", "missing", "ethics", "approval"),
    "no funding": (study(without("funding")), "", "missing", "funding", "sources"),
    "no conflicts of interest": (study(without("interests")), "", "missing", "interests", "conflicts"),
    "no data sharing": (study(without("data_sharing")), "", "missing", "data_sharing", "where"),
    "no statement on AI": (study(without("ai_use")), "", "missing", "ai_use", "tools"),
    "nobody to write to": (study(lambda text: text.replace("corresponding: yes", "corresponding: no")), "", "missing", "corresponding", "email"),
    "no limitations": (study(lambda text: text.replace("  limitations: sections/limitations.md\n", "")), "", "missing", "limitations", "sections"),
    "an author from nowhere": (study(lambda text: text.replace("degrees: MD\n    affiliations: Department of Surgery, Example University Hospital, Example City\n", "degrees: MD\n")), "", "missing", "authors", "no affiliation"),
    "no highlights": (lambda copy: None, "jgo", "missing", "highlights", "box"),
    "no key points": (lambda copy: None, "jama_surg", "missing", "key_points", "question"),
    "a number typed by hand": (section("discussion", lambda text: text + "\nThe hazard ratio was 1.56.\n"), "", "doubtful", "sections/discussion.md, line", "1.56"),
    "unfinished words": (section("aim", lambda text: text + "\nTODO: say more.\n"), "", "doubtful", "sections/aim.md, line", "unfinished"),
    "an empty section": (section("limitations", lambda text: "\n"), "", "missing", "sections/limitations.md", "says nothing"),
    "a reference that nobody cites": (lambda copy: copy.edit("references.bib", lambda text: text + "\n@article{Odd, title={Odd}, journal={BMJ}, year={2001}}\n"), "", "doubtful", "references.bib", "'Odd'"),
    "a figure without files for print": (no_files, "", "missing", "Figure 1", "no file for print"),
    "too few pixels": (lambda copy: picture(copy.folder / "figures" / "figure-os_300dpi.tiff", 700), "", "under", "Figure 1", "dots an inch"),
    "small letters": (small_letters, "", "under", "Figure 1", "smallest letters"),
}  # fmt: skip


def test_nothing_is_found_in_the_example(copy: Copy) -> None:
    checked = copy.check()
    assert checked.shortcomings == ()
    assert checked.journal.name == "Annals of Surgical Oncology"
    assert "words of the abstract" in checked.unknown
    assert all(line.startswith("not checked,") for line in as_csv(checked).splitlines()[1:])
    assert as_csv(checked).partition("\n")[0] + "\n" == "kind,where,what,source\n"
    assert "Nothing is missing and nothing over." in as_text(checked)


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_shortcoming_is_found(name: str, copy: Copy) -> None:
    plant, journal, kind, where, words = PLANTED[name]
    plant(copy)
    found = [one for one in copy.check(journal).shortcomings if one.kind == kind and one.where.startswith(where)]
    assert any(words in one.what for one in found)


@pytest.mark.parametrize("journal", journal_names())
def test_the_abstract_of_the_example_is_within_the_limit_of_every_journal(journal: str, copy: Copy) -> None:
    checked = copy.check(journal)
    limit = read_journal(journal).abstract_words
    assert limit is None or limit.least <= checked.words["Abstract"] <= limit.most
    assert not [one for one in checked.shortcomings if one.where == "Abstract"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("A {val}`pfs.yes_vs_no.hazard_ration` B", r"sections/aim\.md, line 1: .*pfs\.yes_vs_no\.hazard_ratio"),
        ("A\nB {cite}`Simpson2042`.", r"sections/aim\.md, line 2: no reference 'Simpson2042'.*Simpson2024"),
        ("See {numref}`figure-waterfall`.", r"sections/aim\.md, line 1: the manuscript has no table or figure"),
        ("Of {vall}`os.all.n`.", r"sections/aim\.md, line 1: no role 'vall'\. Did you mean 'val'"),
    ],
)
def test_what_a_section_names_and_the_run_lacks_stops_with_file_and_line(text: str, said: str, copy: Copy) -> None:
    copy.edit("sections/aim.md", lambda _: text + "\n")
    with pytest.raises(StudyError, match=said):
        copy.check()


def test_a_display_that_the_run_lacks_is_named(copy: Copy) -> None:
    copy.edit("study.yml", lambda text: text.replace("figure-os,", "figure-oss,"))
    with pytest.raises(StudyError, match=r"no table or figure 'figure-oss'\. Did you mean 'figure-os'"):
        copy.check()


def test_the_source_of_public_data_and_its_license_are_shown_and_cited(copy: Copy) -> None:
    from hai_utils.book.manuscript.composing import compose
    from hai_utils.book.manuscript.displays import lines_of
    from hai_utils.book.manuscript.model import plain

    made = compose(BookRun.read(copy.folder, ROOT))
    text = " ".join(plain(line) for block in made.article.body for line in lines_of(block))
    assert "The Cancer Imaging Archive" in text
    assert "CC BY 4.0" in text
    assert "https://doi.org/10.7937/QXK2-QG03" in text
    assert made.asked == ()
    assert json.dumps(text).isprintable()
