"""The commands that make a run again, as a shell and as `hai` and papermill read them."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest
import yaml

from hai_utils.commands.build import BuildRequest, resolve_parameters
from hai_utils.parameters import Parameters, as_plain
from hai_utils.profiles import resolve
from hai_utils.show.reproduce import build_command, notebook_command, number_command

CHANGES = [
    ("response_threshold_percent=30",),
    ("group_by=sex", "reference_group=female"),
    ("exclude=",),
    ("exclude=braf=mutant,sex=it's",),
    ("time_grid_months=0,4.5,12",),
    ("time_zero=A start; with $(signs) & “quotes”",),
]


def asked_for(command: str) -> BuildRequest:
    """Read a `hai build` as the command line does."""
    words = shlex.split(command)
    assert words[:2] == ["hai", "build"]
    pairs = list(zip(words[2::2], words[3::2], strict=True))
    settings = tuple(value for name, value in pairs if name == "--set")
    files = {name: Path(value) for name, value in pairs if name != "--set"}
    return BuildRequest(settings=settings, data=files.get("--data"), dictionary=files.get("--dictionary"))


@pytest.mark.parametrize("settings", CHANGES)
def test_the_build_command_gives_the_same_parameters_again(settings: tuple[str, ...], root: Path) -> None:
    changed = resolve(root, settings=settings)
    command = build_command(as_plain(changed), as_plain(resolve(root)))
    assert resolve_parameters(asked_for(command), root) == changed


def test_a_run_with_the_defaults_needs_no_words(parameters: Parameters) -> None:
    assert build_command(as_plain(parameters), as_plain(parameters)) == "hai build"


def test_files_are_given_as_files(parameters: Parameters) -> None:
    changed = parameters.model_copy(update={"data": "my cohort.csv", "dictionary": "more.csv"})
    command = build_command(as_plain(changed), as_plain(parameters))
    assert command == "hai build --data 'my cohort.csv' --dictionary more.csv"


def test_a_chapter_is_given_what_differs_as_papermill_reads_it(parameters: Parameters) -> None:
    changed = parameters.model_copy(update={"exclude": (), "reference_group": "no"})
    words = shlex.split(notebook_command("04_survival", as_plain(changed), as_plain(parameters)))
    assert words[:4] == ["papermill", "notebooks/04_survival.ipynb", "out.ipynb", "-y"]
    assert yaml.safe_load(words[4]) == {"exclude": [], "reference_group": "no"}


def test_a_number_is_asked_for_by_key_method_and_run() -> None:
    assert number_command("os.all.n") == "hai number os.all.n"
    assert number_command("os.all.n", "a_b", "my run") == "hai number os.all.n --method a_b --run 'my run'"
