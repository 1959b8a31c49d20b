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
    hosts: int = 0
    vms: int = 0
    requests: int = 0
    recipe: tuple = ()

    def ready(self):
        """Makes the market, if it is a made-up one."""
        if self.recipe:
            subprocess.run(self.recipe, check=True)


def recorded(folder, name, market=None, peers=Instance.peers):
    base = FIXTURES / folder
    return Instance(name, base / f"{market or name}.snapshot.json.zst", base / f"{name}.fleet.toml", peers)


def made(tool, folder, hosts, vms, requests, supply, seed=1, peers=Instance.peers):
    name = f"{hosts}x{vms}-{supply}-{requests}"
    out = folder / name
    sizes = ["--hosts", hosts, "--vms", vms, "--requests", requests, "--supply", supply, "--seed", seed]
    recipe = tuple(str(word) for word in [tool, "market", *sizes, out])
    return Instance(name, Path(f"{out}.snapshot.json"), Path(f"{out}.fleet.json"), peers, hosts, vms, requests, recipe)


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
    scarce = ["100x120-s11", "100x120-s12", "200x200-s11", "200x200-s12", "500x300-s11", "1000x200-s11", "2000x400-s11"]
    traced = ["100x100-scarce", "300x300-scarce", "300x300-ample", "1213x1000-scarce", "1213x1000-ample"]
    listed = ["vast-409-small", "vast-409-medium", "vast-409-scarce"]
    known = ["triplet-60-yes-s1", "exact-40+20-s1"]
    shapes = [(100, 120, 40, "scarce"), (1000, 400, 60, "scarce"), (1000, 400, 60, "ample"), (2000, 400, 60, "ample")]
    return [
        *(recorded("synth-scarce", name) for name in scarce),
        *(recorded("fleet-alibaba", name) for name in traced),
        *(recorded("fleet-vast", name, "vast-409") for name in listed),
        *(recorded("known-optimum", name) for name in known),
        *(made(tool, folder, *shape) for shape in shapes),
        *large(tool, folder),
    ]


def large(tool, folder):
    """What is large for the others: HiGHS alone tries."""
    one = ("highs",)
    return [
        recorded("fleet-alibaba", "1213x3000-scarce", peers=one),
        recorded("fleet-alibaba", "1213x3000-ample", peers=one),
        made(tool, folder, 10_000, 1_000, 60, "ample", peers=one),
        made(tool, folder, 10_000, 1_000, 60, "scarce", peers=one),
    ]


def growing(tool, folder):
    """Ours alone: more and more hosts for the same VMs, more and more VMs for the same hosts, and all of it, with tens of different
    VMs and with thousands."""
    hosts = [(hosts, 1_000, 60) for hosts in (1_000, 3_000, 10_000, 30_000, 100_000)]
    vms = [(10_000, vms, 60) for vms in (100, 300, 3_000, 10_000)]
    both = [(10_000, 1_000, 1_000), (100_000, 10_000, 60), (100_000, 10_000, 5_000)]
    return [made(tool, folder, *shape, "ample", peers=()) for shape in hosts + vms + both]
