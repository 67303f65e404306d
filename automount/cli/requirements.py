"""`automount requirements`: the installed distributions that the program really used, pinned."""

from __future__ import annotations

import argparse
import sys

from automount.cli.loading import add_manifest_argument, read_manifest
from automount.cli.output import check_writable, write_bytes
from automount.cli.parsers import Parser
from automount.manifest.requirement_files import render_requirements

HELP = "Print the installed distributions that the program used, with their versions."
EPILOG = """\
examples:
  automount requirements > requirements.txt
  automount requirements --format pylock -o pylock.toml
"""


def configure(parser: Parser) -> None:
    """Declares the options."""
    parser.epilog = EPILOG
    add_manifest_argument(parser)
    parser.add_argument(
        "--format",
        choices=["requirements", "pylock"],
        default="requirements",
        help="the format: requirements.txt (default) or pylock.toml (PEP 751)",
    )
    parser.add_argument(
        "-o", "--output", default="-", metavar="FILE", help="the file to write (default: stdout)"
    )


def run(args: argparse.Namespace) -> int:
    """Prints, or writes, the list."""
    check_writable(args.output)
    manifest = read_manifest(args.manifest)
    render = render_requirements
    if args.format == "pylock":
        from automount.manifest.lock_file import render_pylock as render
    sys.stdout.flush()
    write_bytes(args.output, render(manifest.requirements).encode("utf-8", "surrogateescape"))
    return 0
