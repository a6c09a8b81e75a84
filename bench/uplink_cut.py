#!/usr/bin/env python3
"""Cuts the network between an edge and a cloud for a minute, kills the edge (SIGKILL) half-way, and counts what arrives.

    uplink_cut.py [--records N] [--rate N] [--cut SECONDS] [--lepton PATH]

The edge makes payments, the cloud writes them to a file; between them is a proxy that passes nothing while the line is cut.
The second edge makes all payments again from the first one on, so N should outlast the cut. Prints when what waited was out,
and how many records were lost or repeated; exits 1 if any were.
"""
import argparse
import collections
import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
EDGE = """pipeline: edge
sources:
  tx: {{type: generator, kind: cards, seed: 7, count: {records}, rate: {rate}}}
sinks:
  uplink:
    type: zeromq
    inputs: [tx]
    connect: ["tcp://127.0.0.1:{port}"]
    curve: {{secret_key: edge-1.secret, server_key: cloud.public}}
    edge_id: edge-1
    spool: {{path: spool}}
    encode: {{format: json, columns: [tx_id, amount]}}
"""
CLOUD = """pipeline: cloud
sources:
  edges:
    type: zeromq
    bind: ["tcp://127.0.0.1:{port}"]
    curve: {{secret_key: cloud.secret, clients: clients}}
    dedup: {{path: seen.log}}
    decode: {{format: json, schema: {{tx_id: string, amount: float64}}}}
sinks:
  out: {{type: file, inputs: [edges], path: out.jsonl, encode: {{format: json}}}}
"""


class Line:
    """A line to a port of this host that can be cut: nobody is told, and no byte passes."""

    def __init__(self, server_port):
        self.server = ("127.0.0.1", server_port)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.cut = False
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        peers = {}
        while True:
            ready, _, _ = select.select([self.listener, *peers], [], [], 0.02)
            if self.cut:
                time.sleep(0.01)
                continue
            for one in ready:
                if one is self.listener:
                    self.join(one.accept()[0], peers)
                elif one in peers:
                    self.move(one, peers)

    def join(self, client, peers):
        try:
            server = socket.create_connection(self.server)
        except OSError:  # the cloud is not there yet
            client.close()
            return
        peers[client], peers[server] = server, client

    @staticmethod
    def move(one, peers):
        try:
            got = one.recv(1 << 16)
            peers[one].sendall(got)
        except OSError:
            got = b""
        if not got:
            other = peers.pop(one)
            peers.pop(other, None)
            one.close()
            other.close()


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as one:
        return one.getsockname()[1]


def lines():
    return Path("out.jsonl").read_bytes().count(b"\n") if os.path.exists("out.jsonl") else 0


def spooled():
    return sum(path.stat().st_size for path in Path("spool").glob("*.spool"))


def wait_until(done, limit):
    end = time.monotonic() + limit
    while not done() and time.monotonic() < end:
        time.sleep(0.1)


def run(args):
    cloud_port = free_port()
    line = Line(cloud_port)
    for name in ("edge-1", "cloud"):
        subprocess.run([args.lepton, "curve", "new", name, "."], check=True, stdout=subprocess.DEVNULL)
    Path("clients").write_text("edge-1 edge " + Path("edge-1.public").read_text())
    Path("edge.yaml").write_text(EDGE.format(records=args.records, rate=args.rate, port=line.port))
    Path("cloud.yaml").write_text(CLOUD.format(port=cloud_port))

    def start(file):
        return subprocess.Popen([args.lepton, "run", file], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    cloud, edge = start("cloud.yaml"), start("edge.yaml")
    try:
        wait_until(lambda: lines() >= args.records // 10, 60)
        line.cut, arrived = True, lines()
        time.sleep(args.cut / 2)
        edge.kill()
        edge.wait()
        edge = start("edge.yaml")
        time.sleep(args.cut / 2)
        print(f"cut for {args.cut} s: {arrived} records had arrived, {spooled() / 1e6:.1f} MB wait")
        line.cut, mended = False, time.monotonic()
        wait_until(lambda: spooled() == 0, 120)
        print(f"spool empty {time.monotonic() - mended:.1f} s after the mend, {lines()} records there")
        wait_until(lambda: lines() >= args.records, 120)
    finally:
        for process in (edge, cloud):
            process.send_signal(signal.SIGTERM)
            process.wait()
    seen = collections.Counter(json.loads(each)["tx_id"] for each in open("out.jsonl", encoding="utf-8"))
    lost, repeated = args.records - len(seen), sum(seen.values()) - len(seen)
    print(f"{args.records} records: {lost} lost, {repeated} repeated")
    return 1 if lost or repeated else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--records", type=int, default=400_000)
    parser.add_argument("--rate", type=int, default=10_000)
    parser.add_argument("--cut", type=float, default=60)
    parser.add_argument("--lepton", default=str(ROOT / "build/release/bin/lepton"))
    args = parser.parse_args()
    args.lepton = str(Path(args.lepton).resolve())
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        code = run(args)
        os.chdir("/")
    sys.exit(code)


if __name__ == "__main__":
    main()
