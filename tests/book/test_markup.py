"""What is put right in the markup of a page that Sphinx has written."""

from __future__ import annotations

import pytest

from hai_utils.book.markup import mended

CAPTION = '<caption><span class="caption-number">Table 1 </span><span>Age &amp; “sex”</span><a class="headerlink" href="#t">#</a></caption>'
TABLE = '<div class="pst-scrollable-table-container"><table id="t">\n{}</table></div>'


@pytest.mark.parametrize(("classes", "scope"), [("head stub", "col"), ("head hai-number", "col"), ("stub", "row")])
def test_a_header_cell_names_what_it_heads(classes, scope):
    assert mended(f'<th class="{classes}"><p>Age</p></th>') == f'<th scope="{scope}" class="{classes}"><p>Age</p></th>'


def test_a_table_is_a_region_named_by_its_caption_without_the_permalink():
    mended_table = mended(TABLE.format(CAPTION))
    assert 'role="region" aria-label="Table 1 Age &amp; “sex”" tabindex="0"' in mended_table
    assert mended_table.endswith(f'<table id="t">\n{CAPTION}</table></div>')


def test_a_table_without_a_caption_is_a_region_called_table():
    assert 'role="region" aria-label="Table" tabindex="0"' in mended(TABLE.format("<tr></tr>"))


def test_a_table_without_a_caption_does_not_take_the_next_ones():
    both = mended(TABLE.format("<tr></tr>") + TABLE.format(CAPTION))
    assert both.count('aria-label="Table"') == 1
    assert both.count('aria-label="Table 1 Age') == 1


def test_a_caption_cannot_leave_the_attribute_that_names_the_region():
    harmful = TABLE.format('<caption>&lt;img src=x onerror="alert(1)"&gt;</caption>')
    assert 'aria-label="&lt;img src=x onerror=&quot;alert(1)&quot;&gt;"' in mended(harmful)


def test_a_drawing_is_a_region_named_by_the_number_of_its_figure():
    caption = '<figcaption>\n<p><span class="caption-number">Figure 2 </span>Survival</p></figcaption></figure>'
    written = f'<figure class="hai-exhibit hai-figure" id="f">\n<svg role="img"><g></g></svg>{caption}'
    start = '<div class="pst-scrollable-table-container" role="region" aria-label="Figure 2" tabindex="0">'
    assert mended(written) == (
        f'<figure class="hai-exhibit hai-figure" id="f">\n{start}<svg role="img"><g></g></svg></div>{caption}'
    )


def test_folded_code_is_called_by_the_words_it_shows_and_is_no_box():
    written = '<details class="admonition hide above-input">\n<summary aria-label="Toggle hidden content">\n<p>Code</p>'
    assert mended(written) == '<details class="hide above-input">\n<summary>\n<p>Code</p>'


def test_the_reference_list_consists_of_list_items():
    written = '<div role="list"><div class="citation" role="doc-biblioentry">A</div></div>'
    assert mended(written) == '<div role="list"><div class="citation" role="listitem">A</div></div>'


def test_a_page_without_text_stays_empty():
    assert mended("") == ""
