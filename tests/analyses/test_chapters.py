"""What the chapters make of small cohorts whose numbers can be had by hand."""

from __future__ import annotations

import pytest

from hai_utils.analyses import CHAPTERS, analyse
from hai_utils.results.table import Results
from tests.analyses.edge_samples import Columns, M, W, cohort_of, lesions, survival

PAIR = "mutant_vs_wild_type"


def results_of(columns: Columns, *settings: str, chapters: tuple[str, ...] = CHAPTERS) -> Results:
    return analyse(*cohort_of(columns, *settings), chapters)


def value(results: Results, key: str, method: str = "") -> float | int | None:
    return results.get(key, method).value


# Ten rows: the level is older, responds more often, and dies earlier.
GROUPS = (M, M, M, M, W, W, W, W, W, W)
TEN: Columns = {
    "age_years": (70, 60, 65, 61, 50, 40, 45, 55, 48, 52),
    "sex": ("male", "male", "male", "female", "male", "female", "female", "female", "female", ""),
    "kras": GROUPS,
    **lesions((2, 4, 6, 18, 19, 5, 20, 22, 18, 19)),
    **survival((2, 4, 9, 11, 7, 14, 20, 22, 25, 30), (1, 1, 1, 1, 1, 1, 0, 1, 0, 0)),
}


# --- direction ------------------------------------------------------------------------------------------------------


def test_a_difference_is_level_minus_reference() -> None:
    results = results_of(TEN)
    assert value(results, f"age_years.{PAIR}.mean_difference", "student_t") == pytest.approx(256 / 4 - 290 / 6)
    assert value(results, f"age_years.{PAIR}.u_statistic") == 24  # every one of the level is older than all others
    assert value(results, f"age_years.{PAIR}.hodges_lehmann") > 0
    assert value(results, f"age_years.{PAIR}.standardised_difference") > 0
    assert value(results, f"sex.{PAIR}.standardised_difference") < 0  # female, the first level, is the rarer there
    assert value(results, f"objective_response.{PAIR}.risk_difference") == pytest.approx(3 / 4 - 1 / 6)
    assert value(results, f"os.{PAIR}.rmst_difference_12") < 0


def test_a_ratio_is_level_to_reference() -> None:
    results = results_of(TEN)
    assert value(results, f"objective_response.{PAIR}.odds_ratio", "sample") == pytest.approx((3 / 1) / (1 / 5))
    assert value(results, f"os.{PAIR}.hazard_ratio") > 1


def test_limits_lie_around_the_difference() -> None:
    results = results_of(TEN)
    lower, upper = (value(results, f"objective_response.{PAIR}.risk_difference_{side}") for side in ("lower", "upper"))
    assert -1 <= lower < 3 / 4 - 1 / 6 < upper <= 1


# --- who is counted -------------------------------------------------------------------------------------------------


def test_a_percentage_is_of_those_recorded() -> None:
    results = results_of(TEN)
    assert value(results, "sex.male.wild_type.percent") == pytest.approx(100 * 1 / 5)
    assert value(results, "sex.wild_type.n") == 5
    assert value(results, "sex.wild_type.n_missing") == 1
    assert value(results, "sex.male.all.percent") == pytest.approx(100 * 4 / 9)


def test_the_excluded_are_in_no_group_but_among_all() -> None:
    results = results_of({**TEN, "braf": (M, *[W] * 9)})
    counts = {group: value(results, f"age_years.{group}.n") for group in (M, W, "analysed", "excluded", "all")}
    assert counts == {M: 3, W: 6, "analysed": 9, "excluded": 1, "all": 10}
    assert value(results, "age_years.excluded.median") == 70


def test_the_excluded_are_put_back_into_their_group() -> None:
    results = results_of({**TEN, "braf": (M, *[W] * 9)})
    assert value(results, "objective_response.mutant.n") == 3
    assert value(results, "objective_response_with_excluded.mutant.n") == 4
    assert value(results, "objective_response_with_excluded.mutant.count") == 3


def test_without_exclusions_there_is_nothing_to_put_back() -> None:
    assert not any("_with_excluded" in record.key for record in results_of(TEN))


