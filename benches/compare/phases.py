"""The two phases that every peer goes through, and what is noted on the way."""
import time

from problem import Model, Problem

# How much of the time the first phase may take, so that the second has some left.
WEIGHT_SHARE = 2 / 3


class Run:
    """Events of one run: plans and bounds with their times, in seconds since the model began to be built."""

    def __init__(self, problem: Problem, limit: float):
        self.problem = problem
        self.start = time.perf_counter()
        self.limit = limit
        self.events = []
        self.best = None
        self.plan = None
        self.weight_bound = 0
        self.cost_bound = 0
        self.proved = False
        self.model = Model(problem)

    def elapsed(self) -> float:
        return time.perf_counter() - self.start

    def left(self) -> float:
        return max(0.1, self.limit - self.elapsed())

    def found(self, plan):
        """Notes a plan; keeps it if it is the best."""
        totals = self.problem.totals(plan)
        rank = (totals.weight, totals.cost)
        if self.best is None or rank < self.best:
            self.best, self.plan = rank, plan
            self.events.append({"at": self.elapsed(), "weight": totals.weight, "cost": totals.cost})

    def announced(self, weight, cost):
        """Notes that a plan is known to a solver that does not show it."""
        self.events.append({"at": self.elapsed(), "weight": weight, "cost": cost})

    def result(self):
        return {
            "events": self.events,
            "seconds": self.elapsed(),
            "plan": sorted((self.plan or {}).items()) if self.best else None,
            "weight_bound": self.weight_bound,
            "cost_bound": self.cost_bound,
            "proved": self.proved,
        }


def two_phases(run: Run, solve):
    """Least weight first, then least cost at that weight.

    `solve(objective, cap, limit, start)` minimises a dict of column -> coefficient, with the weight left out at most `cap` if
    that is not None, from the plan `start`; it reports plans to the run and returns (proved, bound).
    """
    proved, cap = True, None
    if run.problem.partial:
        proved, bound = solve(run.model.weights, None, run.left() * WEIGHT_SHARE, None)
        run.weight_bound = bound
        if run.best is None:
            return
        cap = run.best[0]
        if proved:
            run.weight_bound = cap
    done, bound = solve(run.model.costs, cap, run.left(), run.plan)
    run.cost_bound = bound
    run.proved = proved and done
