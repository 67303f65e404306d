"""Writes results/ship_and_run.md: which tool ships enough of thirty layouts that they run elsewhere.

For each tool and layout: build the layout, let the tool look at it, lay out exactly what the tool would
ship, rename the originals away, remove editable installs, run the staged program, and compare standard
output and exit status with what is expected. The README in this directory describes how to prepare the peers.
"""

from __future__ import annotations

import argparse
import contextlib
import datetime
import json
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from layouts import LAYOUTS, Layout, Place, clutter
from peers import PEERS
from peers.contract import CaptureFailed, Peer, Staged, Trial, last_words

RUN_SECONDS = 300

HEAD = """# Ship and run

{day}, Linux, Python {python}. Each layout was captured by each tool, laid out, run with the originals
renamed away, and compared by standard output and exit status. Every tool had one fixed set of options for
all layouts. Files and bytes are sums over all layouts of what was laid out.

| tool | version | score | files | bytes |
|---|---|---:|---:|---:|"""
NOTES = """
PyInstaller and ReproZip ship the interpreter and its libraries too: that is their purpose, and their bytes
compare with each other only. ReproZip replays at the original absolute paths, in a sandbox. flyte and
flytekit import the entry and do not run it before they package, as their commands do; MLflow's model runs
the program while it loads. Ray and the `all` styles ship the whole project directory. Beside each program
lies what lies in every project and is not needed: a git repository, tests, documentation, notebooks, a data
set (3.7 MB in all), and a `.env` that git ignores.

## Marks
"""


@dataclass(frozen=True)
class Mark:
    """One tool on one layout. `reason` is empty where it passed."""

    passed: bool
    reason: str
    files: int
    size: int


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--venvs", type=Path, required=True, help="where the peers' environments are")
    parser.add_argument("--work", type=Path, required=True, help="an empty or missing directory for trials")
    parser.add_argument("--install", action="store_true", help="make the peers' environments first")
    parser.add_argument("--tool", action="append", choices=[peer.name for peer in PEERS])
    parser.add_argument("--layout", action="append", choices=[layout.name for layout in LAYOUTS])
    parser.add_argument("--state", type=Path, help="keep marks here, and add to those already there")
    parser.add_argument("--keep", action="store_true", help="leave the trials for a closer look")
    parser.add_argument("--output", type=Path)
    args = parser.parse_args()
    peers = [peer for peer in PEERS if args.tool is None or peer.name in args.tool]
    layouts = [layout for layout in LAYOUTS if args.layout is None or layout.name in args.layout]
    work: Path = args.work.resolve()
    venvs: Path = args.venvs.resolve()
    work.mkdir(parents=True, exist_ok=True)
    if args.install:
        for peer in peers:
            install(peer, venvs)
    bare = work / "bare"
    if not bare.exists():
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(bare)], check=True)
    for layout in layouts:
        prove(layout, work / "proof", bare)
    marks: dict[str, dict[str, Mark]] = {}
    versions: dict[str, str] = {}
    if args.state and args.state.exists():
        state = json.loads(args.state.read_text())
        versions = state["versions"]
        marks = {
            tool: {name: Mark(**mark) for name, mark in row.items()} for tool, row in state["marks"].items()
        }
    for peer in peers:
        versions[peer.name] = peer.version(home_of(peer, venvs, bare) / "bin" / "python")
        row = marks.setdefault(peer.name, {})
        for layout in layouts:
            root = work / "trials" / peer.name / layout.name
            row[layout.name] = mark = attempt(
                peer, layout, root, home_of(peer, venvs, bare, inside=True), bare
            )
            verdict = "yes" if mark.passed else f"no   {mark.reason}"
            print(
                f"{peer.name:15} {layout.name:24} {mark.files:5} files {mark.size:10} B  {verdict}",
                flush=True,
            )
            if not args.keep:
                shutil.rmtree(root, ignore_errors=True)
        if args.state:
            plain = {tool: {name: asdict(mark) for name, mark in row.items()} for tool, row in marks.items()}
            args.state.write_text(json.dumps({"versions": versions, "marks": plain}, indent=1))
    text = table(marks, versions)
    if args.output:
        args.output.write_text(text, encoding="utf-8")
    else:
        print(text)
    return 0


def home_of(peer: Peer, venvs: Path, bare: Path, *, inside: bool = False) -> Path:
    """Returns the environment that the tool is installed in; with `inside`, the program runs there."""
    name = peer.venv if inside else peer.venv or getattr(peer, "tool_venv", None)
    return venvs / name if name else bare


def install(peer: Peer, venvs: Path) -> None:
    """Make the peer's own virtual environment, unless it is there."""
    name = peer.venv or getattr(peer, "tool_venv", None)
    if name is None or (venvs / name).exists():
        return
    subprocess.run([sys.executable, "-m", "venv", str(venvs / name)], check=True)
    pip = [str(venvs / name / "bin" / "python"), "-m", "pip", "install", "--quiet"]
    subprocess.run([*pip, *peer.packages], check=True)


