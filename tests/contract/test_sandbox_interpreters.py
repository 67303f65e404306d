"""Sandboxes and interpreters: others than the recorded one, missing ones, and ones below the remote root."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import needs
import pytest
from sandboxes import ALL, having_used, require, unshipped
from shipments import manifest_of, script, write_project

from automount.errors import AutomountError
from automount.manifest import (
    InterpreterRow,
)
from automount.proving.verifying import verify


@pytest.fixture(params=ALL)
def sandbox(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    require(name)
    return name


@pytest.mark.parametrize("version", ["3.8", "3.9", "3.10", "3.12", "3.13"])
def test_other_interpreters(version: str, tmp_path: Path) -> None:
    python = needs.interpreter(version)
    require("bwrap")
    project = write_project(tmp_path / "project", {"app.py": "import missing_one\n", "missing_one.py": ""})
    manifest = having_used(
        manifest_of(project, {"app.py": "/root/app.py"}, exit_code=1), project / "missing_one.py"
    )
    interpreter = InterpreterRow(executable=python)
    verdict = verify(
        replace(manifest, provenance=replace(manifest.provenance, environment=interpreter)), sandbox="bwrap"
    )
    assert unshipped(verdict) == [str(project / "missing_one.py")]


def test_an_interpreter_that_only_the_manifest_knows_is_not_run(tmp_path: Path) -> None:
    """A script, or a virtual environment whose `home` is a directory of the project."""
    project = write_project(tmp_path / "project")
    own = project / "python"
    own.write_text(f'#!/bin/sh\ntouch {tmp_path}/ESCAPED\nexec {sys.executable} "$@"\n')
    own.chmod(0o755)
    (project / "env/bin").mkdir(parents=True)
    (project / "env/bin/python").symlink_to(os.path.realpath(sys.executable))
    (project / "env/pyvenv.cfg").write_text(f"home = {project}/fake/bin\n")
    manifest = manifest_of(project)
    for name in (own, project / "env/bin/python"):
        environment = InterpreterRow(executable=str(name))
        row = replace(manifest, provenance=replace(manifest.provenance, environment=environment))
        with pytest.raises(AutomountError, match="not one of this machine's") as caught:
            verify(row)
        assert "--trust" in str(caught.value)
    assert not (tmp_path / "ESCAPED").exists()


def test_an_interpreter_that_no_longer_exists(tmp_path: Path) -> None:
    manifest = manifest_of(write_project(tmp_path / "project"))
    interpreter = InterpreterRow(executable=str(tmp_path / "none/python"))
    with pytest.raises(AutomountError, match="interpreter no longer exists"):
        verify(replace(manifest, provenance=replace(manifest.provenance, environment=interpreter)))


def test_an_interpreter_below_the_remote_root(tmp_path: Path) -> None:
    require("bwrap")
    home = tmp_path / "home"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(home / ".pyenv")], check=True)
    source = "import sys, shipped\nassert sys.prefix.endswith('/home/.pyenv'), sys.prefix\n"
    project = write_project(home / "project", {"app.py": source, "shipped.py": ""})
    root = str(home)
    manifest = manifest_of(
        project, root=root, entrypoint=script(f"{root}/app.py", cwd=root), sys_path=(root,)
    )
    interpreter = InterpreterRow(executable=str(home / ".pyenv/bin/python"))
    manifest = replace(manifest, provenance=replace(manifest.provenance, environment=interpreter))
    for name in ALL:
        require(name)
        assert verify(manifest, sandbox=name).word == "sufficient"
