"""Writes results/ground_truth.md: is everything that strace saw a program open in automount's manifest?

Each subject runs three times on fresh input: under strace alone, under automount, and under automount
with `--scope loaded`. Every `.py`, `.so` and `.pyc` below the subject's source tree or its input that the
kernel opened, and that the run did not itself write, must be a file of the manifest. A `.pyc` counts as
its source. With `--scope package` whole packages are mounted; `--scope loaded` is the harder proof, for
there the manifest holds only what was seen. The manifest with whole packages is then verified, and its bundle
is run in an environment that has only the requirements, while the sources and the input are renamed.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import source_from_cache
from pathlib import Path
from textwrap import dedent
from typing import Any

from elsewhere import Outcome, outcome
from subjects import INPUTS, SUBJECTS, Subject
from subjects.model import COMPANIONS

HEAD = """# Ground truth

{day}, Linux, Python {python}, automount {version}. Each program ran from its source tree (installed
editable) under strace and, apart from that, under automount. *Opened* are the `.py` and `.so` files below
the source trees and its input that the kernel opened in any process; *missing* are those of them that the
manifest does not carry, with whole packages (the default) and with `--scope loaded`. *Verdict* is what
`automount verify` says of the manifest with whole packages; *ran elsewhere*: its bundle ended with the same
status and the right answer in an environment that has only the requirements, while the sources are hidden.
Each run has an empty home directory.

| program | version | what it does | processes | modules | opened | missing | missing, `loaded` | complete | same status | verdict | ran elsewhere |
|---|---|---|---:|---:|---:|---:|---:|:-:|:-:|:-:|:-:|
"""  # noqa: E501
CODE = (".py", ".pyc", ".so")
# `openat(AT_FDCWD</cwd>, "name", O_RDONLY) = 3</the/real/path>`: strace -y resolves what was opened.
OPENED = re.compile(r"\bopen(?:at)?\(.*\) = \d+<(?P<path>/.*)>$")
SECONDS = 600
SYSTEM_PATH = "/usr/local/bin:/usr/bin:/bin"


@dataclass(frozen=True)
class Row:
    """The result for one subject. Misses are paths relative to the subject's roots."""

    subject: Subject
    version: str
    processes: int
    modules: int
    opened: int
    missing: tuple[str, ...]
    missing_loaded: tuple[str, ...]
    complete: bool
    same_status: bool
    elsewhere: Outcome


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, required=True, help="sources, environment and inputs live here")
    parser.add_argument("--prepare", action="store_true", help="fetch the sources and make the environment")
    parser.add_argument("--subject", action="append", choices=[subject.name for subject in SUBJECTS])
    parser.add_argument("--output", type=Path)
    args = parser.parse_args()
    work: Path = args.work.resolve()
    chosen = [subject for subject in SUBJECTS if args.subject is None or subject.name in args.subject]
    if args.prepare:
        prepare(work, chosen)
    rows = []
    for subject in chosen:
        row = compare(subject, work)
        rows.append(row)
        print(
            f"{subject.name:12} {row.opened:5} opened, {len(row.missing)} missing, "
            f"{len(row.missing_loaded)} missing of loaded, {row.modules} modules, complete {row.complete}, "
            f"{row.elsewhere.verdict}, ran elsewhere {row.elsewhere.ran}",
            flush=True,
        )
        for name in (*row.missing, *(f"(loaded) {name}" for name in row.missing_loaded)):
            print(f"    {name}", flush=True)
    text = table(rows)
    if args.output:
        args.output.write_text(text, encoding="utf-8")
    else:
        print(text)
    return 1 if any(row.missing or row.missing_loaded for row in rows) else 0


def prepare(work: Path, subjects: list[Subject]) -> None:
    """Fetches each subject's source, and installs it editable into an environment of its own."""
    for subject in subjects:
        python, folder = python_of(subject, work), work / "source" / subject.distribution
        if (python.parent / "ready").exists():
            continue
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(python.parent.parent)], check=True)
        pip = [str(python), "-m", "pip"]
        # First as a wheel, for its dependencies; then again from its source tree.
        companions = [*COMPANIONS, *subject.needs]
        wheels = ["install", "--quiet", "--prefer-binary", subject.distribution, *companions]
        subprocess.run([*pip, *wheels], check=True)
        if not folder.exists():
            fetched = work / "fetched" / subject.distribution
            fetch = ["download", "--quiet", "--no-deps", "--no-binary", subject.distribution]
            subprocess.run([*pip, *fetch, "-d", str(fetched), subject.distribution], check=True)
            with tarfile.open(next(fetched.glob("*.tar.gz"))) as archive:
                archive.extractall(work / "unpacked" / subject.distribution, filter="data")
            folder.parent.mkdir(parents=True, exist_ok=True)
            next((work / "unpacked" / subject.distribution).iterdir()).rename(folder)
        subprocess.run([*pip, "install", "--quiet", "--no-deps", "-e", str(folder)], check=True)
        (python.parent / "ready").touch()


def python_of(subject: Subject, work: Path) -> Path:
    """The interpreter of the subject's environment."""
    return work / "environments" / subject.distribution / "bin" / "python"


