"""Read and write pages in two processes where that is safe; what comes out does not depend on it."""

from __future__ import annotations

import io
import json
import logging
import pickle
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache as cache_of_calls
from typing import Any, cast

from docutils import nodes
from sphinx import addnodes
from sphinx.builders.html import StandaloneHTMLBuilder
from sphinx.environment import BuildEnvironment
from sphinx.search import IndexBuilder, WordStore
from sphinx.util.build_phase import BuildPhase
from sphinx.util.logging import LogCollector, convert_serializable

from hai_utils.book.cards import quoted_keys
from hai_utils.run.watched import DiedError, forking_is_safe, run_side_by_side

# Pages that take this long hang.
SECONDS = 300.0
# To start processes for fewer pages takes longer than to read them.
FEW = 3
CHAPTERS = "notebooks/"
Facts = dict[str, Any]
Written = Callable[[str, Facts], None]


def read_pages(
    builder: StandaloneHTMLBuilder, names: Sequence[str], noted: Callable[[Sequence[str]], Facts]
) -> list[Facts]:
    """Read pages into Sphinx's environment: prose in one process, which takes about as long as chapters in another.

    Parameters
    ----------
    builder : StandaloneHTMLBuilder
        Of the book.
    names : sequence of str
        The pages; nothing that was known of them stays.
    noted : callable
        Returns, in the process that read some pages, what this one is to know of them beside Sphinx's environment.

    Returns
    -------
    list of dict
        What `noted` returned in other processes; nothing where all pages were read in this one.
    """
    for name in names:
        builder.events.emit("env-purge-doc", builder.env, name)
        builder.env.clear_doc(name)
    chapters = [name for name in names if name.startswith(CHAPTERS)]
    shares = [share for share in (chapters, [name for name in names if name not in chapters]) if share]
    if _may_share(builder) and len(shares) > 1 and len(names) > FEW:
        works = [lambda share=share: _packed(_read_share(builder, share, noted)) for share in shares]
        try:
            answers = [_unpacked(text) for text in run_side_by_side(works, SECONDS)]
        except (DiedError, TimeoutError):
            pass
        else:
            return [_merged(builder, share, *answer) for share, answer in zip(shares, answers, strict=True)]
    for name in names:
        builder.read_doc(name)
    return []


def _may_share(builder: StandaloneHTMLBuilder) -> bool:
    return builder.config.hai_processes > 1 and forking_is_safe()


def _read_share(
    builder: StandaloneHTMLBuilder, names: Sequence[str], noted: Callable[[Sequence[str]], Facts]
) -> tuple[BuildEnvironment, list[logging.LogRecord], Facts]:
    said = LogCollector()
    with said.collect():
        for name in names:
            builder.read_doc(name)
    convert_serializable(said.logs)
    return builder.env, said.logs, noted(names)


def _merged(
    builder: StandaloneHTMLBuilder,
    names: Sequence[str],
    env: BuildEnvironment,
    said: Sequence[logging.LogRecord],
    facts: Facts,
) -> Facts:
    builder.env.merge_info_from(list(names), env, builder.app)
    for record in said:
        logging.getLogger(record.name).handle(record)
    return facts


def _packed(answer: Any) -> str:  # noqa: ANN401 - whatever can be pickled
    return b64encode(pickle.dumps(answer, pickle.HIGHEST_PROTOCOL)).decode("ascii")


def _unpacked(text: str) -> Any:  # noqa: ANN401 - whatever was packed
    return pickle.loads(b64decode(text))


def write_pages(builder: StandaloneHTMLBuilder, names: Sequence[str], written: Written) -> dict[str, Any]:
    """Write pages; return what the search is to know of each.

    Parameters
    ----------
    builder : StandaloneHTMLBuilder
        Of the book.
    names : sequence of str
        The pages.
    written : callable
        Called with the name of each page, and what the search is to know of it, by the process that wrote it.

    Returns
    -------
    dict of str to dict
        By page.
    """

    def size(name: str) -> int:
        return (builder.doctreedir / f"{name}.doctree").stat().st_size

    # The smallest is written first, in this process: what all pages take from the templates is then made once.
    order = sorted(names, key=size)
    found: dict[str, Any] = _write_share(builder, order[:1], written)["pages"]
    shares: list[list[str]] = [[] for _ in range(builder.config.hai_processes)]
    for name in reversed(order[1:]):
        min(shares, key=lambda share: sum(map(size, share))).append(name)
    works = [lambda share=share: json.dumps(_write_share(builder, share, written)) for share in shares if share]
    if len(works) > 1 and _may_share(builder):
        try:
            answers = [json.loads(text) for text in run_side_by_side(works, SECONDS)]
        except (DiedError, TimeoutError):
            answers = [_write_share(builder, order[1:], written)]
        else:
            for answer in answers:
                _warnings(builder).write(answer["warnings"])
    else:
        answers = [_write_share(builder, order[1:], written)]
    for answer in answers:
        found |= answer["pages"]
    return found


def _warnings(builder: StandaloneHTMLBuilder) -> io.StringIO:
    """Return where the application writes its warnings; `hai_utils.book.site` gives it a text buffer."""
    return cast(io.StringIO, builder.app._warning)


def indexer(builder: StandaloneHTMLBuilder) -> IndexBuilder:
    """Return what collects the words for the search; every site of this book has one."""
    return cast(IndexBuilder, builder.indexer)


def _write_share(builder: StandaloneHTMLBuilder, names: Sequence[str], written: Written) -> dict[str, Any]:
    stream = _warnings(builder)
    said = len(stream.getvalue())
    pages = {}
    with _loaded_once(builder.env) as load:
        for name in names:
            builder.app.phase = BuildPhase.RESOLVING
            doctree = builder.env.get_and_resolve_doctree(name, builder, load(name))
            builder.app.phase = BuildPhase.WRITING
            builder.imgpath = builder.get_relative_uri(name, builder.imagedir)
            builder.post_process_images(doctree)
            pages[name] = _search_entry(builder, name, doctree)
            builder.write_doc(name, doctree)
            written(name, pages[name])
    return {"pages": pages, "warnings": stream.getvalue()[said:]}


@contextmanager
def _loaded_once(env: BuildEnvironment) -> Iterator[Callable[[str], nodes.document]]:
    """Let references to numbers, which only look at the page they lead to, load it once; give what loads one to change."""
    load = env.get_doctree
    vars(env)["get_doctree"] = cache_of_calls(load)
    try:
        yield load
    finally:
        del vars(env)["get_doctree"]


def _search_entry(builder: StandaloneHTMLBuilder, name: str, doctree: nodes.document) -> dict[str, Any]:
    title = builder.env.longtitles.get(name)
    words: WordStore = indexer(builder)._word_collector(doctree)
    uris = {node["uri"] for node in doctree.findall(nodes.image)}
    return {
        "title": builder.render_partial(title)["title"] if title else "",
        "titles": words.titles,
        "title_words": list(dict.fromkeys(words.title_words)),
        "words": list(dict.fromkeys(words.words)),
        "stems": {word: indexer(builder).lang.stem(word) for word in {*words.title_words, *words.words}},
        "entries": [node["entries"] for node in doctree.findall(addnodes.index)],
        "keys": quoted_keys(doctree),
        "images": {uri: builder.images[uri] for uri in sorted(uris) if uri in builder.images},
    }
