"""Measures stage, pack, unpack and check beside cp, tar, git and a naive copy, as paired ratios of one run.

    python benchmarks/shipping.py --work ~/shipping --output benchmarks/results/shipping.md

`--work` is a directory that is created and removed; it chooses the file system. Everything is measured once
more on tmpfs, below `--memory`. `--output` replaces the tables in that file. The two commands of a pair run
alternately, each into a new target. Wall-clock time is that of whole processes; CPU time is that of the
process and its children, which other load on the machine disturbs less. Both are given as the ratio of the
minima and the median of the ratios. automount runs in an environment without an editable install, which would
make each start slower.
"""

from __future__ import annotations

import argparse
import os
import platform
import random
import resource
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import automount

NAIVE = """
import hashlib, json, os, shutil, sys
with open(sys.argv[1], encoding="utf-8") as file:
    manifest = json.load(file)
for row in manifest["files"]:
    target = sys.argv[2] + row["remote"]
    os.makedirs(os.path.dirname(target), exist_ok=True)
    shutil.copy2(row["local"], target)
    with open(target, "rb") as file:
        if hashlib.sha256(file.read()).hexdigest() != row["sha256"]:
            sys.exit(f"{row['local']} has changed")
with open(os.path.join(sys.argv[2], "manifest.json"), "w", encoding="utf-8") as file:
    json.dump(manifest, file, indent=2)
"""
UNPACK = """
import gc, sys
gc.set_threshold(200_000)  # as the command line does
from automount.forked import processes_for
from automount.shipping.unpack import unpacked
unpacked(sys.argv[1], processes_for)
"""
Command = Sequence[str]
OPENING = "<!-- tables -->"
CLOSING = "<!-- /tables -->"
HEAD = "| ours / other | wall s | other | of minima | median | CPU s | other | of minima | median |"


@dataclass(frozen=True)
class Sample:
    """Seconds of wall-clock and of CPU time of one process."""

    wall: float
    cpu: float


def project(directory: Path, files: int) -> Path:
    """Creates a package of `files` small modules in a git repository, records it; returns its manifest."""
    numbers = random.Random(1)
    package = directory / "package"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (directory / "app.py").write_text("import package\n")
    for number in range(files):
        folder = package / f"part{number // 100}"
        folder.mkdir(exist_ok=True)
        (folder / f"module{number}.py").write_text(f"value = {number}\n" * numbers.randint(20, 600))
    run(["git", "init", "-q", "."], directory)
    # Otherwise git cleans up in the background while we measure.
    run(["git", "config", "gc.auto", "0"], directory)
    (directory / ".gitignore").write_text("__pycache__\nautomount.json\n")
    run(["git", "add", "."], directory)
    who = ["-c", "user.name=a", "-c", "user.email=a@localhost"]
    run(["git", *who, "commit", "-qm", "all"], directory)
    # A file that was written in the same tick of the clock as it was hashed is hashed again.
    time.sleep(2.2)
    run([sys.executable, "-m", "automount", "--quiet", "app.py"], directory)
    return directory / "automount.json"


