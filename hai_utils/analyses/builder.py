"""Records of one chapter: the one place where an estimate becomes a row with its printed text."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, replace
from typing import Self

from hai_utils.catalogue.methods import CHOICES, read_method
from hai_utils.catalogue.statistics import STATISTICS, Named, Part, Print, read_statistic
from hai_utils.cohort.dictionary import Variable
from hai_utils.parameters import Parameters
from hai_utils.results.formatting import NOT_ESTIMABLE, NOT_REACHED, Formatter
from hai_utils.results.keys import key_part
from hai_utils.results.printing import COMPLETED, print_value
from hai_utils.results.record import Record, Value
from hai_utils.results.samples import MOST_PATIENTS, Sample
from hai_utils.results.series import Points
from hai_utils.stats.arrays import TOO_LARGE
from hai_utils.stats.estimate import Estimate


@dataclass(frozen=True, slots=True)
class Chosen:
    """Reported is the method that a parameter names, or its fallback where the cohort is too large for it."""

    parameter: str
    too_large: frozenset[str] = frozenset()

    def method(self, parameters: Parameters) -> str:
        """Return the method that is reported at these parameters."""
        chosen = str(getattr(parameters, self.parameter))
        return (chosen in self.too_large and read_method(chosen).fallback) or chosen


class Builder:
    """Collects the records and points of one chapter.

    Which method is reported, and how a value prints, is told by `at` for other parameters: that it was read here is not
    noted as something that an analysis depends on.

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
        # A copy whose reading is not noted: how numbers print does not decide what is analyzed again.
        self._choices = Parameters.model_construct(**object.__getattribute__(parameters, "__dict__"))
        self._formatter = self._formatter_of(self._choices)
        self.records: list[Record] = []
        self._chosen: dict[int, Chosen] = {}
        self._variables: dict[str, Variable] = {}
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
        reported: bool | Chosen = True,
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
        self._variables[variable.name] = variable
        if isinstance(reported, Chosen):
            self._chosen[len(self.records)] = reported
            reported = method == reported.method(self._choices)
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
        reported: bool | Chosen = True,
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
        parts, reported = CHOICES[choice].parts, _chosen(choice, estimates)
        for method, estimate in estimates.items():
            self.add_interval(
                variable, group, name, estimate, n=n, level=level, method=method, parts=parts, reported=reported
            )

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
        for method, test in tests.items():
            self.add(
                variable, group, statistic, test.p_value, n=n, level=level, method=method,
                reported=method == reported if reported else _chosen(choice, tests), note=test.note,
            )  # fmt: skip

    def add_without_values(self, rows: Self, why: str) -> None:
        """Add the rows of another builder, without their values."""
        self._chosen |= {len(self.records) + place: chosen for place, chosen in rows._chosen.items()}
        self._variables |= rows._variables
        self.records += [replace(record, value=None, n=0, formatted=NOT_ESTIMABLE, note=why) for record in rows.records]

    def reported_test(self, variable: str, group: str) -> str:
        """Return the method of the P value that is reported of a comparison, which was added before."""
        return next(
            record.method
            for place, record in reversed(list(enumerate(self.records)))
            if (record.variable, record.group, record.statistic) == (variable, group, "p_value")
            and (
                record.method == self._chosen[place].method(self.parameters)
                if place in self._chosen
                else record.reported
            )
        )

    def at(self, parameters: Parameters) -> Self:
        """Return the same estimates as other parameters report and print them; all else that they say must be equal."""
        again = copy(self)
        again.parameters = again._choices = parameters
        again._formatter = self._formatter_of(parameters)
        again.records = list(self.records)
        for place, chosen in self._chosen.items():
            record = self.records[place]
            if record.reported != (reported := record.method == chosen.method(parameters)):
                again.records[place] = replace(record, reported=reported)
        if again._formatter != self._formatter:
            again.records = [replace(record, formatted=again._printed_again(record)) for record in again.records]
        return again

    @property
    def formatter(self) -> Formatter:
        """How the parameters print a number, for words: what depends on it is another analysis in another style."""
        return self._formatter_of(self.parameters)

    @staticmethod
    def _formatter_of(parameters: Parameters) -> Formatter:
        return Formatter.of(parameters.style, parameters.rounding, parameters.significance_level)

    def _printed_again(self, record: Record) -> str:
        named = read_statistic(record.statistic)
        return self._print(self._variables[record.variable], named, record.unit, record.value, record.note)

    def _print(self, variable: Variable, named: Named, unit: str, value: Value, note: str) -> str:
        if value is None:
            return NOT_REACHED if note == "not reached" else NOT_ESTIMABLE
        if (variable.name, named.record.name) in COMPLETED:
            return self._formatter.number(value, 0, rule="truncate")
        return print_value(self._formatter, named, unit, value, _decimals(variable, named, unit, value))


def _chosen(choice: str, estimates: Mapping[str, Estimate]) -> Chosen:
    """Say which parameter chooses, and for which methods the cohort is too large."""
    return Chosen(choice, frozenset(name for name, one in estimates.items() if one.note.startswith(TOO_LARGE)))


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
