"""How many of the local modules that only a second run loads does `show --gaps` report?

    python -m benchmarks.gaps [--output FILE]

Each program is copied out of its installed distribution, so that it is local, and recorded with `--scope
loaded` twice with different arguments. *New* modules are those that only the second run loaded; *announced*
are those of them that are among the gaps of the first run; *missed* are the others. *Not used* are the
announced modules that the second run did not load either: another run may load them, so they need not be
wrong. *Wrong* are announced modules that the import system cannot find.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from importlib.metadata import files, version
from importlib.util import find_spec
from pathlib import Path


@dataclass(frozen=True)
class Program:
    """A distribution, its import package, and the arguments of the two runs."""

    distribution: str
    first: tuple[str, ...]
    second: tuple[str, ...]


PROGRAMS = (
    Program("Pygments", ("-m", "pygments", "-V"), ("-m", "pygments", "-f", "html", "in.py")),
    Program("Pygments", ("-m", "pygments", "-l", "python", "in.py"), ("-m", "pygments", "-L", "styles")),
    Program("mkdocs", ("-m", "mkdocs", "--version"), ("-m", "mkdocs", "build", "-q")),
    Program(
        "Markdown", ("-m", "markdown", "in.md"), ("-m", "markdown", "-x", "tables", "-x", "toc", "in.md")
    ),
    Program("coverage", ("-m", "coverage", "--version"), ("-m", "coverage", "run", "in.py")),
    Program("rich", ("-c", "import rich; rich.print('x')"), ("-m", "rich.table")),
    Program(
        "Jinja2", ("-c", "import jinja2"), ("-c", "import jinja2; jinja2.Environment(enable_async=True)")
    ),
    Program("pip", ("-m", "pip", "--version"), ("-m", "pip", "list", "--format", "json")),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--output", type=Path, help="write the table to this file too")
    args = parser.parse_args()
    lines = [
        "| program | first run | second run | new | announced | missed | not used | wrong |",
        "|---|---|---|---:|---:|---:|---:|---:|",
    ]
    for program in PROGRAMS:
        lines.append(row(program))
        print(lines[-1], file=sys.stderr, flush=True)
    text = "\n".join(lines) + "\n"
    print(text, end="")
    if args.output:
        args.output.write_text(text)


def row(program: Program) -> str:
    """The table's row of one program."""
    with tempfile.TemporaryDirectory() as directory:
        place = Path(directory)
        copy_sources(program.distribution, place)
        (place / "in.py").write_text("print('hello')\n")
        (place / "in.md").write_text("# Title\n\n| a | b |\n|---|---|\n| 1 | 2 |\n")
        (place / "mkdocs.yml").write_text("site_name: x\n")
        (place / "docs").mkdir(exist_ok=True)
        (place / "docs/index.md").write_text("# Title\n")
        first, announced = recorded(program.first, place)
        second, _ = recorded(program.second, place)
    new = second - first
    wrong = {name for name in announced if not exists(name)}
    shown = [" ".join(words).replace("|", "\\|") for words in (program.first, program.second)]
    figures = [len(new), len(new & announced), len(new - announced), len(announced - second), len(wrong)]
    missed = f" ({', '.join(sorted(new - announced)[:3])})" if new - announced else ""
    title = f"{program.distribution} {version(program.distribution)}"
    cells = [title, *(f"`{text}`" for text in shown), *map(str, figures)]
    cells[5] += missed
    return "| " + " | ".join(cells) + " |"


def copy_sources(distribution: str, place: Path) -> None:
    """Copies the Python sources of the installed distribution into the directory `place`."""
    for file in files(distribution) or ():
        if ".." in file.parts or file.suffix == ".pyc" or file.parts[0].endswith(".dist-info"):
            continue
        target = place / file
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(Path(str(file.locate())).read_bytes())


def recorded(words: tuple[str, ...], place: Path) -> tuple[set[str], set[str]]:
    """The local modules that a run loaded, and the modules that `show --gaps` announces for it."""
    command = [sys.executable, "-m", "automount"]
    environment = {**os.environ, "PYTHONPATH": os.getcwd(), "PYTHONDONTWRITEBYTECODE": "1"}
    subprocess.run(
        [*command, "--quiet", "--scope", "loaded", "--root", str(place), *words],
        cwd=place,
        env=environment,
        check=True,
        stdout=subprocess.DEVNULL,
    )
    shown = subprocess.run(
        [*command, "show", "--gaps", "--json"],
        cwd=place,
        env=environment,
        check=True,
        stdout=subprocess.PIPE,
    )
    manifest = json.loads((place / "automount.json").read_bytes())
    loaded = {
        module["name"]
        for module in manifest["modules"]
        if module["file"]
        and module["file"].startswith(str(place))
        and module["status"] in ("executed", "failed")
    }
    return loaded - {"__main__"}, {gap["module_name"] for gap in json.loads(shown.stdout)["gaps"]}


def exists(name: str) -> bool:
    """Whether the import system finds the module; its packages are imported for that."""
    try:
        return find_spec(name) is not None
    except Exception:
        return False


if __name__ == "__main__":
    main()
