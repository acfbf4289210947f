"""Conclusions that flip: each kind from rows made by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hai_utils.results.record import Record
from hai_utils.run.comparison import compare
from hai_utils.run.comparison.conclusions import Conclusion
from tests.run.comparison.made_runs import row, run, study


def flips(first: list[Record], second: list[Record], **changes: object) -> tuple[Conclusion, ...]:
    """Compare two lists of rows; the changes are those of the second study."""
    return compare(run(first), run(second, **changes)).conclusions


def effect(estimate: float, lower: float | None, upper: float | None, name: str = "risk_difference") -> list[Record]:
    """An effect with its limits; a missing limit is infinite."""
    limits = [row(f"{name}_{end}", limit, note="" if limit is not None else "infinite") for end, limit in (("lower", lower), ("upper", upper))]  # fmt: skip
    return [row(name, estimate), *limits]


def test_a_p_value_that_crosses_the_level_flips_with_both_numbers_and_methods() -> None:
    (one,) = flips([row("p_value", 0.08, "fisher_exact")], [row("p_value", 0.04, "pearson_chi2")])
    assert one.kind == "significance"
    assert one.sentence == (
        "Response, Mutated versus Wild type: P=0.08 in A (Fisher's exact test), P=0.04 in B (Pearson's chi-square test); "
        "significant at 0.05 in B only."
    )


def test_the_effect_stands_before_p() -> None:
    rows = effect(-0.2, -0.5, 0.1)
    (one,) = flips([*rows, row("p_value", 0.08)], [*rows, row("p_value", 0.04)])
    assert "risk difference −0.20 (95% CI −0.50 to 0.10) in both, P=0.08 in A, P=0.04 in B" in one.sentence


def test_p_equal_to_the_level_is_not_significant() -> None:
    (one,) = flips([row("p_value", 0.05)], [row("p_value", 0.0499999)])
    assert "P=0.05 in A, P=0.0499999 in B; significant at 0.05 in B only" in one.sentence


def test_each_run_has_its_own_level() -> None:
    stricter = {**study().parameters, "significance_level": 0.01}
    (one,) = flips([row("p_value", 0.03)], [row("p_value", 0.03)], parameters=stricter)
    assert one.sentence.endswith("significant at 0.05 in A, not significant at 0.01 in B.")


def test_a_p_that_stays_on_its_side_flips_nothing() -> None:
    assert not flips([row("p_value", 0.04)], [row("p_value", 0.001)])


def test_an_interval_that_includes_zero_in_one_run_only_flips() -> None:
    (one,) = flips(effect(-0.3, -0.6, -0.002), effect(-0.3, -0.6, 0.1))
    assert one.kind == "interval"
    assert one.sentence.endswith(
        "−0.30 (95% CI −0.60 to −0.002) in A, −0.30 (95% CI −0.60 to 0.10) in B; the interval includes no effect (0) in B only."
    )


def test_no_effect_of_a_ratio_is_one() -> None:
    (one,) = flips(effect(2.0, 1.2, None, "hazard_ratio"), effect(1.5, 0.9, None, "hazard_ratio"))
    assert one.kind == "interval"
    assert "(95% CI 1.20–infinite) in A" in one.sentence


def test_a_limit_at_no_effect_includes_it() -> None:
    assert not flips(effect(0.3, 0.0, 0.6), effect(0.3, -0.1, 0.6))


def test_an_unknown_limit_says_nothing() -> None:
    without = [row("hazard_ratio", 2.0), row("hazard_ratio_lower", 1.2), row("hazard_ratio_upper", None, note="not estimable")]  # fmt: skip
    assert [one.kind for one in flips(effect(2.0, 0.9, 4.0, "hazard_ratio"), without)] == []


@pytest.mark.parametrize(("name", "values"), [("mean_difference", (-1.0, 2.0)), ("rmst_difference_12", (-1.0, 2.0)),
                                              ("odds_ratio", (0.8, 1.3)), ("hodges_lehmann", (3.0, -3.0))])  # fmt: skip
def test_an_estimate_on_the_other_side_flips(name: str, values: tuple[float, float]) -> None:
    (one,) = flips([row(name, values[0])], [row(name, values[1])])
    assert one.kind == "direction"


def test_an_effect_that_turns_round_clear_of_no_effect_is_the_worst() -> None:
    first = [*effect(-0.5, -0.8, -0.1), row("p_value", 0.2, variable="os")]
    second = [*effect(0.2, -0.1, 0.5), row("p_value", 0.01, variable="os")]
    assert [one.kind for one in flips(first, second)] == ["reversed", "significance"]


def test_noise_around_zero_is_no_direction() -> None:
    assert not flips([row("mean_difference", 1e-17)], [row("mean_difference", -1e-17)])


def test_a_standardised_difference_has_no_direction() -> None:
    assert not flips([row("standardised_difference", 0.1)], [row("standardised_difference", -0.1)])


def test_a_median_that_is_reached_in_one_run_only_flips() -> None:
    median = {"variable": "os", "group": "mutant", "unit": "months"}
    (one,) = flips([row("median", None, note="not reached", **median)], [row("median", 26.3, **median)])
    assert one.kind == "median"
    assert one.sentence == "Survival, Mutated: median not reached in A, 26.30 months in B."


def test_what_becomes_not_estimable_is_said_once_a_reason() -> None:
    gone = [row(name, None, variable="os", note="zero cell") for name in ("hazard_ratio", "hazard_ratio_p")]
    there = [row(name, 0.5, variable="os") for name in ("hazard_ratio", "hazard_ratio_p")]
    (one,) = flips(there, gone)
    assert one.kind == "estimable"
    assert one.sentence == (
        "Survival, Mutated versus Wild type: hazard ratio = 0.50; P of the hazard ratio = 0.50 in A, "
        "not estimable (zero cell) in B."
    )


def test_a_check_of_an_assumption_comes_after_the_effects() -> None:
    first = [row("proportional_hazards_p", 0.2, variable="os"), row("odds_ratio", 0.5)]
    second = [row("proportional_hazards_p", 0.01, variable="os"), row("odds_ratio", 1.5)]
    assert [one.kind for one in flips(first, second)] == ["direction", "assumption"]


def test_a_category_is_said_once_with_its_groups() -> None:
    def counts(everyone: int, mutant: int) -> list[Record]:
        values = (("all", everyone, 20), ("mutant", mutant, 9), ("wild", 6, 11))
        return [row("count", value, group=group, level="PR", n=n, formatted=str(value)) for group, value, n in values]

    (one,) = flips(counts(9, 3), counts(10, 4))
    assert one.kind == "category"
    assert one.sentence == (
        "response: PR, All patients: 9 of 20 in A, 10 of 20 in B (Mutated 3 of 9 and 4 of 9; Wild type 6 of 11 and 6 of 11)."
    )


def test_the_primary_endpoint_comes_first_and_the_excluded_do_not_count() -> None:
    def rows(p: float) -> list[Record]:
        names = (
            ("os", "mutant_vs_wild"),
            ("age", "mutant_vs_wild"),
            ("response", "mutant_vs_wild"),
            ("os", "excluded"),
        )
        return [row("p_value", p, variable=variable, group=group) for variable, group in names]

    assert [one.a.variable for one in flips(rows(0.1), rows(0.01))] == ["response", "os", "age"]


def test_what_is_not_reported_concludes_nothing() -> None:
    def rows(p: float) -> list[Record]:
        return [row("p_value", 0.2, "fisher_exact"), row("p_value", p, "pearson_chi2", reported=False)]

    assert not flips(rows(0.06), rows(0.04))


def test_an_endpoint_is_named_without_its_unit() -> None:
    ratios = [replace(row("hazard_ratio", value, variable="pfs"), label="Time free, months") for value in (0.5, 1.5)]
    (one,) = flips([ratios[0]], [ratios[1]])
    assert one.sentence.startswith("Time free, Mutated versus Wild type: hazard ratio 0.50 in A")
