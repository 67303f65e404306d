"""Compares parts that automount has written itself with the libraries that could replace them.

    pip install platformdirs psutil wcwidth detect-secrets
    python benchmarks/own_code.py

Imports are counted in instructions (valgrind), beyond what a recording imports anyway. Times are CPU time.
"""

from __future__ import annotations

import glob
import json
import os
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import PurePosixPath

import psutil
from detect_secrets import SecretsCollection
from detect_secrets.settings import default_settings

from automount import paths
from automount.contents.secrets import scan
from automount.manifest.writing import _laid_out
from automount.recorder import starts

RECORDING = (
    "import automount.pipeline, automount.assembling, automount.contents.digests, automount.cli.render"
)
IMPORTS = {
    "platformdirs": "import platformdirs; platformdirs.user_cache_dir('automount')",
    "automount.private_directories": "from automount import private_directories as p; p.cache_directory()",
    "psutil": "import psutil",
    "wcwidth": "import wcwidth",
}


def main() -> None:
    base = instructions(RECORDING)
    print(f"imports of a recording: {base / 1e6:.1f} million instructions")
    for name, code in IMPORTS.items():
        print(f"{name}: {(instructions(f'{RECORDING}; {code}') - base) / 1e6:.1f} million more")
    rows = [{"remote": f"/root/m{n}.py", "size": n, "mounts": [0], "sha256": "a" * 64} for n in range(10_000)]
    assert json.dumps(rows, indent=2, sort_keys=True) == _laid_out(rows, "\n")
    compare("JSON of 10,000 rows", lambda: _laid_out(rows, "\n"), lambda: json.dumps(rows, indent=2))
    path, top = "/home/me/project/package/part/module.py", "/home/me/project"
    compare(
        "1,000 times `is_below`",
        lambda: [paths.is_below(path, top) for _ in range(1000)],
        lambda: [PurePosixPath(path).is_relative_to(top) for _ in range(1000)],
    )
    compare("parents and start times of all processes", all_processes, all_processes_by_psutil)
    names = sorted(glob.glob(os.path.join(os.path.dirname(os.__file__), "*.py")))[:60]
    print("lines with a secret:", sum(map(findings, names)), "and", findings_of_library(names))
    compare(
        "60 files of the standard library",
        lambda: list(map(findings, names)),
        lambda: findings_of_library(names),
    )


def instructions(code: str) -> int:
    """The instructions of `python -c CODE` when byte code is cached."""
    command = [sys.executable, "-c", code]
    subprocess.run(command, check=True)
    valgrind = ["valgrind", "--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null"]
    done = subprocess.run([*valgrind, *command], capture_output=True, text=True, check=True)
    found = re.search(r"I\s+refs:\s+([\d,]+)", done.stderr)
    assert found is not None
    return int(found[1].replace(",", ""))


def compare(what: str, ours: Callable[[], object], theirs: Callable[[], object]) -> None:
    print(f"{what}: {milliseconds(ours):.1f} ms, with the library {milliseconds(theirs):.1f} ms")


def milliseconds(work: Callable[[], object]) -> float:
    """The median CPU time of five runs."""
    times = []
    for _ in range(5):
        before = time.process_time()
        work()
        times.append(time.process_time() - before)
    return statistics.median(times) * 1000


def all_processes() -> list[object]:
    return [starts._stat(int(name)) for name in os.listdir("/proc") if name.isdigit()]


def all_processes_by_psutil() -> list[object]:
    psutil.process_iter.cache_clear()
    return [(each.ppid(), each.create_time()) for each in psutil.process_iter()]


def findings(name: str) -> int:
    with open(name, "rb") as file:
        return len(scan(name, file.read(), first=True))


def findings_of_library(names: list[str]) -> int:
    with default_settings():
        found = SecretsCollection()
        for name in names:
            found.scan_file(name)
    return sum(map(len, found.data.values()))


if __name__ == "__main__":
    main()
