"""Numbers open to cards: by pointer, touch and keyboard, at any size, and not at all on paper or without script."""

from __future__ import annotations

import csv
import json
import re

import pytest
from playwright.sync_api import expect

from tests.browser.looking import SCHEMES, barriers, new_context, pages_of

SURVIVAL = "notebooks/04_survival.html"
METHODS = "notebooks/05_methods_compared.html"
KEYS = "book/keys.html"
NUMBER = ".hai-value[data-key]"
TABLE = "#table-survival"
ZOOMED = {"width": 320, "height": 256}
PHONE = {"width": 320, "height": 640}
# A place of the window with text or nothing in it, farther from the card than a fingertip is wide.
PLAIN_PLACE = """() => {
  const { top, bottom } = document.getElementById("hai-card").getBoundingClientRect();
  const free = (y) => (y < top - 50 || y > bottom + 50) && !document.elementFromPoint(3, y).closest("a, button, summary, span");
  return [3, [...Array(innerHeight).keys()].find(free)];
}"""
LARGEST_PAGE, LARGEST_SCRIPT = 1_500_000, 30_000


@pytest.fixture(params=["published_site", "real_site"])
def every_site(request):
    """Return each built site in turn, for what is read from its files."""
    return request.getfixturevalue(request.param)


@pytest.fixture
def card_of(open_page):
    """Return a function that opens a page and returns it with the card, the first number and its row in the results."""

    def opened(name=SURVIVAL, within=TABLE, **options):
        page = open_page(name, **options)
        return page, page.locator("#hai-card"), page.locator(f"{within} {NUMBER}").first

    return opened


@pytest.fixture(scope="session")
def rows(site):
    """Return the rows of the run's results, by key and method; the reported one also by key alone."""
    with (site.parent / "results.csv").open(encoding="utf-8", newline="") as stream:
        every = list(csv.DictReader(stream))
    return {(row["key"], row["method"]): row for row in every} | {
        row["key"]: row for row in every if row["reported"] == "true"
    }


def test_a_click_opens_the_card_of_a_number_and_a_click_outside_closes_it(card_of, rows):
    page, card, number = card_of()
    number.click()
    expect(card).to_be_visible()
    row = rows[number.get_attribute("data-key")]
    for words in (row["value"], row["n"], row["key"], number.inner_text()):
        expect(card).to_contain_text(words)
    page.locator("h1").click()
    expect(card).to_be_hidden()


def test_every_card_of_a_page_says_what_the_results_say(open_page, rows):
    page = open_page(METHODS)
    told = page.evaluate(
        """() => [...document.querySelectorAll(".hai-value[data-key]")].map((number) => {
             number.click();
             const facts = [...document.querySelectorAll("#hai-card dl > div")].map((fact) => [fact.children[0].textContent, fact.children[1].textContent]);
             number.click();
             return [number.dataset.key, number.dataset.method || "", number.textContent, Object.fromEntries(facts)];
           })"""
    )
    assert len(told) > 300
    for key, method, printed, facts in told:
        row = rows[key, method] if method else rows[key]
        assert facts["Value"].split()[0] == (row["value"] or "none"), key
        assert facts["Printed"] == printed
        assert facts.get("n", "") == row["n"]
        assert facts.get("Note", "") == row["note"]
        assert facts["Key"] in {key, f"{key}@{row['method']}"}


def test_the_pointer_opens_the_card_and_may_move_onto_it(card_of):
    page, card, number = card_of()
    number.hover()
    expect(card).to_be_visible()
    card.hover()
    page.wait_for_timeout(500)
    expect(card).to_be_visible()
    page.mouse.move(2, 2)
    expect(card).to_be_hidden()


def test_a_tap_opens_the_card_and_a_tap_outside_closes_it(card_of):
    page, card, number = card_of(touch=True, **PHONE)
    number.tap()
    expect(card).to_be_visible()
    card.get_by_role("button", name="Close").tap()
    expect(card).to_be_hidden()
    number.tap()
    expect(card).to_be_visible()
    page.touchscreen.tap(*page.evaluate(PLAIN_PLACE))
    expect(card).to_be_hidden()


def test_the_keyboard_opens_enters_and_leaves_the_card(card_of):
    page, card, number = card_of()
    page.locator("h1").click()
    number.focus()
    page.keyboard.press("Enter")
    expect(card).to_be_focused()
    page.keyboard.press("Tab")
    expect(card.get_by_role("button", name="Close")).to_be_focused()
    page.keyboard.press("Escape")
    expect(card).to_be_hidden()
    expect(number).to_be_focused()
    page.keyboard.press(" ")
    expect(card).to_be_visible()
    page.keyboard.press("Shift+Tab")
    expect(number).to_be_focused()


