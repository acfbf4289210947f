"""The few names that a notebook needs: its parameters, its cohort, what it shows, what it hands on."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from typing import Any

from hai_utils.analyst import StudyCohort, study_cohort
from hai_utils.parameters import RESULTS_PARAMETER, Parameters, as_plain, field_names
from hai_utils.profiles import PAPER, resolve
from hai_utils.project import find_root
from hai_utils.results.files import hand_on
from hai_utils.results.table import Results
from hai_utils.show.content import MIME_TYPE, Content, to_html, to_json, to_plain
from hai_utils.show.evidence import Evidence
from hai_utils.show.evidence.rendering import section, text
from hai_utils.show.narrative import MIME_TYPE as PROSE_TYPE
from hai_utils.show.narrative import Prose
from hai_utils.show.tables.frames import table

__all__ = ["load", "notebook_parameters", "save", "show", "table"]

# How the parameters cell of a notebook begins, and the one that papermill puts after it.
PARAMETERS_MARK = "# Parameters"


def notebook_parameters(namespace: Mapping[str, Any]) -> Parameters:
    """Check the parameters that a notebook was given; the others have the values of ``params.yml``.

    Parameters
    ----------
    namespace : mapping
        The notebook's own names, ``globals()``; IPython keeps the cells that ran in it as ``In``.

    Raises
    ------
    ParameterError
        Naming the parameter, its value and what is allowed; for a name that is no parameter, the nearest one.
    """
    cells = [cell for cell in namespace.get("In", ()) if cell.startswith(PARAMETERS_MARK)]
    names = dict.fromkeys([*field_names(), *_assigned(cells)])
    values = {name: namespace[name] for name in names if name in namespace and name != RESULTS_PARAMETER}
    # What the notebook's own cell has as it was published is no choice; what papermill was told is one.
    told, usual = set(_assigned(cells[1:])), as_plain(resolve(find_root(), profile=PAPER))
    given = {name: value for name, value in values.items() if name in told or value != usual.get(name)}
    return resolve(find_root(), layers=[("in this notebook", given)])


def _assigned(cells: Sequence[str]) -> list[str]:
    """Return the names that cells of parameters give a value, whether or not they are parameters."""
    statements = [node for cell in cells for node in ast.parse(cell).body]
    targets = [
        target
        for node in statements
        if isinstance(node, ast.Assign | ast.AnnAssign)
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
    ]
    return [target.id for target in targets if isinstance(target, ast.Name)]


def load(parameters: Parameters) -> StudyCohort:
    """Read and check the cohort; a relative path counts from the project's root."""
    return study_cohort(parameters, find_root())


def save(results: Results, folder: str) -> None:
    """Hand the results on to the runner; an empty folder, as in JupyterLab, writes nothing."""
    hand_on(results, folder)


def show(*contents: Content | Prose | Evidence, where: bool = True) -> None:
    """Show tables, figures, words or evidence: as HTML in JupyterLab, exhibits numbered and words as paragraphs in the book.

    Parameters
    ----------
    *contents : Content, Prose or Evidence
        What is shown; empty words are not.
    where : bool
        Whether the chapter has it for this cohort; otherwise nothing is shown, and the book leaves the cell out.
    """
    from IPython.display import publish_display_data

    for content in contents if where else ():
        if content != Prose(""):
            publish_display_data(_bundle(content))  # type: ignore[no-untyped-call]  # IPython publishes no types


def _bundle(content: Content | Prose | Evidence) -> dict[str, Any]:
    if isinstance(content, Evidence):
        return {"text/html": section(content), "text/plain": text(content)}
    if isinstance(content, Prose):
        words = content.plain_markdown
        return {PROSE_TYPE: content.markdown, "text/markdown": words, "text/plain": words}
    return {MIME_TYPE: to_json(content), "text/html": to_html(content), "text/plain": to_plain(content)}
