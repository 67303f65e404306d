"""The pytest plugin: `pytest --automount=FILE` writes the manifest of what the tests loaded.

Inert without the option. Recording begins before the first conftest is loaded; workers of pytest-xdist
and other children record themselves, since they inherit the recording, and the main process writes one
manifest of it all.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from automount.harness.current import CurrentRecording

_KEY: pytest.StashKey[CurrentRecording] = pytest.StashKey()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Adds `--automount FILE`."""
    group = parser.getgroup("automount", "recording what the tests load")
    group.addoption(
        "--automount", metavar="FILE", default=None, help="write the mount manifest of this test run to FILE"
    )


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    """Begins to record, unless this is a worker, whose recording the main process reads."""
    output = early_config.known_args_namespace.automount
    if output is None or "PYTEST_XDIST_WORKER" in os.environ:
        return
    from automount.errors import AutomountError
    from automount.harness.current import recording
    from automount.model import ProgramEntrypoint
    from automount.outputs.manifest_file import check_writable

    try:
        check_writable(output)
        words = tuple(str(word) for word in early_config.invocation_params.args)
        early_config.stash[_KEY] = recording(entrypoint=ProgramEntrypoint("pytest", words)).__enter__()
    except AutomountError as error:
        raise pytest.UsageError(f"--automount: {error}") from None


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    """Writes the manifest, however the tests ended."""
    current: Any = config.stash.get(_KEY, None)
    if current is None:
        return
    del config.stash[_KEY]
    from automount.manifest import dumps
    from automount.outputs.manifest_file import write_bytes

    current.__exit__(None, None, None)
    write_bytes(config.known_args_namespace.automount, dumps(current.manifest))
