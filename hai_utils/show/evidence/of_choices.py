"""The steps of what a study of this size could show, and of the same question asked by other choices."""

from __future__ import annotations

import math

from hai_utils.catalogue.other_choices import READINGS, READINGS_OF_SCANS
from hai_utils.catalogue.statistics import POWER
from hai_utils.results.formatting import working_number as number
from hai_utils.show.evidence.case import REPORTED, Case
from hai_utils.show.evidence.model import Steps, Worked, by_name, steps
from hai_utils.show.wording import population_name
from hai_utils.stats.normal import normal_quantile


def _wanted(case: Case) -> tuple[tuple[str, str], ...]:
    return ("level α and power", f"{number(_alpha(case))} and {number(POWER)}"), (
        "smallest",
        number(case.record.value or 0.0),
    )


def _alpha(case: Case) -> float:
    return float(case.study.parameters["significance_level"])


def _power_fisher(case: Case) -> Worked:
    (_, n1), (x2, n2) = (case.count(group) for group in case.groups)
    return steps(("n₁, n₂", f"{n1}, {n2}"), ("p₂", f"{x2}/{n2} = {number(x2 / n2)}"), *_wanted(case))


def _power_t(case: Case) -> Worked:
    x, y = (case.values(group) for group in case.groups)
    df = len(x) + len(y) - 2
    pooled = math.sqrt((math.fsum((x - x.mean()) ** 2) + math.fsum((y - y.mean()) ** 2)) / df)
    scale = pooled * math.sqrt(1 / len(x) + 1 / len(y))
    return steps(
        ("pooled deviation s", number(pooled)), ("s·√(1/n₁ + 1/n₂)", number(scale)), ("degrees of freedom", str(df)),
        ("noncentrality δ", number((case.record.value or 0.0) / scale)), *_wanted(case),
    )  # fmt: skip


def _power_logrank(case: Case) -> Worked:
    (t1, d1), (t2, d2) = (case.times(group) for group in case.groups)
    z = normal_quantile(1 - _alpha(case)), normal_quantile(2 * POWER - 1)
    information = float(d1.sum() + d2.sum()) * len(t1) * len(t2) / (len(t1) + len(t2)) ** 2
    return steps(
        ("D, n₁, n₂", f"{number(float(d1.sum() + d2.sum()))}, {len(t1)}, {len(t2)}"), ("z₁₋α/₂ and z_power", f"{number(z[0])} and {number(z[1])}"),
        ("D·n₁n₂/(n₁ + n₂)²", number(information)), ("ln HR", number(sum(z) / math.sqrt(information))), *_wanted(case),
    )  # fmt: skip


def _changed(case: Case) -> Worked:
    """List the rows with two responses: the row's number, then both."""
    others = dict(zip(*(case.results.entering[REPORTED].column(name) for name in ("row", "value")), strict=True))
    here = list(zip(case.texts("row"), case.texts("value"), strict=True))
    differing = [
        f"{row}: {value or 'none'}, not {others[row] or 'none'}" for row, value in here if value != others[row]
    ]
    return steps(("rows", str(len(here))), ("differing", "; ".join(differing) or "none"))


def _analyses(case: Case) -> Worked:
    effects, p = sorted(case.drawn("effect")), case.drawn("p")
    middle = effects[(len(effects) - 1) // 2], effects[len(effects) // 2]
    return steps(
        ("analyses", str(len(effects))), ("effects, least to greatest", f"{number(effects[0])} to {number(effects[-1])}"),
        ("in the middle", " and ".join(map(number, dict.fromkeys(middle)))),
        (f"P below {number(_alpha(case))}", f"{sum(one < _alpha(case) for one in p)} of {len(p)}"),
    )  # fmt: skip


def drawn_p(case: Case) -> float:
    """Return the P value that permutations gave, whose error is asked for."""
    stem = case.record.key.removesuffix("_mc_se")
    return float(case.results.get(stem, case.record.method).value or 0.0)


def _drawn(case: Case) -> Worked:
    if "complete" in case.record.note:
        return steps(("P", number(drawn_p(case))), ("B", "0: all were listed"))
    p, draws = drawn_p(case), int(case.study.parameters["permutation_draws"])
    return steps(
        ("P", number(p)), ("B", f"{draws:,}"), ("as far from none, k", f"{round(p * (draws + 1)) - 1:,}"),
        ("seed", str(case.study.parameters["seed"])),
    )  # fmt: skip


def _reread(case: Case) -> Worked:
    parameters = case.study.parameters
    groups = case.study.levels if case.record.group == "analysed" else (case.record.group,)
    chances = [point.y for group in groups for point in case.results.series(f"{case.record.variable}.{group}.chance")]
    return steps(
        ("s.d. of ε", number(float(parameters["reader_variability"]))), ("readings", f"{READINGS_OF_SCANS if parameters['scans'] else READINGS:,}"),
        ("chance of response of each, mean", f"{number(math.fsum(chances))}/{len(chances)} = {number(math.fsum(chances) / len(chances))}"),
        (f"chances, {population_name(case.study, case.record.group)}", ", ".join(map(number, chances))), ("seed", str(parameters["seed"])),
    )  # fmt: skip


STEPS: dict[str, Steps] = by_name(_power_fisher, _power_t, _power_logrank, _changed, _analyses, _drawn, _reread)
