"""Parameters: one file, typed, closed; what is wrong is said in a sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from hai_utils.commands.parameter_table import parameter_rows
from hai_utils.errors import ParameterError
from hai_utils.parameters import describe_allowed, field_names, load_parameters, render
from hai_utils.profiles import resolve
from tests.conftest import ROOT, run_hai

DEFAULTS = ROOT / "params.yml"


def test_params_yml_is_what_the_model_writes() -> None:
    """Values and their explanations stand once: the file's comments are the model's descriptions."""
    assert DEFAULTS.read_text(encoding="utf-8") == render(load_parameters([DEFAULTS]))


def test_rendered_parameters_read_back_equal(tmp_path: Path) -> None:
    parameters = load_parameters([DEFAULTS], ["reference_group=no", "time_zero=A: 'b' \"c\" # d", "exclude=a=b, c=d"])
    copy = tmp_path / "copy.yml"
    copy.write_text(render(parameters), encoding="utf-8")
    assert load_parameters([copy]) == parameters


def test_no_is_a_level_and_not_a_falsehood() -> None:
    assert load_parameters([DEFAULTS], ["reference_group=no"]).reference_group == "no"


def test_later_files_and_settings_win(tmp_path: Path) -> None:
    file = tmp_path / "mine.yml"
    file.write_text("survival_test: tarone_ware\nstyle: jama\n", encoding="utf-8")
    parameters = load_parameters([DEFAULTS, file], ["style=nejm"])
    assert (parameters.survival_test, parameters.style) == ("tarone_ware", "nejm")


def test_the_recommended_profile_holds_only_what_differs() -> None:
    plain = load_parameters([DEFAULTS])
    profile = ROOT / "profiles" / "recommended.yml"
    recommended = load_parameters([DEFAULTS, profile])
    named = {
        line.partition(":")[0] for line in profile.read_text(encoding="utf-8").splitlines() if line and line[0] != "#"
    }
    assert named == {name for name in field_names() if getattr(plain, name) != getattr(recommended, name)}


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("respons_criterion=paper", "Did you mean 'response_criterion'"),
        ("response_criterion=recist", "Did you mean 'recist_1_1'"),
        ("confidence_level=95", "less than 1"),
        ("confidence_level=nan", "cannot be 'nan'"),
        ("time_grid_months=12, 6", "must ascend"),
        ("exclude=braf", "not column=level"),
        ("permutation_draws=many", "whole number"),
        ("style", "NAME=VALUE"),
    ],
)
def test_a_fault_names_parameter_and_remedy(setting: str, said: str) -> None:
    with pytest.raises(ParameterError, match=said):
        load_parameters([DEFAULTS], [setting])


@pytest.mark.parametrize("text", ["a: [", "- a\n- b\n", "\tx: 1"])
def test_a_file_that_is_no_mapping_is_refused(text: str, tmp_path: Path) -> None:
    file = tmp_path / "mine.yml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ParameterError, match=r"mine\.yml"):
        load_parameters([DEFAULTS, file])


def test_all_faults_are_said_at_once() -> None:
    with pytest.raises(ParameterError) as caught:
        load_parameters([DEFAULTS], ["style=bmj", "rounding=up"])
    assert "style" in str(caught.value)
    assert "rounding" in str(caught.value)


@pytest.mark.parametrize("name", ["title", "authors", "checklist_answers"])
def test_a_parameter_that_moved_to_the_study_file_says_so(name: str) -> None:
    with pytest.raises(
        ParameterError, match=rf"'{name}' \(given with --set\) has moved: write '{name}:' in the study file"
    ):
        load_parameters([DEFAULTS], [f"{name}=x"])


def test_the_study_file_says_from_when_times_count_and_a_setting_wins(tmp_path: Path) -> None:
    study = tmp_path / "study.yml"
    study.write_text("time_zero: liver resection\n", encoding="utf-8")
    settings = [f"study={study}"]
    assert resolve(ROOT, settings=settings).time_zero == "liver resection"
    assert resolve(ROOT, settings=[*settings, "time_zero=birth"]).time_zero == "birth"
    assert resolve(ROOT).time_zero == ""


def test_the_table_names_the_chapter_that_decides_a_parameter() -> None:
    rows = {row[0]: row for row in parameter_rows(ROOT)}
    assert tuple(rows) == field_names()
    assert rows["study"][4] == "the book"
    assert rows["permutation_draws"][1:5] == (
        "whole number",
        "9999",
        describe_allowed("permutation_draws"),
        "5",
    )
    assert rows["baseline_variables"][4] == "1"
    assert rows["group_by"][4] == "all"
    assert {row[1] for row in rows.values()} == {"text", "list", "choice", "number", "whole number"}


def test_parameters_that_are_not_read_on_a_terminal_are_a_params_yml() -> None:
    assert run_hai("params").stdout == DEFAULTS.read_text(encoding="utf-8")
