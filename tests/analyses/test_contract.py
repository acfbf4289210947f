"""Every statistic and method of the results contract is in the results, wherever it applies, on both cohorts."""

from __future__ import annotations

import csv
import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from hai_utils.analyses import analyse
from hai_utils.cohort.model import Cohort
from hai_utils.cohort.reading import load_cohort
from hai_utils.parameters import Parameters, load_parameters
from hai_utils.results.files import read_results, results_csv, write_results
from hai_utils.results.record import Record
from hai_utils.results.table import Results

# --- the contract's table, written out: statistic -> methods ('' where there is only one way) -----------------------

ONE = frozenset({""})
Table = Mapping[str, frozenset[str]]


def methods(text: str) -> frozenset[str]:
    return frozenset(text.split())


QUARTILES = methods("type_6 type_7 type_2 tukey_hinges")
T_TESTS = methods("student_t welch_t")
SHIFTS = methods("exact asymptotic_cc")
PROPORTIONS = methods("clopper_pearson wilson jeffreys")
DIFFERENCES = methods("newcombe miettinen_nurminen wald")
ODDS = methods("conditional_mle sample haldane")
BANDS = methods("plain log loglog")
MEDIAN_LIMITS = methods("brookmeyer_crowley_plain brookmeyer_crowley_log brookmeyer_crowley_loglog percentile_wald")
COX = methods("cox_efron cox_breslow cox_exact cox_firth")
RANK_TESTS = methods("logrank gehan_wilcoxon tarone_ware peto_peto fleming_harrington_1_0")
LARGER_TABLE = methods("fisher_exact pearson_chi2 likelihood_ratio")
TWO_BY_TWO = LARGER_TABLE | methods("yates_chi2 n_minus_1_chi2 fisher_mid_p boschloo barnard")
GRID = ("0", "6", "12", "18", "24", "30", "36")
HORIZONS = ("12", "24")

ALL: Table = {"n": ONE, "n_missing": ONE}
CONTINUOUS: Table = {
    **ALL,
    **dict.fromkeys(("mean", "sd", "median", "min", "max", "shapiro_w", "shapiro_p"), ONE),
    **dict.fromkeys(("q1", "q3", "iqr"), QUARTILES),
}
LEVEL: Table = {"count": ONE, "percent": ONE}
PROPORTION: Table = {**LEVEL, "proportion": ONE, "proportion_lower": PROPORTIONS, "proportion_upper": PROPORTIONS}
SURVIVAL: Table = {
    **ALL,
    "events": ONE,
    "median": methods("midpoint first_at_or_below"),
    "median_lower": MEDIAN_LIMITS,
    "median_upper": MEDIAN_LIMITS,
    "median_se": methods("percentile_wald"),
    "follow_up_median": methods("reverse_km reverse_km_survfit observed"),
    **{f"at_risk_{months}": ONE for months in GRID},
    **{f"survival_at_{months}": ONE for months in GRID},
    **{f"survival_at_{months}_se": ONE for months in GRID},
    **{f"survival_at_{months}_{side}": BANDS for months in GRID for side in ("lower", "upper")},
    **{f"rmst_{tau}{part}": ONE for tau in HORIZONS for part in ("", "_se", "_lower", "_upper")},
}
INCIDENCE: Table = {
    f"cumulative_incidence_{months}{part}": methods("aalen_johansen") for months in GRID for part in ("", "_se")
}

CONTINUOUS_COMPARED: Table = {
    "p_value": methods(
        "mann_whitney_exact mann_whitney_exact_untied mann_whitney_asymptotic mann_whitney_asymptotic_cc"
    )
    | T_TESTS,
    "u_statistic": ONE,
    **dict.fromkeys(("mean_difference", "mean_difference_lower", "mean_difference_upper"), T_TESTS),
    "hodges_lehmann": ONE,
    **dict.fromkeys(("hodges_lehmann_lower", "hodges_lehmann_upper"), SHIFTS),
}
PROPORTION_COMPARED: Table = {
    "p_value": TWO_BY_TWO,
    "risk_difference": ONE,
    **dict.fromkeys(("risk_difference_lower", "risk_difference_upper"), DIFFERENCES),
    **dict.fromkeys(("odds_ratio", "odds_ratio_lower", "odds_ratio_upper"), ODDS),
    "fragility_index": ONE,
}
SURVIVAL_COMPARED: Table = {
    "p_value": RANK_TESTS | {"logrank_permutation"},
    "p_value_mc_se": methods("logrank_permutation"),
    **{f"hazard_ratio{part}": COX for part in ("", "_lower", "_upper", "_p")},
    "proportional_hazards_p": methods("schoenfeld_km schoenfeld_rank schoenfeld_identity"),
    **{f"rmst_difference_{tau}{part}": ONE for tau in HORIZONS for part in ("", "_se", "_lower", "_upper", "_p")},
}
BALANCE: Table = {"standardised_difference": ONE}
HOLM: Table = {"p_value_holm": methods("holm")}
GRAY: Table = {"p_value": methods("gray")}
CONTINUOUS_OVERALL: Table = {"p_value": methods("kruskal_wallis anova")}
TABLE_OVERALL: Table = {"p_value": LARGER_TABLE}
SURVIVAL_OVERALL: Table = {"p_value": RANK_TESTS}

