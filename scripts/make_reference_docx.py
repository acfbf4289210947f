"""Make the styles of the manuscript's DOCX: ``python scripts/make_reference_docx.py assets/manuscript/reference.docx``.

Pandoc takes styles, page and foot from this file. It is Pandoc's own reference file with the styles below in place of
its looks: Times New Roman, which every word processor has or replaces by one of the same widths, 1.5 lines, A4.
"""

from __future__ import annotations

import io
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pypandoc

FONT, GREY = "Times New Roman", "444444"
STAMP = (1980, 1, 1, 0, 0, 0)
W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
R = 'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
BEFORE_AFTER = "<w:spacing w:before='{}' w:after='{}' w:line='{}' w:lineRule='auto'/>"


def paragraph(
    name: str,
    *,
    before: int,
    after: int,
    line: int,
    run: str = "",
    kept: str = "",
    more: str = "",
    base: str = "Normal",
) -> str:
    """Return a paragraph style; spaces are twentieths of a point, lines 240ths; `kept` and `more` go around the spacing."""
    identifier = name.replace(" ", "")
    return (
        f"<w:style w:type='paragraph' w:styleId='{identifier}'><w:name w:val='{name}'/><w:basedOn w:val='{base}'/><w:qFormat/>"
        f"<w:pPr>{kept}{BEFORE_AFTER.format(before, after, line)}{more}</w:pPr><w:rPr>{run}</w:rPr></w:style>"
    )


def size(points: float) -> str:
    """Return a size of type."""
    return f"<w:sz w:val='{round(points * 2)}'/><w:szCs w:val='{round(points * 2)}'/>"


BOLD, ITALIC, QUIET = "<w:b/><w:bCs/>", "<w:i/><w:iCs/>", f"<w:color w:val='{GREY}'/>"
KEPT = "<w:keepNext/><w:keepLines/>"
# Only running text has numbers of lines, as in the PDF.
UNNUMBERED = "<w:suppressLineNumbers/>"
# Of a table of contents: dots to the number of the page.
TAB = "<w:tabs><w:tab w:val='right' w:leader='dot' w:pos='9072'/></w:tabs>"


def styles() -> dict[str, str]:
    """Return every style that is replaced or added, by its identifier."""
    made = [
        paragraph("Body Text", before=0, after=120, line=360, kept="<w:widowControl/>"),
        paragraph("First Paragraph", before=0, after=120, line=360, base="BodyText"),
        paragraph("Compact", before=0, after=60, line=360, base="BodyText"),
        paragraph("Title", before=0, after=120, line=264, run=BOLD + size(18), kept=f"{KEPT}{UNNUMBERED}"),
        paragraph("Subtitle", before=0, after=120, line=264, run=QUIET + size(13), kept=f"{KEPT}{UNNUMBERED}"),
        paragraph("Author", before=0, after=120, line=264, run=size(11), kept=UNNUMBERED),
        paragraph("Notice", before=60, after=240, line=264, run=ITALIC + QUIET + size(10), kept=UNNUMBERED),
        paragraph("Front", before=0, after=80, line=264, run=size(10.5), kept=UNNUMBERED),
        paragraph("Absent", before=0, after=120, line=360, run=ITALIC + QUIET, base="BodyText"),
        paragraph("Table Caption", before=280, after=80, line=264, run=size(10), kept=f"{KEPT}{UNNUMBERED}"),
        paragraph("Table Note", before=40, after=0, line=252, run=QUIET + size(8.5), kept=UNNUMBERED),
        paragraph("Figure Drawing", before=280, after=80, line=240, kept=f"{KEPT}{UNNUMBERED}"),
        paragraph("Figure Caption", before=0, after=40, line=264, run=size(10), kept=f"<w:keepLines/>{UNNUMBERED}"),
        paragraph(
            "Reference",
            before=0,
            after=60,
            line=276,
            run=size(10),
            kept=UNNUMBERED,
            more="<w:ind w:left='454' w:hanging='454'/>",
        ),
        paragraph("After Exhibit", before=0, after=160, line=240, run=size(4), kept=UNNUMBERED),
        paragraph("toc 1", before=60, after=0, line=264, kept=TAB),
        paragraph("toc 2", before=0, after=0, line=264, kept=TAB, more="<w:ind w:left='284'/>"),
    ]
    for level, (points, before) in enumerate(((15, 480), (12.5, 320), (11.5, 240)), start=1):
        slope = ITALIC if level == 3 else BOLD
        outline = f"<w:outlineLvl w:val='{level - 1}'/>"
        style = paragraph(
            f"heading {level}",
            before=before,
            after=100,
            line=264,
            run=slope + size(points),
            kept=f"{KEPT}{UNNUMBERED}",
            more=outline,
        )
        made.append(style.replace(f"w:styleId='heading{level}'", f"w:styleId='Heading{level}'"))
    for suffix, points in (("", 8.5), (" Small", 7.5), (" Smallest", 6.5)):
        made.append(paragraph(f"Table Text{suffix}", before=30, after=30, line=240, run=size(points)))
        made.append(
            paragraph(
                f"Table Indented{suffix}", before=30, after=30, line=240, run=size(points), more="<w:ind w:left='200'/>"
            )
        )
        made.append(
            paragraph(f"Table Section{suffix}", before=90, after=30, line=240, run=size(points), kept="<w:keepNext/>")
        )
        made.append(
            paragraph(
                f"Table Heading{suffix}", before=30, after=30, line=240, run=BOLD + size(points), kept="<w:keepNext/>"
            )
        )
    found = {re.search(r"w:styleId='(\w+)'", style)[1]: style for style in made}  # type: ignore[index]  # each has one
    found["Table"] = TABLE
    found["Hyperlink"] = (
        "<w:style w:type='character' w:styleId='Hyperlink'><w:name w:val='Hyperlink'/><w:rPr><w:color w:val='0B3D74'/></w:rPr></w:style>"
    )
    return found


