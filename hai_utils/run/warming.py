"""A server that has checked the inputs of a run and imported what its notebooks use."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from importlib import import_module
from pathlib import Path
from types import TracebackType
from typing import Self

from hai_utils.errors import BuildError
from hai_utils.parameters import Parameters
from hai_utils.run.processes.job import DiedError
from hai_utils.run.processes.server import Prepared, Server

# Processes that a build uses at a time.
WORKERS = 2
# What notebooks and the shell that runs them import when they first need it, beside what the engine imports itself.
_USED_BY_NOTEBOOKS = (
    "papermill",
    "IPython.core.completer",
    "IPython.core.completerlib",
    "IPython.core.magics",
    "matplotlib.backends.backend_svg",
    "hai_utils.analyses",
    "hai_utils.audit.beside_chapter",
    "hai_utils.audit.chapter",
    "hai_utils.show.figures",
    "hai_utils.show.method_tables",
    "hai_utils.notebook",
    "hai_utils.audit.notebook",
    "hai_utils.run.shared_analysis",
    "hai_utils.run.shell_engine",
    "hai_utils.show.narrative",
    "hai_utils.show.sentences",
    "hai_utils.show.tables",
)
# What Sphinx loads when it starts, beside itself.
_USED_BY_PAGES = (
    "jupyter_book.config",
    "sphinx.application",
    "sphinx.builders.html",
    "sphinx_book_theme",
    "sphinx_external_toc",
    "sphinx_copybutton",
    "sphinxcontrib.bibtex",
    "myst_nb.sphinx_ext",
    "hai_utils.book.extension",
    "hai_utils.book.site",
)


def import_for_notebooks() -> None:
    """Import what the notebooks use, so that processes forked from this one have it."""
    for name in _USED_BY_NOTEBOOKS:
        import_module(name)
    from nbformat.validator import get_validator

    # It makes the code that checks a notebook from a schema, once a process.
    get_validator()  # type: ignore[no-untyped-call]  # nbformat publishes no types


def import_for_pages() -> None:
    """Import what assembling the site needs."""
    for name in _USED_BY_PAGES:
        import_module(name)


def check_inputs(parameters: Parameters, root: Path) -> str:
    """Check what a run is made from and return the SHA-256 of the cohort.

    Raises
    ------
    DataError, ParameterError
        Where cohort or parameters are at fault.
    """
    # Both import pandas, which the process of a build itself has no other use for.
    from hai_utils.cohort.reading import load_cohort
    from hai_utils.response.rules import check_choices

    check_choices(parameters)
    return load_cohort(parameters, root).sha256


@dataclass(frozen=True, slots=True)
class Warm:
    """A server that was started for one run.

    Attributes
    ----------
    server : Server
        Where the notebooks of the run may be run.
    digest : Prepared of str
        The SHA-256 of the cohort, once the inputs are checked.
    """

    server: Server
    digest: Prepared[str]

    def checked(self) -> str:
        """Return the SHA-256 of the cohort, with all inputs checked.

        Raises
        ------
        DataError, ParameterError
            As `check_inputs` does.
        BuildError
            Where the server is gone.
        """
        try:
            return self.digest.result()
        except DiedError:
            raise BuildError(
                "The process that checks the cohort ended unexpectedly; memory may have run out. Build again."
            ) from None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.server.end()


def warmed(parameters: Parameters, root: Path) -> Warm:
    """Start a server that checks the inputs of a run and then imports what notebooks use; return at once."""
    server = Server()
    digest = server.prepare(partial(check_inputs, parameters, root))
    server.prepare(import_for_notebooks)
    return Warm(server, digest)
