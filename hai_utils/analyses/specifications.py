"""The specification curve: one question asked in every admissible way, and how the answers hang together.

Simonsohn U, Simmons JP, Nelson LD. Nat Hum Behav 2020;4:1208-1214: all defensible analyses are made, the median effect is
the summary, and one P under the null comes from permuting the groups.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import reduce

import numpy as np
from numpy.typing import NDArray

from hai_utils.analyses.blocks import Pair
from hai_utils.analyses.builder import Builder
from hai_utils.analyses.methods_compared import put_back
from hai_utils.catalogue.endpoints import Endpoint
from hai_utils.catalogue.methods import methods_of, read_method
from hai_utils.catalogue.other_choices import (
    ALL,
    AS_FAILURES,
    EVALUABLE,
    LEAST_EXPECTED,
    LEFT_OUT,
    NEEDS_FULL_CELLS,
    PUT_BACK,
    Switch,
)
from hai_utils.cohort.dictionary import Variable
from hai_utils.cohort.model import Cohort, Mask
from hai_utils.parameters import Parameters
from hai_utils.response.derived import conservative
from hai_utils.response.judging import Array, Flags
from hai_utils.results.keys import key_part
from hai_utils.results.series import Point
from hai_utils.stats import contingency, proportions, rank_tests, regression
from hai_utils.stats.estimate import Estimate

Calls = Mapping[Switch, Flags]
REPORTED = "reported"
RESPONSE = "objective_response"
# Permutations that are drawn at once, so that the memory stays small.
BLOCK = 1_000
TOLERANCE = 1e-9


@dataclass(frozen=True, eq=False)
class Asked:
    """The same question asked of one set of patients by one definition of the event.

    Attributes
    ----------
    words : tuple of str
        Criterion (empty where there is none), who counts as not having responded, and who is counted.
    level, reference : boolean arrays, shape (n,)
        The two groups, those without the outcome left out.
    outcome : array, shape (n,)
        1 for the outcome, 0 without, or the log-rank score of a patient: what a group's sum is taken of.
    reported : bool
        Whether the run asks it so.
    time, event : arrays, shape (n,), optional
        Of a survival endpoint.
    """

    words: tuple[str, str, str]
    level: Mask
    reference: Mask
    outcome: Array
    reported: bool
    time: Array | None = None
    event: Array | None = None


@dataclass(frozen=True, slots=True)
class Analysis:
    """One way to answer: the words of its choices, effect with limits, P; whether it is the one reported."""

    words: tuple[str, ...]
    effect: Estimate
    p_value: float
    reported: bool


def add_all_analyses(builder: Builder, cohort: Cohort, pair: Pair, calls: Calls) -> None:
    """Add all admissible analyses of the primary endpoint in one comparison; nothing where none can be made."""
    parameters = builder.parameters
    questions = list(_questions(cohort, pair, parameters, calls))
    answers = [_answers(question, parameters) for question in questions]
    answered = [(question, found) for question, found in zip(questions, answers, strict=True) if found]
    if not answered:
        return
    analyses = sorted((one for _, found in answered for one in found), key=_rank)
    ratio = answered[0][0].time is not None
    variable = Variable(ALL, f"All admissible analyses: {_label(cohort, parameters)}", "number")
    n = int(max((question.level | question.reference).sum() for question, _ in answered))
    middle = float(np.median([math.log(one.effect.value) if ratio else one.effect.value for one in analyses]))  # type: ignore[arg-type]
    median = math.exp(middle) if ratio else middle
    same = sum(math.copysign(1, _signed(one, ratio=ratio)) == math.copysign(1, middle) for one in analyses)
    significant = sum(one.p_value < parameters.significance_level for one in analyses)
    for name, count in (
        ("analyses", len(analyses)), ("analyses_same_direction", same), ("analyses_significant", significant),
    ):  # fmt: skip
        builder.add(variable, pair.name, name, count, n=n)
    builder.add(
        variable, pair.name, "hazard_ratio" if ratio else "risk_difference", median, n=n, method="median_of_analyses"
    )
    _add_permutation(builder, variable, pair, answered, n)
    _add_points(builder, pair, analyses)


def _signed(analysis: Analysis, *, ratio: bool) -> float:
    value = analysis.effect.value or 0.0
    return math.log(value) if ratio and value > 0 else value


def _rank(analysis: Analysis) -> tuple[float, float, tuple[str, ...]]:
    # Estimates that differ only by how they were computed are one effect.
    return (round(analysis.effect.value or 0.0, 9), analysis.p_value, analysis.words)


def _label(cohort: Cohort, parameters: Parameters) -> str:
    name = parameters.primary_endpoint
    described = next((endpoint for endpoint in cohort.endpoints if endpoint.name == name), None)
    return described.label if described else cohort.variables[name].label


# --- which questions --------------------------------------------------------------------------------------------------


def _questions(cohort: Cohort, pair: Pair, parameters: Parameters, calls: Calls) -> Iterator[Asked]:
    """Yield the question in every form that differs from the others; who is put back only where somebody was left out."""
    name = parameters.primary_endpoint
    everybody = put_back(cohort)
    described = next((endpoint for endpoint in cohort.endpoints if endpoint.name == name), None)
    for words, one in ((LEFT_OUT, cohort), (PUT_BACK, everybody)):
        if one is None:
            continue
        if described is not None and not cohort.groups_form_later:
            yield _survival(one, pair, described, words)
        elif name == RESPONSE:
            yield from _responses(one, pair, parameters, calls, words)
        elif name in cohort.table and cohort.variables[name].is_binary and name != cohort.group_by:
            first = cohort.variables[name].levels[0]
            values = cohort.table[name].astype(object).to_numpy()
            flags = np.array(
                [None if value not in cohort.variables[name].levels else value for value in values], dtype=object
            )
            yield _binary(one, pair, flags, first, ("", "", words), reported=words == LEFT_OUT)


def _responses(cohort: Cohort, pair: Pair, parameters: Parameters, calls: Calls, words: str) -> Iterator[Asked]:
    for switch, flags in calls.items():
        reported = words == LEFT_OUT and switch.in_force(parameters.model_dump())
        yield _binary(cohort, pair, flags, "yes", (switch.words, EVALUABLE, words), reported=reported)
        members = cohort.members(pair.level) | cohort.members(pair.reference)
        if any(flag is None for flag in flags[members]):
            yield _binary(cohort, pair, conservative(flags), "yes", (switch.words, AS_FAILURES, words), reported=False)


def _binary(
    cohort: Cohort, pair: Pair, flags: Flags, first: str, words: tuple[str, str, str], *, reported: bool
) -> Asked:
    known = np.array([flag is not None for flag in flags])
    level, reference = (cohort.members(group) & known for group in (pair.level, pair.reference))
    return Asked(words, level, reference, (flags == first).astype(np.float64), reported)


def _survival(cohort: Cohort, pair: Pair, endpoint: Endpoint, words: str) -> Asked:
    time, event = (cohort.table[name].to_numpy(dtype=np.float64) for name in (endpoint.months, endpoint.status))
    known = ~np.isnan(time) & ~np.isnan(event)
    level, reference = (cohort.members(group) & known for group in (pair.level, pair.reference))
    scores, both = np.zeros(cohort.size), level | reference
    scores[both] = rank_tests.logrank_scores(time[both], event[both])
    return Asked(("", "", words), level, reference, scores, words == LEFT_OUT, time, event)


# --- their answers ----------------------------------------------------------------------------------------------------


def _answers(question: Asked, parameters: Parameters) -> list[Analysis]:
    if not question.level.any() or not question.reference.any():
        return []
    answers = _of_table if question.time is None else _of_times
    return list(answers(question, parameters))


def _of_table(question: Asked, parameters: Parameters) -> Iterator[Analysis]:
    groups = (question.level, question.reference)
    table = np.array([[int(question.outcome[mask].sum()), int((1 - question.outcome[mask]).sum())] for mask in groups])
    cells = (int(table[0, 0]), int(table[0].sum()), int(table[1, 0]), int(table[1].sum()))
    expected = float(np.outer(table.sum(axis=1), table.sum(axis=0)).min() / table.sum())
    for interval in methods_of("risk_difference_interval"):
        effect = proportions.effect(
            *cells, statistic="risk_difference", method=interval, confidence_level=parameters.confidence_level
        )
        for test in methods_of("categorical_test"):
            chosen = test == parameters.categorical_test and interval == parameters.risk_difference_interval
            reported = question.reported and chosen
            fits = expected >= LEAST_EXPECTED.get(test, 0.0) and (interval not in NEEDS_FULL_CELLS or bool(table.all()))
            found = contingency.compare_table(table, method=test) if fits or reported else Estimate(note="inadmissible")
            if found.p_value is not None and effect.value is not None:
                words = (*question.words, read_method(test).words, read_method(interval).words)
                yield Analysis(words, effect, found.p_value, reported)


def _of_times(question: Asked, parameters: Parameters) -> Iterator[Analysis]:
    assert question.time is not None
    assert question.event is not None
    both = question.level | question.reference
    time, event, code = question.time[both], question.event[both], question.level[both].astype(np.int64)
    tests = {name: rank_tests.compare_survival(time, event, code, method=name) for name in methods_of("survival_test")}
    for model in methods_of("hazard_ratio_method"):
        effect = regression.cox(time, event, code, ties=model, confidence_level=parameters.confidence_level)
        for test, found in tests.items():
            chosen = test == parameters.survival_test and model == parameters.hazard_ratio_method
            if found.p_value is not None and effect.value:
                words = (*question.words, read_method(test).words, read_method(model).words)
                yield Analysis(words, effect, found.p_value, question.reported and chosen)


# --- one P for all of them --------------------------------------------------------------------------------------------


def _add_permutation(
    builder: Builder, variable: Variable, pair: Pair, answered: list[tuple[Asked, list[Analysis]]], n: int
) -> None:
    draws = builder.parameters.permutation_draws
    stream = np.random.default_rng([builder.parameters.seed, *f"{ALL}.{pair.name}".encode()])
    p_value = permutation_p(
        [question for question, _ in answered], [len(found) for _, found in answered], stream, draws
    )
    error = math.sqrt(p_value * (1 - p_value) / (draws + 1))
    method = "permutation_of_analyses"
    builder.add(variable, pair.name, "p_value", p_value, n=n, method=method)
    builder.add(variable, pair.name, "p_value_mc_se", error, n=n, method=method)


def permutation_p(questions: list[Asked], weights: list[int], stream: np.random.Generator, draws: int) -> float:
    """Return how often random groups give a median effect as far from none as the two groups do.

    Parameters
    ----------
    questions : list of Asked
        The same patients in each; a patient who is in either group of any question may get either label.
    weights : list of int
        Analyses of each question: the median is over analyses.
    draws : int
        Random permutations; the groups as they are count as one more (Phipson & Smyth 2010).
    """
    anyone = reduce(np.logical_or, [question.level | question.reference for question in questions])
    labels = reduce(np.logical_or, [question.level for question in questions])[anyone].astype(np.float64)
    present = np.array([(question.level | question.reference)[anyone] for question in questions], dtype=np.float64).T
    outcomes = np.array([question.outcome[anyone] for question in questions]).T * present
    # In an order of their own, so that the rows of the file may stand in any.
    order = np.lexsort([*outcomes.T, *present.T, labels])
    labels, present, outcomes = labels[order], present[order], outcomes[order]
    share = math.gcd(*weights)
    repeated = np.repeat(np.arange(len(questions)), [weight // share for weight in weights])
    scale = _scales(questions, present, outcomes)
    observed = abs(_medians(labels[None, :], present, outcomes, scale, repeated)[0])
    extreme = 0
    for start in range(0, draws, BLOCK):
        shuffled = stream.permuted(np.tile(labels, (min(BLOCK, draws - start), 1)), axis=1)
        medians = np.abs(_medians(shuffled, present, outcomes, scale, repeated))
        extreme += int((medians >= observed - TOLERANCE).sum())
    return (1 + extreme) / (1 + draws)


def _scales(questions: list[Asked], present: Array, outcomes: Array) -> Array:
    """Return what makes questions of survival comparable: the standard deviation of their scores; 1 for proportions."""
    if questions[0].time is None:
        return np.ones(len(questions))
    spread = np.array([outcomes[present[:, place] == 1, place].std() for place in range(len(questions))])
    return np.where(spread > 0, spread, 1.0)


def _medians(labels: Array, present: Array, outcomes: Array, scale: Array, repeated: NDArray[np.intp]) -> Array:
    """Return the median over the analyses of the difference between the groups' means, one a labelling."""
    sizes, sums = labels @ present, labels @ outcomes
    rest, others = present.sum(axis=0) - sizes, outcomes.sum(axis=0) - sums
    with np.errstate(invalid="ignore", divide="ignore"):
        effects = np.where((sizes > 0) & (rest > 0), sums / sizes - others / rest, 0.0) / scale
    found: Array = np.median(effects[:, repeated], axis=1)
    return found


def _add_points(builder: Builder, pair: Pair, analyses: list[Analysis]) -> None:
    stem = f"{ALL}.{key_part(pair.name)}"
    for rank, one in enumerate(analyses, start=1):
        words = "|".join((*one.words, REPORTED if one.reported else ""))
        value = float(one.effect.value or 0.0)
        builder.points += [
            Point(f"{stem}.effect", float(rank), value, one.effect.lower, one.effect.upper, mark=words),
            Point(f"{stem}.p", float(rank), one.p_value),
        ]
