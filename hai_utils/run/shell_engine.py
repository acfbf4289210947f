"""Papermill engines that say in a small file which cell is running; the first runs the cells in this very process.

A kernel has to start and imports the stack anew; a process forked from one that has imported it starts at
once. The outputs are those that a kernel would give: streams, displays, results and errors, in order.
"""

from __future__ import annotations

import atexit
import io
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

import matplotlib
import nbformat
import pandas
from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from jupyter_core.utils import ensure_event_loop
from matplotlib_inline.backend_inline import configure_inline_support, set_matplotlib_formats
from matplotlib_inline.config import InlineBackend
from papermill.engines import Engine, NBClientEngine, papermill_engines
from traitlets.config import Config

ENGINE = "hai_shell"
KERNEL_ENGINE = "hai_kernel"
COLUMNS_IN_A_KERNEL = 20
INLINE = "module://matplotlib_inline.backend_inline"


def note_cell(status: str, index: int, count: int) -> None:
    """Note which cell of how many is running, for the display of progress and the watchdog."""
    if status:
        Path(status).write_text(f"{index} {count}", encoding="ascii")


class _Stream(io.TextIOBase):
    """Collects what is written to stdout or stderr, a run of one stream as one output."""

    def __init__(self, name: str, outputs: list[Any]) -> None:
        self._name, self._outputs = name, outputs

    def write(self, text: str) -> int:
        last = self._outputs[-1] if self._outputs else None
        if last is not None and last.output_type == "stream" and last.name == self._name:
            last.text += text
        elif text:
            self._outputs.append(nbformat.v4.new_output("stream", name=self._name, text=text))
        return len(text)


class _Publisher(DisplayPublisher):
    """Collects displays as a kernel sends them."""

    outputs: list[Any] = []  # noqa: RUF012 - replaced for each cell

    def publish(self, data: Any, metadata: Any = None, *_: Any, **__: Any) -> None:  # noqa: ANN401 - IPython's own signature
        self.outputs.append(nbformat.v4.new_output("display_data", data=dict(data), metadata=dict(metadata or {})))

    def clear_output(self, wait: bool = False) -> None:
        self.outputs.clear()


class _Hook(DisplayHook):
    """Collects a cell's last expression as its result, all MIME types kept."""

    outputs: list[Any] = []  # noqa: RUF012 - replaced for each cell

    def write_output_prompt(self) -> None:
        """Write no prompt."""

    def write_format_data(self, format_dict: Any, md_dict: Any = None) -> None:  # noqa: ANN401 - IPython's own signature
        result = nbformat.v4.new_output(
            "execute_result", data=dict(format_dict), metadata=dict(md_dict or {}), execution_count=self.prompt_count
        )
        self.outputs.append(result)

    def finish_displayhook(self) -> None:
        """End without a line break on the real stdout."""


