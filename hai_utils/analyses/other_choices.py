"""Chapter 8, other choices: who responds by each criterion and to another reader; all admissible analyses at once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hai_utils.analyses.blocks import Pair, pairs, placed
from hai_utils.analyses.builder import Builder
from hai_utils.analyses.specifications import Calls, add_all_analyses
from hai_utils.catalogue.criteria import CRITERIA
from hai_utils.catalogue.other_choices import MOST_PATIENTS, REREAD, SWITCHES, Switch
from hai_utils.cohort.dictionary import Variable
from hai_utils.cohort.model import YES_NO, Cohort, Mask
from hai_utils.parameters import Parameters
from hai_utils.response.derived import derive_response
from hai_utils.response.judging import Flags
from hai_utils.response.readings import read_again
from hai_utils.results.keys import key_part
from hai_utils.results.series import Point
from hai_utils.stats import contingency, proportions
from hai_utils.stats.estimate import Estimate

CHAPTER = "08_other_choices"
READ_AGAIN = Variable(REREAD, "Objective response at another reading", "number")
# The central share of the readings that an interval of the rate holds, as in the source of the algorithm.
CENTRAL = (2.5, 97.5)


@dataclass(frozen=True, eq=False)
class Call:
    """What one criterion says: best response, and whether it is a response (yes, no, None), of shape (n,)."""

    best: Flags
    responded: Flags


def analyse(cohort: Cohort, parameters: Parameters) -> Builder:
    """Compute the chapter; nothing where the cohort is larger than it is for."""
    builder = Builder(CHAPTER, parameters)
    if cohort.size > MOST_PATIENTS:
        return builder
    calls = dict(_calls(cohort, parameters))
    for switch, call in calls.items():
        _add_switch(builder, cohort, switch, call)
    if calls:
        _add_readings(builder, cohort)
    responded: Calls = {switch: call.responded for switch, call in calls.items()}
    for pair in pairs(cohort):
        add_all_analyses(builder, cohort, pair, responded)
    return builder


def _calls(cohort: Cohort, parameters: Parameters) -> Iterator[tuple[Switch, Call]]:
    """Yield what each criterion says that the cohort's measurements allow; a threshold of the run's own is kept."""
    for switch in SWITCHES:
        if switch.needs_scans and cohort.scans is None:
            continue
        own = "response_threshold_percent" in CRITERIA[switch.criterion].leaves_open
        threshold = parameters.response_threshold_percent if own else CRITERIA["paper"].response_percent
        chosen = parameters.model_copy(
            update={
                **switch.settings, "response_criterion": switch.criterion, "response_threshold_percent": threshold,
            }
        )  # fmt: skip
        found = derive_response(cohort, chosen)
        if found:
            best, responded = (
                np.asarray(found[name], dtype=object) for name in ("best_response", "objective_response")
            )
            yield switch, Call(best, responded)


def _add_switch(builder: Builder, cohort: Cohort, switch: Switch, call: Call) -> None:
    variable = Variable(
        switch.variable, f"Objective response by {switch.words}", "category", levels=tuple(YES_NO), level_labels=YES_NO
    )
    builder.add_sample(variable.name, lambda: {**placed(cohort), "value": call.responded.tolist()})
    yes, known = call.responded == "yes", np.array([value is not None for value in call.responded])
    reported = _reported(cohort)
    for group in (*cohort.levels, "analysed"):
        members = cohort.members(group)
        n, count = int((members & known).sum()), int((members & yes).sum())
        builder.add(variable, group, "n", n, n=n)
        builder.add(variable, group, "n_missing", int(members.sum()) - n, n=n)
        builder.add(variable, group, "count", count, n=n)
        builder.add(variable, group, "percent", 100.0 * count / n if n else None, n=n, note="" if n else "no data")
        changed = members & np.array([a != b for a, b in zip(call.responded, reported, strict=True)])
        builder.add(variable, group, "changed", int(changed.sum()), n=n)
    for pair in pairs(cohort):
        _compare(builder, variable, pair, _table(cohort, pair, yes, known))
    builder.points += (point for level in cohort.levels for point in _cells(cohort, level, switch, call))


def _reported(cohort: Cohort) -> Flags:
    """Return whether each patient responded by the criterion of the run: yes, no, or None."""
    column = cohort.table["objective_response"]
    return np.array([value if isinstance(value, str) else None for value in column], dtype=object)


def _table(cohort: Cohort, pair: Pair, yes: Mask, known: Mask) -> NDArray[np.int64]:
    members = [cohort.members(level) & known for level in (pair.level, pair.reference)]
    return np.array([[(mask & yes).sum(), (mask & ~yes).sum()] for mask in members], dtype=np.int64)


def _compare(builder: Builder, variable: Variable, pair: Pair, table: NDArray[np.int64]) -> None:
    parameters, n = builder.parameters, int(table.sum())
    cells = (int(table[0, 0]), int(table[0].sum()), int(table[1, 0]), int(table[1].sum()))
    method = parameters.risk_difference_interval
    difference = (
        proportions.effect(
            *cells, statistic="risk_difference", method=method, confidence_level=parameters.confidence_level
        )
        if cells[1] and cells[3]
        else Estimate(note="no data")
    )
    builder.add_interval(
        variable, pair.name, "risk_difference", difference, n=n, method=method, parts=("", "lower", "upper")
    )
    test = contingency.compare_table(table, method=parameters.categorical_test)
    builder.add(variable, pair.name, "p_value", test.p_value, n=n, method=parameters.categorical_test, note=test.note)


def _order(cohort: Cohort, level: str) -> NDArray[np.intp]:
    """Return the rows of a group as the switchboard lists them: by the reduction that the run's criterion judges."""
    rows = np.flatnonzero(cohort.members(level))
    reductions = [
        cohort.table[name].to_numpy(dtype=np.float64)[rows]
        for name in ("reduction_percent", "reduction_percent_recist")
    ]
    return rows[np.lexsort([np.nan_to_num(-values, nan=np.inf) for values in reversed(reductions)])]


def _cells(cohort: Cohort, level: str, switch: Switch, call: Call) -> Iterator[Point]:
    for rank, row in enumerate(_order(cohort, level), start=1):
        yield Point(
            f"{switch.variable}.{key_part(level)}.call",
            float(rank),
            float(call.responded[row] == "yes"),
            mark=str(call.best[row]),
        )


def _add_readings(builder: Builder, cohort: Cohort) -> None:
    """Add the range of each group's rate over readings, and each patient's chance of response."""
    readings = read_again(cohort, builder.parameters, _reported(cohort))
    for group in (*cohort.levels, "analysed"):
        rates = readings.rates(cohort.members(group))
        middle, lower, upper = np.percentile(rates, (50.0, *CENTRAL)).tolist() if rates.size else (None, None, None)
        estimate = Estimate(middle, lower=lower, upper=upper, note="" if rates.size else "no data")
        n = int((cohort.members(group) & readings.evaluable).sum())
        builder.add_interval(READ_AGAIN, group, "reread_rate", estimate, n=n)
    chances = readings.chances
    for level in cohort.levels:
        for rank, row in enumerate(_order(cohort, level), start=1):
            if not np.isnan(chances[row]):
                builder.points += [Point(f"{REREAD}.{key_part(level)}.chance", float(rank), float(chances[row]))]