def test_a_blank_group_is_among_all_and_not_analysed() -> None:
    results = results_of({**TEN, "kras": ("", *GROUPS[1:])})
    counts = {group: value(results, f"age_years.{group}.n") for group in (M, W, "analysed", "excluded", "all")}
    assert counts == {M: 3, W: 6, "analysed": 9, "excluded": 0, "all": 10}


def test_an_age_is_in_completed_years_at_both_ends() -> None:
    ages = (70.9, 60, 65, 61, 50, 40.7, 45, 55, 48, 52)
    results = results_of({**TEN, "age_years": ages}, chapters=("01_cohort_description",))
    assert [results.get(f"age_years.all.{end}").formatted for end in ("min", "max")] == ["40", "70"]
    assert value(results, "age_years.all.max") == 70.9


def test_a_share_prints_alike_as_a_percentage_and_as_a_proportion() -> None:
    """100 x 57/200 is 28.5, and 100 x 0.285 is 28.499999999999996: the last digit of a float decides nothing."""
    columns = {"kras": [M] * 200, "sex": ["male"] * 57 + ["female"] * 143, **survival([1] * 200, [0] * 200)}
    results = results_of(columns, chapters=("01_cohort_description",))
    printed = [results.get(f"sex.male.all.{statistic}").formatted for statistic in ("percent", "proportion")]
    assert printed == ["29%", "29%"]


# --- above the limits of the exact methods --------------------------------------------------------------------------


def large() -> Columns:
    """202 rows, two more than an exact test takes."""
    size = 202
    return {
        "age_years": [40 + place % 37 for place in range(size)],
        "kras": [M if place % 3 else W for place in range(size)],
        "sex": ["male" if place % 5 else "female" for place in range(size)],
        **lesions([(2 + place % 21) for place in range(size)]),
        **survival([1 + place % 40 for place in range(size)], [place % 2 for place in range(size)]),
    }


def test_above_its_limit_an_exact_method_is_empty_and_the_asymptotic_one_is_reported() -> None:
    results = results_of(large(), "categorical_test=boschloo", chapters=("01_cohort_description",))
    for key, exact, asymptotic in (
        (f"age_years.{PAIR}.p_value", "mann_whitney_exact", "mann_whitney_asymptotic"),
        (f"age_years.{PAIR}.hodges_lehmann_lower", "exact", "asymptotic_cc"),
        (f"sex.{PAIR}.p_value", "boschloo", "pearson_chi2"),
    ):
        record = results.get(key, exact)
        assert (record.value, record.note, record.reported) == (None, "too large for exact", False), key
        assert results.get(key).method == asymptotic
        assert results.get(key).value is not None


def test_what_is_exact_at_any_size_stays_reported() -> None:
    results = results_of(large(), chapters=("01_cohort_description",))
    assert results.get(f"sex.{PAIR}.p_value").method == "fisher_exact"
    assert value(results, f"sex.{PAIR}.p_value") is not None


# --- survival -------------------------------------------------------------------------------------------------------


def test_a_landmark_counts_from_itself_and_leaves_out_who_did_not_reach_it() -> None:
    columns = {**TEN, "converted_to_resection": ("yes", "yes", "yes", "no", "no", "yes", "yes", "no", "no", "no")}
    columns["converted_months"] = (1, 2, 6, "", "", 5, 6, "", "", "")
    results = results_of(columns, chapters=("04_survival",))
    # Two died before month 6. Of the converted, those at 9, 14 and 20 months are left.
    assert value(results, "os_landmark_6.analysed.left_out") == 2
    assert value(results, "os_landmark_6.converted.n") == 3
    assert value(results, "os_landmark_6.not_converted.n") == 5
    assert value(results, "os_landmark_6.converted.time_min") == 3
    assert value(results, "os_landmark_6.converted.survival_at_6") == pytest.approx(2 / 3)
    assert value(results, "os_landmark_6.converted.at_risk_12") == 1


