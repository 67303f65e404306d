"""`automount collect DIR`: makes a manifest of the journals in a directory, finished or still growing."""

from __future__ import annotations

import argparse
import os
import sys

from automount.cli.options import add_output_options, add_policy_options, policy_overrides
from automount.cli.output import check_manifest_output, local_path, write_manifest
from automount.cli.parsers import Parser

HELP = "Write a manifest from recorded journals, even while the programs still run."
EPILOG = """\
examples:
  eval "$(automount env --journal journals)"     # turn recording on in this shell
  python app.py; python jobs/nightly.py          # start anything
  automount collect journals                     # write one manifest for all of it
"""


def configure(parser: Parser) -> None:
    """Declares the directory and the options that every manifest takes."""
    parser.epilog = EPILOG
    parser.add_argument("journal", metavar="JOURNAL_DIR", help="the directory that contains the journals")
    add_policy_options(parser)
    add_output_options(parser)


def run(args: argparse.Namespace) -> int:
    """Writes the manifest; the program's own exit status is not known here."""
    from automount import pipeline

    check_manifest_output(args.output)
    settings = pipeline.load_settings(os.getcwd(), policy_overrides(args))
    recording = pipeline.collect(
        args.journal, settings.policy, argv=tuple(sys.argv[1:]), output=local_path(args.output)
    )
    write_manifest(recording.manifest, args)
    return 0
