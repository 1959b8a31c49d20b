"""CP-SAT of OR-tools."""
import math

import ortools
from ortools.sat.python import cp_model

from phases import Run, two_phases


def version() -> str:
    return f"CP-SAT (OR-tools {ortools.__version__})"


def run(problem, limit, threads):
    noted = Run(problem, limit)
    program, columns = _program(noted.model)
    two_phases(noted, lambda *phase: _phase(noted, program, columns, threads, *phase))
    return noted.result()


def _program(model):
    program = cp_model.CpModel()
    columns = [program.new_int_var(0, upper, "") for upper in model.upper]
    for row, coefficients, least, most in model.rows:
        total = cp_model.LinearExpr.weighted_sum([columns[c] for c in row], coefficients)
        program.add(total <= most) if least is None else program.add(total == most)
    return program, columns


class _Listener(cp_model.CpSolverSolutionCallback):
    def __init__(self, noted, columns):
        super().__init__()
        self.noted = noted
        self.columns = columns[: noted.model.options]

    def on_solution_callback(self):
        self.noted.found(self.noted.model.plan([self.value(column) for column in self.columns]))


def _phase(noted, program, columns, threads, objective, cap, limit, start):
    items = sorted(objective.items())
    total = lambda terms: cp_model.LinearExpr.weighted_sum([columns[c] for c, _ in terms], [v for _, v in terms])
    if cap is not None:
        program.add(total(sorted(noted.model.weights.items())) <= cap)
    program.minimize(total(items))
    program.clear_hints()
    for ix in range(noted.model.options) if start is not None else ():
        program.add_hint(columns[ix], start.get(ix, 0))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = threads
    solver.parameters.max_time_in_seconds = limit
    status = solver.solve(program, _Listener(noted, columns))
    bound = solver.best_objective_bound
    bound = math.ceil(bound - 1e-6) if math.isfinite(bound) else 0
    return status == cp_model.OPTIMAL, max(0, bound)
