#!/usr/bin/env python3
"""Checks that includes follow the layers of the design: dependencies point down only, a folder includes no sibling of its
own layer, and each third-party library is included in one place.

    check_layers.py [ROOT]       prints each violation as file:line: message; exits 1 if there is one
    check_layers.py --self-test  proves that each rule finds what it should
"""
import re
import sys
import tempfile
from pathlib import Path

# What each folder may include: folders, or parts of one ("connectors/http").
MAY_INCLUDE = {
    "core": [],
    "crypto": ["core"],
    "kernels": ["core"],
    "connectors": ["core"],
    "pipelines": ["core", "crypto", "kernels", "connectors"],
    "actors": ["core", "crypto", "kernels", "connectors", "pipelines"],
    "web": ["core", "connectors/http"],
    "cli": ["core", "crypto", "kernels", "connectors", "pipelines", "actors", "web"],
}

# Folders that may include any other, and that no other may include.
FREE = ["tests", "bench", "examples"]

# Third-party headers, and the folders that may include them.
OWNERS = [
    (r"caf/", ["actors"]),
    (r"librdkafka/", ["connectors/kafka"]),
    (r"zmq", ["connectors/zeromq"]),
    (r"simdjson", ["connectors/formats"]),
    (r"yaml-cpp/", ["pipelines"]),
    (r"sodium", ["crypto"]),
    (r"(oneapi/)?dnnl|openvino/|cuda|cublas|nv", ["kernels"]),
    (r"httplib", ["web"]),
    (r"CLI/", ["cli"]),
]

# The bottom folder may include nothing else. A header of the standard library or of C has no slash, or one of these.
CORE_THIRD_PARTY = ["fmt", "spdlog", "absl", "sys", "linux", "arpa", "netinet"]

# Pairs (file, included header) that break a rule all the same. Starts and stays empty.
EXCEPTIONS: list[tuple[str, str]] = []

SUFFIXES = {".hpp", ".cpp", ".cu", ".cuh", ".h", ".c", ".inl"}
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]', re.MULTILINE)


def starts_with_folder(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder + "/")


def own_include_error(file: str, header: str) -> str | None:
    """The rule that `#include "header"` in `file` breaks, if any. Paths are relative to the root."""
    home, target = file.split("/")[0], header.split("/")[0]
    if target not in MAY_INCLUDE and target not in FREE:
        return f'"{header}" does not start with a folder of Lepton; use a root-relative path, or <> for a library'
    if home == target or home in FREE:
        return None
    if target in FREE:
        return f'{home}/ may not include {target}/'
    allowed = MAY_INCLUDE[home]
    if any(starts_with_folder(header, folder) for folder in allowed):
        return None
    return f'{home}/ may not include "{header}"; it may include {", ".join(allowed) or "no other folder"}'


def library_error(file: str, header: str) -> str | None:
    """The rule that `#include <header>` in `file` breaks, if any. Tests mirror the tree and share their folder's rights; the
    helpers and integration tests talk to real systems and may use any client."""
    home, *rest = file.split("/")
    if home in FREE and (home == "examples" or rest[0] in ("support", "integration", "fuzz")):
        return None
    place = "/".join(rest) if home in FREE else file
    if home in FREE and "/" in place:
        # tests/connectors/x_test.cpp stands for all of connectors/.
        folder = place.split("/")[0]
        for pattern, owners in OWNERS:
            if re.match(pattern, header) and folder in [owner.split("/")[0] for owner in owners]:
                return None
    for pattern, owners in OWNERS:
        if re.match(pattern, header) and not any(starts_with_folder(place, owner) for owner in owners):
            return f"<{header}> may be included only in {', '.join(owner + '/' for owner in owners)}"
    if home == "core" and "/" in header and header.split("/")[0] not in CORE_THIRD_PARTY:
        return f"core/ may include only the standard library, fmt, spdlog and absl, not <{header}>"
    return None


