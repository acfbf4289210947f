"""From a file to the finished report in a browser, by mouse and keyboard alone, and how many actions that takes."""

from __future__ import annotations

import re
import subprocess
import sys
from itertools import product
from pathlib import Path

import docx
import pytest
from playwright.sync_api import Page, Route

from hai_utils.project import write_project
from tests.browser.looking import barriers

SHARED = Path(__file__).resolve().parents[3] / "shared"
IMPORT, REDCAP, TCIA = SHARED / "cases" / "import", SHARED / "cases" / "redcap", SHARED / "data" / "tcia_crlm"
MOST_ACTIONS = 40
WIDTHS = (1280, 390)
needs_shared = pytest.mark.skipif(not SHARED.is_dir(), reason=f"{SHARED} is not there")


class Person:
    """Does in the browser what a person does, counts the actions, and looks at each step at two widths."""

    def __init__(self, page: Page, axe: str) -> None:
        self.page, self.axe, self.actions = page, axe, 0
        self.strange: list[str] = []
        page.on("console", lambda said: self.strange.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: self.strange.append(str(error)))

    def drop(self, *files: Path) -> None:
        self.actions += len(files)
        self.page.locator("[data-files]").first.set_input_files(files)
        self.page.wait_for_url("**/understand")

    def click(self, words: str) -> None:
        self.actions += 1
        self.page.locator("main").get_by_text(words, exact=False).first.click()

    def check(self, question: str, answer: str) -> None:
        self.actions += 1
        self.page.get_by_role("group", name=question).get_by_role("radio", name=answer).check()

    def choose(self, name: str, value: str) -> None:
        self.actions += 1
        self.page.get_by_label(name).first.select_option(value)

    def write(self, question: str, value: str) -> None:
        self.actions += 1
        self.page.get_by_role("group", name=question).get_by_role("textbox").fill(value)

    def arrive(self, step: str) -> None:
        """See that a step is there, whole: nothing wider than the window, no barrier, no message of the browser."""
        self.page.wait_for_url(re.compile(f"/{step}$"))
        self.page.locator("[data-wait]").wait_for(state="detached", timeout=180_000)
        for width in WIDTHS:
            self.page.set_viewport_size({"width": width, "height": 900})
            assert self.page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), (
                step,
                width,
            )
        self.page.set_viewport_size({"width": WIDTHS[0], "height": 900})
        assert barriers(self.page, self.axe) == []

    def press(self, words: str, step: str) -> None:
        """Go to a link or button by the Tab key, press it, and wait for the step that it leads to."""
        for _ in range(60):
            self.page.keyboard.press("Tab")
            if words in self.page.evaluate("document.activeElement.innerText ?? ''"):
                break
        self.page.keyboard.press("Enter")
        self.page.wait_for_url(re.compile(f"/{step}$"), timeout=180_000)
        self.page.locator("[data-wait]").wait_for(state="detached", timeout=180_000)

    def looks_right(self) -> None:
        """See that nothing is wider than the window and no barrier is there, in both widths, in light and dark."""
        for scheme, width in product(("light", "dark"), WIDTHS):
            self.page.emulate_media(color_scheme=scheme)
            self.page.set_viewport_size({"width": width, "height": 900})
            wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
            assert (self.page.evaluate(wide) <= 0, barriers(self.page, self.axe)) == (True, []), (scheme, width)

    def take(self, name: str, folder: Path) -> Path:
        self.actions += 1
        with self.page.expect_download() as download:
            self.page.get_by_role("link", name=name).click()
        path = folder / name
        download.value.save_as(path)
        return path


