#!/usr/bin/env python3
"""Checks that each header compiles alone: a source file that includes nothing else must compile without a warning. ccache
keeps the results, keyed by content, so that a second run takes seconds.

    check_headers.py [HEADER...]   all headers of the repository when none is named; exits 1 if one does not compile
"""
import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = ["core", "crypto", "kernels", "connectors", "pipelines", "actors", "web", "cli", "tests", "bench"]
WORK = ROOT / "build" / "headers"


def compiler_command() -> list[str]:
    # A path relative to the root, so that another checkout finds the same results.
    system = [".deps/include", *(p.relative_to(ROOT).as_posix() for p in
                                 ROOT.glob(".deps/venv/lib/python3*/site-packages/openvino/include"))]
    ccache = shutil.which("ccache")
    return [*([ccache] if ccache else []), os.environ.get("CXX", "g++"), "-std=c++20", "-O0", "-Wall", "-Wextra",
            "-Wpedantic", "-Wshadow=local", "-Werror", "-march=x86-64-v2", "-DSPDLOG_FMT_EXTERNAL",
            "-DSPDLOG_COMPILED_LIB", "-DSPDLOG_SHARED_LIB", "-DLEPTON_HAS_CUDA=0", "-DLEPTON_HAS_OPENVINO=0", "-I.",
            *(f"-isystem{path}" for path in system)]


def compile_alone(header: str) -> str | None:
    """The compiler's messages, or None if the header compiles."""
    source = WORK / (header + ".cpp")
    source.parent.mkdir(parents=True, exist_ok=True)
    text = f'#include "{header}"\n'
    if not source.exists() or source.read_text() != text:
        source.write_text(text)
    command = [*compiler_command(), "-c", source.relative_to(ROOT).as_posix(), "-o", f"{source.relative_to(ROOT)}.o"]
    environment = {**os.environ, "CCACHE_BASEDIR": str(ROOT), "CCACHE_NOHASHDIR": "1"}
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, env=environment, check=False)
    return done.stderr if done.returncode else None


def main() -> int:
    headers = sys.argv[1:] or sorted(
        path.relative_to(ROOT).as_posix() for folder in FOLDERS for path in (ROOT / folder).rglob("*.hpp"))
    # Headers of device code need nvcc; the CUDA build compiles them.
    headers = [header for header in headers if not header.startswith("kernels/cuda/device/")]
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        results = list(zip(headers, pool.map(compile_alone, headers)))
    failed = [(header, messages) for header, messages in results if messages is not None]
    for header, messages in failed:
        print(f"{header} does not compile alone:\n{messages}")
    print(f"headers: {len(headers)} compiled alone, {len(failed)} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