def attempt(peer: Peer, layout: Layout, root: Path, home: Path, bare: Path) -> Mark:
    """Returns the result of one tool on one layout. `home` is the environment the program runs in here."""
    shutil.rmtree(root, ignore_errors=True)
    place = layout.build(root)
    clutter.add(place)
    scratch = root / "scratch"
    scratch.mkdir()
    if layout.venv_inside:
        # Hard links: the same environment, at a place inside the project.
        shutil.copytree(home, place.project / "venv", symlinks=True, copy_function=os.link)
        home = place.project / "venv"
    trial = Trial(
        layout=layout,
        place=place,
        python=home / "bin" / "python",
        target=bare / "bin" / "python",
        stage=root / "stage",
        scratch=scratch,
        environment=environment(scratch, tuple(place.work / entry for entry in layout.pythonpath)),
    )
    try:
        with overlay(home, place.editable, place.installed):
            staged = peer.capture(trial)
    except CaptureFailed as error:
        return Mark(False, f"the tool failed: {error}", *shipped(trial.stage))
    files, size = shipped(trial.stage)
    place.work.rename(root / "hidden")
    with overlay(bare, place.installed):
        reason = replay(layout, staged, scratch)
    return Mark(not reason, reason, files, size)


def environment(home: Path, pythonpath: tuple[Path, ...]) -> dict[str, str]:
    """Returns a small fixed environment; no byte code, so that looking leaves no files behind."""
    variables = {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    if pythonpath:
        variables["PYTHONPATH"] = os.pathsep.join(map(str, pythonpath))
    return variables


@contextlib.contextmanager
def overlay(venv: Path, *trees: Path) -> Iterator[None]:
    """Lay the trees into the environment's site-packages for a while."""
    site = next(venv.glob("lib/python*/site-packages"))
    added: list[Path] = []
    try:
        for tree in trees:
            for source in sorted(tree.rglob("*")):
                target = site / source.relative_to(tree)
                if target.exists() and not target.is_dir():
                    raise FileExistsError(f"{target.name} is already installed there")
                if source.is_dir():
                    if not target.exists():
                        target.mkdir()
                        added.append(target)
                else:
                    shutil.copyfile(source, target)
                    added.append(target)
        yield
    finally:
        for path in reversed(added):
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)


def replay(layout: Layout, staged: Staged, home: Path) -> str:
    """Returns why the staged program is not the same as the original, or nothing."""
    try:
        done = subprocess.run(
            staged.argv,
            cwd=staged.cwd,
            env=environment(home, staged.pythonpath),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=RUN_SECONDS,
        )
    except subprocess.TimeoutExpired:
        return f"no end after {RUN_SECONDS} s"
    except OSError as error:
        return f"cannot start: {error}"
    if done.returncode != 0:
        return last_words(done.stderr) or f"status {done.returncode}"
    if done.stdout != layout.expected:
        return f"other output: {done.stdout!r}"
    return ""


def prove(layout: Layout, root: Path, bare: Path) -> None:
    """Raise unless the layout itself, untouched, gives what it says; twice the same tree."""
    shutil.rmtree(root, ignore_errors=True)
    place: Place = layout.build(root)
    home = place.root / "home"
    home.mkdir()
    search = tuple(place.work / entry for entry in layout.pythonpath)
    staged = Staged((str(bare / "bin" / "python"), *layout.argv), place.project, search)
    with overlay(bare, place.editable, place.installed):
        reason = replay(layout, staged, home)
    shutil.rmtree(root)
    if reason:
        raise RuntimeError(f"layout {layout.name} does not run in place: {reason}")


def shipped(stage: Path) -> tuple[int, int]:
    """Returns the number of files below the stage and their bytes; links count as no bytes."""
    files = [path for path in stage.rglob("*") if path.is_symlink() or path.is_file()]
    return len(files), sum(path.lstat().st_size for path in files if not path.is_symlink())


def table(marks: dict[str, dict[str, Mark]], versions: dict[str, str]) -> str:
    """Returns the Markdown page."""
    peers = [peer for peer in PEERS if peer.name in marks]
    day, python = datetime.date.today().isoformat(), platform.python_version()
    lines = [HEAD.format(day=day, python=python)]
    for peer in peers:
        row = marks[peer.name].values()
        score = f"{sum(mark.passed for mark in row)} of {len(row)}"
        files, size = sum(mark.files for mark in row), sum(mark.size for mark in row)
        lines.append(f"| {peer.title} | {versions[peer.name]} | {score} | {files:,} | {size:,} |")
    lines += [NOTES, "| layout | " + " | ".join(peer.name for peer in peers) + " |"]
    lines.append("|---|" + ":-:|" * len(peers))
    for number, layout in enumerate(LAYOUTS, 1):
        cells = []
        for peer in peers:
            mark = marks[peer.name].get(layout.name)
            cells.append("" if mark is None else "✓" if mark.passed else "–")
        lines.append(f"| {number}. {layout.name}: {layout.words} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
