"""Response from dated scans: confirmation, nadir, new and other lesions, by the published rules."""

from __future__ import annotations

import csv
import random
from dataclasses import replace

import pytest

from hai_utils.cohort.scans import LesionScan
from hai_utils.response.courses import Course, courses
from hai_utils.response.rules import ResponseRules
from tests.conftest import ROOT

REFERENCE = ROOT / "tests" / "reference" / "responses"
CASES, COURSES = (
    list(csv.DictReader((REFERENCE / name).read_text(encoding="utf-8").splitlines()))
    for name in ("cases.csv", "courses.csv")
)
RECIST = ResponseRules("recist_1_1")
WHO = ResponseRules("who_1979")
CONFIRMED = ResponseRules("recist_1_1", confirmation_days=28)


def scans(text: str, patient: str = "P1", lesion: str = "1", role: str = "target") -> list[LesionScan]:
    """Scans of one lesion: ``day:longest`` or ``day:longestxperpendicular``, ``?`` where it was not measured."""
    found = []
    for word in text.split():
        day, _, size = word.partition(":")
        long, _, perp = size.partition("x")
        sizes = (None, None) if size == "?" else (float(long), float(perp or long))
        found.append(LesionScan(patient, int(day), lesion, *sizes, role))  # type: ignore[arg-type]  # a test names roles
    return found


def course(found: list[LesionScan], rules: ResponseRules) -> Course:
    (one,) = courses(found, rules)
    return one


@pytest.mark.parametrize("case", CASES, ids=[case["source"] for case in CASES])
def test_best_response_is_that_of_the_published_rules(case: dict[str, str]) -> None:
    rules = ResponseRules(
        case["criterion"],  # type: ignore[arg-type]  # the file names criteria
        reference=case["who_reference"],  # type: ignore[arg-type]
        confirmation_days=int(case["confirmation_days"]),
    )
    assert course(scans(case["scans"]), rules).best_response == case["best_response"]


def lesions(text: str) -> list[LesionScan]:
    """Scans of several lesions, each with its role: ``target -5:50 60:0 | new 60:8``."""
    found = []
    for number, part in enumerate(text.split("|")):
        role, *sizes = part.split()
        found += scans(" ".join(sizes), lesion=f"{role}{number}", role=role)
    return found


@pytest.mark.parametrize("case", COURSES, ids=[case["source"] for case in COURSES])
def test_a_course_is_that_of_the_published_rules(case: dict[str, str]) -> None:
    rules = ResponseRules(
        case["criterion"],  # type: ignore[arg-type]  # the file names criteria
        confirmation_days=int(case["confirmation_days"]),
    )
    one = course(lesions(case["lesions"]), rules)
    days = [int(case[name]) if case[name] else None for name in ("response_day", "progression_day", "nadir_day")]
    assert one.best_response == case["best_response"]
    assert [one.response_day, one.progression_day(), one.nadir_day] == days


@pytest.mark.parametrize(
    ("rules", "other", "response"),
    [
        # RECIST 1.1, Table 1: targets gone, others present or not evaluated: PR; all gone: CR.
        (RECIST, "-5:20 60:15", "PR"),
        (RECIST, "-5:20", "PR"),
        (RECIST, "-5:20 60:0", "CR"),
        # WHO: complete response is the disappearance of all known disease.
        (WHO, "-5:20 60:15", "PR"),
        # The paper measured two lesions and no others.
        (ResponseRules(), "-5:20 60:15", "CR"),
    ],
)
def test_no_response_is_complete_while_another_lesion_remains(rules: ResponseRules, other: str, response: str) -> None:
    found = scans("-5:50 60:0") + scans(other, lesion="9", role="non_target")
    assert course(found, rules).best_response == response


@pytest.mark.parametrize("rules", [RECIST, WHO, ResponseRules()], ids=["recist", "who", "paper"])
def test_nothing_after_a_new_lesion_counts(rules: ResponseRules) -> None:
    found = scans("-5:50 60:45 120:0") + scans("60:8", lesion="9", role="new")
    assert (course(found, rules).best_response, course(found, rules).ended_day) == ("PD", 60)


