"""The forms beside a manuscript: their files, and what a link to each says."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from hai_utils.audit.checklists import NAMES

# What is written on each form, by the stem of its file; a page links to them in this order.
FORMS = {
    "strobe_checklist": "STROBE checklist",
    "remark_checklist": "REMARK checklist",
    "sager_table": "Numbers by sex (SAGER)",
    "key_points": "Key points",
    "data_sharing_statement": "Data sharing statement",
}
# The page that leads to them.
CHECKLISTS = "book/checklists"


def form_names(formats: Collection[str], applicable: Collection[str]) -> Mapping[str, str]:
    """Return the files of the forms that are made with some formats, each with what a link to it says.

    Parameters
    ----------
    formats : collection of str
        Of the documents.
    applicable : collection of str
        The checklists that apply to the run.
    """
    left_out = {f"{name}_checklist" for name in NAMES if name not in applicable}
    made = FORMS if "docx" in formats else {}
    return {f"{name}.docx": words for name, words in made.items() if name not in left_out}
