#!/usr/bin/env python3
"""Trains 500 trees of depth 6 with XGBoost, then lets `bench_kernels` score the same rows with Lepton and with XGBoost's own
predictor, both on one thread, in one process and in turns, and prints how many times faster Lepton is. Needs xgboost; the
numbers are CPU time, so that other programs on the machine disturb them little.

    trees_vs_xgboost.py [BENCH_KERNELS]   build/release/bin/bench_kernels by default
"""
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import xgboost

ROOT = Path(__file__).resolve().parent.parent
TARGETS = ["generic", "avx2", "avx512"]
REPETITIONS = 7


def train(path: Path) -> float:
    """A fraud-like problem: 30 numbers, two classes, some values missing. Returns the mean number of leaves."""
    rng = np.random.default_rng(1)
    x = rng.normal(size=(20000, 30)).astype(np.float32)
    y = (x[:, 0] * x[:, 1] + np.sin(3 * x[:, 2]) + 0.5 * rng.normal(size=len(x))) > 0
    x[rng.random(x.shape) < 0.02] = np.nan
    booster = xgboost.train({"objective": "binary:logistic", "max_depth": 6, "eta": 0.05, "tree_method": "hist",
                             "min_child_weight": 0, "lambda": 0.1, "nthread": 1, "seed": 1},
                            xgboost.DMatrix(x, y.astype(int), nthread=1), 500)
    booster.save_model(path)
    return float(np.mean([tree.count("leaf=") for tree in booster.get_dump()]))


def measure(bench: str, model: Path) -> dict[str, float]:
    """Median CPU nanoseconds of a call, by the benchmark's name and number of rows."""
    library = next((Path(xgboost.__file__).parent / "lib").glob("libxgboost.*"))
    out = model.with_suffix(".out.json")
    subprocess.run([bench, "--benchmark_filter=trees", "--benchmark_min_time=0.1", f"--benchmark_repetitions={REPETITIONS}",
                    "--benchmark_enable_random_interleaving=true", "--benchmark_report_aggregates_only=true",
                    f"--benchmark_out={out}", "--benchmark_out_format=json"],
                   env={**os.environ, "LEPTON_XGBOOST": str(library), "LEPTON_TREES": str(model), "OMP_NUM_THREADS": "1"},
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
    found = {}
    for run in json.loads(out.read_text())["benchmarks"]:
        if run.get("aggregate_name") == "median" and not run.get("error_occurred"):
            parts = run["run_name"].split("/")
            found[f"{parts[1]} {next(p for p in parts if p.startswith('rows:'))[5:]}"] = run["cpu_time"]
    return found


def main() -> None:
    bench = sys.argv[1] if len(sys.argv) > 1 else str(ROOT / "build/release/bin/bench_kernels")
    with tempfile.TemporaryDirectory() as folder:
        model = Path(folder) / "model.json"
        leaves = train(model)
        times = measure(bench, model)
    print(f"XGBoost {xgboost.__version__}, 500 trees of depth 6 ({leaves:.0f} leaves on average), 30 features, one thread\n")
    print("| rows in a call | XGBoost, in place | XGBoost, DMatrix | " + " | ".join(TARGETS) + " | best against the better XGBoost |")
    print("|---|---|---|" + "---|" * (len(TARGETS) + 1))
    for rows in (1, 32, 256, 1024):
        peers = [times[f"xgboost_in_place {rows}"], times[f"xgboost_matrix {rows}"]]
        own = [times.get(f"trees_{t} {rows}") for t in TARGETS]
        rate = lambda ns: f"{rows / ns * 1e6:,.0f} k" if ns else "-"
        best = min(o for o in own if o)
        print(f"| {rows} | " + " | ".join(rate(t) for t in peers + own) + f" | {min(peers) / best:.1f} x |")


if __name__ == "__main__":
    main()
