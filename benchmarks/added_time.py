"""Writes results/added_time.md: the wall clock that tools add to a program, all measured in one run.

The program imports 300 modules of real size; once alone, once with numpy and pandas. Each round runs every
tool once, so a drift of the machine affects all alike; the figure is the median of the differences to the
plain run of the same round. The peers that capture code (MLflow, flytekit, flyte 2, ReproZip) are run as in
ship_and_run.py, each in its own environment below `--venvs`, and compared with a plain run of that
environment's Python.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import workloads
from peers.contract import DRIVERS

FIND_AND_HASH = "find . -name __pycache__ -prune -o -type f -print0 | xargs -0 sha256sum > /dev/null"

HEAD = """# Added time

{machine}.
Wall clock of whole processes; all tools took turns in one run of
`python benchmarks/added_time.py`. *added* is the median of the differences to the plain run of the same
round, *least* the difference of the minima.

| program | tool | plain | added | least |
|---|---|---:|---:|---:|
"""


def ms(seconds: float) -> str:
    """Returns seconds as text in milliseconds."""
    return f"{1e3 * seconds:,.0f} ms"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, required=True, help="programs are made here, and found again")
    parser.add_argument(
        "--python",
        type=Path,
        default=Path(sys.executable),
        help="an environment with automount, coverage, numpy, pandas (and modulegraph2, pyinstaller)",
    )
    parser.add_argument(
        "--venvs", type=Path, help="the peers' environments (see ship_and_run.py), with numpy and pandas"
    )
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--slow-rounds", type=int, default=2, help="rounds of the tools that need seconds")
    parser.add_argument("--output", type=Path)
    args = parser.parse_args()
    work: Path = args.work.resolve()
    work.mkdir(parents=True, exist_ok=True)
    page = Page(work, args.python.absolute(), args.venvs, args.rounds, args.slow_rounds)
    page.measure()
    text = page.text()
    print(text)
    if args.output:
        args.output.write_text(text, encoding="utf-8")
    return 0


@dataclass(frozen=True)
class Tool:
    """How a tool is run, the interpreter whose plain run it is compared with, and directories that are
    emptied before each run."""

    command: list[str]
    python: Path
    emptied: tuple[Path, ...] = ()


class Page:
    """The measured table, and what it needs to be measured."""

    def __init__(self, work: Path, python: Path, venvs: Path | None, rounds: int, slow_rounds: int) -> None:
        self.work, self.python = work, python
        self.venvs = venvs.resolve() if venvs else None
        self.versions: dict[str, str] = {}
        self.rounds, self.slow_rounds = rounds, slow_rounds
        self.rows: list[str] = []
        self.environment = {
            "PATH": f"{python.parent}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(work),
            "LANG": "C.UTF-8",
            "XDG_CACHE_HOME": str(work / "cache"),
            "REPROZIP_USAGE_STATS": "off",
        }

    def measure(self) -> None:
        """Measures all programs."""
        alone = workloads.real(self.work / "real300", 300)
        science = workloads.with_imports(self.work / "science300", 300, ("numpy", "pandas"))
        empty = self.work / "empty" / "app.py"
        empty.parent.mkdir(exist_ok=True)
        empty.write_text("")
        for title, script in (
            ("empty program", empty),
            ("300 modules", alone),
            ("300 modules, numpy and pandas", science),
        ):
            self._compare(title, script, self._quick(script), self.rounds)
        for title, script in (("300 modules", alone), ("300 modules, numpy and pandas", science)):
            if self.slow_rounds:
                self._compare(title, script, self._slow(script), self.slow_rounds)
        many = workloads.packaged(self.work / "package5000", 1000, 5000, 100_000_000)
        self._hashing(many)

    def _quick(self, script: Path) -> dict[str, Tool]:
        python = str(self.python)
        record = [python, "-m", "automount", "--quiet", "-o", str(self.work / "m.json"), str(script)]
        data = f"--data-file={self.work / 'data'}"
        return {
            "automount": Tool(record, self.python),
            "coverage run": Tool([python, "-m", "coverage", "run", data, str(script)], self.python),
        }

    def _slow(self, script: Path) -> dict[str, Tool]:
        python = str(self.python)
        graph = "import sys, modulegraph2; modulegraph2.ModuleGraph().add_script(sys.argv[1])"
        find = "import sys, modulefinder; modulefinder.ModuleFinder().run_script(sys.argv[1])"
        output = self.work / "built"
        commands = {
            "modulefinder": [python, "-c", find, str(script)],
            "modulegraph2": [python, "-c", graph, str(script)],
            "PyInstaller": [
                *(python, "-m", "PyInstaller", "--clean", "-y", "--log-level", "ERROR"),
                *("--specpath", str(output), "--workpath", str(output / "work")),
                *("--distpath", str(output / "dist"), str(script)),
            ],
        }
        found = {
            name: Tool(command, self.python)
            for name, command in commands.items()
            if self._has(self.python, name.lower() if name != "PyInstaller" else name)
        }
        return {**found, **self._capturing(script)}

    def _capturing(self, script: Path) -> dict[str, Tool]:
        """Returns the tools that capture the code of a program and whose environment exists."""
        found: dict[str, Tool] = {}
        drivers = {
            "MLflow": ("mlflow", {}),
            "flytekit": ("flytekit", {"copy": "auto"}),
            "flyte 2": ("flyte", {"copy_style": "loaded_modules"}),
        }
        # The drivers import the entry and MLflow's also calls its `main`.
        (script.parent / "entry.py").write_text(f"import {script.stem}\n\n\ndef main():\n    pass\n")
        for title, (name, options) in drivers.items():
            python = self._environment_of(name)
            if python is None:
                continue
            scratch = self.work / "scratch" / name
            request = self.work / f"{name}-{script.parent.name}.json"
            place = {"project": script.parent, "import_root": script.parent, "stage": scratch / "stage"}
            values = {**place, "scratch": scratch, "answer": scratch / "answer.json"}
            texts = {key: str(value) for key, value in values.items()}
            request.write_text(json.dumps({**texts, "module": "entry", "script": "entry.py", **options}))
            command = [str(python), str(DRIVERS / f"{name}_driver.py"), str(request)]
            found[title] = Tool(command, python, (scratch,))
        python = self._environment_of("reprozip")
        if python is not None:
            scratch, reprozip = self.work / "scratch" / "reprozip", python.parent / "reprozip"
            trace = f"{reprozip} trace -d {scratch}/trace {self.python} {script}"
            pack = f"{reprozip} pack -d {scratch}/trace {scratch}/program.rpz"
            found["ReproZip"] = Tool(["sh", "-c", f"{trace} && {pack}"], self.python, (scratch,))
        return found

    def _environment_of(self, name: str) -> Path | None:
        python = self.venvs / name / "bin" / "python" if self.venvs else None
        if python is None or not python.exists():
            return None
        self.versions[name] = self._version_of(python, name)
        return python

    def _version_of(self, python: Path, name: str) -> str:
        code = f"import importlib.metadata as m; print(m.version({name!r}))"
        return subprocess.run([python, "-c", code], capture_output=True, text=True, check=True).stdout.strip()

    def _has(self, python: Path, module: str) -> bool:
        return subprocess.run([python, "-c", f"import {module}"], capture_output=True).returncode == 0

    def _compare(self, title: str, script: Path, tools: dict[str, Tool], rounds: int) -> None:
        plain = {tool.python: Tool([str(tool.python), str(script)], tool.python) for tool in tools.values()}
        runs: list[tuple[str | Path, Tool]] = [*plain.items(), *tools.items()]
        took: dict[str | Path, list[float]] = {key: [] for key, _ in runs}
        for number in range(rounds + 1):
            for key, tool in runs if number % 2 else reversed(runs):
                for path in tool.emptied:
                    shutil.rmtree(path, ignore_errors=True)
                    path.mkdir(parents=True)
                seconds = self._timed(tool.command, script.parent)
                if number:
                    took[key].append(seconds)
        for name, tool in tools.items():
            base, samples = took[tool.python], took[name]
            added = statistics.median(b - a for a, b in zip(base, samples, strict=True))
            least = min(samples) - min(base)
            self._row(title, name, ms(statistics.median(base)), f"+{ms(added)}", f"+{ms(least)}")

    def _hashing(self, script: Path) -> None:
        python = str(self.python)
        record = [python, "-m", "automount", "--quiet", "-o", str(self.work / "m.json"), str(script)]
        kinds: dict[str, list[float]] = {"first run": [], "second run": []}
        hashed = []
        for _ in range(max(3, self.rounds // 2)):
            plain = self._timed([python, str(script)], script.parent)
            shutil.rmtree(self.work / "cache", ignore_errors=True)
            kinds["first run"].append(self._timed(record, script.parent) - plain)
            kinds["second run"].append(self._timed(record, script.parent) - plain)
            hashed.append(self._timed(["sh", "-c", FIND_AND_HASH], script.parent))
        base = statistics.median(hashed)
        for name, samples in kinds.items():
            added = statistics.median(samples)
            title, ratio = "1,000 modules, 5,000 files, 100 MB", f"{added / base:.2f} of sha256sum"
            self._row(title, f"automount, {name}", f"{ms(base)} (sha256sum)", f"+{ms(added)}", ratio)

    def _row(self, *cells: str) -> None:
        self.rows.append(f"| {' | '.join(cells)} |")
        print(self.rows[-1], flush=True)

    def _timed(self, command: list[str], cwd: Path) -> float:
        start = time.perf_counter()
        subprocess.run(command, cwd=cwd, env=self.environment, check=True, capture_output=True)
        return time.perf_counter() - start

    def text(self) -> str:
        """Returns the Markdown page."""
        names = ("automount", "coverage", "numpy", "pandas", "modulegraph2", "pyinstaller")
        code = (
            "import importlib.metadata as m, json, sys\nfound = {}\n"
            f"for name in {names!r}:\n"
            "    try: found[name] = m.version(name)\n    except m.PackageNotFoundError: pass\n"
            "print(', '.join(f'{k} {v}' for k, v in found.items()))"
        )
        versions = subprocess.run(
            [self.python, "-c", code], capture_output=True, text=True, check=True
        ).stdout
        python = subprocess.run(
            [self.python, "-V"], capture_output=True, text=True, check=True
        ).stdout.strip()
        today = datetime.date.today().isoformat()
        peers = "".join(f", {name} {version}" for name, version in self.versions.items())
        machine = f"{today}, {platform.system()}, {os.cpu_count()} cores, {python}, {versions.strip()}{peers}"
        return HEAD.format(machine=machine) + "\n".join(self.rows) + "\n"


if __name__ == "__main__":
    sys.exit(main())
