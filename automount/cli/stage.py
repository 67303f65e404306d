"""`automount stage DIR`: copies the files of a manifest into a directory."""

from __future__ import annotations

from automount.cli.ship_options import add_manifest_option, load_manifest, naming_stale, warn_if_incomplete
from automount.cli.text import counted, size
from automount.forked import processes_for
from automount.progress import Progress
from automount.shipping.staging import stage

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

    from automount.cli.parsers import Parser
    from automount.cli.plain_options import PlainOptions

HELP = "Copy the files of a manifest into a directory, at their full remote paths."
EPILOG = """\
examples:
  automount stage build/stage           # copies; a second run copies only what changed
  automount stage --link build/links    # hard links, without copying
  automount exec build/stage            # run the copy
"""


def configure(parser: Parser | PlainOptions) -> None:
    """Declares the options."""
    parser.epilog = EPILOG
    parser.add_argument("directory", metavar="DIR", help="the target directory; created if it is missing")
    parser.add_argument(
        "--link",
        action="store_true",
        help="create hard links instead of copies: editing them changes the originals",
    )
    parser.add_argument("--force", action="store_true", help="stage into a directory that has other content")
    add_manifest_option(parser)


def run(args: argparse.Namespace) -> int:
    """Stages, and prints what it took."""
    manifest = load_manifest(args.manifest)
    with naming_stale(), Progress("staging", sum(row.size for row in manifest.files)) as progress:
        done = stage(
            manifest,
            args.directory,
            link=args.link,
            force=args.force,
            on_bytes=progress.add,
            processes=processes_for(len(manifest.files)),
        )
    counts = [f"{done.copied} copied"]
    counts += [f"{done.linked} linked"] if args.link else []
    counts += [f"{done.kept} kept", f"{done.removed} removed"]
    warn_if_incomplete(manifest)
    content = f"{counted(len(manifest.files), 'file')}, {size(done.size)}"
    print(f"Staged {content} in {args.directory}: {', '.join(counts)}")
    return 0
