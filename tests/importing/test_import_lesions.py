"""Scans of lesions: response, nadir and confirmation as the criteria define them, each value counted by hand."""

from __future__ import annotations

import pytest

from hai_utils.errors import DataError
from hai_utils.importing.lesions import cohort_cells, read_scans, scans_csv
from hai_utils.importing.sheets import parse_sheet
from hai_utils.response.courses import Course, courses
from hai_utils.response.rules import ResponseRules

HEADER = "patient_id,day,lesion,long_mm,perp_mm,role\n"
RECIST = ResponseRules("recist_1_1")
WHO = ResponseRules("who_1979")
PAPER = ResponseRules()


def table(*rows: str) -> str:
    return HEADER + "".join(row + "\n" for row in rows)


def course(text: str, rules: ResponseRules = PAPER) -> Course:
    found = courses(read_scans(parse_sheet(text.encode(), "scans.csv")), rules)
    assert len(found) == 1
    return found[0]


def single(*sizes: tuple[int, float | str]) -> str:
    """One target lesion as broad as long, at each day."""
    return table(*(f"A,{day},1,{size},{size},target" for day, size in sizes))


def refused(text: str) -> str:
    with pytest.raises(DataError) as error:
        read_scans(parse_sheet(text.encode(), "scans.csv"))
    return str(error.value)


@pytest.mark.parametrize(
    ("sizes", "response"),
    [
        # Longest diameter 50: 35 is a decrease by 30 %, 36 by 28 %; 60 an increase by 20 % and 10 mm.
        ([(-5, 50), (60, 35)], "PR"),
        ([(-5, 50), (60, 36)], "SD"),
        ([(-5, 50), (60, 60)], "PD"),
        ([(-5, 50), (60, 59)], "SD"),
        ([(-5, 50), (60, 0)], "CR"),
        # 20 % of 20 mm are 4 mm, less than the 5 that are needed besides.
        ([(-5, 20), (60, 24)], "SD"),
        ([(-5, 20), (60, 25)], "PD"),
        # Growth from the nadir of 20 to 30: progression, though 30 is below the baseline; the response stays.
        ([(-5, 50), (60, 20), (120, 30)], "PR"),
        ([(-5, 50), (60, 48), (120, 60), (180, 10)], "SD"),
        ([(-5, 50), (60, 60), (120, 10)], "PD"),
        ([(-5, 50)], "NE"),
        ([(60, 50), (120, 10)], "NE"),
    ],
)
def test_recist_calls_the_best_response_before_progression(sizes: list[tuple[int, float]], response: str) -> None:
    assert course(single(*sizes), RECIST).best_response == response


@pytest.mark.parametrize(
    ("sizes", "response"),
    [
        # Products from 40 x 40 = 1600: 800 is half. 28.284 squared is 799.98.
        ([(-5, 40), (60, 28.284)], "PR"),
        ([(-5, 40), (60, 28.3)], "SD"),
        # 45 x 45 = 2025 is 26.6 % more; 44 x 44 = 1936 is 21 % more.
        ([(-5, 40), (60, 45)], "PD"),
        ([(-5, 40), (60, 44)], "SD"),
        ([(-5, 40), (60, 0)], "CR"),
    ],
)
def test_who_judges_the_products(sizes: list[tuple[int, float]], response: str) -> None:
    assert course(single(*sizes), WHO).best_response == response


def test_who_growth_counts_from_the_nadir_where_it_is_chosen() -> None:
    # 20 x 20 = 400 to 25 x 25 = 625 is 56 % more, and far below the baseline of 1600.
    text = single((-5, 40), (60, 20), (120, 25))
    assert course(text, WHO).points[1].response == "PR"
    assert course(text, ResponseRules("who_1979", reference="nadir")).points[1].response == "PD"


def test_who_may_judge_any_single_lesion() -> None:
    # Lesion 2 grows from 100 to 400 mm2 while the sum falls from 1700 to 500.
    text = table("A,-5,1,40,40,target", "A,-5,2,10,10,target", "A,60,1,10,10,target", "A,60,2,20,20,target")
    assert course(text, WHO).best_response == "PR"
    assert course(text, ResponseRules("who_1979", lesions="any")).best_response == "PD"


