"""What each patient's measurements make of him: responses by each criterion, complications, early deaths."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import pytest

from hai_utils.analyses.endpoints import derive
from hai_utils.catalogue.criteria import CRITERIA
from hai_utils.cohort.dictionary import standard_dictionary
from hai_utils.cohort.model import Cohort
from hai_utils.errors import ParameterError
from hai_utils.parameters import Parameters

BLANK = math.nan
# One patient's lesions: (long, perpendicular) at baseline and at best response, in mm.
Lesion = tuple[tuple[float, float], tuple[float, float]]
NONE: Lesion = ((BLANK, BLANK), (BLANK, BLANK))


def cohort_of(columns: Mapping[str, Sequence[object]]) -> Cohort:
    """A cohort of these columns; all in one group."""
    dictionary = standard_dictionary()
    size = len(next(iter(columns.values())))
    table = pd.DataFrame({"kras": np.array(["mutant"] * size, dtype=object)})
    for name, values in columns.items():
        number = dictionary[name].kind in {"number", "integer"}
        table[name] = np.array(values, dtype=np.float64 if number else object)
    variables = {name: dictionary[name] for name in table}
    return Cohort(table, variables, "kras", "wild_type", ("mutant", "wild_type"), np.zeros(size, dtype=bool))


def derived(
    columns: Mapping[str, Sequence[object]], parameters: Parameters, name: str, **choices: object
) -> list[object]:
    """The derived column, None where it is missing."""
    table = derive(cohort_of(columns), parameters.model_copy(update=choices)).table
    return [None if pd.isna(value) else value for value in table[name]]


def of_lesions(patients: Sequence[tuple[Lesion, Lesion]]) -> dict[str, list[object]]:
    """The eight columns of the target lesions."""
    columns: dict[str, list[object]] = {}
    for place, lesion in enumerate(("lesion1", "lesion2")):
        for visit, when in enumerate(("baseline", "best")):
            for side, axis in enumerate(("long", "perp")):
                columns[f"{lesion}_{when}_{axis}_mm"] = [patient[place][visit][side] for patient in patients]
    return columns


def called(
    parameters: Parameters, first: Lesion, second: Lesion = NONE, *, name: str = "best_response", **choices: object
) -> object:
    """What one patient's best response is called; another is measured in full, so that no column is blank throughout."""
    other = (((30.0, 20.0), (30.0, 20.0)), NONE)
    return derived(of_lesions([(first, second), other]), parameters, name, **choices)[0]


def shrunk_to(best: float, perpendicular: float = 10.0) -> Lesion:
    """A lesion of 20 x 10 mm at baseline; with the perpendicular kept, the product falls as the diameter."""
    return ((20.0, 10.0), (best, perpendicular))


# --- the criteria ---------------------------------------------------------------------------------------------------

# criterion, best longest diameter of a lesion of 20 x 10 mm whose perpendicular stays -> response
BOUNDARIES = [
    ("paper", 10.0, "PR"),  # exactly -50 %
    ("paper", 10.0 + 1e-12, "PR"),  # within 1e-9 of a per cent
    ("paper", 10.0 + 1e-6, "SD"),
    ("paper", 9.9, "PR"),
    ("paper", 20.0, "SD"),  # no change is no growth
    ("paper", 20.0 + 1e-12, "SD"),
    ("paper", 20.1, "PD"),  # any growth
    ("who_1979", 10.0, "PR"),
    ("who_1979", 10.1, "SD"),
    ("who_1979", 24.9, "SD"),
    ("who_1979", 25.0, "PD"),  # exactly +25 %
    ("who_1979", 25.0 - 1e-12, "PD"),
    ("who_1979", 25.0 - 1e-6, "SD"),
    ("recist_1_1", 14.0, "PR"),  # exactly -30 %
    ("recist_1_1", 14.0 + 1e-12, "PR"),
    ("recist_1_1", 14.0 + 1e-6, "SD"),
    ("recist_1_1", 24.0, "SD"),  # +20 %, but 4 mm only
    ("recist_1_1", 24.9, "SD"),
    ("recist_1_1", 25.0, "PD"),  # +25 % and exactly 5 mm
]


@pytest.mark.parametrize(("rules", "best", "response"), BOUNDARIES)
def test_boundaries_of_a_response_are_inclusive(parameters: Parameters, rules: str, best: float, response: str) -> None:
    assert called(parameters, shrunk_to(best), response_criterion=rules) == response


@pytest.mark.parametrize("rules", ["paper", "who_1979", "recist_1_1"])
def test_lesions_that_vanished_are_a_complete_response(parameters: Parameters, rules: str) -> None:
    gone = ((20.0, 10.0), (0.0, 0.0))
    assert called(parameters, gone, gone, response_criterion=rules) == "CR"


