"""A server that has checked the inputs of a run and imported what its notebooks use."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from importlib import import_module
from types import TracebackType
from typing import Self

from hai_utils.errors import BuildError
from hai_utils.run.inputs import Inputs
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
    "hai_utils.show.tables.methods",
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
    "hai_utils.book.manuscript.documents",
    "hai_utils.book.mime",
    "hai_utils.book.site",
)


def import_for_notebooks() -> None:
    """Import what the notebooks use, so that processes forked from this one have it."""
    for name in _USED_BY_NOTEBOOKS:
        import_module(name)
    import nbformat

    # The code that checks a notebook is made from a schema, once a process.
    nbformat.validate(nbformat.v4.new_notebook())  # type: ignore[no-untyped-call]  # nbformat publishes no types


def import_for_pages() -> None:
    """Import what assembling the site needs."""
    for name in _USED_BY_PAGES:
        import_module(name)


@dataclass(frozen=True, slots=True)
class Checked:
    """What the check of a run's inputs says.

    Attributes
    ----------
    sha256 : str
        Of the cohort.
    warnings : tuple of str
        What looks doubtful or was read in another than the plain form, each once with its places, worst first.
    patients : int
        How many the cohort has.
    """

    sha256: str
    warnings: tuple[str, ...] = ()
    patients: int = 0


def check_inputs(inputs: Inputs) -> Checked:
    """Check what a run is made from.

    Raises
    ------
    DataError, ParameterError
        Where cohort or parameters are at fault.
    """
    # Both import pandas, which the process of a build itself has no other use for.
    from hai_utils.analyses.named import check_names
    from hai_utils.cohort.problems import entries
    from hai_utils.cohort.reading import keep_files, load_cohort
    from hai_utils.response.rules import check_choices

    check_choices(inputs.parameters)
    # The notebooks that are forked from this process find what is read here.
    keep_files(inputs.readable, inputs.root)
    cohort = load_cohort(inputs.readable, inputs.root)
    check_names(cohort, inputs.parameters)
    warnings = tuple(f"{one.place}: {one.problem.message}" for one in entries(cohort.warnings))
    return Checked(cohort.sha256, warnings, cohort.size)


@dataclass(frozen=True, slots=True)
class Warm:
    """A server that was started for one run.

    Attributes
    ----------
    server : Server
        Where the notebooks of the run may be run.
    checking : Prepared of Checked
        What the check says, once it is done.
    """

    server: Server
    checking: Prepared[Checked]

    def checked(self) -> Checked:
        """Return what the check of all inputs says.

        Raises
        ------
        DataError, ParameterError
            As `check_inputs` does.
        BuildError
            Where the server is gone.
        """
        try:
            return self.checking.result()
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


def warmed(inputs: Inputs) -> Warm:
    """Start a server that checks the inputs of a run and then imports what notebooks use; return at once."""
    server = Server()
    checking = server.prepare(partial(check_inputs, inputs))
    server.prepare(import_for_notebooks)
    return Warm(server, checking)
