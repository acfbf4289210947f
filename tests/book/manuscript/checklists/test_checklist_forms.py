"""The forms beside the manuscript: each place is where the PDF says it, and nothing has a place that the text does not hold."""

from __future__ import annotations

import csv
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from docx import Document
from docx.table import Table

from hai_utils.analyses import analyse
from hai_utils.audit.checklists import NAMES
from hai_utils.book.manuscript.checklists.by_sex import sex_tables
from hai_utils.book.manuscript.checklists.finding import find_passages, marked, name_of, searched
from hai_utils.book.manuscript.checklists.forms import Forms
from hai_utils.book.manuscript.checklists.names import FORMS
from hai_utils.book.manuscript.composing import Manuscript, compose
from hai_utils.book.manuscript.model import Article, Heading, Listing, Paragraph, PrintedTable, Words, plain
from hai_utils.book.manuscript.typesetting import places_in_pdf
from hai_utils.book.state import BookRun
from hai_utils.cohort.reading import load_cohort
from hai_utils.parameters import load_parameters
from tests.book.manuscript.manuscript_text import dense, with_example

NUMBERED = re.compile(r"^\s{0,12}(\d+)\s{2,}(\S.*)$")


@pytest.fixture(scope="module")
def book(run: Path, root: Path) -> BookRun:
    return BookRun.read(run, root)


@pytest.fixture(scope="module")
def manuscript(book: BookRun) -> Manuscript:
    return compose(book)


def lines_of_pdf(path: Path) -> dict[int, tuple[int, str]]:
    """Each numbered line of a PDF: its page and its text."""
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext is not installed: the text of the PDF was not read")
    done = subprocess.run(["pdftotext", "-layout", str(path), "-"], capture_output=True, text=True, check=True)
    found = {}
    for page, text in enumerate(done.stdout.split("\f"), start=1):
        for match in map(NUMBERED.match, text.splitlines()):
            if match:
                found[int(match[1])] = (page, match[2])
    return found


def test_every_place_is_the_page_and_line_of_its_words_in_the_pdf(run, manuscript, fonts):
    found = find_passages(manuscript.article)
    spots = places_in_pdf(marked(manuscript.article, found), fonts)
    lines = lines_of_pdf(run / "manuscript.pdf")
    checked = 0
    every = [(key, place, one) for key, passages in found.items() for place, one in enumerate(passages)]
    for key, place, passage in every:
        block = manuscript.article.body[passage.block]
        spot = spots.get(name_of(key, place))
        if not isinstance(block, Paragraph | Listing) or passage.block < 0 or not spot or not spot.line:
            continue
        text = plain(block.text if isinstance(block, Paragraph) else block.items[passage.line])[passage.start :]
        first = dense(text)[:8]
        page, line = lines[spot.line]
        following = lines.get(spot.line + 1, (0, ""))[1]
        assert page == spot.page, key
        # A word at the end of a line may go on in the next one.
        assert first in dense(line + following), (key, first, line)
        assert dense(line + following).index(first) < len(dense(line)), key
        checked += 1
    assert checked >= 12


def test_an_exhibit_has_the_page_on_which_its_caption_stands(run, manuscript, fonts):
    found = {key: one for key, one in find_passages(manuscript.article).items() if one[0].exhibit}
    spots = places_in_pdf(marked(manuscript.article, found), fonts)
    assert found
    for key, (passage, *_) in found.items():
        page = str(spots[name_of(key)].page)
        command = ["pdftotext", "-f", page, "-l", page, str(run / "manuscript.pdf"), "-"]
        text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        assert re.search(rf"{passage.exhibit}\b", text)


def cells(run: Path, name: str) -> list[list[str]]:
    (table,) = tables(run, name)
    return table


def tables(run: Path, name: str) -> list[list[list[str]]]:
    """The cells of each table of a form, without its headings."""
    return [rows_of(table) for table in Document(str(run / f"{name}.docx")).tables]


def rows_of(table: Table) -> list[list[str]]:
    return [[cell.text.replace("\xa0", " ").strip() for cell in row.cells] for row in table.rows][1:]


