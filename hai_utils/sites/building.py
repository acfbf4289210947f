"""Build the book of one center, in a process that a warm server forks for it: nothing of it is left for the next."""

from __future__ import annotations

import gc
import io
from collections.abc import Sequence
from functools import partial

from hai_utils.book.site import set_up_once
from hai_utils.errors import DataError, HaiError
from hai_utils.profiles import is_published
from hai_utils.project import find_root
from hai_utils.run.book import BookOptions, make_book
from hai_utils.run.inputs import Inputs
from hai_utils.run.playing import play_book
from hai_utils.run.warming import import_for_notebooks, import_for_pages
from hai_utils.sites.tasks import BuildEnd, Task

# What a center's book lacks: the chapters that compare and check the numbers of the others. `hai build` makes them.
LEFT_OUT = ("05_methods_compared", "06_published_and_recomputed", "07_step_by_step", "08_other_choices")
# The site alone, as those who read many books do on a screen.
CENTER_BOOK = BookOptions(("html",), workers=1, whole=False)


def build_center(task: Task) -> BuildEnd:
    """Build one book in this process; whatever goes wrong is an answer."""
    try:
        make_book(task.inputs, task.out, _quietly(CENTER_BOOK), partial(play_book, without=_left_out(task.inputs)))
    except DataError as error:
        return BuildEnd(error.problems, error.exit_code)
    except HaiError as error:
        return BuildEnd((str(error),), error.exit_code)
    except OSError as error:
        return BuildEnd((f"The build failed: {error.strerror or type(error).__name__}.",), 3)
    except Exception as error:
        return BuildEnd((f"The build failed ({type(error).__name__}).",), 3)
    return BuildEnd()


def _left_out(inputs: Inputs) -> Sequence[str]:
    # Pages of the published study speak of all its chapters.
    return () if is_published(inputs.files["data"]) else LEFT_OUT


def _quietly(options: BookOptions) -> BookOptions:
    from dataclasses import replace

    return replace(options, stream=io.StringIO())


def ready_for_books() -> None:
    """Import all that a book needs, and set Sphinx up once; a process forked from this one has it."""
    import_for_notebooks()
    import_for_pages()
    set_up_once(find_root())
    gc.collect()
