"""gpu-place itself: the program as users run it, and a trace of the same road with a clock beside it."""
import json
import os
import subprocess
import tempfile
import time
from pathlib import Path


def version(binary) -> str:
    return subprocess.run([binary, "--version"], capture_output=True, text=True, check=True).stdout.strip()


def run(binary, instance, seconds, checker):
    """Time, memory and plan of one run of the program, from its start to its end, reading and verifying included."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "plan.json"
        command = [binary, "plan", instance.fleet, "--snapshot", instance.snapshot, "--json", "--time-limit", f"{seconds:g}s"]
        with open(path, "w") as out, open(Path(folder) / "log", "w+") as log:
            start = time.perf_counter()
            process = subprocess.Popen([str(word) for word in command], stdout=out, stderr=log)
            _, status, usage = os.wait4(process.pid, 0)
            took = time.perf_counter() - start
            log.seek(0)
            said = log.read()
        text = path.read_text()
        if not text.startswith("{"):
            raise SystemExit(f"{' '.join(map(str, command))} gave no plan (exit {os.waitstatus_to_exitcode(status)}): {said}")
        return {"seconds": took, "memory": usage.ru_maxrss, "text": text, "complaints": _examine(checker, instance, path)}


def _examine(checker, instance, plan):
    """What an independent checker says against the plan."""
    if checker is None:
        return []
    answer = subprocess.run(["python3", checker, instance.snapshot, instance.fleet, plan], capture_output=True, text=True)
    return [] if answer.returncode == 0 else (answer.stdout + answer.stderr).strip().splitlines()


def trace(tool, instance, seconds):
    """When which plan and which bound was known."""
    command = [tool, "trace", instance.snapshot, instance.fleet, "--seconds", f"{seconds:g}"]
    answer = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=True)
    return json.loads(answer.stdout)["events"]


def read(problem, text):
    """The plan as options of the problem, its bounds in integers, and whether it is proved."""
    document = json.loads(text, parse_float=str)
    where = problem.option_at()
    plan = {}
    for placed in document["placements"]:
        ix = where[placed["vm"], placed["host_id"], placed["gpu"]]
        plan[ix] = plan.get(ix, 0) + 1
    goal = document["objective"] or {}
    return {
        "plan": plan,
        "proved": document["status"] in ("optimal", "infeasible"),
        "weight_bound": goal.get("unplaced_weight_bound", 0),
        "cost_bound": _nanos(goal.get("lower_bound_per_hr", "0")),
    }


def _nanos(dollars) -> int:
    whole, _, rest = str(dollars).partition(".")
    return int(whole) * 10**9 + int((rest + "0" * 9)[:9])
