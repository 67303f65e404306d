"""`automount env`: prints the variables with which every Python that a shell starts is recorded.

PYTHONPATH reaches every Python except those that are started with `-I`, `-E` or `-S`, or without this
environment. For all of these except `-S` there is an opt-in: a `.pth` file in an interpreter's site-packages,
which does nothing unless an ancestor process is being recorded.
"""

from __future__ import annotations

import argparse
import os
import shlex
import sys

from automount.cli.parsers import Parser
from automount.errors import UsageError
from automount.recorder import pth
from automount.recorder.interpreters import current, probe
from automount.recorder.journal_directory import make_journal_directory, prepare_journal_directory
from automount.recorder.outside_watch import start_watching
from automount.recorder.registry import Registration, entry_of_shell, remove_stale
from automount.recorder.running import BOOT_DIRECTORY, JOURNAL_VARIABLE, agent_environment

HELP = "Print the environment variables that turn recording on."
EPILOG = """\
examples:
  eval "$(automount env --journal journals)"     # sh, bash, zsh
  automount env --shell fish --journal journals | source
  eval "$(automount env --unset)"                # turn recording off again
  automount env --install-pth                    # also record `python -I`, `-E` and `env -i`
"""
VARIABLES = ("PYTHONPATH", JOURNAL_VARIABLE)


def configure(parser: Parser) -> None:
    """Declares the options."""
    parser.epilog = EPILOG
    parser.add_argument(
        "--journal",
        metavar="DIR",
        help="the directory for the journals (default: a new private directory)",
    )
    parser.add_argument("--shell", choices=["sh", "fish"], default="sh", help="the syntax to print")
    parser.add_argument(
        "--python", metavar="EXE", help="the interpreter for --install-pth and --uninstall-pth"
    )
    action = parser.exclusive()
    action.add_argument("--unset", action="store_true", help="print the commands that turn recording off")
    action.add_argument(
        "--install-pth", action="store_true", help="install a .pth file in the interpreter's site-packages"
    )
    action.add_argument("--uninstall-pth", action="store_true", help="remove that file")


def run(args: argparse.Namespace) -> int:
    """Prints, or installs; nothing here runs a program of the user's."""
    if args.install_pth or args.uninstall_pth:
        interpreter = probe(args.python) if args.python else current()
        change = pth.install if args.install_pth else pth.uninstall
        print(change(interpreter))
        return 0
    if args.python:
        raise UsageError(
            "--python is only valid with --install-pth", hint="leave it out: every Python is recorded"
        )
    if args.unset and args.journal is not None:
        raise UsageError("--journal and --unset cannot be combined", hint="leave one of them out")
    before = _without_us(os.environ.get("PYTHONPATH", ""))
    if args.unset:
        changes: dict[str, str | None] = {"PYTHONPATH": before or None, JOURNAL_VARIABLE: None}
    else:
        directory = _journal_directory(args.journal)
        remove_stale()
        Registration(directory).environment()
        current()  # the agent's bytecode, for whatever is started
        start_watching(directory)
        environment = agent_environment({"PYTHONPATH": before}, directory)
        changes = {name: environment[name] for name in VARIABLES}
    print(_register(args.shell, changes[JOURNAL_VARIABLE]))
    for name, value in changes.items():
        print(_line(args.shell, name, value))
    return 0


def _journal_directory(named: str | None) -> str:
    if named is None:
        directory = make_journal_directory()
        # On stderr: what is printed on stdout is run by a shell.
        print(f"automount: recording into {directory}", file=sys.stderr)
        print(f"hint: automount collect {shlex.quote(directory)}", file=sys.stderr)
        return directory
    if not named:
        raise UsageError("--journal needs a directory", hint="for example --journal /tmp/j")
    return prepare_journal_directory(named)


def _without_us(value: str) -> str:
    return os.pathsep.join(part for part in value.split(os.pathsep) if part != BOOT_DIRECTORY)


def _register(shell: str, directory: str | None) -> str:
    """The line that makes the shell's entry for `directory`, or removes it; it never fails nor prints."""
    entry = entry_of_shell(shell)
    if directory is None:
        command = f"rm -f {entry}"
    else:
        quoted = _fish_quoted(directory) if shell == "fish" else shlex.quote(directory)
        command = f"ln -sfn {quoted} {entry}"
    return f"{command} 2>/dev/null; or true;" if shell == "fish" else f"{command} 2>/dev/null || :;"


def _line(shell: str, name: str, value: str | None) -> str:
    if shell == "fish":
        return f"set -e {name};" if value is None else f"set -gx {name} {_fish_quoted(value)};"
    return f"unset {name}" if value is None else f"export {name}={shlex.quote(value)}"


def _fish_quoted(value: str) -> str:
    """`value` for fish, where a backslash within single quotes quotes the next one, or a quote."""
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"
