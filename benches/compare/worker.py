"""One solver on one problem in a process of its own, so that its memory can be told: worker.py SOLVER PROBLEM SECONDS THREADS"""
import importlib
import json
import os
import sys

from problem import Problem


def main():
    solver, path, seconds, threads = sys.argv[1:]
    # Solvers print to standard output as they like; the result alone belongs there.
    with os.fdopen(os.dup(1), "w") as out:
        os.dup2(2, 1)
        json.dump(importlib.import_module(solver).run(Problem(path), float(seconds), int(threads)), out)


if __name__ == "__main__":
    main()
