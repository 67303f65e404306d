"""Writes results/verify.md: verdicts and times over the example projects and the ground-truth programs.

Each program runs plain, is recorded, and is verified. The time of `automount verify` is compared with that
of the plain run of the same round. A verdict other than sufficient is listed with its reasons, so that a
reader can judge it.
"""

from __future__ import annotations

import argparse
import datetime
import json
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

ROOT = Path(__file__).resolve().parents[1]
for folder in ("tests/e2e", "tests", "benchmarks"):
    sys.path.insert(0, str(ROOT / folder))

from example_projects import Project, load_cases, load_expected  # noqa: E402
from ground_truth import fresh, prepare, python_of, variables  # noqa: E402
from subjects import SUBJECTS, Subject  # noqa: E402
from verify_time import parts  # noqa: E402

HEAD = """# Verdicts

{day}, Linux, Python {python}, on {cores} shared cores. Made by `python benchmarks/verify_table.py --work DIR --prepare
--output benchmarks/results/verify.md`. `--data` is as the example says, and `mount` for the ground-truth programs.

| | programs | ✓ sufficient | ? not proven | ✗ not sufficient |
|---|---:|---:|---:|---:|
{counts}

## Time

The time of `automount verify` (bubblewrap) beside a plain run of the same round, in seconds.

| | plain, median | verify, median | within twice the plain run plus 0.5 s | verify minus twice the plain run: median, worst |
|---|---:|---:|---:|---:|
{times}

### In every sandbox

<!-- time -->
{sandboxes}<!-- /time -->

## Every verdict other than ✓, and why
{reasons}
"""  # noqa: E501
AUTOMOUNT = (sys.executable, "-m", "automount")
T = TypeVar("T")
MARKS = {"sufficient": "✓", "not-proven": "?", "not-sufficient": "✗"}
# Why the verdict on a ground-truth program is right, found by looking at it.
WHY = {
    "pylint": "a cache below the home directory that the plain run left; the other machine has none there",
    "black": "caches below the home directory that the plain run left; the other machine has none there",
    "django-tests": "part of a namespace package of its tests is not mounted, and is not found",
    "pytest": "it reads the entry points of editable installs, which do not exist elsewhere",
    "sqlalchemy": "as pytest, which runs its tests; and it lists its source directory",
}


@dataclass(frozen=True)
class Row:
    """One program: seconds of the plain run and of `verify`, the verdict, and its reasons."""

    group: str
    name: str
    plain: float
    verify: float
    word: str
    reasons: tuple[str, ...]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, help="the ground-truth programs live here")
    parser.add_argument("--prepare", action="store_true", help="fetch the ground-truth programs first")
    parser.add_argument("--only", action="append", help="the name of a program")
    parser.add_argument("--output", type=Path)
    args = parser.parse_args()
    rows = []
    chosen = [subject for subject in SUBJECTS if args.only is None or subject.name in args.only]
    if args.work and args.prepare:
        prepare(args.work.resolve(), chosen)
    found: list[Iterator[Row]] = [examples(args.only)]
    if args.work:
        found.append(program(subject, args.work.resolve()) for subject in chosen)
    for source in found:
        for row in source:
            rows.append(row)
            print(
                f"{MARKS[row.word]} {row.name:40} {row.plain:6.2f} {row.verify:6.2f} {row.reasons}",
                flush=True,
            )
    if args.output:
        # The table that verify_time.py has written stays.
        sandboxes = parts(args.output)[1] if args.output.exists() else ""
        args.output.write_text(page(rows, sandboxes), encoding="utf-8")
    return 0


def examples(only: list[str] | None) -> Iterator[Row]:
    """The rows of the example projects that can be shipped."""
    with tempfile.TemporaryDirectory() as top:
        venv = Path(top, "venv")
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(venv)], check=True)
        for case in load_cases():
            if case.plain and not case.ship and (only is None or case.name in only):
                yield example(Project(case, Path(top, case.name), str(venv / "bin/python")))


