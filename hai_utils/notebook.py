"""The few names that a notebook needs: its parameters, its cohort, what it shows, what it hands on."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hai_utils.cohort.model import Cohort
from hai_utils.cohort.reading import load_cohort
from hai_utils.parameters import Parameters, as_plain, field_names, load_parameters, validate
from hai_utils.project import PARAMETER_FILE, find_root
from hai_utils.results.files import write_results
from hai_utils.results.table import Results
from hai_utils.show.content import MIME_TYPE, Content, to_html, to_json, to_plain


def notebook_parameters(namespace: Mapping[str, Any]) -> Parameters:
    """Check the parameters that a notebook declares; the others have the values of ``params.yml``.

    Parameters
    ----------
    namespace : mapping
        The notebook's own names, ``globals()``.

    Raises
    ------
    ParameterError
        Naming the parameter, its value and what is allowed.
    """
    defaults = as_plain(load_parameters([find_root() / PARAMETER_FILE]))
    declared = {name: namespace[name] for name in field_names() if name in namespace}
    return validate({**defaults, **declared}, dict.fromkeys(declared, "in this notebook"))


def load(parameters: Parameters) -> Cohort:
    """Read and check the cohort; a relative path counts from the project's root."""
    return load_cohort(parameters, find_root())


def save(results: Results, folder: str) -> None:
    """Hand the results on to the runner; an empty folder, as in JupyterLab, writes nothing."""
    if folder:
        Path(folder).mkdir(parents=True, exist_ok=True)
        write_results(results, Path(folder))


def show(content: Content) -> None:
    """Show a table, a figure or sentences: as HTML in JupyterLab, as a numbered exhibit in the book."""
    from IPython.display import publish_display_data

    bundle = {MIME_TYPE: to_json(content), "text/html": to_html(content), "text/plain": to_plain(content)}
    publish_display_data(bundle)  # type: ignore[no-untyped-call]  # IPython publishes no types
