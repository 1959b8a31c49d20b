#!/usr/bin/env python3
"""Sets gpu-place beside first-fit decreasing: what is left out where hosts are scarce, and what is paid where they are not.

One command does it all: it makes a virtual environment with the pinned packages, builds the program, plans every instance that an
optima.json below the given folders lists, and prints and writes the tables.
"""
import argparse
import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from compare import ROOT, WORK, build, in_environment


@dataclass(frozen=True)
class Plan:
    """What a plan leaves out and costs, in nano-dollars per hour."""

    left_out: int
    weight: int
    cost: int


@dataclass(frozen=True)
class Row:
    """One instance. Plans by name: `size` and `weight` for the order of first fit, `ours`."""

    name: str
    hosts: int
    vms: int
    plans: dict
    status: str
    weight_bound: int
    gap: float
    seconds: float


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="*", type=Path, default=[ROOT / "fixtures"], help="where to look (default: fixtures)")
    parser.add_argument("--only", action="append", default=[], help="instances whose name contains this")
    parser.add_argument("--seconds", type=float, default=60, help="limit for each instance (60)")
    parser.add_argument("--binary", type=Path, help="a built gpu-place (default: build it)")
    parser.add_argument("--tool", type=Path, help="a built gpu-place-bench (default: build it)")
    parser.add_argument("--out", type=Path, default=ROOT / "benches" / "results" / "first-fit.md", help="where the tables go")
    return parser.parse_args()


def found(args):
    """Every instance that is listed below the folders, by folder and name."""
    listed = sorted(path for folder in args.folders for path in folder.rglob("optima.json"))
    for path in listed:
        for each in json.loads(path.read_text()):
            name = f"{path.parent.name}/{each['instance']}"
            snapshot = path.parent / each["snapshot"]
            if not snapshot.exists():
                snapshot = snapshot.with_name(snapshot.name + ".zst")
            if not args.only or any(part in name for part in args.only):
                yield Instance(name, snapshot, path.parent / each["fleet"])


def row(args, instance, binary, tool):
    """All plans of one instance; none of ours where none exists or none was found."""
    stated = WORK / "first-fit.problem.json"
    with open(stated, "w") as out:
        subprocess.run([str(word) for word in [tool, "problem", instance.snapshot, instance.fleet]], stdout=out, check=True)
    problem = Problem(stated)
    stated.unlink()
    plans = {}
    for name, by_weight in [("size", False), ("weight", True)]:
        plan = problem.first_fit(by_weight)
        totals = problem.totals(plan)
        plans[name] = Plan(problem.copies - sum(plan.values()), totals.weight, totals.cost)
    done = ours.run(binary, instance, args.seconds, None)
    if done["text"] is None:
        return Row(instance.name, len(problem.hosts), problem.copies, plans, "no answer in time", 0, 0, done["seconds"])
    if done["complaints"]:
        raise SystemExit(f"{instance.name}: {done['complaints']}")
    told, read = json.loads(done["text"]), ours.read(problem, done["text"])
    goal = told["objective"] or {}
    if goal:
        totals = problem.totals(read["plan"])
        plans["ours"] = Plan(len(told["unplaced"]), totals.weight, totals.cost)
    bound, gap = goal.get("unplaced_weight_bound", 0), goal.get("gap", 0)
    return Row(instance.name, len(problem.hosts), problem.copies, plans, told["status"], bound, gap, done["seconds"])


def dollars(nanos) -> str:
    return f"{nanos / 1e9:.2f}"


def proof(row) -> str:
    """What is known of our plan."""
    if row.status == "optimal":
        return f"proved, {row.seconds:.1f} s"
    least = f"at least {row.weight_bound}, " if row.plans["ours"].weight > row.weight_bound else ""
    return f"{least}gap {100 * row.gap:.2f} %, {row.seconds:.1f} s"


def scarce_line(row):
    size, weight, mine = (row.plans[name] for name in ("size", "weight", "ours"))
    cells = [row.name, row.hosts, row.vms]
    for plan in (size, weight, mine):
        cells += [plan.left_out, plan.weight, dollars(plan.cost)]
    return [*cells, proof(row)]


def ample_line(row):
    size, mine = row.plans["size"], row.plans["ours"]
    whole = size.left_out == 0
    saved = f"{100 * (size.cost - mine.cost) / max(1, size.cost):.2f} %" if whole else "-"
    cost = dollars(size.cost) if whole else f"{size.left_out} left out"
    return [row.name, row.hosts, row.vms, cost, dollars(mine.cost), saved, proof(row)]


def table(columns, rows) -> str:
    rule = ["---"] + ["---:"] * (len(columns) - 2) + ["---"]
    return "\n".join("| " + " | ".join(map(str, cells)) + " |" for cells in [columns, rule, *rows])


def written(rows) -> str:
    planned = [row for row in rows if "ours" in row.plans]
    scarce = [row for row in planned if row.plans["ours"].left_out]
    ample = [row for row in planned if not row.plans["ours"].left_out]
    none = [f"{row.name} ({row.status})" for row in rows if "ours" not in row.plans]
    kinds = [("first fit", "largest first"), ("first fit", "heaviest first"), ("gpu-place", "")]
    columns = ["instance", "hosts", "VMs"]
    for who, how in kinds:
        columns += [f"{who}{', ' if how else ''}{how}: VMs left out", "weight", "$/h"]
    return f"""# gpu-place beside first-fit decreasing

First-fit decreasing places one VM after the other, the largest first or the heaviest, each on the cheapest host that has room. Ours is
the program as users run it, with its time from start to end; "proved" is that no plan leaves out less weight, and that none which
leaves out as little costs less.

## Where not all VMs can be placed

Fewer VMs cost less, so that costs compare only where as much is left out.

{table([*columns, "ours is"], [scarce_line(row) for row in scarce])}

## Where all VMs can be placed

{table(["instance", "hosts", "VMs", "first fit $/h", "gpu-place $/h", "saved", "ours is"], [ample_line(row) for row in ample])}

Without a plan: {", ".join(none) or "none"}.

{report.machine()}
"""


def main():
    args = arguments()
    WORK.mkdir(parents=True, exist_ok=True)
    binary, tool = build(args)
    rows = []
    for instance in found(args):
        print(instance.name, file=sys.stderr)
        rows.append(row(args, instance, binary, tool))
    text = written(rows)
    args.out.parent.mkdir(parents=True, exist_ok=True)
    args.out.write_text(text)
    print(text)


if __name__ == "__main__":
    in_environment()
    import ours
    import report
    from instances import Instance
    from problem import Problem

    main()
