"""The catalogue of statistics: names are read in one place, and what has no record is refused."""

from __future__ import annotations

import pytest

from hai_utils.catalogue.statistics import STATISTICS, Named, Print, Statistic, read_statistic
from hai_utils.errors import ResultError


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("median", Named(STATISTICS["median"])),
        ("median_lower", Named(STATISTICS["median"], part="lower")),
        ("survival_at_6", Named(STATISTICS["survival_at"], 6.0)),
        ("survival_at_7_5_upper", Named(STATISTICS["survival_at"], 7.5, "upper")),
        ("rmst_difference_12_p", Named(STATISTICS["rmst_difference"], 12.0, "p")),
        ("proportional_hazards_p", Named(STATISTICS["proportional_hazards_p"])),
    ],
)
def test_a_name_is_read_as_record_time_and_part(name: str, expected: Named) -> None:
    assert read_statistic(name) == expected


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("a_new_statistic", "not in the catalogue"),
        ("hazard_ration", "Did you mean 'hazard_ratio'"),
        ("mean_lower", "no part 'lower'"),
        ("survival_at", "needs a time"),
        ("median_6", "has no time"),
    ],
)
def test_a_name_without_a_record_is_refused_with_what_to_do(name: str, said: str) -> None:
    with pytest.raises(ResultError, match=said):
        read_statistic(name)


def test_a_name_at_a_time_reads_back() -> None:
    name = STATISTICS["survival_at"].at(7.5)
    assert read_statistic(name).months == 7.5


def test_the_p_of_an_estimate_prints_as_p_without_a_unit() -> None:
    named = read_statistic("rmst_difference_12_p")
    assert (named.prints, named.unit("months")) == (Print.P_VALUE, "")


def test_a_limit_of_a_difference_is_a_difference_but_no_effect_by_itself() -> None:
    named = read_statistic("risk_difference_upper")
    assert (named.is_difference, named.no_effect) == (True, None)


def test_no_record_can_be_taken_for_a_part_of_another() -> None:
    # A name such as shapiro_p is its own record only because no record shapiro has a part p.
    for name in STATISTICS:
        stem, _, part = name.rpartition("_")
        assert part not in (STATISTICS[stem].parts if stem in STATISTICS else ())


def test_a_new_record_is_withheld_unless_it_says_what_it_tells() -> None:
    assert Statistic("new", "new", Print.COUNT).tells.value.endswith("always withheld")
