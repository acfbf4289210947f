"""Build hook: the wheel brings the default project, so that a book can be built where there is no checkout."""

from __future__ import annotations

from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

# Where `hai_utils.project` looks for it.
TARGET = "hai_utils/default_project"


class DefaultProjectHook(BuildHookInterface):  # type: ignore[type-arg, misc]  # the configuration of the builder is not read
    """Add the files and folders that ``pyproject.toml`` lists; an editable installation has them in the checkout."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add them to what the wheel includes."""
        if version != "editable":
            build_data["force_include"] |= {name: f"{TARGET}/{name}" for name in self.config["default-project"]}
