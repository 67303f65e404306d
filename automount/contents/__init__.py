"""Mounts become file rows: the only tree walker, the only reader of files to be shipped.

The names below are imported on first use: code that needs only `reach` must not wait for the secret scanner.
"""

from __future__ import annotations

import importlib

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from automount.contents.digests import DigestIndex, FileDigest
    from automount.contents.expand import Contents
    from automount.contents.prefetch import Prefetch
    from automount.contents.reach import NotAFile

__all__ = ["Contents", "DigestIndex", "FileDigest", "NotAFile", "Prefetch"]

_HOMES = {
    "Contents": "expand",
    "DigestIndex": "digests",
    "FileDigest": "digests",
    "NotAFile": "reach",
    "Prefetch": "prefetch",
}


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f"{__name__}.{home}"), name)
    globals()[name] = value
    return value