def run(command: Command, directory: Path) -> Sample:
    """Runs one command to its end and returns its times."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.perf_counter()
    subprocess.run(command, cwd=directory, check=True, stdout=subprocess.DEVNULL)
    wall = time.perf_counter() - started
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Sample(wall, cpu)


def pair(
    name: str, ours: Command, other: Command, directory: Path, clean: Callable[[], None], rounds: int
) -> str:
    """Runs both commands in turn and returns a row of the table."""
    samples: list[tuple[Sample, Sample]] = []
    for turn in range(rounds + 1):
        taken = []
        for command in (ours, other) if turn % 2 else (other, ours):
            clean()
            taken.append(run(command, directory))
        if turn:  # the first round warms the caches
            samples.append((taken[0], taken[1]) if turn % 2 else (taken[1], taken[0]))
    cells = []
    for kind in ("wall", "cpu"):
        left = [getattr(a, kind) for a, _ in samples]
        right = [getattr(b, kind) for _, b in samples]
        ratios = [a / b for a, b in zip(left, right, strict=True)]
        cells += [f"{min(left):.2f}", f"{min(right):.2f}", f"{min(left) / min(right):.2f}"]
        cells += [f"{statistics.median(ratios):.2f}"]
    return f"| {name} | {' | '.join(cells)} |"


def main() -> None:
    """Prints the tables."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--work", type=Path, required=True, help="a directory to create and remove")
    parser.add_argument("--memory", type=Path, default=Path("/dev/shm/shipping"), help="the same, on tmpfs")
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--files", type=int, nargs=3, default=[5000, 10000, 50000])
    parser.add_argument("--output", type=Path, help="the file whose tables are replaced")
    asked = parser.parse_args()
    lines = [
        f"{time.strftime('%Y-%m-%d')}, {platform.platform()}, {os.cpu_count()} CPUs, load average "
        f"{os.getloadavg()[0]:.1f}, Python {platform.python_version()}, {asked.rounds} pairs.",
    ]
    for work in (asked.work, asked.memory):
        work.mkdir(parents=True)
        os.environ["XDG_CACHE_HOME"] = str(work / "cache")
        try:
            kind = run_text(["df", "--output=fstype", str(work)]).split()[-1]
            table = ["", f"### {kind}", "", HEAD, "|---|---:|---:|---:|---:|---:|---:|---:|---:|"]
            print(*table, sep="\n", flush=True)
            lines += table
            for row in measure(work, asked.files, asked.rounds):
                print(row, flush=True)
                lines.append(row)
        finally:
            shutil.rmtree(work)
    if asked.output is not None:
        before, _, rest = asked.output.read_text().partition(OPENING)
        after = rest.partition(CLOSING)[2]
        asked.output.write_text("\n".join([before + OPENING, *lines, CLOSING + after]))


def run_text(command: Command) -> str:
    """The output of a command, in one line."""
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def bare_python(work: Path) -> str:
    """An interpreter with nothing but this automount in its environment."""
    run([sys.executable, "-m", "venv", "--without-pip", str(work / "bare")], work)
    (site,) = (work / "bare/lib").glob("python*/site-packages")
    (site / "automount").symlink_to(Path(automount.__file__).parent)
    return str(work / "bare/bin/python")


def measure(work: Path, files: Sequence[int], rounds: int) -> Iterator[str]:
    """The row of each pair."""
    target, copied = work / "target", work / "copied"

    def clean() -> None:
        for place in (target, copied, work / "cache" / "automount" / "bundles"):
            shutil.rmtree(place, ignore_errors=True)
        for file in (work / "new.tar", work / "other.tar"):
            file.unlink(missing_ok=True)

    python = bare_python(work)
    ours = [python, "-m", "automount"]
    few, many, most = files
    manifest = project(work / "few", few)
    stage = [*ours, "stage", "--manifest", str(manifest), str(target)]
    naive = [python, "-c", NAIVE, str(manifest), str(copied)]
    yield pair(f"stage {few:,} / naive copy", stage, naive, work, clean, rounds)
    manifest = project(work / "many", many)
    tree = str(work / "many" / "package")
    stage = [*ours, "stage", "--manifest", str(manifest), str(target)]
    copy = ["cp", "-a", tree, str(copied)]
    yield pair(f"stage {many:,} / cp -a", stage, copy, work, clean, rounds)
    pack = [*ours, "pack", "--manifest", str(manifest), "new.tar"]
    tar = ["tar", "-cf", "other.tar", "-C", str(work / "many"), "package"]
    yield pair(f"pack .tar {many:,} / tar -c", pack, tar, work, clean, rounds)
    run([*ours, "pack", "--manifest", str(manifest), "kept.tar"], work)
    unpack = [python, "-c", UNPACK, "kept.tar"]

    def clean_and_make() -> None:
        clean()
        copied.mkdir()

    extract = ["tar", "-xf", "kept.tar", "-C", str(copied)]
    name = f"unpack {many:,} / tar -x"
    yield pair(name, unpack, extract, work, clean_and_make, rounds)
    manifest = project(work / "most", most)
    check = [*ours, "check", str(manifest)]
    status = ["git", "status"]
    yield pair(f"check {most:,} / git status", check, status, work / "most", lambda: None, rounds)


if __name__ == "__main__":
    main()
