"""The built sites in a real browser, opened from files: what a reader sees, clicks, types, prints and hears."""

from __future__ import annotations

from typing import get_args

import pytest
from playwright.sync_api import expect

from tests.browser.looking import SCHEMES, Kind, barriers, is_redirect, look, new_context, pages_of

SURVIVAL = "notebooks/04_survival.html"
COHORT = "notebooks/01_cohort_description.html"
DESKTOP, PHONE = 1280, 360
# WCAG 1.4.10: 1280 by 1024 pixels at 400 % are 320 by 256.
ZOOMED = {"widths": (320,), "height": 256, "schemes": ("light",)}

# The focused element, where neither an outline nor a shadow marks it.
UNSEEN_FOCUS = """(() => {
  const { outlineStyle, boxShadow } = getComputedStyle(document.activeElement);
  return outlineStyle === "none" && boxShadow === "none" ? [document.activeElement.outerHTML] : [];
})()"""


@pytest.mark.slow
@pytest.mark.parametrize("kind", get_args(Kind))
def test_no_page_at_any_width_in_any_scheme_has_a_fault_of_this_kind(findings, kind):
    assert [str(finding) for finding in findings if finding.kind == kind] == []


@pytest.mark.slow
def test_nothing_overflows_at_400_percent_zoom(browser, each_site):
    assert [str(finding) for finding in look(browser, each_site, **ZOOMED)] == []


def test_the_folder_opens_at_the_first_page(open_page, site):
    assert is_redirect(site / "index.html")
    page = open_page("index.html")
    page.wait_for_url("**/book/abstract.html")
    expect(page.locator("h1")).to_be_visible()


def test_every_page_of_a_reconstruction_says_so(browser, published_site):
    with new_context(browser) as context:
        page = context.new_page()
        for path in pages_of(published_site):
            if path.parent.name == "source":
                continue
            page.goto(path.as_uri())
            notice = page.locator("main" if path.parent.name == "evidence" else "main .hai-notice")
            expect(notice).to_contain_text("reconstruction", ignore_case=True)
            expect(notice).to_contain_text("no row is a patient", ignore_case=True)


def test_no_page_of_a_real_cohort_says_that_it_is_a_reconstruction(real_site):
    pages = {path.name: path.read_text(encoding="utf-8") for path in pages_of(real_site)}
    assert [name for name, text in pages.items() if "hai-notice" in text or "No row is a patient" in text] == []


def test_the_search_finds_a_term_without_a_server(open_page):
    page = open_page(SURVIVAL)
    page.get_by_role("button", name="Search").click()
    page.get_by_role("searchbox").fill("censored")
    page.keyboard.press("Enter")
    result = page.locator("#search-results li a").first
    expect(result).to_be_visible()
    result.click()
    assert page.url.startswith("file:")
    assert "search.html" not in page.url
    expect(page.locator("main")).to_contain_text("censored")


def test_the_search_opens_and_closes_by_keyboard(open_page):
    page = open_page(SURVIVAL)
    page.keyboard.press("Control+K")
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)


@pytest.mark.parametrize("width", [DESKTOP, PHONE])
def test_there_is_one_way_to_search(open_page, width):
    page = open_page(COHORT, width=width)
    expect(page.get_by_role("button", name="Search").filter(visible=True)).to_have_count(1)
    assert page.get_by_role("searchbox").count() == 0


def test_every_landmark_is_there_and_has_a_name_of_its_own(open_page):
    page = open_page(COHORT)
    for role in ("banner", "main"):
        expect(page.get_by_role(role)).to_have_count(1)
    for name in ("Pages of this book", "On this page", "Previous and next page"):
        expect(page.get_by_role("navigation", name=name)).to_have_count(1)


