"""Writes the table of results/verify.md about the time of `verify`, as ratios to plain runs in one run.

Each round runs every program plain and verifies it in every sandbox, so a drift of the machine affects all
alike. The target is at most twice the plain run plus 0.5 s. `--cpu` measures the CPU time of all processes
instead, which other work on the machine changes less; the processes of bubblewrap are not counted in it.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import workloads
from measuring import cpu_time, machine

SANDBOXES = ("bwrap", "landlock", "audit")
OPENING = "<!-- time -->"
CLOSING = "<!-- /time -->"
HEAD = """\
{machine}: {measure} in seconds, medians of {rounds} rounds of
`python benchmarks/verify_time.py{option}`. *used* is the part of the target, twice the plain run plus 0.5 s.

| program | plain | sandbox | verify | used |
|---|---:|---|---:|---:|
"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, required=True, help="programs are made here, and found again")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--cpu", action="store_true", help="measure CPU time instead of wall clock")
    parser.add_argument("--output", type=Path, help="the file whose part between the marks is replaced")
    args = parser.parse_args()
    work: Path = args.work.resolve()
    work.mkdir(parents=True, exist_ok=True)
    clock = cpu_time if args.cpu else time.perf_counter
    lines = []
    for title, script in programs(work):
        lines += rows(work, title, script, args.rounds, clock)
    head = HEAD.format(
        machine=machine(),
        rounds=args.rounds,
        option=" --cpu" if args.cpu else "",
        measure="CPU time" if args.cpu else "wall clock",
    )
    if args.output:
        before, _, after = parts(args.output)
        args.output.write_text(before + head + "\n".join(lines) + "\n" + after, encoding="utf-8")
    return 0


def programs(work: Path) -> list[tuple[str, Path]]:
    """Returns the programs with their titles."""
    empty = work / "empty" / "app.py"
    empty.parent.mkdir(exist_ok=True)
    empty.write_text("")
    return [
        ("empty program", empty),
        ("300 modules", workloads.real(work / "real300", 300)),
        ("1,000 modules, 5,000 files", workloads.packaged(work / "package5000", 1000, 5000, 100_000_000)),
    ]


def rows(work: Path, title: str, script: Path, rounds: int, clock: Callable[[], float]) -> list[str]:
    """Returns the lines of the table about one program."""
    environment = {"PATH": os.environ["PATH"], "HOME": str(work), "LANG": "C.UTF-8"}
    manifest = str(work / "manifest.json")
    automount = [sys.executable, "-m", "automount"]
    plain = [sys.executable, str(script)]
    commands = {
        "": plain,
        **{name: [*automount, "verify", "--sandbox", name, manifest] for name in SANDBOXES},
    }

    def took(command: list[str]) -> float:
        start = clock()
        subprocess.run(command, cwd=script.parent, env=environment, check=True, capture_output=True)
        return clock() - start

    # The first run writes byte code, which the recorded one then finds as every later run does.
    took(plain)
    took([*automount, "--quiet", "-o", manifest, str(script)])
    samples: dict[str, list[float]] = {name: [] for name in commands}
    for number in range(rounds):
        for name in commands if number % 2 else reversed(commands):
            samples[name].append(took(commands[name]))
    base = statistics.median(samples.pop(""))
    lines = []
    for name, values in samples.items():
        used = statistics.median(values)
        lines.append(f"| {title} | {base:.2f} | {name} | {used:.2f} | {used / (2 * base + 0.5):.2f} |")
        print(lines[-1], flush=True)
    return lines


def parts(path: Path) -> tuple[str, str, str]:
    """Returns the text of the page up to the first mark, between the marks, and from the second mark on."""
    before, opening, rest = path.read_text(encoding="utf-8").partition(f"{OPENING}\n")
    inside, closing, after = rest.partition(CLOSING)
    return before + opening, inside, closing + after


if __name__ == "__main__":
    sys.exit(main())
