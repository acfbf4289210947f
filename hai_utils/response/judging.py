"""The one place where measured lesions become responses, for two measurements of a lesion and for dated scans alike.

The rules of each criterion stand in `hai_utils.catalogue.criteria`; patients with equally many targets and scans are judged
together, scan by scan, with the smallest burden so far carried along.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from hai_utils.response.rules import TOLERANCE, ResponseRules

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]
Flags = NDArray[np.object_]
# The fourth is that of patients whose lesions are all no targets (RECIST 1.1, Table 2); most cohorts have none.
Response = Literal["CR", "PR", "SD", "non_CR_non_PD", "PD", "NE"]
OTHERS_ONLY: Response = "non_CR_non_PD"
RESPONSE_LEVELS: tuple[Response, ...] = tuple(level for level in get_args(Response) if level != OTHERS_ONLY)
RESPONSES: tuple[Response, ...] = ("CR", "PR")


@dataclass(frozen=True, slots=True)
class Lesions:
    """Sizes of the target lesions of n patients with t targets and s scans after baseline.

    Attributes
    ----------
    baseline : array of shape (n, t)
        mm2 or mm; nan = not measured, or no such lesion.
    complete : array of shape (n,)
        Patients whose targets were all measured at baseline; no other has a burden.
    later : array of shape (n, s, t)
        Sizes at the scans, in time; nan = not measured.
    new : array of shape (n, s)
        Whether a new lesion has been seen by then.
    others_left, others_unseen : array of shape (n, s)
        Whether a lesion that is no target is still there; whether one was not looked at.
    others_only : array of shape (n,)
        Patients without a target who have other lesions at baseline.
    """

    baseline: Array
    complete: Mask
    later: Array
    new: Mask
    others_left: Mask
    others_unseen: Mask
    others_only: Mask


@dataclass(frozen=True, slots=True)
class JudgedScan:
    """What each scan after baseline says.

    Attributes
    ----------
    baseline : array of shape (n,)
        Sum over the targets; nan where one was not measured, or there is none.
    burden, change_percent : array of shape (n, s)
        The sum, and its change from baseline (negative is shrinkage); nan where a target was not measured.
    response : array of shape (n, s)
        ``CR``, ``PR``, ``SD``, ``PD`` or ``NE``.
    """

    baseline: Array
    burden: Array
    change_percent: Array
    response: Flags


def judge(lesions: Lesions, rules: ResponseRules) -> JudgedScan:
    """Call the response at each scan by a criterion.

    A scan without all targets is not evaluable, unless the measured part alone has grown enough: what was not measured
    can only add. A new lesion is progression under each criterion. ``who_1979`` and ``recist_1_1`` know no complete
    response while a lesion that is no target is left (RECIST 1.1, Table 1; WHO: "disappearance of all known disease"), and
    call disease that is seen after a complete response progression (RECIST 1.1, Table 3, footnote: the complete response
    is not revised).
    """
    baseline = np.where(lesions.complete, _total(lesions.baseline), np.nan)
    baseline[~(baseline > 0)] = np.nan
    shape = lesions.new.shape
    burden, called = np.full(shape, np.nan), np.full(shape, "NE", dtype=object)
    for scan, (now, grown) in enumerate(_scans(lesions, baseline, rules)):
        burden[:, scan] = now
        called[:, scan] = _called(now, baseline, grown | lesions.new[:, scan], rules)
    if rules.record.counts_other_lesions:
        _count_other_lesions(called, lesions, rules)
        _end_complete_responses(called, lesions)
    return JudgedScan(baseline, burden, _change(burden, baseline[:, None]), called)


def _scans(lesions: Lesions, baseline: Array, rules: ResponseRules) -> Iterator[tuple[Array, Mask]]:
    """Yield the burden at each scan, and whether it has grown enough to be progression."""
    due, nadir, smallest = ~np.isnan(lesions.baseline), baseline, lesions.baseline
    for scan in range(lesions.later.shape[1]):
        sizes = np.where(due, lesions.later[:, scan], np.nan)
        measured = _total(sizes)
        burden = np.where((~due | ~np.isnan(sizes)).all(axis=1) & ~np.isnan(baseline), measured, np.nan)
        grown = rules.has_grown(measured, nadir)
        if rules.judges_each_lesion:
            grown = grown | rules.has_grown(sizes, smallest).any(axis=1)
        yield burden, grown
        if rules.uses_nadir:
            nadir, smallest = np.fmin(nadir, burden), np.fmin(smallest, sizes)


def _count_other_lesions(called: Flags, lesions: Lesions, rules: ResponseRules) -> None:
    """Hold the lesions that are no targets against the call: RECIST 1.1, Table 1 with targets, Table 2 without any."""
    called[(called == "CR") & (lesions.others_left | lesions.others_unseen)] = "PR"
    alone = lesions.others_only[:, None] & ~lesions.new & ~lesions.others_unseen
    called[alone & ~lesions.others_left] = "CR"
    if rules.record.judges_others_alone:
        called[alone & lesions.others_left] = OTHERS_ONLY


def _end_complete_responses(called: Flags, lesions: Lesions) -> None:
    """Call what is seen after a complete response progression."""
    due = ~np.isnan(lesions.baseline)[:, None, :]
    seen = ((lesions.later > 0) & due).any(axis=2) | lesions.others_left
    complete = np.logical_or.accumulate(called == "CR", axis=1)
    called[complete & seen] = "PD"


def _total(sizes: Array) -> Array:
    """Sum over the last axis, lesion by lesion, so that the sum never depends on how many other patients have."""
    total = np.zeros(sizes.shape[:-1])
    for lesion in range(sizes.shape[-1]):
        total += np.nan_to_num(sizes[..., lesion])
    return total


def _change(burden: Array, baseline: Array) -> Array:
    change: Array = 100.0 * (burden - baseline) / baseline
    return change


def _called(burden: Array, baseline: Array, progressed: Mask, rules: ResponseRules) -> Flags:
    called = np.full(len(burden), "NE", dtype=object)
    called[~np.isnan(burden)] = "SD"
    called[-_change(burden, baseline) >= rules.response_percent - TOLERANCE] = "PR"
    called[burden == 0] = "CR"
    called[progressed] = "PD"
    return called
