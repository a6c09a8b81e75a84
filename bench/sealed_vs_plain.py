#!/usr/bin/env python3
"""Runs the fraud job on a plain topic and on sealed ones in turns, and prints the ratios of rate and CPU time.

    sealed_vs_plain.py [--bootstrap HOST:PORT] [--topic tx] [--model FILE] [--runs N] [--suite auto] [--lepton PATH]

Needs a broker with the topic of payments (6 partitions) and the model of kafka_fraud.yaml. Makes its own keyring and topics
(prefix lepton-seal-). A run is measured from start to exit of `lepton run --exit-at-end`, and by the CPU time of its process.
"""
import argparse
import json
import os
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MODES = ["plain", "batch", "record"]


def topic_tool(args, *command):
    jars = str(ROOT / ".deps/kafka/libs/*")
    subprocess.run(["java", "-Xmx128m", "-XX:TieredStopAtLevel=1", "-cp", jars, "org.apache.kafka.tools.TopicCommand",
                    "--bootstrap-server", args.bootstrap, *command], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def fresh_topic(args, name):
    topic_tool(args, "--create", "--topic", name, "--partitions", "6", "--replication-factor", "1")


def run(args, file, env, **extra):
    """Seconds, CPU seconds and the JSON summary of one run."""
    full = dict(os.environ, BOOTSTRAP=args.bootstrap, MODEL=args.model, **env, **extra)
    start = time.monotonic()
    before = os.times()
    done = subprocess.run([args.lepton, "run", str(ROOT / "bench" / file), "--exit-at-end"], env=full, capture_output=True, text=True)
    after = os.times()
    seconds = time.monotonic() - start
    if done.returncode != 0:
        raise SystemExit(done.stderr[-3000:])
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    summary = json.loads(done.stdout.strip().splitlines()[-1])
    return seconds, cpu, summary


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bootstrap", default="127.0.0.1:9092")
    parser.add_argument("--topic", default="tx")
    parser.add_argument("--model", default="model/fraud_mlp.onnx")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--suite", default="auto")
    parser.add_argument("--lepton", default=str(ROOT / "build/release/bin/lepton"))
    args = parser.parse_args()
    args.model = str(Path(args.model).resolve())
    stamp = str(int(time.time()))
    with tempfile.TemporaryDirectory() as folder:
        keys = {"KEYRING": f"{folder}/bench.keyring", "KEY_FILE": f"{folder}/root.key", "SEAL_SUITE": args.suite}
        subprocess.run([args.lepton, "keys", "init", "--keyring", keys["KEYRING"], "--key-file", keys["KEY_FILE"],
                        "--generate-key-file"], check=True, stdout=subprocess.DEVNULL)
        subprocess.run([args.lepton, "keys", "add", "bench", "--keyring", keys["KEYRING"], "--key-file", keys["KEY_FILE"]],
                       check=True, stdout=subprocess.DEVNULL)
        inputs = {"plain": args.topic}
        for mode in MODES[1:]:
            inputs[mode] = f"lepton-seal-in-{mode}-{stamp}"
            fresh_topic(args, inputs[mode])
            run(args, "seal_input.yaml", keys, TOPIC_IN=args.topic, TOPIC_OUT=inputs[mode], SEAL_PER=mode, GROUP=f"seal-{mode}-{stamp}")
        measured = {mode: [] for mode in MODES}
        for turn in range(args.runs):
            for mode in MODES:
                out = f"lepton-seal-out-{mode}-{turn}-{stamp}"
                fresh_topic(args, out)
                fresh_topic(args, out + "-alerts")
                file = "kafka_fraud.yaml" if mode == "plain" else "kafka_fraud_sealed.yaml"
                seconds, cpu, summary = run(args, file, keys, TOPIC_IN=inputs[mode], TOPIC_OUT=out, TOPIC_ALERTS=out + "-alerts",
                                            SEAL_PER=mode if mode != "plain" else "batch", GROUP=f"{mode}-{turn}-{stamp}")
                records = summary["records_in"]
                measured[mode].append((records / summary["seconds"], cpu / records * 1e6))
                print(f"{turn} {mode:6} {records} records {summary['seconds']:.2f} s "
                      f"{records / summary['seconds']:,.0f}/s {cpu / records * 1e6:.2f} CPU s per million", flush=True)
                for topic in (out, out + "-alerts"):
                    topic_tool(args, "--delete", "--topic", topic)
        rates = {mode: statistics.median(rate for rate, _ in runs) for mode, runs in measured.items()}
        cpus = {mode: statistics.median(cpu for _, cpu in runs) for mode, runs in measured.items()}
        for mode in MODES[1:]:
            print(f"sealed per {mode}: {rates[mode] / rates['plain']:.2f} x the rate, {cpus[mode] / cpus['plain']:.2f} x the CPU time of plain")
        for mode in MODES[1:]:
            topic_tool(args, "--delete", "--topic", inputs[mode])


if __name__ == "__main__":
    main()
