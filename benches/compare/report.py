"""The table and the chart of a comparison."""
import importlib
import json
import math
import os
import platform
import sys
from datetime import UTC, datetime
from pathlib import Path

COLOURS = {"gpu-place": "#0b6e4f", "highs": "#b5502d", "cpsat": "#3b5b92", "cbc": "#8a6d1d"}
NAMES = {"gpu-place": "gpu-place", "highs": "HiGHS", "cpsat": "CP-SAT", "cbc": "CBC"}
COLUMNS = ["instance", "solver", "first plan", "within 0.1 %", "proof", "left out", "at least", "cost $/h", "bound $/h", "memory MB"]


def table(results) -> str:
    """One line for each solver on each instance, in Markdown; times are seconds."""
    lines = [line(COLUMNS), line(["---"] * 2 + ["---:"] * (len(COLUMNS) - 2))]
    for result in results:
        target = best_known(result)
        for at, row in enumerate(result["rows"]):
            lines.append(line([result["instance"] if at == 0 else "", NAMES[row["solver"]], *figures(row, target)]))
        greedy = result["first_fit"]["size"]
        lines.append(line(["", "first fit", "", "", "", greedy["weight"], "", dollars(greedy["cost"]), "", ""]))
    return "\n".join(lines)


def line(cells) -> str:
    return "| " + " | ".join(str(cell) for cell in cells) + " |"


def best_known(result):
    """The least weight that any solver left out, and the best bound on the cost at that weight."""
    weights = [row["weight"] for row in result["rows"] if row["weight"] is not None]
    if not weights:
        return None
    weight = min(weights)
    return weight, max(row["cost_bound"] for row in result["rows"] if row["weight"] == weight)


def figures(row, target):
    return [
        seconds(median_time(row, lambda event: True)),
        seconds(median_time(row, lambda event: target is not None and close(event, target))),
        seconds(row["seconds"]) if row["proved"] else f"> {seconds(row['seconds'])}",
        "-" if row["weight"] is None else row["weight"],
        row["weight_bound"],
        "-" if row["cost"] is None else dollars(row["cost"]),
        dollars(row["cost_bound"]),
        f"{row['memory'] / 1024:.0f}",
    ]


def close(event, target) -> bool:
    """Whether a plan leaves out no more than need be, and costs at most 0.1 % more than the bound."""
    weight, bound = target
    return event["weight"] == weight and event["cost"] is not None and event["cost"] - bound <= event["cost"] / 1000


def median_time(row, wanted):
    times = sorted(next((e["at"] for e in events if wanted(e)), math.inf) for events in row["histories"])
    return times[len(times) // 2]


def seconds(value) -> str:
    return "-" if math.isinf(value) else f"{value:.3f}" if value < 10 else f"{value:.1f}"


def dollars(nanos) -> str:
    return f"{nanos / 1e9:.5f}"


def chart(results) -> str:
    """Time to proof on a logarithmic scale: a full dot is a proof, a ring the time after which a solver gave up."""
    rows, left, width, step = len(results), 190, 620, 26
    times = [row["seconds"] for result in results for row in result["rows"]]
    low, high = math.floor(math.log10(min(times))), math.ceil(math.log10(max(times)))
    across = lambda value: left + width * (math.log10(value) - low) / max(1, high - low)
    height = 70 + rows * step
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + width + 40}" height="{height}" font-family="sans-serif" font-size="12">',
        f'<rect width="100%" height="100%" fill="white"/>',
    ]
    for power in range(low, high + 1):
        x = across(10.0**power)
        parts.append(f'<line x1="{x:.1f}" y1="34" x2="{x:.1f}" y2="{height - 28}" stroke="#ddd"/>')
        parts.append(f'<text x="{x:.1f}" y="{height - 10}" text-anchor="middle">{10.0**power:g} s</text>')
    for at, solver in enumerate(NAMES):
        parts.append(f'<circle cx="{left + at * 110}" cy="16" r="5" fill="{COLOURS[solver]}"/>')
        parts.append(f'<text x="{left + 10 + at * 110}" y="20">{NAMES[solver]}</text>')
    for at, result in enumerate(results):
        y = 46 + at * step
        parts.append(f'<text x="{left - 12}" y="{y + 4}" text-anchor="end">{result["instance"]}</text>')
        parts.append(f'<line x1="{left}" y1="{y}" x2="{left + width}" y2="{y}" stroke="#eee"/>')
        for row in reversed(result["rows"]):
            colour = COLOURS[row["solver"]]
            fill = colour if row["proved"] else "white"
            parts.append(f'<circle cx="{across(row["seconds"]):.1f}" cy="{y}" r="5" fill="{fill}" stroke="{colour}" stroke-width="2"/>')
    return "\n".join([*parts, "</svg>", ""])


def ratios(results) -> str:
    """How much faster than the fastest peer the proof is, as a geometric mean over the instances that both proved."""
    logs = []
    for result in results:
        ours, *others = result["rows"]
        proofs = [row["seconds"] for row in others if row["proved"]]
        if ours["proved"] and proofs:
            logs.append(math.log(min(proofs) / ours["seconds"]))
    if not logs:
        return "No instance was proved by both sides."
    mean, worst = math.exp(sum(logs) / len(logs)), math.exp(min(logs))
    return (
        f"Against the fastest of the others on each of the {len(logs)} instances that both proved, gpu-place needs "
        f"1/{mean:.1f} of the time (geometric mean; {worst:.2f} times as fast at worst)."
    )


def write(folder: Path, results, binary, limit):
    """comparison.md and comparison.svg, with all that is needed to repeat them; comparison.json for further reading."""
    import ours

    folder.mkdir(parents=True, exist_ok=True)
    versions = [ours.version(binary), *(importlib.import_module(solver).version() for solver in ("highs", "cpsat", "cbc"))]
    text = f"""# Comparison with general solvers

{ratios(results)}

- **When, where**: {datetime.now(UTC):%Y-%m-%d}, {machine()}
- **What**: {", ".join(versions)}; two threads each, at most {limit:g} s for each solver and instance
- **Command**: `python3 benches/compare/compare.py{"".join(f" {word}" for word in shown_arguments())}`

Times are seconds, medians of several runs where a run is short. Those of gpu-place run from the start of the program to its end:
reading the snapshot, judging all hosts and verifying the plan are in them. Those of the others begin when the integer model, stated
ready for them, is in memory. `>` means that nothing was proved in that time. `left out` is the weight of the VMs not placed, and
`at least` what the solver proved of it. `first fit` is first-fit decreasing. 0.1 % is measured against the best bound of all.

![Time to proof](comparison.svg)

{table(results)}
"""
    (folder / "comparison.md").write_text(text)
    (folder / "comparison.svg").write_text(chart(results))
    (folder / "comparison.json").write_text(json.dumps(results, indent=1) + "\n")


def shown_arguments():
    """The arguments of this run, without the paths of this machine."""
    return [Path(word).name if "/" in word else word for word in sys.argv[1:]]


def machine() -> str:
    model = platform.processor() or platform.machine()
    for line in Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else ():
        if line.startswith("model name"):
            model = line.split(":", 1)[1].strip()
            break
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{os.cpu_count()} cores of {model}, {memory:.0f} GiB, {platform.system()} {platform.machine()}, Python {platform.python_version()}"
