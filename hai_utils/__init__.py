"""A literate, re-runnable report of a small oncology cohort.

The names that notebooks use; each is imported when it is first asked for, so that a command that needs none is quick.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from hai_utils import figures, method_tables, sentences, tables
    from hai_utils.analyses import analyse
    from hai_utils.audit import beside_chapter
    from hai_utils.audit import chapter as audit_chapter
    from hai_utils.notebook import load, notebook_parameters, save, show
    from hai_utils.notebook_audit import audit_published, beside_published

_EXPORTS = {
    "analyse": "hai_utils.analyses",
    "audit_published": "hai_utils.notebook_audit",
    "beside_published": "hai_utils.notebook_audit",
    "load": "hai_utils.notebook",
    "notebook_parameters": "hai_utils.notebook",
    "save": "hai_utils.notebook",
    "show": "hai_utils.notebook",
}
_CHAPTERS = {"audit_chapter": "hai_utils.audit.chapter", "beside_chapter": "hai_utils.audit.beside_chapter"}
_MODULES = ("figures", "method_tables", "sentences", "tables")
__all__ = [
    "analyse",
    "audit_chapter",
    "audit_published",
    "beside_chapter",
    "beside_published",
    "figures",
    "load",
    "method_tables",
    "notebook_parameters",
    "save",
    "sentences",
    "show",
    "tables",
]


def __getattr__(name: str) -> Any:  # noqa: ANN401 - the type of whatever is asked for
    if name in _EXPORTS:
        return getattr(import_module(_EXPORTS[name]), name)
    if name in _CHAPTERS:
        return import_module(_CHAPTERS[name])
    if name in _MODULES:
        return import_module(f"hai_utils.{name}")
    raise AttributeError(f"module 'hai_utils' has no attribute '{name}'")