@pytest.mark.parametrize("name", ["strobe", "remark"])
def test_an_item_is_reported_only_with_a_place(run, name):
    if not (run / f"{name}_checklist.docx").is_file():
        pytest.skip("the groups of this run are formed by no tumor marker")
    items = [row for row in cells(run, f"{name}_checklist") if row[0]]
    assert [row[0] for row in items] == [item for checklist, item in searched() if checklist == name]
    for _, _, place, status in items:
        assert bool(place) == status.startswith(("Reported", "Found"))


@pytest.fixture(scope="module")
def example(real_run: Path, root: Path, tmp_path_factory: pytest.TempPathFactory) -> BookRun:
    """The article on public data, whose author wrote sections."""
    return BookRun.read(with_example(real_run, tmp_path_factory.mktemp("example") / "run"), root)


@pytest.mark.parametrize("name", ["published", "example"])
def test_the_ticked_items_are_those_whose_words_a_reader_accepted(name, published_run, example, root, fonts):
    """What has a place, and the words that stand there, were read and judged one by one; a weaker match is another one."""
    book = BookRun.read(published_run, root) if name == "published" else example
    made = compose(book)
    with (Path(__file__).parent / "accepted.csv").open(encoding="utf-8", newline="") as file:
        accepted = {
            (row["checklist"], row["item"]): row["words"] for row in csv.DictReader(file) if row["manuscript"] == name
        }
    forms = {article.name: article.body[-1] for article in Forms(book, made, fonts).articles()}
    ticked = [
        (checklist, plain(row.cells[0]))
        for checklist in NAMES
        if f"{checklist}_checklist" in forms
        for row in forms[f"{checklist}_checklist"].rows
        if plain(row.cells[2])
    ]
    found = {key: words_at(made, key) for key in ticked}
    assert {key: words[: len(accepted.get(key, ""))] for key, words in found.items()} == accepted


def words_at(made: Manuscript, key: tuple[str, str]) -> str:
    """The words at the place of an item: from there on, or the name of the table or figure."""
    article, (passage, *_) = next(
        (article, found[key]) for article in (made.article, made.supplement) if key in (found := find_passages(article))
    )
    if passage.block < 0:
        return article.title
    block = article.body[passage.block]
    if isinstance(block, Paragraph | Listing):
        return plain(block.text if isinstance(block, Paragraph) else block.items[passage.line])[passage.start :]
    return block.name


def test_an_item_whose_words_are_taken_out_of_the_text_has_no_place(book, manuscript, fonts):
    key = ("strobe", "14c")
    assert Forms(book, manuscript, fonts).place_of(key)
    kept = tuple(
        block
        for block in manuscript.article.body
        if not (isinstance(block, Paragraph) and "follow-up was" in plain(block.text).lower())
    )
    without = replace(manuscript, article=replace(manuscript.article, body=kept))
    assert not Forms(book, without, fonts).place_of(key)


def test_what_is_asked_of_the_author_is_no_statement_of_the_text():
    asked = (Heading(1, (Words("For the author"),)), Listing(((Words("Funding: how the study size was arrived at"),),)))
    article = Article("A title", "", "", "", asked)
    assert find_passages(article) == {}


def test_marks_leave_every_word_where_it_was(manuscript):
    found = find_passages(manuscript.article)
    after = marked(manuscript.article, found)
    for one, other in zip(manuscript.article.body, after.body, strict=True):
        if isinstance(one, Paragraph) and isinstance(other, Paragraph):
            assert plain(one.text) == plain(other.text)


def test_every_form_lies_beside_the_manuscript_and_is_linked_from_the_page_of_checklists(run):
    page = BeautifulSoup((run / "html" / "book" / "checklists.html").read_text(encoding="utf-8"), "html.parser")
    links = {Path(link["href"]).name: link.get_text() for link in page.select("article .hai-documents a")}
    made = {name: words for name, words in FORMS.items() if (run / f"{name}.docx").is_file()}
    assert set(FORMS) - set(made) <= {"remark_checklist"}
    assert {name for name in links if name.removesuffix(".docx") in FORMS} == {f"{name}.docx" for name in made}
    for name in made:
        assert (run / f"{name}.docx").read_bytes() == (run / "html" / "_downloads" / f"{name}.docx").read_bytes()


