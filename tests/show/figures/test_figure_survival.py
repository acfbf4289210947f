"""Survival figures, read back from what is drawn and from their captions."""

from __future__ import annotations

import csv
import random
from dataclasses import replace

import pytest
from matplotlib.colors import to_hex

from hai_utils.catalogue.statuses import CONVERSION, RESPONSE, STATUSES
from hai_utils.results.table import Results
from hai_utils.show.content import Figure, Notice, Quote, plain
from hai_utils.show.figures.by_status import by_status, plan_changing, plan_landmark
from hai_utils.show.figures.curves import shown_until
from hai_utils.show.figures.style import GROUP_STYLES, LANDMARK_STYLES, WIDTH, applied
from hai_utils.show.figures.survival import figure_of, kaplan_meier, lettering, plan_endpoint
from hai_utils.show.figures.survival_drawing import LEFT, draw, plot_width
from tests.show.figures.figure_boxes import collisions, texts
from tests.show.figures.figure_samples import record, study, survival_results

A = [(2.0, 1), (5.0, 0), (8.0, 1), (13.0, 1), (20.0, 0)]
B = [(3.0, 0), (7.0, 1), (15.0, 0), (26.0, 0)]
TWO = {"mutant": ("KRAS-mutated", A), "wild_type": ("Wild type", B)}
PAIR = "os.mutant_vs_wild_type"
RECORDS = [
    record(f"{PAIR}.p_value", 0.3, "0.30", method="logrank"),
    record(f"{PAIR}.hazard_ratio", 2.05, "2.05", method="cox_efron"),
    record(f"{PAIR}.hazard_ratio_lower", 0.51, "0.51", method="cox_efron"),
    record(f"{PAIR}.hazard_ratio_upper", 8.24, "8.24", method="cox_efron"),
    record("os.mutant.median", 8.0, "8.0", method="midpoint"),
    record("os.mutant.median_lower", 2.0, "2.0", method="brookmeyer_crowley_log"),
    record("os.mutant.median_upper", None, "NR", method="brookmeyer_crowley_log", note="not reached"),
    record("os.wild_type.median", None, "NR", method="midpoint", note="not reached"),
]


def canvas_of(results: Results, endpoint: str = "os"):
    plan = plan_endpoint(results, endpoint)
    assert plan is not None
    with applied():
        return draw(
            plan.curves, lettering(results, plan), results.study.parameters["time_grid_months"], results.study.formatter
        )


def with_statistics(results: Results) -> Results:
    """The same results of a run that asks for effect and P in the figure too."""
    parameters = {**results.study.parameters, "figure_statistics": "figure"}
    return replace(results, study=replace(results.study, parameters=parameters))


def line(canvas, key: str):
    return next(line for line in canvas.axes[0].lines if line.get_label() == key)


def written(canvas) -> list[str]:
    return [text.get_text() for text in texts(canvas)]


def rows_under_the_axis(canvas) -> dict[str, list[list[int]]]:
    """Numbers of each row under the axis, group after group, from left to right, with the center of each."""
    inside = [text for text in canvas.texts if text.get_horizontalalignment() == "center" and text.get_text().isdigit()]
    heights = sorted({round(text.get_position()[1], 6) for text in inside}, reverse=True)
    found: dict[str, list[list[int]]] = {"At risk": [], "Censored": [], "Events": []}
    for place, height in enumerate(heights):
        row = sorted(
            (text for text in inside if round(text.get_position()[1], 6) == height),
            key=lambda text: text.get_position()[0],
        )
        found[("At risk", "Censored", "Events")[place % 3]].append([int(text.get_text()) for text in row])
    return found


def test_a_curve_is_drawn_in_steps_from_one():
    xs, ys = line(canvas_of(survival_results(TWO)), "os.mutant").get_data()
    assert list(xs) == [0, 2, 2, 8, 8, 13, 13, 20]
    # Product limit by hand: 4/5, then 2/3 of it, then 1/2 of that.
    assert list(ys) == pytest.approx([1, 1, 4 / 5, 4 / 5, 8 / 15, 8 / 15, 4 / 15, 4 / 15])


