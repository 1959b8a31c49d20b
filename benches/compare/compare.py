#!/usr/bin/env python3
"""Compares gpu-place with HiGHS, CP-SAT and CBC on the same problems, and writes a table and a chart.

One command does it all: it makes a virtual environment with the pinned packages, builds the program, makes the markets, runs every
solver in turn with two threads, checks every plan, and writes comparison.md and comparison.svg. With --quick it takes less than a
minute once built, compares with HiGHS and first-fit decreasing alone, and fails if gpu-place is worse than they.
"""
import argparse
import json
import os
import statistics
import subprocess
import sys
import threading
import time
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
WORK = ROOT / "target" / "compare"
HERE = Path(__file__).resolve().parent
THREADS = 2
# A run that takes less than this part of the limit is repeated, for a median; longer ones vary less than they cost.
REPEATED = 0.2
# No run gets less than this many seconds.
LEAST = 2.0
# A run is given up when it takes so many times its limit and a little: building the model is not under the limit.
GIVEN_UP = 1.5


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a minute, HiGHS alone, and a verdict")
    parser.add_argument("--binary", type=Path, help="a built gpu-place (default: build it)")
    parser.add_argument("--tool", type=Path, help="a built gpu-place-bench (default: build it)")
    parser.add_argument("--checker", type=Path, help="a further program that checks SNAPSHOT FLEET PLAN")
    parser.add_argument("--minutes", type=float, default=14, help="how long all of it may take once built (14)")
    parser.add_argument("--only", action="append", default=[], help="instances whose name contains this")
    parser.add_argument("--seconds", type=float, help="limit for each solver and instance (default: 10, quick: 5)")
    parser.add_argument("--repeats", type=int, default=3, help="runs of what is short")
    parser.add_argument("--out", type=Path, help="where the table and the chart go (default: benches/results, quick: nowhere)")
    return parser.parse_args()


