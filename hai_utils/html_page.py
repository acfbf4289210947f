"""The frame of a page that is one file: it loads nothing, and runs no script but its own."""

from __future__ import annotations

import base64
import hashlib

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
    ending = f"<script>{script}</script>\n" if script else ""
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
        f"style-src 'unsafe-inline'{allowed}; base-uri 'none'; form-action 'none'\">\n"
        f"<title>{escaped(title)}</title>\n<style>{_STYLE}{style}</style>\n</head>\n"
        f"<body>\n<main>\n{body}</main>\n{ending}</body>\n</html>\n"
    )


def _hash(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


_STYLE = """
:root { color-scheme: light dark; --ink: #1b1b1b; --page: #fff; --rule: #c8c8c8; --quiet: #595959; --error: #a3201a; --warning: #7a5200; --good: #1d6b3a; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e6e6; --page: #16181b; --rule: #454a50; --quiet: #a8adb3; --error: #ff9a92; --warning: #f0c060; --good: #7fd6a0; } }
body { margin: 2.5rem auto; max-width: 60rem; padding: 0 1rem; background: var(--page); color: var(--ink); font: 1rem/1.5 Georgia, "Times New Roman", serif; }
h1 { font-size: 1.5rem; overflow-wrap: anywhere; }
h2 { font-size: 1.1rem; margin-top: 2rem; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; border-top: 2px solid var(--ink); border-bottom: 2px solid var(--ink); }
th, td { text-align: left; vertical-align: top; padding: .45rem .9rem .45rem 0; border-bottom: 1px solid var(--rule); }
td { overflow-wrap: anywhere; }
tbody th { font-weight: normal; }
thead th { border-bottom: 1px solid var(--ink); }
code { font-size: .9em; }
small { color: var(--quiet); }
"""
