"""Build the book of one center, in a process that a warm server forks for it: nothing of it is left for the next."""

from __future__ import annotations

import gc
import io

from hai_utils.errors import DataError, HaiError
from hai_utils.run.book import BookOptions, make_book
from hai_utils.run.warming import import_for_notebooks, import_for_pages
from hai_utils.sites.tasks import BuildEnd, Task

# The site alone, as those who read many books do on a screen.
CENTER_BOOK = BookOptions(("html",), workers=1)


def build_center(task: Task) -> BuildEnd:
    """Build one book in this process; whatever goes wrong is an answer."""
    try:
        make_book(task.inputs, task.out, _quietly(CENTER_BOOK))
    except DataError as error:
        return BuildEnd(error.problems, error.exit_code)
    except HaiError as error:
        return BuildEnd((str(error),), error.exit_code)
    except OSError as error:
        return BuildEnd((f"The build failed: {error.strerror or type(error).__name__}.",), 3)
    except Exception as error:
        return BuildEnd((f"The build failed ({type(error).__name__}).",), 3)
    return BuildEnd()


def _quietly(options: BookOptions) -> BookOptions:
    from dataclasses import replace

    return replace(options, stream=io.StringIO())


def import_for_books() -> None:
    """Import all that a book needs; a process forked from this one has it."""
    import_for_notebooks()
    import_for_pages()
    gc.collect()
