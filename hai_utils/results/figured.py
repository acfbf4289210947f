"""What the points of a run's figures tell of the rows: who leaves each curve at each time, and the bars of each waterfall.

It stands in ``series.csv`` already. Evidence is made from it where the rows are not shown.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from hai_utils.catalogue.sizes import MOST_IN_EVIDENCE
from hai_utils.catalogue.statuses import CURRENT
from hai_utils.results.samples import GROUP, Sample, as_cell
from hai_utils.results.series import COARSE, Point, Points
from hai_utils.results.study import Study

CURVE, BAR = "curve", "bar"
LEAVING = (GROUP, "months", "at_risk", "events", "censored")


def tables_of(points: Points, study: Study) -> dict[str, Sample]:
    """Return by variable the tables of who leaves its curves, or the reductions, whose bars are the changes.

    A curve that some join later, or that is coarse, tells less than it seems to and is passed over. None of a gated run, or of a large cohort.
    """
    found: dict[str, Sample] = {}
    if study.gated or (study.size or 0) > MOST_IN_EVIDENCE:
        return found
    for key, series in points.by_series():
        variable, _, rest = key.partition(".")
        group, _, name = rest.rpartition(".")
        known = study.variables.get(variable)
        if name == CURVE and _is_whole(series) and not variable.startswith(CURRENT):
            steps = [(group, p.x, p.at_risk, p.events, p.censored) for p in series]
            _put(found, variable, LEAVING, steps)
        elif name == BAR and known is not None and known.kind != "category":
            _put(found, variable, (GROUP, "value"), [(group, -point.y) for point in series])
    return found


def _is_whole(series: Sequence[Point]) -> bool:
    """Say whether those who leave at each step are those who are not at risk at the next."""
    left = [(point.at_risk or 0) - (point.events or 0) - (point.censored or 0) for point in series]
    then = [*(point.at_risk for point in series[1:]), 0]
    return left == then and all(point.mark != COARSE for point in series)


def _put(found: dict[str, Sample], variable: str, columns: tuple[str, ...], rows: Sequence[Sequence[object]]) -> None:
    before = found[variable].rows if variable in found else ()
    found[variable] = Sample(columns, (*before, *(tuple(map(as_cell, row)) for row in rows)))


def one_each(table: Sample) -> Sample:
    """Return a row for each who leaves, of a table of who leaves when; any other as it is."""
    return Sample((GROUP, "months", "event"), tuple(_leaving(table))) if table.columns == LEAVING else table


def _leaving(table: Sample) -> Iterator[tuple[str, str, str]]:
    for group, months, _, events, censored in table.rows:
        yield from [(group, months, "1")] * int(events) + [(group, months, "0")] * int(censored)


def sizes(samples: Mapping[str, Sample]) -> dict[str, Counter[str]]:
    """Return how many rows each group has, by variable."""
    return {name: Counter(sample.column(GROUP)) for name, sample in samples.items()}
