"""Decides which of the files that a stage contains already can stay."""

from __future__ import annotations

import os
import stat

from automount import paths
from automount.errors import Refused
from automount.model import FileEntry
from automount.shipping.safe_tree import SafeTree
from automount.shipping.staged import StageRecord
from automount.shipping.verified import is_content


def present_status(tree: SafeTree, entry: FileEntry, record: StageRecord) -> os.stat_result | None:
    """The status of what has the file's place. Raises `Refused` for a link or a foreign directory."""
    parts = paths.parts(entry.remote)
    try:
        found = tree.status(parts)
    except Refused:
        # A file of an earlier run is where a directory is wanted now: it is removed first.
        if any(above in record.files for above in paths.ancestors(entry.remote)):
            return None
        raise
    if found is None or stat.S_ISREG(found.st_mode):
        return found
    if stat.S_ISDIR(found.st_mode) and entry.remote in record.directories:
        return None
    kind = "a link" if stat.S_ISLNK(found.st_mode) else "in the way"
    raise Refused(f"{tree.place(parts)} is {kind}", hint="remove it; links are never followed")


def is_good(
    tree: SafeTree,
    entry: FileEntry,
    record: StageRecord,
    present: os.stat_result,
    source: os.stat_result,
    *,
    link: bool,
) -> bool:
    """Whether the file that is in the stage now can stay; `link`: it has to be the source itself."""
    same_file = (present.st_dev, present.st_ino) == (source.st_dev, source.st_ino)
    if entry.remote not in record.files:
        # Not ours, but equal: it may stay, and will never be removed by us. The source itself may not:
        # staging over the project would make a later run delete it.
        if same_file:
            raise Refused(f"{entry.local} is in the stage itself", hint="stage into another directory")
        return _holds(tree, entry)
    if same_file:
        return link
    if link:
        return False
    if bool(present.st_mode & 0o100) != entry.executable:
        return False
    return record.holds(entry, present) or _holds(tree, entry)


def _holds(tree: SafeTree, entry: FileEntry) -> bool:
    """Whether the staged file has the content that the manifest wants."""
    staged = tree.read(paths.parts(entry.remote))
    try:
        return is_content(staged, entry)
    finally:
        os.close(staged)
