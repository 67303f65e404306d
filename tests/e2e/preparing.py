"""Performs the setup steps of an example project: what git cannot hold, and what depends on the machine.

Each step is an object whose first key names it; paths are relative to the copied tree.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import needs

HERE = Path(__file__).resolve().parent
# Prints what a C extension needs to be built for the interpreter that runs this.
_BUILD_FACTS = "import sysconfig as s; print(s.get_paths()['include']); print(s.get_config_var('EXT_SUFFIX'))"


def prepare(tree: Path, steps: Sequence[Mapping[str, Any]], python: str) -> list[Path]:
    """Performs `steps` in `tree`; gives the virtual environments that were made."""
    venvs = []
    for step in steps:
        name = next(iter(step))
        if name not in STEPS:
            raise ValueError(f"unknown setup step {name}; known: {', '.join(sorted(STEPS))}")
        STEPS[name](tree, python, **step)
        if name == "venv":
            venvs.append(tree / step["venv"])
    return venvs


def make_venv(tree: Path, python: str, *, venv: str, system_site_packages: bool = False) -> None:
    """An empty virtual environment, without pip, of the interpreter that runs the tests."""
    options = ["--without-pip", *(["--system-site-packages"] if system_site_packages else [])]
    _run([sys.executable, "-m", "venv", *options, str(tree / venv)], tree)


def install(
    tree: Path, python: str, *, install: str, into: str = "", target: str = "", editable: bool = False
) -> None:
    """pip installs the project directory `install` `into` a venv, or into a `target` directory."""
    where = ["--python", str(tree / into / "bin" / "python")] if into else []
    place = ["--target", str(tree / target)] if target else []
    what = ["-e", str(tree / install)] if editable else [str(tree / install)]
    offline = ["--no-index", "--no-build-isolation", "--no-deps", "--no-cache-dir"]
    quiet = ["--quiet", "--disable-pip-version-check", "--no-compile"]
    # The backend is found by PYTHONPATH: pip runs it in the target's interpreter.
    _run(
        [sys.executable, "-m", "pip", *where, "install", *place, *offline, *quiet, *what],
        tree,
        PYTHONPATH=str(HERE),
    )


def symlink(tree: Path, python: str, *, symlink: str, to: str) -> None:
    os.symlink(to, tree / symlink)


def write(tree: Path, python: str, *, write: str, text: str = "") -> None:
    """A file that git would ignore or could not hold; a name may contain bytes that are not UTF-8."""
    path = os.path.join(os.fsencode(tree), os.fsencode(write))
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(os.fsencode(text))


def mkdir(tree: Path, python: str, *, mkdir: str) -> None:
    (tree / mkdir).mkdir(parents=True)


def remove(tree: Path, python: str, *, remove: str) -> None:
    shutil.rmtree(tree / remove)


def move(tree: Path, python: str, *, move: str, to: str) -> None:
    shutil.move(tree / move, tree / to)


def make_fifo(tree: Path, python: str, *, fifo: str) -> None:
    os.mkfifo(tree / fifo)


def set_mode(tree: Path, python: str, *, mode: str, to: str) -> None:
    os.chmod(tree / mode, int(to, 8))


def compile_only(tree: Path, python: str, *, compile: str, to: str) -> None:
    """The byte code of `compile` at `to`, and the source gone."""
    code = "import py_compile, sys; py_compile.compile(sys.argv[1], sys.argv[2], doraise=True)"
    _run([python, "-c", code, compile, to], tree)
    (tree / compile).unlink()


def build_extension(tree: Path, python: str, *, extension: str) -> None:
    """The C source `extension` built beside itself, as NAME.so."""
    compiler = needs.tool("gcc")
    facts = subprocess.run([python, "-c", _BUILD_FACTS], capture_output=True, text=True, check=True)
    include = facts.stdout.splitlines()[0]
    built = str(Path(extension).with_suffix(".so"))
    _run([compiler, "-shared", "-fPIC", "-I", include, extension, "-o", built], tree)


def make_zip(tree: Path, python: str, *, zip: str, of: str) -> None:
    """The content of the directory `of` as an archive; the directory goes away."""
    with zipfile.ZipFile(tree / zip, "w") as archive:
        for path in sorted((tree / of).rglob("*")):
            archive.write(path, path.relative_to(tree / of))
    shutil.rmtree(tree / of)


STEPS: Mapping[str, Callable[..., None]] = {
    "venv": make_venv,
    "install": install,
    "symlink": symlink,
    "write": write,
    "mkdir": mkdir,
    "remove": remove,
    "move": move,
    "fifo": make_fifo,
    "mode": set_mode,
    "compile": compile_only,
    "extension": build_extension,
    "zip": make_zip,
}


def _run(command: Sequence[str], cwd: Path, **extra: str) -> None:
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "PIP_"))}
    done = subprocess.run(
        list(command),
        cwd=cwd,
        env={**environ, **extra},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}{done.stderr}"
