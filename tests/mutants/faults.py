"""The faults that the tests must catch: each changes one expression of one function.

A fault names the area of the package, the function and the expression, never a file or a line: it still applies when code
around it moves. The expression is compared as code, so its layout does not matter; it must occur exactly once.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fault:
    """One wrong expression.

    Attributes
    ----------
    name : str
        Short name, for ``make mutants`` and messages.
    why : str
        What is wrong with it, in words.
    function : str
        Area and name of the function, such as ``stats.at_risk``: any module below ``hai_utils/stats``; or of a table
        of a module.
    old, new : str
        The expression (or statement) as it is, and as it becomes.
    tests : str
        The files or folders of tests that must catch it, below ``tests``, separated by spaces.
    """

    name: str
    why: str
    function: str
    old: str
    new: str
    tests: str


SURVIVAL = "stats/test_survival.py stats/test_survival_reference.py"
RANKS = "stats/test_rank_tests.py stats/test_survival_reference.py"
COX = "stats/test_regression.py stats/test_survival_reference.py"
LOCATION = "stats/test_location.py"
PROPORTIONS = "stats/test_proportions.py"
TABLES = "stats/test_contingency.py"
META = "stats/test_meta_analysis.py"
RESPONSES = "response analyses/test_endpoints.py"
GATE = "disclosure/test_gate.py"

STATISTICS = (
    Fault("greenwood", "Greenwood's variance taken for its root", "stats.curve_of_counts",
          "survival * np.sqrt(np.cumsum(terms))", "survival * np.cumsum(terms)", SURVIVAL),
    Fault("greenwood_at_risk", "a risk set off by one in Greenwood's sum", "stats.curve_of_counts",
          "n * stay.astype(np.float64)", "(n + 1) * stay.astype(np.float64)", SURVIVAL),
    Fault("at_risk_after_t", "at risk counts time > t instead of time >= t", "stats.at_risk",
          '"left"', '"right"', SURVIVAL),
    Fault("survival_before_the_event", "S(t) leaves out the events at t", "stats.survival_at",
          '"right"', '"left"', SURVIVAL),
    Fault("log_log", "log-log limits without S in the delta method", "stats._loglog",
          "s * -np.log(s)", "-np.log(s)", SURVIVAL),
    Fault("median_strictly_below", "S < 0.5 for S <= 0.5 in the median", "stats._percentile_wald",
          "survival <= 0.5 + PROBABILITY_TOLERANCE", "survival < 0.5 - PROBABILITY_TOLERANCE", SURVIVAL),
    Fault("midpoint", "the start of a plateau at 0.5 for its middle", "stats._midpoint_crossing",
          "(first + (last_time if below is None else below)) / 2", "first", SURVIVAL),
    Fault("restricted_mean", "n squared for n(n - d) in the variance of the restricted mean", "stats.restricted_mean",
          "n * (n - d)", "n * n", SURVIVAL),
    Fault("follow_up_ties", "a death still at risk of a censoring at its time", "stats._reverse",
          "counts.leaving[:, 0, 1]", "0 * counts.leaving[:, 0, 1]", SURVIVAL),
    Fault("landmark_strict", "patients who leave at the landmark itself are left out", "stats.landmark",
          "rounded(time) >= _rounded_time(t)", "rounded(time) > _rounded_time(t)", SURVIVAL),
    Fault("crossing_at_a_touch", "curves that touch taken for curves that cross", "stats.crossings",
          "side[1:] != side[:-1]", "side[1:] == side[:-1]", "stats/test_crossing.py"),
    Fault("alike_patients", "patients who differ in the event alone taken for alike when left out", "stats.times_without_one",
          "[when, happened, code]", "[when, 0 * happened, code]", "stats/test_leave_one_out.py"),
    Fault("one_direction", "the smallest difference looked for upward alone", "stats.detectable_risk_difference",
          "(up, down)", "(up, up)", "stats/test_leave_one_out.py"),
    Fault("quantile", "1.96 for the exact normal quantile", "stats.normal_quantile",
          "ndtri(0.5 + as_confidence_level(confidence_level) / 2)",
          "round(ndtri(0.5 + as_confidence_level(confidence_level) / 2), 2)", SURVIVAL),
    Fault("two_tails", "one tail for two", "stats.two_sided_p", "2 * ndtr(-abs(z))", "ndtr(-abs(z))", LOCATION),
    Fault("logrank_variance", "n for n - 1 in the hypergeometric variance", "stats._weighted_difference",
          "np.maximum(n - 1, 1)", "np.maximum(n, 1)", RANKS),
    Fault("gehan", "the root of n for n as Gehan's weight", "stats.WEIGHTS",
          "lambda n, d: n", "lambda n, d: np.sqrt(n)", RANKS),
    Fault("peto", "Kaplan-Meier for the modified Peto-Peto estimate", "stats.WEIGHTS",
          "np.cumprod(1 - d / (n + 1))", "np.cumprod(1 - d / n)", RANKS),
    Fault("one_sided_permutation", "the permutation log-rank test counts one tail", "stats._share_of_all",
          "upper + lower", "upper", RANKS),
    Fault("efron", "Breslow's ties under Efron's name", "stats._efron_terms",
          "r / np.repeat(d, d)", "0 * r / np.repeat(d, d)", COX),
    Fault("cox_swapped", "level and reference swapped in Cox's score", "stats._efron_terms",
          "reference / level", "level / reference", COX),
    Fault("firth_limits", "profile limits at twice the chi-square quantile", "stats._firth_estimate",
          "z**2 / 2", "z**2", COX),
    Fault("incidence_after", "cumulative incidence by the share that is event-free after the event",
          "stats._incidence_steps", "before * d / n", "event_free * d / n", "stats/test_competing.py"),
    Fault("fisher_other_tail", "Fisher's test leaves out the equally likely tables of the other tail", "stats._fisher",
          "equally_likely * equal", "equally_likely * observed", TABLES),
    Fault("n_minus_1", "the factor (N - 1)/N upside down", "stats._n_minus_1",
          "_pearson(counts) * (n - 1) / n", "_pearson(counts) * n / (n - 1)", TABLES),
    Fault("yates", "N for N/2 in Yates' correction", "stats._yates",
          "2 * abs(a * d - b * c) - n", "2 * abs(a * d - b * c) - 2 * n", TABLES),
    Fault("clopper_one_sided", "alpha for alpha/2 in Clopper-Pearson", "stats._clopper_pearson",
          "betaincinv(x, n - x + 1, alpha / 2)", "betaincinv(x, n - x + 1, alpha)", PROPORTIONS),
    Fault("newcombe_limits", "Newcombe's interval with the reference's limits exchanged", "stats._newcombe",
          "math.hypot(p1 - l1, u2 - p2)", "math.hypot(p1 - l1, p2 - l2)", PROPORTIONS),
    Fault("exact_strict", "strictly more extreme for at least as extreme", "stats._exact_p",
          "np.abs(sums - expected) >= distance", "np.abs(sums - expected) > distance", LOCATION),
    Fault("ties", "no correction for ties in Mann-Whitney's variance", "stats._null_variance",
          "n + 1 - float((t**3 - t).sum()) / (n * (n - 1))", "n + 1", LOCATION),
    Fault("quartile_position", "quartiles at n p for (n + 1) p", "stats._QUARTILE_POSITIONS",
          "((n + 1) / 4, 3 * (n + 1) / 4)", "(n / 4, 3 * n / 4)", LOCATION),
    Fault("hodges_lehmann_limits", "the exact Hodges-Lehmann limits one difference too narrow", "stats._exact_depth",
          "max(1, quantile)", "max(1, quantile + 1)", LOCATION),
    Fault("holm", "Holm's factor off by one", "stats.holm",
          "len(known) - smaller", "len(known) - smaller - 1", "stats/test_multiplicity.py"),
    Fault("hartung_knapp", "Hartung-Knapp's t on k degrees of freedom instead of k - 1", "stats.random_effects",
          "stdtrit(k - 1, 0.5 + level / 2)", "stdtrit(k, 0.5 + level / 2)", META),
    Fault("mantel_haenszel", "the Mantel-Haenszel variance without its term in the difference",
          "stats.mantel_haenszel_risk_difference", "difference * p + q", "q", META),
)  # fmt: skip

RESPONSE = (
    Fault("confirmed_too_early", "a response counts as confirmed by the next scan, however early",
          "response._is_confirmed", "later.day - points[place].day >= days", "later.day > points[place].day",
          "response"),
    Fault("lost_in_between", "a response that was lost in between counts as met again", "response._is_confirmed",
          "if later.response not in accepted: return False", "if later.response not in accepted: continue", "response"),
    Fault("growth_from_baseline", "growth is always measured from the baseline", "response._scans",
          "np.fmin(nadir, burden)", "nadir", "response"),
    Fault("nadir_is_the_last", "growth is measured from the last scan instead of the smallest", "response._scans",
          "np.fmin(nadir, burden)", "np.where(np.isnan(burden), nadir, burden)", "response"),
    Fault("not_measured_breaks", "a target that was not measured counts as 0", "response._scans",
          "(~due | ~np.isnan(sizes)).all(axis=1)", "True", RESPONSES),
    Fault("recist_without_5_mm", "progression without the absolute growth that a criterion asks for",
          "response.has_grown", "growth >= self.record.progression_mm - TOLERANCE", "growth > 0", RESPONSES),
    Fault("response_strict", "a reduction of exactly the threshold is no response", "response._called",
          "-_change(burden, baseline) >= rules.response_percent - TOLERANCE",
          "-_change(burden, baseline) > rules.response_percent + TOLERANCE", RESPONSES),
    Fault("new_lesions_unread", "a new lesion is no progression", "response.judge",
          "grown | lesions.new[:, scan]", "grown", "response"),
    Fault("half_measured_left_out", "a lesion with one diameter is left out of the sum in silence",
          "response.lesions_of_columns", "~np.isnan(baseline[:, 0]) & ~half", "~np.isnan(baseline[:, 0])", RESPONSES),
    Fault("conservative", "patients not evaluable are responders in the conservative rate", "response.conservative",
          'response == "yes"', 'response != "no"', RESPONSES),
    Fault("duration_from_time_zero", "duration of response runs from time zero", "response._durations",
          "np.where(ended, documented, np.fmin(last, months)) - onset",
          "np.where(ended, documented, np.fmin(last, months)) + 0 * onset", "analyses/test_scans.py"),
    Fault("progression_of_scans_unread", "a duration of response runs on through progression that the scans show",
          "response._durations", "np.fmin(relapse, np.where(event, months, np.nan))", "np.where(event, months, np.nan)",
          "analyses/test_scans.py"),
    Fault("complete_response_reopened", "disease after a complete response is no progression",
          "response._end_complete_responses", "complete & seen", "complete & ~complete", "response"),
    Fault("later_lesions_passed_over", "a non-target lesion first seen on therapy is passed over",
          "cohort.first_seen_later", '{"new", "non_target"} if listed else {"new"}', '{"new"}', "response"),
)  # fmt: skip

DISCLOSURE = (
    Fault("denied_kept", "what the catalogue denies is published", "disclosure.released",
          "named.tells in DENIED", "False", GATE),
    Fault("at_risk_kept", "numbers at risk kept at every time of the grid", "disclosure._in_population",
          "_readable(release, named) and record.group in release.read", "True", GATE),
    Fault("comparisons_in_all_digits", "comparisons of survival kept by every method and in all their digits",
          "disclosure._comparison", '"coarse" if record.reported or record.method == "holm" else ""', '"whole"', GATE),
    Fault("few_left_out", "all rows spoken of beside those analyzed, though few were left out", "disclosure.of",
          "large and (remainder or not by_group)", "large", GATE),
    Fault("missing_forgotten", "patients not recorded forgotten among the cells", "disclosure.disclosed",
          "cells[population]", "cells[population][:-1]", GATE),
    Fault("no_relations", "counts that contain one another published with a small difference", "disclosure.fits",
          "return False", "continue", GATE),
    Fault("whole_numbers_compared", "comparisons kept of whole numbers, from which counts could be searched",
          "disclosure._comparison", "named.tells not in COMPARING or release.whole_numbers",
          "named.tells not in COMPARING", GATE),
    Fault("medians_kept", "medians of survival kept wherever they are, few deaths from a time of the grid",
          "disclosure._in_population", "(record.group, record.statistic, record.method) in release.medians", "True",
          "disclosure/test_medians.py"),
    Fault("median_beside_a_time", "a median taken without a look at the times beside it", "disclosure._taken",
          "self.rule.safe(self._beside_medians(variable, months, populations, steps))", "True",
          "disclosure/test_medians.py"),
    Fault("own_columns_unrelated", "own columns that contain one another taken for unrelated", "disclosure._choose",
          "self.published.fits(counts, choice, self.contained)", "True", "disclosure/test_own_columns.py"),
    Fault("sums_forgotten", "a total of own columns beside parts that leave a few", "disclosure._choose",
          "self.published.fits_sums(counts, choice, self.sums)", "True", "disclosure/test_own_columns.py"),
)  # fmt: skip

OTHER_CHOICES = (
    Fault("ties_not_extreme", "labellings as extreme as the groups do not count", "analyses.permutation_p",
          "medians >= observed - TOLERANCE", "medians > observed + TOLERANCE", "analyses/test_other_choices.py"),
    Fault("other_reader_of_one_axis", "another reader measures the longest diameter alone", "response._of_columns",
          "np.exp(np.concatenate(errors))", 'np.exp(np.concatenate(errors) * [name.endswith("long_mm") for name in names])',
          "analyses/test_other_choices.py"),
    Fault("hazard_at_once", "a log-rank score without the hazard before", "stats.logrank_scores",
          "np.cumsum(counts.leaving[:, 0, 1] / counts.at_risk[:, 0])", "counts.leaving[:, 0, 1] / counts.at_risk[:, 0]",
          "analyses/test_other_choices.py"),
)  # fmt: skip

FAULTS = STATISTICS + RESPONSE + DISCLOSURE + OTHER_CHOICES
