"""Raised letters at P values: each stands for the test that the results name, and the notes say which."""

from __future__ import annotations

from dataclasses import replace

from hai_utils.book.manuscript.converting import table_of
from hai_utils.book.manuscript.lettered import lettered
from hai_utils.book.manuscript.model import PrintedTable, plain
from hai_utils.results.table import Results
from hai_utils.show import tables
from hai_utils.show.content import Table
from hai_utils.show.wording import method_name


def baseline(results: Results) -> PrintedTable:
    made = tables.baseline(results)
    assert isinstance(made, Table)
    return table_of(made, "Table 1")


def test_each_p_value_has_the_letter_of_its_test(results: Results) -> None:
    table = lettered(baseline(results), results)
    notes = {plain(note)[0]: plain(note)[2:-1] for note in table.notes if "superscript" in note[0].marks}
    assert list(notes) == ["a", "b", "c"]
    found = 0
    for row in table.rows:
        for cell in row.cells:
            keys = [words.key for words in cell if words.key.endswith(".p_value")]
            if keys:
                assert "superscript" in cell[-1].marks
                method = method_name(results.get(keys[0]).method).replace("'", "’")
                assert notes[cell[-1].text].lower() == method.lower()
                found += 1
    assert found == 12
    assert not any(plain(note).startswith("P values") for note in table.notes)


def test_one_test_for_all_needs_no_letter(results: Results) -> None:
    table = baseline(results)
    rows = tuple(row for row in table.rows if plain(row.cells[0]).startswith(("Age", "Body")))
    made = lettered(replace(table, rows=rows), results)
    assert made.rows == rows
    assert plain(made.notes[0]) == "P values: exact Mann-Whitney test, conditional on the ties."


def test_a_table_whose_notes_name_no_test_stays_as_it_is(results: Results) -> None:
    table = replace(baseline(results), notes=())
    assert lettered(table, results) == table
