"""Reads manifests for the verbs that only look: a file, or `-` for standard input."""

from __future__ import annotations

import sys

from automount.shipping.manifest_file import DEFAULT_MANIFEST, load_manifest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from automount.cli.parsers import Parser
    from automount.cli.plain_options import PlainOptions
    from automount.manifest import Manifest


def add_manifest_argument(parser: Parser | PlainOptions) -> None:
    """Adds the optional argument MANIFEST."""
    parser.add_argument(
        "manifest",
        nargs="?",
        default=DEFAULT_MANIFEST,
        metavar="MANIFEST",
        help=f"the manifest (default {DEFAULT_MANIFEST}; - is standard input)",
    )


def read_manifest(path: str) -> Manifest:
    """The manifest in the file `path`, or on standard input. Raises `ManifestError` if it cannot be read."""
    if path == "-":
        from automount.manifest import loads

        return loads(sys.stdin.buffer.read(), "standard input")
    return load_manifest(path)


def named(path: str) -> str:
    """What a manifest's path is called in answers."""
    return "standard input" if path == "-" else path
