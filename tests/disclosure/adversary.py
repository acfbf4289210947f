"""An adversary who holds the files of one gated run and knows how such tables are made, but no patient.

It reads counts off the files, turns percentages, limits, P values and curves back into counts, writes down what must
add up to what, and asks of each count by integer programming what it can be at least and at most. It uses no code of
the gate, and of the project only the names of variables and statistics.
"""

from __future__ import annotations

import csv
import io
import itertools
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Any

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array
from scipy.stats import beta, norm

from tests.disclosure.effects import fitting

Unknown = tuple[str, str, str]
Sum = Mapping[Unknown, int]
CLOSE = 1e-9
CAUSES = ("progression", "death")
INFINITE = np.inf


def plus(*sums: Sum, minus: Sequence[Sum] = ()) -> dict[Unknown, int]:
    """Add sums of unknowns, and take others away."""
    total: dict[Unknown, int] = defaultdict(int)
    for sign, parts in ((1, sums), (-1, minus)):
        for part in parts:
            for unknown, factor in part.items():
                total[unknown] += sign * factor
    return {unknown: factor for unknown, factor in total.items() if factor}


@cache
def limits_of(method: str, level: float, n: int) -> tuple[tuple[float, float], ...]:
    """Both limits of every count out of n, by a textbook's formula."""
    tail = (1 - level) / 2
    found = []
    for x in range(n + 1):
        if method == "clopper_pearson":
            low = 0.0 if x == 0 else float(beta.ppf(tail, x, n - x + 1))
            high = 1.0 if x == n else float(beta.ppf(1 - tail, x + 1, n - x))
        elif method == "jeffreys":
            low = 0.0 if x == 0 else float(beta.ppf(tail, x + 0.5, n - x + 0.5))
            high = 1.0 if x == n else float(beta.ppf(1 - tail, x + 0.5, n - x + 0.5))
        else:
            z = float(norm.ppf(1 - tail))
            center, half = (x + z * z / 2) / (n + z * z), z / (n + z * z) * np.sqrt(x * (n - x) / n + z * z / 4)
            low, high = (0.0 if x == 0 else center - half), (1.0 if x == n else center + half)
        found.append((low, high))
    return tuple(found)