# Derived variables and endpoints, by the columns that they need.
LESIONS = ("lesion1_baseline_long_mm", "lesion1_best_long_mm")
DERIVED_CONTINUOUS = {
    "largest_lesion_cm2": ("lesion1_baseline_long_mm", "lesion1_baseline_perp_mm"),
    "reduction_percent": LESIONS,
    "reduction_percent_recist": LESIONS,
}
DERIVED_BINARY = {
    **dict.fromkeys(
        (
            "objective_response",
            "objective_response_recist",
            "objective_response_conservative",
            "objective_response_recist_conservative",
            "progressed_on_therapy",
            "any_shrinkage",
        ),
        LESIONS,
    ),
    **dict.fromkeys(("any_complication", "minor_complication", "severe_complication"), ("clavien_dindo",)),
    **dict.fromkeys(("any_pump_complication", "biliary_complication"), ("pump_complication",)),
    "prior_chemotherapy": ("prior_regimens",),
    **dict.fromkeys(("alive", "death_90_days"), ("os_months", "os_event")),
}
RESPONSE_LEVELS = ("CR", "PR", "SD", "PD", "NE")
ENDPOINTS = ("os", "pfs", "hepatic_pfs")
CAUSES = ("progression", "death")
LANDMARKS = {
    ("responder", "non_responder"): LESIONS,
    ("converted", "not_converted"): ("converted_to_resection",),
}


@dataclass(frozen=True)
class Case:
    """A cohort, its results, and what the test itself knows of its columns."""

    cohort: Cohort
    parameters: Parameters
    results: Results

    @property
    def levels(self) -> tuple[str, ...]:
        return self.cohort.levels

    @property
    def groups(self) -> tuple[str, ...]:
        return (*self.levels, "analysed", "excluded", "all")

    @property
    def pairs(self) -> list[str]:
        reference = self.parameters.reference_group
        return [f"{level}_vs_{reference}" for level in self.levels if level != reference]

    @property
    def overall(self) -> list[str]:
        return ["overall"] if len(self.levels) > 2 else []

    def has(self, *columns: str) -> bool:
        return all(name in self.cohort.table and self.cohort.table[name].notna().any() for name in columns)

    def of_kind(self, *kinds: str) -> list[str]:
        """Columns of the file that are variables by themselves: neither identifiers nor halves of an endpoint."""
        return [
            name
            for name, variable in self.cohort.variables.items()
            if variable.kind in kinds and name != self.cohort.group_by and self.has(name)
            and not name.endswith(("_months", "_event"))
        ]  # fmt: skip


def settings_of(folder: Path, *more: str) -> list[str]:
    return [f"data={folder / 'cohort.csv'}", f"dictionary={folder / 'extra_columns.csv'}", *more]


@pytest.fixture(scope="module", params=["reconstruction", "real", "three_groups"])
def case(request: pytest.FixtureRequest, root: Path) -> Case:
    """The two cohorts, and the reconstruction in three groups."""
    if request.param == "real":
        folder = request.getfixturevalue("real_folder")
        settings = settings_of(folder, "group_by=preoperative_chemotherapy", "reference_group=no")
    else:
        settings = ["group_by=primary_site", "reference_group=rectum"] if request.param == "three_groups" else []
    parameters = load_parameters([root / "params.yml"], settings)
    cohort = load_cohort(parameters, root)
    return Case(cohort, parameters, analyse(cohort, parameters))


Expected = tuple[str, str, str, str]  # key without its statistic, in three parts; the statistic


def wanted(variable: str, group: str, table: Table, level: str = "") -> Iterator[tuple[str, str]]:
    """Each (key, method) that a table asks of a variable in a group."""
    stem = ".".join(part_of_key(part) for part in (variable, level, group) if part)
    for statistic, ways in table.items():
        for method in ways:
            yield f"{stem}.{statistic}", method


