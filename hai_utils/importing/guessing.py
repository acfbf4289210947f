"""A plan for a file of any shape: which column is which, what its values say, and what has to be asked.

The words of the vocabulary decide; what they leave open is a question. A value is taken without one only where it can mean
one thing. No cell of a column of identifiers, dates or free text is repeated.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from hai_utils.cohort.checking import OLDEST_AGE
from hai_utils.cohort.dictionary import Variable
from hai_utils.cohort.identifiers import header_kind, identifier_in, is_row_identifier, words_of
from hai_utils.importing.language import EACH_ROW, MISSING
from hai_utils.importing.plan import Answer, Free, Proposal, Questions
from hai_utils.importing.units import convert, known_units
from hai_utils.importing.values import number_fault, parse_quantity, parse_sizes
from hai_utils.importing.views import CODE_LENGTH, MAX_VALUES, View
from hai_utils.importing.vocabulary import (
    COLUMN_WORDS,
    DOUBTFUL,
    NINES,
    ONE_MEANS_YES,
    UNSURE_MISSING,
    is_missing,
    is_variant,
    level_of,
    phrase_of,
)

SURE = 0.95
LIKELY = 0.6
# Cells that are no numbers, as a share, above which a column is not one of numbers.
MANY = 0.4
# The largest of the lesions before therapy: below the one, cm are likely; below the other, mm cannot be (RECIST 1.1, 3.1.1).
SMALL_MM, SMALLEST_MM = 25, 10
CODED = frozenset({"0", "1", "2", "3"})
# The units among which a person chooses, by that of the dictionary.
ASKED_UNITS = {"mm": ("mm", "cm"), "months": ("days", "weeks", "months", "years"), "years": ("years", "months")}
_SAFE_ID = re.compile(r"[A-Za-z]{0,12}[-_]?\d{1,5}[A-Za-z]?")
_LESION = re.compile(r"lesion([12])_(baseline|best)(?:_(long|perp))?")


@dataclass(slots=True)
class Guess:
    """A guess while it is made: the columns seen, what is asked, what was found."""

    views: Mapping[str, View]
    variables: Mapping[str, Variable]
    questions: Questions = field(default_factory=Questions)
    proposals: dict[str, Proposal] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    nines: frozenset[str] = frozenset()
    explicit: bool = False  # whether codes name the cells for 'not known' too

    def propose(self, target: str, rule: Any, reason: str, *columns: str) -> None:  # noqa: ANN401 - plain data
        """Propose a rule, unless the column is not in the dictionary or has one."""
        if target in self.variables and target not in self.proposals:
            self.proposals[target] = Proposal(target, rule, reason, tuple(name for name in columns if name))

    def matched(self, targets: Sequence[str]) -> list[tuple[str, View, float]]:
        """Pair columns of the cohort with columns of the export, the best fits first."""
        scored = [
            (value, -place, target, name)
            for place, (name, view) in enumerate(self.views.items())
            for target in targets
            if target in self.variables and (value := score(view, self.variables[target])) >= LIKELY
        ]
        return [(target, self.views[name], value) for value, _, target, name in sorted(scored, reverse=True)]

    def direct(self) -> None:
        """Propose the columns that are copied: levels, numbers, diameters."""
        apart = {
            "patient_id",
            "os_months",
            "os_event",
            "pfs_months",
            "pfs_event",
            "hepatic_pfs_months",
            "hepatic_pfs_event",
        }
        self.diameters()
        taken = {name for proposal in self.proposals.values() for name in proposal.columns}
        for target, view, value in self.matched([name for name in self.variables if name not in apart]):
            if target in self.proposals or view.name in taken or view.kind in {"dates", "identifier"} or view.guard:
                continue
            rule = self.rule(self.variables[target], view, value)
            if rule is not None:
                self.propose(
                    target, rule, "" if value >= SURE else "the name is only similar, the values fit", view.name
                )
                taken.add(view.name)
        self.variant()

    def rule(self, variable: Variable, view: View, value: float) -> Any:  # noqa: ANN401 - plain data
        """Return the rule for a column of the cohort; None where the values do not fit it."""
        if view.kind == "blank":
            return view.name if value == 1 else None
        if variable.levels:
            codes = self.codes(variable, view)
            certain = codes is not None and (value >= SURE or not any(code.startswith("$") for code in codes.values()))
            return _copy(view.name, codes=codes) if codes is not None and certain else None
        if value < SURE:
            return None
        if variable.kind in {"number", "integer"}:
            return self.number(variable, view)
        return view.name if view.kind in {"codes", "numbers"} and not any(map(identifier_in, view.given)) else None

    def codes(self, variable: Variable, view: View) -> dict[str, str] | None:
        """Say what each value of a column of levels means; ask where it may mean several things."""
        if len(view.given) > MAX_VALUES or not view.given:
            return None
        known = {value: self.level(variable, view, value) for value in sorted(view.given)}
        strange = [
            value for value, level in known.items() if level is None and not re.fullmatch(r"-?\d{1,3}(\.0)?", value)
        ]
        if len(strange) > max(2, len(known) / 2) or any(
            len(value) > CODE_LENGTH or identifier_in(value) for value in strange
        ):
            return None
        codes: dict[str, str] = {}
        for value, level in known.items():
            if level is None and not view.shows(value):
                self.by_line(view, value, [Answer(one, variable.label_of(one)) for one in variable.levels])
                codes |= {one: one for one in variable.levels if one not in known}
            elif level is None or self.is_doubtful(variable, view, value):
                codes[value] = self.ask_level(variable, view, value)
            elif level or self.explicit or not is_missing(value):
                codes[value] = level or MISSING
        if set(view.counts) == {"x"} or set(view.counts) == {"X"}:
            codes[""] = self.ask_blank(variable, view)
        return {} if all(value == level for value, level in codes.items()) else codes

    def level(self, variable: Variable, view: View, value: str) -> str | None:
        """Return the level of a value, blank for 'not known', None where the words do not say."""
        level = level_of(variable, value)
        if level is None and variable.levels and re.fullmatch(r"\d\.0", value):
            level = level_of(variable, value[0])
        return level if level is not None else "" if is_missing(value) else None

    def is_doubtful(self, variable: Variable, view: View, value: str) -> bool:
        """Say whether a value has several meanings in this column."""
        word = words_of(value)
        if value.lower() in UNSURE_MISSING:
            return True
        coded = {words_of(one) for one in view.counts}
        event = variable.name.endswith("_event")
        if word in CODED and (variable.is_binary or event):
            # Other words for yes and no beside them, or a name that says what 1 is, leave one meaning to 0 and 1.
            told = variable.is_binary or bool(coded - CODED) or phrase_of(view.title) in ONE_MEANS_YES
            return not (told and coded & CODED <= {"0", "1"})
        return (
            word in DOUBTFUL.get(variable.name, {} if not event else DOUBTFUL["os_event"])
            and phrase_of(view.title) not in ONE_MEANS_YES
        )

    def ask_level(self, variable: Variable, view: View, value: str) -> str:
        """Ask what a value of a column of levels means."""
        known = (
            DOUBTFUL["os_event"]
            if variable.name.endswith("_event")
            else DOUBTFUL["yes_no"]
            if variable.is_binary
            else DOUBTFUL.get(variable.name, {})
        )
        usual = known.get(words_of(value))
        if variable.name.endswith("_event") and "2" in view.counts:
            # As SPSS and R code a status.
            usual = {"1": "0", "2": "1"}.get(words_of(value), usual)
        levels = [usual, *variable.levels] if usual else list(variable.levels)
        options = [self.option(variable, level) for level in dict.fromkeys(levels)]
        missing = [Answer(MISSING, "not known")]
        options = missing + options if is_missing(value) else options + missing
        text = f"What does '{value}' mean in '{view.title}'?"
        return self.questions.ask(
            f"{view.name}_{words_of(value) or 'sign'}", text, view.name, view.lines_of(value), options
        )

    def by_line(self, view: View, value: str, options: Sequence[Answer], free: Free = "") -> None:
        """Ask what should stand in a cell that is not repeated, for it may be somebody's name or date."""
        for line in view.lines_of(value):
            text = f"Line {line} of '{view.title}' holds what is not understood. What should stand there?"
            name = self.questions.ask(
                f"{view.name}_line_{line}", text, view.name, [line], [Answer(MISSING, "not known"), *options], free
            )
            self.settings.setdefault("cells", {}).setdefault(view.name, {})[line] = name

    def option(self, variable: Variable, level: str) -> Answer:
        """Return a level as a possible answer, an event in words."""
        if variable.name == "os_event":
            return Answer("dead" if level == "1" else "alive")
        if variable.name.endswith("_event"):
            return Answer("event" if level == "1" else "censored")
        label = variable.label_of(level)
        return Answer(level, label if label.lower() != level.lower() else "")

    def ask_blank(self, variable: Variable, view: View) -> str:
        """Ask what a blank cell means beside cells that are ticked."""
        no = "no" if variable.is_binary else variable.levels[-1]
        text = f"'{view.title}' holds x or nothing. What does a blank cell mean?"
        return self.questions.ask(
            f"{view.name}_blank", text, view.name, view.lines_of(""), [Answer(no), Answer(MISSING, "not known")]
        )

    def number(self, variable: Variable, view: View, part: str = "") -> Any:  # noqa: ANN401 - plain data
        """Return the rule for a column of numbers: its unit, and the cells that are none."""
        read = {value: _quantity(value, view, part) for value in view.given}
        numbers = {value: found for value, found in read.items() if found is not None}
        others = [value for value, found in read.items() if found is None and (not is_missing(value) or value == "?")]
        if view.stated and others:
            # Its program says that it holds numbers: the import names the cells that are none.
            return view.name
        if not numbers or sum(view.given[value] for value in others) > MANY * sum(view.given.values()):
            return None
        unit = self.unit(variable, view, numbers)
        if unit is None:
            return None
        codes: dict[str, str] = {}
        for value, found in sorted(numbers.items()):
            if self.is_suspect(variable, value, found, unit):
                others.append(value)
        for value in sorted(others):
            if view.shows(value):
                codes[value] = self.ask_number(variable, view, value)
            else:
                self.by_line(view, value, [], "number")
        if variable.name == "age_years" and any(
            found[0] > OLDEST_AGE for value, found in numbers.items() if value not in codes
        ):
            self.notes.append(f"Ages above {OLDEST_AGE} in '{view.title}' will be written as {OLDEST_AGE + 1}.")
        return _copy(view.name, unit="" if unit == variable.unit else unit, part=part, codes=codes)

    def unit(self, variable: Variable, view: View, numbers: Mapping[str, tuple[Decimal, str]]) -> str | None:
        """Return the unit of the cells that name none; asked where it does not show, None where no unit fits."""
        named = view.unit
        units = known_units(variable.unit) if variable.unit else ()
        if named and variable.unit and named not in units:
            named = ""
        in_cells = {unit for _, unit in numbers.values() if unit}
        if in_cells - set(units):
            return None
        bare = [value for value, unit in numbers.values() if not unit]
        likely = _likely_unit(
            variable,
            [value for value in bare if str(value) not in self.nines or value < 20],
            named or (variable.unit if view.title == variable.name else ""),
        )
        # Some cells name another unit than the dictionary's, and others none: of lengths and months both are common.
        mixed = variable.unit in {"mm", "months"} and bool(in_cells - {variable.unit} and bare and not named)
        if not likely and not mixed:
            return named or variable.unit
        shown = ASKED_UNITS.get(variable.unit, units)
        options = [
            one
            for one in dict.fromkeys([likely or next(iter(in_cells)), named or variable.unit, *shown])
            if one in units
        ]
        if variable.unit == "mm":
            return self.questions.ask(
                "lesion_unit", "In which unit are the diameters of lesions that name none?", "", [], options
            )
        why = f"the name says {named}" if named else "no unit is named"
        text = f"In which unit is '{view.title}'? It goes up to {max(bare)}, and {why}."
        return self.questions.ask(f"{view.name}_unit", text, view.name, [], options)

    def is_suspect(self, variable: Variable, value: str, found: tuple[Decimal, str], unit: str) -> bool:
        """Say whether a number may be a code for 'not known', or cannot stand in its column."""
        if unit.startswith("$") or value.startswith("-9"):
            return False
        same = found[1] or unit
        text = convert(found[0], same, variable.unit) if same and same != variable.unit else str(found[0])
        return value in self.nines or bool(number_fault(text, variable))

    def ask_number(self, variable: Variable, view: View, value: str) -> str:
        """Ask which number a cell stands for."""
        options = [Answer(MISSING, "not known")]
        found = parse_quantity(value, view.decimal)
        if found and not found[1] and not number_fault(str(found[0]), variable):
            options.append(Answer(value, "the number itself"))
        text = f"Which number does '{value}' stand for in '{view.title}'?"
        return self.questions.ask(
            f"{view.name}_{words_of(value)}", text, view.name, view.lines_of(value), options, "number"
        )

    def diameters(self) -> None:
        """Propose the diameters of lesions: one in a cell, or two (``4.2 x 3.1 cm``)."""
        for view in sorted(self.views.values(), key=lambda one: one.kind == "sizes"):
            match = _LESION.fullmatch(view.phrase)
            if match is None or view.kind in {"blank", "dates"}:
                continue
            sizes = view.kind == "sizes"
            for side, part in (("long", "longest"), ("perp", "perpendicular")):
                target = f"lesion{match[1]}_{match[2]}_{side}_mm"
                if target in self.variables and target not in self.proposals and (sizes or side == match[3]):
                    rule = self.number(self.variables[target], view, part if sizes else "")
                    if rule is not None and (not sizes or match[3] in (None, side)):
                        self.propose(target, rule, "two diameters in a cell" if sizes else "", view.name)

    def variant(self) -> None:
        """Propose the variant of KRAS from a column that names it beside the status."""
        kras = self.proposals.get("kras")
        view = self.views.get(kras.columns[0]) if kras else None
        named = kras.rule.get("codes", {}) if kras and isinstance(kras.rule, dict) else {}
        if view is None or "kras_codon" in self.proposals or not any(map(is_variant, view.counts)):
            return
        codes = {
            value: value if is_variant(value) else MISSING
            for value in sorted(view.given)
            if value in named or view.shows(value)
        }
        self.propose("kras_codon", _copy(view.name, codes=codes), "the variant stands in the same column", view.name)

    def identify(self) -> None:
        """Propose what names the patients, and ask which row counts where one has several."""
        size = sum(map(len, next(iter(self.views.values())).lines.values()))
        found = [
            view
            for target, view, _ in self.matched(["patient_id"])
            if view.kind not in {"blank", "dates"} and score(view, self.variables["patient_id"]) >= SURE
        ]
        found.sort(key=lambda view: (view.phrase in {"number", "row"}, "" in view.lines))
        if not found:
            self.ask_identity(size)
            return
        view = found[0]
        harmless = header_kind(view.title) is None and all(_SAFE_ID.fullmatch(value) for value in view.given)
        study = {"study", "subject", "participant"} & set(view.phrase.split("_"))
        safe = harmless and (bool(study) or not all(value.isdigit() for value in view.given))
        rule = view.name if safe and not view.guard else {"numbered": view.name}
        self.propose(
            "patient_id", rule, "study numbers stay" if safe else "identifiers become study numbers", view.name
        )
        several = [value for value, count in view.given.items() if count > 1]
        if several:
            text = f"{len(several)} patients of '{view.title}' have several rows. Which row counts?"
            hint = "(Or say 'by: COLUMN' in place of 'several'; see --help-mapping.)"
            options = [
                Answer("first", "the first row"),
                Answer("last", "the last row"),
                Answer("worst", "the worst value of each column"),
            ]
            self.settings["rows"] = {
                **self.settings.get("rows", {}),
                "several": self.questions.ask(
                    "several_rows", text, view.name, view.lines_of(*several), options, hint=hint
                ),
            }

    def ask_identity(self, size: int) -> None:
        """Ask which column names the patients, each row being one perhaps."""
        candidates = [
            view
            for view in self.views.values()
            if len(view.given) == size
            and view.kind not in {"dates", "sizes"}
            and not any("." in value for value in view.given)
        ]
        options = [Answer(EACH_ROW, "each row is a patient"), *(Answer(view.name) for view in candidates[:6])]
        name = self.questions.ask("patients", "Which column names the patients?", "", [], options)
        self.propose("patient_id", {"numbered": name}, "no column is named as an identifier")

    def find_nines(self) -> None:
        """Find out whether the file uses 9, 99, 999 as codes: then they are suspect in every column."""
        for view in self.views.values():
            numbers = {
                value: found[0]
                for value in view.counts
                if (found := parse_quantity(value, view.decimal)) and not found[1]
            }
            rest = [number for value, number in numbers.items() if value not in NINES]
            far = [
                value
                for value in numbers
                if value in NINES and len(value) > 1 and rest and numbers[value] > 3 * max(rest)
            ]
            small = (
                view.kind == "numbers" and "9" in numbers and len(rest) > 1 and max(rest) <= 3 and len(view.counts) <= 5
            )
            if view.name not in self.views or is_row_identifier(view.title) or not (far or small):
                continue
            self.nines = frozenset(value for value in NINES if value != "9" or small)
            return

    @property
    def missing(self) -> list[str]:
        """The cells that mean 'not known' in every column."""
        found = {
            value
            for view in self.views.values()
            for value in view.given
            if is_missing(value) and value != "?" and header_kind(view.title) is None
        }
        return sorted(found)