def test_recist_needs_growth_in_percent_and_in_millimetres(parameters: Parameters) -> None:
    large = ((100.0, 50.0), (119.0, 50.0))  # +19 mm, +19 %
    assert called(parameters, large, response_criterion="recist_1_1") == "SD"
    assert called(parameters, ((100.0, 50.0), (120.0, 50.0)), response_criterion="recist_1_1") == "PD"
    small = ((10.0, 10.0), (14.9, 10.0))  # +49 %, 4.9 mm
    assert called(parameters, small, response_criterion="recist_1_1") == "SD"


def test_recist_is_blind_to_the_perpendicular(parameters: Parameters) -> None:
    narrowed = ((20.0, 10.0), (20.0, 2.0))
    assert called(parameters, narrowed, response_criterion="paper") == "PR"
    assert called(parameters, narrowed, response_criterion="recist_1_1") == "SD"
    assert called(parameters, narrowed, name="best_response_recist") == "SD"


def test_a_threshold_of_the_study_moves_the_response(parameters: Parameters) -> None:
    assert called(parameters, shrunk_to(14.0), response_threshold_percent=30.0) == "PR"
    assert called(parameters, shrunk_to(14.0)) == "SD"


def test_two_lesions_are_judged_by_their_sum(parameters: Parameters) -> None:
    # Products 200 and 100 become 50 and 100: 300 to 150 is exactly half.
    first, second = ((20.0, 10.0), (5.0, 10.0)), ((10.0, 10.0), (10.0, 10.0))
    assert called(parameters, first, second) == "PR"
    assert derived(of_lesions([(first, second)]), parameters, "reduction_percent") == [50.0]


def test_the_lesions_may_be_judged_one_by_one_for_progression(parameters: Parameters) -> None:
    # The sum falls from 300 to 230 while the second lesion grows from 100 to 130.
    first, second = ((20.0, 10.0), (10.0, 10.0)), ((10.0, 10.0), (13.0, 10.0))
    assert called(parameters, first, second, response_criterion="who_1979", who_lesions="sum") == "SD"
    assert called(parameters, first, second, response_criterion="who_1979", who_lesions="any") == "PD"


def test_reading_any_lesion_belongs_to_who_alone(parameters: Parameters) -> None:
    first, second = ((20.0, 10.0), (10.0, 10.0)), ((10.0, 10.0), (13.0, 10.0))
    assert called(parameters, first, second, who_lesions="any") == "SD"
    assert called(parameters, first, second, response_criterion="recist_1_1", who_lesions="any") == "SD"


def test_with_one_follow_up_scan_the_nadir_is_the_baseline(parameters: Parameters) -> None:
    for best, response in ((25.0, "PD"), (24.9, "SD"), (10.0, "PR")):
        found = called(parameters, shrunk_to(best), response_criterion="who_1979", who_reference="nadir")
        assert found == response


def test_the_rules_name_their_source() -> None:
    rules = CRITERIA["recist_1_1"]
    assert (rules.measure, rules.response_percent, rules.progression_percent, rules.progression_mm) == (
        "longest",
        30,
        20,
        5,
    )
    assert rules.reference


def test_growth_is_a_negative_reduction(parameters: Parameters) -> None:
    assert derived(of_lesions([(shrunk_to(22.8), NONE)]), parameters, "reduction_percent") == [pytest.approx(-14.0)]
    assert called(parameters, shrunk_to(22.8), name="progressed_on_therapy") == "yes"
    assert called(parameters, shrunk_to(22.8), name="any_shrinkage") == "no"


def test_no_change_is_neither_growth_nor_shrinkage(parameters: Parameters) -> None:
    assert called(parameters, shrunk_to(20.0), name="progressed_on_therapy") == "no"
    assert called(parameters, shrunk_to(20.0), name="any_shrinkage") == "no"


# --- what was not measured ------------------------------------------------------------------------------------------

SECOND_UNSEEN: Lesion = ((10.0, 10.0), (BLANK, BLANK))


@pytest.mark.parametrize("rules", ["paper", "who_1979", "recist_1_1"])
def test_a_second_lesion_not_measured_again_is_not_evaluable(parameters: Parameters, rules: str) -> None:
    assert called(parameters, shrunk_to(2.0), SECOND_UNSEEN, response_criterion=rules) == "NE"


def test_a_lesion_not_measured_again_is_never_0_mm(parameters: Parameters) -> None:
    columns = of_lesions([(shrunk_to(2.0), SECOND_UNSEEN), (((20.0, 10.0), (BLANK, BLANK)), NONE)])
    assert derived(columns, parameters, "reduction_percent") == [None, None]
    assert derived(columns, parameters, "reduction_percent_recist") == [None, None]
    assert derived(columns, parameters, "best_response") == ["NE", "NE"]
    assert derived(columns, parameters, "objective_response") == [None, None]