def test_a_tick_stands_on_the_curve_at_each_censored_time():
    marks = line(canvas_of(survival_results(TWO)), "os.mutant, censored")
    assert list(marks.get_xdata()) == [5, 20]
    assert list(marks.get_ydata()) == pytest.approx([4 / 5, 4 / 15])
    assert marks.get_marker() == "|"


def test_groups_differ_by_colour_and_by_line():
    canvas = canvas_of(survival_results(TWO))
    first, second = line(canvas, "os.mutant"), line(canvas, "os.wild_type")
    assert [to_hex(one.get_color()).upper() for one in (first, second)] == [style.colour for style in GROUP_STYLES[:2]]
    assert (first.get_linestyle(), second.get_linestyle()) == ("-", "--")


def test_the_band_has_the_limits_of_the_series():
    canvas = canvas_of(survival_results({"a": ("A", [(2.0, 1), (5.0, 0)])}))
    (band,) = canvas.axes[0].collections
    vertices = {(float(x), round(float(y), 6)) for x, y in band.get_paths()[0].vertices}
    assert {(2.0, 0.4), (2.0, 0.6), (5.0, 0.4), (5.0, 0.6)} <= vertices


def test_the_numbers_under_the_axis_are_those_of_the_data():
    # Counted by hand: at risk time >= t; censored and events time < t; at 0, 6, 12, 18 and 24 months.
    assert rows_under_the_axis(canvas_of(survival_results(TWO))) == {
        "At risk": [[5, 3, 2, 1, 0], [4, 3, 2, 1, 1]],
        "Censored": [[0, 1, 1, 1, 2], [0, 1, 1, 2, 2]],
        "Events": [[0, 1, 2, 3, 3], [0, 0, 1, 1, 1]],
    }


def test_each_number_stands_under_its_time():
    canvas = canvas_of(survival_results(TWO))
    end = canvas.axes[0].get_xlim()[1]
    expected = [LEFT + plot_width() * time / end for time in (0, 6, 12, 18, 24)]
    row = sorted(
        text.get_position()[0] * WIDTH
        for text in canvas.texts
        if text.get_text().isdigit() and text.get_horizontalalignment() == "center"
    )
    assert sorted({round(x, 3) for x in row}) == [round(x, 3) for x in expected]


def test_a_long_follow_up_is_shown_in_full_with_regular_times():
    axes = canvas_of(survival_results({"a": ("A", [(131.9, 0), (60.0, 1)]), "b": ("B", [(12.0, 1)])})).axes[0]
    assert list(axes.get_xticks()) == [*range(0, 133, 12)]
    assert axes.get_xlim()[1] >= 131.9


def test_the_vertical_axis_is_the_whole_probability():
    axes = canvas_of(survival_results(TWO)).axes[0]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["0%", "25%", "50%", "75%", "100%"]
    assert axes.get_ylim()[0] == 0
    assert axes.get_ylim()[1] >= 1


def test_effect_and_interval_stand_before_p_and_both_name_who_is_compared():
    results = survival_results(TWO, RECORDS)
    expected = "Hazard ratio 2.05 (95% CI 0.51–8.24); log-rank test, P=0.30 (KRAS-mutated versus wild type)"
    assert expected in written(canvas_of(with_statistics(results)))
    assert expected not in written(canvas_of(results))
    figure = kaplan_meier(results, "os")
    assert plain(figure.notes[0]) == f"{expected}."


def test_the_caption_quotes_its_numbers_by_key():
    figure = kaplan_meier(survival_results(TWO, RECORDS), "os")
    quotes = {run.key: run.text for note in figure.notes for run in note if isinstance(run, Quote)}
    assert quotes == {
        f"{PAIR}.hazard_ratio": "2.05", f"{PAIR}.hazard_ratio_lower": "0.51", f"{PAIR}.hazard_ratio_upper": "8.24", f"{PAIR}.p_value": "0.30",
    }  # fmt: skip


def test_medians_are_named_beside_their_group():
    assert {"median 8.0 months (95% CI 2.0–NE)", "median not reached"} <= set(
        written(canvas_of(survival_results(TWO, RECORDS)))
    )


