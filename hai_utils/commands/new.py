"""What ``hai new`` does: write a project of one's own."""

from __future__ import annotations

import sys
from pathlib import Path

from hai_utils.commands.next_steps import spoken
from hai_utils.project import write_project
from hai_utils.study.form import study_form
from hai_utils.study.reading import STUDY
from hai_utils.untrusted import plain_lines


def new_project(folder: Path) -> None:
    """Write the default project into a new or empty folder, and say what comes next.

    Raises
    ------
    ParameterError
        Where something is there already.
    """
    write_project(folder)
    (folder / STUDY).write_text(study_form(), encoding="utf-8")
    words = (
        f"Written: {folder}. Its pages lie in book/ and notebooks/, their order in _toc.yml, the choices in params.yml,\n"
        f"title, authors and texts of the study in {STUDY}.\n"
        f"Next: cd {spoken(folder)} && hai build --data YOUR-COHORT.csv\n"
    )
    sys.stdout.write(plain_lines(words))