def compare(subject: Subject, work: Path) -> Row:
    """Returns the row of one subject after its three runs."""
    python = python_of(subject, work)
    source = sources = work / "source" / subject.distribution
    for cache in sorted(sources.rglob("__pycache__")):
        shutil.rmtree(cache)
    place = work / "input" / subject.name
    trace = work / f"{subject.name}.strace"
    fresh(subject, place)
    before = set(code_below(sources)) | set(code_below(place))
    tracer = ["strace", "-f", "-y", "-qq", "--seccomp-bpf", "-s", "4096", "-e", "trace=open,openat"]
    traced = run(subject, python, source, place, [*tracer, "-o", str(trace), str(python), *subject.argv])
    opened = {path for path in opened_files(trace, (sources, place)) if path in before}
    whole, recorded = record(subject, python, source, place, work, "package")
    # The input is as the recorded run left it: a program may change files that it has read.
    away = outcome(
        work / f"{subject.name}.package.json",
        python=python,
        hidden=(sources, place),
        answer=subject.answer,
        status=recorded,
    )
    (work / f"{subject.name}.elsewhere.log").write_text(away.output_text, errors="surrogateescape")
    loaded, _ = record(subject, python, source, place, work, "loaded")
    missing, missing_loaded = (
        tuple(sorted(relative(path, work) for path in opened - real_locals(manifest)))
        for manifest in (whole, loaded)
    )
    metadata = subprocess.run(
        [
            str(python),
            "-c",
            "import sys; from importlib.metadata import version; print(version(sys.argv[1]))",
            subject.distribution,
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    return Row(
        subject=subject,
        version=metadata.stdout.strip(),
        processes=len(whole["provenance"]["processes"]),
        modules=len({row["file"] for row in whole["modules"] if row["mount"] is not None}),
        opened=len(opened),
        missing=missing,
        missing_loaded=missing_loaded,
        complete=whole["complete"] and loaded["complete"],
        same_status=traced == recorded,
        elsewhere=away,
    )


def record(
    subject: Subject, python: Path, source: Path, place: Path, work: Path, scope: str
) -> tuple[dict[str, Any], int]:
    """Returns the manifest of one recording on fresh input, and how the program ended."""
    fresh(subject, place)
    manifest = work / f"{subject.name}.{scope}.json"
    options = ["--python", str(python), "-o", str(manifest), "--scope", scope, "--data", "mount"]
    command = [sys.executable, "-m", "automount", "--quiet", *options, *subject.argv]
    status = run(subject, python, source, place, command)
    return json.loads(manifest.read_bytes().decode("utf-8", "surrogateescape")), status


def fresh(subject: Subject, place: Path) -> None:
    """Write the subject's input anew, with an empty home directory, so that every run does the same."""
    for directory in (place, home_of(place)):
        shutil.rmtree(directory, ignore_errors=True)
        directory.mkdir(parents=True)
    for name, text in INPUTS.get(subject.name, {}).items():
        path = place / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text).lstrip("\n"))


def run(subject: Subject, python: Path, source: Path, place: Path, argv: list[str]) -> int:
    """Returns the exit status of one run; its output is kept beside the input for a closer look."""
    with open(place.parent / f"{subject.name}.log", "ab") as log:
        done = subprocess.run(
            argv,
            cwd=source if subject.inside else place,
            env=variables(home_of(place), python),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            timeout=SECONDS,
        )
    return done.returncode


def home_of(place: Path) -> Path:
    """The home directory of a subject's runs, empty at the start of each: what one run keeps there is not
    read by the next."""
    return place.parent.parent / "home" / place.name


def variables(home: Path, python: Path) -> dict[str, str]:
    """Returns the environment of every run."""
    return {
        "PATH": f"{python.parent}:{SYSTEM_PATH}",
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONHASHSEED": "0",
        "ANSIBLE_LOCALHOST_WARNING": "0",
    }


def opened_files(trace: Path, roots: tuple[Path, ...]) -> Iterator[Path]:
    """Yields the code files below the roots that the trace shows opened, a `.pyc` as its source."""
    with open(trace, errors="surrogateescape") as lines:
        for line in lines:
            found = OPENED.search(line.rstrip("\n"))
            if found is None:
                continue
            path = Path(found["path"])
            if path.suffix in CODE and any(path.is_relative_to(root) for root in roots):
                yield Path(source_from_cache(str(path))) if path.parent.name == "__pycache__" else path


def code_below(root: Path) -> Iterator[Path]:
    """Yields the code files below a directory."""
    for path in root.rglob("*"):
        if path.suffix in CODE and path.is_file():
            yield path


def real_locals(manifest: dict[str, list[dict[str, str]]]) -> set[Path]:
    """Returns the manifest's local files, links resolved, as the kernel names what it opened."""
    return {Path(os.path.realpath(row["local"])) for row in manifest["files"]}


def relative(path: Path, work: Path) -> str:
    return str(path.relative_to(work))


def table(rows: list[Row]) -> str:
    """Returns the Markdown page."""
    day, python = datetime.date.today().isoformat(), platform.python_version()
    lines = []
    for row in rows:
        lines.append(
            f"| {row.subject.name} | {row.version} | {row.subject.words} | {row.processes} | {row.modules} "
            f"| {row.opened} | {len(row.missing)} | {len(row.missing_loaded)} "
            f"| {'yes' if row.complete else 'no'} | {'yes' if row.same_status else 'no'} "
            f"| {row.elsewhere.verdict} | {'yes' if row.elsewhere.ran else 'no'} |"
        )
    return HEAD.format(day=day, python=python, version=version("automount")) + "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
