"""Commands that were started by their name: which of them are the project's own."""

from __future__ import annotations

import pytest

from automount.environment_commands import own_command
from automount.model import Located, ProgramEntrypoint

EXISTING = {"/p/.venv/pyvenv.cfg", "/p/env/conda-meta"}


@pytest.mark.parametrize(
    ("found", "cwd", "program"),
    [
        pytest.param("/p/bin/tool", "/p", "bin/tool", id="below the cwd"),
        pytest.param("/p/tool", "/p", "./tool", id="in the cwd"),
        pytest.param("/p/bin/tool", "/p/sub", "../bin/tool", id="beside the cwd"),
        pytest.param("/p/.venv/bin/tool", "/p", "tool", id="of a virtual environment"),
        pytest.param("/p/env/bin/tool", "/p", "tool", id="of a conda environment"),
        pytest.param("/q/bin/tool", "/p", "tool", id="outside the project"),
        pytest.param("/p/bin/python3", "/p", "tool", id="an interpreter"),
    ],
)
def test_a_command_that_path_led_to(found: str, cwd: str, program: str) -> None:
    def locate(path: str) -> Located:
        return Located(path, path, path in EXISTING)

    made = own_command(ProgramEntrypoint("tool", ("x",)), found, cwd=cwd, workspace="/p", locate=locate)
    assert made == ProgramEntrypoint(program, ("x",))


def test_the_systems_commands_belong_to_no_project() -> None:
    entrypoint = ProgramEntrypoint("cat", ())
    absent = Located("/usr/pyvenv.cfg", "/usr/pyvenv.cfg", False)
    assert own_command(entrypoint, "/usr/bin/cat", cwd="/usr", workspace="/usr", locate=lambda _: absent) == (
        entrypoint
    )