def test_growth_of_what_was_measured_proves_progression_by_itself(parameters: Parameters) -> None:
    # Lesion 1 alone, 400 mm2, exceeds both at baseline, 300 mm2: whatever lesion 2 did, the sum has grown.
    grown = ((20.0, 10.0), (20.0, 20.0))
    assert called(parameters, grown, SECOND_UNSEEN) == "PD"
    assert called(parameters, grown, SECOND_UNSEEN, name="objective_response") == "no"
    assert called(parameters, grown, SECOND_UNSEEN, response_criterion="who_1979") == "PD"


def test_growth_that_the_unseen_lesion_could_undo_proves_nothing(parameters: Parameters) -> None:
    # Lesion 1 grows from 200 to 250 mm2, but both were 300 at baseline.
    assert called(parameters, ((20.0, 10.0), (25.0, 10.0)), SECOND_UNSEEN) == "NE"


def test_a_grown_lesion_is_progression_where_any_lesion_counts(parameters: Parameters) -> None:
    grown = ((20.0, 10.0), (25.0, 10.0))
    assert called(parameters, grown, SECOND_UNSEEN, response_criterion="who_1979", who_lesions="any") == "PD"


def test_a_grown_lesion_is_progression_even_beside_a_half_measured_one(parameters: Parameters) -> None:
    grown, half = ((20.0, 10.0), (25.0, 10.0)), ((12.0, BLANK), (12.0, 6.0))
    assert called(parameters, grown, half, response_criterion="who_1979", who_lesions="any") == "PD"
    assert called(parameters, grown, half, response_criterion="who_1979", who_lesions="sum") == "NE"


def test_a_patient_with_one_lesion_needs_only_that_one(parameters: Parameters) -> None:
    assert called(parameters, shrunk_to(5.0)) == "PR"


@pytest.mark.parametrize("half", [((20.0, BLANK), (10.0, 5.0)), ((BLANK, 10.0), (10.0, 5.0))])
def test_a_half_measured_lesion_is_not_evaluable_by_products(parameters: Parameters, half: Lesion) -> None:
    assert called(parameters, half) == "NE"


def test_a_half_measured_second_lesion_is_not_left_out(parameters: Parameters) -> None:
    """It exists, so the sum without it would be another patient's."""
    second = ((12.0, BLANK), (12.0, 6.0))
    assert called(parameters, shrunk_to(5.0), second) == "NE"
    assert derived(of_lesions([(shrunk_to(5.0), second)]), parameters, "reduction_percent") == [None]


def test_half_a_measurement_is_enough_for_recist(parameters: Parameters) -> None:
    half = ((20.0, BLANK), (10.0, BLANK))
    assert called(parameters, half, name="best_response_recist") == "PR"
    assert derived(of_lesions([(half, NONE)]), parameters, "reduction_percent_recist") == [50.0]


def test_a_best_scan_half_measured_is_not_evaluable_by_products(parameters: Parameters) -> None:
    assert called(parameters, ((20.0, 10.0), (5.0, BLANK))) == "NE"


def test_without_a_baseline_there_is_no_response(parameters: Parameters) -> None:
    assert called(parameters, ((BLANK, BLANK), (10.0, 5.0))) == "NE"


def test_nobody_is_dropped(parameters: Parameters) -> None:
    patients = [(shrunk_to(5.0), NONE), (shrunk_to(2.0), SECOND_UNSEEN), (NONE, NONE)]
    assert derived(of_lesions(patients), parameters, "best_response") == ["PR", "NE", "NE"]


def test_the_size_of_the_largest_lesion_is_a_product_in_cm2(parameters: Parameters) -> None:
    assert derived(of_lesions([(shrunk_to(5.0), NONE), (NONE, NONE)]), parameters, "largest_lesion_cm2") == [2.0, None]


# --- the response and its conservative form -------------------------------------------------------------------------


def test_complete_and_partial_responses_are_objective(parameters: Parameters) -> None:
    patients = [
        (((20.0, 10.0), (0.0, 0.0)), NONE),
        (shrunk_to(5.0), NONE),
        (shrunk_to(19.0), NONE),
        (shrunk_to(30.0), NONE),
    ]
    assert derived(of_lesions(patients), parameters, "best_response") == ["CR", "PR", "SD", "PD"]
    assert derived(of_lesions(patients), parameters, "objective_response") == ["yes", "yes", "no", "no"]


