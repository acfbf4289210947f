"""The steps of what a study of this size could show, and of the same question asked by other choices."""

from __future__ import annotations

import math
from collections.abc import Iterator

from hai_utils.catalogue.other_choices import READINGS, READINGS_OF_SCANS
from hai_utils.catalogue.statistics import POWER
from hai_utils.results.formatting import working_number as number
from hai_utils.show.evidence.case import REPORTED, Case
from hai_utils.show.evidence.model import Piece, Steps, by_name, numbers
from hai_utils.show.wording import population_name
from hai_utils.stats.normal import normal_quantile

Pieces = Iterator[Piece]


def _wanted(case: Case) -> Pieces:
    yield "level α and power", f"{number(case.alpha)} and {number(POWER)}"
    yield "smallest", number(case.record.value or 0.0)


def _power_fisher(case: Case) -> Pieces:
    (_, n1), (x2, n2) = (case.count(group) for group in case.groups)
    yield "n₁, n₂", f"{n1}, {n2}"
    yield "p₂", f"{x2}/{n2} = {number(x2 / n2)}"
    yield from _wanted(case)


def _power_t(case: Case) -> Pieces:
    x, y = (case.values(group) for group in case.groups)
    df = len(x) + len(y) - 2
    pooled = math.sqrt((math.fsum((x - x.mean()) ** 2) + math.fsum((y - y.mean()) ** 2)) / df)
    scale = pooled * math.sqrt(1 / len(x) + 1 / len(y))
    yield "pooled deviation s", number(pooled)
    yield "s·√(1/n₁ + 1/n₂)", number(scale)
    yield "degrees of freedom", str(df)
    yield "noncentrality δ", number((case.record.value or 0.0) / scale)
    yield from _wanted(case)


def _power_logrank(case: Case) -> Pieces:
    (t1, d1), (t2, d2) = (case.times(group) for group in case.groups)
    z, events = (normal_quantile(1 - case.alpha), normal_quantile(2 * POWER - 1)), d1.sum() + d2.sum()
    information = events * len(t1) * len(t2) / (len(t1) + len(t2)) ** 2
    yield "D, n₁, n₂", f"{number(events)}, {len(t1)}, {len(t2)}"
    yield "z₁₋α/₂ and z_power", f"{number(z[0])} and {number(z[1])}"
    yield "D·n₁n₂/(n₁ + n₂)²", number(information)
    yield "ln HR", number(sum(z) / math.sqrt(information))
    yield from _wanted(case)


def _changed(case: Case) -> Pieces:
    """List the rows with two responses: the row's number, then both."""
    others = dict(zip(*(case.results.samples[REPORTED].column(name) for name in ("row", "value")), strict=True))
    here = list(zip(case.texts("row"), case.texts("value"), strict=True))
    differing = [
        f"{row}: {value or 'none'}, not {others[row] or 'none'}" for row, value in here if value != others[row]
    ]
    yield "rows", str(len(here))
    yield "differing", "; ".join(differing) or "none"


def _analyses(case: Case) -> Pieces:
    effects, p = sorted(case.drawn("effect")), case.drawn("p")
    middle = effects[(len(effects) - 1) // 2], effects[len(effects) // 2]
    yield "analyses", str(len(effects))
    yield "effects, least to greatest", numbers(effects[0], effects[-1])
    yield "in the middle", " and ".join(map(number, dict.fromkeys(middle)))
    yield f"P below {number(case.alpha)}", f"{sum(one < case.alpha for one in p)} of {len(p)}"


def drawn_p(case: Case) -> float:
    """Return the P value that permutations gave, whose error is asked for."""
    stem = case.record.key.removesuffix("_mc_se")
    return float(case.results.get(stem, case.record.method).value or 0.0)


def _drawn(case: Case) -> Pieces:
    p, draws = drawn_p(case), int(case.study.parameters["permutation_draws"])
    yield "P", number(p)
    if "complete" in case.record.note:
        yield "B", "0: all were listed"
        return
    yield "B", f"{draws:,}"
    yield "as far from none, k", f"{round(p * (draws + 1)) - 1:,}"
    yield "seed", str(case.study.parameters["seed"])


def _reread(case: Case) -> Pieces:
    parameters = case.study.parameters
    groups = case.study.levels if case.record.group == "analysed" else (case.record.group,)
    chances = [point.y for group in groups for point in case.results.series(f"{case.record.variable}.{group}.chance")]
    total = math.fsum(chances)
    yield "s.d. of ε", number(float(parameters["reader_variability"]))
    yield "readings", f"{READINGS_OF_SCANS if parameters['scans'] else READINGS:,}"
    yield "chance of response of each, mean", f"{number(total)}/{len(chances)} = {number(total / len(chances))}"
    yield f"chances, {population_name(case.study, case.record.group)}", ", ".join(map(number, chances))
    yield "seed", str(parameters["seed"])


STEPS: dict[str, Steps] = by_name(_power_fisher, _power_t, _power_logrank, _changed, _analyses, _drawn, _reread)