def in_environment():
    """Makes sure that this runs where the pinned packages are."""
    home = WORK / "venv"
    python = home / "bin" / "python"
    if Path(sys.prefix).resolve() == home.resolve():
        return
    wanted = (HERE / "requirements.txt").read_text()
    stamp = home / "installed.txt"
    if not stamp.exists() or stamp.read_text() != wanted:
        venv.create(home, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", "-r", HERE / "requirements.txt"], check=True)
        stamp.write_text(wanted)
    os.execv(python, [str(python), *sys.argv])


def build(args):
    """The program and the tool, built from this tree unless they were given."""
    if not (args.binary and args.tool):
        command = ["cargo", "build", "--release", "--quiet", "--locked"]
        for what in (["-p", "gpu-place"], ["--workspace", "--example", "gpu-place-bench"]):
            subprocess.run([*command, *what], cwd=ROOT, check=True)
    built = ROOT / "target" / "release"
    return (args.binary or built / "gpu-place").resolve(), (args.tool or built / "examples" / "gpu-place-bench").resolve()


class Budget:
    """Shares the time of the whole comparison among the runs that are still to come."""

    def __init__(self, args, runs):
        self.most = args.seconds
        self.ends = time.monotonic() + 60 * args.minutes
        self.runs = runs

    def next(self) -> float:
        """The limit of the next run: as asked, unless those that come after it would be left without."""
        fair = (self.ends - time.monotonic()) / max(1, self.runs)
        self.runs -= 1
        return round(max(LEAST, min(self.most, fair)), 1)


def repeated(args, run, seconds):
    """All runs of one solver on one instance: one, or several for a median where it is short."""
    runs = [run(seconds)]
    while len(runs) < args.repeats and runs[0]["seconds"] < REPEATED * seconds:
        runs.append(run(seconds))
    return runs


def peer(solver, stated, seconds):
    """One run of a peer in a process of its own. One that fails, or does not heed its limit, has no plan."""
    command = [sys.executable, str(HERE / "worker.py"), solver, str(stated), str(seconds), str(THREADS)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    watchdog = threading.Timer(GIVEN_UP * seconds + 20, process.kill)
    watchdog.start()
    text = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    watchdog.cancel()
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        print(f"  {solver} ended with {process.returncode}", file=sys.stderr)
        done = {"events": [], "seconds": seconds, "plan": None, "weight_bound": 0, "cost_bound": 0, "proved": False}
        return done | {"memory": usage.ru_maxrss}
    return json.loads(text) | {"memory": usage.ru_maxrss}


def verified(args, problem, instance, plan, binary, tool):
    """What is wrong with a peer's plan: its integers are added up again, and the plan they stand for is verified like ours."""
    found = problem.check(plan)
    if found:
        return found
    choice, document = WORK / "choice.json", WORK / "plan.json"
    choice.write_text(json.dumps(sorted(plan.items())))
    with open(document, "w") as out:
        subprocess.run([str(w) for w in [tool, "plan", instance.snapshot, instance.fleet, choice]], stdout=out, check=True)
    return ours.examine(binary, args.checker, instance, document)


def plan_of(run):
    return None if run["plan"] is None else {int(ix): copies for ix, copies in run["plan"]}


def row(problem, name, runs, complaints, limit):
    """What the table says of one solver on one instance; its plan is that of the first run, times are medians."""
    first = runs[0]
    plan = plan_of(first)
    totals = None if plan is None else problem.totals(plan)
    return {
        "solver": name,
        "weight": totals.weight if totals else None,
        "cost": totals.cost if totals else None,
        "weight_bound": first["weight_bound"],
        "cost_bound": first["cost_bound"],
        "proved": all(run["proved"] for run in runs),
        "seconds": statistics.median(run["seconds"] for run in runs),
        "runs": len(runs),
        "memory": max(run["memory"] for run in runs),
        "histories": [run["events"] for run in runs],
        "limit": limit,
        "complaints": list(complaints),
    }


def our_row(args, problem, instance, binary, tool, seconds):
    def run(limit):
        done = ours.run(binary, instance, limit, args.checker)
        return done | ours.read(problem, done["text"])

    runs = repeated(args, run, seconds)
    traced = ours.trace(tool, instance, seconds) if runs[0]["plan"] is not None else []
    known = [{"at": e["at"], "weight": e["unplaced_weight"], "cost": e["cost"]} for e in traced if e["cost"] is not None]
    for each in runs:
        last = []
        if each["plan"] is not None:
            totals = problem.totals(each["plan"])
            last = [{"at": each["seconds"], "weight": totals.weight, "cost": totals.cost}]
            each["plan"] = sorted(each["plan"].items())
        each["events"] = known + last
    plan = plan_of(runs[0])
    broken = problem.check(plan) if plan is not None else []
    return row(problem, "gpu-place", runs, runs[0]["complaints"] + broken, seconds)


def peer_row(args, problem, instance, binary, tool, solver, stated, seconds):
    runs = repeated(args, lambda limit: peer(solver, stated, limit), seconds)
    plan = plan_of(runs[0])
    complaints = [] if plan is None else verified(args, problem, instance, plan, binary, tool)
    return row(problem, solver, runs, complaints, seconds)


def compare(args, instance, binary, tool, budget):
    """All solvers on one instance, and what the greedy plans leave out."""
    instance.ready()
    stated = WORK / f"{instance.name}.problem.json"
    with open(stated, "w") as out:
        subprocess.run([str(w) for w in [tool, "problem", instance.snapshot, instance.fleet]], stdout=out, check=True)
    problem = Problem(stated)
    rows = [our_row(args, problem, instance, binary, tool, budget.next())]
    for solver in peers(args, instance):
        rows.append(peer_row(args, problem, instance, binary, tool, solver, stated, budget.next()))
    stated.unlink()
    for each in rows:
        note = "proved" if each["proved"] else "not proved"
        print(f"  {each['solver']}: {note}, {each['seconds']:.3f} s, {each['weight']} {each['cost']}", file=sys.stderr)
    greedy = {name: problem.totals(problem.first_fit(by_weight)) for name, by_weight in [("size", False), ("weight", True)]}
    return {
        "instance": instance.name,
        "hosts": len(problem.hosts),
        "vms": problem.copies,
        "requests": len(problem.demands),
        "options": len(problem.options),
        "first_fit": {name: {"weight": t.weight, "cost": t.cost} for name, t in greedy.items()},
        "rows": rows,
    }


def peers(args, instance):
    return instance.peers[:1] if args.quick else instance.peers


def grow(args, instance, binary, budget):
    """Ours alone on one of a row of growing markets."""
    instance.ready()
    done = ours.run(binary, instance, 6 * budget.next(), None)
    plan = ours.document(done["text"])
    print(f"  {plan['status']}, {done['seconds']:.3f} s, gap {plan['gap']}", file=sys.stderr)
    return {
        "instance": instance.name,
        "hosts": instance.hosts,
        "vms": instance.vms,
        "requests": instance.requests,
        "seconds": done["seconds"],
        "memory": done["memory"],
        "complaints": done["complaints"],
    } | plan


def faults(result):
    """Why the quick form fails on an instance."""
    ours, *others = result["rows"]
    found = [f"{row['solver']}: {complaint}" for row in result["rows"] for complaint in row["complaints"]]
    if ours["weight"] is not None and ours["weight"] > result["first_fit"]["size"]["weight"]:
        found.append(f"leaves out {ours['weight']}, first-fit decreasing {result['first_fit']['size']['weight']}")
    for other in others:
        if other["proved"] and (not ours["proved"] or ours["seconds"] > other["seconds"]):
            found.append(f"{ours['seconds']:.3f} s{'' if ours['proved'] else ' without proof'}, {other['solver']} {other['seconds']:.3f} s")
        if other["weight"] is not None and ours["weight"] is not None and (ours["weight"], ours["cost"]) > (other["weight"], other["cost"]):
            found.append(f"{other['solver']} found a better plan")
    return found


def main():
    args = arguments()
    WORK.mkdir(parents=True, exist_ok=True)
    args.seconds = args.seconds or (5.0 if args.quick else 10.0)
    args.out = args.out or (None if args.quick else ROOT / "benches" / "results")
    binary, tool = build(args)
    wanted = lambda instance: not args.only or any(part in instance.name for part in args.only)
    chosen = [each for each in (instances.quick if args.quick else instances.full)(tool, WORK) if wanted(each)]
    growing = [] if args.quick else [each for each in instances.growing(tool, WORK) if wanted(each)]
    budget = Budget(args, sum(1 + len(peers(args, each)) for each in chosen) + 6 * len(growing))
    results, growth = [], []
    for instance in chosen:
        print(instance.name, file=sys.stderr)
        results.append(compare(args, instance, binary, tool, budget))
    for instance in growing:
        print(instance.name, file=sys.stderr)
        growth.append(grow(args, instance, binary, budget))
        budget.runs -= 5
    print(report.table(results))
    if args.out:
        report.write(args.out, results, growth, binary, args.seconds)
    found = [f"{result['instance']}: {fault}" for result in results for fault in faults(result)]
    broken = [f"{r['instance']}: {c}" for r in results for row in r["rows"] for c in row["complaints"]]
    bad = found if args.quick else broken + [f"{g['instance']}: {c}" for g in growth for c in g["complaints"]]
    print("\n".join(bad), file=sys.stderr)
    return 1 if bad else 0


if __name__ == "__main__":
    in_environment()
    import instances
    import ours
    import report
    from problem import Problem

    sys.exit(main())
