#!/usr/bin/env python3
"""Trains the models that the shipped configurations use, from JSON lines that Lepton's generator wrote.

    train_demo_models.py cards.jsonl   configs/models/fraud_demo.onnx   --kind cards
    train_demo_models.py sensors.jsonl configs/models/traffic_demo.onnx --kind traffic

The input has one record a line, as a `generator` source gives them to a `file` sink with the format json:

  cards    amount, ts, f (28 numbers), is_fraud
  traffic  speed, limit, flow, occupancy, ts, congested

The features are computed as `derive` does in the configurations (see FEATURES), so that a model sees the same numbers
here and there. The model is a perceptron (30-64-32-1 for cards, 4-32-16-1 for traffic; ReLU, sigmoid), trained with Adam
(Kingma and Ba, 2015) on the first 80 % of the records; the last 20 % say how good it is. The input's mean and deviation
are part of the file (Sub, Div). The same input and seed give the same model. Needs numpy and nothing else: ONNX files are
written here, field by field.
"""
import argparse
import datetime
import json
import struct
import sys
from pathlib import Path

import numpy as np

HIDDEN = {"cards": (64, 32), "traffic": (32, 16)}
LABEL = {"cards": "is_fraud", "traffic": "congested"}


# ---- features --------------------------------------------------------------------------------------------------------


