"""CBC, as the program that the package cbcbox carries, on files in MPS form."""
import math
import re
import subprocess
import tempfile
import time
from importlib.metadata import version as package_version
from pathlib import Path

import cbcbox

import highs
from phases import Run, two_phases

# Lines of its log. A star announces a plan: in the table of a heuristic the objective is the last column but one; in that of the
# search the columns are nodes, open nodes, depth, best plan, its origin, bound, gap and time.
HEURISTIC = re.compile(r"^\s*★.*?(-?[\d.]+(?:e[+-]?\d+)?)\s+[\d.]+\s*$")
SEARCH = re.compile(r"^\s*(★?)\s*\d+\s+\d+\s+\d+\s+(\S+)\s.*?(\S+)\s+(?:\S+%|—)\s+[\d.]+\s*$")
ENDED = re.compile(r"Obj:\s*(\S+)\s+Bound:\s*(\S+)")
# The log rounds to six digits.
ROUNDING = 1e-6


def version() -> str:
    return f"CBC (cbcbox {package_version('cbcbox')})"


def run(problem, limit, threads):
    noted = Run(problem, limit)
    with tempfile.TemporaryDirectory() as folder:
        solver = highs._solver(noted.model, threads)
        two_phases(noted, lambda *phase: _phase(noted, solver, Path(folder), threads, *phase))
    return noted.result()


def _phase(noted, solver, folder, threads, objective, cap, limit, start):
    scale = 1.0 if objective is noted.model.weights else highs.NANO
    before = time.perf_counter()
    highs.aim(noted, solver, objective, cap, scale)
    solver.writeModel(str(folder / "model.mps"))
    # Handing the model over by way of a file is our choice, not the solver's: it is not counted.
    noted.start += time.perf_counter() - before
    command = [cbcbox.cbc_bin_path(), "model.mps", "-threads", str(threads), "-sec", str(limit)]
    if start is not None:
        _write_start(noted, folder / "start.txt", start)
        command += ["-mips", "start.txt"]
    command += ["-ratio", "1e-6", "-solve", "-solution", "out.txt"]
    log = _follow(noted, subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, text=True), objective, cap, scale)
    plan = _read(noted.model, folder / "out.txt")
    if plan is not None and not noted.problem.check(plan):
        noted.found(plan)
    proved = any("Optimal solution found" in line for line in log)
    return proved, max(0, math.ceil(_last_bound(log) * (1 - ROUNDING) * scale - 1e-6))


def _follow(noted, process, objective, cap, scale):
    """Reads the log as it comes, and notes the plans it announces; their numbers are all that is known of them."""
    lines = []
    for line in process.stdout:
        lines.append(line)
        value = _announced(line)
        if value is not None:
            value, weights = round(value * scale), objective is noted.model.weights
            noted.announced(weight=value if weights else cap or 0, cost=None if weights else value)
    process.wait()
    return lines


def _announced(line):
    searched = SEARCH.match(line)
    found = searched.group(2) if searched and searched.group(1) else None
    if not searched and (heuristic := HEURISTIC.match(line)):
        found = heuristic.group(1)
    return _number(found) if found else None


def _last_bound(log):
    for line in reversed(log):
        if match := ENDED.search(line):
            return _number(match.group(2))
        if match := SEARCH.match(line):
            return _number(match.group(3))
    return 0.0


def _number(text) -> float:
    try:
        number = float(text)
    except ValueError:
        return 0.0
    return number if math.isfinite(number) else 0.0


def _write_start(noted, path, plan):
    values = highs.values(noted, plan).col_value
    path.write_text("".join(f"{at} c{at} {value}\n" for at, value in enumerate(values) if value))


def _read(model, path):
    """The plan in a solution file, if there is one."""
    if not path.exists():
        return None
    head, *lines = path.read_text().splitlines()
    if "objective value" not in head:
        return None
    values = [0.0] * len(model.upper)
    for line in lines:
        words = line.replace("**", " ").split()
        values[int(words[1][1:])] = float(words[2])
    return model.plan(values)