class Server:
    """The page of a project of its own, which can end at once and start again."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, "0"
        self.start()

    def start(self) -> None:
        """Start it, at the port of before where there was one, and note what it prints."""
        command = [sys.executable, "-m", "hai_utils.cli", "open", "--no-browser", "--port", self.port]
        self.process = subprocess.Popen(command, cwd=self.folder, stdout=subprocess.PIPE, text=True)
        self.address = re.search(r"http://\S+", self.process.stdout.readline())[0]
        self.port = re.search(r":(\d+)/", self.address)[1]

    def end(self, *, at_once: bool = False) -> None:
        """End it as Ctrl-C does, or as a machine that fails."""
        self.process.kill() if at_once else self.process.terminate()
        self.process.communicate()


@pytest.fixture
def server(tmp_path):
    """Start the page of a project of its own."""
    write_project(tmp_path / "project")
    running = Server(tmp_path / "project")
    yield running
    running.end()


@pytest.fixture
def address(server):
    """Return what the command prints."""
    return server.address


@pytest.fixture
def person(browser, address, axe):
    context = browser.new_context(
        viewport={"width": 1280, "height": 900}, accept_downloads=True, reduced_motion="reduce"
    )
    foreign = []
    context.on(
        "request",
        lambda request: foreign.append(request.url) if not request.url.startswith(address.partition("/?")[0]) else None,
    )
    page = context.new_page()
    page.goto(address)
    yield Person(page, axe)
    context.close()
    assert [url for url in foreign if not url.startswith(("data:", "blob:"))] == []


def read_and_take(person, tmp_path):
    """Go from the choices to the manuscript; return the paragraphs of its DOCX."""
    person.arrive("choose")
    person.click("Make the report")
    bar = person.page.locator("#hai-bar")
    bar.wait_for(timeout=180_000)
    person.actions += 1
    bar.get_by_role("link", name="Take away").click()
    person.arrive("take")
    assert person.actions <= MOST_ACTIONS
    return [one.text for one in docx.Document(str(person.take("manuscript.docx", tmp_path))).paragraphs]


@needs_shared
@pytest.mark.slow
def test_a_messy_workbook_becomes_a_manuscript(person, tmp_path):
    person.drop(IMPORT / "messy_workbook.xlsx")
    person.arrive("understand")
    person.check("What does '-' mean in 'BRAF'?", "not known")
    person.write("Which number does '>10' stand for", "11")
    person.write("Which number does '>5' stand for", "6")
    person.check("Which number does 'multiple' stand for", "not known")
    person.choose("What does '-' mean in 'Clavien'?", "missing")
    person.check("What does 'DOD' mean in 'Status'?", "dead")
    person.check("What does 'NED' mean in 'Status'?", "alive")
    person.click("Continue: check it")
    person.arrive("check")
    person.click("Continue: choose what is compared")
    assert person.strange == []
    assert any("34 patients" in one for one in read_and_take(person, tmp_path))


@needs_shared
@pytest.mark.long
def test_a_redcap_project_becomes_a_manuscript(person, tmp_path):
    person.drop(REDCAP / "registry_raw.csv", REDCAP / "registry_dictionary.csv")
    person.arrive("understand")
    person.click("Continue: check it")
    person.arrive("check")
    person.click("Continue: choose what is compared")
    assert any("30 patients" in one for one in read_and_take(person, tmp_path))


@needs_shared
@pytest.mark.long
def test_a_cohort_with_a_dictionary_of_its_own_becomes_a_manuscript(person, tmp_path):
    person.drop(TCIA / "cohort.csv", TCIA / "extra_columns.csv")
    person.arrive("understand")
    person.click("Continue: check it")
    person.arrive("check")
    person.click("Continue: choose what is compared")
    assert any("197 patients" in one for one in read_and_take(person, tmp_path))


@needs_shared
@pytest.mark.slow
def test_a_file_that_is_refused_leads_to_a_message_that_can_be_acted_on(person):
    person.drop(IMPORT / "formula_nocache.xlsx")
    person.arrive("understand")
    words = person.page.get_by_role("alert").filter(visible=True).inner_text()
    assert "Open the workbook in Excel or LibreOffice, save it, and try again" in words
    person.click("Choose another file")
    person.page.wait_for_selector("[data-files]", state="attached")
    person.drop(IMPORT / "days_as_months.csv")
    person.arrive("understand")
    person.check("In which unit is 'os_months'?", "days")
    person.click("Continue: check it")
    person.page.wait_for_url(re.compile("/(check|understand)"))
    assert person.actions <= MOST_ACTIONS


def answer_at_work_first(page: Page, pattern: str) -> list[str]:
    """Let an address answer 'at work' at first, as on a slow machine; return what was asked for, as it is."""
    start = page.request.get(page.url.partition("/study/")[0] + "/").text()
    working = re.sub(r"(<main[^>]*>)", r"\1<div data-wait>At work</div>", start)
    asked: list[str] = []

    def answer(route: Route) -> None:
        asked.append(route.request.resource_type)
        if len(asked) == 1:
            route.fulfill(status=202, content_type="text/html", body=working)
        else:
            route.continue_()

    page.route(pattern, answer)
    return asked


@pytest.mark.slow
def test_a_changed_choice_shows_other_numbers_and_the_state_before_comes_back(person):
    page = person.page
    page.get_by_role("button", name="Open the example").click()
    page.wait_for_url(re.compile("/(understand|check|choose)"))
    page.goto(page.url.rpartition("/")[0] + "/choose")
    person.click("Make the report")
    page.locator("#hai-bar").wait_for(timeout=180_000)
    asked = answer_at_work_first(page, "**/03_tumor_response.html")
    page.get_by_role("link", name="Tumor response").first.click()
    page.locator("#hai-bar").wait_for(state="detached")
    page.locator(
        "#hai-bar"
    ).wait_for()  # the page of the book, with its own scripts, not put in the place of the waiting one
    assert asked == ["document", "fetch", "document"]
    numbers = page.locator("article .hai-value[data-key]")
    first = numbers.all_inner_texts()
    page.get_by_role("button", name="Change choices").click()
    page.locator("#hai-name").fill("a_name")  # the browser says so where it cannot read the pattern of a name
    page.get_by_text("All other choices").click()
    threshold = page.locator("[data-name=response_threshold_percent] input")
    threshold.fill("30")
    threshold.press("Tab")
    page.get_by_role("button", name=re.compile(r"^\d+ numbers changed, \d+ conclusions? flipped")).wait_for(
        timeout=30_000
    )
    assert page.locator("article .hai-value.hai-changed").count() > 0
    assert page.locator("article.bd-article").count() == 1
    assert numbers.all_inner_texts() != first
    assert "response_threshold_percent=30" in page.url
    page.get_by_role("button", name="Back to the state before").click()
    page.wait_for_function("() => location.search === ''")
    assert threshold.input_value() == "50"
    assert numbers.all_inner_texts() == first
    assert barriers(page, person.axe) == []
    assert person.strange == []


@pytest.mark.slow
def test_a_server_that_was_killed_is_said_to_be_gone_and_the_page_goes_on_once_it_is_back(person, server):
    page = person.page
    page.get_by_role("button", name="Open the example").click()
    page.wait_for_url(re.compile("/(understand|check|choose)"))
    page.goto(page.url.rpartition("/")[0] + "/choose")
    page.get_by_label("Numbers printed as in").wait_for(timeout=60_000)
    server.end(at_once=True)
    gone = page.get_by_text("The program behind this page has ended")
    gone.wait_for(timeout=30_000)
    server.start()
    gone.wait_for(state="hidden", timeout=30_000)
    with page.expect_response(lambda answer: answer.request.method == "POST"):
        page.get_by_label("Numbers printed as in").select_option("lancet")
    page.reload()
    page.locator("[data-wait]").wait_for(state="detached", timeout=60_000)
    assert page.get_by_label("Numbers printed as in").input_value() == "lancet"


@pytest.mark.slow
def test_the_example_is_read_and_taken_away_by_the_keyboard_alone_in_every_look(person):
    page = person.page
    person.press("Open the example", "understand")
    person.press("Continue: check it", "check")
    person.press("Continue: choose what is compared", "choose")
    person.press("Make the report", r"read/.*\.html")
    page.goto(page.url.partition("/read/")[0] + "/read/notebooks/03_tumor_response.html")
    person.press("Change choices", "read/.*")
    page.get_by_text("All other choices").press("Enter")
    threshold = page.locator("#in-response_threshold_percent")
    threshold.press("Control+A")
    threshold.press_sequentially("30")
    threshold.press("Tab")
    page.get_by_role("button", name=re.compile("numbers changed")).wait_for(timeout=60_000)
    page.locator("#hai-panel").press("Escape")
    person.looks_right()
    number = page.locator("article .hai-value[data-key='objective_response.all.count']").first
    number.press("Enter")
    page.locator("#hai-card").get_by_role("link", name=re.compile("^Evidence")).press("Enter")
    page.wait_for_url(re.compile(r"evidence/objective_response\.html\?response_threshold_percent=30#"))
    assert page.locator("[id='objective_response.all.count'] strong").inner_text() == "22"
    page.go_back()
    person.press("Take away", "take")
    person.looks_right()
    assert person.strange == []
