"""Completion scripts, asked by the shells themselves."""

from __future__ import annotations

import subprocess
from pathlib import Path

import needs
import pytest
from measured import automount_command


@pytest.fixture(scope="module")
def scripts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("scripts")
    for shell in ("bash", "zsh", "fish"):
        done = subprocess.run([*automount_command(), "completion", shell], capture_output=True, check=True)
        (place / shell).write_bytes(done.stdout)
    return place


QUESTIONS = [
    (["sho"], ["show"]),
    (["-o", "x.json", "requ"], ["requirements"]),
    (["--scope", ""], ["package", "source", "loaded"]),
    (["--sco"], ["--scope"]),
    (["show", "--fi"], ["--files"]),
    (["requirements", "--format", ""], ["requirements", "pylock"]),
    (["completion", ""], ["bash", "zsh", "tcsh", "fish"]),
    (["app.py", "--sco"], []),
    (["-m", "package", "--sco"], []),
]


@pytest.mark.parametrize(("words", "offered"), QUESTIONS)
def test_bash(scripts: Path, tmp_path: Path, words: list[str], offered: list[str]) -> None:
    ask = (
        'source "$1"; shift; COMP_WORDS=(automount "$@"); COMP_CWORD=$#; _automount;'
        ' printf "%s\\n" "${COMPREPLY[@]}"'
    )
    done = subprocess.run(
        [needs.tool("bash"), "-c", ask, "bash", str(scripts / "bash"), *words],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert (done.stdout.split(), done.stderr) == (offered, "")


@pytest.mark.parametrize(("words", "offered"), QUESTIONS)
def test_fish(scripts: Path, tmp_path: Path, words: list[str], offered: list[str]) -> None:
    line = " ".join(["automount", *words])
    done = subprocess.run(
        [needs.tool("fish"), "--no-config", "-c", f"source {scripts / 'fish'}; complete -C '{line}'"],
        cwd=tmp_path,
        env={"HOME": str(tmp_path), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert sorted(row.split("\t")[0] for row in done.stdout.splitlines()) == sorted(offered)
    assert done.stderr == ""


@pytest.mark.parametrize("shell", ["bash", "zsh"])
def test_the_script_is_sound(scripts: Path, shell: str) -> None:
    done = subprocess.run(
        [needs.tool(shell), "-n", str(scripts / shell)], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
