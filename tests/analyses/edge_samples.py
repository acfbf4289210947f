"""Small cohorts at the edge of what statistics can say, written as the CSV files that a user would have."""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from hai_utils.cohort.dictionary import standard_dictionary
from hai_utils.cohort.model import Cohort
from hai_utils.cohort.reading import group_cohort
from hai_utils.parameters import Parameters, load_parameters
from tests.cohort.cohort_files import parse_cohort
from tests.conftest import ROOT

Columns = Mapping[str, Sequence[object]]

M, W = "mutant", "wild_type"
SIX = (M, M, M, W, W, W)
LESION_COLUMNS = (
    "lesion1_baseline_long_mm", "lesion1_baseline_perp_mm", "lesion1_best_long_mm", "lesion1_best_perp_mm",
)  # fmt: skip


def survival(months: Sequence[object], events: Sequence[object], stem: str = "os") -> dict[str, Sequence[object]]:
    """The two columns of an endpoint."""
    return {f"{stem}_months": months, f"{stem}_event": events}


def lesions(best_long: Sequence[object], baseline: float = 20) -> dict[str, Sequence[object]]:
    """One lesion of 20 x 10 mm at baseline; the shape stays, so the product falls with the square."""
    perpendicular = ["" if size == "" else float(str(size)) / 2 for size in best_long]
    columns = ([baseline] * len(best_long), [baseline / 2] * len(best_long), best_long, perpendicular)
    return dict(zip(LESION_COLUMNS, columns, strict=True))


def csv_text(columns: Columns) -> str:
    """A cohort file; patients are P1, P2 ..."""
    size = len(next(iter(columns.values())))
    names = {"patient_id": [f"P{place}" for place in range(1, size + 1)], **columns}
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(names)
    writer.writerows(zip(*names.values(), strict=True))
    return buffer.getvalue()


def cohort_of(columns: Columns, *settings: str, free: Collection[str] = ()) -> tuple[Cohort, Parameters]:
    """Read the columns as a cohort file, with the paper's parameters and these settings.

    Any level may be printed of the columns in `free`, as where the cohort's own dictionary confirms them.
    """
    parameters = load_parameters([ROOT / "params.yml"], settings)
    dictionary = {name: replace(one, free=name in free) for name, one in standard_dictionary().items()}
    table, variables = parse_cohort(csv_text(columns).encode(), dictionary)
    return group_cohort(table, variables, parameters), parameters


def full(groups: Sequence[object], months: Sequence[object], events: Sequence[object]) -> dict[str, Sequence[object]]:
    """A cohort of six rows with a column of every kind; both endpoints have the same times."""
    size = len(groups)

    def some(values: Sequence[object]) -> list[object]:
        return [values[place % len(values)] for place in range(size)]

    return {
        "age_years": some((51, 62, 47, 70, 58, 66)),
        "sex": some(("female", "male")),
        "race": some(("White", "White", "Asian")),
        "kras": groups,
        "primary_resection": some(("prior", "synchronous", "none")),
        "hai_cycles": some((2, 4, 6)),
        "hai_discontinued": some(("no", "no", "yes")),
        **lesions(some((5, 14, 19, 22, 10, 16))),
        "converted_to_resection": some(("yes", "no")),
        # Each status is reached half way: of the lesions above, the first, second and fifth respond.
        "converted_months": [
            "" if place % 2 or time == "" else float(str(time)) / 2 for place, time in enumerate(months)
        ],
        "response_months": [
            "" if place % 6 not in {0, 1, 4} or time == "" else float(str(time)) / 2
            for place, time in enumerate(months)
        ],
        "clavien_dindo": some(("0", "II", "0")),
        "pump_complication": some(("none", "none", "biloma")),
        **survival(months, events),
        **survival(months, events, "pfs"),
    }


def with_liver(columns: Columns) -> dict[str, Sequence[object]]:
    """Add the endpoint of the liver, at the same times."""
    return {**columns, **survival(columns["os_months"], columns["os_event"], "hepatic_pfs")}


MONTHS = (3, 8, 14, 5, 11, 20)
ONES = (1,) * 6
NOBODY = (0,) * 6
BLANK = ("",) * 6

