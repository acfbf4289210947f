"""The flow diagram, read back from what is drawn."""

from __future__ import annotations

import pytest
from matplotlib.patches import Rectangle

from hai_utils.results.study import Step
from hai_utils.results.table import Results
from hai_utils.show.content import Notice, plain
from hai_utils.show.figures.flow import draw, flow, gather
from hai_utils.show.figures.style import WIDTH, applied, height_of
from tests.show.figures.figure_boxes import collisions, texts
from tests.show.figures.figure_samples import record, study

STEPS = (
    Step("all", "All patients", 25), Step("excluded", "BRAF V600E", 1), Step("excluded", "nras: mutant", 0),
    Step("no_group", "KRAS status not recorded", 2), Step("analysed", "Analysed", 22),
    Step("group", "KRAS-mutated", 10), Step("group", "Wild type", 12),
)  # fmt: skip
GROUPS = {"mutant": ("KRAS-mutated", 10), "wild_type": ("Wild type", 12)}
LONG = "a label that is so long that no box of any reasonable width could ever hold it in a single line, nor in two, nor in three"


def made(records=(), groups=GROUPS, steps=STEPS, **options) -> Results:
    return Results.of(records, [], study(groups, flow=steps, **options))


def canvas_of(results: Results):
    with applied():
        return draw(gather(results), results.study.formatter)


def boxes(canvas) -> list[str]:
    """Return the text of each box, from the top."""
    found = []
    for box in [
        artist for artist in canvas.get_children() if isinstance(artist, Rectangle) and artist is not canvas.patch
    ]:
        x, y, width, height = box.get_x(), box.get_y(), box.get_width(), box.get_height()
        inside = [
            (text.get_position(), text.get_text())
            for text in texts(canvas)
            if x <= text.get_position()[0] <= x + width and y <= text.get_position()[1] <= y + height
        ]
        found.append((-(y + height), " ".join(text for _, text in sorted(inside, key=lambda item: -item[0][1]))))
    return [text for _, text in sorted(found, key=lambda item: item[0])]


def test_each_step_that_applies_has_a_box_with_its_count():
    assert boxes(canvas_of(made())) == [
        "All patients of the file (n=25)",
        "Excluded: BRAF V600E (n=1)",
        "Excluded: KRAS status not recorded (n=2)",
        "Compared by KRAS status (n=22)",
        "KRAS-mutated (n=10)",
        "Wild type (n=12)",
    ]


def test_an_exclusion_of_nobody_is_said_in_the_caption_alone():
    assert plain(flow(made()).notes[0]) == "The exclusion applies to nobody: nras: mutant."


def test_a_group_counts_those_with_each_outcome():
    records = [record("objective_response.mutant.n", 9), record("os.mutant.n", 10), record("os.wild_type.n", 12)]
    assert "KRAS-mutated (n=10) 9 evaluable for response 10 with overall survival" in boxes(canvas_of(made(records)))


def test_rows_of_a_reconstruction_are_not_called_patients():
    figure = flow(made(synthetic=True))
    said = " ".join([figure.alt, figure.svg, plain(figure.title), *map(plain, figure.notes)])
    assert "All rows of the file" in said
    assert "patient" not in said.replace("no row is a patient", "")


def test_the_alternative_text_has_every_count():
    assert flow(made()).alt == (
        "Flow diagram of patients. All patients of the file: 25. Excluded: 1 (BRAF V600E). "
        "Excluded: 2 (KRAS status not recorded). Compared by KRAS status: 22. KRAS-mutated: 10. Wild type: 12."
    )


def test_an_unknown_flow_gets_a_notice():
    assert isinstance(flow(Results.of([], [])), Notice)


@pytest.mark.parametrize("count", [1, 2, 5, 9])
def test_boxes_hold_their_text_for_any_number_of_groups(count):
    names = {f"g{i}": (f"{i} {LONG if i % 2 else 'short'}", 100_000 + i) for i in range(count)}
    steps = [Step("all", "All patients", 10**6), *(Step("excluded", f"{i} {LONG}", i) for i in range(1, 4))]
    steps += [Step("analysed", "Analysed", 10**6), *(Step("group", label, size) for label, size in names.values())]
    canvas = canvas_of(made([record("hepatic_pfs.g0.n", 100_000)], names, steps))
    assert collisions(canvas) == []
    right = max(box.get_x() + box.get_width() for box in canvas.get_children() if isinstance(box, Rectangle))
    assert right * WIDTH <= WIDTH + 0.5
    assert all(f"(n={size})" in " ".join(boxes(canvas)) for _, size in names.values())
    assert height_of(canvas) < 1200


def test_both_cohorts_are_drawn_without_collisions(results, real_results):
    assert [collisions(canvas_of(found)) for found in (results, real_results)] == [[], []]
