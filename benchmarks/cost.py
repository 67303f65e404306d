"""Writes results/cost.md: what recording costs, as ratios within one run.

Seconds mean little on shared machines; each line compares two commands that ran in turn. The first three
lines measure the agent alone, inside the program; the others the whole command.
"""

from __future__ import annotations

import argparse
import datetime
import platform
import shutil
import statistics
import subprocess
import sys
from pathlib import Path

import workloads
from measuring import Bench

# Not the development environment: its own .pth files would be measured too.
BASE = getattr(sys, "_base_executable", sys.executable)
HEAD = """# Cost

{day}, {system}, {version}. Plain and recorded runs took turns in one session; byte code was warm.
Instructions are counted by cachegrind without cache simulation. *After the end* is the time from the
program's last statement to the written manifest, less what the interpreter itself needs to end, beside
`find | xargs sha256sum` over the same files.

| what | plain | recorded | difference |
|---|---:|---:|---:|
"""
PARTS = ("instructions", "startup", "real", "after", "scale")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, required=True, help="programs are made here, and found again")
    parser.add_argument("--python", type=Path, default=Path(BASE), help="the interpreter that is measured")
    parser.add_argument("--part", action="append", choices=PARTS, help="only this; may be repeated")
    parser.add_argument("--rounds", type=int, default=20, help="pairs of runs per timed line")
    parser.add_argument("--output", type=Path)
    args = parser.parse_args()
    work: Path = args.work.resolve()
    work.mkdir(parents=True, exist_ok=True)
    bench = Bench(work, args.python)
    lines: list[str] = []
    for part in args.part or PARTS:
        for line in globals()[f"measure_{part}"](bench, args.rounds):
            print(line, flush=True)
            lines.append(line)
    if args.output:
        args.output.write_text(table(args.python, lines), encoding="utf-8")
    return 0


def measure_instructions(bench: Bench, rounds: int) -> list[str]:
    """Returns the row of the worst case: 800 tiny modules, nothing else."""
    script = workloads.flat(bench.work / "flat800", 800)
    plain = bench.instructions([str(script)], bench.plain())
    other = bench.instructions([str(script)], bench.recorded())
    empty = bench.instructions(["-c", "pass"], bench.plain())
    started = bench.instructions(["-c", "pass"], bench.recorded())
    return [
        row(
            "800 tiny flat modules, instructions",
            f"{plain:,}",
            f"{other:,}",
            f"{100 * (other / plain - 1):+.2f} %",
        ),
        row("`python -c pass`, instructions", f"{empty:,}", f"{started:,}", f"{started - empty:+,}"),
        row(
            "each module, instructions",
            "",
            f"{(other - plain - (started - empty)) / 800:,.0f}",
            f"{100 * (other - plain - (started - empty)) / plain:+.2f} % without the start",
        ),
    ]


def measure_startup(bench: Bench, rounds: int) -> list[str]:
    """Returns the rows of an empty program's CPU and wall time."""
    used = bench.paired(["-c", "pass"], rounds * 10, cpu=True)
    pair = bench.paired(["-c", "pass"], rounds * 10, cpu=False)
    rows = []
    for what, pairs in (("CPU", used), ("wall", pair)):
        for how, value, added in (
            ("minimum", min, pairs.least),
            ("median of pairs", statistics.median, pairs.middle),
        ):
            plain, other = ms(value(pairs.plain)), ms(value(pairs.other))
            rows.append(row(f"`python -c pass`, {what}, {how}", plain, other, f"{added:+.2f} ms"))
    return rows


def measure_real(bench: Bench, rounds: int) -> list[str]:
    """Returns the row of a program of 1,000 modules of real size, by CPU time."""
    script = workloads.real(bench.work / "real1000", 1000)
    pair = bench.paired([str(script)], rounds, cpu=True)
    return [
        row(
            "1,000 modules of real size and some work, CPU, minimum",
            ms(min(pair.plain)),
            ms(min(pair.other)),
            percent(pair.least_ratio),
        ),
        row(
            "the same, median of pairs",
            ms(statistics.median(pair.plain)),
            ms(statistics.median(pair.other)),
            percent(pair.middle_ratio),
        ),
    ]


def measure_after(bench: Bench, rounds: int) -> list[str]:
    """Returns the rows of the time after the program's end: 1,000 modules, 5,000 files, 100 MB."""
    script = workloads.packaged(bench.work / "package5000", 1000, 5000, 100_000_000)
    return [
        line
        for name, seconds, keep in (
            ("ends at once, empty digest index", "0", False),
            ("works 3 s, empty digest index", "3", False),
            ("ends at once, second run", "0", True),
        )
        for line in after(bench, script, f"1,000 modules, 5,000 files, 100 MB; {name}", keep, seconds)
    ]


def measure_scale(bench: Bench, rounds: int) -> list[str]:
    """Returns the rows of large programs: 2,000 flat modules, and one package of 20,000 files."""
    many = workloads.flat(bench.work / "flat2000", 2000)
    large = workloads.packaged(bench.work / "package20000", 1000, 20_000, 40_000_000)
    return [
        *after(bench, many, "2,000 flat modules", False, "0"),
        *after(bench, large, "one package of 20,000 files, 40 MB", False, "0"),
    ]


def after(bench: Bench, script: Path, name: str, keep: bool, seconds: str) -> list[str]:
    """Returns one row: automount's time after the end, less the interpreter's own, beside `sha256sum`."""
    cache = bench.work / "cache"
    took, hashed = [], []
    for _ in range(5):
        if not keep:
            shutil.rmtree(cache, ignore_errors=True)
        plain, other = bench.after_end(script, cache=cache, WORK_SECONDS=seconds)
        took.append(other - plain)
        hashed.append(bench.hashed(script.parent))
    least, sums = min(took), min(hashed)
    files = sum(1 for path in script.parent.rglob("*") if path.suffix != ".pyc" and path.is_file())
    verdict = f"{least / sums:.2f} of sha256sum, {1e3 * least / files:,.0f} µs a file"
    return [row(f"{name}: after the end", f"{ms(sums)} (sha256sum)", ms(least), verdict)]


def row(name: str, plain: str, other: str, verdict: str) -> str:
    return f"| {name} | {plain} | {other} | {verdict} |"


def ms(value: float) -> str:
    return f"{value:,.1f} ms"


def percent(ratio: float) -> str:
    return f"{100 * (ratio - 1):+.2f} %"


def table(python: Path, lines: list[str]) -> str:
    """Returns the Markdown page."""
    version = subprocess.run([str(python), "-V"], capture_output=True, text=True, check=True).stdout.strip()
    head = HEAD.format(day=datetime.date.today().isoformat(), system=platform.system(), version=version)
    return head + "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
