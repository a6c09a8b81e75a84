#!/usr/bin/env python3
"""Turns Wycheproof's JSON vectors into the compact text files of tests/data/wycheproof/.

usage: convert_wycheproof.py WYCHEPROOF_CHECKOUT COMMIT OUT_FOLDER

WYCHEPROOF_CHECKOUT is a work tree or a git directory of github.com/C2SP/wycheproof. One line for each
test: the result, then the fields as hexadecimal digits ("-" for none), in the order that the header names.
"""
import json
import subprocess
import sys

SUITES = {
    "xchacha20_poly1305": ["key", "iv", "aad", "msg", "ct", "tag"],
    "aegis256": ["key", "iv", "aad", "msg", "ct", "tag"],
    "ed25519": ["publicKey.pk", "msg", "sig"],
    "x25519": ["public", "private", "shared"],
}


def field(group, test, name):
    if "." in name:
        outer, inner = name.split(".")
        return group[outer][inner]
    return test[name]


def convert(checkout, commit, suite, names):
    path = f"testvectors_v1/{suite}_test.json"
    text = subprocess.run(["git", "-C", checkout, "show", f"{commit}:{path}"], check=True, capture_output=True).stdout
    lines = []
    for group in json.loads(text)["testGroups"]:
        for test in group["tests"]:
            values = [field(group, test, name) or "-" for name in names]
            lines.append(" ".join([str(test["tcId"]), test["result"], *values]))
    head = [
        f"# From github.com/C2SP/wycheproof, {path}, commit {commit}.",
        "# Licence: Apache-2.0, https://www.apache.org/licenses/LICENSE-2.0. Changed: tools/convert_wycheproof.py kept the fields below only.",
        "# id result " + " ".join(name.split(".")[-1] for name in names),
    ]
    return "\n".join(head + lines) + "\n"


def main():
    checkout, commit, out = sys.argv[1:]
    for suite, names in SUITES.items():
        with open(f"{out}/{suite}.txt", "w", encoding="ascii") as file:
            file.write(convert(checkout, commit, suite, names))


if __name__ == "__main__":
    main()