def part_of_key(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9_]+", "_", text)


def continuous(case: Case) -> Iterator[tuple[str, str]]:
    derived = [name for name, needed in DERIVED_CONTINUOUS.items() if case.has(*needed)]
    for name in (*case.of_kind("number", "integer"), *derived):
        for group in case.groups:
            yield from wanted(name, group, CONTINUOUS)
        for group in case.pairs:
            yield from wanted(name, group, CONTINUOUS_COMPARED)
        for group in case.overall:
            yield from wanted(name, group, CONTINUOUS_OVERALL)


def levels_in_data(case: Case, name: str) -> tuple[str, ...]:
    variable = case.cohort.variables[name]
    return variable.levels or tuple(sorted(set(case.cohort.table[name].dropna())))


def occurring(case: Case, name: str, group: str) -> int:
    """How many levels occur among the patients of a comparison."""
    level, _, reference = group.partition("_vs_")
    chosen = case.cohort.table[case.cohort.group_by].isin((level, reference)).to_numpy() & ~case.cohort.excluded
    return int(case.cohort.table.loc[chosen, name].nunique())


def categorical(case: Case) -> Iterator[tuple[str, str]]:
    for name in case.of_kind("category"):
        levels = levels_in_data(case, name)
        for group in case.groups:
            yield from wanted(name, group, ALL)
            for level in levels:
                yield from wanted(name, group, LEVEL, level)
        for group in case.pairs:
            small = len(levels) == 2 or occurring(case, name, group) == 2
            yield from wanted(name, group, {"p_value": TWO_BY_TWO if small else LARGER_TABLE})
        for group in case.overall:
            yield from wanted(name, group, TABLE_OVERALL)


def binary(case: Case) -> Iterator[tuple[str, str]]:
    columns = [name for name in case.of_kind("category") if set(levels_in_data(case, name)) == {"yes", "no"}]
    derived = [name for name, needed in DERIVED_BINARY.items() if case.has(*needed)]
    for name in (*columns, *derived):
        for group in case.groups:
            yield from wanted(name, group, {**ALL, **PROPORTION})
            for level in ("yes", "no"):
                yield from wanted(name, group, LEVEL, level)
        for group in case.pairs:
            yield from wanted(name, group, PROPORTION_COMPARED)
        for group in case.overall:
            yield from wanted(name, group, TABLE_OVERALL)


def best_response(case: Case) -> Iterator[tuple[str, str]]:
    for name in ("best_response", "best_response_recist") if case.has(*LESIONS) else ():
        for group in case.groups:
            yield from wanted(name, group, ALL)
            for level in RESPONSE_LEVELS:
                yield from wanted(name, group, LEVEL, level)
        for group in case.pairs:
            yield from wanted(name, group, {"p_value": LARGER_TABLE})


def survival(case: Case) -> Iterator[tuple[str, str]]:
    for name in ENDPOINTS:
        if case.has(f"{name}_months", f"{name}_event"):
            for group in case.groups:
                yield from wanted(name, group, SURVIVAL)
            for group in case.pairs:
                yield from wanted(name, group, SURVIVAL_COMPARED)
            for group in case.overall:
                yield from wanted(name, group, SURVIVAL_OVERALL)


def competing(case: Case) -> Iterator[tuple[str, str]]:
    for name in ("pfs", "hepatic_pfs"):
        if case.has(f"{name}_months", f"{name}_event", "os_months", "os_event"):
            for cause in CAUSES:
                for group in case.groups:
                    yield from wanted(name, group, INCIDENCE, cause)
                for group in (*case.pairs, *case.overall):
                    yield from wanted(name, group, GRAY, cause)


def landmark(case: Case) -> Iterator[tuple[str, str]]:
    for sides, needed in LANDMARKS.items():
        if case.has("os_months", "os_event", *needed):
            by = f"os_by_{'response' if sides[0] == 'responder' else 'conversion'}"
            yield f"{by}.{sides[0]}_vs_{sides[1]}.hazard_ratio", "cox_efron"
            yield f"{by}.{sides[0]}_vs_{sides[1]}.p_value", "mantel_byar"
            for side in sides:
                yield f"{by}.{side}.at_risk_6", ""
                yield from wanted("os_landmark_6", side, SURVIVAL)
            yield from wanted("os_landmark_6", f"{sides[0]}_vs_{sides[1]}", SURVIVAL_COMPARED)