TABLE = """<w:style w:type='table' w:default='1' w:styleId='Table'><w:name w:val='Table'/><w:qFormat/>
<w:tblPr><w:tblBorders><w:top w:val='single' w:sz='8' w:space='0' w:color='000000'/>
<w:bottom w:val='single' w:sz='8' w:space='0' w:color='000000'/></w:tblBorders><w:tblInd w:w='0' w:type='dxa'/>
<w:tblCellMar><w:top w:w='0' w:type='dxa'/><w:left w:w='0' w:type='dxa'/><w:bottom w:w='0' w:type='dxa'/>
<w:right w:w='113' w:type='dxa'/></w:tblCellMar></w:tblPr>
<w:tblStylePr w:type='firstRow'><w:tcPr><w:tcBorders><w:bottom w:val='single' w:sz='4' w:space='0' w:color='000000'/></w:tcBorders>
<w:vAlign w:val='bottom'/></w:tcPr></w:tblStylePr></w:style>"""

FOOT = (
    f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?><w:ftr {W} {R}><w:p><w:pPr><w:suppressLineNumbers/><w:jc w:val="right"/></w:pPr>'
    '<w:r><w:rPr><w:sz w:val="18"/></w:rPr><w:fldChar w:fldCharType="begin"/></w:r>'
    '<w:r><w:rPr><w:sz w:val="18"/></w:rPr><w:instrText xml:space="preserve"> PAGE </w:instrText></w:r>'
    '<w:r><w:rPr><w:sz w:val="18"/></w:rPr><w:fldChar w:fldCharType="separate"/></w:r>'
    '<w:r><w:rPr><w:sz w:val="18"/></w:rPr><w:t>1</w:t></w:r>'
    '<w:r><w:rPr><w:sz w:val="18"/></w:rPr><w:fldChar w:fldCharType="end"/></w:r></w:p></w:ftr>'
)
# A4 with margins of 2.5 cm; the page number at the foot.
PAGE = (
    "<w:sectPr><w:footerReference w:type='default' r:id='rIdFoot'/><w:pgSz w:w='11906' w:h='16838'/>"
    "<w:pgMar w:top='1417' w:right='1417' w:bottom='1417' w:left='1417' w:header='708' w:footer='708' w:gutter='0'/></w:sectPr>"
)


def dressed(text: str) -> str:
    """Return the style sheet with the styles of this file."""
    fonts = f"<w:rFonts w:ascii='{FONT}' w:hAnsi='{FONT}' w:cs='{FONT}' w:eastAsia='{FONT}'/>"
    text = re.sub(
        r"<w:rPrDefault>.*?</w:rPrDefault>",
        f"<w:rPrDefault><w:rPr>{fonts}{size(11)}<w:lang w:val='en-US'/></w:rPr></w:rPrDefault>",
        text,
        flags=re.DOTALL,
    )
    for identifier, style in styles().items():
        text = re.sub(rf"<w:style\b[^>]*w:styleId=\"{identifier}\".*?</w:style>", "", text, flags=re.DOTALL)
        text = text.replace("</w:styles>", f"{style}</w:styles>")
    return text


def main(target: Path) -> None:
    """Write the file, the same bytes each time."""
    command = [pypandoc.get_pandoc_path(), "--print-default-data-file", "reference.docx"]
    source = zipfile.ZipFile(io.BytesIO(subprocess.run(command, check=True, capture_output=True).stdout))
    parts = {name: source.read(name).decode() for name in source.namelist() if not name.endswith("/")}
    parts["word/styles.xml"] = dressed(parts["word/styles.xml"])
    parts["word/footer1.xml"] = FOOT
    parts["[Content_Types].xml"] = parts["[Content_Types].xml"].replace(
        "</Types>",
        '<Override PartName="/word/footer1.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.footer+xml"/></Types>',
    )
    parts["word/_rels/document.xml.rels"] = parts["word/_rels/document.xml.rels"].replace(
        "</Relationships>",
        '<Relationship Id="rIdFoot" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/footer" Target="footer1.xml"/></Relationships>',
    )
    document = re.sub(r"<w:sectPr\b.*?</w:sectPr>|<w:sectPr\s*/>", "", parts["word/document.xml"], flags=re.DOTALL)
    parts["word/document.xml"] = document.replace("</w:body>", f"{PAGE}</w:body>")
    target.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as made:
        for name, text in parts.items():
            made.writestr(zipfile.ZipInfo(name, STAMP), text, zipfile.ZIP_DEFLATED)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
