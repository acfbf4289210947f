"""Build the book of one center, in a process that a warm server forks for it: nothing of it is left for the next."""

from __future__ import annotations

import contextlib
import gc
import io
import re

from hai_utils.errors import DataError, HaiError
from hai_utils.project import find_root
from hai_utils.run.book import BookOptions, make_book
from hai_utils.run.warming import import_for_notebooks, import_for_pages
from hai_utils.sites.tasks import Answer, Task

_DOCUMENTED = re.compile(r"^\.\. automodule:: ([\w.]+)$", re.MULTILINE)
# The site alone, as those who read many books do on a screen.
CENTER_BOOK = BookOptions(("html",), keep_parts=False, workers=1)


def build_center(task: Task) -> Answer:
    """Build one book in this process; whatever goes wrong is an answer."""
    try:
        make_book(task.root, task.parameters, task.out, _quietly(CENTER_BOOK))
    except DataError as error:
        return Answer(error.problems, error.exit_code)
    except HaiError as error:
        return Answer((str(error),), error.exit_code)
    except OSError as error:
        return Answer((f"The build failed: {error.strerror or type(error).__name__}.",), 3)
    except Exception as error:
        return Answer((f"The build failed ({type(error).__name__}).",), 3)
    return Answer()


def _quietly(options: BookOptions) -> BookOptions:
    from dataclasses import replace

    return replace(options, stream=io.StringIO())


def import_for_books() -> None:
    """Import all that a book needs; a process forked from this one has it."""
    import_for_notebooks()
    import_for_pages()
    with contextlib.suppress(HaiError):
        _read_documented_modules()
    gc.collect()


def _read_documented_modules() -> None:
    """Let Sphinx read the code that the reference pages document: what it finds is kept, and every book shows it."""
    from sphinx.errors import PycodeError
    from sphinx.pycode import ModuleAnalyzer

    for page in sorted((find_root() / "book").glob("*.md")):
        for name in _DOCUMENTED.findall(page.read_text(encoding="utf-8")):
            # What is wrong with a page is said by the build of each book.
            with contextlib.suppress(PycodeError):
                ModuleAnalyzer.for_module(name).analyze()