def hour_of(ts) -> float:
    """hour(ts) / 24 of a timestamp in milliseconds or in RFC 3339."""
    if isinstance(ts, str):
        ts = datetime.datetime.fromisoformat(ts.replace("Z", "+00:00")).timestamp() * 1000
    return (int(ts) // 3_600_000 % 24) / 24.0


def card_features(r: dict) -> list[float]:
    return [*r["f"], np.log(r["amount"]), hour_of(r["ts"])]


def traffic_features(r: dict) -> list[float]:
    limit = r.get("limit")
    limit = 50.0 if limit is None else limit
    return [r["speed"] / max(limit, 1.0), r["flow"] / 100.0, r["occupancy"], hour_of(r["ts"])]


FEATURES = {"cards": card_features, "traffic": traffic_features}


def read(path: Path, kind: str) -> tuple[np.ndarray, np.ndarray]:
    """Features [records, inputs] and labels [records]. Records with a feature that is no finite number are left out."""
    rows, labels = [], []
    with path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            try:
                record = json.loads(line)
                rows.append(FEATURES[kind](record))
                labels.append(float(record[LABEL[kind]]))
            except (ValueError, KeyError, TypeError) as why:
                sys.exit(f"{path}:{number}: not a record of the kind {kind}: {why!r}")
    if len(rows) < 1000:
        sys.exit(f"{path}: {len(rows)} records are too few; give it 1000 or more")
    x, y = np.array(rows, np.float32), np.array(labels, np.float32)
    finite = np.isfinite(x).all(axis=1)
    return x[finite], y[finite]


# ---- training --------------------------------------------------------------------------------------------------------


def sigmoid(z: np.ndarray) -> np.ndarray:
    return 1.0 / (1.0 + np.exp(-np.clip(z, -60, 60)))


class Perceptron:
    """ReLU layers and one sigmoid output. Weights are [inputs, outputs]."""

    def __init__(self, widths: list[int], random: np.random.Generator):
        self.parameters: list[np.ndarray] = []
        for inputs, outputs in zip(widths, widths[1:]):
            scale = np.sqrt(2.0 / inputs)
            self.parameters += [(random.standard_normal((inputs, outputs)) * scale).astype(np.float32),
                                np.zeros(outputs, np.float32)]
        self.first = [np.zeros_like(p) for p in self.parameters]
        self.second = [np.zeros_like(p) for p in self.parameters]
        self.steps = 0

    def layers(self, x: np.ndarray) -> list[np.ndarray]:
        """The input, what each hidden layer gives, and the scores."""
        values = [x]
        pairs = list(zip(self.parameters[::2], self.parameters[1::2]))
        for w, b in pairs[:-1]:
            values.append(np.maximum(values[-1] @ w + b, 0))
        w, b = pairs[-1]
        return [*values, sigmoid(values[-1] @ w + b)]

    def score(self, x: np.ndarray) -> np.ndarray:
        return np.concatenate([self.layers(x[i:i + 65536])[-1][:, 0] for i in range(0, len(x), 65536)])

    def gradients(self, x: np.ndarray, y: np.ndarray) -> list[np.ndarray]:
        """Of the mean cross-entropy."""
        values = self.layers(x)
        delta = (values[-1] - y[:, None]) / len(x)
        found: list[np.ndarray] = []
        for k in range(len(self.parameters) // 2 - 1, -1, -1):
            found = [values[k].T @ delta, delta.sum(axis=0), *found]
            delta = (delta @ self.parameters[2 * k].T) * (values[k] > 0)
        return found

    def step(self, x: np.ndarray, y: np.ndarray, rate: float) -> None:
        self.steps += 1
        for p, g, m, v in zip(self.parameters, self.gradients(x, y), self.first, self.second):
            m += 0.1 * (g - m)
            v += 0.001 * (g * g - v)
            p -= rate * (m / (1 - 0.9**self.steps)) / (np.sqrt(v / (1 - 0.999**self.steps)) + 1e-8)


def train(x: np.ndarray, y: np.ndarray, hidden: tuple[int, ...], epochs: int, seed: int) -> Perceptron:
    random = np.random.default_rng(seed)
    model = Perceptron([x.shape[1], *hidden, 1], random)
    batch = min(1024, max(32, len(x) // 100))
    for epoch in range(epochs):
        # Ends on a tenth of the rate, so that the last steps settle.
        rate = 2e-3 * 0.1 ** (epoch / max(1, epochs - 1))
        order = random.permutation(len(x))
        for at in range(0, len(x), batch):
            model.step(x[order[at:at + batch]], y[order[at:at + batch]], rate)
    return model


def report(y: np.ndarray, scores: np.ndarray) -> str:
    """AUC (rank sum), and precision and recall at 0.5."""
    _, inverse, counts = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[inverse]
    yes, positives = y > 0.5, int((y > 0.5).sum())
    negatives = len(y) - positives
    if not positives or not negatives:
        return "all held-out records have the same label"
    auc = (ranks[yes].sum() - positives * (positives + 1) / 2) / (positives * negatives)
    found = scores > 0.5
    hits = int((found & yes).sum())
    return (f"AUC {auc:.4f}, precision {hits / max(1, int(found.sum())):.3f}, recall {hits / positives:.3f} at 0.5 "
            f"({positives} of {len(y)} are positive)")


# ---- ONNX ------------------------------------------------------------------------------------------------------------


def varint(value: int) -> bytes:
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def integer(field: int, value: int) -> bytes:
    return varint(field << 3) + varint(value)


def block(field: int, value: bytes | str) -> bytes:
    value = value.encode() if isinstance(value, str) else value
    return varint(field << 3 | 2) + varint(len(value)) + value


def tensor(name: str, values: np.ndarray) -> bytes:
    """TensorProto of float32."""
    dims = b"".join(integer(1, d) for d in values.shape)
    return dims + integer(2, 1) + block(8, name) + block(9, values.astype("<f4").tobytes())


def node(op: str, inputs: list[str], output: str) -> bytes:
    """NodeProto without attributes."""
    return b"".join(block(1, i) for i in inputs) + block(2, output) + block(4, op)


def value_info(name: str, width: int) -> bytes:
    """ValueInfoProto of a float32 tensor [N, width]."""
    shape = block(1, block(2, "N")) + block(1, integer(1, width))
    return block(1, name) + block(2, block(1, integer(1, 1) + block(2, shape)))


def onnx_file(model: Perceptron, mean: np.ndarray, deviation: np.ndarray, name: str) -> bytes:
    nodes = [node("Sub", ["features", "mean"], "centered"), node("Div", ["centered", "deviation"], "scaled")]
    constants = [tensor("mean", mean), tensor("deviation", deviation)]
    value, count = "scaled", len(model.parameters) // 2
    for k in range(count):
        constants += [tensor(f"w{k}", model.parameters[2 * k]), tensor(f"b{k}", model.parameters[2 * k + 1])]
        nodes.append(node("Gemm", [value, f"w{k}", f"b{k}"], f"z{k}"))
        value = "score" if k == count - 1 else f"h{k}"
        nodes.append(node("Sigmoid" if k == count - 1 else "Relu", [f"z{k}"], value))
    graph = b"".join(block(1, n) for n in nodes) + block(2, name) + b"".join(block(5, c) for c in constants)
    graph += block(11, value_info("features", len(mean))) + block(12, value_info("score", 1))
    return integer(1, 8) + block(2, "lepton") + block(7, graph) + block(8, block(1, "") + integer(2, 13))


# ---- program ---------------------------------------------------------------------------------------------------------


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("input", type=Path, help="JSON lines")
    options.add_argument("output", type=Path, help="the ONNX file to write")
    options.add_argument("--kind", choices=sorted(FEATURES), required=True)
    options.add_argument("--epochs", type=int, default=20)
    options.add_argument("--seed", type=int, default=7)
    asked = options.parse_args()

    x, y = read(asked.input, asked.kind)
    train_rows = len(x) * 8 // 10
    mean = x[:train_rows].mean(axis=0)
    deviation = np.maximum(x[:train_rows].std(axis=0), 1e-6)
    x = (x - mean) / deviation
    model = train(x[:train_rows], y[:train_rows], HIDDEN[asked.kind], asked.epochs, asked.seed)
    print(f"held out: {report(y[train_rows:], model.score(x[train_rows:]))}")
    asked.output.parent.mkdir(parents=True, exist_ok=True)
    asked.output.write_bytes(onnx_file(model, mean, deviation, f"{asked.kind}_demo"))
    print(f"wrote {asked.output} ({asked.output.stat().st_size} bytes)")


if __name__ == "__main__":
    main()
