"""What happened to each patient and when: from dates, from times, from a status, or from several of these.

A moment is yes, no or not known. The first of several is known only where all that could come before it are: a pair of
time and event is never made from half of what it needs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from hai_utils.cohort.contradictions import DAYS_PER_MONTH
from hai_utils.cohort.dictionary import Variable
from hai_utils.cohort.identifiers import describe
from hai_utils.cohort.problems import Problem, line_list
from hai_utils.importing.language import AnyOf, Interval, MappingFile, Moment
from hai_utils.importing.sheets import Sheet
from hai_utils.importing.units import convert, number_text
from hai_utils.importing.values import (
    Codes,
    DateOrder,
    interval,
    kept_text,
    number_fault,
    parse_date,
    parse_quantity,
    partial_date,
)
from hai_utils.importing.vocabulary import NO_DATE, happened

ORDER_WORDS = {"dmy": "day, month, year", "mdy": "month, day, year", "ymd": "year, month, day"}
YES, NO, UNKNOWN = "yes", "no", ""


class Time(NamedTuple):
    """A time since time zero: in months for comparing, as text in the wanted unit, and the column that gives it."""

    months: float
    text: str
    column: str


class Outcome(NamedTuple):
    """Whether a moment came for one patient, and when; None where the time is not known."""

    state: str
    time: Time | None
    dated: bool = True


@dataclass(frozen=True, slots=True)
class Days:
    """A column of dates: the date of each row, and the rows where a cell says that it is not known."""

    days: tuple[date | None, ...]
    unknown: frozenset[int] = frozenset()


@dataclass(slots=True)
class Moments:
    """Reads the moments of one export; what is wrong with its cells goes to `problems`, what is odd to `remarks`."""

    sheet: Sheet
    settings: MappingFile
    problems: list[Problem]
    remarks: list[Problem] = field(default_factory=list)
    read: dict[tuple[str, bool, str], Days] = field(default_factory=dict)

    def note(self, row: int, column: str, message: str, *, severity: str = "error", code: str = "date") -> None:
        """Note a fault of one cell, or what is odd about it."""
        where = self.problems if severity == "error" else self.remarks
        problem = Problem(
            "error" if severity == "error" else "warning",
            self.sheet.lines[row],
            self.sheet.shown(column),
            code,
            message,
        )
        if problem not in where:
            where.append(problem)

    def dates(self, name: str, *, born: bool = False, codes: tuple[tuple[str, str], ...] = ()) -> Days:
        """Read a column of dates once, however many rules use it."""
        key = (name, born, repr(codes))
        if key not in self.read:
            self.read[key] = self._parsed(name, born, dict(codes))
        return self.read[key]

    def _parsed(self, name: str, born: bool, codes: dict[str, str]) -> Days:
        order = self.settings.dates.get(name) or self.settings.dates.get("")
        cells = self.sheet.column(name)
        states = Codes(
            {**{cell: NO if cell.casefold() in NO_DATE else UNKNOWN for cell in self.settings.missing}, **codes}
        )
        known: dict[str, tuple[date | None, str]] = {}
        unknown = set()
        partial: dict[str, int] = {}
        for row, cell in enumerate(cells):
            if cell not in known:
                known[cell] = self._date(cell, order, born, states)
            kind = known[cell][1]
            if kind in {"wrong", "partial"}:
                self._complain(row, name, cell, order, kind)
            elif kind in {"month", "year"}:
                partial[kind] = partial.get(kind, 0) + 1
            if kind == "unknown":
                unknown.add(row)
        for kind, count in partial.items():
            how = "their 15th; each may be 15 days off" if kind == "month" else "their 1 July; each may be 6 months off"
            self.remarks.append(
                Problem(
                    "warning",
                    0,
                    self.sheet.shown(name),
                    "partial_date",
                    f"{count} dates without a {'day' if kind == 'month' else 'month'} were read as {how}.",
                )
            )
        return Days(tuple(known[cell][0] for cell in cells), frozenset(unknown))

    def _date(self, cell: str, order: DateOrder | None, born: bool, states: Codes) -> tuple[date | None, str]:
        """Return the date of a cell, and what else it is: a partial date, unknown, or wrong."""
        state = states.find(cell) if cell else NO
        if state in {NO, UNKNOWN}:
            return None, "" if state == NO else "unknown"
        if (day := parse_date(cell, order, born=born)) is not None:
            return day, ""
        if (found := partial_date(cell)) is not None:
            policy = self.settings.partial_dates
            if policy == "missing" or (policy == "month" and found[1] == "year"):
                return None, "unknown"
            return (found[0], found[1]) if policy else (None, "partial")
        return None, "wrong"

    def _complain(self, row: int, name: str, cell: str, order: DateOrder | None, kind: str) -> None:
        if kind == "partial":
            self.note(
                row,
                name,
                "a date without its day or month. Say in the mapping how such dates are read (partial_dates: month, year or missing).",
            )
            return
        words = (
            f"in the order {ORDER_WORDS[order]}"
            if order
            else "in the order year, month, day (state another: 'dates: dmy')"
        )
        exists = parse_date(f"{cell[:-2]}01", "ymd") if cell[4:5] == "-" else None
        what = "a day that does not exist" if exists else describe(cell)
        self.note(row, name, f"{what}, where a date {words} should stand.")

    def years(self, name: str) -> list[str]:
        """Return the calendar year of each date; a date without day or month has one too."""
        cells, days = self.sheet.column(name), self.dates(name).days
        return [
            str(day.year) if day else str(found[0].year) if (found := partial_date(cell)) else ""
            for cell, day in zip(cells, days, strict=True)
        ]

    def outcomes(self, name: str, since: str, unit: str) -> list[Outcome]:
        """Return whether a moment, or the date of a column, came for each row, and when."""
        moment = self.settings.moments.get(name, Moment(date=(name,)))
        states = self._states(moment)
        if moment.of:
            return [_kind_of(whole, states[row]) for row, whole in enumerate(self.outcomes(moment.of, since, unit))]
        codes = () if moment.where else tuple(moment.codes.items())
        times = self._times(moment, since, unit, codes)
        if not moment.date:
            return self._timed(moment, states, times)
        columns = [self.dates(column, codes=codes) for column in moment.date]
        unknown = frozenset().union(*(column.unknown for column in columns))
        outcomes = []
        for row, time in enumerate(times):
            has_date = any(column.days[row] for column in columns)
            state = states[row] if states else UNKNOWN if row in unknown else YES if has_date else NO
            if len(columns) > 1 and columns[0].days[row] and state == NO:
                self._contradicted(row, moment.date[0], "date")
            outcomes.append(Outcome(UNKNOWN if state == YES and not has_date else state, time))
        return outcomes

    def _timed(self, moment: Moment, states: Sequence[str], times: Sequence[Time | None]) -> list[Outcome]:
        """As with dates: without a time it did not happen, unless a cell says that it is not known."""
        if not moment.time:
            return [Outcome(state, time, dated=False) for state, time in zip(states, times, strict=True)]
        filled = [any(cells) for cells in zip(*(self.sheet.column(name) for name in moment.time), strict=True)]
        given = states or [YES if time else UNKNOWN if cell else NO for time, cell in zip(times, filled, strict=True)]
        for row, (state, time) in enumerate(zip(given, times, strict=True)):
            if len(moment.time) > 1 and state == NO and time and time.column == moment.time[0]:
                self._contradicted(row, time.column, "time")
        return [Outcome(state, time, dated=True) for state, time in zip(given, times, strict=True)]

    def _contradicted(self, row: int, column: str, what: str) -> None:
        self.note(
            row,
            column,
            f"a {what} of what did not happen by the status. Correct one of the two (in the mapping: cells).",
            code="alive",
        )

    def _states(self, moment: Moment) -> list[str]:
        """Return what the status says of each row; an empty list where no status is asked."""
        if not moment.where:
            return []
        cells = self.sheet.column(moment.where)
        codes, missing = Codes(moment.codes), Codes(self.settings.missing)
        known: dict[str, str | None] = {}
        for cell in dict.fromkeys(cells):
            word = codes.find(cell) if moment.codes else happened(cell)
            known[cell] = UNKNOWN if word is None and (not cell or cell in missing) else word
        for row, cell in enumerate(cells):
            if known[cell] is None:
                listed = f" is not among the codes ({codes.listed})" if moment.codes else " says neither yes nor no"
                self.note(
                    row, moment.where, f"{describe(cell)} that{listed}. Add it there, or to 'missing'.", code="cell"
                )
        return [known[cell] or UNKNOWN for cell in cells]

    def _times(self, moment: Moment, since: str, unit: str, codes: tuple[tuple[str, str], ...]) -> list[Time | None]:
        if moment.time:
            read = [self._numbers(name, moment.unit or "months", unit) for name in moment.time]
            return [next((time for time in row if time), None) for row in zip(*read, strict=True)]
        if not moment.date or not since:
            return [None] * len(self.sheet.rows)
        born = unit == "years"
        starts = self.dates(since, born=born).days
        columns = [(name, self.dates(name, codes=codes).days) for name in moment.date]
        times: list[Time | None] = []
        for row, start in enumerate(starts):
            name, end = next(((name, days[row]) for name, days in columns if days[row]), ("", None))
            if start is None or end is None:
                times.append(None)
                continue
            times.append(Time((end - start).days / DAYS_PER_MONTH, interval(start, end, unit), name))
        return times

    def _numbers(self, name: str, of_column: str, unit: str) -> list[Time | None]:
        """Read a column of times since time zero."""
        missing = Codes(self.settings.missing)
        known: dict[str, Time | None] = {}
        times: list[Time | None] = []
        for row, cell in enumerate(self.sheet.column(name)):
            if cell and cell not in known and cell not in missing:
                found = parse_quantity(cell, self.settings.file.decimal)
                if found is None:
                    self.note(
                        row,
                        name,
                        f"{describe(cell)}, where a time should stand. Correct it, or add it to 'missing'.",
                        code="cell",
                    )
                    known[cell] = None
                else:
                    here = found[1] or of_column
                    text = (
                        (kept_text(cell, found[0]) if not found[1] else number_text(found[0]))
                        if here == unit
                        else convert(found[0], here, unit)
                    )
                    known[cell] = Time(float(convert(found[0], here, "months")), text, name)
            times.append(known.get(cell))
        return times

    def intervals(self, source: Interval, variable: Variable) -> tuple[list[str], str]:
        """Count from time zero to the first of several moments, or to a last one; say how in words."""
        since = source.since or self.settings.since
        ends = [self.outcomes(name, since, variable.unit) for name in source.ends]
        last = self.outcomes(source.otherwise, since, variable.unit) if source.otherwise else None
        result, open_lines = [], []
        for row in range(len(self.sheet.rows)):
            time = _first([outcomes[row] for outcomes in ends], last[row] if last else None)
            result.append(self._checked(row, time, since, variable) if time else "")
            if time is None and last and last[row].time:
                open_lines.append(self.sheet.lines[row])
            self._order(row, [outcomes[row] for outcomes in ends], last[row] if last else None, variable)
        shown = ", ".join(
            name if name in self.settings.moments else self.sheet.shown(name)
            for name in (*source.ends, source.otherwise)
            if name
        )
        unit = "completed years" if variable.unit == "years" else variable.unit
        left_out = (
            f", {len(open_lines)} left out, as it is not known what happened ({line_list(open_lines)})"
            if open_lines
            else ""
        )
        return result, f"{unit} from '{self.sheet.shown(since) if since else 'time zero'}' to '{shown}'{left_out}"

    def _checked(self, row: int, time: Time, since: str, variable: Variable) -> str:
        if time.months < 0 and variable.bounds.low is not None:
            self.note(
                row,
                time.column,
                f"the date lies before that in '{self.sheet.shown(since)}'; one of the two is wrong."
                if since
                else "the time is negative.",
                code="date_order",
            )
        elif time.text and (wrong := number_fault(time.text, variable)):
            since_words = f" since '{self.sheet.shown(since)}'" if since else ""
            self.note(row, time.column, f"the time{since_words} {wrong}.", code="date_order")
        return time.text

    def _order(self, row: int, ends: Sequence[Outcome], last: Outcome | None, variable: Variable) -> None:
        """Report a last contact after death: the time to death is what counts."""
        died = [one.time for one in ends if one.state == YES and one.time]
        if variable.name == "os_months" and died and last and last.time and last.time.months > min(died).months:
            self.note(
                row,
                last.time.column,
                "the last contact lies after death; the time to death was taken.",
                severity="warning",
                code="after_death",
            )

    def events(self, source: AnyOf, variable: Variable) -> tuple[list[str], str]:
        """Say whether any of several moments came; blank where one of them is not known; say how in words."""
        happened_code, not_code = ("1", "0") if "1" in variable.levels else ("yes", "no")
        columns = [self.outcomes(name, self.settings.since, "months") for name in source.dates]
        last = self.outcomes(source.otherwise, self.settings.since, "months") if source.otherwise else None
        result = []
        for row in range(len(self.sheet.rows)):
            state = _any([outcomes[row] for outcomes in columns])
            seen = last is None or last[row].state == YES
            result.append(happened_code if state == YES else not_code if state == NO and seen else "")
        shown = ", ".join(name if name in self.settings.moments else self.sheet.shown(name) for name in source.dates)
        return result, f"{happened_code} where one of '{shown}' happened"


def _kind_of(whole: Outcome, state: str) -> Outcome:
    """Return the outcome of one kind of an event: what did not happen at all did not happen in this way."""
    return Outcome(state, whole.time, whole.dated) if whole.state == YES else whole


def _any(outcomes: Sequence[Outcome]) -> str:
    """Return yes, no or unknown; a dated moment that is not known leaves open which came first."""
    states = {one.state for one in outcomes}
    if YES in states and not any(one.state == UNKNOWN and one.dated for one in outcomes):
        return YES
    return UNKNOWN if UNKNOWN in states else NO


def _first(ends: Sequence[Outcome], last: Outcome | None) -> Time | None:
    """Return the first time of what happened, the last one where nothing did, None where that is not known."""
    if any(one.state == UNKNOWN or (one.state == YES and one.time is None) for one in ends):
        return None
    return min((one.time for one in ends if one.state == YES and one.time), default=last.time if last else None)
