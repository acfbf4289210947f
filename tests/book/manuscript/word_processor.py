"""LibreOffice opens a document, updates its fields and saves it: run by the Python that comes with LibreOffice.

``python3 word_processor.py SOURCE TARGET HOME``; as a module, `saved_again` does that for a test.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

PYTHON = "/usr/bin/python3"
TRIES, PAUSE = 120, 0.25


def saved_again(source: Path, target: Path, home: Path) -> Path:
    """Let LibreOffice update all fields of a document and save it elsewhere; skip the test where it is not installed."""
    import pytest

    known = Path(PYTHON).is_file() and subprocess.run([PYTHON, "-c", "import uno"], capture_output=True).returncode == 0
    if shutil.which("soffice") is None or not known:
        pytest.skip("LibreOffice with python3-uno is not installed: no document was opened")
    command = [PYTHON, __file__, str(source), str(target), str(home)]
    subprocess.run(command, check=True, capture_output=True, timeout=120, env={"PATH": os.environ["PATH"]})
    return target


def main(source: str, target: str, home: str) -> None:
    """Start LibreOffice, save the document, and end LibreOffice."""
    import uno  # type: ignore[import-not-found]  # of the system's Python alone
    from com.sun.star.beans import PropertyValue  # type: ignore[import-not-found]  # given by uno

    address = f"pipe,name=hai{os.getpid()};urp"
    command = ["soffice", f"-env:UserInstallation=file://{home}", "--headless", "--norestore", f"--accept={address}"]
    office = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        here = uno.getComponentContext()
        resolver = here.ServiceManager.createInstance("com.sun.star.bridge.UnoUrlResolver")
        for attempt in range(TRIES):
            try:
                there = resolver.resolve(f"uno:{address};StarOffice.ComponentContext")
                break
            except Exception:  # it has not started yet; uno's exceptions have no common class that Python knows
                if attempt == TRIES - 1:
                    raise
                time.sleep(PAUSE)
        desktop = there.ServiceManager.createInstanceWithContext("com.sun.star.frame.Desktop", there)
        document = desktop.loadComponentFromURL(f"file://{source}", "_blank", 0, (PropertyValue("Hidden", 0, True, 0),))
        document.getTextFields().refresh()
        indexes = document.getDocumentIndexes()
        for place in range(indexes.getCount()):
            indexes.getByIndex(place).update()
        document.refresh()
        document.storeToURL(f"file://{target}", (PropertyValue("FilterName", 0, "MS Word 2007 XML", 0),))
        document.close(True)
        desktop.terminate()
        office.wait(20)
    finally:
        office.kill()


if __name__ == "__main__":
    main(*sys.argv[1:])