def test_who_leaves_at_the_landmark_itself_stays() -> None:
    columns = {
        "kras": (M, M, W, W),
        "converted_to_resection": ("yes", "no", "yes", "no"),
        "converted_months": (3, "", 6, ""),
        **survival((6, 6, 8, 5), (1, 0, 1, 1)),
    }
    results = results_of(columns, chapters=("04_survival",))
    assert value(results, "os_landmark_6.analysed.left_out") == 1
    assert value(results, "os_landmark_6.converted.survival_at_0") == pytest.approx(1 / 2)


def test_a_landmark_goes_by_what_was_known_then() -> None:
    columns = {
        **TEN,
        "converted_to_resection": ("no",) * 5 + ("yes",) * 5,
        "converted_months": ("",) * 5 + (5, 7, 6.5, 20, 9),
    }
    results = results_of(columns, "landmark_months=[6, 12]", chapters=("04_survival",))
    assert value(results, "os_landmark_6.converted.n") == 1
    assert value(results, "os_landmark_12.converted.n") == 4
    assert value(results, "os_landmark_12.not_converted.n") == 1  # converted at 20 only
    assert [value(results, f"os_landmark_{months}.analysed.left_out") for months in (6, 12)] == [2, 5]


def test_without_dates_no_survival_is_compared_by_a_status() -> None:
    columns = {**TEN, "converted_to_resection": ("yes", "no") * 5}
    results = results_of(columns, chapters=("04_survival",))
    rows = [record for record in results if record.variable in {"os_landmark_6", "os_by_conversion"}]
    assert rows
    assert all(record.value is None and record.note == "status not dated" for record in rows)
    assert not [point for point in results.points if point.key.startswith(("os_landmark", "os_by"))]


def test_who_is_said_to_be_converted_without_a_date_is_on_neither_side() -> None:
    columns = {
        **TEN,
        "converted_to_resection": ("yes", "no") * 5,
        "converted_months": (1, "", 2, "", "", "", 3, "", 4, ""),
    }
    results = results_of(columns, chapters=("04_survival",))
    assert value(results, "os_by_conversion.not_converted.n") == 9


def test_no_time_before_the_status_is_credited_to_it() -> None:
    columns = {
        **TEN,
        "converted_to_resection": ("yes", "no") * 5,
        "converted_months": (1, "", 8, "", 6, "", 15, "", 20, ""),
    }
    results = results_of(columns, chapters=("04_survival",))
    assert value(results, "os_by_conversion.converted.at_risk_0") == 0
    assert value(results, "os_by_conversion.converted.at_risk_12") == 0  # those of months 1, 6 and 8 have died
    assert value(results, "os_by_conversion.converted.at_risk_18") == 1
    assert results.get("os_by_conversion.converted_vs_not_converted.p_value").method == "mantel_byar"


def competing() -> Columns:
    """One progresses at 3 and dies at 10, one dies at 5, one is censored at 7, one progresses at 9 and lives."""
    return {
        "kras": (M, M, W, W),
        **survival((10, 5, 7, 12), (1, 1, 0, 0)),
        **survival((3, 5, 7, 9), (1, 1, 0, 1), "pfs"),
        **survival((10, 5, 7, 9), (1, 1, 0, 1), "hepatic_pfs"),
    }


def test_an_event_at_the_time_of_death_is_death_and_any_other_progression() -> None:
    results = results_of(competing(), chapters=("04_survival",))
    counts = {
        name: (value(results, f"{name}.progression.all.events"), value(results, f"{name}.death.all.events"))
        for name in ("pfs", "hepatic_pfs")
    }
    assert counts == {"pfs": (2, 1), "hepatic_pfs": (1, 2)}


def test_cumulative_incidence_of_the_two_causes_by_hand() -> None:
    results = results_of(competing(), chapters=("04_survival",))
    # At 3 one of four progresses, at 5 one of the three left dies.
    assert value(results, "pfs.progression.all.cumulative_incidence_6") == pytest.approx(1 / 4)
    assert value(results, "pfs.death.all.cumulative_incidence_6") == pytest.approx(3 / 4 * 1 / 3)


def test_deaths_are_events_in_one_hepatic_endpoint_and_censored_in_the_other() -> None:
    results = results_of(competing(), chapters=("04_survival",))
    assert value(results, "hepatic_pfs.all.events") == 3
    assert value(results, "hepatic_progression.all.events") == 1
    assert value(results, "hepatic_progression.all.survival_at_6") == 1


