"""The results table: every number that the book prints, one statistic a row, found by key, method or variable."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from hai_utils.errors import ResultError, nearest
from hai_utils.results.figured import one_each, sizes, tables_of
from hai_utils.results.formatting import Formatter
from hai_utils.results.keys import result_key
from hai_utils.results.printing import format_record
from hai_utils.results.record import BLANK, COLUMNS, Record
from hai_utils.results.samples import Sample
from hai_utils.results.series import Point, Points
from hai_utils.results.study import Study

if TYPE_CHECKING:
    import pandas as pd

NO_STUDY = Study()


@dataclass(frozen=True, eq=False)
class Results:
    """All records of a run with the points of its figures, sorted, each `(key, method)` once.

    `samples` are the rows behind the numbers, by variable; empty unless the run shows rows.

    Raises
    ------
    ResultError
        Where two records contradict each other, or a key has not exactly one reported method.
    """

    records: tuple[Record, ...]
    points: Points = field(default_factory=Points)
    study: Study = NO_STUDY
    samples: Mapping[str, Sample] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        records: Iterable[Record],
        points: Iterable[Point] = (),
        study: Study | None = None,
        samples: Mapping[str, Sample] | None = None,
    ) -> Results:
        """Collect records and points: identical duplicates merge, differing ones are an error."""
        unique: dict[tuple[str, str], Record] = {}
        for record in records:
            place = (record.key, record.method)
            if (known := unique.setdefault(place, record)) is not record and known != record:
                raise ResultError(f"Two different results for '{record.key}' by method '{record.method}'.")
        ordered = tuple(unique[place] for place in sorted(unique))
        results = cls(ordered, Points(points).ordered(), study or NO_STUDY, samples or {})
        results._check_reported()
        return results

    def _check_reported(self) -> None:
        counts = Counter(key for (key, _), record in self._by_method.items() if record.reported)
        wrong = sorted(key for key in {key for key, _ in self._by_method} if counts[key] != 1)
        if wrong:
            raise ResultError(f"Not exactly one reported method: {', '.join(wrong[:5])}.")

    @cached_property
    def _reported(self) -> dict[str, Record]:
        return {key: record for (key, _), record in self._by_method.items() if record.reported}

    @cached_property
    def _by_method(self) -> dict[tuple[str, str], Record]:
        return {(record.key, record.method): record for record in self.records}

    @cached_property
    def _methods(self) -> dict[str, tuple[Record, ...]]:
        methods: dict[str, list[Record]] = {}
        for (key, _), record in self._by_method.items():
            methods.setdefault(key, []).insert(0 if record.reported else len(self.records), record)
        return {key: tuple(records) for key, records in methods.items()}

    def __contains__(self, key: str) -> bool:
        return key in self._reported

    def has_data(self, variable: str) -> bool:
        """Say whether a variable is recorded: it has rows, and its columns are not blank in every row."""
        record = self.find_key(f"{variable}.all.n")
        return record is not None and record.note != BLANK

    def __iter__(self) -> Iterator[Record]:
        return iter(self.records)

    def __len__(self) -> int:
        return len(self.records)

    @property
    def keys(self) -> tuple[str, ...]:
        """All keys, sorted."""
        return tuple(self._reported)

    def get(self, key: str, method: str = "") -> Record:
        """Return the reported record of a key, or that of a named method.

        Raises
        ------
        ResultError
            Naming the nearest keys, or the methods that the key has.
        """
        if key not in self._reported:
            raise ResultError(f"No result has the key '{key}'.{nearest(key, self.keys)}")
        if not method:
            return self._reported[key]
        if (key, method) not in self._by_method:
            known = ", ".join(record.method for record in self.methods(key) if record.method)
            raise ResultError(f"'{key}' has no method '{method}'; it has {known or 'none that is named'}.")
        return self._by_method[key, method]

    def __getitem__(self, key: str) -> Record:
        """Return the reported record of a key, as `get` does.

        Examples
        --------
        >>> rate = results["objective_response.mutant.percent"]
        >>> round(rate.value, 1), rate.n, rate.formatted
        (63.6, 11, '64%')
        """
        return self.get(key)

    def frame(self) -> pd.DataFrame:
        """Return all records as a DataFrame: one statistic a row, in the columns of ``results.csv``.

        Examples
        --------
        >>> frame = results.frame()
        >>> rows = frame[(frame["variable"] == "objective_response") & (frame["statistic"] == "p_value")]
        >>> rows[rows["reported"]][["group", "method", "formatted"]].values.tolist()
        [['mutant_vs_wild_type', 'fisher_exact', '0.03']]
        """
        import pandas as pd

        rows = [[getattr(record, name) for name in COLUMNS] for record in self.records]
        return pd.DataFrame(rows, columns=list(COLUMNS)).astype({"value": float, "n": "Int64"})

    def find_key(self, key: str) -> Record | None:
        """Return the reported record of a key; None where there is none."""
        return self._reported.get(key)

    def shows(self, key: str) -> bool:
        """Say whether a key has a result that is not withheld."""
        record = self.find_key(key)
        return record is not None and not record.withheld

    def find(self, variable: str, group: str, statistic: str, *, level: str = "", method: str = "") -> Record:
        """Return a record by the parts of its key."""
        return self.get(result_key(variable, level, group, statistic), method)

    def methods(self, key: str) -> tuple[Record, ...]:
        """Return all records of a key, the reported one first."""
        return self._methods.get(key, ())

    @cached_property
    def tables(self) -> Mapping[str, Sample]:
        """What evidence is made from, by variable, as its files have it: the rows, else what figures tell of them."""
        return {**tables_of(self.points, self.study), **({} if self.study.gated else self.samples)}

    @cached_property
    def entering(self) -> Mapping[str, Sample]:
        """The same with a row for each who leaves a curve."""
        return {name: one_each(table) for name, table in self.tables.items()}

    @cached_property
    def told_by_figures(self) -> Mapping[str, Counter[str]]:
        """How many of each group figures tell of, by variable, where no rows are shown."""
        return sizes({name: sample for name, sample in self.entering.items() if name not in self.samples})

    def series(self, key: str) -> Sequence[Point]:
        """Return the points of a series in the order of x; empty where there are none."""
        return self.points.series(key)

    def merged(self, other: Results) -> Results:
        """Return both together; an identical duplicate merges, a differing one fails."""
        points = Points(self.points)
        points += other.points
        samples = {**self.samples, **other.samples}
        return Results.of([*self.records, *other.records], points, self.study, samples)

    def quote(self, reference: str, formatter: Formatter | None = None) -> tuple[Record, str]:
        """Resolve what prose writes: ``key``, ``key@method``, ``key to 1 decimal``.

        Returns
        -------
        record : Record
            The row that is quoted.
        text : str
            What is printed: its `formatted`, or the value to the decimals asked for.
        """
        name, _, precision = reference.partition(" to ")
        key, _, method = name.strip().partition("@")
        record = self.get(key, method)
        if not precision:
            return record, record.formatted
        digits = precision.split()[0]
        if not digits.isdecimal() or formatter is None:
            raise ResultError(f"'{reference}': write 'to 1 decimal' after the key.")
        return record, format_record(record, formatter, decimals=int(digits))
