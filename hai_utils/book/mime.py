"""The plug-in by which myst_nb turns what a cell shows into nodes of the page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from docutils import nodes

from hai_utils.book.nodes import content_nodes
from hai_utils.show.content import MIME_TYPE, from_json


class HaiMimeRenderer:
    """Renders the project's MIME type; leaves every other to myst_nb."""

    mime_priority_overrides: ClassVar[Sequence[tuple[str, str, int | None]]] = [("*", MIME_TYPE, 1)]

    @staticmethod
    def handle_mime(renderer: Any, data: Any, inline: bool) -> list[nodes.Element] | None:  # noqa: ANN401 - myst_nb's types
        """Return nodes for the project's content, None for anything else."""
        if data.mime_type != MIME_TYPE or inline:
            return None
        return content_nodes(from_json(data.content), renderer.renderer.document)
