"""The files beside the site: the manuscript as DOCX and PDF, and figures for print."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from io import BytesIO
from pathlib import Path

from hai_utils.book.manuscript.checklists.forms import Forms
from hai_utils.book.manuscript.composing import Manuscript, compose
from hai_utils.book.manuscript.converting import figure_of
from hai_utils.book.manuscript.exports import DOWNLOADS, FONTS, FORMATS, STYLES
from hai_utils.book.manuscript.labelling import label_of
from hai_utils.book.manuscript.measuring import measure_of
from hai_utils.book.manuscript.model import Article, PrintedFigure
from hai_utils.book.manuscript.typesetting import drawn, manuscript_pdf
from hai_utils.book.manuscript.word.writing import FIGURE_MILLIMETRES, manuscript_docx
from hai_utils.book.state import BookRun
from hai_utils.show.content import Figure
from hai_utils.show.wording import label

PRINT = "print"
DOTS = 300
# Two columns of most journals, or one, which has the narrow drawing: its letters are as large there.
PRINT_MILLIMETRES = {"two": 174.0, "one": 84.0}
PRINT_DOTS = (300, 600)
FIGURES, FIGURES_STAMP = "figures", "figures.json"
# Part of each stamp: raised with every change to how a drawing becomes a file.
DRAWING_VERSION = "2"


def manuscript_of(run: BookRun, formats: Collection[str]) -> Manuscript | None:
    """Compose the manuscript where a document is asked for, or where an author's texts name what has to be there.

    Raises
    ------
    StudyError
        As `hai_utils.book.manuscript.composing.compose` does.
    """
    return compose(run) if run.texts.texts or any(name in formats for name in FORMATS) else None


def write_documents(
    run: BookRun, manuscript: Manuscript | None, formats: Collection[str], previous: Path | None = None
) -> list[str]:
    """Write the documents of a run into its folder, and return their names.

    Parameters
    ----------
    run : BookRun
        The run.
    manuscript : Manuscript, optional
        See `manuscript_of`.
    formats : collection of str
        Any of ``docx``, ``pdf`` and ``print``; others are of no concern here.
    previous : Path, optional
        An earlier run whose figures are taken over where they are the same.

    Raises
    ------
    BuildError
        Where Pandoc or Typst fails.
    """
    wanted = [name for name in FORMATS if name in formats]
    written: dict[str, bytes] = {}
    if manuscript is not None:
        for article in (manuscript.article, manuscript.supplement):
            written |= _documents(article, wanted, run.root)
        if "docx" in wanted:
            forms = list(Forms(run, manuscript, run.root / FONTS).articles())
            # Pandoc is a program of its own: two run side by side.
            with ThreadPoolExecutor(2) as pool:
                for made in pool.map(lambda form: _documents(form, ["docx"], run.root), forms):
                    written |= made
    for name, content in written.items():
        (run.folder / name).write_bytes(content)
    if PRINT in formats:
        words = label(run.results.study)
        columns = str(run.results.study.parameters.get("figure_columns", "two"))
        figures = [
            figure_of(replace(shown, svg=shown.narrow) if columns == "one" and shown.narrow else shown, "", words)
            for shown in run.exhibits.values()
            if isinstance(shown, Figure)
        ]
        write_print_figures(
            figures, run.folder / FIGURES, run.root / FONTS, previous / FIGURES if previous else None,
            millimetres=PRINT_MILLIMETRES[columns],
        )  # fmt: skip
    return list(written)


def link_documents(run: BookRun, names: Sequence[str]) -> None:
    """Copy documents of a run to where the pages of its site lead to."""
    for name in names:
        shutil.copyfile(run.folder / name, run.folder / "html" / DOWNLOADS / name)


def _documents(article: Article, wanted: Sequence[str], root: Path) -> dict[str, bytes]:
    fonts = root / FONTS
    width = measure_of(fonts)

    def pdf() -> bytes:
        return manuscript_pdf(article, fonts)

    def docx() -> bytes:
        figures = article.figures
        pixels = drawn(figures, fonts, millimetres=FIGURE_MILLIMETRES, form="png", dots=DOTS)
        drawings = {figure.name: content for figure, content in zip(figures, pixels, strict=True)}
        return manuscript_docx(article, drawings, width, root / STYLES)

    makers = {"docx": docx, "pdf": pdf}
    # Pandoc is a program of its own and Typst works outside Python's lock: the two run side by side.
    with ThreadPoolExecutor(len(makers)) as pool:
        made = {name: pool.submit(makers[name]) for name in wanted}
        return {f"{article.name}.{name}": future.result() for name, future in made.items()}


def write_print_figures(
    figures: Sequence[PrintedFigure],
    folder: Path,
    fonts: Path,
    previous: Path | None = None,
    *,
    millimetres: float = PRINT_MILLIMETRES["two"],
) -> None:
    """Write every figure as PDF, PNG and TIFF, the pixels at 300 and 600 dots an inch.

    Parameters
    ----------
    figures : sequence of Figure
        Those of the book: the files are made from the site's own drawings, in black on white.
    folder : Path
        Where the files go, with a stamp of what each was made from.
    fonts : Path
        The folder of the project's fonts; a PDF embeds what it uses.
    previous : Path, optional
        Such a folder of an earlier run: a figure whose drawing is the same is taken over.
    millimetres : float
        The width on paper.
    """
    folder.mkdir(parents=True, exist_ok=True)
    stamps = {figure.name: _stamp(figure, millimetres) for figure in figures}
    known = _read_stamps(previous)
    fresh: list[PrintedFigure] = []
    for figure in figures:
        if (
            previous is None
            or known.get(figure.name) != stamps[figure.name]
            or not _taken_over(figure, previous, folder)
        ):
            fresh.append(figure)
    pages = drawn(fresh, fonts, millimetres=millimetres, form="pdf")
    for figure, page in zip(fresh, pages, strict=True):
        (folder / f"{figure.name}.pdf").write_bytes(page)
    for dots in PRINT_DOTS:
        pixels = drawn(fresh, fonts, millimetres=millimetres, form="png", dots=dots)
        for figure, content in zip(fresh, pixels, strict=True):
            _write_pixels(content, folder / f"{figure.name}_{dots}dpi", dots, label_of(figure.svg))
    (folder / FIGURES_STAMP).write_text(json.dumps(stamps, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def _stamp(figure: PrintedFigure, millimetres: float) -> str:
    return hashlib.sha256(f"{DRAWING_VERSION} {millimetres} {PRINT_DOTS} {figure.svg}".encode()).hexdigest()


def _read_stamps(folder: Path | None) -> dict[str, str]:
    try:
        found = json.loads((folder / FIGURES_STAMP).read_text(encoding="utf-8")) if folder else {}
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def print_names(figure: PrintedFigure) -> tuple[str, ...]:
    """Return the names of a figure's files for print."""
    pixels = (f"{figure.name}_{dots}dpi.{ending}" for dots in PRINT_DOTS for ending in ("png", "tiff"))
    return (f"{figure.name}.pdf", *pixels)


def _taken_over(figure: PrintedFigure, previous: Path, folder: Path) -> bool:
    names = print_names(figure)
    if not all((previous / name).is_file() for name in names):
        return False
    for name in names:
        shutil.copyfile(previous / name, folder / name)
    return True


def _write_pixels(content: bytes, stem: Path, dots: int, label: str) -> None:
    """Write a drawing as PNG and as TIFF (LZW), each with its resolution, without transparency."""
    from PIL import Image
    from PIL.PngImagePlugin import PngInfo

    with Image.open(BytesIO(content)) as image:
        flat = image.convert("RGB")
    described = PngInfo()
    if label:
        described.add_text("Description", label)
    flat.save(stem.with_name(f"{stem.name}.png"), dpi=(dots, dots), pnginfo=described)
    flat.save(stem.with_name(f"{stem.name}.tiff"), dpi=(dots, dots), compression="tiff_lzw", description=label)
