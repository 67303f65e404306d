"""The compressions of a tar bundle, one row each: suffixes, first bytes, writer, reader, and its errors.

To add a format, add a row to `COMPRESSIONS`: packing, reading, help and tests follow the table. The writers
store no file name and no time, and the readers use bounded memory: a bundle may come from anyone.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, BinaryIO

from automount.values import dataclass

if TYPE_CHECKING:
    import zlib

Sink = Callable[[bytes], object]
Read = Callable[[int], bytes]
Errors = tuple[type[Exception], ...]

GZIP_LEVEL = 6
_GZIP = 31  # for zlib: a header and a checksum of gzip, and the largest window
# Small, since what remains of it is copied at the end of each member, and members can be 20 bytes long.
_PIECE = 1 << 15
_ZSTD_LEVEL = 3
_ZSTD_WINDOW = 1 << 27


@dataclass(frozen=True)
class Compression:
    """One row of the table.

    `first` are the bytes at `offset` that identify the format. `compress` gives a sink whose compressed
    output goes to a file. `decompress` gives a function that returns decompressed bytes of a file, and the
    exceptions that it raises for damaged input. It must limit its memory, whatever the file demands, and
    raise such an exception for data after the end of the compressed data: some libraries do neither.
    """

    suffixes: tuple[str, ...]
    first: bytes
    compress: Callable[[BinaryIO], AbstractContextManager[Sink]]
    decompress: Callable[[BinaryIO], AbstractContextManager[tuple[Read, Errors]]]
    offset: int = 0


@contextlib.contextmanager
def _plain(file: BinaryIO) -> Iterator[Sink]:
    yield file.write


@contextlib.contextmanager
def _read_plain(file: BinaryIO) -> Iterator[tuple[Read, Errors]]:
    yield file.read, ()


@contextlib.contextmanager
def gzipped(file: BinaryIO) -> Iterator[Sink]:
    """A sink that compresses into `file` with gzip."""
    import gzip

    with gzip.GzipFile("", "wb", GZIP_LEVEL, file, mtime=0) as packed:
        yield packed.write


@contextlib.contextmanager
def gunzipped(file: BinaryIO) -> Iterator[tuple[Read, Errors]]:
    """The reader of a gzip file, and its errors."""
    import zlib

    yield _GzipReader(file).read, (zlib.error, EOFError)


class _GzipReader:
    """The decompressed members of a gzip file, one after the other.

    Python's `gzip` reads names in headers, and zeros after the end, byte by byte: 64 MB of them take half a
    minute. zlib skips them in less than 0.1 s.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._member: zlib._Decompress | None = None
        self._input = b""
        self._any = False

    def read(self, count: int) -> bytes:
        """The next `count` bytes, or fewer at the end.

        Raises zlib.error for damaged data, EOFError where the end is missing.
        """
        import zlib

        pieces = []
        while count > 0:
            ended = False
            if not self._input:
                self._input = self._file.read(_PIECE)
                ended = not self._input
            if self._member is None:
                # Zeros between members and after the last one are padding.
                self._input = self._input.lstrip(b"\0") if self._any else self._input
                if ended:
                    if not self._any:
                        raise EOFError("it is empty")
                    break
                if not self._input:
                    continue
                self._member, self._any = zlib.decompressobj(_GZIP), True
            piece = self._member.decompress(self._input, count)
            pieces.append(piece)
            count -= len(piece)
            self._input = self._member.unconsumed_tail
            if self._member.eof:
                self._input, self._member = self._member.unused_data, None
            elif ended and not piece:
                raise EOFError("it ends in the middle of the compressed data")
        return b"".join(pieces)


@contextlib.contextmanager
def _zstd(file: BinaryIO) -> Iterator[Sink]:
    import zstandard

    compressor = zstandard.ZstdCompressor(level=_ZSTD_LEVEL, write_checksum=True)
    with compressor.stream_writer(file, closefd=False) as packed:
        yield packed.write


@contextlib.contextmanager
def _read_zstd(file: BinaryIO) -> Iterator[tuple[Read, Errors]]:
    import zstandard

    decompressor = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW)
    with decompressor.stream_reader(file, closefd=False) as plain:
        yield plain.read, (zstandard.ZstdError, EOFError)


PLAIN_TAR = Compression((".tar",), b"ustar", _plain, _read_plain, offset=257)
COMPRESSIONS = (
    PLAIN_TAR,
    Compression((".tar.gz", ".tgz"), b"\x1f\x8b", gzipped, gunzipped),
    Compression((".tar.zst", ".tzst"), b"\x28\xb5\x2f\xfd", _zstd, _read_zstd),
)