@pytest.mark.parametrize(("asked", "other"), [("light", "dark"), ("dark", "light")])
def test_the_switch_changes_the_colours_for_good(open_page, asked, other):
    page = open_page(SURVIVAL, scheme=asked)
    expect(page.locator("html")).to_have_attribute("data-theme", asked)
    before = background(page)
    page.get_by_role("button", name="Switch colours").click()
    expect(page.locator("html")).to_have_attribute("data-theme", other)
    assert background(page) != before
    # The browser takes what a page stores to its own process a little later; a reload at once may come before.
    page.wait_for_timeout(1000)
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-theme", other)


def background(page):
    return page.evaluate("getComputedStyle(document.body).backgroundColor")


def test_the_first_tab_stop_skips_to_the_article(open_page):
    page = open_page(COHORT)
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to main content")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('article') !== null")


def test_the_keyboard_passes_from_the_pages_over_the_bar_to_the_article(open_page):
    page = open_page(COHORT)
    places = []
    while "article" not in places and len(places) < 60:
        page.keyboard.press("Tab")
        places.append(
            page.evaluate("document.activeElement.closest('.bd-docs-nav, #pst-header, article')?.tagName.toLowerCase()")
        )
    reached = [place for place in dict.fromkeys(places) if place]
    assert reached == ["nav", "div", "article"]


def test_every_tab_stop_shows_that_it_has_the_focus(open_page):
    page = open_page(COHORT)
    page.keyboard.press("Tab")
    unseen, stops = [], 0
    while page.evaluate("document.activeElement !== document.body") and stops < 200:
        unseen += page.evaluate(UNSEEN_FOCUS)
        stops += 1
        page.keyboard.press("Tab")
    assert stops > 10
    assert unseen == []


def test_folded_code_opens_by_keyboard_under_the_words_it_shows(open_page):
    page = open_page(COHORT)
    summary = page.locator("details.hide > summary").first
    code = page.locator("details.hide pre").first
    expect(code).to_be_hidden()
    assert summary.get_attribute("aria-label") is None
    summary.focus()
    page.keyboard.press("Enter")
    expect(code).to_be_visible()


def open_search(page):
    page.keyboard.press("Control+K")
    return page.get_by_role("dialog")


def open_pages(page):
    page.get_by_role("button", name="Pages of this book").click()
    return page.get_by_role("dialog")


def open_contents(page):
    page.get_by_role("button", name="Contents of this page").click()
    return page.get_by_role("dialog")


def open_code(page):
    page.locator("details.hide > summary").first.click()
    return page.locator("details.hide pre").first


def show_matches(page):
    page.goto(f"{page.url}?highlight=response")
    return page.locator("h1 .highlighted")


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("act", [open_search, open_pages, open_contents, open_code, show_matches])
def test_what_opens_on_a_page_bars_nobody(open_page, axe, act, scheme):
    page = open_page("notebooks/03_tumor_response.html", width=PHONE, scheme=scheme)
    expect(act(page)).to_be_visible()
    assert barriers(page, axe) == []


@pytest.mark.parametrize("scheme", SCHEMES)
def test_the_results_of_a_search_bar_nobody(open_page, axe, scheme):
    page = open_page("search.html", width=PHONE, scheme=scheme)
    page.get_by_role("searchbox").fill("survival")
    page.keyboard.press("Enter")
    expect(page.locator("#search-results li").first).to_be_visible()
    assert barriers(page, axe) == []


def test_on_a_phone_the_list_of_pages_opens_leads_on_and_gives_the_focus_back(open_page):
    page = open_page(COHORT, width=PHONE)
    menu = page.get_by_role("button", name="Pages of this book")
    menu.click()
    survival = page.get_by_role("dialog").get_by_role("link", name="Survival")
    expect(survival).to_be_visible()
    page.keyboard.press("Escape")
    expect(survival).to_be_hidden()
    menu.click()
    survival.click()
    expect(page.locator("h1")).to_contain_text("Survival")


def test_on_a_phone_the_contents_of_the_page_open(open_page):
    page = open_page(COHORT, width=PHONE)
    page.get_by_role("button", name="Contents of this page").click()
    expect(page.get_by_role("dialog").get_by_role("link").first).to_be_visible()


