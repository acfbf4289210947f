"""Records of one chapter: the one place where an estimate becomes a row with its printed text."""

from __future__ import annotations

from collections.abc import Iterable

from hai_utils.cohort.dictionary import Variable
from hai_utils.parameters import Parameters
from hai_utils.results.formatting import NOT_ESTIMABLE, NOT_REACHED, Formatter
from hai_utils.results.table import Points, Record, Value, is_difference
from hai_utils.stats.estimate import Estimate

TWO_DECIMALS = frozenset(
    {"hazard_ratio", "odds_ratio", "standardised_difference", "shapiro_w", "statistic", "heterogeneity_q"}
)
COUNTS = frozenset({"n", "n_missing", "count", "events", "fragility_index", "left_out", "centers", "heterogeneity_df"})
# Completed years: an age is cut, not rounded, as people state it.
COMPLETED = frozenset({("age_years", "min"), ("age_years", "max")})


class Builder:
    """Collects the records and points of one chapter.

    Parameters
    ----------
    chapter : str
        The notebook that the records belong to.
    parameters : Parameters
        For the number style, and for which method is reported.
    """

    def __init__(self, chapter: str, parameters: Parameters) -> None:
        self.chapter = chapter
        self.parameters = parameters
        self.formatter = Formatter.of(parameters.style, parameters.rounding)
        self.records: list[Record] = []
        self.points = Points()

    def add(
        self,
        variable: Variable,
        group: str,
        statistic: str,
        value: Value,
        *,
        n: int,
        level: str = "",
        method: str = "",
        reported: bool = True,
        unit: str = "",
        note: str = "",
    ) -> None:
        """Add one statistic; a value of None needs a note that says why."""
        record = Record(
            variable=variable.name,
            level=level,
            group=group,
            statistic=statistic,
            method=method,
            reported=reported,
            chapter=self.chapter,
            label=f"{variable.label}: {variable.label_of(level)}" if level else variable.label,
            value=value,
            n=n,
            unit=unit,
            formatted=self._print(variable, statistic, value, unit, note),
            note=note,
        )
        self.records.append(record)

    def add_interval(
        self,
        variable: Variable,
        group: str,
        statistic: str,
        estimate: Estimate,
        *,
        n: int,
        level: str = "",
        method: str = "",
        reported: bool = True,
        unit: str = "",
        with_value: bool = True,
        extra: Iterable[str] = (),
    ) -> None:
        """Add an estimate with its limits, and what else is asked for (``se``, ``p``)."""
        note = estimate.note
        numbers: list[tuple[str, Value]] = [
            (f"{statistic}_lower", estimate.lower),
            (f"{statistic}_upper", estimate.upper),
        ]
        if with_value:
            numbers.insert(0, (statistic, estimate.value))
        numbers += [(f"{statistic}_{name}", estimate.se if name == "se" else estimate.p_value) for name in extra]
        for name, value in numbers:
            self.add(
                variable, group, name, value, n=n, level=level, method=method, reported=reported,
                unit="" if name.endswith("_p") else unit,
                note=note if value is not None or note else "not estimable",
            )  # fmt: skip

    def _print(self, variable: Variable, statistic: str, value: Value, unit: str, note: str) -> str:
        if value is None:
            return NOT_REACHED if note == "not reached" else NOT_ESTIMABLE
        if statistic in COUNTS or statistic.startswith("at_risk_"):
            return self.formatter.count(value)
        if statistic.startswith("p_value_mc"):
            return self.formatter.number(value, 4)
        if statistic.endswith("_p") or statistic.startswith("p_value"):
            return self.formatter.p_value(value)
        if unit in {"percent", "proportion"} and is_difference(statistic):
            points = self.formatter.points
            return points(100.0 * value) if unit == "proportion" else points(value, variable.decimals)
        if unit == "proportion":
            return self.formatter.percent(100.0 * value, 1 if statistic.endswith("_se") else None)
        if statistic in {"weight", "i2"}:
            return self.formatter.percent(value, 1)
        if statistic == "tau2":
            return self.formatter.number(value, 3)
        if any(statistic.startswith(name) for name in TWO_DECIMALS):
            return self.formatter.number(value, 2)
        return self._print_measure(variable, statistic, value, unit)

    def _print_measure(self, variable: Variable, statistic: str, value: float, unit: str) -> str:
        if (variable.name, statistic) in COMPLETED:
            return self.formatter.number(value, 0, rule="truncate")
        decimals = variable.decimals
        if variable.kind == "integer" or statistic in {"iqr", "u_statistic"}:
            decimals = 0 if float(value).is_integer() and statistic != "iqr" else 1
        if statistic in {"min", "max"} and variable.name == "age_years":
            decimals = 0
        if statistic in {"mean", "sd"}:
            decimals = max(1, decimals)
        if unit == "months":
            decimals = 1
        return self.formatter.percent(value, decimals) if unit == "percent" else self.formatter.number(value, decimals)
