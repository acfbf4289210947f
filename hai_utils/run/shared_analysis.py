"""What every notebook of a run asks for is read and analyzed once, in the process that they are forked from."""

from __future__ import annotations

from contextlib import suppress

from hai_utils.parameters import RESULTS_PARAMETER
from hai_utils.profiles import resolve
from hai_utils.run.notebooks import Notebook


def analyse_shared(job: Notebook) -> None:
    """Analyze once, before notebooks are forked from this process, what each of them would analyze for itself.

    All notebooks of a run are given the same parameters. What fails here fails in the notebook again, which says in
    which cell.
    """
    from hai_utils.analyses import analyse_ahead
    from hai_utils.analyst import study_cohort

    with suppress(Exception):
        given = {name: value for name, value in job.parameters.items() if name != RESULTS_PARAMETER}
        parameters = resolve(job.folder, layers=[("in this run", given)])
        analyse_ahead(study_cohort(parameters, job.folder), parameters)
