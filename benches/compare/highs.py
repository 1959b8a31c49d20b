"""HiGHS, through its own Python interface."""
import math
from importlib.metadata import version as package_version

import highspy
import numpy as np

from phases import Run, two_phases

# Nano-dollars in a dollar: HiGHS works in doubles and likes small numbers.
NANO = 1e9


def version() -> str:
    return "HiGHS " + package_version("highspy")


def run(problem, limit, threads):
    noted = Run(problem, limit)
    solver = _solver(noted.model, threads)
    two_phases(noted, lambda *phase: _phase(noted, solver, *phase))
    return noted.result()


def _solver(model, threads):
    solver = highspy.Highs()
    for name, value in {
        "output_flag": False,
        "threads": threads,
        "mip_rel_gap": 1e-6,
        "mip_abs_gap": 1e-7,
    }.items():
        solver.setOptionValue(name, value)
    solver.passModel(_program(model))
    weights = sorted(model.weights.items())
    solver.addRow(-highspy.kHighsInf, highspy.kHighsInf, len(weights), [c for c, _ in weights], [float(w) for _, w in weights])
    return solver


def _program(model):
    program = highspy.HighsLp()
    columns, rows = len(model.upper), len(model.rows)
    program.num_col_, program.num_row_ = columns, rows
    program.col_cost_ = np.zeros(columns)
    program.col_lower_ = np.zeros(columns)
    program.col_upper_ = np.array(model.upper, float)
    program.row_lower_ = np.array([-highspy.kHighsInf if row[2] is None else row[2] for row in model.rows], float)
    program.row_upper_ = np.array([row[3] for row in model.rows], float)
    program.integrality_ = [highspy.HighsVarType.kInteger] * columns
    program.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    program.a_matrix_.start_ = np.cumsum([0] + [len(row[0]) for row in model.rows])
    program.a_matrix_.index_ = np.array([c for row in model.rows for c in row[0]], np.int32)
    program.a_matrix_.value_ = np.array([v for row in model.rows for v in row[1]], float)
    return program


def aim(noted, solver, objective, cap, scale):
    """Sets the objective, divided by `scale`, and the most weight that may be left out."""
    costs = np.zeros(len(noted.model.upper))
    for column, value in objective.items():
        costs[column] = value / scale
    solver.changeColsCost(len(costs), np.arange(len(costs), dtype=np.int32), costs)
    solver.changeRowBounds(len(noted.model.rows), -highspy.kHighsInf, highspy.kHighsInf if cap is None else cap)


def _phase(noted, solver, objective, cap, limit, start):
    model = noted.model
    scale = 1.0 if objective is model.weights else NANO
    aim(noted, solver, objective, cap, scale)
    solver.setOptionValue("time_limit", float(limit))
    if start is not None:
        solver.setSolution(values(noted, start))
    listen = lambda event: noted.found(model.plan(event.data_out.mip_solution))
    solver.cbMipImprovingSolution.subscribe(listen)
    solver.run()
    solver.cbMipImprovingSolution.unsubscribe(listen)
    info = solver.getInfo()
    status = solver.getModelStatus()
    if info.primal_solution_status == 2:
        noted.found(model.plan(solver.getSolution().col_value))
    bound = info.mip_dual_bound * scale
    bound = math.ceil(bound - 1e-6) if math.isfinite(bound) else 0
    return status == highspy.HighsModelStatus.kOptimal, max(0, bound)


def values(noted, plan):
    """A start for the second phase: what is left out follows from what is placed. Rules of place are left to the solver."""
    solution = highspy.HighsSolution()
    column = [0.0] * len(noted.model.upper)
    for ix, copies in plan.items():
        column[ix] = float(copies)
    for d, demand in enumerate(noted.problem.demands):
        column[noted.model.left_out(d)] = demand["copies"] - sum(column[ix] for ix in noted.problem.of_demand[d])
    solution.col_value = column
    return solution