def test_a_dotted_line_falls_at_each_median_that_is_reached():
    canvas = canvas_of(survival_results(TWO, RECORDS))
    falls = [one for one in canvas.axes[0].lines if list(one.get_ydata()) == [0, 0.5]]
    assert [list(one.get_xdata()) for one in falls] == [[8.0, 8.0]]


def test_a_hazard_ratio_that_cannot_be_estimated_is_said_to_be_so():
    records = [
        record(f"{PAIR}.p_value", None, "NE", method="logrank", note="constant"),
        record(f"{PAIR}.hazard_ratio", None, "NE", method="cox_efron", note="not estimable"),
    ]
    assert plain(kaplan_meier(survival_results(TWO, records), "os").notes[0]).startswith(
        "Hazard ratio not estimable; log-rank test, P not estimable"
    )


def test_without_a_comparison_none_is_stated():
    figure = kaplan_meier(survival_results({"a": ("A", A)}), "os")
    assert "Hazard ratio" not in plain(figure.notes[0]) + figure.alt


def test_several_groups_are_each_compared_with_the_reference_and_all_together():
    groups = {"x": ("X", A), "y": ("Y", B), "z": ("Z", A)}
    records = [record(f"os.{pair}.p_value", 0.2, "0.20", method="logrank") for pair in ("x_vs_z", "y_vs_z", "overall")]
    figure = kaplan_meier(survival_results(groups, records), "os")
    assert plain(figure.notes[0]) == (
        "Log-rank test, P=0.20 (X versus Z). Log-rank test, P=0.20 (Y versus Z). Log-rank test, P=0.20 (all groups)."
    )


@pytest.mark.parametrize(
    ("endpoint", "event"),
    [
        ("os", "Event: death."),
        ("pfs", "Event: first progression anywhere, or death."),
        ("hepatic_pfs", "Event: first progression in the liver, or death."),
    ],
)
def test_the_caption_states_time_zero_event_censoring_and_methods(endpoint, event):
    figure = kaplan_meier(survival_results(TWO, endpoint=endpoint), endpoint)
    said = " ".join(map(plain, figure.notes))
    for words in (
        "Time zero: pump placement.",
        event,
        "are censored",
        "pointwise 95% CI (plain limits)",
        "each column adds up",
    ):
        assert words in said


def test_a_cohort_without_a_pump_is_not_said_to_have_one():
    figure = kaplan_meier(survival_results(TWO, pump=False), "os")
    assert "pump" not in " ".join([figure.alt, figure.svg, *map(plain, figure.notes)])


def test_the_alternative_text_says_what_is_drawn():
    assert kaplan_meier(survival_results(TWO, RECORDS), "os").alt == (
        "Kaplan-Meier curves. Overall survival, by KRAS status. "
        "KRAS-mutated: 5 patients, 3 events, median 8.0 months (95% CI 2.0–NE); the curve ends at 27% at month 20.0. "
        "Wild type: 4 patients, 1 event, median not reached; the curve ends at 67% at month 26.0. "
        "Hazard ratio 2.05 (95% CI 0.51–8.24); log-rank test, P=0.30 (KRAS-mutated versus wild type)."
    )


def test_an_absent_endpoint_gets_a_notice():
    found = kaplan_meier(Results.of([], [], study({"a": ("A", 2)})), "pfs")
    assert found == Notice(
        "There are no curves of progression-free survival: the cohort has no times and events of it."
    )


def test_groups_that_form_after_time_zero_leave_one_curve_over_all():
    results = survival_results({"all": ("", A)})
    grouped = Results.of([], results.points, study({"yes": ("Converted", 2), "no": ("Not", 3)}))
    figure = kaplan_meier(grouped, "os")
    assert plain(figure.title) == "Overall survival"
    assert "All patients: 5 patients" in figure.alt
    assert "No curves by KRAS status: these groups form after time zero." in plain(figure.notes[0])


def test_a_group_of_nobody_has_no_curve():
    plan = plan_endpoint(survival_results({"a": ("A", A), "b": ("B", [])}), "os")
    assert plan is not None
    assert [curve.label for curve in plan.curves] == ["A"]


def test_the_names_of_the_figures_and_which_is_the_articles():
    made = [
        kaplan_meier(survival_results(TWO, endpoint=endpoint), endpoint) for endpoint in ("os", "pfs", "hepatic_pfs")
    ]
    assert [(figure.name, figure.main) for figure in made] == [
        ("figure-os", True),
        ("figure-pfs", False),
        ("figure-hepatic-pfs", False),
    ]


