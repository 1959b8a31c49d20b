"""What is compared: recorded markets of the repository, and markets made up from a seed."""
import subprocess
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FIXTURES = ROOT / "fixtures"


@dataclass(frozen=True)
class Instance:
    """A market and a fleet. `peers` tells which solvers try it; the largest markets are beyond them."""

    name: str
    snapshot: Path
    fleet: Path
    peers: tuple = ("highs", "cpsat", "cbc")


def recorded(folder, name, market=None, peers=Instance.peers):
    base = FIXTURES / folder
    return Instance(name, base / f"{market or name}.snapshot.json.zst", base / f"{name}.fleet.toml", peers)


def made(tool, folder, hosts, vms, requests, supply, seed=1, peers=Instance.peers):
    name = f"{hosts}x{vms}-{supply}-{requests}"
    out = folder / name
    sizes = ["--hosts", hosts, "--vms", vms, "--requests", requests, "--supply", supply, "--seed", seed]
    subprocess.run([str(word) for word in [tool, "market", *sizes, out]], check=True)
    return Instance(name, Path(f"{out}.snapshot.json"), Path(f"{out}.fleet.json"), peers)


def quick(tool, folder):
    return [
        recorded("synth-scarce", "100x120-s11"),
        recorded("synth-scarce", "200x200-s12"),
        recorded("fleet-alibaba", "100x100-scarce"),
        recorded("fleet-vast", "vast-409-medium", "vast-409"),
        made(tool, folder, 100, 120, 40, "scarce"),
        made(tool, folder, 1000, 200, 60, "ample"),
    ]


def full(tool, folder):
    small = [
        recorded("synth-scarce", "100x120-s11"),
        recorded("synth-scarce", "200x200-s11"),
        recorded("synth-scarce", "500x300-s11"),
        recorded("synth-scarce", "1000x200-s11"),
        recorded("synth-scarce", "2000x400-s11"),
        recorded("fleet-alibaba", "100x100-scarce"),
        recorded("fleet-alibaba", "300x300-scarce"),
        recorded("fleet-alibaba", "300x300-ample"),
        recorded("fleet-vast", "vast-409-medium", "vast-409"),
        recorded("fleet-vast", "vast-409-scarce", "vast-409"),
    ]
    shapes = [(100, 120, 40, "scarce"), (1000, 400, 60, "scarce"), (1000, 400, 60, "ample"), (2000, 400, 60, "ample")]
    return small + [made(tool, folder, *shape) for shape in shapes] + large(tool, folder)


def large(tool, folder):
    one, none = ("highs",), ()
    return [
        recorded("fleet-alibaba", "1213x3000-scarce", peers=one),
        made(tool, folder, 10_000, 1_000, 60, "ample", peers=one),
        made(tool, folder, 10_000, 1_000, 60, "scarce", peers=one),
        made(tool, folder, 10_000, 1_000, 1_000, "ample", peers=none),
        made(tool, folder, 100_000, 10_000, 60, "ample", peers=none),
    ]
