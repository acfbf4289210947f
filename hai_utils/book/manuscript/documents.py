"""The files beside the site: the manuscript as DOCX and PDF, and figures for print."""

from __future__ import annotations

import shutil
from collections.abc import Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from io import BytesIO
from pathlib import Path

from hai_utils.book.manuscript.checklists.forms import Forms
from hai_utils.book.manuscript.composing import compose
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
FIGURES = "figures"


def has_manuscript(run: BookRun, formats: Collection[str]) -> bool:
    """Say whether the manuscript is composed: a document is asked for, or an author's texts name what has to be there."""
    return bool(run.texts.texts) or any(name in formats for name in FORMATS)


def write_documents(run: BookRun, formats: Collection[str]) -> list[str]:
    """Compose the manuscript, write the documents of a run into its folder, and return their names.

    Parameters
    ----------
    run : BookRun
        The run.
    formats : collection of str
        Any of ``docx``, ``pdf`` and ``print``; others are of no concern here.

    Raises
    ------
    StudyError
        As `hai_utils.book.manuscript.composing.compose` does, before anything is written.
    BuildError
        Where Pandoc or Typst fails.
    """
    wanted = [name for name in FORMATS if name in formats]
    written: dict[str, bytes] = {}
    if has_manuscript(run, formats):
        manuscript = compose(run)
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
        write_print_figures(figures, run.folder / FIGURES, run.root / FONTS, millimetres=PRINT_MILLIMETRES[columns])
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
    *,
    millimetres: float = PRINT_MILLIMETRES["two"],
) -> None:
    """Write every figure as PDF, PNG and TIFF, the pixels at 300 and 600 dots an inch.

    Parameters
    ----------
    figures : sequence of Figure
        Those of the book: the files are made from the site's own drawings, in black on white.
    folder : Path
        Where the files go.
    fonts : Path
        The folder of the project's fonts; a PDF embeds what it uses.
    millimetres : float
        The width on paper.
    """
    folder.mkdir(parents=True, exist_ok=True)
    pages = drawn(figures, fonts, millimetres=millimetres, form="pdf")
    for figure, page in zip(figures, pages, strict=True):
        (folder / f"{figure.name}.pdf").write_bytes(page)
    for dots in PRINT_DOTS:
        pixels = drawn(figures, fonts, millimetres=millimetres, form="png", dots=dots)
        for figure, content in zip(figures, pixels, strict=True):
            _write_pixels(content, folder / f"{figure.name}_{dots}dpi", dots, label_of(figure.svg))


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
