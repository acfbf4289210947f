"""One reader for every table and one loader for every YAML file: what is refused by all who read, and quickly."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from hai_utils.cohort.problems import UnreadableError
from hai_utils.cohort.tables import TableOptions, read_source, read_table, sheets_with_cells
from hai_utils.safe_yaml import YamlError, read_yaml
from tests.cohort.cohort_files import base, saved
from tests.conftest import SHARED, run_hai

BASE = base()


@pytest.fixture(params=["pipe", "device", "endless"])
def no_file(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A path that has no end, or that nobody writes to."""
    if request.param == "device":
        return Path("/dev/zero")
    if request.param == "endless":
        path = tmp_path / "endless.csv"
        with path.open("wb") as stream:
            stream.truncate(2**40)
        return path
    pipe = tmp_path / "pipe.csv"
    os.mkfifo(pipe)
    return pipe


def test_no_reader_waits_for_a_pipe_a_device_or_an_endless_file(no_file: Path) -> None:
    start = time.monotonic()
    with pytest.raises(UnreadableError):
        read_source(no_file)
    with pytest.raises(YamlError):
        read_yaml(no_file)
    assert time.monotonic() - start < 2


@pytest.mark.parametrize("words", [("check",), ("audit",), ("deidentify",), ("import", "--guess")])
def test_no_command_waits_for_a_pipe(words: tuple[str, ...], tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.csv"
    os.mkfifo(pipe)
    done = run_hai(words[0], str(pipe), *words[1:], cwd=tmp_path)
    assert done.returncode in {1, 2}
    assert "no ordinary file" in done.stdout + done.stderr


def test_the_digest_is_that_of_the_bytes_that_were_read(tmp_path: Path) -> None:
    path = tmp_path / "cohort.csv"
    path.write_bytes(BASE.bytes())
    source = read_source(path)
    path.write_bytes(b"another")
    assert source.content == BASE.bytes()
    assert source.sha256 != read_source(path).sha256


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "windows-1252"])
def test_the_same_rows_come_out_of_every_form(delimiter: str, encoding: str) -> None:
    options = TableOptions(encoding="windows-1252") if encoding == "windows-1252" else TableOptions()
    table = read_table(BASE.csv(delimiter).encode(encoding), options)
    assert [row for row, _ in table.rows()] == [BASE.header, *BASE.rows]
    assert table.lines.tolist() == list(range(1, 10))


def test_a_workbook_gives_the_rows_of_its_csv() -> None:
    table = read_table(BASE.xlsx())
    plain = [[cell.removesuffix(".0") for cell in row] for row in BASE.rows]
    assert [row for row, _ in table.rows()] == [BASE.header, *plain]
    assert table.sheet == "cohort"


def test_rows_that_begin_with_the_sign_of_a_comment_are_left_out() -> None:
    table = read_table(b"#a b\n#c\nid,x\n1,2\n", TableOptions(comment="#"))
    assert list(table.rows()) == [(["id", "x"], 3), (["1", "2"], 4)]


def test_merged_cells_are_named_with_their_lines() -> None:
    book = BASE.workbook()
    book.active.merge_cells("B2:C4")
    assert [(block.name, block.first, block.last) for block in read_table(saved(book)).merged] == [("B2:C4", 2, 4)]


def test_the_sheets_with_cells_are_listed() -> None:
    book = BASE.workbook()
    book.create_sheet("empty")
    book.create_sheet("more").append(["a"])
    assert sheets_with_cells(saved(book)) == ("cohort", "more")
    assert read_table(saved(book), TableOptions(sheet="more")).row(0) == ["a"]


@pytest.mark.parametrize(
    "text", ["a: &x [1]\nb: *x\n", "a: " + "[" * 50 + "]" * 50, "a: 1\na: 2\n", "a: [1\n", "? [1]\n: 2\n"],
    ids=["reference", "deep", "twice", "open", "list as a name"],
)  # fmt: skip
def test_yaml_that_expands_or_contradicts_itself_is_refused(text: str, tmp_path: Path) -> None:
    path = tmp_path / "params.yml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(YamlError, match=r"params\.yml, line \d"):
        read_yaml(path)


def test_a_bomb_of_references_is_refused_at_once(tmp_path: Path) -> None:
    bomb = SHARED / "cases" / "hostile" / "bomb9.yml"
    if not bomb.is_file():
        pytest.skip("the case is not beside the project")
    start = time.monotonic()
    with pytest.raises(YamlError, match="References"):
        read_yaml(bomb)
    assert time.monotonic() - start < 1
