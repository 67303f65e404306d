"""`automount cache`: shows what automount keeps in its cache, and removes from it."""

from __future__ import annotations

import argparse
import re

from automount.cli.parsers import Parser
from automount.cli.text import counted, size
from automount.errors import UsageError
from automount.kept import LARGEST, UNUSED_SECONDS, kept, shrink
from automount.private_directories import cache_directory

HELP = "Show and clean up automount's caches."
EPILOG = """\
Bundles that were not run for 30 days are removed automatically; above 8 GB, those that were not used
for the longest time are removed too.

examples:
  automount cache                       # what is cached, and where
  automount cache --shrink --unused-for 7 --largest 500M
  automount cache --clear               # remove everything that no running program uses
"""
_SIZE = re.compile(r"([0-9]{1,15})([kMGT]?)B?")
_POWER = {"": 1, "k": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}


def configure(parser: Parser) -> None:
    """Declares the options."""
    parser.epilog = EPILOG
    action = parser.exclusive()
    action.add_argument("--shrink", action="store_true", help="remove what has not been used for a long time")
    action.add_argument("--clear", action="store_true", help="remove everything that no running program uses")
    parser.add_argument("--unused-for", metavar="DAYS", help="with --shrink: the number of days (default 30)")
    parser.add_argument(
        "--largest", metavar="SIZE", help="with --shrink: the size to keep, such as 500M or 8G (default 8G)"
    )


def run(args: argparse.Namespace) -> int:
    """Shows the caches, or removes from them."""
    if not args.shrink and (args.unused_for is not None or args.largest is not None):
        raise UsageError(
            "--unused-for and --largest are only valid with --shrink", hint="automount cache --shrink"
        )
    directory = cache_directory()
    if args.shrink or args.clear:
        unused, largest = _days(args.unused_for), _bytes(args.largest)
        if args.clear:
            unused, largest = -1.0, 0
        removed = shrink(directory, unused_seconds=unused, largest=largest)
        print(
            f"Removed {counted(len(removed), 'entry', 'entries')}, {size(sum(row.size for row in removed))}"
        )
    rows = kept(directory)
    print(directory)
    for kind in sorted({row.kind for row in rows}):
        sizes = [row.size for row in rows if row.kind == kind]
        print(f"  {kind:<9} {counted(len(sizes), 'entry', 'entries'):>12} {size(sum(sizes)):>12}")
    return 0


def _days(text: str | None) -> float:
    if text is None:
        return UNUSED_SECONDS
    if not re.fullmatch(r"[0-9]{1,6}", text):
        raise UsageError(f"--unused-for {text}: not a number of days", hint="for example --unused-for 7")
    return int(text) * 86400.0


def _bytes(text: str | None) -> int:
    if text is None:
        return LARGEST
    found = _SIZE.fullmatch(text)
    if found is None:
        raise UsageError(f"--largest {text}: not a size", hint="for example --largest 500M")
    return int(found[1]) * _POWER[found[2]]