class _Shell(InteractiveShell):
    """A shell without history, terminal or banner."""

    display_pub: _Publisher
    displayhook: _Hook

    def __init__(self, **kwargs: Any) -> None:  # noqa: ANN401 - traitlets' own signature
        # No database of history is opened either.
        settings = Config({"HistoryManager": {"enabled": False}})
        super().__init__(displayhook_class=_Hook, display_pub_class=_Publisher, config=settings, **kwargs)

    def enable_gui(self, gui: str | None = None) -> None:
        """Start no event loop: figures are outputs of cells."""

    def showtraceback(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - IPython's own signature
        """Print nothing: the error is an output of the cell."""

    @contextmanager
    def collecting(self) -> Iterator[list[Any]]:
        """Collect all that a cell gives out."""
        outputs: list[Any] = []
        self.display_pub.outputs = outputs
        self.displayhook.outputs = outputs
        with redirect_stdout(_Stream("stdout", outputs)), redirect_stderr(_Stream("stderr", outputs)):
            yield outputs


class ShellEngine(Engine):
    """Runs a notebook's cells one after another in a fresh shell; the first error ends it."""

    @classmethod
    def execute_managed_notebook(cls, nb_man: Any, kernel_name: str, *, status: str = "", **_: Any) -> None:  # noqa: ANN401 - papermill's signature
        """Execute the notebook that papermill manages."""
        with _fresh_shell() as shell:
            for index, cell in enumerate(nb_man.nb.cells):
                note_cell(status, index, len(nb_man.nb.cells))
                if cell.cell_type == "code" and cell.source.strip() and not _run(nb_man, shell, cell, index):
                    break


@contextmanager
def _fresh_shell() -> Iterator[_Shell]:
    _Shell.clear_instance()
    # The instance that display functions find is this one.
    shell = _Shell.instance()
    # A kernel names it by a variable of the environment, which Matplotlib has read before this process was forked.
    matplotlib.rcParams["backend"] = INLINE
    # A kernel's shell is told how figures are shown when the backend's module is imported: here that was long ago.
    # The formats it chooses for the first shell of a process alone, so each is told them.
    configure_inline_support(shell, INLINE)
    set_matplotlib_formats(*InlineBackend.instance().figure_formats)
    # pandas shortens printed tables by the width of a terminal, unless it is imported in a kernel.
    pandas.set_option("display.max_columns", COLUMNS_IN_A_KERNEL)
    try:
        yield shell
    finally:
        # What IPython would do at the end of the process: nothing that this shell needs, and it searches all memory.
        atexit.unregister(shell.atexit_operations)
        _Shell.clear_instance()
        # IPython keeps shells for as long as the process lives, which for the live page is long: not what their cells made
        # and showed, which all shells note in one place.
        shell.user_ns.clear()
        if shell.history_manager is not None:
            shell.history_manager.outputs.clear()


def outputs_of(sources: Iterable[str]) -> Iterator[tuple[list[Any], str]]:
    """Run cells one after another in a fresh shell; yield what each gives out, and in a sentence why it failed.

    Parameters
    ----------
    sources : iterable of str
        The code of each cell; run as it is asked for.
    """
    with _fresh_shell() as shell:
        for source in sources:
            with shell.collecting() as outputs:
                outcome = shell.run_cell(source, store_history=True)
            error = outcome.error_before_exec or outcome.error_in_exec
            yield outputs, f"{type(error).__name__}: {error}" if error is not None else ""


class KernelEngine(NBClientEngine):
    """Runs a notebook in an ordinary kernel."""

    @classmethod
    def execute_managed_notebook(cls, nb_man: Any, kernel_name: str, *, status: str = "", **options: Any) -> None:  # noqa: ANN401 - papermill's signature
        """Execute the notebook that papermill manages."""
        start = nb_man.cell_start

        def noted(cell: Any, cell_index: int | None = None, **more: Any) -> None:  # noqa: ANN401 - papermill's signature
            note_cell(status, cell_index or 0, len(nb_man.nb.cells))
            start(cell, cell_index, **more)

        nb_man.cell_start = noted
        try:
            super().execute_managed_notebook(nb_man, kernel_name, **options)
        finally:
            # The loop that nbclient leaves open in each thread that runs a kernel.
            ensure_event_loop().close()


def _run(nb_man: Any, shell: _Shell, cell: Any, index: int) -> bool:  # noqa: ANN401 - papermill's and nbformat's objects
    nb_man.cell_start(cell, index)
    with shell.collecting() as outputs:
        outcome = shell.run_cell(cell.source, store_history=True)
    cell.execution_count = shell.execution_count - 1
    error = outcome.error_before_exec or outcome.error_in_exec
    if error is not None:
        outputs.append(_error_output(shell, error))
    cell.outputs = outputs
    if error is not None:
        nb_man.cell_exception(cell, cell_index=index, exception=error)
    nb_man.cell_complete(cell, cell_index=index)
    return error is None


def _error_output(shell: _Shell, error: BaseException) -> Any:  # noqa: ANN401 - nbformat's output
    traceback = shell.InteractiveTB.structured_traceback(type(error), error, error.__traceback__, tb_offset=1)
    return nbformat.v4.new_output("error", ename=type(error).__name__, evalue=str(error), traceback=list(traceback))


papermill_engines.register(ENGINE, ShellEngine)
papermill_engines.register(KERNEL_ENGINE, KernelEngine)
