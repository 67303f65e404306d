"""What the verbs that ship a manifest share: reading it, and naming every file that went stale."""

from __future__ import annotations

import argparse
import contextlib
import sys
from collections.abc import Iterator

from automount.errors import ManifestError
from automount.manifest import Manifest, loads
from automount.shipping.freshness import StaleFiles

DEFAULT_MANIFEST = "automount.json"


def add_manifest_option(parser: argparse.ArgumentParser) -> None:
    """Adds `--manifest FILE`."""
    parser.add_argument(
        "--manifest",
        default=DEFAULT_MANIFEST,
        metavar="FILE",
        help=f"the manifest (default {DEFAULT_MANIFEST})",
    )


def load_manifest(path: str) -> Manifest:
    """The manifest in the file `path`. Raises `ManifestError` where there is none."""
    try:
        with open(path, "rb") as file:
            raw = file.read()
    except FileNotFoundError:
        raise ManifestError(f"no manifest: {path}", hint="record one first: automount app.py") from None
    except OSError as error:
        raise ManifestError(f"cannot read {path} ({error.strerror})", hint="check the path") from error
    return loads(raw, path)


@contextlib.contextmanager
def naming_stale() -> Iterator[None]:
    """Lists every stale file on stderr, one a line, before the error says that there are some."""
    try:
        yield
    except StaleFiles as error:
        for row in error.stale:
            line = f"  {row.change}: {row.local}"
            print(line.encode("utf-8", "backslashreplace").decode(), file=sys.stderr)
        raise
