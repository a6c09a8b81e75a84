#!/usr/bin/python3
"""Writes what PyTorch computes to *.json here, for tests/kernels/train/pytorch_parity_test.cpp.

    tests/data/training/make_fixtures.py

Each file has a network with its first weights, some batches, and what PyTorch gave for them: the loss of each step, the
weights after the last one, and the predictions then. Needs PyTorch (Debian: python3-torch); the tests do not.
"""
import json
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional as F

HERE = Path(__file__).resolve().parent
torch.set_num_threads(1)


class Embedded(nn.Module):
    """The numeric columns, then a row of a table for each categorical one."""

    def __init__(self, features, columns):
        super().__init__()
        self.columns = columns
        self.numeric = [i for i in range(features) if i not in [c["column"] for c in columns]]
        self.tables = nn.ModuleList(nn.Embedding(c["cardinality"], c["dimension"]) for c in columns)

    def forward(self, x):
        looked_up = [t(x[:, c["column"]].long()) for t, c in zip(self.tables, self.columns)]
        return torch.cat([x[:, self.numeric], *looked_up], dim=1)


def make_layer(spec, shape):
    """The module for a layer and the shape after it, without the batch."""
    kind = spec["type"]
    module = {
        "dense": lambda: nn.Linear(shape[0], spec["units"]),
        "conv2d": lambda: nn.Conv2d(shape[0], spec["units"], spec["kernel"], spec["stride"], spec["padding"]),
        "max_pool": lambda: nn.MaxPool2d(spec["kernel"], spec["stride"]),
        "average_pool": lambda: nn.AvgPool2d(spec["kernel"], spec["stride"]),
        "batch_norm": lambda: (nn.BatchNorm2d if len(shape) == 3 else nn.BatchNorm1d)(shape[0]),
        "layer_norm": lambda: nn.LayerNorm(shape[0]),
        "embedding": lambda: Embedded(shape[0], spec["columns"]),
        "relu": nn.ReLU, "gelu": nn.GELU, "tanh": nn.Tanh, "sigmoid": nn.Sigmoid, "flatten": nn.Flatten,
        "log_softmax": lambda: nn.LogSoftmax(dim=1), "softmax": lambda: nn.Softmax(dim=1),
    }[kind]()
    module.eval()
    with torch.no_grad():
        after = module(torch.zeros(1, *shape)).shape[1:]
    return module.train(), tuple(after)


def values_of(module):
    """Lepton's names for the numbers of a layer."""
    if isinstance(module, Embedded):
        return {f"table_{c['column']}": t.weight for t, c in zip(module.tables, module.columns)}
    return {k: v for k, v in module.state_dict().items() if k != "num_batches_tracked"}


def numbers(tensor):
    return [float(f"{x:.9g}") for x in tensor.detach().flatten().tolist()]


def all_values(net):
    return [{k: numbers(v) for k, v in values_of(m).items()} for m in net]


def focal(log_p, gamma):
    return -((1 - log_p.exp()) ** gamma) * log_p


def loss_of(case, net, x, labels, weights):
    """The definitions of Lepton: a mean that is weighted by the rows and by their classes."""
    kind, classes = case["loss"], case.get("class_weights")
    skip = 1 if case["layers"][-1]["type"] in ("sigmoid", "log_softmax", "softmax") and kind != "mean_squared_error" else 0
    z = net[: len(net) - skip](x)
    weights = torch.ones(len(x)) if weights is None else weights
    if kind == "mean_squared_error":
        each = ((z - labels) ** 2).mean(dim=1)
    elif kind == "binary_cross_entropy":
        each = F.binary_cross_entropy_with_logits(z, labels, reduction="none").mean(dim=1)
    elif kind == "cross_entropy":
        each = F.cross_entropy(z, labels.long(), reduction="none")
    else:
        each = focal(F.log_softmax(z, dim=1).gather(1, labels.long()[:, None])[:, 0], case["gamma"])
    if classes:
        weights = weights * torch.tensor(classes)[labels.flatten().long()]
    return (each * weights).sum() / weights.sum()


def make_optimiser(o, parameters):
    return {
        "sgd": lambda: torch.optim.SGD(parameters, o["rate"], momentum=o.get("momentum", 0), nesterov=o.get("nesterov", False),
                                       weight_decay=o.get("weight_decay", 0)),
        "adam": lambda: torch.optim.Adam(parameters, o["rate"], weight_decay=o.get("weight_decay", 0)),
        "adamw": lambda: torch.optim.AdamW(parameters, o["rate"], weight_decay=o.get("weight_decay", 0)),
        "adagrad": lambda: torch.optim.Adagrad(parameters, o["rate"], initial_accumulator_value=o.get("initial", 0), eps=1e-8),
    }[o["kind"]]()