def test_tab_leads_out_of_the_card_back_to_its_number(card_of):
    page, card, number = card_of()
    number.focus()
    page.keyboard.press("Enter")
    for _ in range(20):
        page.keyboard.press("Tab")
        if not card.is_visible():
            break
    expect(number).to_be_focused()


def test_focus_alone_shows_the_card_and_escape_dismisses_it(card_of):
    page, card, number = card_of()
    number.evaluate("number => number.parentElement.setAttribute('tabindex', '-1')")
    page.keyboard.press("Tab")
    number.focus()
    expect(card).to_be_visible()
    expect(number).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("Escape")
    expect(card).to_be_hidden()
    expect(number).to_be_focused()


def test_each_passage_is_one_tab_stop_within_which_the_arrows_move(card_of):
    page, card, number = card_of()
    inside = page.locator(f"{TABLE} {NUMBER}")
    assert inside.count() > 20
    assert page.locator(f"{TABLE} {NUMBER}[tabindex='0']").count() == 1
    number.focus()
    page.keyboard.press("ArrowRight")
    expect(inside.nth(1)).to_be_focused()
    expect(inside.nth(1)).to_have_attribute("role", "button")
    assert page.locator(f"{TABLE} [role=button]").count() == 1
    page.keyboard.press("ArrowDown")
    below = page.evaluate(
        "[document.activeElement.closest('td').cellIndex, document.activeElement.closest('tr').rowIndex]"
    )
    here = inside.nth(1).evaluate("number => [number.closest('td').cellIndex, number.closest('tr').rowIndex]")
    assert below == [here[0], here[1] + 1]
    page.keyboard.press("End")
    expect(inside.last).to_be_focused()
    expect(card).to_be_visible()


@pytest.mark.parametrize("window", [PHONE, ZOOMED, {"width": 1280, "height": 900}])
def test_no_card_leaves_the_window(open_page, window):
    page = open_page(SURVIVAL, **window)
    outside = page.evaluate(
        """() => [...document.querySelectorAll(".hai-value[data-key]")].flatMap((number) => {
             number.scrollIntoView({ block: ["start", "center", "end"][Math.floor(Math.random() * 3)], inline: "center" });
             number.click();
             const { left, right, top, bottom } = document.getElementById("hai-card").getBoundingClientRect();
             number.click();
             const { clientWidth, clientHeight } = document.documentElement;
             return left >= 0 && top >= 0 && right <= clientWidth && bottom <= clientHeight ? [] : [[number.dataset.key, left, top, right, bottom]];
           })""".replace("Math.floor(Math.random() * 3)", "number.dataset.key.length % 3")
    )
    assert outside == []


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("window", [PHONE, {"width": 1280}])
def test_an_open_card_bars_nobody(card_of, axe, scheme, window):
    page, card, number = card_of(scheme=scheme, **window)
    number.click()
    for summary in card.locator("summary").all():
        summary.click()
    assert barriers(page, axe) == []


def test_a_card_leads_to_the_cell_that_computed_its_number(card_of):
    page, card, number = card_of("book/abstract.html", "article p")
    number.click()
    card.locator("p", has_text="Computed in").locator("a").first.click()
    page.wait_for_url("**/notebooks/*.html#cell-*")
    expect(page.locator(f"[id='{page.url.partition('#')[2]}'] summary")).to_be_visible()


def test_a_card_shows_the_code_and_the_command(card_of):
    page, card, number = card_of()
    number.click()
    expect(card.locator("pre")).to_be_hidden()
    card.get_by_text("Code", exact=True).click()
    expect(card.locator("pre")).to_contain_text('results = analyse(cohort, parameters, ["04_survival"])')
    card.get_by_text("Reproduce this number").click()
    expect(card).to_contain_text(f"hai number {number.get_attribute('data-key')}")
    card.get_by_text("Make the run again").click()
    page.wait_for_url("**/this_run.html#to-make-this-run-again")
    expect(page.locator("#to-make-this-run-again code")).to_have_text("hai build")


def test_a_card_moves_nothing_and_asks_for_nothing(card_of):
    page, card, number = card_of()
    asked, told = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: told.append(message.text))
    page.on("pageerror", lambda error: told.append(str(error)))
    before = page.evaluate("document.documentElement.scrollHeight")
    number.click()
    expect(card).to_be_visible()
    assert page.evaluate("document.documentElement.scrollHeight") == before
    assert (asked, told) == ([], [])


def test_on_paper_there_is_neither_card_nor_trail(card_of):
    page, card, number = card_of()
    number.click()
    page.emulate_media(media="print")
    expect(card).to_be_hidden()
    assert page.locator(".hai-under, .hai-noscript").filter(visible=True).count() == 0