def _copy(name: str, **more: Any) -> Any:  # noqa: ANN401 - plain data
    given = {key: value for key, value in more.items() if value}
    return {"from": name, **given} if given else name


def _quantity(value: str, view: View, part: str) -> tuple[Decimal, str] | None:
    if part and (sizes := parse_sizes(value, view.decimal)) is not None:
        return (sizes[0] if part == "longest" else sizes[1], sizes[2])
    return None if part == "perpendicular" else parse_quantity(value, view.decimal)


def _likely_unit(variable: Variable, numbers: Sequence[Decimal], named: str) -> str:
    """Return the unit that the size of the numbers tells of, where it may not be the one that is named."""
    if not numbers:
        return ""
    largest = max(numbers)
    small = {"": SMALL_MM, "mm": SMALLEST_MM if "baseline" in variable.name else 0}.get(named, 0)
    if variable.unit == "mm" and largest < small:
        return "cm"
    if variable.unit == "months" and largest > (360 if named == "months" else 120) and named in {"", "months"}:
        return "days"
    if variable.unit == "months" and not named and largest < 15 and len(numbers) > 2:
        return "years"
    return "years" if variable.unit == "years" and named == "months" else ""


def score(view: View, variable: Variable) -> float:
    """Say how well a header names a column: 1 for its own name, less for near ones, 0 for none."""
    words, phrase = words_of(view.title), view.phrase
    if view.meaning:
        return float(view.meaning == variable.name)
    if words == variable.name or words_of(view.name) == variable.name:
        return 1.0
    known = {
        *COLUMN_WORDS.get(variable.name, ()),
        phrase_of(variable.label),
        phrase_of(variable.plain_label),
        phrase_of(variable.name),
    }
    if phrase in known or words in known or phrase_of(view.name) in known:
        return SURE
    if sorted(phrase.split("_")) in [sorted(one.split("_")) for one in known]:  # "Cycles HAI"
        return SURE
    inside = [one for one in known if len(one) > 3 and f"_{one}_" in f"_{phrase}_"]
    if inside:
        return LIKELY + 0.3 * max(map(len, inside)) / len(phrase)
    ratio = difflib.SequenceMatcher(None, phrase, variable.name).ratio()
    return LIKELY * ratio if ratio >= 0.85 else 0.0
