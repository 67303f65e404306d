"""Writes and reads tar archives of one fixed shape: directories and regular files, nothing else.

The writer makes POSIX ustar headers, with a pax header before a name that does not fit or a size over
8 GiB. Times, owners and modes are fixed, so equal content gives equal bytes. The time is 1980-01-01, the
oldest that zip knows too; some tars complain about 1970.

The reader is for archives from anybody. It accepts what the writer makes, and what other tars make of the
same files; links, devices, sparse files and the like are refused by name. Headers are bounded before they are
read, so a small archive cannot ask for much memory.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from itertools import chain
from typing import NamedTuple

from automount.errors import Refused, shortened

FIXED_TIME = 315_532_800
_TIME = b"%011o\0" % FIXED_TIME
_BLOCK = 512
_NAME = 100
_CHUNK = 1 << 20
_SMALL = 1 << 16
_MOST_BUFFERS = 512  # the system takes 1,024 at once
_OCTAL_LIMIT = 8**11
# Of all headers that belong to one member: a name of 4,096 bytes, and what other tars add.
_EXTENSION_LIMIT = 1 << 17
_TRAILING_LIMIT = 1 << 20
_MOST_DIGITS = 7
_KINDS = {
    b"1": "a hard link",
    b"2": "a link",
    b"3": "a device",
    b"4": "a device",
    b"6": "a FIFO",
    b"S": "a sparse file",
}


class TarWriter:
    """Writes members to `sink` in the order given; `close` ends the archive."""

    def __init__(self, sink: Callable[[bytes], object]) -> None:
        self._sink = sink

    def directory(self, name: bytes) -> None:
        """Adds a directory, mode 0755. `name` is relative, with a slash at its end."""
        self._sink(_headers(name, 0, 0o755, b"5"))

    def file(self, name: bytes, size: int, executable: bool, chunks: Iterable[bytes]) -> None:
        """Adds a file of exactly `size` bytes, mode 0755 or 0644."""
        headers = _headers(name, size, 0o755 if executable else 0o644, b"0")
        padding = bytes(-size % _BLOCK)
        if size <= _SMALL:
            # One write for a small member instead of three.
            self._sink(b"".join((headers, *chunks, padding)))
            return
        self._sink(headers)
        for chunk in chunks:
            self._sink(chunk)
        self._sink(padding)

    def close(self) -> None:
        """Writes the end of the archive: two empty blocks."""
        self._sink(bytes(2 * _BLOCK))


class PlacedSink:
    """Writes to a file from `offset` on, without moving the position that processes share."""

    def __init__(self, descriptor: int, offset: int) -> None:
        self._descriptor = descriptor
        self._offset = offset
        self._held: list[bytes] = []
        self._size = 0

    def add(self, data: bytes) -> None:
        """Adds bytes; `flush` writes the last."""
        self._held.append(data)
        self._size += len(data)
        if self._size >= _CHUNK or len(self._held) >= _MOST_BUFFERS:
            self.flush()

    def flush(self) -> None:
        """Writes what has been added."""
        written = os.pwritev(self._descriptor, self._held, self._offset)
        self._offset += written
        if written < self._size:
            rest = memoryview(b"".join(self._held))[written:]
            while rest:
                written = os.pwrite(self._descriptor, rest, self._offset)
                self._offset += written
                rest = rest[written:]
        self._held.clear()
        self._size = 0


def member_size(name: bytes, size: int) -> int:
    """The number of bytes of a member with its headers, `size` bytes of content, and padding."""
    short = len(name) <= _NAME and size < _OCTAL_LIMIT
    return (_BLOCK if short else len(_headers(name, size, 0, b"0"))) + size + -size % _BLOCK


def _headers(name: bytes, size: int, mode: int, kind: bytes) -> bytes:
    extended = b""
    prefix, short = _split(name)
    if short is None:
        # A name that is not UTF-8 must be marked as binary, or readers would decode it.
        try:
            name.decode("utf-8")
        except UnicodeDecodeError:
            extended += _record(b"hdrcharset", b"BINARY")
        extended += _record(b"path", name)
        prefix, short = b"", name[:_NAME]
    if size >= _OCTAL_LIMIT:
        extended += _record(b"size", b"%d" % size)
    header = b""
    if extended:
        header = _header(b"././@PaxHeader", b"", len(extended), 0o644, b"x")
        header += extended + bytes(-len(extended) % _BLOCK)
    return header + _header(short, prefix, size if size < _OCTAL_LIMIT else 0, mode, kind)


def _split(name: bytes) -> tuple[bytes, bytes | None]:
    """The ustar prefix and name fields, name None where they cannot hold it."""
    if len(name) <= _NAME:
        return b"", name
    place = name.find(b"/", max(len(name) - _NAME - 1, 1))
    if 0 < place <= 155 and place < len(name) - 1:
        return name[:place], name[place + 1 :]
    return b"", None


def _record(key: bytes, value: bytes) -> bytes:
    """One pax record; its length counts its own digits."""
    rest = b" " + key + b"=" + value + b"\n"
    length = len(rest)
    while length != len(rest) + len(str(length)):
        length = len(rest) + len(str(length))
    return b"%d%b" % (length, rest)


def _header(name: bytes, prefix: bytes, size: int, mode: int, kind: bytes) -> bytes:
    sized = b"%011o\0" % size
    middle, rest, rest_sum = _fixed_fields(mode, kind)
    # The checksum counts its own eight bytes as spaces. Most of the 512 bytes are the same in all headers.
    summed = sum(name) + sum(sized) + sum(prefix) + rest_sum
    fields = (name.ljust(100, b"\0"), middle, sized, _TIME, b"%06o\0 " % summed, rest, prefix)
    return b"".join(fields).ljust(_BLOCK, b"\0")


@cache
def _fixed_fields(mode: int, kind: bytes) -> tuple[bytes, bytes, int]:
    """The fields between name and size, those between checksum and prefix, and the sum of all such bytes."""
    middle = b"%07o\0" % mode + b"0000000\0" * 2
    rest = kind + bytes(100) + b"ustar\x0000" + bytes(64) + b"0000000\0" * 2
    return middle, rest, sum(middle) + sum(_TIME) + sum(b" " * 8) + sum(rest)


class TarMember(NamedTuple):
    """One member as its header describes it: `name` without a slash at its end, `size` in bytes."""

    name: bytes
    size: int
    is_directory: bool


class TarReader:
    """Reads members in the archive's order. `read(n)` gives up to n bytes, fewer only at the end."""

    def __init__(self, read: Callable[[int], bytes], place: str) -> None:
        self._read = read
        self._place = place
        self._left = 0
        self._padding = 0

    def members(self) -> Iterator[TarMember]:
        """The members one after the other; the unread rest of a file is skipped."""
        name: bytes | None = None
        size: int | None = None
        extended = 0
        while True:
            while self._left:
                self._some()
            # The padding of the file before comes along with the header.
            block = self._exactly(self._padding + _BLOCK)[self._padding :]
            self._padding = 0
            if not block.strip(b"\0"):
                self._end()
                return
            kind = block[156:157]
            length = self._number(block[124:136])
            self._check_sum(block)
            if kind in (b"x", b"g", b"L"):
                extended += _BLOCK + length
                if extended > _EXTENSION_LIMIT:
                    self._refuse("the headers before a member are too long")
                extension = self._extension(length)
                if kind == b"L":
                    name = extension.rstrip(b"\0")
                elif kind == b"x":
                    records = self._records(extension)
                    name = records.get(b"path", name)
                    size = self._pax_size(records, size)
                continue
            own = name if name is not None else _joined(block)
            if kind not in (b"0", b"\0", b"5"):
                self._refuse(f"{_shown(own)} is {_KINDS.get(kind, 'of a kind that bundles do not contain')}")
            is_directory = kind == b"5" or (kind == b"\0" and own.endswith(b"/"))
            length = 0 if is_directory else length if size is None else size
            self._left, self._padding = length, -length % _BLOCK
            yield TarMember(own.rstrip(b"/") if is_directory else own, length, is_directory)
            name = size = None
            extended = 0

    def chunks(self) -> Iterator[bytes]:
        """The content of the present member."""
        if self._left > _CHUNK:
            return iter(self._some, b"")
        # Most files are small and come whole.
        first = self._some() if self._left else b""
        return chain((first,), iter(self._some, b"")) if self._left else iter((first,))

    def _some(self) -> bytes:
        if not self._left:
            return b""
        chunk = self._read(min(self._left, _CHUNK))
        if not chunk:
            self._refuse("it ends in the middle of a file")
        self._left -= len(chunk)
        return chunk

    def _exactly(self, size: int) -> bytes:
        chunk = self._read(size)
        if len(chunk) == size:
            return chunk
        found = bytearray(chunk)
        while len(found) < size:
            chunk = self._read(size - len(found))
            if not chunk:
                self._refuse("it is truncated")
            found += chunk
        return bytes(found)

    def _extension(self, length: int) -> bytes:
        data = self._exactly(length)
        self._exactly(-length % _BLOCK)
        return data

    def _records(self, data: bytes) -> dict[bytes, bytes]:
        found: dict[bytes, bytes] = {}
        start, end = 0, len(data.rstrip(b"\0"))
        while start < end:
            digits = data[start : data.find(b" ", start, start + _MOST_DIGITS + 1)]
            if not digits.isdigit() or not len(digits) < int(digits) <= len(data) - start:
                self._refuse("a header is damaged")
            record = data[start + len(digits) + 1 : start + int(digits)]
            start += int(digits)
            key, _, value = record.removesuffix(b"\n").partition(b"=")
            if key.startswith(b"GNU.sparse"):
                self._refuse("it contains a sparse file")
            found[key] = value
        return found

    def _pax_size(self, records: dict[bytes, bytes], before: int | None) -> int | None:
        text = records.get(b"size")
        if text is None:
            return before
        if not text.isdigit() or len(text) > 18:
            self._refuse("a header is damaged")
        return int(text)

    def _number(self, field: bytes) -> int:
        text = field.strip(b"\0 ")
        if not text:
            return 0
        try:
            value = int(text, 8)
        except ValueError:
            value = -1
        if value < 0:
            self._refuse("a header is damaged")
        return value

    def _check_sum(self, block: bytes) -> None:
        field = block[148:156]
        # Without its zeros, which most of a header is, it is added up in a fourth of the time.
        summed = sum(block.translate(None, b"\0")) - sum(field) + 8 * 32
        if self._number(field) != summed:
            self._refuse("a header is damaged")

    def _end(self) -> None:
        """After the end only zeros may follow, as tars fill up their last record."""
        passed = 0
        while chunk := self._read(_CHUNK):
            passed += len(chunk)
            if chunk.strip(b"\0") or passed > _TRAILING_LIMIT:
                self._refuse("there is data after its end")

    def _refuse(self, why: str) -> None:
        raise Refused(
            f"{self._place} cannot be trusted: {shortened(why)}", hint="pack it again", code="bad-bundle"
        )


def _joined(block: bytes) -> bytes:
    name = block[:100].partition(b"\0")[0]
    prefix = (
        block[345:500].partition(b"\0")[0] if block[257:262] == b"ustar" and block[262:263] == b"\0" else b""
    )
    return prefix + b"/" + name if prefix else name


def _shown(name: bytes) -> str:
    return name.decode("utf-8", "backslashreplace")
