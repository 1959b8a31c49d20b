"""The integer problem that all solvers get, its greedy plans, and the check that all plans go through.

A problem is what `gpu-place-bench problem` prints. A plan is a dict: index of an option -> copies.
"""
import json
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import numpy as np


@dataclass(frozen=True)
class Totals:
    """What a plan adds up to: weight left out, and nano-dollars per hour."""

    weight: int
    cost: int


class Problem:
    """Demands, hosts, options and rules, by index."""

    def __init__(self, path: Path):
        stated = json.loads(Path(path).read_text())
        self.demands = stated["demands"]
        self.hosts = stated["hosts"]
        self.options = stated["options"]
        self.spreads = stated["spreads"]
        self.togethers = stated["togethers"]
        self.budget = stated["budget"]
        self.partial = stated["partial"]
        self.of_demand = defaultdict(list)
        for ix, option in enumerate(self.options):
            self.of_demand[option["demand"]].append(ix)

    @property
    def copies(self) -> int:
        return sum(d["copies"] for d in self.demands)

    def most(self, option) -> int:
        """How many copies one option can ever take."""
        capacities = self.hosts[option["host"]]["capacities"]
        room = min((capacities[dim] // amount for dim, amount in option["needs"]), default=1 << 30)
        return min(room, self.demands[option["demand"]]["copies"])

    def totals(self, plan) -> Totals:
        placed = self._placed(plan)
        weight = sum(d["weight"] * (d["copies"] - n) for d, n in zip(self.demands, placed, strict=True))
        return Totals(weight, sum(self.options[ix]["cost"] * n for ix, n in plan.items()))

    def _placed(self, plan):
        placed = [0] * len(self.demands)
        for ix, copies in plan.items():
            placed[self.options[ix]["demand"]] += copies
        return placed

    def option_at(self):
        """(VM, host, GPU model) -> option, to read a plan that speaks of names."""
        name = lambda o: (self.demands[o["demand"]]["name"], self.hosts[o["host"]]["id"], o["gpu"])
        return {name(option): ix for ix, option in enumerate(self.options)}

    def check(self, plan):
        """What a plan breaks, as sentences. Completeness is judged too, unless leaving out is allowed."""
        found = []
        placed = self._placed(plan)
        for demand, copies in zip(self.demands, placed, strict=True):
            if copies > demand["copies"] or (copies < demand["copies"] and not self.partial):
                found.append(f"{demand['name']}: {copies} of {demand['copies']} placed")
        given = defaultdict(int)
        for ix, copies in plan.items():
            for dim, amount in self.options[ix]["needs"]:
                given[self.options[ix]["host"], dim] += amount * copies
        for (host, dim), amount in given.items():
            if amount > self.hosts[host]["capacities"][dim]:
                found.append(f"host {self.hosts[host]['id']} gives {amount} of dimension {dim}")
        for rule in self.spreads:
            for place, copies in self._by_place(rule, plan).items():
                if copies > rule["room"][place]:
                    found.append(f"spread: {copies} copies in place {place}")
        for rule in self.togethers:
            if len(self._by_place(rule, plan)) > 1:
                found.append("together: copies in several places")
        if self.budget is not None and sum(self.options[ix]["spend"] * n for ix, n in plan.items()) > self.budget:
            found.append("over budget")
        return found

    def _by_place(self, rule, plan):
        bound = set(rule["demands"])
        places = defaultdict(int)
        for ix, copies in plan.items():
            option = self.options[ix]
            if option["demand"] in bound and copies:
                places[rule["place_of"][option["host"]]] += copies
        return places

    def first_fit(self, by_weight=False):
        """First-fit decreasing: largest first (or heaviest first), each copy on the cheapest option with room."""
        order = sorted(range(len(self.demands)), key=lambda d: [-n for n in self.demands[d]["size"]])
        if by_weight:
            order.sort(key=lambda d: -self.demands[d]["weight"])
        room = _Room(self)
        for demand in order:
            left = self.demands[demand]["copies"]
            for ix in sorted(self.of_demand[demand], key=lambda ix: (self.options[ix]["cost"], ix)):
                while left and room.take(self.options[ix], ix):
                    left -= 1
        return dict(room.plan)


class _Room:
    """What is left while copies are placed one by one."""

    def __init__(self, problem):
        self.problem = problem
        self.left = [list(host["capacities"]) for host in problem.hosts]
        self.spread = [list(rule["room"]) for rule in problem.spreads]
        self.place = [None] * len(problem.togethers)
        self.spent = 0
        self.plan = defaultdict(int)

    def take(self, option, ix) -> bool:
        """Places one copy if every rule admits it."""
        host, demand, left = option["host"], option["demand"], self.left[option["host"]]
        spreads = [(at, r["place_of"][host]) for at, r in enumerate(self.problem.spreads) if demand in r["demands"]]
        places = [(at, r["place_of"][host]) for at, r in enumerate(self.problem.togethers) if demand in r["demands"]]
        budget = self.problem.budget
        fits = (
            all(left[dim] >= amount for dim, amount in option["needs"])
            and all(self.spread[at][place] for at, place in spreads)
            and all(self.place[at] in (None, place) for at, place in places)
            and (budget is None or self.spent + option["spend"] <= budget)
        )
        if fits:
            for dim, amount in option["needs"]:
                left[dim] -= amount
            for at, place in spreads:
                self.spread[at][place] -= 1
            for at, place in places:
                self.place[at] = place
            self.spent += option["spend"]
            self.plan[ix] += 1
        return fits


class Model:
    """The problem as one integer program: x copies of each option, u copies of each demand left out.

    Replicas of one entry are one variable, never several. Rows that no plan can violate are left out, equal rows are kept once,
    coefficients are divided by their greatest common divisor. Hosts that look alike keep variables of their own: added up, two
    hosts with room for half a VM each would look like one with room for a whole.
    """

    def __init__(self, problem: Problem):
        self.problem = problem
        self.options = len(problem.options)
        self.upper = [problem.most(option) for option in problem.options]
        self.upper += [d["copies"] if problem.partial else 0 for d in problem.demands]
        self.rows = []  # (columns, coefficients, least or None, most)
        self._demand_rows()
        self._capacity_rows()
        self._rule_rows()
        self.weights = {self.left_out(d): demand["weight"] for d, demand in enumerate(problem.demands)}
        self.costs = {ix: option["cost"] for ix, option in enumerate(problem.options)}

    def left_out(self, demand) -> int:
        return self.options + demand

    def _demand_rows(self):
        for d, demand in enumerate(self.problem.demands):
            columns = [*self.problem.of_demand[d], self.left_out(d)]
            self.rows.append((columns, [1] * len(columns), demand["copies"], demand["copies"]))

    def _capacity_rows(self):
        taken = defaultdict(list)
        for ix, option in enumerate(self.problem.options):
            for dim, amount in option["needs"]:
                taken[option["host"], dim].append((ix, amount))
        tightest = {}
        for (host, dim), uses in taken.items():
            self._offer(tightest, uses, self.problem.hosts[host]["capacities"][dim])
        self._keep(tightest)

    def _rule_rows(self):
        tightest = {}
        for rule in self.problem.spreads:
            for place, uses in self._uses_by_place(rule).items():
                self._offer(tightest, uses, rule["room"][place])
        for rule in self.problem.togethers:
            self._together(rule)
        if self.problem.budget is not None:
            self._offer(tightest, [(ix, o["spend"]) for ix, o in enumerate(self.problem.options)], self.problem.budget)
        self._keep(tightest)

    def _uses_by_place(self, rule):
        bound, uses = set(rule["demands"]), defaultdict(list)
        for ix, option in enumerate(self.problem.options):
            if option["demand"] in bound:
                uses[rule["place_of"][option["host"]]].append((ix, 1))
        return uses

    def _together(self, rule):
        """One place is chosen; the others take no copy."""
        chosen = []
        for uses in self._uses_by_place(rule).values():
            column = len(self.upper)
            self.upper.append(1)
            chosen.append(column)
            most = sum(self.problem.demands[d]["copies"] for d in rule["demands"])
            self.rows.append(([ix for ix, _ in uses] + [column], [1] * len(uses) + [-most], None, 0))
        self.rows.append((chosen, [1] * len(chosen), None, 1))

    def _offer(self, tightest, uses, most):
        """Notes a row of the form sum <= most, unless no plan can break it or an equal one is tighter."""
        uses = [(ix, amount) for ix, amount in uses if amount]
        if sum(amount * self.upper[ix] for ix, amount in uses) <= most:
            return
        divisor = int(np.gcd.reduce([amount for _, amount in uses]))
        key = tuple((ix, amount // divisor) for ix, amount in uses)
        tightest[key] = min(tightest.get(key, most // divisor), most // divisor)

    def _keep(self, tightest):
        for uses, most in tightest.items():
            self.rows.append(([ix for ix, _ in uses], [amount for _, amount in uses], None, most))

    def plan(self, values):
        """The plan that column values stand for."""
        return {ix: round(value) for ix, value in enumerate(values[: self.options]) if round(value) > 0}
