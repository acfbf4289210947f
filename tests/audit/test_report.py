"""Reports: what a draft holds is shown as text, and the page needs nothing beside it."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

import pytest

from hai_utils.audit.checks import audit_draft
from hai_utils.audit.draft import DraftError, parse_draft
from hai_utils.audit.findings import AuditReport
from hai_utils.audit.report import audit_file, report_csv, report_html, report_text
from tests.conftest import ROOT
from tests.page_parts import Page

PUBLISHED = ROOT / "data" / "published_numbers.csv"
HOSTILE = '''\
id,section,variable,group,statistic,value,decimals,of,same_as
a,<script>alert(1)</script>,"=HYPERLINK(""http://x"",""y"")","""><img src=x onerror=alert(1)>",percent,28%,,11,
b,@SUM(A1),+1+cmd| /C calc!A0,\u202egnp.exe,percent,64%,,11,
c,"two
lines",-2+3,A,other,=1+1,,,
d,T,change,A,median,-257,,,
'''


@pytest.fixture
def hostile() -> AuditReport:
    """Return the audit of a draft that tries to be more than text."""
    return audit_draft(parse_draft(HOSTILE.encode(), "<b>draft</b>.csv"))


def test_a_page_shows_markup_as_text(hostile: AuditReport) -> None:
    html = report_html(hostile)
    page = Page(html)
    assert page.tags.count("script") == 1
    assert "img" not in page.tags
    assert "b" not in page.tags
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html


def test_a_page_asks_for_nothing_from_elsewhere(hostile: AuditReport) -> None:
    page = Page(report_html(hostile))
    assert not {"link", "iframe", "object", "embed", "base"} & set(page.tags)
    assert not [value for name, value in page.attributes if name in {"src", "srcset", "data", "action", "background"}]
    assert all((value or "").startswith("#") for name, value in page.attributes if name == "href")
    assert any("default-src 'none'" in (value or "") for name, value in page.attributes if name == "content")


def test_a_page_has_every_row_once_and_works_without_its_script(hostile: AuditReport) -> None:
    html = report_html(hostile)
    assert re.findall(r'<tr id="([^"]+)"', html) == ["a", "b", "c", "d"]
    assert "<form hidden>" in html
    assert "<tr hidden" not in html


def test_a_table_cell_that_a_spreadsheet_takes_for_a_formula_is_quoted(hostile: AuditReport) -> None:
    rows = list(csv.DictReader(io.StringIO(report_csv(hostile))))
    assert {row["id"] for row in rows} == set("abcd")
    cells = [cell for row in rows for cell in row.values()]
    dangerous = [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]
    assert dangerous == ["-257"]


def test_a_terminal_gets_one_line_a_cell_without_control_signs(hostile: AuditReport) -> None:
    text = report_text(hostile)
    assert "\u202e" not in text
    assert "IMPOSSIBLE  a: 28%" in text
    assert "Nearest possible: 27 (3/11), 36 (4/11)." in text
    assert "4 numbers: 1 impossible, 0 needs an assumption, 1 possible, 2 not checked." in text


def test_a_mixture_of_rounding_rules_is_reported_everywhere() -> None:
    text = "id,section,variable,group,statistic,value,decimals,of,same_as\na,T,x,A,percent,61%,,13,\nb,T,x,B,percent,62%,,13,\n"
    report = audit_draft(parse_draft(text.encode()))
    assert "a mixture of rules; a need truncation; b need rounding half up or rounding half to even" in report_text(
        report
    )
    assert "a mixture of rules" in report_html(report)
    assert next(csv.DictReader(io.StringIO(report_csv(report))))["rounding"] == "truncation"


def test_a_file_is_audited_with_its_exit_code(tmp_path: Path) -> None:
    path = tmp_path / "draft.csv"
    header = "id,section,variable,group,statistic,value,decimals,of,same_as\n"
    path.write_text(header + "a,T,x,A,percent,27%,,11,\n", encoding="utf-8")
    assert audit_file(path).exit_code == 0
    path.write_text(header + "a,T,x,A,percent,28%,,11,\n", encoding="utf-8")
    assert audit_file(path).exit_code == 1
    path.write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(DraftError) as caught:
        audit_file(path)
    assert caught.value.exit_code == 2


def test_a_report_is_the_same_every_time(hostile: AuditReport) -> None:
    again = audit_draft(parse_draft(HOSTILE.encode(), "<b>draft</b>.csv"))
    assert report_html(again) == report_html(hostile)
    assert report_csv(again) == report_csv(hostile)
