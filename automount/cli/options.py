"""The options of several verbs: what to ship, where the manifest goes, and what is printed."""

from __future__ import annotations

from enum import Enum

from automount.errors import UsageError
from automount.model import DataPolicy, EditablePolicy, Layout, Scope

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

    from automount.cli.parsers import Group, Parser
    from automount.cli.plain_options import PlainOptions


def _excluded(pattern: str) -> tuple[str, str]:
    return "exclude", pattern


def _included(pattern: str) -> tuple[str, str]:
    return "include", pattern


def seconds(text: str) -> float:
    """A positive number of seconds."""
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 < value < float("inf"):
        raise UsageError(
            f"--timeout {text}: not a positive number of seconds", hint="for example --timeout 2.5"
        )
    return value


def add_policy_options(parser: Parser | PlainOptions) -> None:
    """Adds the options for what is shipped. All default to None: settings files apply then."""
    group = parser.group("what is shipped")
    choices: dict[str, tuple[type[Enum], str]] = {
        "--scope": (
            Scope,
            "how much of a package to ship: all of it (default), its sources, or what was loaded",
        ),
        "--layout": (
            Layout,
            "keep the tree of the project (tree, default), or place modules by import name (flat)",
        ),
        "--data": (
            DataPolicy,
            "data files outside the mounted packages: report (default), mount or ignore them",
        ),
        "--editable": (
            EditablePolicy,
            "editable installs: mount them (default), mount their metadata too (full), or skip them",
        ),
    }
    for option, (kind, text) in choices.items():
        group.add_argument(option, choices=[str(member.value) for member in kind], help=text)
    group.add_argument(
        "--root",
        metavar="DIR",
        help="the workspace root, which becomes the remote root (default: the project or repository)",
    )
    group.add_argument("--remote-root", metavar="DIR", help="the root of the remote paths (default /root)")
    group.add_argument(
        "--add-package", action="append", metavar="NAME[:REMOTE]", help="mount an import package"
    )
    group.add_argument("--add-dir", action="append", metavar="LOCAL[:REMOTE]", help="mount a directory")
    group.add_argument("--add-file", action="append", metavar="LOCAL[:REMOTE]", help="mount a file")
    # One list for both, in the order that they were given: the last match wins.
    for option, kept, text in (
        ("--exclude", _excluded, "leave out matching files (gitignore syntax)"),
        ("--include", _included, "re-include files that an earlier pattern excluded"),
    ):
        group.add_argument(option, dest="patterns", action="append", type=kept, metavar="PATTERN", help=text)
    group.add_argument(
        "--no-automount",
        dest="automount",
        action="store_const",
        const=False,
        help="ship only the entrypoint's file and what the --add options name",
    )


POLICY_NAMES = (
    "scope",
    "layout",
    "data",
    "editable",
    "root",
    "remote_root",
    "add_package",
    "add_dir",
    "add_file",
    "patterns",
    "automount",
)


def policy_overrides(args: argparse.Namespace) -> dict[str, object]:
    """The policy settings given on the command line."""
    given = {name: getattr(args, name, None) for name in POLICY_NAMES}
    return {name: value for name, value in given.items() if value is not None}


def add_output_options(parser: Parser | PlainOptions) -> None:
    """Adds the options for where the manifest goes and what is printed."""
    group = parser.group("output")
    group.add_argument(
        "-o",
        "--output",
        default="automount.json",
        metavar="FILE",
        help="the manifest to write (default automount.json; - is stdout)",
    )
    group.add_argument("--quiet", action="store_true", help="print neither the tree nor warnings")
    group.add_argument("--json", action="store_true", help="print a summary as JSON instead of the tree")
    add_no_color_option(group)


def add_no_color_option(parser: Parser | PlainOptions | Group) -> None:
    """Adds `--no-color`."""
    parser.add_argument(
        "--no-color", action="store_true", help="do not use colours (the variable NO_COLOR is respected too)"
    )
