"""The part of a plan that is about time and events: time zero, death, progression, and what is made of them.

Progression-free survival is progression or death: wherever the file can tell a death, it counts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hai_utils.cohort.identifiers import words_of
from hai_utils.cohort.problems import line_list
from hai_utils.importing.guessing import SURE, Guess, score
from hai_utils.importing.language import MISSING
from hai_utils.importing.plan import Answer
from hai_utils.importing.values import DATE_ORDERS, DateOrder, parse_date, partial_date
from hai_utils.importing.views import View, is_date
from hai_utils.importing.vocabulary import NO_DATE, TIME_ZERO, date_role, happened, is_missing

STEMS = ("pfs", "hepatic_pfs")
EVENT_OF = {"pfs": "progression", "hepatic_pfs": "hepatic_progression"}


@dataclass(slots=True)
class Endpoints:
    """Proposes survival times and events, age and year from the columns of a guess."""

    guess: Guess
    roles: Mapping[str, View]
    columns: dict[str, View]
    timed: bool = False  # whether the roles are days since time zero
    since: str = ""
    until: str = ""  # the last contact, as a rule names it

    @classmethod
    def of(cls, guess: Guess) -> Endpoints:
        """Find the columns of dates, times and status."""
        taken = {name for proposal in guess.proposals.values() for name in proposal.columns}
        targets = [f"{stem}_{part}" for stem in ("os", *STEMS) for part in ("months", "event")]
        columns: dict[str, View] = {}
        for target, view, value in guess.matched(targets):
            if view.kind == "dates":
                continue
            fits = view.kind == ("numbers" if target.endswith("months") else "codes") or (
                target.endswith("event") and set(view.counts) <= {"0", "1", "2", "3"}
            )
            months = target.endswith("months") and not (set(view.counts) <= {"0", "1", "2", "3"})
            if (
                fits
                and (months or target.endswith("event"))
                and value >= SURE
                and target not in columns
                and view.name not in taken | {one.name for one in columns.values()}
            ):
                columns[target] = view
        dates, times = date_roles(guess.views), date_roles(guess.views, timed=True)
        timed = "last_contact" not in dates and "last_contact" in times
        return cls(guess, times if timed else dates, columns, timed)

    def propose(self) -> None:
        """Propose everything that is about time."""
        self.time_zero()
        self.age_and_year()
        self.survival()
        self.progression("pfs")
        self.liver()
        self.alone()

    @property
    def moments(self) -> dict[str, Any]:
        """The moments that were proposed so far."""
        moments: dict[str, Any] = self.guess.settings.setdefault("moments", {})
        return moments

    def time_zero(self) -> None:
        """Name the date that months count from; asked where it is not that of the pump."""
        later = {"death", "last_contact", "progression", "hepatic_progression", "birth", "consent", "scan"}
        candidates = {role: view for role, view in self.roles.items() if role not in later and view.kind == "dates"}
        if TIME_ZERO in candidates:
            self.since = candidates[TIME_ZERO].name
        elif candidates and any(role in self.roles for role in ("death", "last_contact")):
            options = [Answer(view.name) for _, view in sorted(candidates.items(), key=lambda one: one[0] != "surgery")]
            self.since = self.guess.questions.ask(
                "time_zero", "From which date do months count? (No column is named after the pump.)", "", [], options
            )
        if self.since:
            self.guess.settings["since"] = self.since
        last = self.roles.get("last_contact")
        if last and self.timed:
            self.moments["last_contact"], self.until = self.when(last), "last_contact"
        elif last and self.since:
            self.until = last.name

    def age_and_year(self) -> None:
        """Age from birth and time zero, the calendar year of the pump."""
        guess, birth = self.guess, self.roles.get("birth")
        if birth and self.since:
            guess.propose(
                "age_years", {"date": self.since, "since": birth.name}, "completed years at time zero", birth.name
            )
        years = [view for view in guess.views.values() if {TIME_ZERO, "year"} <= set(words_of(view.title).split("_"))]
        if self.timed and years and (rule := guess.rule(guess.variables["pump_year"], years[0], 1.0)):
            guess.propose("pump_year", rule, "", years[0].name)
        if TIME_ZERO in self.roles:
            guess.propose("pump_year", {"year_of": self.roles[TIME_ZERO].name}, "", self.roles[TIME_ZERO].name)

    def survival(self) -> None:
        """Overall survival: by dates where there are a time zero and a last contact, else by a time and a status."""
        guess, status = self.guess, self.columns.get("os_event")
        last, death = self.roles.get("last_contact"), self.roles.get("death")
        if not (self.until and last and (status or death)):
            self.pair("os")
            return
        told = {"where": status.name, "codes": self.codes(status, "os_event", death)} if status else {}
        if death and last and status:
            part = "time" if self.timed else "date"
            self.moments["death"] = {**self.when(death), part: [death.name, last.name], **told}
        elif death:
            self.moments["death"] = {**self.when(death), **self.date_codes(death)}
        else:
            self.moments["death"] = {**self.when(last), **told}
        reason = "death at the last contact where the status says dead" if not death else "by the date of death"
        names = [view.name for view in (last, death, status) if view]
        guess.propose("os_months", {"date": "death", "otherwise": self.until}, reason, *names)
        guess.propose("os_event", {"any_of": "death", "otherwise": self.until}, "", *names)
        if (time := self.columns.get("os_months")) and time.name not in names:
            guess.notes.append(f"'{time.title}' is not used: the dates say the same more exactly.")

    def when(self, view: View) -> dict[str, Any]:
        """Return a column of dates, or of times since time zero, as a moment has it."""
        if view.kind == "dates":
            return {"date": view.name}
        return {"time": view.name, **({"unit": view.unit} if view.unit not in {"", "months"} else {})}

    def alone(self) -> None:
        """Propose a time or an event without the other, where it has the dictionary's own name."""
        for target, view in self.columns.items():
            if target in self.guess.proposals or score(view, self.guess.variables[target]) < 1:
                continue
            rule = self.guess.rule(self.guess.variables[target], view, 1.0)
            if rule is not None:
                self.guess.propose(target, rule, "", view.name)

    def pair(self, stem: str) -> bool:
        """Propose a time and an event that stand in columns of their own."""
        time, status = self.columns.get(f"{stem}_months"), self.columns.get(f"{stem}_event")
        if time is None or status is None or f"{stem}_months" not in self.guess.variables:
            return False
        variable = self.guess.variables[f"{stem}_months"]
        rule = self.guess.number(variable, time)
        if rule is None:
            return False
        codes = self.guess.codes(self.guess.variables[f"{stem}_event"], status)
        if codes is None:
            return False
        self.guess.propose(f"{stem}_months", rule, "", time.name)
        self.guess.propose(
            f"{stem}_event", {"from": status.name, "codes": codes} if codes else status.name, "", status.name
        )
        half = [
            line
            for line, cell in status.by_line.items()
            if (not cell or is_missing(cell)) != (not time.by_line[line] or is_missing(time.by_line[line]))
        ]
        if half:
            self.guess.settings["incomplete"] = "leave_out"
            self.guess.notes.append(f"A time without its status is left out of '{time.title}' ({line_list(half)}).")
        return True

    def codes(self, status: View, target: str, dated: View | None = None) -> dict[str, str]:
        """Say what each value of a status means for a moment; a column of dates that goes with one value settles it."""
        guess, variable = self.guess, self.guess.variables[target]
        dates = dated.by_line if dated else {}
        codes: dict[str, str] = {}
        for value in sorted(status.given):
            lines = status.lines_of(value)
            with_date = [line for line in lines if dated and _tells(dated, dates.get(line, ""))]
            settled = bool(dated) and len(lines) > 1 and len(with_date) in {0, len(lines)} and len(status.counts) == 2
            answer = happened(value)
            doubtful = guess.is_doubtful(variable, status, value)
            if settled and (doubtful or answer is None) and not is_missing(value):
                codes[value] = "yes" if with_date else "no"
            elif answer is None and is_missing(value) and not doubtful:
                codes[value] = MISSING
            elif answer is None or doubtful:
                codes[value] = guess.ask_level(variable, status, value)
            else:
                codes[value] = answer
        return codes

    def date_codes(self, view: View) -> dict[str, Any]:
        """Say what the cells of a column of events mean that are no dates: none, or not known."""
        words = [
            value
            for value in sorted(view.given)
            if not is_date(value) and partial_date(value) is None and (value.lower() in NO_DATE or is_missing(value))
        ]
        unsure = [value for value in words if value.lower() not in NO_DATE]
        return {"codes": {value: MISSING if value in unsure else "no" for value in words}} if words else {}

    def progression(self, stem: str) -> None:
        """Progression-free survival: the first of progression and death."""
        guess, event = self.guess, EVENT_OF[stem]
        view, flag = self.roles.get(event), self.columns.get(f"{stem}_event")
        if f"{stem}_months" not in guess.variables:
            return
        if view and self.until:
            told = (
                {"where": flag.name, "codes": self.codes(flag, f"{stem}_event", view)}
                if flag
                else self.date_codes(view)
            )
            self.moments[event] = {**self.when(view), **told}
            self.first_of(stem, event, self.until, view.name, flag.name if flag else "")
        elif self.deaths_left_out(stem):
            time, status = self.columns[f"{stem}_months"], self.columns[f"{stem}_event"]
            self.moments[event] = {
                **self.time_of(stem),
                "where": status.name,
                "codes": self.codes(status, f"{stem}_event"),
            }
            self.moments[f"last_{event}"] = self.time_of(stem)
            dead = self.columns["os_event"]
            if not self.death_known():  # no time of its own: who died without the event did at this time
                codes = self.codes(dead, "os_event")
                self.moments[f"death_without_{event}"] = {**self.time_of(stem), "where": dead.name, "codes": codes}
            self.first_of(stem, event, f"last_{event}", time.name, status.name, dead.name)
        elif not self.pair(stem) and (seen := view or date_roles(guess.views, timed=True).get(event)):
            guess.notes.append(
                f"'{seen.title}' is not used: no column says from when or until when each patient was followed."
            )

    def first_of(self, stem: str, event: str, otherwise: str, *columns: str) -> None:
        """Propose the first of an event and death, where a death can be known."""
        death = next((name for name in (f"death_without_{event}", "death") if name in self.moments), "")
        if not death and not self.death_known():
            self.guess.notes.append(
                f"{stem}_months is not made: no column tells of deaths, and it is {event} or death."
            )
            self.moments.pop(event, None)
            return
        ends = [event, death or "death"]
        self.guess.propose(f"{stem}_months", {"date": ends, "otherwise": otherwise}, "progression or death", *columns)
        self.guess.propose(f"{stem}_event", {"any_of": ends, "otherwise": otherwise}, "", *columns)

    def death_known(self) -> bool:
        """Say whether the file can tell of deaths; then a moment says so."""
        if "death" in self.moments:
            return True
        status = self.columns.get("os_event")
        if "os_months" not in self.guess.proposals or status is None:
            return False
        codes = self.codes(status, "os_event")
        self.moments["death"] = {**self.time_of("os"), "where": status.name, "codes": codes}
        return True

    def time_of(self, stem: str) -> dict[str, Any]:
        """Return the time column of an endpoint as a moment has it."""
        view, rule = (
            self.columns[f"{stem}_months"],
            self.guess.number(self.guess.variables[f"{stem}_months"], self.columns[f"{stem}_months"]),
        )
        unit = rule.get("unit", "") if isinstance(rule, dict) else ""
        return {"time": view.name, **({"unit": unit} if unit else {})}

    def deaths_left_out(self, stem: str) -> bool:
        """Say whether patients die without that their death counts in the columns of an endpoint."""
        time, flag, status = (self.columns.get(name) for name in (f"{stem}_months", f"{stem}_event", "os_event"))
        if time is None or flag is None or status is None:
            return False
        dead, progressed = self.codes(status, "os_event"), self.codes(flag, f"{stem}_event")
        by_line = flag.by_line
        usual = {name: question.answers[0].value for name, question in self.guess.questions.asked.items()}
        died = {cell for cell, word in dead.items() if happened(usual.get(word[1:], word)) == "yes"}
        spared = {cell for cell, word in progressed.items() if happened(usual.get(word[1:], word)) == "no"}
        return any(cell in died and by_line[line] in spared for line, cell in status.by_line.items())

    def liver(self) -> None:
        """Hepatic progression-free survival: a date of its own, a column that says where it was, or a time and a status."""
        guess, stem = self.guess, "hepatic_pfs"
        if EVENT_OF[stem] in self.roles or f"{stem}_months" in self.columns:
            self.progression(stem)
            return
        flags = [
            view
            for view in guess.views.values()
            if view.kind == "codes"
            and {"progression", "recurrence"} & set(view.phrase.split("_"))
            and {"hepatic", "liver"} & set(view.phrase.split("_"))
        ]
        if not flags or "progression" not in self.moments or not self.until:
            return
        flag, view = flags[0], self.roles["progression"]
        dates, codes = view.by_line, {}
        for value in sorted(flag.given):
            dated = [line for line in flag.lines_of(value) if _tells(view, dates.get(line, ""))]
            answer = happened(value)
            if answer is None and dated and not is_missing(value):
                answer = guess.ask_level(guess.variables[f"{stem}_event"], flag, value)
            codes[value] = answer or ("no" if not dated else MISSING)
        if "progression" in self.moments:
            self.moments[EVENT_OF[stem]] = {"of": "progression", "where": flag.name, "codes": codes}
        self.first_of(stem, EVENT_OF[stem], self.until, flag.name)


