"""The draft format: the template is one, and whatever is not gets a clear error with its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from hai_utils.audit.checks import audit_draft
from hai_utils.audit.draft import (
    COLUMNS,
    LONGEST_CELL,
    STATISTICS,
    DraftError,
    draft_csv,
    parse_draft,
    read_draft,
    template,
)
from hai_utils.cohort.tables import MAX_BYTES

HEADER = "id,section,variable,group,statistic,value,decimals,of,same_as\n"


def problems(text: str | bytes) -> tuple[str, ...]:
    with pytest.raises(DraftError) as caught:
        parse_draft(text if isinstance(text, bytes) else text.encode(), "draft.csv")
    assert caught.value.exit_code == 2
    return caught.value.problems


def one(line: str) -> str:
    found = problems(HEADER + line + "\n")
    assert len(found) == 1, found
    return found[0]


def test_the_template_is_a_draft_of_which_nothing_is_impossible() -> None:
    draft = parse_draft(template().encode())
    report = audit_draft(draft)
    assert report.exit_code == 0
    assert not report.assumptions


def test_the_template_names_every_column_and_every_statistic() -> None:
    text = template()
    assert all(f"\n# {column} " in text for column in COLUMNS)
    assert all(statistic in text for statistic in STATISTICS)


def test_a_draft_with_the_nine_columns_in_any_order_is_read() -> None:
    draft = parse_draft(
        b"value,id,statistic,of,group,variable,section,same_as,decimals\n28%,a,percent,11,A,sex,Table 1,,\n"
    )
    row = draft.by_id["a"]
    assert (str(row.number), row.of, row.group, row.line) == ("28", 11, "A", 2)


def test_a_byte_order_mark_comments_and_empty_lines_are_passed_over() -> None:
    draft = parse_draft(("﻿# mine\n\n" + HEADER + "\na,T,x,A,n,3,0,11,\n,,,,,,,,\n").encode())
    assert [(row.id, row.line) for row in draft.rows] == [("a", 5)]


def test_what_is_written_reads_back_the_same() -> None:
    draft = parse_draft(template().encode())
    again = parse_draft(draft_csv(draft.rows).encode())
    assert [(r.id, r.number, r.of, r.same_as, r.within, r.sum_of, r.kind, r.method, r.level) for r in again.rows] == [
        (r.id, r.number, r.of, r.same_as, r.within, r.sum_of, r.kind, r.method, r.level) for r in draft.rows
    ]


@pytest.mark.parametrize(
    ("line", "place", "says"),
    [
        ("a,T,x,A,percent,28 percent,,11,", "line 2, column 'value'", "is no number"),
        ("a,T,x,A,percent,=1+1,,11,", "line 2, column 'value'", "'=1+1' is no number"),
        ('a,T,x,A,percent,"27,5",,11,', "line 2, column 'value'", "decimal point"),
        ("a,T,x,A,percent,27.5,0,11,", "line 2, column 'decimals'", "27.5 has 1"),
        ("a,T,x,A,percent,27.5,one,11,", "line 2, column 'decimals'", "no whole number"),
        ("a,T,x,A,percnt,27.5,,11,", "line 2, column 'statistic'", "Did you mean 'percent'"),
        ("a,T,x,A,percent,27.5,,-3,", "line 2, column 'of'", "neither a number"),
        ("a,T,x,A,percent,27.5,,99999999999999999999999999,", "line 2, column 'of'", "more than"),
        ("a,T,x,A,percent,27.5,,11,b", "line 2, column 'same_as'", "no row has the id 'b'"),
        ("a,T,x,A,percent,27.5,,11,a", "line 2, column 'same_as'", "names itself"),
        ("=cmd,T,x,A,percent,27.5,,11,", "line 2, column 'id'", "is no id"),
        ("a,T,x,A,percent,,,11,", "line 2, column 'value'", "empty"),
        ("a,T,x,A,n,2.5,,11,", "line 2, column 'value'", "no count"),
        ("a,T,x,A,n_of_N,7,,11,", "line 2, column 'value'", "no count of a total"),
        ("a,T,x,A,percent,7/11,,11,", "line 2, column 'value'", "n_of_N"),
        ("a,T,x,A,n_of_N,7/11,,13,", "line 2, column 'of'", "the value says of 11"),
        ("a,T,x,A,percent,<1,,11,", "line 2, column 'value'", "only a P value"),
        ("a,T,x,A,percent,27.5,,11", "line 2", "8 cells, the header has 9"),
    ],
)
def test_a_faulty_cell_is_named_with_its_place(line: str, place: str, says: str) -> None:
    message = one(line)
    assert message.startswith(f"draft.csv, {place}")
    assert says in message


def test_all_faults_are_told_at_once() -> None:
    found = problems(HEADER + "a,T,x,A,percnt,27,,11,\nb,T,x,A,percent,x,,11,\n")
    assert [message.split(",")[1] for message in found] == [" line 2", " line 3"]


def test_an_id_that_stands_twice_is_named_with_both_lines() -> None:
    assert "stands already in line 2" in problems(HEADER + "a,T,x,A,n,1,,2,\na,T,x,A,n,1,,2,\n")[0]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "empty"),
        (HEADER.encode(), "no row"),
        (b"id;section;value\na;b;c\n", "are absent"),
        (b"id,section,values\na,b,c\n", "Did you mean 'value'"),
        (b"patient,age\nR01,54\n", "'patient' is no column"),
        (HEADER.encode("utf-16"), "no row"),
        (
            HEADER.encode() + b"a,T,x\xff,A,n,1,,2,\n",
            "line 2, column 'column 3 (C)': The cell has a byte that is no UTF-8",
        ),
        (HEADER.encode() + b"a,T,x\x00,A,n,1,,2,\n", "line 2, column 'column 3 (C)': The cell has a NUL sign"),
        (
            HEADER.encode() + b"a,T,\x1b[31mx,A,n,1,,2,\n",
            "line 2, column 'variable': the cell has a sign that cannot be seen",
        ),
        (HEADER.encode() + b'a,T,"x,A,n,1,,2,\n', "quotation mark is not closed"),
        (b"\x89PNG\r\n\x1a\n", "a picture"),
    ],
)
def test_a_file_that_is_no_draft_gets_a_clear_error(content: bytes, says: str) -> None:
    assert says in " ".join(problems(content))


def test_a_cell_of_ten_megabytes_is_refused_with_its_size() -> None:
    assert "more than 100,000 signs" in problems(HEADER + "a,T," + "x" * 10_000_000 + ",A,n,1,,2,\n")[0]


def test_a_cell_of_more_than_a_draft_needs_is_refused_with_its_line_and_column() -> None:
    message = one("a,T," + "x" * 6_000 + ",A,n,1,,2,")
    assert message.startswith("draft.csv, line 2, column 'variable': a cell of 6,000 characters")
    assert f"{LONGEST_CELL:,}" in message


def test_a_long_list_of_faults_is_cut() -> None:
    with pytest.raises(DraftError, match="and 70 more"):
        parse_draft((HEADER + "".join(f"a{i},T,x,A,n,x,,2,\n" for i in range(100))).encode())


def test_a_file_that_cannot_be_read_gets_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(DraftError, match="cannot be read"):
        read_draft(tmp_path / "absent.csv")
    with pytest.raises(DraftError, match="a folder"):
        read_draft(tmp_path)


def test_a_large_file_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "large.csv"
    with path.open("wb") as stream:
        stream.truncate(MAX_BYTES + 1)
    with pytest.raises(DraftError, match="at most"):
        read_draft(path)
