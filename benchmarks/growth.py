"""Writes results/growth.md and a plot: does the time for each module, process or file rise with their number?

Each line is the wall clock that the first recording adds to a plain run, with empty caches, divided by the
number of units; what it adds to a program with nothing to record is subtracted first, since all have it. With
`--cpu` it is the CPU time of all processes, which other work on the machine changes little.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import workloads
from measuring import cpu_time, machine

HEAD = """# Growth

{machine}. {measure} that the first recording adds to a plain run
(`python benchmarks/growth.py{option}`), less that of a program with nothing to record, for each unit;
medians of {rounds} rounds.

| unit | number | added | for each unit |
|---|---:|---:|---:|
"""
PROCESSES = """
import subprocess, sys
children = [subprocess.Popen([sys.executable, "-c", "import json"]) for _ in range({count})]
for child in children:
    child.wait()
"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, required=True, help="programs are made here, and found again")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--cpu", action="store_true", help="measure CPU time instead of wall clock")
    parser.add_argument("--output", type=Path)
    parser.add_argument("--plot", type=Path)
    args = parser.parse_args()
    work: Path = args.work.resolve()
    work.mkdir(parents=True, exist_ok=True)
    series: dict[str, list[tuple[int, float]]] = {}
    lines = []
    clock = cpu_time if args.cpu else time.perf_counter
    floor = added(work, script(work / "nothing", ""), args.rounds, clock)
    for unit, programs in all_programs(work).items():
        for number, program in programs:
            seconds = max(0.0, added(work, program, args.rounds, clock) - floor)
            each = 1e6 * seconds / number
            series.setdefault(unit, []).append((number, each))
            lines.append(f"| {unit} | {number:,} | {1e3 * seconds:,.0f} ms | {each:,.0f} µs |")
            print(lines[-1], flush=True)
    head = HEAD.format(
        machine=machine(),
        rounds=args.rounds,
        measure="CPU time of all processes" if args.cpu else "Wall clock",
        option=" --cpu" if args.cpu else "",
    )
    if args.output:
        args.output.write_text(head + "\n".join(lines) + "\n", encoding="utf-8")
    if args.plot:
        args.plot.write_text(plot(series), encoding="utf-8")
    return 0


def script(directory: Path, text: str) -> Path:
    """Returns the path of a program of one file."""
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "app.py").write_text(text)
    return directory / "app.py"


def all_programs(work: Path) -> dict[str, list[tuple[int, Path]]]:
    """Returns the programs by the unit whose number grows, each with that number."""
    return {
        "flat modules": [
            (count, workloads.flat(work / f"flat{count}", count)) for count in (500, 2000, 8000)
        ],
        "modules of a package": [
            (count, workloads.packaged(work / f"package{count}", count, count, 0))
            for count in (500, 2000, 8000)
        ],
        "processes": [
            (count, script(work / f"processes{count}", PROCESSES.format(count=count))) for count in (1, 8, 64)
        ],
        "files of 1 kB": [
            (count, workloads.packaged(work / f"files{count}", 10, count, 1000 * count))
            for count in (1000, 10_000, 100_000)
        ],
    }


def added(work: Path, program: Path, rounds: int, clock: Callable[[], float]) -> float:
    """Returns the seconds that recording adds: the median of the differences, round by round."""
    environment = {"PATH": os.environ["PATH"], "HOME": str(work), "LANG": "C.UTF-8"}
    record = [sys.executable, "-m", "automount", "--quiet", "-o", str(work / "manifest.json"), str(program)]
    differences = []
    for number in range(rounds + 1):
        shutil.rmtree(work / ".cache", ignore_errors=True)
        took = []
        for command in ([sys.executable, str(program)], record):
            start = clock()
            subprocess.run(command, cwd=program.parent, env=environment, check=True)
            took.append(clock() - start)
        if number:  # the first writes byte code
            differences.append(took[1] - took[0])
    return statistics.median(differences)


def plot(series: dict[str, list[tuple[int, float]]]) -> str:
    """Returns an SVG: the time for one unit relative to that of the smallest program."""
    width, height, left, top = 640, 320, 60, 40
    colours = ("#1b6ca8", "#c8553d", "#2a7f62", "#7b4b94")
    highest = max(2.0, *(each / rows[0][1] for rows in series.values() if rows[0][1] for _, each in rows))
    font = 'font-family="sans-serif" font-size="12"'
    title = "Added time for each unit, relative to the smallest program (1: it does not rise)"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" {font}>',
        f'<rect width="{width}" height="{height}" fill="white"/>',
        f'<text x="{left}" y="20">{title}</text>',
    ]

    def place(step: int, value: float) -> tuple[float, float]:
        return left + step * (width - left - 180) / 2, height - 40 - value / highest * (height - 40 - top)

    for value in (0.0, 0.5, 1.0, 1.5, 2.0):
        if value <= highest:
            y = place(0, value)[1]
            parts.append(f'<line x1="{left}" x2="{width - 180}" y1="{y:.1f}" y2="{y:.1f}" stroke="#ddd"/>')
            parts.append(f'<text x="{left - 8}" y="{y + 4:.1f}" text-anchor="end">{value:.1f}</text>')
    for colour, (unit, rows) in zip(colours, series.items(), strict=False):
        base = rows[0][1] or 1.0
        points = [place(step, each / base) for step, (_, each) in enumerate(rows)]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        numbers = " / ".join(f"{number:,}" for number, _ in rows)
        x, y = points[-1]
        parts.append(f'<text x="{x + 8:.1f}" y="{y:.1f}" fill="{colour}">{unit}</text>')
        parts.append(f'<text x="{x + 8:.1f}" y="{y + 13:.1f}" fill="{colour}" font-size="9">{numbers}</text>')
    return "\n".join(parts) + "\n</svg>\n"


if __name__ == "__main__":
    sys.exit(main())
