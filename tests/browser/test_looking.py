"""The checks see what they are for: a page with one planted fault each, and a page without."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.browser.looking import Finding, browser_path, failed_values, look
from tests.conftest import ROOT

SCRIPT = ROOT / "scripts" / "look.py"

PAGE = """<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>A page</title>
<meta name="viewport" content="width=device-width"><style>body {{ font: 16px/1.5 sans-serif; margin: 8px }}</style></head>
<body><main><h1 id="top">A page</h1>{}</main></body></html>"""
PIXEL = "data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAA="
SOUND = f"""
<p>None of the rows is a patient. None needs infinite nano-particles; the undefinedness of x is <code>nan</code>.</p>
<div style="overflow-x: auto"><table><tr><th scope="row">None</th><td style="min-width: 3000px">1</td></tr></table></div>
<img src="{PIXEL}" alt="a dot"><svg role="img" aria-label="a bar" width="20" height="20"></svg>
<svg aria-hidden="true" width="20" height="20"></svg><a href="#top">up</a> <a href="https://example.org/">away</a>
<h2>Second</h2><h3>Third</h3><h2>Second</h2>"""
FAULTS = [
    ("layout", "px wide", '<div style="width: 3000px">wide</div>'),
    ("layout", "sticks out of the page", '<p style="position: relative; left: -40px">to the left</p>'),
    ("layout", "is cut by", '<div style="width: 60px; overflow: hidden; white-space: nowrap">a line that is cut</div>'),
    (
        "layout",
        "sticks out of its cell",
        '<table style="table-layout: fixed; width: 80px"><tr><td>an-unbreakable-word</td><td>b</td></tr></table>',
    ),
    ("layout", "overlap", '<p>the lower words</p><p style="margin-top: -2.4em">the upper words</p>'),
    ("layout", "px high", '<p style="font-size: 5px">small print</p>'),
    ("console", "console: broken", '<script>console.error("broken")</script>'),
    ("console", "script error", "<script>missing()</script>"),
    ("network", "https://example.org/dot.png", '<img alt="a dot" src="https://example.org/dot.png">'),
    ("words", "“nan”", "<p>a median of <span>nan</span> months</p>"),
    ("words", "“None”", "<p><span>None</span> months</p>"),
    ("words", "“inf”", f'<img src="{PIXEL}" alt="from 2 to inf">'),
    ("links", "leads to no file", '<a href="missing.html">a page</a>'),
    ("links", "leads to no place", '<a href="#missing">a place</a>'),
    ("alternatives", "img", f'<img src="{PIXEL}">'),
    ("alternatives", "svg", '<svg width="20" height="20"></svg>'),
    ("ids", "top", '<p id="top">again</p>'),
    ("headings", "not exactly one", "<h1>Another</h1>"),
    ("headings", "level 3 follows", "<h3>Third</h3>"),
    ("accessibility", "button-name", "<button></button>"),
]


@pytest.fixture
def findings_of(browser, tmp_path, axe):
    """Return what is found on a page with a given text."""

    def found(body: str) -> list[Finding]:
        (tmp_path / "page.html").write_text(PAGE.format(body), encoding="utf-8")
        return look(browser, tmp_path, widths=(360,), schemes=("light",), axe=axe)

    return found


@pytest.mark.parametrize(("kind", "what", "body"), FAULTS, ids=[what for _, what, _ in FAULTS])
def test_a_planted_fault_is_found(findings_of, kind, what, body):
    assert any(finding.kind == kind and what in finding.what for finding in findings_of(body))


def test_a_sound_page_has_no_findings(findings_of):
    assert [str(finding) for finding in findings_of(SOUND)] == []


def test_a_redirect_to_nowhere_is_found(browser, tmp_path):
    (tmp_path / "index.html").write_text('<meta http-equiv="Refresh" content="0; url=gone.html" />', encoding="utf-8")
    assert [finding.what for finding in look(browser, tmp_path)] == ["gone.html leads to no file"]


def test_a_finding_reads_as_one_line_with_page_width_and_scheme():
    finding = Finding("book/a.html", 320, "dark", "words", "“nan” in “nan”")
    assert str(finding) == "book/a.html, 320 px, dark: “nan” in “nan”"


@pytest.mark.parametrize(
    "text", ["nan", "inf", "-inf", "None", "NaN", "undefined", "P=nan", "(inf)", "2–inf", "nan%", "x None y"]
)
def test_a_value_that_failed_is_recognised(text):
    assert len(failed_values(text)) == 1


@pytest.mark.parametrize(
    "text",
    ["None of them", "It ended. None was left", "information", "nano", "inf.csv", "nonetheless", "undefined_name"],
)
def test_a_word_that_only_resembles_a_failed_value_passes(text):
    assert failed_values(text) == []


def run_script(*words):
    """Run the script as a user does."""
    return subprocess.run([sys.executable, str(SCRIPT), *map(str, words)], capture_output=True, text=True, check=False)


def test_the_script_exits_with_1_and_a_line_for_each_finding(browser, tmp_path):
    (tmp_path / "page.html").write_text(PAGE.format("<p><span>nan</span></p>"), encoding="utf-8")
    done = run_script(tmp_path)
    assert done.returncode == 1
    assert f"{tmp_path}: page.html, 320 px, dark: “nan” in “nan”" in done.stdout.splitlines()
    assert done.stdout.splitlines()[-1] == "1 pages looked at, 4 findings"


def test_the_script_exits_with_0_and_leaves_a_picture_of_each_page_as_seen(browser, tmp_path):
    (tmp_path / "page.html").write_text(PAGE.format(SOUND), encoding="utf-8")
    done = run_script(tmp_path, "--screenshots", tmp_path / "pictures")
    assert done.returncode == 0
    taken = {path.name for path in (tmp_path / "pictures").iterdir()}
    assert taken == {f"page-{width}-{scheme}.png" for width in (1280, 320) for scheme in ("light", "dark")}


def test_the_script_refuses_a_folder_without_pages(browser, tmp_path):
    done = run_script(tmp_path)
    assert done.returncode == 2
    assert "holds no pages" in done.stderr


def test_a_machine_without_a_browser_is_seen_as_such(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert browser_path() is None
