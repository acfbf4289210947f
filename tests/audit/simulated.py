"""Tables that are right by construction: made of rows, printed by one rounding rule and one rule of quartiles."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hai_utils.audit.draft import Draft, DraftRow
from hai_utils.audit.printed import parse_printed
from hai_utils.results.formatting import RoundingRule, round_number
from hai_utils.stats.contingency import compare_table
from hai_utils.stats.location import compare_locations
from hai_utils.stats.one_group import QuartileMethod, quartiles
from hai_utils.stats.proportions import PROPORTION_INTERVALS, proportion
from hai_utils.stats.rank_tests import compare_survival
from hai_utils.stats.regression import cox
from hai_utils.stats.survival import kaplan_meier, median_interval, median_survival

CHEAP_TESTS = ("fisher_exact", "pearson_chi2", "yates_chi2", "n_minus_1_chi2", "likelihood_ratio", "fisher_mid_p")
LEVELS = ("right colon", "left colon", "rectum")


@dataclass
class Writer:
    """Prints true values by one rule and collects the rows."""

    rule: RoundingRule
    rows: list[DraftRow]

    def add(self, variable: str, group: str, statistic: str, value: float, decimals: int, **more: object) -> str:
        """Print a value as one more row, and return the id of that row."""
        text = f"{round_number(value, decimals, rule=self.rule):f}"
        name = f"r{len(self.rows)}"
        number = parse_printed(text, decimals)
        self.rows.append(DraftRow(0, name, "Table", variable, group, statistic, text, number, **more))  # type: ignore[arg-type]
        return name


def simulate(seed: int, rule: RoundingRule, method: QuartileMethod) -> Draft:
    """Draw two groups of patients and print what an article prints of them."""
    generator = np.random.default_rng(seed)
    writer = Writer(rule, [])
    sizes = {"A": int(generator.integers(3, 40)), "B": int(generator.integers(3, 40))}
    member = np.repeat(["A", "B"], [sizes["A"], sizes["B"]])
    masks = {"all": np.ones(len(member), dtype=bool), "A": member == "A", "B": member == "B"}
    _binary(writer, generator, masks)
    _categories(writer, generator, masks)
    cycles = generator.integers(0, generator.integers(2, 60), size=len(member)).astype(float) - generator.integers(0, 9)
    _values(writer, "cycles", cycles, masks, method, decimals=int(generator.integers(0, 3)), kind="integer")
    body = np.round(generator.normal(27, 4, size=len(member)), 1)
    _values(writer, "body mass index", body, masks, method, decimals=1, kind="number")
    _tests(writer, generator, {"cycles": cycles, "body mass index": body}, masks)
    _survival(writer, generator, masks)
    return Draft.of(writer.rows)


def _binary(writer: Writer, generator: np.random.Generator, masks: dict[str, NDArray[np.bool_]]) -> None:
    answer = generator.random(len(masks["all"])) < generator.random()
    decimals = int(generator.integers(0, 2))
    table = []
    for group, mask in masks.items():
        count, of = int(answer[mask].sum()), int(mask.sum())
        writer.add("response", group, "n", count, 0, of=of)
        percent = writer.add("response", group, "percent", 100 * count / of, decimals, of=of)
        writer.add("response", group, "percent", 100 * count / of, 0, of=of, same_as=(percent,))
        table.append([count, of - count])
    _interval_of_a_proportion(writer, generator, table)
    test = str(generator.choice(CHEAP_TESTS))
    p = compare_table(table[1:], method=test).p_value  # type: ignore[arg-type]
    if p is not None:
        stated = test if generator.random() < 0.5 else ""
        writer.add("response", "A vs B", "p_value", p, int(generator.integers(2, 5)), method=stated)


def _interval_of_a_proportion(writer: Writer, generator: np.random.Generator, table: list[list[int]]) -> None:
    method = str(generator.choice(PROPORTION_INTERVALS))
    stated = method if generator.random() < 0.5 else ""
    for group, (count, rest) in zip(("all", "A", "B"), table, strict=True):
        limits = proportion(count, count + rest, method=method)  # type: ignore[arg-type]
        for statistic, value in (("ci_lower", limits.lower), ("ci_upper", limits.upper)):
            assert value is not None
            writer.add("response", group, statistic, 100 * value, 0, of=count + rest, method=stated)


def _categories(writer: Writer, generator: np.random.Generator, masks: dict[str, NDArray[np.bool_]]) -> None:
    site = generator.integers(0, len(LEVELS), size=len(masks["all"]))
    as_percents = bool(generator.random() < 0.5)
    table = []
    for group, mask in masks.items():
        counts, of = [int((site[mask] == level).sum()) for level in range(len(LEVELS))], int(mask.sum())
        parts = []
        for level, count in zip(LEVELS, counts, strict=True):
            if as_percents:
                parts.append(writer.add("site", group, "percent", 100 * count / of, 0, of=of, level=level))
            else:
                parts.append(writer.add("site", group, "n", count, 0, of=of, level=level))
        writer.add("patients with a site", group, "n", of, 0, sum_of=tuple(parts))
        table.append(counts)
    p = compare_table(table[1:], method="pearson_chi2").p_value
    if p is not None:
        writer.add("site", "A vs B", "p_value", p, 3, method="pearson_chi2")


def _values(
    writer: Writer, name: str, values: NDArray[np.float64], masks: dict[str, NDArray[np.bool_]], method: QuartileMethod,
    *, decimals: int, kind: str,
) -> None:  # fmt: skip
    for group, mask in masks.items():
        x = values[mask]
        q1, q3 = (quartile.value for quartile in quartiles(x, method=method))
        assert q1 is not None
        assert q3 is not None
        numbers = {
            "min": x.min(),
            "q1": q1,
            "median": np.median(x),
            "q3": q3,
            "max": x.max(),
            "mean": x.mean(),
            "iqr": q3 - q1,
        }
        for statistic, value in numbers.items():
            stated = method if statistic in {"q1", "q3", "iqr"} else ""
            writer.add(name, group, statistic, float(value), decimals, of=len(x), kind=kind, method=stated)
        writer.add(name, group, "sd", float(x.std(ddof=1)), decimals, of=len(x), kind=kind)


def _tests(
    writer: Writer, generator: np.random.Generator, variables: dict[str, NDArray[np.float64]], masks: dict[str, NDArray[np.bool_]]
) -> None:  # fmt: skip
    for name, values in variables.items():
        test = str(generator.choice(["student_t", "welch_t", "mann_whitney_exact", "mann_whitney_exact_untied"]))
        p = compare_locations(values[masks["A"]], values[masks["B"]], method=test).p_value  # type: ignore[arg-type]
        if p is not None:
            writer.add(name, "A vs B", "p_value", p, 3, method=test if generator.random() < 0.7 else "")


def _survival(writer: Writer, generator: np.random.Generator, masks: dict[str, NDArray[np.bool_]]) -> None:
    time = generator.exponential(20, size=len(masks["all"]))
    event = (generator.random(len(time)) < 0.7).astype(int)
    longest = writer.add("follow-up", "all", "max", float(time.max()), 1, of=len(time))
    interval = str(generator.choice(["percentile_wald", "brookmeyer_crowley_loglog", "brookmeyer_crowley_plain"]))
    for group, mask in masks.items():
        curve = kaplan_meier(time[mask], event[mask])
        rule = "first_at_or_below" if interval == "percentile_wald" else "midpoint"
        median = median_survival(curve, method=rule).value  # type: ignore[arg-type]
        limits = median_interval(curve, method=interval)  # type: ignore[arg-type]
        if median is not None and limits.lower is not None and limits.upper is not None:
            for statistic, value in (("median", median), ("ci_lower", limits.lower), ("ci_upper", limits.upper)):
                writer.add("survival", group, statistic, value, 1, kind="survival", method=interval, within=(longest,))
    _hazard(writer, generator, time, event, masks["A"].astype(float))


def _hazard(
    writer: Writer, generator: np.random.Generator, time: NDArray[np.float64], event: NDArray[np.int_], group: NDArray[np.float64]
) -> None:  # fmt: skip
    """Print a hazard ratio with its Wald limits, and the log-rank P beside it as articles do."""
    found = cox(time, event, group, ties="cox_efron")
    p = compare_survival(time, event, group, method="logrank").p_value
    if found.value is None or found.lower is None or found.upper is None or p is None:
        return
    statistic = "hazard_ratio" if generator.random() < 0.5 else "other"
    for name, value in ((statistic, found.value), ("ci_lower", found.lower), ("ci_upper", found.upper)):
        writer.add("hazard of death", "A vs B", name, value, 2)
    writer.add("hazard of death", "A vs B", "p_value", p, 3, method="logrank" if generator.random() < 0.5 else "")
