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
    """How much faster than the fastest peer ours is, to the proof and to within 0.1 %, as geometric means."""
    proofs = [proof_ratio(result) for result in results]
    near = [near_ratio(result) for result in results]
    return sentence("to the proof", proofs) + "\n" + sentence("to within 0.1 % of the bound", near)


def sentence(what, found) -> str:
    found = [ratio for ratio in found if ratio is not None]
    if not found:
        return f"- {what}: no instance got there on both sides."
    mean = math.exp(sum(math.log(ratio) for ratio in found) / len(found))
    slower = sum(ratio < 1 for ratio in found)
    return (
        f"- {what}: 1/{mean:.1f} of the time of the fastest of the others on each of the {len(found)} instances where both sides got "
        f"there (geometric mean; {min(found):.2f} times as fast at worst, slower on {slower})."
    )


def proof_ratio(result):
    mine, *others = result["rows"]
    proofs = [row["seconds"] for row in others if row["proved"]]
    return min(proofs) / mine["seconds"] if mine["proved"] and proofs else None


def near_ratio(result):
    target = best_known(result)
    if target is None:
        return None
    mine, *others = [median_time(row, lambda event: close(event, target)) for row in result["rows"]]
    fastest = min(others, default=math.inf)
    return None if math.isinf(mine) or math.isinf(fastest) else fastest / mine


def unproved(results) -> str:
    """Where our proof is missing or slower, one line each: what the table does not say by itself."""
    lines = []
    for result in results:
        mine, *others = result["rows"]
        fastest = min((row["seconds"] for row in others if row["proved"]), default=math.inf)
        if mine["proved"] and mine["seconds"] <= fastest:
            continue
        gap = "no plan" if mine["cost"] is None else f"gap {100 * (mine['cost'] - mine['cost_bound']) / max(1, mine['cost']):.3f} %"
        ours = f"{seconds(mine['seconds'])} s" if mine["proved"] else f"not proved in {seconds(mine['limit'])} s ({gap})"
        theirs = "not proved by the others either" if math.isinf(fastest) else f"the fastest other took {seconds(fastest)} s"
        lines.append(f"- {result['instance']}: {ours}; {theirs}.")
    return "\n".join(lines) or "None."


def growth_table(growth) -> str:
    columns = ["hosts", "VMs", "different VMs", "seconds", "status", "gap %", "left out", "at least", "memory MB"]
    lines = [line(columns), line(["---:"] * 4 + ["---"] + ["---:"] * 4)]
    for each in growth:
        gap = "-" if each["gap"] is None else f"{100 * each['gap']:.4f}"
        numbers = [each["hosts"], each["vms"], each["requests"], seconds(each["seconds"]), each["status"], gap]
        left = ["-" if each[key] is None else each[key] for key in ("weight", "weight_bound")]
        lines.append(line([*numbers, *left, f"{each['memory'] / 1024:.0f}"]))
    return "\n".join(lines)


def growth_chart(growth) -> str:
    """Time against hosts at 1,000 VMs, and against VMs at 10,000 hosts, both axes logarithmic, with a line of slope one."""
    tens = [each for each in growth if each["requests"] == 60]
    panels = [
        ("hosts, with 1,000 VMs", [(each["hosts"], each) for each in tens if each["vms"] == 1_000]),
        ("VMs, on 10,000 hosts", sorted(((each["vms"], each) for each in tens if each["hosts"] == 10_000), key=lambda at: at[0])),
    ]
    panels = [(title, points) for title, points in panels if points]
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{max(1, len(panels)) * 420}" height="330" font-family="sans-serif" font-size="12">']
    parts.append('<rect width="100%" height="100%" fill="white"/>')
    for at, (title, points) in enumerate(panels):
        parts += panel(at * 420, title, points)
    return "\n".join([*parts, "</svg>", ""])


