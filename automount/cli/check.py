"""`automount check`: do the local files still match the manifest?"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from functools import partial

from automount.cli.loading import add_manifest_argument, named
from automount.cli.text import counted, encodable, printable
from automount.errors import EXIT_NO
from automount.forked import processes_for
from automount.progress import Progress
from automount.shipping.last_check import LastCheck
from automount.shipping.manifest_file import manifest_bytes

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

    from automount.cli.parsers import Parser
    from automount.cli.plain_options import PlainOptions
    from automount.contents.file_times import Signature
    from automount.model import FileEntry
    from automount.shipping.freshness import Stale

HELP = "Check whether the local files still match the manifest."
EPILOG = """\
The exit status is 0 if they match and 1 if a file was changed, deleted or cannot be read; each such
file is listed. A file's content is read only if its size and mode are unchanged.

examples:
  automount check                   # before a deployment, or in a pre-commit hook
  automount check --json before.json
"""


def configure(parser: Parser | PlainOptions) -> None:
    """Declares the options."""
    parser.epilog = EPILOG
    add_manifest_argument(parser)
    parser.add_argument("--json", action="store_true", help="print the list as JSON")
    parser.add_argument("--quiet", action="store_true", help="print nothing; only set the exit status")


def run(args: argparse.Namespace) -> int:
    """Prints what is stale; 0 where nothing is, 1 where something is."""
    if args.manifest == "-":
        return _compared(args, sys.stdin.buffer.read())
    last = LastCheck(args.manifest)
    with Progress("checking", None) as progress:
        count = last.unchanged(processes_for, progress.add)
    if count is not None:
        return _answer(args, count, (), edited=False)
    proof = last.proof()
    raw = manifest_bytes(args.manifest)
    return _compared(args, raw, partial(last.remember, raw, proof))


def _compared(
    args: argparse.Namespace,
    raw: bytes,
    remember: Callable[[Sequence[FileEntry], Mapping[str, Signature | None]], None] | None = None,
) -> int:
    """Compares each file with the manifest `raw`, prints what is stale, and remembers that nothing is."""
    # Only here: a manifest that is remembered is not read.
    from automount.contents.digests import DigestIndex
    from automount.manifest import content_digest, loads
    from automount.shipping.freshness import stale_files

    manifest = loads(raw, named(args.manifest))
    known: dict[str, Signature | None] = {}
    with Progress("checking", sum(row.size for row in manifest.files)) as progress:
        stale = stale_files(
            manifest, progress.add, DigestIndex.open(), known, processes_for(len(manifest.files))
        )
    edited = content_digest(manifest) != manifest.digest
    if remember is not None and not stale and not edited:
        remember(manifest.files, known)
    return _answer(args, len(manifest.files), stale, edited=edited)


def _answer(args: argparse.Namespace, files: int, stale: Sequence[Stale], *, edited: bool) -> int:
    if args.json and not args.quiet:
        import json

        rows = [{"local": row.local, "remote": row.remote, "change": row.change} for row in stale]
        print(json.dumps({"stale": rows, "digest_fits": not edited}, indent=2, sort_keys=True))
    elif not args.quiet:
        if edited:
            name = encodable(printable(named(args.manifest)), sys.stdout)
            print(f"edited: the digest in {name} does not match its rows")
        for row in stale:
            print(encodable(printable(f"{row.change}: {row.local}"), sys.stdout))
        count = counted(files, "file")
        if stale:
            print(f"{len(stale)} of {count} {'is' if len(stale) == 1 else 'are'} stale: record again")
        elif not edited:
            print(f"Fresh: {count} as recorded")
    return EXIT_NO if stale or edited else 0
