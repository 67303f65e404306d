"""Keeps what is known of files between runs, for each user: one small file for directories that begin alike.

A shard holds the entries of all files whose directories begin with the same three parts (four below `/home`),
so a run reads what its own project needs and little else. A shard is written beside and renamed; two runs at
once may lose entries of each other, but never write wrong ones. It contains its own checksum: a shard that
does not match it, belongs to another user or was written by other rules is ignored. Failing to read or write
one is not an error; it only makes the run slower.
"""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Iterable, Mapping

from automount.errors import Refused
from automount.private_directories import cache_directory, make_private
from automount.sha256 import sha256
from automount.whole_file import PREFIX, replace_bytes

Entries = dict[str, dict[str, str]]
"""Directory -> name -> what is known, as one line of text."""

_HOMES = ("home", "Users")
_DEEPEST = 4
MAX_ENTRIES = 100_000  # of one shard
MAX_BYTES = 64 << 20  # of all shards
_SUFFIX = ".digests"
_REFRESH_NS = 24 * 3600 * 10**9


def user_directory(environ: Mapping[str, str] | None = None) -> str | None:
    """Where this user's shards are kept, None where no directory is private enough to be believed."""
    try:
        return make_private(os.path.join(cache_directory(environ), "digests"))
    except (OSError, Refused):
        return None


def shard_of(directory: str) -> str:
    """The shard for the files in the absolute `directory`."""
    parts = directory.split("/", _DEEPEST + 1)[1:]
    depth = _DEEPEST if parts[0] in _HOMES else _DEEPEST - 1
    head = "/".join(parts[:depth])
    return sha256(head.encode("utf-8", "surrogateescape")).hexdigest()[:20]


class Store:
    """The shards in one directory. `rules` names what made the entries: other rules, other entries."""

    def __init__(self, directory: str, rules: str) -> None:
        self._directory = directory
        self._magic = f"automount digests 1 {rules}"

    def load(self, shard: str) -> Entries:
        """The entries of `shard`; none where it cannot be trusted."""
        try:
            import json

            loaded: Entries = json.loads(self.read(shard) or b"{}")
        except (ValueError, RecursionError):
            return {}
        return loaded

    def read(self, shard: str) -> bytes | None:
        """The bytes kept under the name `shard`; None where there are none that can be trusted."""
        path = self._path(shard)
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
            with open(descriptor, "rb") as stream:
                status = os.fstat(descriptor)
                foreign = status.st_uid != os.geteuid() or status.st_mode & 0o022
                if foreign or not stat.S_ISREG(status.st_mode) or status.st_size > MAX_BYTES:
                    return None
                header, _, body = stream.read().partition(b"\n")
            if header != self._header(body):
                return None
            if time.time_ns() - status.st_mtime_ns > _REFRESH_NS:
                os.utime(path)
        except (OSError, ValueError):
            return None
        return body

    def save(self, shard: str, entries: Entries, seen: Iterable[str]) -> None:
        """Adds `entries` to `shard`. Where it grows too large, only the directories in `seen` stay."""
        import json

        merged = self.load(shard)
        for directory, names in entries.items():
            merged.setdefault(directory, {}).update(names)
        if sum(map(len, merged.values())) > MAX_ENTRIES:
            merged = {directory: merged[directory] for directory in sorted(seen) if directory in merged}
            if sum(map(len, merged.values())) > MAX_ENTRIES:
                return
        self.write(shard, json.dumps(merged, separators=(",", ":"), sort_keys=True).encode())

    def write(self, shard: str, body: bytes) -> None:
        """Keeps `body` under the name `shard`; a failure is ignored."""
        try:
            os.makedirs(self._directory, mode=0o700, exist_ok=True)
            replace_bytes(self._path(shard), self._header(body) + b"\n" + body, 0o600)
        except OSError:
            return

    def prune(self) -> None:
        """Removes the shards that were used longest ago until all fit, and what broken runs left."""
        try:
            with os.scandir(self._directory) as listing:
                found = [(entry.stat(), entry.path) for entry in listing if entry.is_file()]
        except OSError:
            return
        old = time.time_ns() - _REFRESH_NS
        room = MAX_BYTES
        for status, path in sorted(found, key=lambda item: (-item[0].st_mtime_ns, item[1])):
            abandoned = os.path.basename(path).startswith(PREFIX) and status.st_mtime_ns < old
            if path.endswith(_SUFFIX):
                room -= status.st_size
            if abandoned or (path.endswith(_SUFFIX) and room < 0):
                try:
                    os.unlink(path)
                except OSError:
                    continue

    def _path(self, shard: str) -> str:
        return os.path.join(self._directory, shard + _SUFFIX)

    def _header(self, body: bytes) -> bytes:
        return f"{self._magic} {sha256(body).hexdigest()}".encode()
