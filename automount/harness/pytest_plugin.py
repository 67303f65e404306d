"""The pytest plugin: `pytest --automount=FILE` writes the manifest of what the tests loaded.

Without the option it does nothing, and only this file of automount is imported. Recording begins before
the first conftest is loaded; modules that pytest had loaded by then (plugins named with `-p`) count as well.
The configuration file that pytest uses is shipped. Workers of pytest-xdist and other children record
themselves, since they inherit the recording, and the main process writes one manifest of it all.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from automount.errors import AutomountError
    from automount.harness.current import CurrentRecording
    from automount.manifest import Manifest
    from automount.model import Entrypoint

_KEY: pytest.StashKey[CurrentRecording] = pytest.StashKey()
# Set on the main process's options, which pytest-xdist hands on to its workers.
_RECORDED_BY = "automount_recorded_by"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Adds `--automount FILE`."""
    group = parser.getgroup("automount", "recording what the tests load")
    group.addoption(
        "--automount", metavar="FILE", default=None, help="write the mount manifest of this test run to FILE"
    )


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    """Begins to record, unless this is a worker; the main process reads the recording of its workers."""
    options = early_config.known_args_namespace
    if options.automount is None or getattr(options, _RECORDED_BY, os.getpid()) != os.getpid():
        return
    loaded = frozenset(sys.modules)
    from automount.errors import AutomountError, UsageError
    from automount.harness.current import recording
    from automount.shipping.manifest_file import check_manifest_output

    try:
        if not options.automount:
            raise UsageError("FILE is empty", hint="for example --automount=automount.json")
        check_manifest_output(options.automount, "FILE")
        words = _without_option([str(word) for word in early_config.invocation_params.args])
        current = recording(entrypoint=_entrypoint(words), loaded_before=loaded)
        if early_config.inipath is not None:
            current.ship(str(early_config.inipath))
        early_config.stash[_KEY] = current.__enter__()
    except AutomountError as error:
        raise pytest.UsageError(_line(error)) from None
    setattr(early_config.option, _RECORDED_BY, os.getpid())
    # Not `pytest_unconfigure`, which is left out where a conftest cannot be loaded.
    early_config.add_cleanup(lambda: _finish(early_config))


def pytest_report_header(config: pytest.Config) -> str | None:
    """The line of the report header that names the manifest."""
    return f"automount: {config.option.automount}" if _KEY in config.stash else None


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Keeps the exit status for the manifest."""
    if _KEY in session.config.stash:
        session.config.stash[_KEY].ends_with(int(exitstatus))


@pytest.hookimpl(trylast=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Writes the manifest; prints what it holds, and each warning."""
    manifest = _write(config)
    if manifest is None:
        return
    terminalreporter.section("automount", "-")
    mounts, files = _counted(len(manifest.mounts), "mount"), _counted(len(manifest.files), "file")
    terminalreporter.line(f"Wrote {config.option.automount}: {mounts}, {files}")
    for warning in manifest.warnings:
        terminalreporter.line(_printable(f"warning: {warning.message} [{warning.code}]"), yellow=True)
    for row in manifest.incomplete:
        terminalreporter.line(
            _printable(f"incomplete: {row.command} was not followed [{row.reason}]"), red=True
        )


def _finish(config: pytest.Config) -> None:
    """Writes the manifest where no summary was printed: a conftest failed, or the terminal plugin is off."""
    _write(config)


def _write(config: pytest.Config) -> Manifest | None:
    """Ends the recording and writes the manifest, however the tests ended; None where that is done."""
    current = config.stash.get(_KEY, None)
    if current is None:
        return None
    del config.stash[_KEY]
    from automount.errors import AutomountError
    from automount.manifest import dumps
    from automount.shipping.manifest_file import manifest_mode, write_bytes

    try:
        current.__exit__(None, None, None)
        manifest = current.manifest
        write_bytes(config.known_args_namespace.automount, dumps(manifest), manifest_mode(manifest))
    except AutomountError as error:
        raise pytest.UsageError(_line(error)) from None
    return manifest


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _printable(text: str) -> str:
    """`text` without control characters and characters that the terminal cannot show."""
    shown = "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in text)
    return shown.encode("utf-8", "backslashreplace").decode("utf-8")


def _line(error: AutomountError) -> str:
    if error.code == "unwritable":
        error.hint = "choose another place"
    return f"--automount: {error}".replace("\n", " ")


def _without_option(words: list[str]) -> tuple[str, ...]:
    """The arguments of a run that is to be repeated elsewhere: without ours."""
    kept: list[str] = []
    rest = iter(words)
    for word in rest:
        if word == "--automount":
            next(rest, None)
        elif not word.startswith("--automount="):
            kept.append(word)
    return tuple(kept)


def _entrypoint(words: tuple[str, ...]) -> Entrypoint:
    """How pytest was started: `python -m pytest`, which puts the cwd on `sys.path`, or as a program."""
    from automount.harness.current import entrypoint_of_this_process
    from automount.model import ModuleEntrypoint, ProgramEntrypoint

    started = entrypoint_of_this_process(os.getcwd())
    if isinstance(started, ModuleEntrypoint) and started.name == "pytest":
        return ModuleEntrypoint("pytest", words)
    return ProgramEntrypoint("pytest", words)
