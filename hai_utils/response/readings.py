"""What another reader might have measured: each patient's chance of response, and the range of the rate.

Yoon JH, Yoon SH, Hahn S. BMC Med Res Methodol 2019;19:90 (doi 10.1186/s12874-019-0727-7): all lesions are measured again on
paper, many times, each diameter with a random error of its own, and the response is called anew each time.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hai_utils.catalogue.other_choices import READINGS, READINGS_OF_SCANS
from hai_utils.cohort.model import Cohort
from hai_utils.cohort.scans import LESION_COLUMNS, LesionScan, by_patient
from hai_utils.parameters import Parameters
from hai_utils.response.courses import courses
from hai_utils.response.derived import derive_response
from hai_utils.response.judging import RESPONSES
from hai_utils.response.rules import response_rules


@dataclass(frozen=True, slots=True)
class Readings:
    """Responses at readings that might have been.

    Attributes
    ----------
    responded : boolean array, shape (readings, n)
        Whether each patient of the cohort responded; False where the patient was not evaluable.
    evaluable : boolean array, shape (n,)
        Who was evaluable; a second reading measures the lesions that were measured.
    """

    responded: NDArray[np.bool_]
    evaluable: NDArray[np.bool_]

    @property
    def chances(self) -> NDArray[np.float64]:
        """Share of the readings at which each patient responded; nan for those not evaluable."""
        return np.where(self.evaluable, self.responded.mean(axis=0), np.nan)

    def rates(self, members: NDArray[np.bool_]) -> NDArray[np.float64]:
        """Return the response rate of a group at each reading; empty where none of it was evaluable."""
        chosen = members & self.evaluable
        return self.responded[:, chosen].mean(axis=1) if chosen.any() else np.empty(0)


def read_again(cohort: Cohort, parameters: Parameters, responses: NDArray[np.object_]) -> Readings:
    """Draw readings of all measured diameters, each with a log-normal error, and call the response at each.

    Parameters
    ----------
    cohort : Cohort
        With its lesion columns or dated scans.
    parameters : Parameters
        The criterion in force, ``reader_variability`` and ``seed``.
    responses : array of object, shape (n,)
        ``yes``, ``no`` or None, as read.

    Returns
    -------
    Readings
        Lesions that were gone stay gone, and those not measured stay so; the errors of two diameters, and of two scans, are
        independent, which is what the difference between two readers of a change suggests, and the most that they can do.
    """
    draw = _of_columns if cohort.scans is None else _of_scans
    return Readings(draw(cohort, parameters), np.array([value is not None for value in responses]))


def _stream(seed: int, measured: object, seen: Counter[str]) -> np.random.Generator:
    """Return the errors of one patient: they hang on what was measured, not on where the patient stands in the file.

    Patients with the same measurements have streams of their own.
    """
    text = repr(measured)
    seen[text] += 1
    return np.random.default_rng([seed, seen[text], *text.encode()])


def _of_columns(cohort: Cohort, parameters: Parameters) -> NDArray[np.bool_]:
    names = [name for name in LESION_COLUMNS if name in cohort.table]
    sizes = cohort.table[names].to_numpy(dtype=np.float64)
    seen: Counter[str] = Counter()
    errors = [
        _stream(parameters.seed, row, seen).normal(0.0, parameters.reader_variability, (READINGS, len(names)))
        for row in sizes.tolist()
    ]
    read = np.repeat(sizes, READINGS, axis=0) * np.exp(np.concatenate(errors)) if errors else sizes
    again = replace(cohort, table=pd.DataFrame(read, columns=names), excluded=np.zeros(len(read), dtype=bool))
    found = derive_response(again, parameters)["objective_response"]
    return np.asarray(found == "yes", dtype=bool).reshape(cohort.size, READINGS).T


def _of_scans(cohort: Cohort, parameters: Parameters) -> NDArray[np.bool_]:
    assert cohort.scans is not None
    rules, seen = response_rules(parameters), Counter[str]()
    place = {patient: row for row, patient in enumerate(cohort.table["patient_id"])}
    responded = np.zeros((READINGS_OF_SCANS, cohort.size), dtype=bool)
    read: list[tuple[LesionScan, NDArray[np.float64]]] = []
    for patient, scans in by_patient(cohort.scans).items():
        if patient in place:
            measured = [(scan.day, scan.lesion, scan.long_mm, scan.perp_mm) for scan in scans]
            stream = _stream(parameters.seed, measured, seen)
            errors = stream.normal(0.0, parameters.reader_variability, (len(scans), READINGS_OF_SCANS, 2))
            read += zip(scans, np.exp(errors), strict=True)
    for number, reading in enumerate(responded):
        again = [_with_error(scan, *factors[number].tolist()) for scan, factors in read]
        for course in courses(again, rules):
            reading[place[course.patient]] = course.best_response in RESPONSES
    return responded


def _with_error(scan: LesionScan, long: float, perp: float) -> LesionScan:
    return replace(
        scan,
        long_mm=None if scan.long_mm is None else scan.long_mm * long,
        perp_mm=None if scan.perp_mm is None else scan.perp_mm * perp,
    )
