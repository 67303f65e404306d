"""`automount merge A B … -o C`: one manifest for several runs of a project."""

from __future__ import annotations

import argparse
import sys

from automount.cli.loading import named, read_manifest
from automount.cli.output import check_manifest_output, manifest_mode, write_bytes
from automount.cli.parsers import Parser
from automount.cli.render import figures, print_notes
from automount.cli.text import encodable, printable
from automount.errors import UsageError
from automount.explain import MergeConflict, merge
from automount.manifest import dumps

HELP = "Merge the manifests of several runs of one project."
EPILOG = """\
Each run may load other files; the merged manifest contains what any of them needed. If two runs have
different content for one remote path, nothing is written and each such path is listed. The runs may have
been started in different ways: the first one's entrypoint is kept, and `show` lists the others.

examples:
  automount -o train.json app.py train
  automount -o serve.json app.py serve
  automount merge train.json serve.json -o automount.json
"""


def configure(parser: Parser) -> None:
    """Declares the manifests and the output file."""
    parser.epilog = EPILOG
    parser.add_argument(
        "manifests", nargs="+", metavar="MANIFEST", help="two or more manifests; - is standard input"
    )
    parser.add_argument(
        "-o", "--output", required=True, metavar="FILE", help="the merged manifest; - is stdout"
    )
    parser.add_argument("--quiet", action="store_true", help="print neither a summary nor warnings")


def run(args: argparse.Namespace) -> int:
    """Writes the merged manifest."""
    if len(args.manifests) < 2:
        raise UsageError("merge takes two manifests or more", hint="automount merge A B -o C")
    if args.manifests.count("-") > 1:
        raise UsageError("only one manifest can come from standard input", hint="name files for the others")
    check_manifest_output(args.output)
    runs = [(named(path), read_manifest(path)) for path in args.manifests]
    try:
        merged = merge(runs)
    except MergeConflict as error:
        for line in error.conflicts:
            print(f"  {encodable(printable(line), sys.stderr)}", file=sys.stderr)
        raise
    write_bytes(args.output, dumps(merged), manifest_mode(merged))
    if not args.quiet:
        print_notes(merged, sys.stderr, most=5)
        if args.output != "-":
            total = figures(len(merged.files), sum(row.size for row in merged.files))
            line = f"Merged {len(runs)} manifests into {args.output}: {total}"
            print(encodable(printable(line), sys.stdout))
    return 0
