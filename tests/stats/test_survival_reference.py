"""Every survival statistic against R: survival, cmprsk and coin, on data sets of textbooks and two cohorts.

tests/reference/survival/ holds the inputs, the scripts and what they wrote; SOURCE.md says where each comes from.
"""

import csv
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from hai_utils.stats.competing import cumulative_incidence, gray_test
from hai_utils.stats.rank_tests import compare_survival, logrank_permutation
from hai_utils.stats.regression import cox, cox_stratified, proportional_hazards_test
from hai_utils.stats.survival import (
    at_risk,
    follow_up_median,
    kaplan_meier,
    median_interval,
    median_survival,
    restricted_mean,
    restricted_mean_difference,
    survival_at,
)
from tests.conftest import REAL, REFERENCE_CASES, ROOT

REFERENCE = REFERENCE_CASES / "survival"
RECONSTRUCTION = ROOT / "data" / "cohort.csv"
COHORT = REAL / "cohort.csv"
# The reference level of each grouping, as R's script is called (SOURCE.md).
REFERENCE_LEVEL = {
    "kras": "wild_type",
    "preoperative_chemotherapy": "no",
    "clinical_risk": "low",
    "extrahepatic_disease": "no",
}
RELATIVE_TOLERANCE = 1e-8  # R iterates its Cox fits to 1e-13; the roots of its Firth reference are good to about 1e-10

COIN_TOLERANCE = 1e-5  # coin counts a permutation that is a little less extreme than the observed one as well

Sample = dict[str, np.ndarray]


def read_sample(path: Path) -> Sample:
    with path.open() as file:
        rows = list(csv.DictReader(file))
    return {name: np.array([float(row[name]) for row in rows]) for name in rows[0]}


def read_expected(name: str) -> dict[tuple[str, str], list[dict[str, str]]]:
    expected = defaultdict(list)
    with (REFERENCE / name).open() as file:
        for row in csv.DictReader(file):
            expected[row["case"], row["statistic"]].append(row)
    return expected


def cohort_sample(path: Path, case: str) -> Sample:
    """Read one grouping and endpoint of a cohort, without the BRAF mutants that the study excludes."""
    grouping, endpoint = case.split(".")
    with path.open() as file:
        rows = [row for row in csv.DictReader(file) if row[grouping] and row.get("braf") != "mutant"]
    time = np.array([float(row[f"{endpoint}_months"]) for row in rows])
    event = np.array([int(row[f"{endpoint}_event"]) for row in rows])
    died = np.array([row["os_event"] == "1" for row in rows])
    os_time = np.array([float(row["os_months"]) for row in rows])
    died_then = died & (np.abs(os_time - time) < 1e-9)
    group = np.array([int(row[grouping] != REFERENCE_LEVEL[grouping]) for row in rows])
    return {"time": time, "event": event, "group": group, "cause": np.where(event == 0, 0, np.where(died_then, 2, 1))}


def patients_of(sample: Sample, label: str) -> Sample:
    """Take the patients of one group, of two groups recoded to 1 (level) and 0, or all of them."""
    group = sample["group"]
    if "_vs_" in label:
        level, reference = (int(code) for code in label.split("_vs_"))
        kept = (group == level) | (group == reference)
        return {name: column[kept] for name, column in sample.items()} | {"group": (group[kept] == level).astype(int)}
    if label in ("overall", "all"):
        return sample
    return {name: column[group == int(label)] for name, column in sample.items()}


def curve_of(s: Sample, group: int | None = None):
    kept = s["group"] == group if group is not None else slice(None)
    return kaplan_meier(s["time"][kept], s["event"][kept])


def permutation(s: Sample, _method: str, _at: float):
    return logrank_permutation(s["time"], s["event"], s["group"], generator=np.random.default_rng(1))


def survival(s: Sample, method: str, at: float):
    return survival_at(curve_of(s), at, method=method or "plain")


def compared(s: Sample, method: str, at: float):
    if method == "logrank_permutation":
        return permutation(s, method, at)
    return compare_survival(s["time"], s["event"], s["group"], method=method)


