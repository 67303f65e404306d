"""Decides whether an existing file may be replaced: what automount wrote may be, the user's files not.

Only the beginning and the end of a file are read, so a damaged manifest is recognised as well.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable

from automount.errors import AutomountError
from automount.untrusted import open_regular

_PART = 1 << 16
# The keys of a manifest are sorted; these are the first two.
_BEGINNINGS = (b'{"complete":true,"data":[', b'{"complete":false,"data":[')
_SHORTEST = len(b'{"complete":')
_SCHEMA = rb'"schema"\s*:\s*"automount/'
# Also in pages of versions that did not name their generator.
_PAGE_TITLE = b"<title>automount report</title>"


def refuse_foreign(path: str, is_own: Callable[[bytes, bytes], bool], *, kind: str, option: str) -> None:
    """Raises `AutomountError` where `path` is a regular file, not empty, that automount did not write.

    `is_own` is called with the first and the last 64 KiB. `kind` is what will be written, such as "a
    manifest"; `option` is how the user chooses another file, such as "-o FILE".
    """
    if not os.path.isfile(path):
        return
    try:
        with open_regular(path) as file:
            size = os.fstat(file.fileno()).st_size
            head = file.read(_PART)
            file.seek(max(size - _PART, 0))
            tail = file.read(_PART)
    except OSError:
        head = tail = b"?"
    if head and not is_own(head, tail):
        raise foreign(path, kind, option)


def foreign(path: str, kind: str, option: str) -> AutomountError:
    """The error for a file that automount did not write, and so does not replace."""
    return AutomountError(
        f"{path} exists and is not {kind} that automount wrote: it was not changed",
        hint=f"choose another {option}, or remove it",
        code="foreign-output",
    )


def is_manifest(head: bytes, tail: bytes) -> bool:
    """Whether a file begins as a manifest does, or is one of another schema, sorted in any way."""
    text = head.lstrip()
    if not text.startswith(b"{"):
        return False
    compact = b"".join(text[:200].split())
    for beginning in _BEGINNINGS:
        if compact.startswith(beginning) or (len(compact) >= _SHORTEST and beginning.startswith(compact)):
            return True
    return re.search(_SCHEMA, head) is not None or re.search(_SCHEMA, tail) is not None


def is_page(head: bytes, _tail: bytes) -> bool:
    """Whether a file is an HTML page that `automount report` wrote."""
    return head.lstrip()[:9].lower() == b"<!doctype" and _PAGE_TITLE in head