def balance(case: Case) -> Iterator[tuple[str, str]]:
    table_1 = [rule.partition("=")[0] for rule in case.parameters.baseline_variables]
    own = [name for name, variable in case.cohort.variables.items() if variable.own]
    known = {
        *case.of_kind("number", "integer", "category"),
        *(n for n, c in DERIVED_CONTINUOUS.items() if case.has(*c)),
    }
    for name in (*table_1, *own):
        if name in known:
            for group in case.pairs:
                yield from wanted(name, group, BALANCE)


def holm(case: Case) -> Iterator[tuple[str, str]]:
    for name in case.parameters.outcomes:
        if name != case.parameters.primary_endpoint and f"{name}.all.n" in case.results:
            for group in (*case.pairs, *case.overall):
                yield from wanted(name, group, HOLM)


def grouping(case: Case) -> Iterator[tuple[str, str]]:
    for group in case.groups:
        yield from wanted(case.cohort.group_by, group, ALL)
    for group in ("all", "analysed"):
        for level in case.levels:
            yield from wanted(case.cohort.group_by, group, LEVEL, level)


FAMILIES = (
    continuous, categorical, binary, best_response, survival, competing, landmark, balance, holm, grouping,
)  # fmt: skip


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.__name__)
def test_every_statistic_and_method_of_the_contract_is_there(case: Case, family) -> None:
    expected = set(family(case))
    if not expected:
        pytest.skip("the cohort has no such column")
    found = {(record.key, record.method) for record in case.results}
    assert sorted(expected - found) == []


def test_each_family_is_asked_of_the_reconstruction(cohort: Cohort, parameters: Parameters, results: Results) -> None:
    case = Case(cohort, parameters, results)
    assert {family.__name__: len(set(family(case))) > 0 for family in FAMILIES} == {
        family.__name__: True for family in FAMILIES
    }


def test_the_excluded_are_put_back_for_each_outcome(results: Results, parameters: Parameters) -> None:
    for name in parameters.outcomes:
        assert results.get(f"{name}_with_excluded.mutant_vs_wild_type.p_value").n == (
            results.get(f"{name}.mutant_vs_wild_type.p_value").n + 1
        )


# --- every record ---------------------------------------------------------------------------------------------------


def numbers(record: Record) -> list[float]:
    return [] if record.value is None else [float(record.value)]


def test_a_value_is_finite_or_empty_with_a_reason(case: Case) -> None:
    wrong = [
        (record.key, record.method, record.value, record.note)
        for record in case.results
        if not (record.note if record.value is None else math.isfinite(record.value))
    ]
    assert wrong == []


def test_what_is_printed_is_never_empty_nor_a_programs_word(case: Case) -> None:
    wrong = re.compile(r"nan|inf|none|null|e[+-]\d", re.IGNORECASE)
    assert [r.key for r in case.results if not r.formatted.strip() or wrong.search(r.formatted)] == []


def test_an_empty_value_prints_as_not_estimable_or_not_reached(case: Case) -> None:
    printed = {(record.formatted, record.note == "not reached") for record in case.results if record.value is None}
    assert printed <= {("NE", False), ("NR", True)}


def test_a_note_carries_no_programs_word(case: Case) -> None:
    notes = {record.note for record in case.results}
    assert [note for note in notes if re.search(r"\bnan\b|\binf\b|None|Error|[\[\]{}]", note)] == []


def test_key_and_method_are_unique(case: Case) -> None:
    places = Counter((record.key, record.method) for record in case.results)
    assert [place for place, count in places.items() if count > 1] == []


def test_exactly_one_method_of_a_key_is_reported(case: Case) -> None:
    reported = Counter(record.key for record in case.results if record.reported)
    assert set(reported) == {record.key for record in case.results}
    assert set(reported.values()) == {1}


def test_a_key_follows_the_grammar(case: Case) -> None:
    grammar = re.compile(r"[a-z][a-z0-9_]*(\.[A-Za-z0-9_]+)?\.[A-Za-z0-9_]+\.[a-z][a-z0-9_]*")
    assert [record.key for record in case.results if not grammar.fullmatch(record.key)] == []


def test_a_key_is_made_of_the_parts_beside_it(case: Case) -> None:
    for record in case.results:
        parts = [record.variable, record.level, record.group, record.statistic]
        assert record.key == ".".join(part_of_key(part) for part in parts if part)


def test_every_probability_lies_between_0_and_1(case: Case) -> None:
    chances = [
        record
        for record in case.results
        if record.value is not None
        and (record.statistic in {"p_value", "p_value_holm", "shapiro_p", "proportional_hazards_p", "proportion"}
             or record.statistic.endswith(("_difference_12_p", "_difference_24_p", "hazard_ratio_p")))
    ]  # fmt: skip
    assert len(chances) > 100
    assert [record.key for record in chances if not 0 <= record.value <= 1] == []