@dataclass
class Adversary:
    """What can be concluded from one run.

    Parameters
    ----------
    results, series, study : str
        The texts of ``results.csv``, ``series.csv`` and ``study.json``.
    contained : sequence of (inner, cell, outer, whole)
        What is known besides of columns that lie within one another.
    """

    results: str
    series: str
    study: str
    contained: Sequence[tuple[str, str, str, str]] = ()
    equal: list[tuple[dict[Unknown, int], int]] = field(default_factory=list)
    ordered: list[dict[Unknown, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.described: dict[str, Any] = json.loads(self.study)
        self.levels = [group["level"] for group in self.described["groups"]]
        self.basic = [*self.levels, "excluded", "no_group"]
        self.rows = [
            row for row in csv.DictReader(io.StringIO(self.results)) if "_with_excluded" not in row["variable"]
        ]
        self.points = list(csv.DictReader(io.StringIO(self.series)))
        self.grid = [float(months) for months in self.described["parameters"]["time_grid_months"]]
        self.confidence = float(self.described["parameters"]["confidence_level"])
        self.largest = 400
        self.cells = self._cells()
        self._add_up()
        self._know_definitions()
        self._read_study()
        self._read_rows()
        self._read_medians()
        self._read_points()
        self._invert()

    # --- what there is to know ---

    def _cells(self) -> dict[str, tuple[str, ...]]:
        """The parts of each variable; an endpoint also by cause and by time."""
        levels: dict[str, dict[str, None]] = defaultdict(dict)
        for row in self.rows:
            if row["variable"].startswith("os_landmark"):
                continue
            if row["statistic"] == "count" and row["level"]:
                levels[row["variable"]][row["level"]] = None
            elif row["statistic"] == "events" and row["level"]:
                levels[f"{row['variable']}|cause"] = dict.fromkeys((*CAUSES, "censored"))
            elif row["statistic"] == "events":
                levels[row["variable"]] = dict.fromkeys(("events", "censored"))
                if row["variable"] != "hepatic_progression":
                    times = range(2 * len(self.grid) + 1)
                    levels[f"{row['variable']}|time"] = dict.fromkeys(f"{kind}{k}" for kind in "ec" for k in times)
        for row in self.rows:
            if row["statistic"] == "n" and row["variable"] not in levels:
                levels[row["variable"]] = {"n": None}
        return {name: (*parts, "missing") for name, parts in levels.items() if not name.startswith("os_landmark")}

    def parts(self, population: str) -> list[str]:
        """The disjoint populations of which one consists."""
        return {"all": self.basic, "analysed": self.levels}.get(population, [population])

    def sum(self, variable: str, cells: Iterable[str], population: str) -> dict[Unknown, int]:
        """The number of a population who are in any of these cells."""
        return {(variable, cell, part): 1 for cell in cells for part in self.parts(population)}

    def size(self, population: str) -> dict[Unknown, int]:
        """The size of a population."""
        return {("", "size", part): 1 for part in self.parts(population)}

    def _recorded(self, variable: str) -> tuple[str, ...]:
        return self.cells[variable][:-1]

    def _add_up(self) -> None:
        for variable, cells in self.cells.items():
            for part in self.basic:
                self.equal.append((plus(self.sum(variable, cells, part), minus=[self.size(part)]), 0))
                if variable == self.described["group_by"] and part != "excluded":
                    own = part if part in self.levels else "missing"
                    self.equal.append((plus(self.sum(variable, [own], part), minus=[self.size(part)]), 0))
        for name in [name for name in self.cells if "|" in name]:
            endpoint, _, by = name.partition("|")
            events = list(CAUSES) if by == "cause" else [c for c in self.cells[name] if c[0] == "e"]
            self._same(name, events, endpoint, ["events"])
            self._same(name, ["missing"], endpoint, ["missing"])

    def _same(self, one: str, cells: Sequence[str], other: str, others: Sequence[str]) -> None:
        if one in self.cells and other in self.cells:
            for part in self.basic:
                self.equal.append((plus(self.sum(one, cells, part), minus=[self.sum(other, others, part)]), 0))

    def _within(self, inner: str, cell: str, outer: str, whole: str) -> None:
        if inner in self.cells and outer in self.cells:
            for part in self.basic:
                self.ordered.append(plus(self.sum(outer, [whole], part), minus=[self.sum(inner, [cell], part)]))

    def _know_definitions(self) -> None:
        """What the definitions of the variables say of their counts."""
        self._same("alive", ["no"], "os", ["events"])
        self._same("any_complication", ["no"], "clavien_dindo", ["0"])
        self._same("minor_complication", ["yes"], "clavien_dindo", ["I", "II"])
        for one in ("minor_complication", "severe_complication", "any_complication"):
            self._same(one, ["missing"], "clavien_dindo", ["missing"])
        if {"any_complication", "minor_complication", "severe_complication"} <= set(self.cells):
            for part in self.basic:
                both = [self.sum(f"{name}_complication", ["yes"], part) for name in ("minor", "severe")]
                self.equal.append((plus(self.sum("any_complication", ["yes"], part), minus=both), 0))
        for ending in ("", "_recist", "_confirmed"):
            response = f"objective_response{ending}"
            self._same(response, ["yes"], f"best_response{ending}", ["CR", "PR"])
            self._same(response, ["missing"], f"best_response{ending}", ["NE"])
            self._same(response, ["yes"], f"{response}_conservative", ["yes"])
            self._same(response, ["no", "missing"], f"{response}_conservative", ["no"])
        self._same("time_to_response_months", ["n"], "objective_response", ["yes"])
        self._same("reduction_percent", ["missing"], "progressed_on_therapy", ["missing"])
        self._same("reduction_percent", ["missing"], "any_shrinkage", ["missing"])
        self._same("hepatic_progression", ["events"], "hepatic_pfs|cause", ["progression"])
        for inner, cell, outer, whole in (*CONTAINED, *self.contained):
            self._within(inner, cell, outer, whole)
        self._know_times()

    def _know_times(self) -> None:
        present = [name for name in ("os", "hepatic_pfs", "pfs") if f"{name}|time" in self.cells]
        for inner, outer in itertools.pairwise(present):
            for months in self.grid:
                for part in self.basic:
                    by = [self.until(name, months, part) for name in (inner, outer)]
                    risk = [self.at_risk(name, months, part) for name in (inner, outer)]
                    self.ordered += [plus(by[1], minus=[by[0]]), plus(risk[0], minus=[risk[1]])]
        if {"pfs|time", "duration_of_response|time"} <= set(self.cells):
            for months, part in itertools.product(self.grid, self.basic):
                risk = [self.at_risk(name, months, part) for name in ("duration_of_response", "pfs")]
                self.ordered.append(plus(risk[1], minus=[risk[0]]))

    def until(self, endpoint: str, months: float, population: str) -> dict[Unknown, int]:
        """Events until and including a time."""
        last = 2 * self.grid.index(months) + 1
        return self.sum(f"{endpoint}|time", [f"e{k}" for k in range(last + 1)], population)

    def at_risk(self, endpoint: str, months: float, population: str) -> dict[Unknown, int]:
        """Those followed at least until a time."""
        first = 2 * self.grid.index(months) + 1
        later = range(first, 2 * len(self.grid) + 1)
        return self.sum(f"{endpoint}|time", [f"{kind}{k}" for kind in "ec" for k in later], population)

    # --- what is read ---

    def _fact(self, what: dict[Unknown, int], value: float) -> None:
        self.equal.append((what, round(value)))

    def _read_study(self) -> None:
        steps = {step["kind"]: step["count"] for step in self.described["flow"]}
        sizes = {"all": self.described["size"], "analysed": steps.get("analysed")}
        sizes |= {group["level"]: group["n"] for group in self.described["groups"]}
        if "no_group" in steps:
            sizes["no_group"] = steps["no_group"]
        elif self.described["flow"]:
            sizes["no_group"] = 0
        for population, value in sizes.items():
            if value is not None:
                self._fact(self.size(population), value)

    def _read_rows(self) -> None:
        populations = {*self.basic, "all", "analysed"}
        for row in self.rows:
            variable, group = row["variable"], row["group"]
            if variable not in self.cells or group not in populations or not row["value"]:
                continue
            if row["n"] and not row["level"] and variable != self.described["group_by"]:
                self._fact(self.sum(variable, self._recorded(variable), group), int(row["n"]))
            what = self.counted(row)
            if what:
                self._fact(what, float(row["value"]))

    def _read_medians(self) -> None:
        """A median that stands tells that the rule lets it; one between two whole numbers, that the number is even."""
        threshold = int(self.described["parameters"]["disclosure_threshold"])
        gated = self.described["parameters"]["disclosure"] != "none"
        integers = {name for name, label in self.described["variables"].items() if label["kind"] == "integer"}
        for place, row in enumerate(self.rows):
            variable, group = row["variable"], row["group"]
            known = group in {*self.basic, "all", "analysed"} and self.cells.get(variable) == ("n", "missing")
            if row["statistic"] != "median" or not row["value"] or not known:
                continue
            number = self.sum(variable, ["n"], group)
            if gated:
                self.equal.append((plus(number, minus=[{("", f"more{place}", group): 1}]), 2 * threshold))
            if variable in integers and not float(row["value"]).is_integer():
                self.equal.append((plus(number, minus=[{("", f"half{place}", group): 2}]), 0))

    def counted(self, row: Mapping[str, str]) -> dict[Unknown, int] | None:
        """What a row counts, in unknowns; None where it counts nothing."""
        variable, group, statistic = row["variable"], row["group"], row["statistic"]
        if statistic == "n":
            return self.sum(variable, self._recorded(variable), group)
        if statistic == "n_missing":
            return self.sum(variable, ["missing"], group)
        if statistic == "count":
            return self.sum(variable, [row["level"] or "yes"], group)
        if statistic == "events":
            name, cell = (f"{variable}|cause", row["level"]) if row["level"] else (variable, "events")
            return self.sum(name, [cell], group)
        if statistic.startswith("at_risk_") and f"{variable}|time" in self.cells:
            return self.at_risk(variable, float(statistic.removeprefix("at_risk_").replace("_", ".")), group)
        return None

    def _read_points(self) -> None:
        series: dict[str, list[dict[str, str]]] = defaultdict(list)
        for point in self.points:
            series[point["key"]].append(point)
        for key, points in series.items():
            variable, group, kind = key.split(".")
            if kind == "curve" and f"{variable}|time" in self.cells:
                self._read_curve(variable, group, points)
            elif kind == "bar":
                self._fact(self.sum(variable, ["n"], group), len(points))
                if variable == "reduction_percent":
                    grown = sum("growth" in point["mark"].split() for point in points)
                    self._fact(self.sum("progressed_on_therapy", ["yes"], group), grown)

    def _read_curve(self, variable: str, group: str, points: Sequence[Mapping[str, str]]) -> None:
        """Count who leaves from one time of the grid that the curve shows until the next."""
        name, coarse = f"{variable}|time", points[0]["mark"] == "grid"
        times = [float(point["x"]) for point in points] if coarse else self.grid
        for place, start in enumerate(times):
            end = times[place + 1] if place + 1 < len(times) else INFINITE
            inside = [p for p in points if start - CLOSE <= float(p["x"]) < end - CLOSE]
            cells = [k for k in range(2 * len(self.grid) + 1) if start <= self._start(k) < end]
            for letter, column in (("e", "events"), ("c", "censored")):
                self._fact(self.sum(name, [f"{letter}{k}" for k in cells], group), sum(int(p[column]) for p in inside))
        if not coarse:
            for months in self.grid:
                deaths = sum(int(p["events"]) for p in points if float(p["x"]) <= months + CLOSE)
                self._fact(self.until(variable, months, group), deaths)

    def _start(self, k: int) -> float:
        """Where an interval of time begins; intervals and the times between them alternate."""
        if k == 0:
            return -INFINITE
        return self.grid[(k - 1) // 2] + (0 if k % 2 else CLOSE)

    # --- what is computed back ---

    def _invert(self) -> None:
        known = {tuple(sorted(what.items())): value for what, value in self.equal}

        def value(what: Sum) -> int | None:
            return known.get(tuple(sorted(what.items())))

        populations = {*self.basic, "all", "analysed"}
        compared: dict[tuple[str, str], list[dict[str, str]]] = defaultdict(list)
        for row in self.rows:
            if not row["value"] or row["variable"] not in self.cells:
                continue
            variable, group, statistic = row["variable"], row["group"], row["statistic"]
            if group in populations and statistic in {"percent", "proportion", "proportion_lower", "proportion_upper"}:
                if variable != self.described["group_by"]:
                    n = value(self.sum(variable, self._recorded(variable), group)) or value(self.size(group))
                    self._from_share(row, n)
            elif group in populations and statistic.startswith("survival_at_") and statistic.count("_") == 2:
                self._from_survival(row, value(self.sum(variable, self._recorded(variable), group)))
            elif "_vs_" in group and {*self.cells[variable]} == {"yes", "no", "missing"}:
                compared[variable, group].append(row)
        for (variable, pair), rows in compared.items():
            self._from_effects(variable, pair, rows, value)

    def _from_share(self, row: Mapping[str, str], n: int | None) -> None:
        number = float(row["value"]) / (100 if row["statistic"] == "percent" else 1)
        fitting = []
        for total in [n] if n else range(1, 60):
            if row["statistic"] in {"percent", "proportion"}:
                fitting += [x for x in [round(number * total)] if abs(x / total - number) < CLOSE]
            elif row["method"] in {"clopper_pearson", "jeffreys", "wilson"}:
                side = 1 if row["statistic"].endswith("upper") else 0
                shares = limits_of(row["method"], self.confidence, total)
                fitting += [x for x, pair in enumerate(shares) if abs(pair[side] - number) < CLOSE]
        if len(fitting) == 1:
            self._fact(self.sum(row["variable"], [row["level"] or "yes"], row["group"]), fitting[0])

    def _from_survival(self, row: Mapping[str, str], n: int | None) -> None:
        """Without censoring before a time, which Greenwood's error betrays, the curve is 1 - d/n there."""
        months, survival = float(row["statistic"].removeprefix("survival_at_")), float(row["value"])
        error = next((r["value"] for r in self.rows if r["key"] == f"{row['key']}_se"), "")
        if n and error and f"{row['variable']}|time" in self.cells and months in self.grid:
            events = n * (1 - survival)
            uncensored = abs(float(error) - np.sqrt(survival * (1 - survival) / n)) < CLOSE
            if uncensored and abs(events - round(events)) < 1e-7:
                self._fact(self.until(row["variable"], months, row["group"]), round(events))

    def _from_effects(self, variable: str, pair: str, rows: Sequence[Mapping[str, str]], value: Any) -> None:
        """List the two-by-two tables that have all effects, limits and P values of a comparison; one alone is it."""
        level, reference = pair.split("_vs_")
        recorded = [value(self.sum(variable, self._recorded(variable), group)) for group in (level, reference)]
        most = [value(self.size(group)) for group in (level, reference)]
        both = next((int(row["n"]) for row in rows if row["n"]), None)
        if None in most and None in recorded:
            return
        ranges = [[n] if n is not None else range(1, (m or 0) + 1) for n, m in zip(recorded, most, strict=True)]
        sizes = [(n, m) for n in ranges[0] for m in ranges[1] if both is None or n + m == both]
        found = fitting(rows, sizes, value(self.sum(variable, ["yes"], "analysed")), self.confidence)
        if len(found) == 1:
            a, n, b, m = found.pop()
            for group, count, size in ((level, a, n), (reference, b, m)):
                self._fact(self.sum(variable, ["yes"], group), count)
                self._fact(self.sum(variable, self._recorded(variable), group), size)

    # --- what follows ---

    @cached_property
    def model(self) -> Model:
        """All that is known, as a program of whole numbers."""
        return Model(self.equal, self.ordered, self.largest)

    def small_counts(self, threshold: int) -> dict[str, tuple[Sum, int]]:
        """Return each count below the threshold that the files state, and each difference of two that contain another."""
        stated = {tuple(sorted(what.items())): value for what, value in self.equal}
        found: dict[str, tuple[Sum, int]] = {}
        for row in self.rows:
            if row["value"] and row["group"] in {*self.basic, "all", "analysed"} and row["variable"] in self.cells:
                what = self.counted(row)
                if what:
                    found[row["key"]] = what, round(float(row["value"]))
        for population in (*self.levels, "analysed", "all"):
            for name, bigger, smaller in self._contained(population):
                values = [stated.get(tuple(sorted(what.items()))) for what in (bigger, smaller)]
                if None not in values:
                    found[f"{name}.{population}"] = plus(bigger, minus=[smaller]), values[0] - values[1]
        return {name: secret for name, secret in found.items() if 0 < secret[1] < threshold}

    def _contained(self, population: str) -> Iterator[tuple[str, Sum, Sum]]:
        for inner, cell, outer, whole in (*CONTAINED, *self.contained):
            if inner in self.cells and outer in self.cells:
                sums = [self.sum(outer, [whole], population), self.sum(inner, [cell], population)]
                yield f"{outer}.{whole} - {inner}.{cell}", *sums
        for name in [name.removesuffix("|time") for name in self.cells if name.endswith("|time")]:
            for first, second in itertools.pairwise(self.grid):
                yield (
                    f"{name} leaving from {first:g}",
                    self.at_risk(name, first, population),
                    self.at_risk(name, second, population),
                )
                yield (
                    f"{name} events after {first:g}",
                    self.until(name, second, population),
                    self.until(name, first, population),
                )


CONTAINED = (
    ("kras_codon", "n", "kras", "mutant"),
    ("biliary_complication", "yes", "any_pump_complication", "yes"),
    ("biliary_discontinued", "yes", "biliary_complication", "yes"),
    ("biliary_discontinued", "yes", "hai_discontinued", "yes"),
    ("hai_cycles_discontinued", "n", "hai_discontinued", "yes"),
    ("objective_response", "yes", "any_shrinkage", "yes"),
    ("progressed_on_therapy", "yes", "any_shrinkage", "no"),
    ("death_90_days", "yes", "os", "events"),
    ("pfs|cause", "death", "hepatic_pfs|cause", "death"),
    ("hepatic_pfs|cause", "death", "os", "events"),
    ("os", "events", "hepatic_pfs", "events"),
    ("hepatic_pfs", "events", "pfs", "events"),
    ("hepatic_pfs|cause", "progression", "pfs|cause", "progression"),
    ("objective_response_confirmed", "yes", "objective_response", "yes"),
    ("time_to_response_months", "n", "time_to_nadir_months", "n"),
    ("duration_of_response", "events", "pfs", "events"),
    ("duration_of_response", "censored", "pfs", "censored"),
)


class Model:
    """Whole numbers from 0 on, under equalities and orders; parts that share no unknown are solved apart."""

    def __init__(self, equal: Sequence[tuple[Sum, int]], ordered: Sequence[Sum], largest: int) -> None:
        rules: dict[tuple[tuple[tuple[Unknown, int], ...], float, float], None] = {}
        for what, value in equal:
            rules[tuple(sorted(what.items())), value, value] = None
        for what in ordered:
            rules[tuple(sorted(what.items())), 0, INFINITE] = None
        self.rules = [rule for rule in rules if rule[0]]
        self.largest = largest
        self.bounds: dict[Unknown, list[int]] = {}
        sizes = {unknown for rule in self.rules for unknown, _ in rule[0] if unknown[1] == "size"}
        found = {unknown: self._solve({unknown: 1}, self.rules) for unknown in sizes}
        self.bounds = found
        self._parts = self._apart()

    def _apart(self) -> dict[Unknown, int]:
        """Number the parts that hang together by more than the sizes of the populations."""
        leader: dict[Unknown, Unknown] = {}

        def root(unknown: Unknown) -> Unknown:
            while leader.setdefault(unknown, unknown) != unknown:
                unknown = leader[unknown]
            return unknown

        for what, _, _ in self.rules:
            inner = [unknown for unknown, _ in what if unknown[1] != "size"]
            for other in inner[1:]:
                leader[root(other)] = root(inner[0])
        numbers = {unknown: place for place, unknown in enumerate(sorted({root(u) for u in list(leader)}))}
        return {unknown: numbers[root(unknown)] for unknown in list(leader)}

    def most(self, what: Sum) -> int:
        """Return the greatest value of a sum that all that is known allows."""
        wanted = {self._parts.get(unknown, -1) for unknown in what}
        rules = [
            rule
            for rule in self.rules
            if wanted & {self._parts.get(unknown, -2) for unknown, _ in rule[0]}
            or all(unknown[1] == "size" for unknown, _ in rule[0])
        ]
        return self._solve(what, rules, (-1,))[0]

    def _solve(self, what: Sum, rules: Sequence[Any], signs: Sequence[int] = (1, -1)) -> list[int]:
        """Return the least and the greatest value of a sum, or one of them."""
        unknowns = sorted({unknown for rule in rules for unknown, _ in rule[0]} | set(what))
        place = {unknown: k for k, unknown in enumerate(unknowns)}
        entries = [(row, place[u], factor) for row, rule in enumerate(rules) for u, factor in rule[0]]
        rows, columns, factors = (np.array(part) for part in zip(*entries, strict=True))
        matrix = csr_array((factors, (rows, columns)), shape=(len(rules), len(unknowns)))
        constraint = LinearConstraint(matrix, [rule[1] for rule in rules], [rule[2] for rule in rules])
        low, high = zip(*(self.bounds.get(unknown, [0, self.largest]) for unknown in unknowns), strict=True)
        target = np.zeros(len(unknowns))
        for unknown, factor in what.items():
            target[place[unknown]] = factor
        ends = []
        for sign in signs:
            # HiGHS's presolve has called 2 the greatest value where 7 is one (SciPy 1.17.1): see test_adversary.py.
            solved = milp(
                sign * target, constraints=constraint, bounds=Bounds(low, high), integrality=np.ones(len(unknowns)),
                options={"presolve": False},
            )  # fmt: skip
            assert solved.success, solved.message
            ends.append(round(sign * solved.fun))
        return ends