# name -> (columns, settings)
COHORTS: dict[str, tuple[Columns, tuple[str, ...]]] = {
    "a group of one": (with_liver(full((M, W, W, W, W, W), MONTHS, ONES)), ()),
    "one group only": (full((W,) * 6, MONTHS, ONES), ()),
    "three groups": (
        {**full(SIX, MONTHS, ONES), "primary_site": ("rectum", "rectum", "left_colon", "left_colon", "right_colon", "right_colon")},
        ("group_by=primary_site", "reference_group=rectum"),
    ),
    "three groups of one": (
        {key: values[:3] for key, values in full(SIX, MONTHS, ONES).items()} | {"primary_site": ("rectum", "left_colon", "right_colon")},
        ("group_by=primary_site", "reference_group=rectum"),
    ),
    "no event in one group": (full(SIX, MONTHS, (1, 1, 1, 0, 0, 0)), ()),
    "no event in the level": (full(SIX, MONTHS, (0, 0, 0, 1, 1, 1)), ()),
    "all censored": (with_liver(full(SIX, MONTHS, NOBODY)), ()),
    "all events at one time": (full(SIX, (12,) * 6, ONES), ()),
    "a constant variable": ({**full(SIX, MONTHS, ONES), "age_years": (60,) * 6, "sex": ("male",) * 6, **lesions((5,) * 6)}, ()),
    "complete separation": (
        {**full(SIX, (1, 2, 3, 20, 20, 20), (1, 1, 1, 0, 0, 0)), "sex": ("male",) * 3 + ("female",) * 3, **lesions((0, 2, 4, 19, 20, 22))},
        (),
    ),
    "monotone likelihood": (full(SIX, (1, 2, 3, 4, 5, 6), ONES), ()),
    "heavy ties": ({**full(SIX, (6, 6, 12, 6, 12, 12), (1, 0, 1, 1, 1, 0)), "age_years": (50, 50, 60, 50, 60, 60)}, ()),
    "time 0": (with_liver(full(SIX, (0, 0, 9, 0, 7, 12), (1, 0, 1, 0, 1, 1))), ()),
    "all times 0": (full(SIX, (0,) * 6, (1, 0, 1, 0, 1, 0)), ()),
    "all dead at 0": (full(SIX, (0,) * 6, ONES), ()),
    "columns missing in every row": (
        {**full(SIX, MONTHS, ONES), "age_years": BLANK, "sex": BLANK, "clavien_dindo": BLANK, "hai_cycles": BLANK,
         **lesions(BLANK), **survival(BLANK, BLANK, "pfs"), **survival(BLANK, BLANK, "hepatic_pfs")},
        (),
    ),
    "survival missing in every row": (
        {**full(SIX, BLANK, BLANK), **survival(BLANK, BLANK, "pfs"), **survival(BLANK, BLANK, "hepatic_pfs")}, (),
    ),
    "missing in one group": (
        {**full(SIX, (3, 8, 14, "", "", ""), (1, 1, 1, "", "", "")), "age_years": (51, 62, 47, "", "", ""),
         "sex": ("male", "female", "male", "", "", ""), **lesions((5, 14, 19, "", "", ""))},
        (),
    ),
    "blank groups": (full((M, M, "", "", W, W), MONTHS, ONES), ()),
    "all groups blank": (full(BLANK, MONTHS, ONES), ()),
    "reference level nobody has": (full((M,) * 6, MONTHS, ONES), ()),
    "everybody excluded": ({**full(SIX, MONTHS, ONES), "braf": (M,) * 6}, ()),
    "one group excluded": ({**full(SIX, MONTHS, ONES), "braf": (W, W, W, M, M, M)}, ()),
    "no lesions": ({"kras": SIX, "age_years": (51, 62, 47, 70, 58, 66), **survival(MONTHS, ONES)}, ()),
    "only lesions": ({"kras": SIX, **lesions((5, 14, 19, 22, 10, 16))}, ()),
    "nobody evaluable": ({**full(SIX, MONTHS, ONES), **lesions(BLANK)}, ()),
    "everybody vanished": ({**full(SIX, MONTHS, ONES), **lesions((0,) * 6)}, ()),
    "one row": (full((M,), (7,), (1,)), ()),
    "one row of the reference": (full((W,), (7,), (0,)), ()),
    "groups that form later": (with_liver(full(SIX, MONTHS, ONES)), ("group_by=converted_to_resection", "reference_group=no")),
    "groups of complications": (full(SIX, MONTHS, ONES), ("group_by=hai_discontinued", "reference_group=no")),
    "groups by grade": (full(SIX, MONTHS, ONES), ("group_by=clavien_dindo", "reference_group=0")),
    "lesions never measured again in full": (
        {**full(SIX, MONTHS, ONES), "lesion1_best_perp_mm": BLANK, "lesion2_baseline_long_mm": (10,) * 6, "lesion2_baseline_perp_mm": (5,) * 6},
        (),
    ),
    "one landmark group": ({**full(SIX, (3, 4, 5, 8, 9, 10), ONES), "converted_to_resection": ("yes",) * 3 + ("no",) * 3, "converted_months": (1, 1, 1, "", "", "")}, ()),
    "nobody at the landmark": (full(SIX, (1, 2, 3, 4, 5, 5), ONES), ()),
    "long before the grid": (full(SIX, (0.1, 0.2, 0.3, 0.4, 0.5, 0.6), ONES), ()),
    "long after the grid": (full(SIX, (100, 200, 300, 400, 500, 600), (1, 0, 1, 0, 1, 0)), ()),
}  # fmt: skip
