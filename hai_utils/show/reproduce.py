"""The commands that make a run, a chapter or a number again, as text to be copied."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from typing import Any

FILES = ("data", "dictionary")


def changed_parameters(parameters: Mapping[str, Any], defaults: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters that differ from the defaults, by name, as results that were read back have them."""
    return {name: value for name, value in sorted(parameters.items()) if name in defaults and value != defaults[name]}


def build_command(parameters: Mapping[str, Any], defaults: Mapping[str, Any]) -> str:
    """Return the ``hai build`` that makes a run with these parameters again.

    A file outside the project stands by its role alone, as a run keeps it.
    """
    words = ["hai", "build"]
    # A profile is named wherever the cohort alone might not tell it.
    if parameters.get("profile") and parameters.get("data") != defaults.get("data"):
        words += ["--profile", str(parameters["profile"])]
    for name, value in changed_parameters(parameters, defaults).items():
        words += [f"--{name}", str(value)] if name in FILES else ["--set", f"{name}={_setting(value)}"]
    return shlex.join(words)


def notebook_command(chapter: str, parameters: Mapping[str, Any], defaults: Mapping[str, Any]) -> str:
    """Return the papermill call that runs one chapter alone with these parameters."""
    words = ["papermill", f"notebooks/{chapter}.ipynb", "out.ipynb"]
    given = changed_parameters(parameters, defaults)
    if given:
        # JSON is YAML: a text that looks like a number or a truth value stays text.
        words += ["-y", json.dumps(given, ensure_ascii=False)]
    return shlex.join(words)


def number_command(key: str, method: str = "", run: str = "") -> str:
    """Return the ``hai number`` that prints one result."""
    words = ["hai", "number", key]
    for name, value in (("--method", method), ("--run", run)):
        words += [name, value] if value else []
    return shlex.join(words)


def _setting(value: Any) -> str:  # noqa: ANN401 - any parameter's value
    return ",".join(map(_setting, value)) if isinstance(value, list | tuple) else str(value)
