"""The record inside a stage: which files automount put there, and their status at that time.

It is in the stage, where anybody may have changed it, so paths in it are checked like a manifest's, and a
file whose status does not match is read again. A record that cannot be read counts as missing: nothing is
removed then, and what is there is compared by content.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Mapping, Sequence
from typing import Any

from automount.contents.file_times import Signature, signature
from automount.errors import Refused
from automount.model import FileEntry
from automount.shipping.safe_tree import SafeTree
from automount.shipping.shipped_places import OWN_DIRECTORY, check_remotes
from automount.untrusted import json_value

_NAME = "stage.json"
_SCHEMA = "automount-stage/v1"
_LIMIT = 1 << 28

# Digest, the signatures of the staged file and of its source; None where the content must be compared again.
Row = tuple[str, Signature | None, Signature | None]


class StageRecord:
    """Files by remote path (None: ours, state unknown) and the remote directories that staging made."""

    def __init__(self, files: dict[str, Row | None], directories: set[str]) -> None:
        self.files = files
        self.directories = directories

    @classmethod
    def read(cls, tree: SafeTree) -> StageRecord:
        """The record of the stage in `tree`, empty if it has none."""
        try:
            source = tree.read((OWN_DIRECTORY, _NAME))
        except FileNotFoundError:
            return cls({}, set())
        with os.fdopen(source, "rb") as file:
            return cls.parsed(file.read(_LIMIT))

    @classmethod
    def parsed(cls, raw: bytes) -> StageRecord:
        """The record that these bytes are, an empty one where they are none."""
        with contextlib.suppress(ValueError, KeyError, TypeError, AttributeError, OverflowError, Refused):
            return cls._parse(json_value(raw))
        return cls({}, set())

    @classmethod
    def _parse(cls, raw: dict[str, Any]) -> StageRecord:
        if raw["schema"] != _SCHEMA:
            return cls({}, set())
        files = {str(remote): _row(row) for remote, row in raw["files"].items()}
        directories = {str(remote) for remote in raw["directories"]}
        check_remotes((*files, *directories))
        return cls(files, directories)

    def write(self, tree: SafeTree, texts: Sequence[str] = ()) -> None:
        """Puts the record in its place in the stage, with the `files_text` of further files."""
        content = {"schema": _SCHEMA, "directories": sorted(self.directories)}
        files = ", ".join(filter(None, (files_text(self.files), *texts)))
        text = f'{json.dumps(content)[:-1]}, "files": {{{files}}}}}\n'
        tree.write((OWN_DIRECTORY, _NAME), text.encode())

    def holds(self, entry: FileEntry, status: os.stat_result) -> bool:
        """Whether the staged file, by its status alone, is still the content that the manifest wants."""
        row = self.files.get(entry.remote)
        return row is not None and row[0] == entry.sha256 and row[1] == signature(status)

    def source_unchanged(self, entry: FileEntry, status: os.stat_result) -> bool:
        """Whether the local file, by its status alone, is still what was staged from it."""
        row = self.files.get(entry.remote)
        return row is not None and row[0] == entry.sha256 and row[2] == signature(status)


def files_text(files: Mapping[str, Row | None]) -> str:
    """The files of a record as they are written: the members of a JSON object."""
    return json.dumps(files)[1:-1]


def _row(row: Any) -> Row | None:
    if row is None:
        return None
    digest, staged, source = row
    return (str(digest), _signature(staged), _signature(source))


def _signature(row: Any) -> Signature | None:
    if row is None:
        return None
    size, mtime, ctime, inode, device = (int(number) for number in row)
    return (size, mtime, ctime, inode, device)
