"""`automount exec BUNDLE_OR_DIR [ARGS]`: runs a staged tree or a bundle here."""

from __future__ import annotations

import argparse

from automount.cli.parsers import Parser
from automount.shipping.execute import execute

HELP = "Run a staged tree or a bundle here, as the other machine would."


def configure(parser: Parser) -> None:
    """Declares the options; everything after the bundle is the program's."""
    parser.add_argument(
        "--python",
        metavar="EXE",
        help="run under another interpreter; a command is looked up beside it first",
    )
    parser.add_argument("bundle", metavar="BUNDLE_OR_DIR", help="a bundle, a stage, or oci:DIR[:TAG]")
    parser.add_argument(
        "args", nargs=argparse.REMAINDER, metavar="ARGS", help="instead of the recorded arguments"
    )


def run(args: argparse.Namespace) -> int:
    """Becomes the program."""
    execute(args.bundle, args.args or None, args.python)
