"""Nobody who holds the files of a gated run can tell a small cell; with the gate open he can."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest

from hai_utils.analyses import CHAPTERS, analyse
from hai_utils.analyses.endpoints import DERIVED
from hai_utils.catalogue.endpoints import ENDPOINTS
from hai_utils.cohort.dictionary import standard_dictionary
from hai_utils.cohort.reading import load_cohort
from hai_utils.disclosure.relations import RELATED
from hai_utils.parameters import load_parameters
from hai_utils.results.files import read_results, results_csv, series_csv
from hai_utils.results.formatting import WITHHELD
from hai_utils.results.record import SUPPRESSED
from hai_utils.results.study import study_to_json
from hai_utils.results.table import Results
from hai_utils.show import figures, sentences, tables
from hai_utils.show.content import Content, to_html
from hai_utils.show.tables import methods as method_tables
from tests.analyses.edge_samples import COHORTS, cohort_of, full, lesions, with_liver
from tests.conftest import REAL, ROOT, build, mostly_long
from tests.disclosure.adversary import Adversary
from tests.disclosure.reading import leaks, quoted, texts
from tests.test_scans_book import write_cohort

GATED = "disclosure=small_cells"
THRESHOLD = 5
SEEDS = (1, 2, 3, 4)
FOLDER = TemporaryDirectory()  # gone when the tests end


def settings_of(name: str) -> tuple[str, ...]:
    """The parameters of a cohort that is a file."""
    if name == "reconstruction":
        return ()
    if name == "scans":
        return scanned()
    if not (REAL / "cohort.csv").is_file():
        pytest.skip(f"the real cohort is not beside the project ({REAL.name})")
    reference = {"preoperative_chemotherapy": "no", "clinical_risk": "low"}[name]
    files = (f"data={REAL / 'cohort.csv'}", f"dictionary={REAL / 'extra_columns.csv'}")
    return (*files, f"group_by={name}", f"reference_group={reference}", "profile=paper")


def made_up(seed: int) -> dict[str, Sequence[object]]:
    """A cohort of some forty rows with every column, gaps, a few who are excluded and a few without a group."""
    draw = np.random.default_rng(seed)
    size = int(draw.integers(25, 60))

    def some(*values: object, chances: Sequence[float] | None = None) -> list[object]:
        return [values[int(place)] for place in draw.choice(len(values), size, p=chances)]

    months = np.round(draw.exponential(20, size), 1) + 0.1
    died = draw.random(size) < 0.5
    earlier = np.round(months * draw.uniform(0.3, 1, size), 1)
    progressed = draw.random(size) < 0.6
    liver = progressed & (draw.random(size) < 0.7)
    columns = with_liver(
        full(some("mutant", "wild_type", "", chances=(0.45, 0.45, 0.1)), months.tolist(), died.astype(int).tolist())
    )
    return {
        **columns,
        "sex": some("male", "female", "", chances=(0.55, 0.4, 0.05)),
        "braf": some("mutant", "wild_type", chances=(0.12, 0.88)),
        "clavien_dindo": some("0", "II", "IIIa", chances=(0.6, 0.25, 0.15)),
        "pump_complication": some("none", "biloma", "arterial", chances=(0.6, 0.25, 0.15)),
        **lesions(some(5, 10, 14, 19, 22, "")),
        "pfs_months": np.where(progressed, earlier, months).tolist(),
        "pfs_event": (progressed | died).astype(int).tolist(),
        "hepatic_pfs_months": np.where(liver, earlier, months).tolist(),
        "hepatic_pfs_event": (liver | died).astype(int).tolist(),
    }


@cache
def scanned() -> tuple[str, ...]:
    """The parameters of a made-up cohort with dated scans."""
    data, scans = write_cohort(Path(FOLDER.name))
    return (f"data={data}", f"scans={scans}", "response_criterion=recist_1_1", "exclude=", "profile=paper")


@cache
def results_of(name: str, *more: str) -> Results:
    if name.isdecimal():
        return analyse(*cohort_of(made_up(int(name)), *more))
    parameters = load_parameters([ROOT / "params.yml"], [*settings_of(name), *more])
    return analyse(load_cohort(parameters, ROOT), parameters)


@cache
def adversary_of(name: str, *more: str) -> Adversary:
    results = results_of(name, *more)
    return Adversary(results_csv(results), series_csv(results), study_to_json(results.study))


FILES = ("reconstruction", "scans", "preoperative_chemotherapy", "clinical_risk")
ALL = mostly_long((*FILES, *map(str, SEEDS)), "reconstruction", "scans", "preoperative_chemotherapy", "1")
# Cohorts at each edge that small cells come near: where one group is empty, all are excluded, or nothing is compared.
EDGES = ("a group of one", "one group only", "three groups", "all censored", "everybody excluded", "no lesions", "nobody at the landmark", "groups by grade")  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", mostly_long((*FILES, *map(str, SEEDS)), "reconstruction", "preoperative_chemotherapy", "1")
)
def test_no_small_count_can_be_told(name: str) -> None:
    """Each may still be the threshold or more, for all that follows from the files: so none is confined to be small."""
    secrets = adversary_of(name).small_counts(THRESHOLD)
    assert len(secrets) > 20
    gated = adversary_of(name, GATED).model
    told = {key: value for key, (what, value) in secrets.items() if gated.most(what) < THRESHOLD}
    assert told == {}


@pytest.mark.parametrize("name", ["reconstruction", "1"])
def test_with_the_gate_open_every_small_count_is_told(name: str) -> None:
    adversary = adversary_of(name)
    secrets = dict(list(adversary.small_counts(THRESHOLD).items())[::15])
    assert {key: adversary.model.most(what) for key, (what, _) in secrets.items()} == {
        key: value for key, (_, value) in secrets.items()
    }


@pytest.mark.parametrize("name", ALL)
def test_a_withheld_row_keeps_its_place_and_nothing_else(name: str) -> None:
    plain, gated = results_of(name), results_of(name, GATED)
    assert [(r.key, r.method, r.reported) for r in plain] == [(r.key, r.method, r.reported) for r in gated]
    for record in gated:
        if record.note == SUPPRESSED:
            assert (record.value, record.n, record.formatted) == (None, None, WITHHELD)


@pytest.mark.parametrize("name", ALL)
def test_no_count_that_is_shown_is_small(name: str) -> None:
    for record in results_of(name, GATED):
        counted = record.statistic in {"n", "n_missing", "count", "events", "left_out"} or "at_risk" in record.statistic
        if counted and record.value is not None:
            assert record.value == 0 or record.value >= THRESHOLD, record.key
        assert not record.n or record.n >= THRESHOLD, record.key


@pytest.mark.parametrize("name", ALL)
def test_what_is_one_persons_value_is_withheld(name: str) -> None:
    gated = results_of(name, GATED)
    extremes = {"min", "max", "time_min", "time_max"}
    assert all(record.withheld for record in gated if record.statistic in extremes)
    assert all(point.mark == "grid" for point in gated.points)
    gaps = [count for point in gated.points for count in (point.events, point.censored) if count]
    assert all(count >= THRESHOLD for count in gaps)


@pytest.mark.parametrize("name", ALL)
def test_a_comparison_of_survival_stands_by_one_method_and_in_few_digits(name: str) -> None:
    gated = results_of(name, GATED)
    endpoints = {endpoint.name for endpoint in ENDPOINTS}
    pairs = [record for record in gated if record.variable in endpoints and "_vs_" in record.group]
    for record in (record for record in pairs if record.value is not None):
        assert record.reported or record.method == "holm"
        assert round(float(record.value or 0), 3) == record.value


@pytest.mark.parametrize("name", ALL)
def test_whatever_compares_two_groups_stands_beside_the_counts_of_both(name: str) -> None:
    """So effects, limits and P values tell nothing that their tables do not."""
    gated = results_of(name, GATED)
    for record in gated:
        if "_vs_" not in record.group or record.withheld or record.value is None or "landmark" in record.variable:
            continue
        for group in record.group.split("_vs_"):
            assert not gated.find(record.variable, group, "n").withheld, record.key
            counts = [r for r in gated if (r.variable, r.group, r.statistic) == (record.variable, group, "count")]
            assert not any(count.withheld for count in counts), record.key


def test_every_derived_variable_has_its_relations_listed() -> None:
    listed = {name for family in RELATED for name, _ in family}
    derived = {re.sub("^(duration_of_response)_(months|event)$", r"\1", name) for name in DERIVED}
    assert derived - listed == set()


def test_every_relation_is_between_variables_that_there_are() -> None:
    endpoints = {endpoint.name for endpoint in ENDPOINTS}
    known = {*standard_dictionary(), *DERIVED, *endpoints}
    assert {name for family in RELATED for name, _ in family} <= known


def test_a_run_without_the_gate_is_what_it_was() -> None:
    plain = results_of("reconstruction")
    assert not any(record.withheld for record in plain)
    assert plain.study.published


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_what_is_withheld_does_not_depend_on_the_chapters_asked_for(chapter: str) -> None:
    parameters = load_parameters([ROOT / "params.yml"], [GATED])
    alone = analyse(load_cohort(parameters, ROOT), parameters, [chapter])
    together = results_of("reconstruction", GATED)
    assert set(alone.records) <= set(together.records)
    assert set(alone.points) <= set(together.points)


def views(results: Results) -> list[Content]:
    """Everything that the chapters show."""
    made = [make(results) for make in sentences.SENTENCES.values()]
    for name in ("baseline", "outcomes", "characteristics", "complications", "response"):
        made.append(getattr(tables, name)(results))
    for name in ("survival_estimates", "competing_risks", "survival_comparisons"):
        made.append(getattr(tables, name)(results))
    for name in ("summary", "tests", "intervals", "medians", "sensitivity", "robustness"):
        made.append(getattr(method_tables, name)(results))
    made += [figures.flow(results), figures.waterfall(results), figures.spider(results), figures.swimmer(results)]
    made += [figures.kaplan_meier(results, endpoint) for endpoint in ("os", "pfs", "hepatic_pfs")]
    return [*made, *figures.by_status(results)]


@pytest.mark.parametrize("threshold", mostly_long(["3", "5"], "5"))
@pytest.mark.parametrize("name", mostly_long(sorted(COHORTS), *EDGES))
def test_any_cohort_can_be_shown_with_small_cells_withheld(name: str, threshold: str) -> None:
    columns, more = COHORTS[name]
    results = analyse(*cohort_of(columns, *more, GATED, f"disclosure_threshold={threshold}"))
    for content in views(results):
        html = to_html(content)
        assert not re.search(r"\(n=None\)|\bNone (patients|rows|of)\b|nan", html)
        assert SUPPRESSED not in html
        assert f"{WITHHELD} of" not in html
        assert f"{WITHHELD}/" not in html


def test_a_figure_of_single_cases_is_said_to_be_withheld() -> None:
    results = results_of("scans", GATED)
    for draw in (figures.spider, figures.swimmer, figures.waterfall):
        assert "this run withholds small cells" in to_html(draw(results))


def test_a_sentence_says_of_which_group_a_median_is_withheld() -> None:
    said = to_html(sentences.survival(results_of("preoperative_chemotherapy", GATED)))
    assert re.search(
        "in the preoperative chemotherapy group and withheld in the group without preoperative chemotherapy", said
    )


def test_the_sign_is_explained_under_a_table_that_has_it() -> None:
    for content in views(results_of("reconstruction", GATED)):
        html = to_html(content)
        assert (f">{WITHHELD}<" in html) == (f"{WITHHELD}, withheld" in html)


def test_of_two_counts_that_contain_one_another_but_for_a_few_one_is_withheld() -> None:
    size = 40
    columns = full(["mutant", "wild_type"] * 20, [10 + place for place in range(size)], [0, 1] * 20)
    pump = {"pump_complication": ["biloma"] * 6 + ["arterial"] * 2 + ["none"] * 32}
    gated = analyse(*cohort_of({**columns, **pump}, GATED))
    counts = [gated.get(f"{name}_complication.all.count") for name in ("any_pump", "biliary")]
    assert [record.withheld for record in counts].count(False) == 1


BUILT = ("reconstruction", "scans", "preoperative_chemotherapy", "clinical_risk")


@pytest.fixture(scope="module", params=mostly_long(BUILT, "reconstruction", "scans"))
def gated_book(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """A gated book of a cohort, built by the command line."""
    name = request.param
    if name == "reconstruction":
        return name, request.getfixturevalue("gated_run")
    out = tmp_path_factory.mktemp(name) / "run"
    build(out, *(word for setting in (*settings_of(name), GATED) for word in ("--set", setting)))
    return name, out


@pytest.mark.slow
def test_no_file_of_a_gated_book_tells_what_its_results_withhold(gated_book: tuple[str, Path]) -> None:
    name, out = gated_book
    built = read_results(out)
    assert {(r.key, r.method, r.value) for r in results_of(name, GATED)} <= {(r.key, r.method, r.value) for r in built}
    assert leaks(out, built, results_of(name), ROOT, THRESHOLD) == []


@pytest.mark.slow
def test_no_file_but_the_owners_stamp_holds_a_digest_of_the_data(gated_book: tuple[str, Path]) -> None:
    name, out = gated_book
    parameters = load_parameters([ROOT / "params.yml"], settings_of(name))
    digest = hashlib.sha256((ROOT / parameters.data).read_bytes()).hexdigest()
    assert [place for place, text in texts(out).items() if digest in text] == []


@pytest.mark.slow
def test_every_number_that_a_gated_page_quotes_is_in_its_results(gated_book: tuple[str, Path]) -> None:
    built = read_results(gated_book[1])
    quotes = list(quoted(texts(gated_book[1])))
    assert len(quotes) > 100
    for key, method, text in quotes:
        record = built.get(key, method)
        assert text == WITHHELD if record.withheld else text not in {"", "None"}, key


@pytest.mark.slow
def test_a_reader_of_the_files_finds_what_an_open_book_tells(published_run: Path) -> None:
    found = leaks(published_run, results_of("reconstruction", GATED), results_of("reconstruction"), ROOT, THRESHOLD)
    for ending in (".html", ".pdf", ".docx", ".xlsx", ".csv", ".ipynb"):
        assert any(line.partition(":")[0].endswith(ending) for line in found), ending