def panel(left, title, points):
    times = [each["seconds"] for _, each in points]
    xs = span([x for x, _ in points])
    ys = span(times)
    across = lambda x: left + 60 + 320 * (math.log10(x) - xs[0]) / (xs[1] - xs[0])
    up = lambda y: 280 - 230 * (math.log10(y) - ys[0]) / (ys[1] - ys[0])
    parts = [f'<text x="{left + 60}" y="24" font-weight="bold">Seconds by {title}</text>']
    for power in range(xs[0], xs[1] + 1):
        x = across(10.0**power)
        parts.append(f'<line x1="{x:.1f}" y1="50" x2="{x:.1f}" y2="280" stroke="#ddd"/>')
        parts.append(f'<text x="{x:.1f}" y="300" text-anchor="middle">{10**power:,}</text>')
    for power in range(ys[0], ys[1] + 1):
        y = up(10.0**power)
        parts.append(f'<line x1="{left + 60}" y1="{y:.1f}" x2="{left + 380}" y2="{y:.1f}" stroke="#ddd"/>')
        parts.append(f'<text x="{left + 54}" y="{y + 4:.1f}" text-anchor="end">{10.0**power:g}</text>')
    last_x, last = points[-1]
    first_x = points[0][0]
    start = last["seconds"] * first_x / last_x
    if start >= 10.0 ** ys[0]:
        ends = f'x1="{across(first_x):.1f}" y1="{up(start):.1f}" x2="{across(last_x):.1f}" y2="{up(last["seconds"]):.1f}"'
        parts.append(f'<line {ends} stroke="#999" stroke-dasharray="4 4"/>')
    path = " ".join(f"{across(x):.1f},{up(each['seconds']):.1f}" for x, each in points)
    parts.append(f'<polyline points="{path}" fill="none" stroke="{COLOURS["gpu-place"]}" stroke-width="2"/>')
    for x, each in points:
        fill = COLOURS["gpu-place"] if each["status"] == "optimal" else "white"
        parts.append(
            f'<circle cx="{across(x):.1f}" cy="{up(each["seconds"]):.1f}" r="5" fill="{fill}" stroke="{COLOURS["gpu-place"]}" stroke-width="2"/>'
        )
    return parts


def span(values):
    """The powers of ten around some values, at least one apart."""
    low, high = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))
    return low, max(high, low + 1)


def write(folder: Path, results, growth, binary, limit):
    """comparison.md and its charts, with all that is needed to repeat them; comparison.json for further reading."""
    import ours

    folder.mkdir(parents=True, exist_ok=True)
    versions = [ours.version(binary), *(importlib.import_module(solver).version() for solver in ("highs", "cpsat", "cbc"))]
    text = f"""# Comparison with general solvers

gpu-place needs

{ratios(results)}

What this ran on, and how to run it again:

- **When, where**: {datetime.now(UTC):%Y-%m-%d}, {machine()}, load {os.getloadavg()[2]:.1f}
- **What**: {", ".join(versions)}; two threads each, at most {limit:g} s for each solver and instance
- **Command**: `python3 benches/compare/compare.py{"".join(f" {word}" for word in shown_arguments())}`

![Time to proof](comparison.svg)

{table(results) if results else ""}

Times are seconds, medians of several runs where a run is short. Those of gpu-place run from the start of the program to its end:
reading the snapshot, judging all hosts and verifying the plan are in them. Those of the others begin when the integer model, stated
ready for them, is in memory. `>` means that nothing was proved in that time. `left out` is the weight of the VMs not placed, and
`at least` what the solver proved of it. `first fit` is first-fit decreasing. 0.1 % is measured against the best bound of all.
Every plan, theirs too, went through `gpu-place verify`.

## Where gpu-place is not ahead

{unproved(results)}

## Growth

gpu-place alone, on ample made-up markets; a full dot is a proof, the dashed line is growth in step with the size.

![Growth](growth.svg)

{growth_table(growth) if growth else ""}
"""
    (folder / "comparison.md").write_text(text)
    if results:
        (folder / "comparison.svg").write_text(chart(results))
    if growth:
        (folder / "growth.svg").write_text(growth_chart(growth))
    (folder / "comparison.json").write_text(json.dumps({"results": results, "growth": growth}, indent=1) + "\n")


def shown_arguments():
    """The arguments of this run, without the paths of this machine: what names a file is left out with its flag."""
    shown = []
    for word in sys.argv[1:]:
        if "/" in word:
            shown = shown[:-1] if shown and "=" not in word else shown
        else:
            shown.append(word)
    return shown


def machine() -> str:
    model = platform.processor() or platform.machine()
    for line in Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else ():
        if line.startswith("model name"):
            model = line.split(":", 1)[1].strip()
            break
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{os.cpu_count()} cores of {model}, {memory:.0f} GiB, {platform.system()} {platform.machine()}, Python {platform.python_version()}"
