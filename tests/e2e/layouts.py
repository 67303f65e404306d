"""Builds real installations for the tests: a project, a fresh virtual environment, a real build backend.

Each layout is built once and kept by its content: the directory's name is the digest of everything
that went in, so a changed template, step or tool is a new directory, and sessions share what did not
change. Virtual environments cannot be moved, so a layout is built where it stays, and a marker shows
that it is complete.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

import needs

# What the builds themselves are run with. Pinned: the tests are about these layouts, not about news.
TOOLS = ("uv==0.13.9", "flit==4.2.0", "pip==26.3")
SITE = "venv/lib/python{version}/site-packages"
MARKER = ".built"


@dataclass(frozen=True)
class Layout:
    """A tree of files, and the commands that install it.

    Every path is relative to the layout's directory. `steps` are commands run there, in order, with
    `{name}` replaced by a tool or path (see `words_of`, and the installers). `requires` are programs that
    must be there. `interpreter` is the Python of its environment ("3.11"); "": the one that runs the tests.
    """

    name: str
    files: Mapping[str, str]
    steps: tuple[tuple[str, ...], ...]
    requires: tuple[str, ...] = ()
    environ: Mapping[str, str] = field(default_factory=dict)
    interpreter: str = ""

    @property
    def version(self) -> str:
        """The minor version of the environment's Python."""
        return self.interpreter or f"{sys.version_info.major}.{sys.version_info.minor}"


@dataclass(frozen=True)
class LayoutCase:
    """A layout and what recording a program in it must give; the program runs in `cwd`.

    Texts may use the words of `words_of` in braces: `{site}`, `{suffix}`, `{python}`. `remote` are all
    remote files. `modules` maps a module to its origin and its local file, relative to the layout (or
    "" where that is not given). `labels` are the mounts' labels. `distribution` is the name and version
    that mounts name, None for none; `project` its project, relative to the layout. `requirements` are
    names, sorted.
    """

    layout: Layout
    output: str
    remote: tuple[str, ...]
    modules: Mapping[str, tuple[str, str]]
    labels: tuple[str, ...]
    distribution: tuple[str, str] | None = None
    requirements: tuple[str, ...] = ()
    python: str = "{python}"
    cwd: str = "app"
    words: tuple[str, ...] = ("app.py",)
    options: tuple[str, ...] = ()
    environ: Mapping[str, str] = field(default_factory=dict)
    project: str = "project"


@dataclass(frozen=True)
class Built:
    """A layout on disk. `python` is its virtual environment's interpreter, of the minor `version`."""

    root: Path
    version: str

    @property
    def python(self) -> str:
        return str(self.root / "venv" / "bin" / "python")

    @property
    def site(self) -> Path:
        return self.root / SITE.format(version=self.version)


_in_use: dict[Path, TextIO] = {}


def build(layout: Layout) -> Built:
    """The layout, built now or by an earlier session, and this test's alone until `release`."""
    for program in layout.requires:
        needs.tool(program)
    tools = _tools()
    root = cache() / f"{layout.name}-{_digest(layout)}"
    with _locked(root):
        if not (root / MARKER).exists():
            shutil.rmtree(root, ignore_errors=True)
            _build(layout, root, tools)
            (root / MARKER).touch()
    if root not in _in_use:
        # The check of what is shipped hides the sources: no one else may look for them meanwhile.
        _in_use[root] = open(f"{root}.use", "w", encoding="utf-8")  # noqa: SIM115
        fcntl.flock(_in_use[root], fcntl.LOCK_EX)
    return Built(root, layout.version)


def release() -> None:
    """Gives back every layout that this test used."""
    for lock in _in_use.values():
        lock.close()
    _in_use.clear()


def cache() -> Path:
    """Where built layouts are kept: `AUTOMOUNT_TEST_CACHE`, else the user's own temporary place."""
    named = os.environ.get("AUTOMOUNT_TEST_CACHE")
    path = Path(named) if named else Path(tempfile.gettempdir()) / f"automount-layouts-{os.getuid()}"
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path.resolve()


def run(words: Sequence[str], cwd: Path, environ: Mapping[str, str] | None = None) -> str:
    """The standard output of a command that must succeed; the tests' own Python settings stay out."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "VIRTUAL_ENV"))}
    done = subprocess.run(
        list(words),
        cwd=cwd,
        env={**kept, **(environ or {})},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{' '.join(words)}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def write_tree(root: Path, files: Mapping[str, str]) -> None:
    """Writes `files`, relative path -> text, below `root`."""
    for relative, text in files.items():
        path = root / relative
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def _build(layout: Layout, root: Path, tools: Path) -> None:
    write_tree(root, layout.files)
    words = _words(Built(root, layout.version), tools)
    python = needs.interpreter(layout.interpreter) if layout.interpreter else sys.executable
    extra = {key: value.format_map(words) for key, value in layout.environ.items()}
    environ = {"UV_NO_CONFIG": "1", "UV_LINK_MODE": "copy", **extra}
    for step in (
        ("{uv}", "venv", "--quiet", "--no-project", "--allow-existing", "--python", python, "venv"),
        *layout.steps,
    ):
        run([word.format_map(words) for word in step], root, environ)


def words_of(built: Built) -> dict[str, str]:
    """The words that a case's texts can use in braces: places on this machine, and names it decides."""
    return {
        "python": built.python,
        "base_python": os.path.realpath(sys.executable),
        "base_prefix": sys.base_prefix,
        "site": str(built.site.relative_to(built.root)),
        "root": str(built.root),
        "version": built.version,
        "tag": "cp" + built.version.replace(".", ""),
        "suffix": sysconfig.get_config_var("EXT_SUFFIX"),
    }


def _words(built: Built, tools: Path) -> dict[str, str]:
    return {
        **words_of(built),
        "uv": str(tools / "bin" / "uv"),
        "flit": str(tools / "bin" / "flit"),
        "tools_python": str(tools / "bin" / "python"),
    }


def _tools() -> Path:
    """A virtual environment with the installers, shared by all layouts."""
    root = cache() / f"tools-{_sha([*TOOLS, sys.version])}"
    with _locked(root):
        if not (root / MARKER).exists():
            shutil.rmtree(root, ignore_errors=True)
            run([sys.executable, "-m", "venv", "--clear", str(root)], cache())
            try:
                run([str(root / "bin" / "python"), "-m", "pip", "install", "--quiet", *TOOLS], cache())
            except AssertionError as error:
                needs.missing(f"the installers {', '.join(TOOLS)} cannot be installed here ({error})")
            (root / MARKER).touch()
    return root


def _digest(layout: Layout) -> str:
    recipe = Path(__file__).read_bytes().hex()
    return _sha([recipe, sys.version, sys.executable, *TOOLS, _canonical(layout)])


def _canonical(layout: Layout) -> str:
    recipe = [layout.name, layout.interpreter, dict(layout.files), layout.steps, dict(layout.environ)]
    return json.dumps(recipe, sort_keys=True)


def _sha(parts: Sequence[str]) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


@contextmanager
def _locked(root: Path) -> Iterator[None]:
    """One builder at a time: parallel test workers share the cache."""
    with open(f"{root}.lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
