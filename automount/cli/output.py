"""Writes a manifest to the file that the user chose, and prints a summary of the run."""

from __future__ import annotations

import contextlib
import sys

from automount.manifest import Manifest, dumps
from automount.shipping.manifest_file import (
    check_manifest_output,
    check_writable,
    local_path,
    manifest_mode,
    write_bytes,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

__all__ = [
    "check_manifest_output",
    "check_writable",
    "local_path",
    "manifest_mode",
    "write_bytes",
    "write_manifest",
]


def write_manifest(manifest: Manifest, args: argparse.Namespace) -> None:
    """Writes the manifest as the output options require, and prints the tree unless they forbid it."""
    write_bytes(args.output, dumps(manifest), manifest_mode(manifest))
    if args.quiet or args.json:
        return
    from automount.cli.render import print_created

    print_created(manifest, args.output, no_color=args.no_color)
    from automount.cli.missing_line import missing_line
    from automount.cli.tree import fitted

    line = missing_line(manifest)
    if line is not None:
        # As in print_created: a reader that has gone changes nothing.
        with contextlib.suppress(OSError):
            print(fitted(line, sys.stderr), file=sys.stderr)
