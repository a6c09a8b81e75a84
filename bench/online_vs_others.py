#!/usr/bin/env python3
"""Learning from a drifting stream of rare events: Lepton, River and Vowpal Wabbit on the same records.

    bench/online_vs_others.py [--bench build/release/bin/bench_kernels] [--rows 100000]

Each row is scored before it is learned from. Needs numpy, river and vowpalwabbit (all on PyPI) in the Python that runs it. Rates
are rows in a second of CPU time; reading and preparing the records is not counted for anybody.
"""
import argparse
import json
import os
import subprocess
import tempfile
import time

import numpy as np

FEATURES = 20


def records(rows, seed=7):
    """3 % positives by a rule with interactions, features of different sizes; the rule changes at 40 % and 70 %."""
    random = np.random.default_rng(seed)
    z = random.standard_normal((rows, FEATURES))
    part = np.digitize(np.arange(rows) / rows, [0.4, 0.7])
    logit = np.full(rows, -5.2)
    for p in range(3):
        of = part == p
        weights = random.standard_normal(FEATURES) * 0.5
        a, b, c, d = random.choice(FEATURES, 4, replace=False)
        logit[of] += z[of] @ weights + 0.9 * z[of, a] * z[of, b] - 0.9 * z[of, c] * z[of, d]
    labels = random.random(rows) < 1 / (1 + np.exp(-logit))
    x = z * np.exp(random.standard_normal(FEATURES)) + random.standard_normal(FEATURES)
    return x.astype(np.float32), labels.astype(np.float32)


def auc(scores, labels):
    order = np.argsort(scores, kind="stable")
    ranks = np.empty(len(scores))
    ranks[order] = np.arange(1, len(scores) + 1)
    positives = labels.sum()
    return (ranks[labels == 1].sum() - positives * (positives + 1) / 2) / (positives * (len(labels) - positives))


def of_lepton(bench, path, name):
    out = subprocess.run([bench, f"--benchmark_filter=^{name}$", "--benchmark_format=json"], check=True, capture_output=True,
                         text=True, env={**os.environ, "LEPTON_BENCH_STREAM": path}).stdout
    found = json.loads(out)["benchmarks"][0]
    return found["auc"], found["items_per_second"]


def of_river(make, x, labels):
    rows = [dict(enumerate(row)) for row in x.tolist()]
    targets = labels.astype(bool).tolist()
    model, scores = make(), np.zeros(len(rows))
    start = time.process_time()
    for i, (row, target) in enumerate(zip(rows, targets)):
        scores[i] = model.predict_proba_one(row).get(True, 0.0)
        model.learn_one(row, target)
    return auc(scores, labels), len(rows) / (time.process_time() - start)


def of_vw(arguments, x, labels):
    """Examples are parsed beforehand, so that its text format costs nothing here."""
    from vowpalwabbit import pyvw
    vw = pyvw.Workspace(f"--quiet --loss_function logistic --link logistic {arguments}")
    examples = [vw.example(f"{1 if y else -1} | " + " ".join(f"f{j}:{v:.7g}" for j, v in enumerate(row)))
                for row, y in zip(x, labels)]
    scores = np.zeros(len(x))
    start = time.process_time()
    for i, example in enumerate(examples):
        vw.learn(example)  # VW scores before it learns, too
        scores[i] = example.get_simplelabel_prediction()
    return auc(scores, labels), len(x) / (time.process_time() - start)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bench", default="build/release/bin/bench_kernels")
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=7, help="another one makes another stream")
    options = parser.parse_args()
    x, labels = records(options.rows, options.seed)
    print(f"{options.rows:,} rows, {labels.mean():.2%} positive\n\n| learner | progressive AUC | rows/s |\n|---|---|---|")

    def show(name, result):
        print(f"| {name} | {result[0]:.4f} | {result[1]:,.0f} |", flush=True)

    with tempfile.NamedTemporaryFile() as file:
        file.write(np.column_stack([x, labels]).astype(np.float32).tobytes())
        file.flush()
        show("Lepton, logistic (FTRL)", of_lepton(options.bench, file.name, "logistic"))
        show("Lepton, network 20-32-16-1 with replay", of_lepton(options.bench, file.name, "network"))
    from river import linear_model, optim, preprocessing, tree
    river = {
        "logistic regression": lambda: preprocessing.StandardScaler() | linear_model.LogisticRegression(optim.SGD(0.01)),
        "logistic regression, Adam": lambda: preprocessing.StandardScaler() | linear_model.LogisticRegression(optim.Adam(0.01)),
        "Hoeffding adaptive tree": lambda: tree.HoeffdingAdaptiveTreeClassifier(seed=1),
    }
    for name, make in river.items():
        show(f"River, {name}", of_river(make, x, labels))
    for name, arguments in {"logistic": "", "logistic, interactions": "-q ::", "network": "--nn 16"}.items():
        show(f"Vowpal Wabbit, {name}", of_vw(arguments, x, labels))


if __name__ == "__main__":
    main()