def test_without_script_a_number_is_plain_text_and_the_list_of_all_is_near(open_page):
    page = open_page(SURVIVAL, script=False)
    assert page.locator(f"{NUMBER}[role], {NUMBER}[tabindex]").count() == 0
    page.locator(".hai-noscript a").click()
    expect(page.locator("h1")).to_contain_text("All numbers")
    expect(page.locator("#hai-keys summary").first).to_be_visible()


def test_pages_and_scripts_stay_small(every_site):
    sizes = {path.name: path.stat().st_size for path in pages_of(every_site)}
    assert {name: size for name, size in sizes.items() if size > LARGEST_PAGE} == {}
    own = sum((every_site / "_static" / name).stat().st_size for name in ("cards.js", "report.js"))
    assert own <= LARGEST_SCRIPT


def test_no_element_of_a_page_handles_events_by_itself(every_site):
    for path in pages_of(every_site):
        assert re.findall(r"<[^>]+ on\w+=\"", path.read_text(encoding="utf-8")) == [], path.name


def test_every_quoted_number_has_its_card(every_site):
    for path in pages_of(every_site):
        text = path.read_text(encoding="utf-8")
        quoted = set(re.findall(r'data-key="([^"]+)"', text))
        block = re.search(r'<script type="application/json" id="hai-cards">(.*?)</script>', text, re.DOTALL)
        assert set(json.loads(block[1])["cards"]) == quoted if block else not quoted, path.name


def test_the_list_of_numbers_has_every_reported_one_and_finds_it(open_page, rows):
    page = open_page(KEYS)
    assert page.locator("#hai-keys tbody tr").count() == sum(isinstance(key, str) for key in rows)
    page.get_by_role("searchbox").fill("os all.median_lower")
    found = page.locator("#hai-keys tbody tr").filter(visible=True)
    expect(found.first).to_contain_text("os.all.median_lower")
    expect(page.locator("output")).to_contain_text(f"{found.count()} of ")


def test_each_exhibit_leads_back_to_its_commands(open_page):
    page = open_page(SURVIVAL)
    trails = page.locator(".hai-trail")
    assert trails.count() == page.locator("article .hai-exhibit").count()
    trails.first.get_by_text("Source and code").click()
    expect(trails.first).to_contain_text("papermill notebooks/04_survival.ipynb out.ipynb")


def test_the_line_under_an_exhibit_opens_by_keyboard_and_keeps_its_place(open_page):
    page = open_page(SURVIVAL, width=320, height=640)
    line = page.locator(".hai-under").first
    summary = line.locator("summary")
    summary.focus()
    before = summary.bounding_box()["y"]
    page.keyboard.press("Enter")
    expect(line.get_by_text("its command, under This run")).to_be_visible()
    assert summary.bounding_box()["y"] == before


def test_without_script_the_line_under_an_exhibit_still_opens(open_page):
    line = open_page(SURVIVAL, script=False).locator(".hai-under").first
    line.locator("summary").click()
    expect(line.get_by_text("its command, under This run")).to_be_visible()


def test_what_the_article_prints_leads_to_its_verdict(open_page):
    page = open_page("notebooks/01_cohort_description.html")
    page.locator(".hai-trail summary").nth(1).click()
    page.locator(".hai-trail p a").filter(has_text="Table 1").filter(visible=True).first.click()
    place = page.url.partition("#")[2]
    expect(page.locator(f"[id='{place}']")).to_contain_text("Table 1")


def test_a_cohort_of_ones_own_has_cards_and_no_way_to_an_article(browser, real_site):
    with new_context(browser) as context:
        page = context.new_page()
        page.goto((real_site / SURVIVAL).as_uri())
        number = page.locator(f"{TABLE} {NUMBER}").first
        number.click()
        expect(page.locator("#hai-card")).to_contain_text(number.get_attribute("data-key"))
        assert page.locator(".hai-trail p a").count() == 0


def test_a_card_leads_by_keyboard_to_the_evidence_of_its_number(card_of):
    page, card, number = card_of()
    number.focus()
    page.keyboard.press("Enter")
    key = number.get_attribute("data-key")
    card.get_by_role("link", name="Evidence").focus()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r".*/evidence/"))
    part = page.locator(f'section:is([id="{key}"], :has([id="{key}"]))')
    expect(part).to_be_in_viewport()
    for words in (key, "formula", "R prints", "Python prints"):
        expect(part).to_contain_text(words)


@pytest.mark.parametrize("width", [390, 320])
def test_evidence_needs_no_sideways_scrolling_on_a_phone(open_page, width):
    page = open_page("evidence/os.html", width=width, height=700)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
