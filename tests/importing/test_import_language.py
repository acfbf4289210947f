"""The words of a mapping file stand once: the schema, the help and the reader agree because they are one."""

from __future__ import annotations

import json

import jsonschema
import pytest
import yaml

from hai_utils.cohort.dictionary import standard_dictionary
from hai_utils.errors import DataError
from hai_utils.importing.language import SCHEMA_FILE, help_text, schema
from hai_utils.importing.mapping import parse_mapping

VARIABLES = dict(standard_dictionary())
GOOD = """\
file: {sheet: A, header_line: [3, 4], decimal: ","}
dates: {Pump: dmy}
since: Pump
moments:
  death: {date: [Died, Seen], where: Status, codes: {dead: yes, alive: no, "?": missing}}
columns:
  patient_id: {numbered: MRN}
  sex: {from: Gender, codes: {m: male, f: female}}
  age_years: Age
  os_months: {date: death, otherwise: Seen}
  os_event: {any_of: [death], otherwise: Seen}
"""


def test_the_schema_that_is_shipped_is_that_of_the_code() -> None:
    assert json.loads(SCHEMA_FILE.read_text(encoding="utf-8")) == json.loads(json.dumps(schema()))


def test_the_schema_accepts_what_the_reader_accepts() -> None:
    parse_mapping(GOOD, "m.yml", VARIABLES)
    jsonschema.validate(yaml.load(GOOD, Loader=yaml.BaseLoader), schema())


@pytest.mark.parametrize(
    ("wrong", "place", "near"),
    [
        ("colums:\n  sex: x\n", "'colums' is not known here", "'columns'"),
        ("file: {sheets: A}\n", "'sheets' is not known here", "'sheet'"),
        ("rows: {severel: last}\n", "'severel' is not known here", "'several'"),
        ("moments:\n  death: {dat: Died}\n", "'dat' is not known here", "'date'"),
        ("lesions: {lesion: x, role: y, day: z, long: a}\n", "'long' is not known here", "'long_mm'"),
    ],
)
def test_an_unknown_word_is_refused_with_the_near_one(wrong: str, place: str, near: str) -> None:
    with pytest.raises(DataError) as error:
        parse_mapping(wrong + "columns:\n  patient_id: id\n", "m.yml", VARIABLES)
    assert place in str(error.value)
    assert near in str(error.value)


@pytest.mark.parametrize("wrong", ["colums: {}\n", "file: {sheets: A}\n", "incomplete: keep\n"])
def test_the_schema_refuses_what_the_reader_refuses(wrong: str) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(
            yaml.load(GOOD.replace("file:", "rows: {}\n#"), Loader=yaml.BaseLoader) | yaml.safe_load(wrong), schema()
        )


def test_every_word_has_a_meaning_in_the_help() -> None:
    assert "None" not in help_text()
    for word in ("from", "any_of", "otherwise", "header_line", "partial_dates", "incomplete", "given"):
        assert f"    {word} " in help_text()


def test_a_reference_to_a_question_that_is_not_there_is_refused() -> None:
    text = (
        "questions: {status_ned: alive}\ncolumns:\n  patient_id: id\n  os_event: {from: x, codes: {NED: $status_med}}\n"
    )
    with pytest.raises(
        DataError, match=r"line 4, column 'os_event': no question is named 'status_med'\. Did you mean 'status_ned'"
    ):
        parse_mapping(text, "m.yml", VARIABLES)