def rows_for(case, count):
    x = torch.randn(count, *case["input"])
    for layer in case["layers"]:
        for c in layer.get("columns", []):
            x[:, c["column"]] = torch.randint(0, c["cardinality"], (count,)).float()
    return x


def labels_for(case, count, outputs):
    if case["loss"] == "mean_squared_error":
        return torch.randn(count, outputs)
    if case["loss"] == "binary_cross_entropy":
        return torch.randint(0, 2, (count, outputs)).float()
    return torch.randint(0, outputs, (count,)).float()


def write(name, case, steps=6, rows=9):
    torch.manual_seed(len(name))
    shape, modules = tuple(case["input"]), []
    for spec in case["layers"]:
        module, shape = make_layer(spec, shape)
        modules.append(module)
    net = nn.Sequential(*modules)
    optimiser = make_optimiser(case["optimiser"], net.parameters())
    case |= {"initial": all_values(net), "steps": []}
    for _ in range(steps):
        x, labels = rows_for(case, rows), labels_for(case, rows, shape[0])
        weights = torch.rand(rows) + 0.5 if case.get("weighted") else None
        optimiser.zero_grad()
        loss = loss_of(case, net, x, labels, weights)
        loss.backward()
        norm = nn.utils.clip_grad_norm_(net.parameters(), case.get("clip_norm") or float("inf"))
        optimiser.step()
        step = {"features": numbers(x), "labels": numbers(labels), "loss": float(loss), "gradient_norm": float(norm)}
        case["steps"].append(step | ({"weights": numbers(weights)} if weights is not None else {}))
    net.eval()
    case |= {"final": all_values(net), "predictions": numbers(net(x))}
    (HERE / f"{name}.json").write_text(json.dumps(case, separators=(",", ":")) + "\n")


def dense(units):
    return {"type": "dense", "units": units}


def plain(kind):
    return {"type": kind}


def conv(units, kernel, stride=1, padding=0):
    return {"type": "conv2d", "units": units, "kernel": kernel, "stride": stride, "padding": padding}


def pool(kind, kernel, stride):
    return {"type": kind, "kernel": kernel, "stride": stride}


write("binary_adam", {
    "input": [10], "layers": [dense(17), plain("relu"), dense(8), plain("tanh"), dense(1), plain("sigmoid")],
    "loss": "binary_cross_entropy", "class_weights": [1.0, 4.0], "weighted": True,
    "optimiser": {"kind": "adam", "rate": 0.01, "weight_decay": 0.01}})
write("classes_adamw", {
    "input": [7], "layers": [dense(20), plain("layer_norm"), plain("gelu"), dense(6), plain("log_softmax")],
    "loss": "cross_entropy", "class_weights": [1.0, 2.0, 0.5, 1.0, 1.0, 3.0], "clip_norm": 0.5,
    "optimiser": {"kind": "adamw", "rate": 0.01, "weight_decay": 0.1}})
write("images_sgd", {
    "input": [3, 9, 8],
    "layers": [conv(6, 3, 1, 1), plain("batch_norm"), plain("relu"), conv(5, 3, 2), plain("tanh"), pool("max_pool", 2, 1),
               pool("average_pool", 2, 1), plain("flatten"), dense(4), plain("softmax")],
    "loss": "cross_entropy", "optimiser": {"kind": "sgd", "rate": 0.05, "momentum": 0.9, "nesterov": True, "weight_decay": 0.01}})
write("embedding_adagrad", {
    "input": [5],
    "layers": [{"type": "embedding", "columns": [{"column": 1, "cardinality": 6, "dimension": 3},
                                                  {"column": 4, "cardinality": 3, "dimension": 2}]},
               dense(12), plain("batch_norm"), plain("sigmoid"), dense(3)],
    "loss": "mean_squared_error", "optimiser": {"kind": "adagrad", "rate": 0.1, "initial": 0.1}})
write("focal_sgd", {
    "input": [6], "layers": [dense(9), plain("gelu"), dense(3)], "loss": "focal", "gamma": 1.5, "weighted": True,
    "optimiser": {"kind": "sgd", "rate": 0.2}})
