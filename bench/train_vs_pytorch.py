#!/usr/bin/python3
"""Training steps of Lepton beside those of PyTorch, one thread each, in turns, in CPU time.

    bench/train_vs_pytorch.py [--bench build/release/bin/bench_kernels] [--rounds 5]

Needs PyTorch (Debian: python3-torch) over a BLAS that is fast (Debian: libopenblas0-pthread). The result of each network is
the median over the rounds; its table goes to bench/results/training.md by hand, with the machine that it was measured on.
"""
import argparse
import json
import os
import statistics
import subprocess
import time

os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"
import torch  # noqa: E402 (the number of threads must be set before)
from torch import nn  # noqa: E402


def perceptron(inputs, first, second):
    return nn.Sequential(nn.Linear(inputs, first), nn.ReLU(), nn.Linear(first, second), nn.ReLU(), nn.Linear(second, 1),
                         nn.Flatten(0))


def convolutional(channels, side):
    pooled = (side - 4) // 2
    return nn.Sequential(
        nn.Conv2d(channels, 64, 3), nn.ReLU(), nn.Conv2d(64, 128, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
        nn.Linear(128 * pooled * pooled, 128), nn.ReLU(), nn.Dropout(0.5), nn.Linear(128, 10), nn.LogSoftmax(dim=1))


def seconds_of_step(net, x, y, loss, at_least):
    """Median of single steps, after a few to warm up. CPU time, so that neighbours on the machine count less."""
    optimiser = torch.optim.Adam(net.parameters())

    def step():
        optimiser.zero_grad()
        loss(net(x), y).backward()
        optimiser.step()

    for _ in range(3):
        step()
    times, end = [], time.process_time() + at_least
    while time.process_time() < end or len(times) < 3:
        start = time.process_time()
        step()
        times.append(time.process_time() - start)
    return statistics.median(times)


def of_pytorch(network, rows, at_least):
    torch.manual_seed(1)
    if network.startswith("mlp"):
        widths = (256, 512, 256) if network == "mlp_wide" else (30, 64, 32)
        labels = torch.randint(0, 2, (rows,)).float()
        return seconds_of_step(perceptron(*widths), torch.randn(rows, widths[0]), labels, nn.BCEWithLogitsLoss(), at_least)
    channels, side = (int(n) for n in network.split("_")[1].split("x"))
    images, labels = torch.randn(rows, channels, side, side), torch.randint(0, 10, (rows,))
    net, last = convolutional(channels, side), torch.channels_last
    plain = seconds_of_step(net, images, labels, nn.NLLLoss(), at_least)
    # PyTorch's other memory layout, which its documentation recommends for convolutions on CPUs.
    other = seconds_of_step(net.to(memory_format=last), images.to(memory_format=last), labels, nn.NLLLoss(), at_least)
    return min(plain, other)


def of_lepton(bench, network, rows, at_least):
    name = f"step/{network}/rows:{rows}"
    out = subprocess.run([bench, f"--benchmark_filter=^{name}$", f"--benchmark_min_time={at_least}", "--benchmark_format=json"],
                         check=True, capture_output=True, text=True).stdout
    found = json.loads(out)["benchmarks"][0]
    return found["cpu_time"] * {"ns": 1e-9, "us": 1e-6, "ms": 1e-3}[found["time_unit"]], found["label"]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bench", default="build/release/bin/bench_kernels")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=0.5, help="of each measurement")
    parser.add_argument("--only", default="", help="networks whose name has this in it")
    options = parser.parse_args()
    torch.set_num_threads(1)
    print(f"PyTorch {torch.__version__}, {options.rounds} rounds\n")
    print("| network | rows | Lepton, us | PyTorch, us | Lepton is faster by | in the worst round |\n|---|---|---|---|---|---|")
    for network, sizes in {"mlp": [32, 64, 128, 256], "mlp_wide": [256], "cnn_1x28": [32], "cnn_3x32": [32]}.items():
        for rows in sizes if options.only in network else []:
            ours, theirs = [], []
            for _ in range(options.rounds):
                ours.append(of_lepton(options.bench, network, rows, options.seconds)[0])
                theirs.append(of_pytorch(network, rows, options.seconds))
            ratio, worst = statistics.median(theirs) / statistics.median(ours), min(t / o for o, t in zip(ours, theirs))
            print(f"| {network} | {rows} | {statistics.median(ours) * 1e6:,.1f} | {statistics.median(theirs) * 1e6:,.1f} "
                  f"| {ratio:.2f} x | {worst:.2f} x |", flush=True)


if __name__ == "__main__":
    main()