def from_the_landmark(endpoint: str = "os_landmark_6", sides=("responder", "non_responder"), **options) -> Results:
    curves = survival_results(dict(zip(sides, (("", A), ("", B)), strict=True)), endpoint=endpoint)
    known = study({"a": ("A", 9)}, **{"landmark_months": [6], **options})
    return Results.of([record(f"{endpoint}.analysed.left_out", 3)], curves.points, known)


@pytest.mark.parametrize("status", STATUSES, ids=lambda status: status.name)
def test_a_landmark_figure_says_where_it_starts_and_who_was_left_out(status):
    found = from_the_landmark(sides=(status.reached, status.before))
    figure = figure_of(found, plan_landmark(found, status, 6))
    said = " ".join(map(plain, figure.notes))
    assert figure.name == f"figure-landmark-{status.name}-6"
    assert not figure.main
    assert "Time zero: the landmark, month 6 since pump placement; the groups are the status known then." in said
    assert "Excluded as dead or censored before the landmark: 3." in said
    assert status.reached_label in figure.alt


def test_landmark_groups_do_not_borrow_the_colours_of_the_study_groups():
    found = from_the_landmark()
    plan = plan_landmark(found, RESPONSE, 6)
    colours = [curve.style.colour for curve in plan.curves]
    assert colours == [style.colour for style in LANDMARK_STYLES]
    assert not set(colours) & {style.colour for style in GROUP_STYLES[:2]}


def test_a_landmark_between_months_has_its_own_key():
    plan = plan_landmark(from_the_landmark("os_landmark_7_5"), RESPONSE, 7.5)
    assert plan.title == "Overall survival from month 7.5, by objective response until then"


def test_a_side_without_anybody_is_no_comparison():
    curves = survival_results({"non_responder": ("", B)}, endpoint="os_landmark_6")
    assert plan_landmark(Results.of([], curves.points, study({"a": ("A", 9)})), RESPONSE, 6) is None


def test_curves_of_a_status_that_changes_are_named_and_their_counts_explained():
    found = from_the_landmark("os_by_response")
    figure = figure_of(found, plan_changing(found, RESPONSE))
    said = " ".join(map(plain, figure.notes))
    assert figure.alt.startswith("Simon-Makuch curves.")
    assert "counts without the status until it is reached" in said
    assert "adds up to the group" not in said


def test_a_status_without_dates_gets_a_notice_that_names_the_column():
    row = record("os_by_conversion.not_converted.n", None, "NE", note="status not dated")
    (notice,) = by_status(Results.of([row], [], replace(study({"a": ("A", 9)}), statuses=(CONVERSION,))))
    assert isinstance(notice, Notice)
    assert "A column “converted_months” would allow the comparison." in notice.text


def observed(count: int, rate: float, cut: float, seed: int) -> list[tuple[float, int]]:
    stream = random.Random(seed)
    pairs = [(stream.expovariate(rate), stream.uniform(cut / 3, cut)) for _ in range(count)]
    return [(min(pair), int(pair[0] <= pair[1])) for pair in pairs]


LONG = "A group with a very long label that goes on and on, far beyond what any figure can hold in one line, or in two"
FIVE = {f"g{i}": (f"Group {i}" if i != 3 else LONG, observed(40, 0.02 * (i + 1), 60, i)) for i in range(5)}
PAIRS = [
    record(f"os.g{i}_vs_g4.{name}", 1.2, "1.20", method="logrank")
    for i in range(4)
    for name in ("p_value", "hazard_ratio")
]
SAMPLES = {
    "two groups": survival_results(TWO, RECORDS),
    "one member": survival_results({"a": ("A", [(3.5, 1)])}),
    "five groups": survival_results(FIVE, [*PAIRS, *RECORDS[4:5]]),
    "large numbers": survival_results(
        {"a": ("Many", observed(1500, 0.01, 400, 1)), "b": ("Few", observed(60, 0.02, 400, 2))}
    ),
    "equal curves": survival_results({"a": ("One", A), "b": ("Other", A)}),
    "at time zero": survival_results({"a": ("A", [(0.0, 0), (0.4, 1)]), "b": ("B", [(0.2, 1), (0.5, 0)])}),
}


