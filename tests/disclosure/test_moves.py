"""Moves of an adversary: columns of one group only, a statistic that stands, a median between two whole numbers."""

from __future__ import annotations

import os
from dataclasses import replace

import pytest

from hai_utils.analyses import analyse
from hai_utils.catalogue.statistics import STATISTICS, Tells, read_statistic
from hai_utils.cohort.reading import load_cohort
from hai_utils.disclosure.counts import PublishedCounts
from hai_utils.disclosure.populations import PopulationRule, Populations
from hai_utils.disclosure.release import DENIED, Release, released
from hai_utils.parameters import load_parameters
from hai_utils.results.files import results_csv, series_csv
from hai_utils.results.study import study_to_json
from hai_utils.results.table import Results
from tests.analyses.edge_samples import cohort_of
from tests.conftest import ROOT, SHARED
from tests.disclosure.adversary import Adversary
from tests.disclosure.test_gate import FILES, GATED, THRESHOLD, made_up, results_of

# A seed takes some seven seconds; ADVERSARY_SEEDS=200 asks for more.
SEEDS = int(os.environ.get("ADVERSARY_SEEDS", "6"))
CASES = SHARED / "cases" / "gate"
OWN = (("kras_g12", "yes", "kras", "mutant"), ("kras_g12", "n", "kras", "mutant"))


def results_of_case(name: str, *settings: str) -> Results:
    if not CASES.is_dir():
        pytest.skip("the cases are not beside the project")
    dictionary = CASES / f"{name}.dictionary.csv"
    files = [f"data={CASES / name}.csv", *([f"dictionary={dictionary}"] if dictionary.is_file() else [])]
    parameters = load_parameters([ROOT / "params.yml"], [*files, *settings])
    return analyse(load_cohort(parameters, ROOT), parameters)


def adversary(results: Results) -> Adversary:
    return Adversary(results_csv(results), series_csv(results), study_to_json(results.study), OWN)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["a1", "a5", "a2_half"])
def test_a_small_count_of_the_cases_is_told_by_no_move(name: str) -> None:
    secrets = adversary(results_of_case(name)).small_counts(THRESHOLD)
    assert secrets
    model = adversary(results_of_case(name, GATED)).model
    assert {key: value for key, (what, value) in secrets.items() if model.most(what) < THRESHOLD} == {}


def test_a_column_that_only_one_group_has_does_not_stand_beside_the_group_but_for_a_few() -> None:
    gated = results_of_case("a1", GATED)
    assert not gated.get(
        "kras.all.mutant.count" if "kras.all.mutant.count" in gated else "kras.mutant.all.count"
    ).withheld
    assert gated.get("kras_codon.all.n").withheld
    assert gated.get("kras_codon.analysed.n").withheld


@pytest.mark.parametrize("name", FILES)
def test_no_median_or_quartile_stands_without_the_number_that_it_rests_on(name: str) -> None:
    gated = results_of(name, GATED)
    for record in gated:
        if record.value is not None and read_statistic(record.statistic).record.tells in (Tells.MIDDLE, Tells.QUARTER):
            assert record.n is not None, record.key


@pytest.mark.parametrize("name", FILES)
def test_a_value_that_may_be_one_patients_stands_as_it_is_printed(name: str) -> None:
    gated = results_of(name, GATED)
    mark = gated.study.formatter.style.decimal_mark
    for record in gated:
        tells = read_statistic(record.statistic).record.tells
        if record.value is not None and tells in (Tells.MIDDLE, Tells.QUARTER):
            decimals = len(record.formatted.partition(mark)[2])
            assert round(float(record.value), decimals) == record.value, record.key


@pytest.mark.slow
@pytest.mark.parametrize("name", FILES)
def test_each_key_of_a_build_is_allowed_or_withheld_as_the_catalogue_states(name: str) -> None:
    """No row that stands has a statistic without a record, or of a kind that is denied."""
    gated, plain = results_of(name, GATED), results_of(name)
    assert {(record.key, record.method) for record in gated} == {(record.key, record.method) for record in plain}
    for record in gated:
        tells = read_statistic(record.statistic).record.tells
        assert tells.value, record.key
        assert record.withheld or record.value is None or tells not in DENIED, record.key


def test_every_statistic_of_the_catalogue_says_why_it_stands_or_not() -> None:
    unsaid = [name for name, record in STATISTICS.items() if record.tells is Tells.NOT_EXAMINED]
    assert unsaid == []
    assert all(tells.value for tells in Tells)


@pytest.mark.parametrize("statistic", ["made_up", "mean_of_logs"])
def test_what_the_catalogue_does_not_describe_is_withheld(statistic: str) -> None:
    counts = PublishedCounts("age_years", ("n", "missing"), {"all": (40, 0)})
    populations = Populations(("a", "b"), True, True, True, True, True)
    release = Release(PopulationRule(5), populations, counts, ("all",))
    row = next(record for record in results_of("reconstruction") if record.key == "age_years.all.mean")
    known, unknown = (replace(row, statistic=name) for name in ("mean", statistic))
    assert released(release, known) == "whole"
    assert released(release, unknown) == ""


@pytest.mark.long
@pytest.mark.parametrize("seed", range(1001, 1001 + SEEDS))
def test_no_small_count_of_a_random_cohort_can_be_told(seed: int) -> None:
    plain, gated = (analyse(*cohort_of(made_up(seed), *more)) for more in ((), (GATED,)))
    secrets = adversary(plain).small_counts(THRESHOLD)
    model = adversary(gated).model
    assert {key: value for key, (what, value) in secrets.items() if model.most(what) < THRESHOLD} == {}
