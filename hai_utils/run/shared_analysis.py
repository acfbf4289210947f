"""An analysis that several notebooks ask for is made once, in the process that they are forked from."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress

from hai_utils.parameters import as_plain, load_parameters, validate
from hai_utils.project import PARAMETER_FILE
from hai_utils.run.notebooks import Notebook

# Notebooks with the same inputs for which it pays: it analyses every chapter, and most notebooks show one.
FEWEST = 3


def analyse_shared(jobs: Sequence[Notebook]) -> None:
    """Analyse once, before notebooks are forked from this process, what several of them analyse each for itself.

    Where fewer than three have the same inputs it would take longer than it saves. What fails here fails in the
    notebook again, which says in which cell.
    """
    from hai_utils.analyses import analyse_ahead
    from hai_utils.cohort.reading import load_cohort

    with suppress(Exception):
        defaults = as_plain(load_parameters([jobs[0].folder / PARAMETER_FILE]))
        asked = Counter(
            json.dumps({name: job.parameters.get(name, value) for name, value in defaults.items()})
            for job in jobs
            if "analyse(" in job.source.read_text(encoding="utf-8")
        )
        values, count = asked.most_common(1)[0]
        if count >= FEWEST:
            parameters = validate(json.loads(values))
            analyse_ahead(load_cohort(parameters, jobs[0].folder), parameters)
