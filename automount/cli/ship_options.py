"""What the verbs that ship a manifest share: reading it, and listing every stale file."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator

from automount.cli.text import counted
from automount.manifest import Manifest
from automount.shipping.freshness import StaleFiles
from automount.shipping.manifest_file import DEFAULT_MANIFEST, load_manifest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from automount.cli.parsers import Parser
    from automount.cli.plain_options import PlainOptions

__all__ = ["DEFAULT_MANIFEST", "add_manifest_option", "load_manifest", "naming_stale", "warn_if_incomplete"]


def add_manifest_option(parser: Parser | PlainOptions) -> None:
    """Adds `--manifest FILE`."""
    parser.add_argument(
        "--manifest",
        default=DEFAULT_MANIFEST,
        metavar="FILE",
        help=f"the manifest (default {DEFAULT_MANIFEST})",
    )


def warn_if_incomplete(manifest: Manifest) -> None:
    """Warns on stderr that files can be missing, because some command of the program was not recorded."""
    number = len(manifest.incomplete)
    if number:
        print(
            f"warning: {counted(number, 'command')} of the program could not be recorded: "
            f"files that only {'it needs' if number == 1 else 'they need'} are not shipped [incomplete]\n"
            "hint: automount show names what was not recorded",
            file=sys.stderr,
        )


@contextlib.contextmanager
def naming_stale() -> Iterator[None]:
    """Lists every stale file on stderr, one a line, before the error."""
    try:
        yield
    except StaleFiles as error:
        for row in error.stale:
            line = f"  {row.change}: {row.local}"
            print(line.encode("utf-8", "backslashreplace").decode(), file=sys.stderr)
        raise
