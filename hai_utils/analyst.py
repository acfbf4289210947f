"""A cohort as an analyst takes it up in a notebook: one row a patient, and the times of an endpoint as arrays."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hai_utils.analyses.endpoints import derive
from hai_utils.cohort.model import Cohort
from hai_utils.cohort.reading import load_cohort
from hai_utils.errors import ParameterError, nearest
from hai_utils.parameters import Parameters

GROUP, ANALYZED = "group", "analysed"


class EndpointTimes(NamedTuple):
    """Times of an endpoint as arrays of one length: months, whether the event came (1) or not (0), and the group."""

    months: NDArray[np.float64]
    event: NDArray[np.int64]
    group: NDArray[np.object_]


@dataclass(frozen=True, eq=False, kw_only=True)
class StudyCohort(Cohort):
    """A cohort with the choices of its run, which say how response is called.

    Attributes
    ----------
    parameters : Parameters
        As `hai_utils.notebook.notebook_parameters` returns them.
    """

    parameters: Parameters

    def patients(self) -> pd.DataFrame:
        """Return one row a patient: the columns of the file and the derived ones, such as response and reduction.

        Returns
        -------
        DataFrame
            Indexed by ``patient_id``. ``group`` is the level of the grouping column, ``analysed`` whether the patient is
            among those compared. What is missing is nan. The rows are patients: nothing made
            of them passes the disclosure gate.

        Examples
        --------
        >>> patients = cohort.patients()
        >>> patients.loc["R01", ["group", "best_response", "objective_response", "alive"]].tolist()
        ['wild_type', 'PR', 'yes', 'yes']
        >>> patients[patients["analysed"]].groupby("group")["reduction_percent"].median().round(1).to_dict()
        {'mutant': 58.2, 'wild_type': 70.3}
        """
        table = derive(self, self.parameters).table
        found = table.astype(dict.fromkeys(table.select_dtypes("category"), object))
        found[GROUP], found[ANALYZED] = found[self.group_by], self.members(ANALYZED)
        return found.set_index("patient_id")

    def survival(self, endpoint: str, population: str = ANALYZED) -> EndpointTimes:
        """Return the times of an endpoint as arrays, for lifelines, scikit-survival or code of one's own.

        Parameters
        ----------
        endpoint : str
            ``os``, ``pfs``, ``hepatic_pfs``, or an endpoint of the cohort's own dictionary.
        population : str
            ``analysed``, ``all``, ``excluded``, or a level of the grouping column.

        Raises
        ------
        ParameterError
            Where the cohort has no such endpoint; the message names those that it has.

        Examples
        --------
        >>> months, event, group = cohort.survival("os")
        >>> len(months), int(event.sum()), sorted(set(group))
        (24, 9, ['mutant', 'wild_type'])
        """
        known = {each.name: each for each in self.endpoints}
        if endpoint not in known:
            raise ParameterError(
                f"The cohort has no endpoint '{endpoint}'; it has {', '.join(known) or 'none'}.{nearest(endpoint, tuple(known))}"
            )
        columns = self.table[[known[endpoint].months, known[endpoint].status]].to_numpy(dtype=np.float64)
        kept = self.members(population) & ~np.isnan(columns).any(axis=1)
        months, event = columns[kept].T
        return EndpointTimes(months, event.astype(np.int64), self.table[self.group_by].to_numpy(dtype=object)[kept])


def study_cohort(parameters: Parameters, root: Path) -> StudyCohort:
    """Read and check the cohort of a run; a relative path counts from the project's root."""
    cohort = load_cohort(parameters, root)
    return StudyCohort(**{field.name: getattr(cohort, field.name) for field in fields(cohort)}, parameters=parameters)
