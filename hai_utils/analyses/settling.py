"""What a cohort decides where a choice is left to it: the rows of Table 1, the times at which curves are read."""

from __future__ import annotations

import math

import numpy as np

from hai_utils.catalogue.criteria import CRITERIA, REDUCTIONS
from hai_utils.catalogue.endpoints import SHARE_FOLLOWED
from hai_utils.cohort.model import Cohort
from hai_utils.parameters import Parameters

# Steps of a time grid in months, each up to the follow-up that it is taken for.
STEPS = ((12.0, 3), (48.0, 6), (120.0, 12), (math.inf, 24))


def settled(parameters: Parameters, cohort: Cohort) -> Parameters:
    """Return the parameters with every choice made that was left to the cohort.

    Parameters
    ----------
    parameters : Parameters
        An empty time grid or list of horizons is made from the follow-up; the tumor reduction among the outcomes becomes
        that of the burden which the criterion judges; the grouping column is no row of Table 1.
    cohort : Cohort
        As read.
    """
    own = CRITERIA[parameters.response_criterion].reduction
    outcomes = (own if name in REDUCTIONS.values() else name for name in parameters.outcomes)
    grid = parameters.time_grid_months or time_grid(cohort)
    return parameters.model_copy(
        update={
            "outcomes": tuple(dict.fromkeys(outcomes)),
            "baseline_variables": tuple(
                name for name in parameters.baseline_variables if name.partition("=")[0] != parameters.group_by
            ),
            "time_grid_months": grid,
            "restricted_mean_months": parameters.restricted_mean_months or horizons(cohort, grid),
        }
    )


def time_grid(cohort: Cohort) -> tuple[float, ...]:
    """Return the times at which curves are read: in whole steps as far as a tenth of the patients are followed.

    Returns
    -------
    tuple of float
        Months, from 0 on; 0 alone where nobody has a time. The endpoint that is followed longest decides.
    """
    last = max((_followed(cohort, endpoint.months) for endpoint in cohort.endpoints), default=0.0)
    step = next(step for longest, step in STEPS if last <= longest)
    return tuple(float(months) for months in range(0, int(last) + 1, step))


def horizons(cohort: Cohort, grid: tuple[float, ...]) -> tuple[float, ...]:
    """Return two horizons of the restricted mean: half and all of the grid at which every group is still followed."""
    longest = []
    for endpoint in cohort.endpoints:
        times = cohort.table[endpoint.months].to_numpy(dtype=np.float64)
        for level in cohort.levels:
            inside = times[cohort.members(level)]
            if not np.isnan(inside).all():
                longest.append(float(np.nanmax(inside)))
    within = [months for months in grid if longest and 0 < months <= min(longest)]
    return tuple(sorted({within[(len(within) - 1) // 2], within[-1]})) if within else ()


def _followed(cohort: Cohort, column: str) -> float:
    """Return until when a tenth of those with a time in a column are followed; 0 where nobody has one."""
    times = cohort.table[column].to_numpy(dtype=np.float64)
    present = np.sort(times[~np.isnan(times)])[::-1]
    return float(present[math.ceil(SHARE_FOLLOWED * len(present)) - 1]) if len(present) else 0.0
