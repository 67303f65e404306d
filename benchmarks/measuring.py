"""Measures commands against each other in one run: instructions, wall and CPU time, time after the end."""

from __future__ import annotations

import datetime
import os
import platform
import re
import resource
import shutil
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import automount

BOOT = Path(automount.__file__).parent / "agent" / "boot"
INSTRUCTIONS = re.compile(r"I\s+refs:\s+([\d,]+)")


def cpu_time() -> float:
    """Returns the CPU seconds of the processes that have ended below this one."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def machine() -> str:
    """Returns the day and the machine of a measurement, as the head of its table."""
    day, system, python = datetime.date.today().isoformat(), platform.system(), platform.python_version()
    return f"{day}, {system}, {os.cpu_count()} cores, Python {python}"


@dataclass(frozen=True)
class Pair:
    """Two samples of one quantity, taken in turn: `plain` and `other`, in one unit."""

    plain: tuple[float, ...]
    other: tuple[float, ...]

    @property
    def least(self) -> float:
        """The difference of the minima."""
        return min(self.other) - min(self.plain)

    @property
    def middle(self) -> float:
        """The median of the differences, pair by pair."""
        return statistics.median(b - a for a, b in zip(self.plain, self.other, strict=True))

    @property
    def least_ratio(self) -> float:
        return min(self.other) / min(self.plain)

    @property
    def middle_ratio(self) -> float:
        return statistics.median(b / a for a, b in zip(self.plain, self.other, strict=True))


@dataclass(frozen=True)
class Bench:
    """Where measuring happens and which interpreter is measured."""

    work: Path
    python: Path

    def plain(self, **more: str) -> dict[str, str]:
        """Returns the environment of a plain run."""
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.work),
            "LANG": "C.UTF-8",
            "PYTHONHASHSEED": "0",
            **more,
        }

    def recorded(self, **more: str) -> dict[str, str]:
        """Returns the environment under which the agent records into a fresh journal directory."""
        journal = self.work / "journal"
        shutil.rmtree(journal, ignore_errors=True)
        journal.mkdir()
        return self.plain(AUTOMOUNT_JOURNAL=str(journal), PYTHONPATH=str(BOOT), **more)

    def instructions(self, argv: list[str], environment: dict[str, str]) -> int:
        """Returns the instructions of one run under cachegrind, without its cache simulation."""
        # Once before, for the byte code of this interpreter.
        timed([str(self.python), *argv], self.plain(), cpu=False)
        command = ["valgrind", "--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null"]
        done = subprocess.run(
            [*command, str(self.python), *argv], env=environment, capture_output=True, text=True, check=True
        )
        found = INSTRUCTIONS.search(done.stderr)
        if found is None:
            raise RuntimeError(f"cachegrind did not count: {done.stderr[-200:]}")
        return int(found[1].replace(",", ""))

    def paired(self, argv: list[str], rounds: int, *, cpu: bool) -> Pair:
        """Returns plain and recorded runs in turn, in milliseconds: CPU time of the process, or wall time."""
        samples: tuple[list[float], list[float]] = ([], [])
        for number in range(rounds + 1):
            # The order alternates, so that a drift of the machine affects both alike.
            for which in (0, 1) if number % 2 else (1, 0):
                environment = self.recorded() if which else self.plain()
                value = timed([str(self.python), *argv], environment, cpu=cpu)
                if number:
                    samples[which].append(value)
        return Pair(tuple(samples[0]), tuple(samples[1]))

    def after_end(self, script: Path, *, cache: Path, **more: str) -> tuple[float, float]:
        """Returns, in milliseconds, the time from the program's last statement to the end of a plain run
        and to the end of automount, whose manifest is then written. `cache` holds the digest index."""
        ended = self.work / "ended"
        manifest = self.work / "manifest.json"
        manifest.unlink(missing_ok=True)
        took = []
        record = [
            sys.executable,
            "-m",
            "automount",
            "--quiet",
            "--python",
            str(self.python),
            "-o",
            str(manifest),
        ]
        for prefix in ([str(self.python)], record):
            environment = self.plain(SAY_END=str(ended), XDG_CACHE_HOME=str(cache), **more)
            subprocess.run([*prefix, str(script)], env=environment, cwd=script.parent, check=True)
            took.append((time.monotonic_ns() - int(ended.read_text())) / 1e6)
        if not manifest.exists():
            raise RuntimeError("no manifest was written")
        return took[0], took[1]

    def hashed(self, root: Path) -> float:
        """Returns the milliseconds of `find | xargs sha256sum` over the files that are shipped."""
        command = "find . -name __pycache__ -prune -o -type f -print0 | xargs -0 sha256sum > /dev/null"
        start = time.perf_counter()
        subprocess.run(["sh", "-c", command], cwd=root, check=True)
        return (time.perf_counter() - start) * 1e3


def timed(argv: list[str], environment: dict[str, str], *, cpu: bool) -> float:
    """Returns the milliseconds of one run: user and system time of the process tree's root, or wall time."""
    start = time.perf_counter()
    quiet = [(os.POSIX_SPAWN_OPEN, stream, os.devnull, os.O_WRONLY, 0) for stream in (1, 2)]
    pid = os.posix_spawn(argv[0], argv, environment, file_actions=quiet)
    _, status, usage = os.wait4(pid, 0)
    wall = time.perf_counter() - start
    if status != 0:
        raise RuntimeError(f"{argv[-1]} ended with status {os.waitstatus_to_exitcode(status)}")
    return (usage.ru_utime + usage.ru_stime if cpu else wall) * 1e3