def test_remark_is_made_where_a_tumor_marker_forms_the_groups_and_elsewhere_said_not_to_be(published_run, real_run):
    assert (published_run / "remark_checklist.docx").is_file()
    assert not (real_run / "remark_checklist.docx").is_file()
    said = "\n".join(one.text for one in Document(str(real_run / "strobe_checklist.docx")).paragraphs)
    assert "REMARK is for studies of tumor markers" in said
    assert "not formed by one" in (real_run / "html" / "book" / "checklists.html").read_text("utf-8")


def test_the_study_file_says_whether_a_marker_forms_the_groups(published_run, root):
    book = BookRun.read(published_run, root)
    texts = replace(book.texts, file=book.texts.file.model_copy(update={"tumor_marker": False}))
    assert book.by_marker
    assert not replace(book, texts=texts).by_marker


def test_an_item_that_stands_in_several_places_names_each(published_run, root, fonts):
    book = BookRun.read(published_run, root)
    place = Forms(book, compose(book), fonts).place_of(("remark", "12"))
    assert re.fullmatch(r"Figure\W1, page \d+; Page \d+, line \d+", place)


def test_numbers_by_sex_are_those_of_the_results(run, book):
    distribution, outcomes = tables(run, "sager_table")
    rows = {row[0].partition(",")[0]: row[1:] for row in distribution}
    results = book.results
    for level in ("female", "male"):
        count, n = (results.get(key).formatted for key in (f"sex.{level}.all.count", "sex.all.n"))
        assert rows[level.capitalize()][0].startswith(f"{count}/{n} (")
    assert set(rows) == {"Female", "Male", "Not recorded"}
    given = {row[0].partition(",")[0]: row[1:] for row in outcomes}
    for sex, cell in zip(("female", "male"), given["Progression-free survival"], strict=True):
        for statistic in ("events", "n", "median", "median_lower", "median_upper"):
            assert results.get(f"by_sex_pfs.{sex}.{statistic}").formatted in cell


@pytest.mark.parametrize(
    ("sexes", "settings", "says"),
    [
        ("      ", [], "Sex is not recorded of these patients: no number can be given by sex."),
        ("mmmmmm", [], "All patients whose sex is recorded are male: every outcome of the article is theirs."),
        ("fmfmfm", ["disclosure=small_cells"], "Outcomes by sex are withheld"),
        ("fmfmfm", [], "Described in all patients; the sexes were not compared."),
        ("fmfmfm", ["group_by=sex", "reference_group=male"], "Described in all patients; the sexes were not compared."),
    ],
)
def test_what_can_be_given_by_sex_is_given_or_said_not_to_be(root, tmp_path, sexes, settings, says):
    words = {" ": "", "f": "female", "m": "male"}
    rows = [f"P{n},{'mutant' if n % 3 else 'wild_type'},{words[sex]},{n + 3},{n % 2}" for n, sex in enumerate(sexes)]
    path = tmp_path / "cohort.csv"
    path.write_text("\n".join(["patient_id,kras,sex,os_months,os_event", *rows]) + "\n", encoding="utf-8")
    parameters = load_parameters([root / "params.yml"], [f"data={path}", *settings])
    results = analyse(load_cohort(parameters, root), parameters, ["01_cohort_description", "04_survival"])
    blocks = list(sex_tables(results))
    said = [plain(block.text) for block in blocks if isinstance(block, Paragraph)]
    said += [plain(note) for block in blocks if isinstance(block, PrintedTable) for note in block.notes]
    assert any(sentence.startswith(says) for sentence in said)
    assert any(
        "events/N" in plain(row.cells[0]) for block in blocks if isinstance(block, PrintedTable) for row in block.rows
    ) == (says.startswith("Described"))


def test_key_points_have_numbers_of_the_results_and_no_invented_meaning(run, book):
    rows = dict(cells(run, "key_points"))
    assert set(rows) == {"Question", "Findings", "Meaning"}
    assert re.search(r"95% CI", rows["Findings"])
    if "conclusions" not in book.texts.texts:
        assert rows["Meaning"].startswith("For the author") or rows["Meaning"] in cells(run, "key_points")[2][1]


def test_a_data_sharing_statement_answers_what_the_study_file_says_and_asks_the_rest(run, book):
    rows = dict(cells(run, "data_sharing_statement"))
    public = book.texts.file.source is not None
    assert (rows["Will individual participant data be available?"] == "They are public.") == public
    if not public:
        assert all(answer.startswith("For the author") for question, answer in rows.items() if question.endswith("?"))