@pytest.mark.parametrize(
    ("sizes", "response"),
    [
        ([(-5, 40), (60, 40.1)], "PD"),
        ([(-5, 40), (60, 40)], "SD"),
        # The greatest shrinkage counts, whenever it came.
        ([(-5, 40), (60, 41), (120, 20)], "PR"),
        ([(-5, 40), (60, 38), (120, 41)], "SD"),
    ],
)
def test_paper_calls_any_growth_progression_and_the_greatest_shrinkage_the_response(
    sizes: list[tuple[int, float]], response: str
) -> None:
    assert course(single(*sizes)).best_response == response


def test_the_papers_threshold_can_be_another() -> None:
    text = single((-5, 10), (60, 8))  # 100 to 64 mm2: 36 % less
    assert course(text).best_response == "SD"
    assert course(text, ResponseRules(threshold_percent=36)).best_response == "PR"


@pytest.mark.parametrize("rules", [PAPER, WHO, RECIST], ids=["paper", "who", "recist"])
def test_a_new_lesion_is_progression(rules: ResponseRules) -> None:
    text = table("A,-5,1,40,40,target", "A,60,1,10,10,target", "A,60,2,8,6,new", "A,120,1,0,0,target")
    found = course(text, rules)
    assert found.best_response == "PD"
    assert [point.response for point in found.points] == ["PD", "PD"]


def test_nadir_is_the_smallest_sum_and_its_first_day() -> None:
    found = course(single((-5, 50), (60, 30), (120, 20), (180, 20), (240, 40)), RECIST)
    assert (found.baseline, found.nadir, found.nadir_day) == (50, 20, 120)


def test_baseline_is_the_last_scan_before_therapy() -> None:
    found = course(single((-60, 30), (-5, 50), (60, 35)), RECIST)
    assert (found.baseline_day, found.baseline) == (-5, 50)


@pytest.mark.parametrize(
    ("second", "size", "confirmed", "response"),
    [
        (88, 30, True, "PR"),
        (87, 30, False, "SD"),
        (88, 40, False, "SD"),
    ],
)
def test_confirmation_needs_the_response_again_28_days_later(
    second: int, size: int, confirmed: bool, response: str
) -> None:
    # 50 to 30 mm at day 60 is a partial response; 40 mm is none, and growth by 33 % from the nadir.
    text = single((-5, 50), (60, 30), (second, size))
    assert course(text, RECIST).confirmed is confirmed
    assert course(text, RECIST).best_response == "PR"
    assert course(text, ResponseRules("recist_1_1", confirmation_days=28)).best_response == response


def test_an_unconfirmed_complete_response_may_be_a_confirmed_partial_one() -> None:
    text = single((-5, 50), (60, 20), (120, 0))
    assert course(text, RECIST).best_response == "CR"
    assert course(text, ResponseRules("recist_1_1", confirmation_days=28)).best_response == "PR"


def test_a_lesion_that_was_not_measured_makes_the_scan_not_evaluable() -> None:
    text = table("A,-5,1,40,40,target", "A,-5,2,20,20,target", "A,60,1,10,10,target")
    found = course(text, RECIST)
    assert (found.best_response, found.points[0].burden) == ("NE", None)


def test_what_was_measured_alone_can_prove_progression() -> None:
    text = table("A,-5,1,40,40,target", "A,-5,2,20,20,target", "A,60,1,75,60,target")
    assert course(text, RECIST).best_response == "PD"


def test_products_need_both_diameters_and_longest_diameters_one() -> None:
    text = table("A,-5,1,40,,target", "A,60,1,20,,target")
    assert course(text, WHO).best_response == "NE"
    assert course(text, RECIST).best_response == "PR"


def test_lesions_that_are_no_targets_do_not_count() -> None:
    text = table("A,-5,1,40,40,target", "A,-5,2,30,30,non_target", "A,60,1,20,20,target", "A,60,2,60,60,non_target")
    found = course(text, RECIST)
    assert (found.baseline, found.best_response) == (40, "PR")