def example(project: Project) -> Row:
    """The row of one example project."""
    case, environ = project.case, project.environment()
    _, plain = timed(lambda: project.execute(project.plain_command(), environ))
    project.recorded()
    command = [*AUTOMOUNT, "verify", "--json", str(project.manifest_path)]
    outcome, took = timed(lambda: project.execute(command, environ))
    verdict = json.loads(outcome.stdout.splitlines()[-1])
    why = [] if verdict["verdict"] == "sufficient" else [*reasons(verdict), f"({case.why})"]
    expected = load_expected(case).get("verdict")
    if expected not in (None, verdict["verdict"]):
        why.append(f"expected: {expected}")
    return Row("example projects", case.name, plain, took, verdict["verdict"], tuple(why))


def program(subject: Subject, work: Path) -> Row:
    """The row of one ground-truth program. Verification finds the input as the recorded run left it."""
    python = str(python_of(subject, work))
    place = work / "input" / subject.name
    manifest = str(work / f"{subject.name}.verify.json")

    def run(*argv: str) -> tuple[str, float]:
        done, took = timed(
            lambda: subprocess.run(
                argv,
                cwd=work / "source" / subject.distribution if subject.inside else place,
                env=variables(place, Path(python)),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
            )
        )
        return done.stdout, took

    fresh(subject, place)
    _, plain = run(python, *subject.argv)
    fresh(subject, place)
    run(*AUTOMOUNT, "--quiet", "--python", python, "--data", "mount", "-o", manifest, *subject.argv)
    answer, took = run(*AUTOMOUNT, "verify", "--json", "--python", python, manifest)
    verdict = json.loads(answer.splitlines()[-1])
    why = reasons(verdict)
    if why and subject.name in WHY:
        why.append(f"({WHY[subject.name]})")
    return Row("ground truth", subject.name, plain, took, verdict["verdict"], tuple(why))


def reasons(verdict: dict[str, Any], most: int = 8) -> list[str]:
    """What the verdict names, shortened."""
    found = [
        f"{row['finding']}: {row['kind']} {row['name'] or Path(row['local']).name}"
        for row in verdict["findings"]
    ]
    found += [f"not recorded: {row['reason']}" for row in verdict.get("incomplete", ())]
    if verdict.get("status") != verdict.get("expected"):
        found.insert(0, f"status {verdict.get('status')}, recorded {verdict.get('expected')}")
    return found if len(found) <= most else [*found[:most], f"and {len(found) - most} more"]


def timed(call: Callable[[], T]) -> tuple[T, float]:
    """The result of a call, and how many seconds it took."""
    start = time.perf_counter()
    found = call()
    return found, time.perf_counter() - start


def page(rows: list[Row], sandboxes: str) -> str:
    """The Markdown page."""
    groups = list(dict.fromkeys(row.group for row in rows))
    counts, times = [], []
    for group in groups:
        own = [row for row in rows if row.group == group]
        numbers = [sum(row.word == word for row in own) for word in MARKS]
        counts.append(f"| {group} | {len(own)} | " + " | ".join(map(str, numbers)) + " |")
        over = [row.verify - 2 * row.plain for row in own]
        within = sum(more <= 0.5 for more in over)
        times.append(
            f"| {group} | {statistics.median(row.plain for row in own):.2f} "
            f"| {statistics.median(row.verify for row in own):.2f} | {within} of {len(own)} "
            f"| {statistics.median(over):.2f}, {max(over):.2f} |"
        )
    sections = [
        f"\n- {MARKS[row.word]} **{row.name}**: {'; '.join(row.reasons)}"
        for row in rows
        if row.word != "sufficient"
    ]
    return HEAD.format(
        day=datetime.date.today().isoformat(),
        python=platform.python_version(),
        cores=2,
        counts="\n".join(counts),
        times="\n".join(times),
        sandboxes=sandboxes,
        reasons="".join(sections),
    )


if __name__ == "__main__":
    sys.exit(main())
