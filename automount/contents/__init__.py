"""Mounts become file rows: the only tree walker, the only reader of files to be shipped."""

from automount.contents.digests import DigestIndex, FileDigest
from automount.contents.expand import Contents, expand
from automount.contents.prefetch import Prefetch
from automount.contents.reach import NotAFile

__all__ = ["Contents", "DigestIndex", "FileDigest", "NotAFile", "Prefetch", "expand"]
