"""Decides where the times of a file prove that it has not been changed, and where they prove nothing.

Four things hide a change from a stat. A file system that is only read has the times that its image was
given, so another image with other content may have the same. On network file systems and those in user space,
another machine or program chooses the times. On tmpfs, a page that was read through a shared mapping is later
written through it without a new time. And a file that is written through a shared mapping gets a new
time only at the first write to a page; further writes to the page leave no trace until it is written back. So
a file counts as unmapped only if no process that this user may inspect had it mapped for writing at a moment
after the last change of its status: a mapping made later changes the status at its first write.

What remains: mappings held by other users' processes, or in another container, are not seen.
"""

from __future__ import annotations

import contextlib
import os
import time
from operator import attrgetter

from automount import paths
from automount.contents import reach
from automount.late_patterns import late_pattern
from automount.values import dataclass

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

_PROVING = frozenset(
    {"ext2", "ext3", "ext4", "xfs", "btrfs", "f2fs", "zfs", "bcachefs", "jfs", "nilfs2", "overlay"}
)
_MAPPED = late_pattern(rb"(?m)^[0-9a-f]+-[0-9a-f]+ .w.s [0-9a-f]+ [0-9a-f]+:[0-9a-f]+ ([1-9][0-9]*)")
_OCTAL = late_pattern(rb"\\([0-7]{3})")
_RESCAN_NS = 200 * 10**6
_TICK_NS = 50 * 10**6
_COARSE_TICK_NS = 2 * 10**9 + _TICK_NS

Signature = tuple[int, int, int, int, int]
"""What shows that a file may have changed: size, mtime and ctime (nanoseconds), inode, device."""

signature: Callable[[os.stat_result], Signature] = attrgetter(
    "st_size", "st_mtime_ns", "st_ctime_ns", "st_ino", "st_dev"
)


def settled_after(status: os.stat_result) -> int:
    """The time (ns since the epoch) after which a further change of the file gets another time than its last.

    Linux stamps files with a clock that ticks every few milliseconds; file systems with whole seconds (or
    two) are recognised by a time without a fraction.
    """
    changed = status.st_ctime_ns
    return changed + (_TICK_NS if changed % 10**9 else _COARSE_TICK_NS)


@dataclass(frozen=True)
class _MountPoint:
    device: str
    kind: str
    writable: bool


class FileTimes:
    """What the times of files are worth, as the mounts and the mappings of this machine are now."""

    def __init__(self) -> None:
        self._mounts = _mount_points()
        self._identities: dict[str, str | None] = {}
        self._directories: dict[str, tuple[int, str | None]] = {}
        self._devices: dict[int, str | None] = {}
        self._mapped: frozenset[int] = frozenset()
        self._looked_ns = 0

    def identity(self, directory: str) -> str | None:
        """The file system of the absolute `directory`, as text; None where its times prove nothing."""
        if directory not in self._identities:
            self._identities[directory] = self._identity(directory)
        return self._identities[directory]

    def identity_of(self, path: str, device: int) -> str | None:
        """The file system of the file at the absolute `path` and on `device`; None where times prove nothing.

        Directories with one device number are on one file system. A file on another one than the directory
        that names it (a link, a mount of its own) proves nothing.
        """
        directory = path.rpartition("/")[0] or "/"
        if directory not in self._directories:
            own = reach.status(directory).st_dev
            if own not in self._devices:
                self._devices[own] = self.identity(directory)
            self._directories[directory] = (own, self._devices[own])
        own, identity = self._directories[directory]
        return identity if device == own else None

    def unmapped_at(self, status: os.stat_result) -> int | None:
        """When (ns since the epoch) the file was last seen not to be mapped for writing; None where it is.

        The answer is from after the file's last change, or from just now.
        """
        now = time.time_ns()
        if not self._looked_ns or (
            self._looked_ns <= status.st_ctime_ns and now - self._looked_ns > _RESCAN_NS
        ):
            self._looked_ns, self._mapped = now, _inodes_mapped_for_writing()
        return None if status.st_ino in self._mapped else self._looked_ns

    def proof(self, path: str, status: os.stat_result) -> Signature | None:
        """The signature of the file at the absolute `path`, which is about to be read.

        None where an equal signature would not prove later that the content is the one that is read now.
        """
        if self.identity_of(path, status.st_dev) is None:
            return None
        unmapped = self.unmapped_at(status)
        return None if unmapped is None or unmapped <= settled_after(status) else signature(status)

    def _identity(self, directory: str) -> str | None:
        try:
            real = os.path.realpath(directory)
            number = os.statvfs(real).f_fsid
        except (OSError, ValueError):
            return None
        for above in (real, *paths.ancestors(real)):
            mount = self._mounts.get(above)
            if mount is not None:
                proves = mount.writable and mount.kind in _PROVING
                return f"{mount.kind}:{number or mount.device}" if proves else None
        return None


def _mount_points() -> dict[str, _MountPoint]:
    """The mounts by their path; of several at one path the last, which covers the others."""
    found: dict[str, _MountPoint] = {}
    try:
        with open("/proc/self/mountinfo", "rb") as file:
            lines = file.read().splitlines()
    except OSError:
        return found
    for line in lines:
        fields, _, rest = line.partition(b" - ")
        words, kind = fields.split(b" "), rest.split(b" ")
        if len(words) < 6 or len(kind) < 3:
            continue
        place = words[4]
        if b"\\" in place:
            place = _OCTAL.sub(lambda match: bytes([int(match[1], 8)]), place)
        writable = b"ro" not in kind[2].split(b",")
        found[os.fsdecode(place)] = _MountPoint(os.fsdecode(words[2]), os.fsdecode(kind[0]), writable)
    return found


def _inodes_mapped_for_writing() -> frozenset[int]:
    """The inodes that processes hold in shared writable mappings, whatever device they are on.

    The device that `maps` names is not always that of a stat (overlay, btrfs), so it does not count.
    """
    found: set[int] = set()
    with contextlib.suppress(OSError):
        for name in os.listdir("/proc"):
            if name.isdigit():
                # Processes of other users, and those that end meanwhile, cannot be read.
                with contextlib.suppress(OSError), open(f"/proc/{name}/maps", "rb") as file:
                    maps = file.read()
                    # Most processes have none. The expression takes four times as long as this.
                    if b"w-s " in maps or b"wxs " in maps:
                        found.update(map(int, _MAPPED.findall(maps)))
    return frozenset(found)
