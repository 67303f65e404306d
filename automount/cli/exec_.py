"""`automount exec BUNDLE_OR_DIR [ARGS]`: runs a staged tree or a bundle here."""

from __future__ import annotations

import argparse

from automount.cli.parsers import Parser
from automount.shipping.execute import execute

HELP = "Run a staged tree or a bundle on this machine."
EPILOG = """\
examples:
  automount stage build/stage && automount exec build/stage
  automount pack app.tar && automount exec app.tar --port 80    # other arguments than the recorded ones
"""


def configure(parser: Parser) -> None:
    """Declares the options; everything after the bundle is the program's."""
    parser.epilog = EPILOG
    parser.add_argument(
        "--python",
        metavar="EXE",
        help="run with another interpreter; a command is first looked for in its directory",
    )
    parser.add_argument(
        "bundle", metavar="BUNDLE_OR_DIR", help="a bundle, a staged directory, or oci:DIR[:TAG]"
    )
    parser.add_argument(
        "args", nargs=argparse.REMAINDER, metavar="ARGS", help="arguments to use instead of the recorded ones"
    )


def run(args: argparse.Namespace) -> int:
    """Becomes the program."""
    execute(args.bundle, args.args or None, args.python)