def ratio(s: Sample, method: str, _at: float):
    return cox(s["time"], s["event"], s["group"], ties=method)


def stratified_ratio(s: Sample, method: str, _at: float):
    return cox_stratified(s["time"], s["event"], s["group"], s["stratum"], ties=method)


def proportional(s: Sample, method: str, _at: float):
    return proportional_hazards_test(s["time"], s["event"], s["group"], transform=method)


def difference(s: Sample, _method: str, at: float):
    return restricted_mean_difference(curve_of(s, 1), curve_of(s, 0), at)


def limits_of_median(s: Sample, method: str, _at: float):
    return median_interval(curve_of(s), method=method)


def incidence(cause: int):
    return lambda s, _method, at: cumulative_incidence(s["time"], s["cause"], at, cause_of_interest=cause)


def gray(cause: int):
    return lambda s, _method, _at: gray_test(s["time"], s["cause"], s["group"], cause_of_interest=cause)


# The statistic's name in the reference -> the call, and the field of its answer.
STATISTICS: dict[str, tuple[Callable, str]] = {
    "median": (lambda s, method, _at: median_survival(curve_of(s), method=method), "value"),
    "median_se": (limits_of_median, "se"),
    "median_lower": (limits_of_median, "lower"),
    "median_upper": (limits_of_median, "upper"),
    "median_lower_90": (
        lambda s, method, _at: median_interval(curve_of(s), method=method, confidence_level=0.9),
        "lower",
    ),
    "survival": (survival, "value"),
    "survival_se": (survival, "se"),
    "survival_lower": (survival, "lower"),
    "survival_upper": (survival, "upper"),
    "rmst": (lambda s, _method, at: restricted_mean(curve_of(s), at), "value"),
    "rmst_se": (lambda s, _method, at: restricted_mean(curve_of(s), at), "se"),
    "rmst_difference": (difference, "value"),
    "rmst_difference_se": (difference, "se"),
    "rmst_difference_p": (difference, "p_value"),
    "follow_up_median": (lambda s, method, _at: follow_up_median(s["time"], s["event"], method=method), "value"),
    "chi_square": (compared, "value"),
    "p_value": (compared, "p_value"),
    "p_value_coin_scores": (permutation, "p_value"),
    "observed_minus_expected": (permutation, "value"),
    "hazard_ratio": (ratio, "value"),
    "hazard_ratio_se": (ratio, "se"),
    "hazard_ratio_lower": (ratio, "lower"),
    "hazard_ratio_upper": (ratio, "upper"),
    "hazard_ratio_p": (ratio, "p_value"),
    "hazard_ratio_stratified": (stratified_ratio, "value"),
    "hazard_ratio_se_stratified": (stratified_ratio, "se"),
    "hazard_ratio_lower_stratified": (stratified_ratio, "lower"),
    "hazard_ratio_upper_stratified": (stratified_ratio, "upper"),
    "hazard_ratio_p_stratified": (stratified_ratio, "p_value"),
    "proportional_hazards": (proportional, "value"),
    "proportional_hazards_p": (proportional, "p_value"),
    "cumulative_incidence_1": (incidence(1), "value"),
    "cumulative_incidence_2": (incidence(2), "value"),
    "cumulative_incidence_se_1": (incidence(1), "se"),
    "cumulative_incidence_se_2": (incidence(2), "se"),
    "gray_1": (gray(1), "value"),
    "gray_2": (gray(2), "value"),
    "gray_p_1": (gray(1), "p_value"),
    "gray_p_2": (gray(2), "p_value"),
}

EXPECTED = read_expected("expected.csv")
EXPECTED_RECONSTRUCTION = read_expected("expected_reconstruction.csv")
EXPECTED_COHORT = read_expected("expected_tcia.csv")


