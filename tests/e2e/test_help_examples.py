"""Every example of every `--help` is run, in the order in which it is printed, in a small project."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import needs
import pytest
from measured import automount_command

from automount.cli.verbs import VERBS

# before.json is the manifest of another package/__init__.py, so these end with 1, as their help says.
ENDS_WITH_1 = (
    "automount diff before.json automount.json",
    "automount diff --json before.json automount.json",
    "automount check --json before.json",
)


@pytest.fixture
def project(tmp_path: Path) -> tuple[Path, dict[str, str]]:
    """A project with a repository, two manifests, and `automount` on the PATH."""
    home = tmp_path / "project"
    for name, text in {
        "app.py": "import package.module\n",
        "jobs/nightly.py": "print('nightly')\n",
        "notes/plan.txt": "plan\n",
        "package/__init__.py": "",
        "package/data.txt": "data\n",
        "package/module.py": "from pathlib import Path\nPath(__file__).with_name('data.txt').read_text()\n",
    }.items():
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_text(text)
    tools = tmp_path / "tools"
    tools.mkdir()
    (tools / "automount").write_text(f'#!/bin/sh\nexec {" ".join(automount_command())} "$@"\n')
    (tools / "automount").chmod(0o755)
    (tools / "python").symlink_to(sys.executable)
    environment = {
        "HOME": str(tmp_path),
        "PATH": f"{tools}:{Path(sys.executable).parent}:{os.environ['PATH']}",
        "GIT_CONFIG_GLOBAL": os.devnull,
    }
    before = "automount --quiet -o before.json app.py && echo '# changed' > package/__init__.py"
    after = "automount --quiet app.py && git init -q && git add -A"
    commit = "git -c user.name=a -c user.email=a@localhost commit -q -m one"
    setup = f"{before} && {after} && {commit}"
    subprocess.run(["bash", "-c", setup], cwd=home, env=environment, check=True)
    return home, environment


@pytest.mark.parametrize("verb", VERBS)
def test_the_examples_of_a_verb_work(verb: str, project: tuple[Path, dict[str, str]]) -> None:
    home, environment = project
    shown = subprocess.run(
        [*automount_command(), verb, "--help"], capture_output=True, text=True, check=True
    ).stdout
    examples = [line.strip() for line in shown.partition("\nexamples:\n")[2].splitlines()]
    assert 2 <= len(examples) <= 5
    assert any(f"automount {verb}" in line or verb == "record" for line in examples)
    lines = []
    for example in examples:
        if "| source" in example:
            example = f"{needs.tool('fish')} --no-config -c {example!r}"
        if verb == "env" and example.startswith("automount env --install-pth"):
            # Into an environment of its own, not into that of the tests.
            example = f"python -m venv --without-pip v && {example.partition('#')[0]} --python v/bin/python"
        if "zsh" in example:
            zsh = needs.tool("zsh")
            example = f"{zsh} -f -c 'autoload -U compinit; compinit -D; {example.partition('#')[0]}'"
        lines.append(f"{example}\necho \"status $? of\" '{len(lines)}'")
    done = subprocess.run(
        ["bash", "-c", "\n".join(lines)],
        cwd=home,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    states = re.findall(r"^status (\d+) of", done.stdout, re.MULTILINE)
    expected = ["1" if example in ENDS_WITH_1 else "0" for example in examples]
    assert states == expected, done.stdout + done.stderr


def test_the_overview_shows_first_steps_before_options() -> None:
    shown = subprocess.run(
        [*automount_command(), "--help"], capture_output=True, text=True, check=True
    ).stdout
    assert shown.index("automount app.py") < shown.index("\nverbs:") < shown.index("\noptions:")