def test_each_limit_lies_on_its_side_of_its_own_estimate(case: Case) -> None:
    """An open limit is unbounded; percentile_wald and the hazard ratio have estimates of their own method."""
    wrong = []
    for record in case.results:
        stem, _, side = record.key.rpartition("_")
        if side not in {"lower", "upper"} or record.value is None or record.statistic.startswith("median"):
            continue
        own = [other for other in case.results.methods(stem) if other.method == record.method]
        estimate = (own or case.results.methods(stem))[0].value
        if estimate is not None and (estimate - record.value) * (1 if side == "lower" else -1) < -1e-9:
            wrong.append((record.key, record.method, record.value, estimate))
    assert wrong == []


def test_counts_of_the_levels_add_up_to_those_recorded(case: Case) -> None:
    sums: dict[tuple[str, str], float] = {}
    for record in case.results:
        if record.statistic == "count" and record.level and record.variable != case.cohort.group_by:
            sums[record.variable, record.group] = sums.get((record.variable, record.group), 0) + record.value
    assert len(sums) > 10
    for (variable, group), total in sums.items():
        assert total == case.results.find(variable, group, "n").value


def test_those_recorded_and_those_missing_are_the_group(case: Case) -> None:
    for group in case.groups:
        members = int(case.cohort.members(group).sum())
        for record in case.results:
            if (
                record.group == group
                and record.statistic == "n"
                and not record.variable.startswith(("os_landmark", "os_by"))
            ):
                missing = case.results.find(record.variable, group, "n_missing").value
                if not record.variable.endswith("_with_excluded"):
                    assert record.value + missing == members, record.key


def test_the_file_reads_back_bit_for_bit(case: Case, tmp_path: Path) -> None:
    write_results(case.results, tmp_path)
    again = read_results(tmp_path)
    assert again.records == case.results.records
    assert again.points == case.results.points
    bits = [np.float64(value).tobytes() for record in case.results for value in numbers(record)]
    assert [np.float64(value).tobytes() for record in again for value in numbers(record)] == bits
    assert results_csv(again) == results_csv(case.results)


def test_the_file_has_the_columns_of_the_contract(case: Case) -> None:
    header = next(csv.reader(results_csv(case.results).splitlines()))
    assert header == [
        "key", "method", "reported", "chapter", "variable", "level", "group", "statistic",
        "label", "value", "n", "unit", "formatted", "note",
    ]  # fmt: skip


def test_rows_are_sorted(case: Case) -> None:
    places = [(record.key, record.method) for record in case.results]
    assert places == sorted(places)


# --- which row is reported ------------------------------------------------------------------------------------------


def test_the_chosen_methods_are_reported(results: Results) -> None:
    reported = {key: results.get(key).method for key in (
        "age_years.mutant.iqr",
        "reduction_percent.mutant_vs_wild_type.p_value",
        "objective_response.mutant_vs_wild_type.p_value",
        "clavien_dindo.mutant_vs_wild_type.p_value",
        "objective_response.mutant.proportion_lower",
        "objective_response.mutant_vs_wild_type.risk_difference_lower",
        "os.mutant.median",
        "os.mutant.median_lower",
        "os.all.follow_up_median",
        "os.mutant_vs_wild_type.p_value",
        "os.mutant_vs_wild_type.hazard_ratio",
    )}  # fmt: skip
    assert reported == {
        "age_years.mutant.iqr": "type_6",
        "reduction_percent.mutant_vs_wild_type.p_value": "mann_whitney_exact",
        "objective_response.mutant_vs_wild_type.p_value": "fisher_exact",
        "clavien_dindo.mutant_vs_wild_type.p_value": "pearson_chi2",
        "objective_response.mutant.proportion_lower": "clopper_pearson",
        "objective_response.mutant_vs_wild_type.risk_difference_lower": "newcombe",
        "os.mutant.median": "first_at_or_below",
        "os.mutant.median_lower": "percentile_wald",
        "os.all.follow_up_median": "observed",
        "os.mutant_vs_wild_type.p_value": "logrank",
        "os.mutant_vs_wild_type.hazard_ratio": "cox_efron",
    }


def test_a_chapter_alone_gives_the_rows_that_it_gives_among_all(
    cohort: Cohort, parameters: Parameters, results: Results
) -> None:
    for chapter in ("01_cohort_description", "02_complications", "03_tumor_response", "04_survival"):
        alone = analyse(cohort, parameters, [chapter])
        assert alone.records == tuple(record for record in results if record.chapter == chapter)
