"""The frame of a page that is one file: it loads nothing, and runs no script but its own."""

from __future__ import annotations

import base64
import hashlib

from hai_utils.package_data import packaged_text
from hai_utils.untrusted import escaped


def document(title: str, body: str, *, style: str = "", script: str = "") -> str:
    """Return a whole HTML page, light and dark, for wide and narrow screens.

    Parameters
    ----------
    title : str
        Plain text; it is escaped.
    body : str
        HTML of the page's main part, headings included.
    style : str
        CSS that follows the common rules.
    script : str
        The page's only script. The page's policy names its hash, so that no other runs, whatever the body holds.
    """
    allowed = f"; script-src 'sha256-{_hash(script)}'" if script else ""
    common = packaged_text("html_page.css")
    ending = f"<script>{script}</script>\n" if script else ""
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
        f"style-src 'unsafe-inline'{allowed}; base-uri 'none'; form-action 'none'\">\n"
        f"<title>{escaped(title)}</title>\n<style>{common}{style}</style>\n</head>\n"
        f"<body>\n<main>\n{body}</main>\n{ending}</body>\n</html>\n"
    )


def _hash(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