def assert_agrees(sample: Sample, rows: list[dict[str, str]]) -> None:
    for row in rows:
        patients = patients_of(sample, row["group"])
        at = float(row["at"]) if row["at"] else float("nan")
        if row["statistic"] == "at_risk":
            assert at_risk(curve_of(patients), at) == int(row["value"])
            continue
        call, field = STATISTICS[row["statistic"]]
        estimate = call(patients, row["method"], at)
        found = getattr(estimate, field)
        where = f"{row['group']} {row['method']} {row['at']}"
        if not row["value"]:
            assert found is None, where
        elif "random permutations" in estimate.note and field == "p_value":
            assert found == pytest.approx((float(row["value"]) * 9999 + 1) / 10000, abs=4 * estimate.se), where
        else:
            tolerance = COIN_TOLERANCE if row["statistic"] == "p_value_coin_scores" else RELATIVE_TOLERANCE
            assert found == pytest.approx(float(row["value"]), rel=tolerance, abs=1e-12), where


@pytest.mark.parametrize(("case", "statistic"), sorted(EXPECTED))
def test_agrees_with_r(case, statistic):
    assert_agrees(read_sample(REFERENCE / "data" / f"{case}.csv"), EXPECTED[case, statistic])


@pytest.mark.parametrize(("case", "statistic"), sorted(EXPECTED_RECONSTRUCTION))
def test_agrees_with_r_on_the_reconstruction(case, statistic):
    """If the reconstruction was made anew, its reference must be too: see SOURCE.md."""
    assert_agrees(cohort_sample(RECONSTRUCTION, case), EXPECTED_RECONSTRUCTION[case, statistic])


@pytest.mark.skipif(not COHORT.exists(), reason="the shared cohort of the Cancer Imaging Archive is not here")
@pytest.mark.parametrize(("case", "statistic"), sorted(EXPECTED_COHORT))
def test_agrees_with_r_on_the_shared_cohort(case, statistic):
    assert_agrees(cohort_sample(COHORT, case), EXPECTED_COHORT[case, statistic])


@pytest.mark.skipif(not COHORT.exists(), reason="the shared cohort of the Cancer Imaging Archive is not here")
def test_agrees_with_the_values_published_beside_the_shared_cohort():
    with COHORT.with_name("expected.csv").open() as file:
        rows = list(csv.DictReader(file))
    codes = {"no": "0", "yes": "1", "low": "0", "high": "1"}
    compared_rows = 0
    for row in rows:
        if row["statistic"] in ("n", "events"):
            continue
        if row["statistic"].startswith("survival_at_36"):
            row["statistic"], row["at"] = row["statistic"].replace("survival_at_36", "survival"), "36"
        group = "_vs_".join(codes[part] for part in row["group"].split("_vs_"))
        sample = cohort_sample(COHORT, f"{row['grouping']}.{row['variable']}")
        assert_agrees(sample, [{"at": ""} | row | {"group": group}])
        compared_rows += 1
    assert compared_rows > 300


def test_every_statistic_is_in_the_reference():
    assert {statistic for _, statistic in EXPECTED} == STATISTICS.keys() | {"at_risk"}


def test_restricted_means_at_a_horizon_between_events_are_those_of_r() -> None:
    # survfit(Surv(time, status) ~ sex, lung), rmean = 965, R 4.2.2, survival 3.5.3; difference and P from both by hand.
    sample = read_sample(REFERENCE / "data" / "lung.csv")
    of = [sample["group"] == code for code in (0, 1)]
    # The file leaves out the man whose institution is not known: he died at 329 days.
    men = kaplan_meier(np.append(sample["time"][of[0]], 329), np.append(sample["event"][of[0]], 1))
    women = kaplan_meier(sample["time"][of[1]], sample["event"][of[1]])
    found = restricted_mean_difference(women, men, 965)
    means = [restricted_mean(curve, 965).value for curve in (men, women)]
    assert means == pytest.approx([324.0484, 455.9041], abs=5e-5)
    assert (found.value, found.se) == pytest.approx((131.8557, 39.7587), abs=1e-4)
    assert found.p_value == pytest.approx(0.000912, abs=5e-7)
