"""The books of five unlike cohorts say what is true of them; hostile text stays text in everything that is written."""

from __future__ import annotations

import csv
import json
import re
import shutil
import xml.etree.ElementTree as ET
import zipfile
from html.parser import HTMLParser
from pathlib import Path

import openpyxl
import pytest

from hai_utils.results.files import read_results, results_csv
from hai_utils.run.named_runs import named_folder, write_runs_page
from hai_utils.untrusted import FORMULA_SIGNS
from tests.conftest import ROOT, mostly_long, run_hai
from tests.printed_words import words_of_run
from tests.show.test_editor import found_struck
from tests.unlike_cohorts import HOSTILE, HOSTILE_ANSWER, HOSTILE_LEVELS, UNLIKE, CohortFiles

pytestmark = pytest.mark.slow


class _Text(HTMLParser):
    """Collects what a page shows, what it would run, and where it would lead."""

    def __init__(self) -> None:
        super().__init__()
        self.shown: list[str] = []
        self.live: list[str] = []
        self._script = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        # A block of JSON is data: nothing runs it, and nothing in it may end it.
        self._script = tag in {"script", "style"} and ("type", "application/json") not in attrs
        self.live += [f"{name}={value}" for name, value in attrs if name.startswith("on") or name in {"href", "src"}]

    def handle_endtag(self, tag: str) -> None:
        self._script = False

    def handle_data(self, data: str) -> None:
        (self.live if self._script else self.shown).append(data)


def read(page: str) -> _Text:
    parser = _Text()
    parser.feed(page)
    return parser


def pages(run: Path) -> dict[str, str]:
    return {path.stem: path.read_text(encoding="utf-8") for path in sorted((run / "html").glob("*/*.html"))}


def said(run: Path) -> str:
    """All that the pages say, in one line."""
    # The reference is of the code, not of a cohort.
    shown = [page for name, page in pages(run).items() if name != "reference"]
    return " ".join(" ".join("".join(read(page).shown).split()) for page in shown)


