"""The line after a recording about imports that it did not exercise and that are not shipped."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from functools import lru_cache

from automount.cli.text import counted
from automount.contents.sources import is_source_file, read_source
from automount.manifest import Manifest
from automount.manifest.import_roots import import_roots

# More would delay the end of a recording; `show --gaps` reads everything.
MOST_AFTER_RECORDING = 2_000


def missing_line(manifest: Manifest) -> str | None:
    """The line after a recording: None where every local module that a statement names is shipped.

    Reads quickly: only a source that names something that is not shipped is parsed.
    """
    read = _reading_only_what_matters(manifest)
    if read is None:
        return None
    # Only here: this parses sources, and its imports take as long as a short recording.
    from automount.explain.gaps import gaps

    count = len(
        gaps(manifest, read, lru_cache(maxsize=None)(is_source_file), most=MOST_AFTER_RECORDING).missing
    )
    if not count:
        return None
    were, are = ("was", "is") if count == 1 else ("were", "are")
    return (
        f"{counted(count, 'local import')} {were} not exercised in this run and {are} not shipped: "
        "see automount show --gaps"
    )


def _reading_only_what_matters(manifest: Manifest) -> Callable[[str], bytes | None] | None:
    """A reader that skips the sources without the name of a candidate; None without candidates."""
    if any(row.limited or row.suffixes for row in manifest.mounts) or any(
        row.local.endswith(".py") or "exclude" in row.code for row in manifest.skipped
    ):
        return read_source
    names = set(_unshipped_names(manifest))
    if not names:
        return None
    pattern = re.compile(
        rb"\b(?:" + b"|".join(re.escape(os.fsencode(name)) for name in sorted(names)) + rb")\b"
    )

    def read(path: str) -> bytes | None:
        source = read_source(path)
        # A file that the pattern excludes has no import of a candidate: nothing to parse.
        return b"" if source is not None and pattern.search(source) is None else source

    return read


def _unshipped_names(manifest: Manifest) -> Iterator[str]:
    """The import names directly below the import roots that no mount contains as a whole."""
    shipped = {row.local for row in manifest.files} | {row.local for row in manifest.mounts}
    for root in import_roots(manifest):
        try:
            with os.scandir(root) as entries:
                found = [(entry.name, entry.path, entry.is_dir()) for entry in entries]
        except OSError:
            continue
        for name, path, is_directory in found:
            stem = name if is_directory else name.removesuffix(".py")
            if (is_directory or name.endswith(".py")) and stem.isidentifier() and path not in shipped:
                yield stem
