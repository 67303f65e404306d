"""Is a manifest enough? Verifies it, and runs its bundle where only the requirements are installed."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

AUTOMOUNT = (sys.executable, "-m", "automount")
SECONDS = 600


@dataclass(frozen=True)
class Outcome:
    """`verdict` is what verify says, `ran` whether the bundle ended alike elsewhere with the right answer."""

    verdict: str
    ran: bool
    output_text: str


def outcome(manifest: Path, *, python: Path, hidden: tuple[Path, ...], answer: str, status: int) -> Outcome:
    """The result for one manifest. `hidden` are renamed while the bundle runs.

    `python` is the interpreter of the recording; `answer` is a text that the program prints.
    """
    place = manifest.with_suffix(".elsewhere")
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    verified = _run(
        "verify",
        "--python",
        str(python),
        "--json",
        "--accept-unexercised",
        str(manifest),
        cwd=place,
        python=python,
    )
    verdict = json.loads(verified.stdout.splitlines()[-1])["verdict"] if verified.stdout else "failed"
    packed = _run(
        "pack",
        "--manifest",
        str(manifest),
        "--allow-secrets",
        str(place / "bundle.tar"),
        cwd=place,
        python=python,
    )
    wanted = _run("requirements", str(manifest), cwd=place, python=python)
    if packed.returncode or wanted.returncode:
        return Outcome(verdict, False, packed.stderr + wanted.stderr)
    (place / "requirements.txt").write_text(wanted.stdout)
    subprocess.run([sys.executable, "-m", "venv", str(place / "venv")], check=True)
    other = place / "venv" / "bin" / "python"
    installing = [str(other), "-m", "pip", "install", "--quiet", "-r", str(place / "requirements.txt")]
    installed = subprocess.run(installing, capture_output=True, text=True)
    if installed.returncode:
        return Outcome(verdict, False, installed.stderr)
    with _renamed(hidden):
        ran = _run("exec", "--python", str(other), str(place / "bundle.tar"), cwd=place, python=other)
    printed = ran.stdout + ran.stderr
    return Outcome(verdict, ran.returncode == status and answer in printed, verified.stdout + printed)


@contextmanager
def _renamed(places: tuple[Path, ...]) -> Iterator[None]:
    away = [(place, place.with_name(f"{place.name}-away")) for place in places]
    for place, name in away:
        place.rename(name)
    try:
        yield
    finally:
        for place, name in away:
            name.rename(place)


def _run(*words: str, cwd: Path, python: Path) -> subprocess.CompletedProcess[str]:
    variables = {"PATH": f"{python.parent}:/usr/local/bin:/usr/bin:/bin", "HOME": str(cwd), "LANG": "C.UTF-8"}
    return subprocess.run(
        [*AUTOMOUNT, *words],
        cwd=cwd,
        env=variables,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        timeout=SECONDS,
    )