def _tells(view: View, cell: str) -> bool:
    """Say whether a cell of a column of dates, or of times, holds one."""
    return is_date(cell) if view.kind == "dates" else bool(cell) and not is_missing(cell)


def date_roles(views: Mapping[str, View], *, timed: bool = False) -> dict[str, View]:
    """Return the columns of dates, or of days since time zero, by what they seem to be the date of."""
    roles: dict[str, View] = {}
    for view in sorted(views.values(), key=lambda one: not one.meaning):
        if not (view.kind == "numbers" and view.unit == "days" if timed else view.kind == "dates"):
            continue
        if role := date_role(view.meaning or view.title):
            roles.setdefault(role, view)
    return roles


def date_order(guess: Guess) -> None:
    """State the order of day and month where some cell allows one only; ask where none does, or cells contradict."""
    dated = [view for view in guess.views.values() if view.kind == "dates"]
    fits = {view.name: _orders(view) for view in dated}
    if telling := {name: orders for name, orders in fits.items() if orders is not None}:
        guess.settings["dates"] = _order(guess, telling)
    _odd_dates(guess, dated)


def _order(guess: Guess, telling: Mapping[str, list[DateOrder]]) -> str | dict[str, str]:
    """Return the order of all dates, or of each column, given the orders that each column allows."""
    options = [Answer("dmy", "day first"), Answer("mdy", "month first")]
    common = [order for order in DATE_ORDERS if all(order in orders for orders in telling.values())]
    if len(common) == 1:
        guess.notes.append(f"Dates are in the order {common[0]}: a day above 12 decides it.")
        return common[0]
    if common:
        unclear = [
            line
            for view in map(guess.views.__getitem__, telling)
            for value in view.given
            if parse_date(value, "ymd") is None and is_date(value)
            for line in view.lines_of(value)
        ]
        text = "Do dates have the day or the month first? No date decides it."
        return guess.questions.ask("date_order", text, "", unclear, options)
    orders: dict[str, str] = {}
    for name, given in telling.items():
        text = f"Does '{guess.views[name].title}' have the day or the month first? Columns differ."
        one = len(given) == 1
        orders[name] = given[0] if one else guess.questions.ask(f"date_order_{name}", text, name, [], options)
    return orders