@pytest.mark.parametrize("name", SAMPLES)
def test_no_text_runs_into_another_or_out_of_the_figure(name):
    assert collisions(canvas_of(SAMPLES[name])) == []


@pytest.mark.parametrize("name", SAMPLES)
def test_every_group_is_named_under_the_axis(name):
    canvas = canvas_of(SAMPLES[name])
    headings = [text.get_text() for text in canvas.texts if text.get_weight() == "bold"]
    assert len(headings) == len(SAMPLES[name].study.groups)
    assert all(
        group.label.startswith(heading.rstrip("…"))
        for group, heading in zip(SAMPLES[name].study.groups, headings, strict=True)
    )


def test_thousands_make_a_bounded_file():
    figure = kaplan_meier(survival_results({"a": ("A", observed(4000, 0.01, 400, 1))}), "os")
    assert isinstance(figure, Figure)
    assert len(figure.svg) < 120_000


ENDPOINTS = ("os", "pfs", "hepatic_pfs")


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_the_reconstruction_is_drawn_without_collisions_and_without_patients(results, endpoint):
    assert collisions(canvas_of(results, endpoint)) == []
    figure = kaplan_meier(results, endpoint)
    said = " ".join([figure.alt, plain(figure.title), *map(plain, figure.notes)])
    assert "patient" not in said.replace("no row is a patient", "")


def test_the_medians_of_the_article_stand_in_its_figure(results):
    # Kolbeinsson 2022, Results: 23.7 (2.8-44.6) months for KRAS-mutated patients; not reached for wild type; P=0.30.
    said = " ".join(written(canvas_of(with_statistics(results))))
    for words in ("median 23.7 months (95% CI 2.8–44.6)", "median not reached", "log-rank test, P=0.30"):
        assert words in said


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_the_real_cohort_is_drawn_without_collisions(real_results, endpoint):
    assert collisions(canvas_of(real_results, endpoint)) == []


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_the_numbers_at_risk_of_the_real_cohort_are_those_counted_in_its_file(real_results, real_folder, endpoint):
    with (real_folder / "cohort.csv").open(encoding="utf-8", newline="") as file:
        rows = [(row["preoperative_chemotherapy"], float(row[f"{endpoint}_months"])) for row in csv.DictReader(file)]
    counted = [
        [sum(group == level and months >= time for group, months in rows) for time in range(0, 133, 12)]
        for level in ("yes", "no")
    ]
    drawn = rows_under_the_axis(canvas_of(real_results, endpoint))["At risk"]
    assert drawn == [row[: len(drawn[0])] for row in counted]
    assert len(drawn[0]) >= 11


def _long(count: int) -> list[tuple[float, int]]:
    """One patient leaves a month; the last is followed for twice the time."""
    return [*((float(month), 1) for month in range(1, count)), (2.0 * count, 0)]


def test_curves_are_drawn_to_the_last_time_of_the_grid_at_which_a_tenth_is_followed():
    results = survival_results({"a": ("A", _long(40)), "b": ("B", _long(40))})
    plan = plan_endpoint(results, "os")
    assert plan is not None
    # Of 80, ten are at risk at month 36 and eight at month 37.
    assert shown_until(plan.curves, [0, 12, 24, 36]) == 36
    assert shown_until(plan.curves, [0, 12, 24, 36, 48]) == 36
    note = " ".join(map(plain, figure_of(results, plan).notes))
    assert (
        "Drawn to month 36, as long as a tenth of the patients are at risk; the last observation is at month 80.0."
        in note
    )


def test_a_curve_that_is_cut_goes_on_level_to_the_cut_and_keeps_those_at_risk():
    plan = plan_endpoint(survival_results({"a": ("A", _long(40)), "b": ("B", _long(40))}), "os")
    assert plan is not None
    cut = plan.curves[0].until(36.5)
    assert (cut.end, cut.points[-1].y, cut.points[-1].at_risk) == (36.5, pytest.approx(4 / 40), 4)
    assert cut.steps[-1] == (36.5, pytest.approx(4 / 40))