def test_on_a_desktop_the_list_of_pages_folds_away(open_page):
    page = open_page(COHORT, width=DESKTOP)
    navigation = page.get_by_role("navigation", name="Pages of this book")
    expect(navigation).to_be_visible()
    page.get_by_role("button", name="Pages of this book").click()
    expect(navigation).to_be_hidden()


def test_a_table_that_scrolls_is_a_named_region_that_the_arrow_keys_move(open_page):
    page = open_page(SURVIVAL, width=PHONE)
    region = page.locator(".pst-scrollable-table-container:has(table)").first
    expect(region).to_have_attribute("role", "region")
    expect(region).to_have_attribute("aria-label", page.locator("caption").first.inner_text().removesuffix("#"))
    expect(region).to_have_attribute("tabindex", "0")
    region.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function("document.activeElement.scrollLeft > 0")


def test_every_header_cell_names_its_direction(open_page):
    page = open_page(COHORT)
    scopes = page.locator("article th").evaluate_all(
        "cells => cells.map(cell => [cell.closest('thead') !== null, cell.scope])"
    )
    assert scopes
    assert {(True, "col"), (False, "row")} == {tuple(scope) for scope in scopes}


@pytest.mark.parametrize("name", [COHORT, SURVIVAL])
def test_without_scripts_text_and_tables_are_all_there(open_page, name):
    with_scripts, without = open_page(name), open_page(name, script=False)
    for selector in ("article h1", "article h2", "article p", "article td", "article th", "article svg[role=img]"):
        there = with_scripts.locator(selector).filter(visible=True).count()
        assert without.locator(selector).filter(visible=True).count() == there, selector
    assert with_scripts.locator("article td").count() > 0


@pytest.mark.parametrize("width", [DESKTOP, PHONE])
def test_without_scripts_every_page_can_be_reached(open_page, width):
    page = open_page(COHORT, width=width, script=False)
    page.get_by_role("navigation", name="Pages of this book").get_by_role("link", name="Survival").click()
    expect(page.locator("h1")).to_contain_text("Survival")


def test_without_scripts_no_button_is_left_that_would_do_nothing(open_page):
    page = open_page(COHORT, width=PHONE, script=False)
    assert page.get_by_role("button").filter(visible=True).count() == 0


def test_nothing_moves_for_who_asked_for_less_motion(open_page):
    page = open_page(COHORT)
    moving = (
        "[...document.querySelectorAll('*')].filter(e => parseFloat(getComputedStyle(e).transitionDuration) > 0.001)"
    )
    assert page.evaluate(f"{moving}.map(e => e.tagName)") == []


def test_print_holds_the_article_alone(open_page):
    page = open_page(COHORT)
    page.emulate_media(media="print")
    for selector in ("article h1", "article table", "article svg[role=img]"):
        expect(page.locator(selector).first).to_be_visible()
    for selector in (
        "#pst-header",
        "#pst-primary-sidebar",
        "#pst-secondary-sidebar",
        ".prev-next-footer",
        "details.hide",
        ".headerlink",
    ):
        assert page.locator(selector).filter(visible=True).count() == 0, selector


def test_print_is_dark_on_light_in_either_scheme(open_page):
    page = open_page(COHORT, scheme="dark")
    page.emulate_media(media="print", color_scheme="dark")
    assert page.evaluate("getComputedStyle(document.querySelector('article p:not([class])')).color") == "rgb(0, 0, 0)"
    assert background(page) in {"rgb(255, 255, 255)", "rgba(0, 0, 0, 0)"}


def test_a_page_prints_to_a_pdf_of_more_than_one_sheet(open_page):
    printed = open_page(COHORT).pdf(format="A4")
    assert printed.startswith(b"%PDF-")
    assert printed.count(b"/Type /Page\n") > 1
