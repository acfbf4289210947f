"""The page that documents the mapping is made from the language and from examples that were run: `python -m tests.importing.test_import_page`."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import yaml

from hai_utils.cohort.dictionary import standard_dictionary
from hai_utils.importing.applying import apply_mapping
from hai_utils.importing.language import (
    VERBS,
    FileOptions,
    LesionColumns,
    MappingFile,
    Moment,
    RowRules,
    described,
)
from hai_utils.importing.mapping import parse_mapping
from hai_utils.importing.sheets import parse_sheet

HERE = Path(__file__).resolve().parent
PAGE = HERE.parents[1] / "docs" / "mapping.md"
VARIABLES = dict(standard_dictionary())
INTRODUCTION = """\
# The mapping of an export

`hai import FILE --guess` writes a mapping, `hai import FILE --mapping FILE_mapping.yml` applies it. It is a small YAML file: which
column of the export becomes which column of the cohort, and how its cells are read. `hai import --help-mapping` prints the words
below; `hai_utils/importing/mapping.schema.json` lets an editor complete them. Each example was run: what stands below it is
what came out.
"""


def table(rows: list[list[str]]) -> list[str]:
    lines = ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows]
    return [lines[0], "|" + "---|" * len(rows[0]), *lines[1:]]


def example(title: str, export: str, mapping: str) -> list[str]:
    made = apply_mapping(
        parse_sheet(export.encode(), "export.csv"), parse_mapping(mapping, "m.yml", VARIABLES), VARIABLES
    )
    said = [line for line in made.log if "left out" in line] + [one.message for one in made.remarks]
    rows, cohort = (list(csv.reader(io.StringIO(text))) for text in (export, made.csv_text))
    return [
        f"## {title}",
        "",
        *table(rows),
        "",
        "```yaml",
        mapping.rstrip(),
        "```",
        "",
        *table(cohort),
        "",
        *(f"*{line}*\n" for line in said),
    ]


def page() -> str:
    lines = [INTRODUCTION]
    blocks = [("The file", MappingFile), ("file", FileOptions), ("rows", RowRules), ("moments", Moment)]
    blocks += [(f"columns, by {verb}", record) for verb, record in VERBS.items()] + [("lesions", LesionColumns)]
    for one in yaml.load((HERE / "mapping_examples.yml").read_text(encoding="utf-8"), Loader=yaml.BaseLoader):
        lines += example(one["title"], one["table"], one["mapping"])
    lines.append("# Words\n")
    for title, record in blocks:
        lines += [f"## {title}", "", " ".join((record.__doc__ or "").split()), ""]
        lines += [*table([["word", "meaning"], *([f"`{word}`", meaning] for word, meaning in described(record))]), ""]
    return "\n".join(lines)


def test_the_page_of_the_mapping_is_that_of_the_code() -> None:
    assert PAGE.read_text(encoding="utf-8") == page()


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