def violations(root: Path) -> list[str]:
    found = []
    for folder in [*MAY_INCLUDE, *FREE]:
        for path in sorted((root / folder).rglob("*")):
            if path.suffix not in SUFFIXES or not path.is_file():
                continue
            file = path.relative_to(root).as_posix()
            text = path.read_text(encoding="utf-8", errors="replace")
            for match in INCLUDE.finditer(text):
                bracket, header = match.groups()
                error = own_include_error(file, header) if bracket == '"' else library_error(file, header)
                if bracket == "<" and header.split("/")[0] in MAY_INCLUDE and (root / header).is_file():
                    error = f'<{header}> is a header of Lepton; write "{header}"'
                if error and (file, header) not in EXCEPTIONS:
                    line = text.count("\n", 0, match.start()) + 1
                    found.append(f"{file}:{line}: {error}")
    return found


SELF_TEST_GOOD = {
    "core/a.hpp": "#include <vector>\n#include <fmt/format.h>\n#include <unistd.h>\n",
    "connectors/kafka/a.cpp": '#include "core/a.hpp"\n#include <librdkafka/rdkafkacpp.h>\n',
    "kernels/cuda/a.cu": "#include <cuda_runtime.h>\n",
    "web/a.cpp": '#include "connectors/http/a.hpp"\n#include <httplib.h>\n',
    "cli/a.cpp": '#include "web/a.hpp"\n#include <CLI/CLI.hpp>\n',
    "tests/actors/a_test.cpp": '#include "tests/support/a.hpp"\n#include <caf/all.hpp>\n',
    "tests/connectors/a_test.cpp": "#include <librdkafka/rdkafka.h>\n",
    "tests/support/a.hpp": "#include <librdkafka/rdkafka.h>\n",
}

SELF_TEST_BAD = {
    "core/up.hpp": '#include "pipelines/a.hpp"\n',
    "core/library.hpp": "#include <nlohmann/json.hpp>\n",
    "kernels/sibling.cpp": '#include "connectors/file/a.hpp"\n',
    "actors/sibling.cpp": '#include "web/a.hpp"\n',
    "web/part.cpp": '#include "connectors/kafka/a.hpp"\n',
    "connectors/file/relative.cpp": '#include "../kafka/a.hpp"\n',
    "connectors/file/rdkafka.cpp": "#  include <librdkafka/rdkafka.h>\n",
    "connectors/csv.cpp": "#include <simdjson.h>\n",
    "pipelines/caf.cpp": "\n\n#include <caf/all.hpp>\n",
    "actors/yaml.cpp": "#include <yaml-cpp/yaml.h>\n",
    "pipelines/sodium.cpp": "#include <sodium.h>\n",
    "pipelines/onednn.cpp": "#include <oneapi/dnnl/dnnl.hpp>\n",
    "pipelines/openvino.cpp": "#include <openvino/openvino.hpp>\n",
    "actors/cuda.cpp": "#include <cuda_runtime_api.h>\n",
    "actors/httplib.cpp": "#include <httplib.h>\n",
    "web/cli11.cpp": "#include <CLI/CLI.hpp>\n",
    "actors/tests.cpp": '#include "tests/support/a.hpp"\n',
    "tests/pipelines/caf_test.cpp": "#include <caf/all.hpp>\n",
}


def write_tree(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)


def self_test() -> int:
    failures = []
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        write_tree(root, SELF_TEST_GOOD)
        failures += [f"found in a tree without a violation: {line}" for line in violations(root)]
        write_tree(root, SELF_TEST_BAD)
        found = violations(root)
        for name in SELF_TEST_BAD:
            hits = [line for line in found if line.startswith(name + ":")]
            if len(hits) != 1:
                failures.append(f"expected one violation in {name}, found {hits}")
        if not any(line.startswith("pipelines/caf.cpp:3:") for line in found):
            failures.append("the line number is wrong")
    print("\n".join(failures) or f"{len(SELF_TEST_BAD)} kinds of violation found, none where there is none")
    return 1 if failures else 0


def main() -> int:
    if sys.argv[1:] == ["--self-test"]:
        return self_test()
    root = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parent.parent
    found = violations(root)
    for line in found:
        print(line)
    print(f"layers: {len(found)} violations")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
