"""Measures what each integration sends and what it costs beside the engine's own start, in one run.

    python benchmarks/engines.py --environments DIR [--write]

`DIR` keeps one virtual environment for each engine, created if it is missing. The project is a package of 40
modules in `src/`, package data, a script, and files that projects have beside their code: a repository's
objects, a virtual environment, outputs of notebooks, and logs. `--write` writes
benchmarks/results/engines.md.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from engine_programs import DASK, MODAL, RAY, SPARK, write_project

REQUIREMENTS = {
    "dask": ["distributed==2026.8.0"],
    "ray": ["ray[default]==2.60.0"],
    "spark": ["pyspark[connect]==4.3.0"],
    "modal": ["modal==1.6.4"],
}


@contextlib.contextmanager
def running(command: Sequence[str], until: str, log: Path, env: dict[str, str]) -> Iterator[None]:
    """A process that has written `until` to its log; its process group is ended afterwards."""
    with log.open("wb") as written:
        process = subprocess.Popen(
            command, stdout=written, stderr=subprocess.STDOUT, env=env, start_new_session=True, cwd=log.parent
        )
    try:
        ends = time.monotonic() + 120
        while until not in log.read_text(errors="replace"):
            if process.poll() is not None or time.monotonic() > ends:
                raise SystemExit(log.read_text(errors="replace")[-3000:])
            time.sleep(0.02)
        yield
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(5)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)


def free_port() -> int:
    while True:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port: int = probe.getsockname()[1]
        if not 10002 <= port <= 19999 and not 30000 <= port <= 30999:
            return port


class Run:
    """One project, its recording, and the environments of the engines."""

    def __init__(self, work: Path, environments: Path) -> None:
        self.work, self.environments = work, environments
        self.root = work / "project"
        write_project(self.root)
        kept = {name: value for name, value in os.environ.items() if not name.startswith("AUTOMOUNT")}
        self.env = {**kept, "XDG_CACHE_HOME": str(work / "cache"), "PYTHONDONTWRITEBYTECODE": "1"}
        record = {**self.env, "PYTHONPATH": str(self.root / "src")}
        subprocess.run(
            [sys.executable, "-m", "automount", "run.py"],
            cwd=self.root,
            env=record,
            check=True,
            capture_output=True,
        )

    def environment(self, name: str) -> Path:
        home = self.environments / name
        if not (home / "ready").exists():
            subprocess.run([sys.executable, "-m", "venv", "--clear", str(home)], check=True)
            command = [str(home / "bin" / "python"), "-m", "pip", "install", "-q", *REQUIREMENTS[name]]
            subprocess.run(command, check=True)
            (home / "ready").touch()
        return home

    def drive(self, name: str, program: str, address: str, began: float, **more: str) -> dict[str, float]:
        home = self.environment(name)
        version = f"python{sys.version_info.major}.{sys.version_info.minor}"
        (self.root / "src" / "pkg" / "lazy.py").write_text("VERSION = 1\n")
        script = self.work / f"{name}_driver.py"
        script.write_text(program)
        site = str(home / "lib" / version / "site-packages")
        done = subprocess.run(
            [sys.executable, str(script), address, str(began)],
            cwd=self.root,
            env={**self.env, "PYTHONPATH": site, **more},
            capture_output=True,
            text=True,
        )
        if done.returncode:
            raise SystemExit(done.stderr[-4000:])
        marks: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
        return marks

    def dask(self) -> dict[str, float]:
        command = [str(self.environment("dask") / "bin" / "dask")]
        port, began = free_port(), time.time()
        address = f"tcp://127.0.0.1:{port}"
        scheduler = [*command, "scheduler", "--host", "127.0.0.1", "--port", str(port), "--no-dashboard"]
        place = str(self.work / "dask")
        words = [
            *command,
            "worker",
            address,
            "--nthreads",
            "1",
            "--no-dashboard",
            "--local-directory",
            place,
        ]
        with (
            running(scheduler, "Scheduler at:", self.work / "scheduler.log", self.env),
            running(words, "Registered to", self.work / "worker.log", self.env),
        ):
            return self.drive("dask", DASK, address, began)

    def ray(self) -> dict[str, float]:
        binaries = self.environment("ray") / "bin"
        port, began = free_port(), time.time()
        with tempfile.TemporaryDirectory(prefix="r", dir="/tmp") as short:
            token = {"RAY_TMPDIR": short, "RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": "t" * 40}
            words = {
                "--node-ip-address": "127.0.0.1",
                "--port": port,
                "--min-worker-port": 30000,
                "--max-worker-port": 30999,
                "--num-cpus": 2,
                "--include-dashboard": "false",
                "--object-store-memory": 100000000,
                "--temp-dir": short,
            }
            options = [f"{name}={value}" for name, value in words.items()]
            command = [f"{binaries}/ray", "start", "--head", "--block", "--disable-usage-stats", *options]
            env = {**self.env, **token, "PATH": f"{binaries}:{os.defpath}"}
            with running(command, "Ray runtime started", self.work / "ray.log", env):
                return self.drive("ray", RAY, f"127.0.0.1:{port}", began, **token)

    def spark(self) -> dict[str, float]:
        python = str(self.environment("spark") / "bin" / "python")
        more = {"PYSPARK_PYTHON": python, "SPARK_LOCAL_IP": "127.0.0.1"}
        return self.drive("spark", SPARK, "-", time.time(), **more)

    def modal(self) -> dict[str, float]:
        return self.drive("modal", MODAL, "-", time.time())

    def pyz(self) -> dict[str, float]:
        """Seconds of the plain program, of packing, of the first run and of later ones."""
        (self.root / "src" / "pkg" / "lazy.py").write_text("VERSION = 1\n")
        archive = str(self.work / "app.pyz")
        plain = {**self.env, "PYTHONPATH": str(self.root / "src")}
        commands: list[tuple[str, list[str], dict[str, str]]] = [
            ("start", [sys.executable, "run.py"], plain),
            ("pack", [sys.executable, "-m", "automount", "pack", archive], self.env),
            ("first", [sys.executable, archive], self.env),
            ("again", [sys.executable, archive], self.env),
        ]
        seconds = {}
        for name, command, env in commands:
            taken = []
            for _ in range(5 if name in ("start", "again") else 1):
                began = time.perf_counter()
                subprocess.run(command, cwd=self.root, env=env, check=True, capture_output=True)
                taken.append(time.perf_counter() - began)
            seconds[name] = min(taken)
        return seconds

    def sent(self) -> tuple[int, int]:
        manifest = json.loads((self.root / "automount.json").read_bytes())
        return len(manifest["files"]), sum(row["size"] for row in manifest["files"])

    def whole(self) -> tuple[int, int]:
        files = [path for path in self.root.rglob("*") if path.is_file()]
        return len(files), sum(path.stat().st_size for path in files)


def table(run: Run, found: dict[str, dict[str, float]]) -> str:
    """The results as a page of Markdown."""
    files, size = run.sent()
    all_files, all_size = run.whole()
    lines = [
        "# Engines",
        "",
        "Measured by `python benchmarks/engines.py --environments DIR --write`, in one run, on a machine",
        "that others used too: ratios count, seconds do not.",
        f"CPython {sys.version.split()[0]}, {os.cpu_count()} cores.",
        "",
        "| sent | files | bytes |",
        "|---|---:|---:|",
        f"| by automount, to every engine | {files} | {size:,} |",
        f"| the whole directory | {all_files:,} | {all_size:,} |",
        f"| ratio | 1 : {all_files / files:.0f} | 1 : {all_size / size:.0f} |",
        "",
        "`start`: the engine's own start until its first trivial task has ended. `first`: the integration's",
        "call and the first task with the project's code. `edit`: one module was changed, then",
        "`bundle(refresh=True)`, the call and the task again (with Ray, also a new `ray.init`).",
        "All are given relative to `start`.",
        "",
        "| engine | start | first | edit |",
        "|---|---:|---:|---:|",
    ]
    for name in ("dask", "ray", "spark", "modal"):
        marks = found[name]
        start = marks["start"]
        edit = f"{marks['edit'] / start:.2f} ({marks['edit']:.2f} s)" if "edit" in marks else "-"
        first = f"{marks['first'] / start:.2f} ({marks['first']:.2f} s)"
        lines.append(f"| {name} | 1 ({start:.2f} s) | {first} | {edit} |")
    whole = found["ray"]["whole"] / found["ray"]["edit"]
    pyz = found["pyz"]
    start = pyz["start"]
    lines += [
        "",
        f"Ray with the whole directory as its `working_dir` took {whole:.1f} times as long as `edit` did.",
        "Modal was measured offline: its `start` is making an image object, and nothing was uploaded.",
        "",
        f"`.pyz`: the plain program is 1 ({start:.2f} s), packing {pyz['pack'] / start:.1f}, "
        f"the first run {pyz['first'] / start:.1f},",
        f"a later run {pyz['again'] / start:.1f} (plain and later runs: the best of five).",
        "",
    ]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--environments", type=Path, required=True, help="keep the engines' environments here"
    )
    parser.add_argument("--write", action="store_true", help="write benchmarks/results/engines.md")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="automount-engines-", ignore_cleanup_errors=True) as work:
        run = Run(Path(work), given.environments.resolve())
        found: dict[str, Any] = {name: getattr(run, name)() for name in (*REQUIREMENTS, "pyz")}
        page = table(run, found)
    print(page)
    if given.write:
        (Path(__file__).parent / "results" / "engines.md").write_text(page)


if __name__ == "__main__":
    main()