def _orders(view: View) -> list[DateOrder] | None:
    """Return the orders that read every date of a column that some order reads; None where each does."""
    given = [value for value in view.given if is_date(value) and parse_date(value, "ymd") is None]
    orders: tuple[DateOrder, ...] = ("dmy", "mdy")
    return [order for order in orders if all(parse_date(value, order) for value in given)] if given else None


def _odd_dates(guess: Guess, dated: list[View]) -> None:
    """Ask about dates without a day, and about cells that are no dates; by line, for a date may identify a patient."""
    used = {name for proposal in guess.proposals.values() for name in proposal.columns} | {
        guess.settings.get("since", "")
    }
    partial = {value: view for view in dated if view.name in used for value in view.given if partial_date(value)}
    if partial:
        lines = [line for value, view in partial.items() for line in view.lines_of(value)]
        options = [
            Answer("month", "a month is read as its 15th; a year alone is not known"),
            Answer("year", "also a year, as its 1 July"),
            Answer(MISSING, "not known"),
        ]
        guess.settings["partial_dates"] = guess.questions.ask(
            "partial_dates", "How are dates without their day read?", "", lines, options
        )
    for view in dated:
        if view.name not in used:
            continue
        for value in view.given:
            if is_date(value) or partial_date(value) or is_missing(value) or value.lower() in NO_DATE:
                continue
            guess.by_line(view, value, [], "date")
