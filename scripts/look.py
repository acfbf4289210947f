"""Open every page of built sites in the machine's browser and report what is wrong, one finding a line.

Usage: python scripts/look.py SITE [SITE ...] [--screenshots DIR]
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

# The same eyes as the tests of the built site.
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "browser"))

from looking import browser_path, look, opened_browser, pages_of


def main(arguments: list[str] | None = None) -> int:
    """Look at the sites; return 0 where nothing is wrong, 1 with findings, 2 without a browser or a site.

    Parameters
    ----------
    arguments : list of str, optional
        The command line after the script's name; that of the process unless given.
    """
    parser = argparse.ArgumentParser(description="Open every page of built sites and report what is wrong.")
    parser.add_argument("sites", nargs="+", type=Path, metavar="SITE", help="folder of a built site")
    parser.add_argument("--screenshots", type=Path, metavar="DIR", help="where a picture of each page goes")
    chosen = parser.parse_args(arguments)
    path = browser_path()
    if path is None:
        parser.error("no Chromium or Chrome on this machine")
    for site in chosen.sites:
        if not site.is_dir() or not pages_of(site):
            parser.error(f"{site} holds no pages")
    found = 0
    with opened_browser(path) as browser:
        for place, site in enumerate(chosen.sites, start=1):
            folder = chosen.screenshots / f"site-{place}" if chosen.screenshots and len(chosen.sites) > 1 else None
            findings = look(browser, site.resolve(), screenshots=folder or chosen.screenshots)
            sys.stdout.writelines(f"{site}: {finding}\n" for finding in findings)
            found += len(findings)
    sys.stdout.write(f"{sum(len(pages_of(site)) for site in chosen.sites)} pages looked at, {found} findings\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