def test_the_not_evaluable_are_failures_in_the_conservative_rate(parameters: Parameters) -> None:
    patients = [(shrunk_to(5.0), NONE), (shrunk_to(2.0), SECOND_UNSEEN)]
    columns = of_lesions(patients)
    assert derived(columns, parameters, "objective_response") == ["yes", None]
    assert derived(columns, parameters, "objective_response_conservative") == ["yes", "no"]
    assert derived(columns, parameters, "objective_response_recist_conservative") == ["yes", "no"]


# --- what the data cannot support is refused by name ----------------------------------------------------------------


def test_confirmation_is_refused_by_name(parameters: Parameters) -> None:
    with pytest.raises(ParameterError, match=r"'confirmation_days' cannot be 28.*dated scans"):
        called(parameters, shrunk_to(5.0), confirmation_days=28)


@pytest.mark.parametrize("rules", ["who_1979", "recist_1_1"])
def test_a_threshold_is_refused_where_the_criterion_has_its_own(parameters: Parameters, rules: str) -> None:
    with pytest.raises(ParameterError, match=rf"'response_threshold_percent'.*{rules}"):
        called(parameters, shrunk_to(5.0), response_criterion=rules, response_threshold_percent=30.0)


# --- early deaths ---------------------------------------------------------------------------------------------------

LIMIT = 90 / 30.4375


@pytest.mark.parametrize(
    ("months", "event", "died"),
    [
        (LIMIT, 1, "yes"),
        (LIMIT + 1e-6, 1, "no"),
        (0.0, 1, "yes"),
        (1.0, 0, None),  # censored earlier: not known
        (LIMIT - 1e-6, 0, None),
        (LIMIT, 0, "no"),
        (40.0, 0, "no"),
        (40.0, 1, "no"),
        (BLANK, BLANK, None),
    ],
)
def test_death_within_90_days(parameters: Parameters, months: float, event: float, died: str | None) -> None:
    columns = {"os_months": [months, 12.0], "os_event": [event, 1]}
    assert derived(columns, parameters, "death_90_days") == [died, "no"]


def test_alive_is_the_state_at_last_contact(parameters: Parameters) -> None:
    columns = {"os_months": [5.0, 6.0, BLANK], "os_event": [0, 1, BLANK]}
    assert derived(columns, parameters, "alive") == ["yes", "no", None]


# --- complications --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("grade", "any_", "minor", "severe"),
    [
        ("0", "no", "no", "no"), ("I", "yes", "yes", "no"), ("II", "yes", "yes", "no"), ("IIIa", "yes", "no", "yes"),
        ("IIIb", "yes", "no", "yes"), ("IVa", "yes", "no", "yes"), ("IVb", "yes", "no", "yes"), ("V", "yes", "no", "yes"),
    ],
)  # fmt: skip
def test_grades_are_minor_to_ii_and_severe_from_iiia(
    parameters: Parameters, grade: str, any_: str, minor: str, severe: str
) -> None:
    found = [
        derived({"clavien_dindo": [grade, None]}, parameters, f"{kind}_complication")
        for kind in ("any", "minor", "severe")
    ]
    assert found == [[any_, None], [minor, None], [severe, None]]


def test_stricture_and_biloma_are_biliary(parameters: Parameters) -> None:
    events = ["none", "pocket_infection", "biliary_stricture", "biloma", "catheter", None]
    columns = {"pump_complication": events}
    assert derived(columns, parameters, "biliary_complication") == ["no", "no", "yes", "yes", "no", None]
    assert derived(columns, parameters, "any_pump_complication") == ["no", "yes", "yes", "yes", "yes", None]


def test_cycles_before_stopping_are_those_of_the_stopped(parameters: Parameters) -> None:
    columns = {"hai_cycles": [4, 6, BLANK, 5], "hai_discontinued": ["yes", "no", "yes", None]}
    assert derived(columns, parameters, "hai_cycles_discontinued") == [4.0, None, None, None]


def test_stopping_for_a_biliary_complication_needs_both(parameters: Parameters) -> None:
    columns = {
        "pump_complication": ["biloma", "biloma", "catheter", None],
        "hai_discontinued": ["yes", "no", "yes", "yes"],
    }
    assert derived(columns, parameters, "biliary_discontinued") == ["yes", "no", "no", None]


def test_prior_chemotherapy_is_one_regimen_or_more(parameters: Parameters) -> None:
    assert derived({"prior_regimens": [0, 1, 3, BLANK]}, parameters, "prior_chemotherapy") == ["no", "yes", "yes", None]


def test_a_derivation_without_its_columns_is_left_out(parameters: Parameters) -> None:
    table = derive(cohort_of({"os_months": [5.0], "os_event": [1]}), parameters).table
    assert {"alive", "death_90_days"} <= set(table)
    assert not {"reduction_percent", "any_complication", "largest_lesion_cm2", "prior_chemotherapy"} & set(table)
