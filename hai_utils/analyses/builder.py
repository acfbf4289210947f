"""Records of one chapter: the one place where an estimate becomes a row with its printed text."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from hai_utils.catalogue.methods import CHOICES, read_method
from hai_utils.catalogue.statistics import STATISTICS, Named, Part, Print, read_statistic
from hai_utils.cohort.dictionary import Variable
from hai_utils.parameters import Parameters
from hai_utils.results.formatting import NOT_ESTIMABLE, NOT_REACHED, Formatter
from hai_utils.results.keys import key_part
from hai_utils.results.printing import print_value
from hai_utils.results.record import Record, Value
from hai_utils.results.samples import MOST_PATIENTS, Sample
from hai_utils.results.series import Points
from hai_utils.stats.arrays import TOO_LARGE
from hai_utils.stats.estimate import Estimate

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
        self.formatter = Formatter.of(parameters.style, parameters.rounding, parameters.significance_level)
        self.records: list[Record] = []
        self.points = Points()
        self.samples: dict[str, Sample] = {}

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
        note: str = "",
    ) -> None:
        """Add one statistic; a value of None needs a note that says why.

        Raises
        ------
        ResultError
            Where the catalogue has no record of the statistic or of the method.
        """
        named = read_statistic(statistic)
        if method:
            read_method(method)
        unit = named.unit(variable.unit)
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
            formatted=self._print(variable, named, unit, value, note),
            note=note,
        )
        self.records.append(record)

    def add_sample(self, variable: str, columns: Callable[[], Mapping[str, Sequence[object]]]) -> None:
        """Keep the rows behind a variable where the run shows rows; see `hai_utils.results.samples`.

        Parameters
        ----------
        columns : callable
            Gives the columns, ``row`` and ``group`` among them; texts are written as in keys.
        """
        if self.parameters.evidence != "rows" or self.parameters.disclosure != "none":
            return
        found = columns()
        if len(set(found["row"])) <= MOST_PATIENTS:
            texts = {
                name: [key_part(cell) if isinstance(cell, str) else cell for cell in cells]
                for name, cells in found.items()
            }
            made = Sample.of(texts)
            self.samples[variable] = self.samples[variable].joined(made) if variable in self.samples else made

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
        parts: Iterable[Part] | None = None,
    ) -> None:
        """Add parts of an estimate: all that its record has, or those named; the empty part is its value."""
        numbers: dict[Part, Value] = {
            "": estimate.value,
            "lower": estimate.lower,
            "upper": estimate.upper,
            "se": estimate.se,
            "p": estimate.p_value,
        }
        for part in ("", *read_statistic(statistic).record.parts) if parts is None else parts:
            note = estimate.note or ("not estimable" if numbers[part] is None else "")
            self.add(
                variable, group, f"{statistic}_{part}".rstrip("_"), numbers[part], n=n, level=level, method=method,
                reported=reported, note=note,
            )  # fmt: skip

    def add_choice(
        self,
        choice: str,
        variable: Variable,
        group: str,
        estimates: Mapping[str, Estimate],
        *,
        n: int,
        level: str = "",
        months: float | None = None,
    ) -> None:
        """Add the statistic of a choice by each method; reported is the method that the parameter of this name chose.

        Parameters
        ----------
        choice : str
            A parameter that chooses a method, see `hai_utils.catalogue.methods.CHOICES`.
        estimates : mapping of str to Estimate
            What each method gives.
        months : float, optional
            The time of a statistic that has one.
        """
        statistic = STATISTICS[CHOICES[choice].statistic]
        name = statistic.name if months is None else statistic.at(months)
        parts, reported = CHOICES[choice].parts, self._reported(choice, estimates)
        for method, estimate in estimates.items():
            self.add_interval(
                variable, group, name, estimate, n=n, level=level, method=method, parts=parts, reported=method == reported
            )  # fmt: skip

    def add_tests(
        self,
        choice: str,
        variable: Variable,
        group: str,
        tests: Mapping[str, Estimate],
        *,
        n: int,
        level: str = "",
        reported: str = "",
    ) -> None:
        """Add P by each method of a choice; `reported` where no parameter of this name chooses one."""
        statistic = CHOICES[choice].statistic if choice in CHOICES else "p_value"
        reported = reported or self._reported(choice, tests)
        for method, test in tests.items():
            self.add(
                variable, group, statistic, test.p_value, n=n, level=level, method=method,
                reported=method == reported, note=test.note,
            )  # fmt: skip

    def _reported(self, choice: str, estimates: Mapping[str, Estimate]) -> str:
        """Return the method that is reported: the one chosen, or its fallback where the cohort is too large for it."""
        chosen = str(getattr(self.parameters, choice))
        too_large = estimates[chosen].note.startswith(TOO_LARGE)
        return (too_large and read_method(chosen).fallback) or chosen

    def _print(self, variable: Variable, named: Named, unit: str, value: Value, note: str) -> str:
        if value is None:
            return NOT_REACHED if note == "not reached" else NOT_ESTIMABLE
        if (variable.name, named.record.name) in COMPLETED:
            return self.formatter.number(value, 0, rule="truncate")
        return print_value(self.formatter, named, unit, value, _decimals(variable, named, unit, value))


def _decimals(variable: Variable, named: Named, unit: str, value: float) -> int | None:
    """Return the decimals of a value; None where the number style decides."""
    record = named.record
    if named.is_p_value:
        return None
    if named.prints is Print.SHARE and named.part == "se":
        return 1
    if record.decimals is not None or named.prints not in {Print.MEASURE, Print.HALVES}:
        return record.decimals
    if unit == "months":
        return 1
    if unit == "percent" and named.is_difference:
        return variable.decimals
    halves = named.prints is Print.HALVES or variable.kind == "integer"
    decimals = int(not float(value).is_integer()) if halves else variable.decimals
    return max(record.least_decimals, decimals)