def test_a_new_lesion_after_a_response_ends_it_and_does_not_undo_it() -> None:
    found = scans("-5:50 60:30 88:30 120:10") + scans("120:8", lesion="9", role="new")
    one = course(found, CONFIRMED)
    assert (one.best_response, one.response_day, one.reduction_percent(one.ended_day)) == ("PR", 60, 80.0)


def test_a_response_dates_from_the_scan_that_was_later_confirmed() -> None:
    found = scans("-5:50 60:35 74:36 102:35 130:35")
    assert course(found, RECIST).response_day == 60
    assert course(found, CONFIRMED).response_day == 102


def test_a_partial_response_before_a_complete_one_is_the_first_response() -> None:
    """RECIST 1.1, section 4.6.2: CR or PR, whichever is first recorded."""
    one = course(scans("-5:50 60:30 90:0 120:0"), CONFIRMED)
    assert (one.best_response, one.response_day) == ("CR", 60)


def test_the_reduction_is_that_of_the_scans_that_count() -> None:
    # 48 mm is 20 % and 8 mm above 40: progression; the 10 mm after it do not count.
    one = course(scans("-5:50 60:40 88:48 116:10"), RECIST)
    assert one.reduction_percent(one.ended_day) == pytest.approx(20.0, rel=1e-12)
    assert (one.nadir, one.nadir_day) == (40, 60)


def test_growth_alone_is_a_negative_reduction() -> None:
    assert course(scans("-5:50 60:55"), RECIST).reduction_percent(None) == pytest.approx(-10.0, rel=1e-12)


def random_patients(generator: random.Random, count: int) -> list[LesionScan]:
    """Patients with one to three lesions and up to five scans of any size."""
    found: list[LesionScan] = []
    for number in range(count):
        days = [-generator.randint(0, 20), *sorted(generator.sample(range(10, 300), generator.randint(0, 4)))]
        for lesion in range(generator.randint(1, 3)):
            for day in days:
                long = generator.choice([0.0 if day > 0 else 12.0, round(generator.uniform(5, 60), 1)])
                found.append(LesionScan(f"P{number:03}", day, str(lesion), long, long, "target"))
    return found


ALL_RULES = [
    ResponseRules(criterion, confirmation_days=days)  # type: ignore[arg-type]
    for criterion in ("paper", "who_1979", "recist_1_1")
    for days in (0, 28)
]


@pytest.mark.parametrize("rules", ALL_RULES, ids=lambda rules: f"{rules.criterion}-{rules.confirmation_days}")
def test_the_order_of_the_rows_and_the_names_of_patients_do_not_matter(rules: ResponseRules) -> None:
    generator = random.Random(1979)
    found = random_patients(generator, 60)
    mixed = [replace(scan, patient=f"Q{scan.patient}") for scan in generator.sample(found, len(found))]
    assert [replace(one, patient="") for one in courses(found, rules)] == [
        replace(one, patient="") for one in courses(mixed, rules)
    ]


@pytest.mark.parametrize("criterion", ["paper", "who_1979", "recist_1_1"])
def test_confirmation_never_makes_a_better_response(criterion: str) -> None:
    found = random_patients(random.Random(2009), 400)
    order = ("CR", "PR", "SD", "PD", "NE")
    without, confirmed = (
        courses(found, ResponseRules(criterion, confirmation_days=days))  # type: ignore[arg-type]
        for days in (0, 28)
    )
    pairs = list(zip(without, confirmed, strict=True))
    assert all(order.index(one.best_response) <= order.index(again.best_response) for one, again in pairs)
    assert all(again.confirmed for again in confirmed if again.best_response in {"CR", "PR"})
    # What is no response needs no confirmation.
    assert all(
        one.best_response == again.best_response for one, again in pairs if one.best_response not in {"CR", "PR"}
    )


def test_longer_days_of_all_scans_change_nothing_but_confirmation() -> None:
    """Sizes alone tell the response without confirmation; only confirmation asks for days."""
    found = random_patients(random.Random(7), 200)
    later = [replace(scan, day=10 * scan.day) for scan in found]
    called = [[one.best_response for one in courses(rows, RECIST)] for rows in (found, later)]
    assert called[0] == called[1]