def test_columns_of_a_cohort_hold_the_two_largest_targets_at_the_greatest_response() -> None:
    text = table(
        "A,-5,1,20,15,target", "A,-5,2,40,30,target", "A,-5,3,30,25,target",
        "A,60,1,10,5,target", "A,60,2,22,20,target", "A,60,3,11,9,target",
        "A,120,1,12,6,target", "A,120,2,30,24,target", "A,120,3,15,9,target",
    )  # fmt: skip
    cells = cohort_cells(course(text))
    assert [cells[f"lesion{i}_{visit}_{size}_mm"] for i in (1, 2) for visit in ("baseline", "best") for size in ("long", "perp")] == [
        "40", "30", "22", "20", "30", "25", "11", "9",
    ]  # fmt: skip


def test_a_lesion_that_is_gone_is_0_by_0() -> None:
    cells = cohort_cells(course(table("A,-5,1,40,30,target", "A,60,1,0,,target")))
    assert (cells["lesion1_best_long_mm"], cells["lesion1_best_perp_mm"]) == ("0", "0")


def test_a_patient_without_a_later_scan_has_blank_best_columns() -> None:
    cells = cohort_cells(course(single((-5, 40))))
    assert (cells["lesion1_baseline_long_mm"], cells["lesion1_best_long_mm"]) == ("40", "")


@pytest.mark.parametrize(
    ("rows", "place"),
    [
        (["A,-5,1,40,30,target", "A,-5,1,40,30,target"], "line 3, column 'lesion': The same lesion and day stand on line 2"),
        (["A,-5,1,40,30,target", "A,60,1,40,30,new"], "line 3, column 'role'"),
        (["A,-5,1,30,40,target"], "line 2, column 'perp_mm': It is longer"),
        (["A,-5,1,30,20,new"], "line 2, column 'role': A lesion on day 0 or before is called new"),
        (["A,-5,1,30,20,target", "A,60,2,30,20,target"], "line 3, column 'lesion': The scan of day -5, the last before therapy, does not show"),
        (["A,soon,1,30,20,target"], "line 2, column 'day': The cell is not a number"),
        (["A,2020-01-02,1,30,20,target"], "line 2, column 'day': The cell is a date"),
        (["A,1.5,1,30,20,target"], "line 2, column 'day'"),
        (["A,20200102,1,30,20,target"], "line 2, column 'day': "),
        (["A,-5,12.03.2020,30,20,target"], "line 2, column 'lesion': The cell looks like a date"),
        (["A,-5,1,1001,20,target"], "line 2, column 'long_mm': The cell is not at least 0 and at most 1000 mm"),
        (["A,-5,1,3 cm,20,target"], "line 2, column 'long_mm'"),
        (["A,-5,1,-3,20,target"], "line 2, column 'long_mm'"),
        (["A,-5,1,30,20,primary"], "line 2, column 'role': "),
        ([",-5,1,30,20,target"], "line 2, column 'patient_id': The cell is blank"),
    ],
)  # fmt: skip
def test_scans_that_contradict_each_other_are_refused_at_their_line(rows: list[str], place: str) -> None:
    assert place in refused(table(*rows))


def test_a_table_without_a_column_is_refused() -> None:
    assert "line 1, column 'role'" in refused("patient_id,day,lesion,long_mm,perp_mm\nA,1,1,2,2\n")


TWO = table(
    "B,-5,1,40,40,target", "B,60,1,60,50,target",
    "A,-5,1,40,40,target", "A,60,1,20,20,target", "A,120,1,10,10,target", "A,180,1,12,10,target", "A,180,2,5,5,new",
)  # fmt: skip


def test_nadir_and_best_response_are_told_of_each_patient() -> None:
    found = courses(read_scans(parse_sheet(TWO.encode(), "scans.csv")), PAPER)
    assert [course.patient for course in found] == ["A", "B"]
    one = found[0]
    assert (one.baseline, one.nadir, one.nadir_day, one.best_response, one.confirmed) == (1600, 100, 120, "PR", True)


def test_scans_are_written_as_the_table_that_a_build_reads() -> None:
    found = read_scans(parse_sheet(TWO.encode(), "scans.csv"))
    written = scans_csv(found)
    assert written.splitlines()[:2] == [HEADER.strip(), "A,-5,1,40,40,target"]
    assert sorted(written.splitlines()) == sorted(TWO.splitlines())