class Books(dict[str, Path]):
    """The books of unlike cohorts, each built when it is first asked for."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __missing__(self, name: str) -> Path:
        folder = self._folder / name
        folder.mkdir()
        # The documents of one are read: those of the hostile cohort.
        formats = () if name == "hostile" else ("--formats", "html")
        done = run_hai("build", *UNLIKE[name](folder).words, *formats, "--out", str(folder / "run"))
        assert done.returncode == 0, f"{name}: {done.stderr}"
        # What the check of a cohort doubts is repeated by a build; nothing else warns.
        lines = (line for line in (done.stdout + done.stderr).splitlines() if "arning" in line)
        assert [line for line in lines if not line.strip().startswith("warning: ")] == [], name
        self[name] = folder / "run"
        return self[name]


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> Books:
    """The five books; those that one test more than the common ones reads are built for the long tests."""
    return Books(tmp_path_factory.mktemp("unlike"))


EVERY = mostly_long(UNLIKE, "hostile", "other_names", "nothing_happened")


# What no book of another cohort may say; each was once in one of them.
NEVER = (
    r"\b1 patients\b", r"\b0 could not be evaluated", r"not reached in the group .{3,60} and not reached", r"NR–NR", r"NE–NE",
    r"\bNone\b (?:of|patients)", r"(?<!np\.)(?<!np \. )\bnan\b", r"P=NE", r"−?\d+% \(95% CI −", r"\b0 deaths among", r"\b0 were\b", r"In 0 of these",
    r"No row is a patient", r"the study.s criterion", r"\[word\]", r"starts at the start", r"KRAS-mutated rows", r"\(0\.0\)",
    r"\b[Oo]ver all (?:and|responded|,)", r"[.] \d+ of \d+ (?:showed|had had)", r"group “(?:Yes|No)”",
)  # fmt: skip


@pytest.mark.parametrize("name", EVERY)
def test_no_book_says_what_is_empty_odd_or_false(name: str, books: dict[str, Path]) -> None:
    text = said(books[name])
    assert len(text) > 10_000
    assert [pattern for pattern in NEVER if re.search(pattern, text)] == []


@pytest.mark.parametrize("name", EVERY)
def test_no_book_prints_what_was_struck(name: str, books: dict[str, Path]) -> None:
    words = words_of_run(books[name])
    found = [f"{place}: {line}" for place, text in words.items() for line in found_struck(text)]
    assert not found, "\n".join(found)


def test_a_group_of_one_is_called_a_single_patient(books: dict[str, Path]) -> None:
    text = said(books["other_names"])
    assert "The smaller group (tailored schedule) is a single patient" in text
    assert "KRAS status and response" not in text


@pytest.mark.long
def test_three_groups_are_each_set_against_the_reference(books: dict[str, Path]) -> None:
    text = said(books["three_groups"])
    assert re.search(r"risk difference, right colon versus rectum, −?\d+ percentage points? \(95% CI", text)
    assert "Standardized difference, Left colon" in text
    assert "either group" not in text


def test_a_cohort_without_events_has_nothing_to_compare(books: dict[str, Path]) -> None:
    text = said(books["nothing_happened"])
    assert (
        "Median overall survival was not reached: no event was recorded in either group, so there is nothing to compare."
        in text
    )
    assert "Perioperative complications were recorded in 0 of 18 (0%; 95% CI 0–18%)." in text
    assert "no model of survival can be fitted" in text
    assert "Medians, dotted" not in text


@pytest.mark.long
def test_a_cohort_without_survival_says_so_once(books: dict[str, Path]) -> None:
    page = " ".join("".join(read(pages(books["only_response"])["04_survival"]).shown).split())
    assert page.count("so this chapter has nothing to report") == 1
    assert "There are no curves" not in page
    assert "landmark" not in " ".join("".join(read(pages(books["only_response"])["discussion"]).shown).split())


# --- hostile text ----------------------------------------------------------------------------------------------------

NUMBER = re.compile(r"-[\d.]+(?:e-?\d+)?")
LIVE = re.compile(r"alert\(|javascript:|onerror", re.I)


def test_nothing_of_a_hostile_cohort_is_live_on_a_page(books: dict[str, Path]) -> None:
    for name, page in pages(books["hostile"]).items():
        parsed = read(page)
        assert [text for text in parsed.live if LIVE.search(text) and "alert" in text] == [], name
        assert "<img src=x" not in page, name
        assert not re.search(r"<(?:b|i)>", page.replace("<b></b>", "")), name


def test_hostile_text_is_shown_as_it_stands(books: dict[str, Path]) -> None:
    shown = {name: "".join(read(page).shown) for name, page in pages(books["hostile"]).items()}
    for part in ("<script>alert(1)</script>", "{val}`os.all.n`", "{{ config }}", "{% raw %}", "$\\frac{a}{b}$"):
        assert part in shown["01_cohort_description"], part
    for part in ("*bold*", "[link](javascript:alert(2))", "@cite", "=1+1"):
        assert part in shown["01_cohort_description"], part
    # A level that no dictionary lists is never printed.
    assert "@SUM(A1)" not in "".join(shown.values())
    assert HOSTILE_LEVELS[1] in shown["04_survival"]


def test_hostile_text_is_text_in_every_drawing(books: dict[str, Path]) -> None:
    drawings = 0
    for page in pages(books["hostile"]).values():
        for svg in re.findall(r"<svg[^>]*>.*?</svg>", page, re.S):
            drawings += "matplotlib" in svg or "figure" in svg
            tree = ET.fromstring(re.sub(r"&nbsp;", " ", svg))
            tags = {element.tag.rpartition("}")[2] for element in tree.iter()}
            assert not tags & {"script", "img", "foreignObject", "b", "a"}, tags
    assert drawings >= 4


def test_no_cell_of_the_results_is_a_formula(books: dict[str, Path]) -> None:
    run = books["hostile"]
    with (run / "results.csv").open(newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    words = [row[name] for row in rows for name in ("key", "level", "group", "label", "unit", "note", "formatted")]
    assert [word for word in words if word.startswith(FORMULA_SIGNS)] == []
    assert f"'{HOSTILE_LEVELS[0]}" in {row["group"] for row in rows}
    # What is read back has the words of the file.
    results = read_results(run)
    assert HOSTILE_LEVELS[0] in {record.group for record in results}
    assert results_csv(results) == (run / "results.csv").read_text(encoding="utf-8")


def test_provenance_and_notebooks_hold_hostile_text_as_data(books: dict[str, Path]) -> None:
    run = books["hostile"]
    assert "alert" not in (run / "provenance.json").read_text(encoding="utf-8")
    for path in (run / "notebooks").glob("*.ipynb"):
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            for output in cell.get("outputs", []):
                html = "".join(output.get("data", {}).get("text/html", []))
                assert [text for text in read(html).live if "alert" in text] == [], path.name


def test_hostile_answers_stand_on_the_page_of_checklists_as_text(books: dict[str, Path]) -> None:
    shown = "".join(read(pages(books["hostile"])["checklists"]).shown)
    # The page sets typographic quotation marks.
    assert shown.count(HOSTILE.partition('"')[0]) == 2
    assert HOSTILE_ANSWER in shown
    assert shown.count("Answered by the author") == 3


def downloads(run: Path, ending: str) -> list[Path]:
    found = sorted((run / "html" / "_downloads").glob(f"*.{ending}"))
    assert len(found) > 10
    return found


def test_no_cell_of_a_download_is_a_formula(books: dict[str, Path]) -> None:
    for path in downloads(books["hostile"], "csv"):
        with path.open(newline="", encoding="utf-8") as stream:
            cells = [cell for row in csv.reader(stream) for cell in row]
        assert [cell for cell in cells if cell.startswith(FORMULA_SIGNS) and not NUMBER.fullmatch(cell)] == [], (
            path.name
        )
    for path in downloads(books["hostile"], "xlsx"):
        sheets = openpyxl.load_workbook(path).worksheets
        cells = [cell for sheet in sheets for row in sheet.iter_rows() for cell in row]
        assert [cell.coordinate for cell in cells if cell.data_type == "f" or cell.hyperlink] == [], path.name


def test_no_document_runs_or_opens_what_a_cohort_says(books: dict[str, Path]) -> None:
    run = books["hostile"]
    for path in [*downloads(run, "docx"), run / "manuscript.docx"]:
        with zipfile.ZipFile(path) as packed:
            parts = {name: packed.read(name) for name in packed.namelist() if name.endswith((".xml", ".rels"))}
        for name, part in parts.items():
            fields = {
                (element.text or "").strip() for element in ET.fromstring(part).iter() if "instrText" in element.tag
            }
            # The page, numbers of captions, references to them, and live numbers: no word of a cohort.
            known = r"PAGE|SEQ \w+.*|REF \w+.*|ADDIN HAI \w+ \w+"
            assert all(re.fullmatch(known, field) for field in fields), (path.name, name)
            assert b'Target="javascript:' not in part, (path.name, name)
    assert not re.search(
        rb"/(?:JavaScript|Launch|OpenAction)|/URI\s*\(\s*javascript:", (run / "manuscript.pdf").read_bytes()
    )


def test_commands_on_a_hostile_run_show_its_text_on_the_terminal(books: dict[str, Path], tmp_path: Path) -> None:
    run = str(books["hostile"])
    found = read_results(books["hostile"])
    key = next(record.key for record in found if record.level == HOSTILE_LEVELS[1])
    number = run_hai("number", key, "--run", run)
    assert number.returncode == 0
    assert HOSTILE_LEVELS[1] in number.stdout
    checklists = run_hai("checklist", run)
    assert checklists.returncode == 0
    assert "STROBE, cohort studies: " in checklists.stdout
    assert "2 answered by the author" in checklists.stdout
    other = run_hai("compare", run, str(books["other_names"]), "--html", str(tmp_path / "c.html"))
    assert other.returncode == 0, other.stderr
    page = read((tmp_path / "c.html").read_text(encoding="utf-8"))
    assert [text for text in page.live if "alert" in text] == []
    assert HOSTILE_LEVELS[1] in "".join(page.shown)


def test_the_list_of_named_runs_shows_hostile_text_as_text(books: dict[str, Path], tmp_path: Path) -> None:
    (tmp_path / "_toc.yml").write_text("root: none\n", encoding="utf-8")
    shutil.copy(ROOT / "params.yml", tmp_path / "params.yml")
    shutil.copytree(books["hostile"], named_folder(tmp_path, "odd"))
    page = read(write_runs_page(tmp_path).read_text(encoding="utf-8"))
    assert [text for text in page.live if "alert" in text or "javascript" in text] == []
    assert HOSTILE_LEVELS[1] in "".join(page.shown)
    listed = run_hai("runs", "--source", str(tmp_path))
    assert listed.returncode == 0
    assert HOSTILE_LEVELS[1] in listed.stdout


def hostile_and_faulty(folder: Path) -> CohortFiles:
    """The hostile cohort with a fault, so that a check has something to say of its columns."""
    files = UNLIKE["hostile"](folder)
    text = files.data.read_text(encoding="utf-8")
    files.data.write_text(text.replace(",1,", f',"{HOSTILE.replace(chr(34), chr(34) * 2)}",', 3), encoding="utf-8")
    return files


def test_the_report_of_a_check_shows_hostile_text_as_text(tmp_path: Path) -> None:
    files = hostile_and_faulty(tmp_path)
    table, page = tmp_path / "report.csv", tmp_path / "report.html"
    words = ("check", str(files.data), "--dictionary", str(files.dictionary), "--csv", str(table), "--html", str(page))
    assert run_hai(*words).returncode == 1
    with table.open(newline="", encoding="utf-8") as stream:
        cells = [cell for row in csv.reader(stream) for cell in row]
    assert len(cells) > 10
    assert [cell for cell in cells if cell.startswith(FORMULA_SIGNS)] == []
    html = page.read_text(encoding="utf-8")
    assert [text for text in read(html).live if "alert" in text] == []
    # A file is named by its part, never by a name that may hold a patient's.
    assert files.data.name not in "".join(read(html).shown)
