"""The real cohort's results, for figures."""

from __future__ import annotations

from pathlib import Path

import pytest

from hai_utils.analyses import analyse
from hai_utils.cohort.reading import load_cohort
from hai_utils.parameters import load_parameters
from hai_utils.results.table import Results


@pytest.fixture(scope="session")
def real_results(root: Path, real_folder: Path) -> Results:
    """All results of the 197 public patients, by preoperative chemotherapy."""
    settings = [
        f"data={real_folder / 'cohort.csv'}",
        f"dictionary={real_folder / 'extra_columns.csv'}",
        "group_by=preoperative_chemotherapy",
        "reference_group=no",
    ]
    parameters = load_parameters([root / "params.yml"], settings)
    return analyse(load_cohort(parameters, root), parameters)
