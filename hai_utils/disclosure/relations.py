"""Variables that contain one another by their definition: the difference of two such counts is a count of people."""

from __future__ import annotations

LESIONS = tuple(
    f"lesion{lesion}_{visit}_{side}_mm"
    for lesion in (1, 2)
    for visit in ("baseline", "best")
    for side in ("long", "perp")
)
Family = tuple[tuple[str, str], ...]
# Sets of (variable, cell) any two of which may contain one another. A cell is a level, `events` of an endpoint or one
# of its causes, or `n` for those recorded.
RELATED: tuple[Family, ...] = (
    tuple(
        (name, "n")
        for name in (
            *LESIONS,
            "largest_lesion_cm2",
            "reduction_percent",
            "reduction_percent_recist",
            "objective_response",
            "objective_response_recist",
            "objective_response_confirmed",
            "progressed_on_therapy",
            "any_shrinkage",
            "time_to_nadir_months",
        )
    ),
    (("objective_response", "no"), ("objective_response_conservative", "no")),
    (("objective_response", "yes"), ("objective_response_conservative", "yes")),
    (("objective_response_recist", "no"), ("objective_response_recist_conservative", "no")),
    (("objective_response_recist", "yes"), ("objective_response_recist_conservative", "yes")),
    (("objective_response", "yes"), ("any_shrinkage", "yes"), ("time_to_nadir_months", "n")),
    (("objective_response", "no"), ("any_shrinkage", "no")),
    (("objective_response", "no"), ("progressed_on_therapy", "yes")),
    (("objective_response_conservative", "no"), ("progressed_on_therapy", "yes")),
    (("objective_response", "yes"), ("objective_response_recist", "yes")),
    (
        ("objective_response", "yes"),
        ("objective_response_confirmed", "yes"),
        ("time_to_response_months", "n"),
        ("time_to_nadir_months", "n"),
        ("duration_of_response", "n"),
    ),
    (("objective_response", "no"), ("objective_response_confirmed", "no")),
    (("progressed_on_therapy", "yes"), ("any_shrinkage", "no"), ("best_response", "PD")),
    (("progressed_on_therapy", "yes"), ("best_response_recist", "PD")),
    (("best_response", "CR"), ("best_response_recist", "CR"), ("best_response_confirmed", "CR")),
    (("best_response", "PR"), ("best_response_recist", "PR"), ("best_response_confirmed", "PR")),
    (("best_response", "PD"), ("best_response_recist", "PD"), ("best_response_confirmed", "PD")),
    (("best_response", "SD"), ("best_response_confirmed", "SD")),
    (("best_response", "NE"), ("best_response_recist", "NE"), ("best_response_confirmed", "NE")),
    (("any_complication", "n"), ("minor_complication", "n"), ("severe_complication", "n"), ("clavien_dindo", "n")),
    (("any_complication", "yes"), ("minor_complication", "yes")),
    (("any_complication", "yes"), ("severe_complication", "yes")),
    (("any_pump_complication", "n"), ("biliary_complication", "n"), ("biliary_discontinued", "n")),
    (("any_pump_complication", "yes"), ("biliary_complication", "yes"), ("biliary_discontinued", "yes")),
    (("hai_discontinued", "yes"), ("biliary_discontinued", "yes")),
    (("hai_discontinued", "yes"), ("hai_cycles_discontinued", "n")),
    (("hai_discontinued", "n"), ("biliary_discontinued", "n")),
    (("hai_cycles", "n"), ("hai_cycles_discontinued", "n")),
    (("kras", "mutant"), ("kras_codon", "n")),
    (("prior_chemotherapy", "n"), ("prior_regimens", "n")),
    (("prior_chemotherapy", "yes"), ("first_line", "n"), ("second_line", "n"), ("prior_chemo_cycles", "n")),
    (("os", "n"), ("pfs", "n"), ("hepatic_pfs", "n"), ("alive", "n"), ("death_90_days", "n")),
    (("os", "n"), ("pfs", "n"), ("duration_of_response", "n")),
    (("pfs", "events"), ("duration_of_response", "events")),
    (("pfs", "censored"), ("duration_of_response", "censored")),
    (("os", "events"), ("alive", "no"), ("death_90_days", "yes")),
    (("os", "events"), ("pfs", "events"), ("hepatic_pfs", "events")),
    (("os", "events"), ("pfs", "death")),
    (("os", "events"), ("hepatic_pfs", "death")),
    (("pfs", "progression"), ("hepatic_pfs", "progression"), ("hepatic_progression", "events")),
    (("pfs", "death"), ("hepatic_pfs", "death")),
    (("pfs", "events"), ("hepatic_progression", "events")),
    (("hepatic_pfs", "events"), ("hepatic_progression", "events")),
)
# A patient with the event of one of these has that of the next by then, and is at risk no longer in the next.
NESTED_ENDPOINTS = ("os", "hepatic_pfs", "pfs")
# Its clock starts later than theirs: who is at risk in it is at risk in them, but of its events nothing follows.
STARTS_LATER = "duration_of_response"
# Parts to which no other part is published that would make up their whole: withheld, they hold nothing else back.
APART = frozenset({"death_90_days"})
# Measurements, and the variables that say on which side of a limit each lies: a mean and a deviation bound how many do.
CUT: dict[str, tuple[str, ...]] = {
    "reduction_percent": ("objective_response", "any_shrinkage", "progressed_on_therapy", "best_response"),
    "reduction_percent_recist": (
        "objective_response_recist",
        "best_response_recist",
        # Where RECIST 1.1 is the criterion in force:
        "objective_response",
        "any_shrinkage",
        "progressed_on_therapy",
        "best_response",
    ),
}