def test_overall_survival_alone_has_no_competing_cause() -> None:
    assert not any("cumulative_incidence" in record.statistic for record in results_of(TEN, chapters=("04_survival",)))


def test_a_curve_starts_with_everybody_and_falls() -> None:
    points = results_of(TEN, chapters=("04_survival",)).series("os.all.curve")
    assert (points[0].x, points[0].y, points[0].at_risk) == (0.0, 1.0, 10)
    heights = [point.y for point in points]
    assert heights == sorted(heights, reverse=True)
    assert sum(point.events for point in points) + sum(point.censored for point in points) == 10


def test_bars_are_sorted_and_name_nobody() -> None:
    points = results_of(TEN).series("reduction_percent.wild_type.bar")
    changes = [point.y for point in points]
    assert changes == sorted(changes, reverse=True)
    assert [point.x for point in points] == [1, 2, 3, 4, 5, 6]
    assert {point.mark for point in points} <= {"", "growth", "converted", "growth converted"}
    assert points[0].mark == "growth"
    assert points[0].y == pytest.approx(21.0)


# --- several outcomes -----------------------------------------------------------------------------------------------


def test_holm_adjusts_the_secondary_outcomes_alone() -> None:
    results = results_of({**TEN, **survival(TEN["os_months"], TEN["os_event"], "pfs")})
    assert f"objective_response.{PAIR}.p_value_holm" not in results
    reduction, pfs = (value(results, f"{name}.{PAIR}.p_value") for name in ("reduction_percent", "pfs"))
    adjusted = [value(results, f"{name}.{PAIR}.p_value_holm") for name in ("reduction_percent", "pfs")]
    smaller, larger = sorted((reduction, pfs))
    assert sorted(adjusted) == pytest.approx([min(1, 2 * smaller), max(larger, min(1, 2 * smaller))])


def test_another_primary_endpoint_is_left_out_instead() -> None:
    results = results_of(TEN, "primary_endpoint=reduction_percent")
    assert f"reduction_percent.{PAIR}.p_value_holm" not in results
    assert value(results, f"objective_response.{PAIR}.p_value_holm") == value(
        results, f"objective_response.{PAIR}.p_value"
    )


def test_an_outcome_that_is_named_twice_counts_once() -> None:
    once = results_of(TEN, "outcomes=reduction_percent, objective_response")
    twice = results_of(TEN, "outcomes=reduction_percent, reduction_percent, objective_response")
    assert twice.records == once.records


def test_the_fragility_index_flips_the_group_with_fewer_events() -> None:
    columns = {"kras": (M,) * 10 + (W,) * 10, **lesions((2,) * 9 + (20,) + (2,) * 2 + (20,) * 8)}
    results = results_of(columns)
    # R 4.2.2, fisher.test: 9/10 v 2/10 P = 0.00548, v 3/10 0.01977, v 4/10 0.05728.
    assert value(results, f"objective_response.{PAIR}.fragility_index") == 2


def test_a_random_permutation_test_is_never_certain() -> None:
    """The observed arrangement is one of them: with 99 draws P is at least 1/100 (Phipson and Smyth 2010)."""
    apart = {"kras": [M] * 20 + [W] * 20, **survival(list(range(1, 41)), [1] * 40)}
    results = results_of(apart, "permutation_draws=99", chapters=("04_survival",))
    assert results.get(f"os.{PAIR}.p_value", "logrank_permutation").value == pytest.approx(1 / 100)


def test_the_seed_fixes_the_random_permutations() -> None:
    columns = {**large()}
    settings = ("permutation_draws=199",)
    first, again = (results_of(columns, *settings, chapters=("04_survival",)) for _ in range(2))
    other = results_of(columns, *settings, "seed=1", chapters=("04_survival",))
    key = f"os.{PAIR}.p_value"
    assert first.records == again.records
    assert first.get(key, "logrank_permutation").value != other.get(key, "logrank_permutation").value
    error = first.get(f"os.{PAIR}.p_value_mc_se").value
    p = first.get(key, "logrank_permutation").value
    assert error == pytest.approx((p * (1 - p) / 199) ** 0.5)
