"""gpu-place itself: the program as users run it, and a trace of the same road with a clock beside it."""
import json
import os
import subprocess
import tempfile
import threading
import time
from pathlib import Path


def version(binary) -> str:
    return subprocess.run([binary, "--version"], capture_output=True, text=True, check=True).stdout.strip()


# A run is given up when it takes so many times its limit and a little: reading and verifying are not under the limit.
GIVEN_UP = 1.5


def run(binary, instance, seconds, checker):
    """Time, memory and plan of one run of the program, from its start to its end, reading and verifying included."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "plan.json"
        command = [binary, "plan", instance.fleet, "--snapshot", instance.snapshot, "--json", "--time-limit", f"{seconds:g}s"]
        with open(path, "w") as out, open(Path(folder) / "log", "w+") as log:
            start = time.perf_counter()
            process = subprocess.Popen([str(word) for word in command], stdout=out, stderr=log)
            watchdog = threading.Timer(GIVEN_UP * seconds + 10, process.kill)
            watchdog.start()
            _, status, usage = os.wait4(process.pid, 0)
            watchdog.cancel()
            took = time.perf_counter() - start
            log.seek(0)
            said = log.read()
        text = path.read_text()
        process.returncode = os.waitstatus_to_exitcode(status)
        done = {"seconds": took, "memory": usage.ru_maxrss, "text": text}
        if not text.startswith("{"):
            return done | {"text": None, "complaints": [f"no plan (exit {process.returncode}) {said}".strip()]}
        return done | {"complaints": examine(binary, checker, instance, path)}


def examine(binary, checker, instance, plan):
    """What is said against a plan by our own examination, and by another checker if there is one."""
    commands = [[binary, "verify", plan, "--snapshot", instance.snapshot, "--fleet", instance.fleet]]
    if checker:
        commands.append(["python3", checker, instance.snapshot, instance.fleet, plan])
    complaints = []
    for command in commands:
        answer = subprocess.run([str(word) for word in command], capture_output=True, text=True)
        if answer.returncode:
            complaints += (answer.stdout + answer.stderr).strip().splitlines()
    return complaints


def document(text):
    """What the chart of growth needs of a plan."""
    if text is None:
        return {"status": "none", "gap": None, "weight": None, "weight_bound": None}
    plan = json.loads(text)
    goal = plan["objective"] or {}
    return {
        "status": plan["status"],
        "gap": goal.get("gap"),
        "weight": goal.get("unplaced_weight"),
        "weight_bound": goal.get("unplaced_weight_bound"),
    }


def trace(tool, instance, seconds):
    """When which plan and which bound was known."""
    command = [tool, "trace", instance.snapshot, instance.fleet, "--seconds", f"{seconds:g}"]
    answer = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=True)
    return json.loads(answer.stdout)["events"]


def read(problem, text):
    """The plan as options of the problem, its bounds in integers, and whether it is proved."""
    if text is None:
        return {"plan": None, "proved": False, "weight_bound": 0, "cost_bound": 0}
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
