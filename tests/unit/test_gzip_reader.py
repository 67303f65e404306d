"""The reader of gzip: the same answers as Python's own, and a bounded number of reads for odd files."""

from __future__ import annotations

import gzip
import io
import random
import zlib

import pytest

from automount.shipping.compression import gunzipped

NAMED = b"\x1f\x8b\x08\x08" + bytes(6)  # a header that announces a name, which ends at the next NUL
MEGABYTES = 4


class CountedReads(io.BytesIO):
    """Counts the calls of `read`."""

    reads = 0

    def read(self, size: int | None = -1, /) -> bytes:
        self.reads += 1
        return super().read(size)


def content(data: bytes, count: int = 1000) -> bytes:
    with gunzipped(io.BytesIO(data)) as (read, _):
        return b"".join(iter(lambda: read(count), b""))


@pytest.mark.parametrize("count", [1, 512, 100_000])
@pytest.mark.parametrize("padding", [0, 7, 40_000])
def test_members_one_after_the_other(count: int, padding: int) -> None:
    texts = [b"", b"x", b"one" * 5000, random.Random(1).randbytes(5000)]
    data = b"".join(gzip.compress(text) + bytes(padding) for text in texts)
    assert content(data, count) == b"".join(texts)


@pytest.mark.parametrize("count", [1, 1000, 10**6])
def test_as_many_bytes_as_asked_for(count: int) -> None:
    texts = [b"one" * 5000, b"two" * 5000]
    with gunzipped(io.BytesIO(b"".join(map(gzip.compress, texts)))) as (read, _):
        assert len(read(count)) == min(count, 30_000)


@pytest.mark.parametrize("end", [0, 1, 9, 30, -1, -5])
def test_a_file_that_ends_too_soon(end: int) -> None:
    data = gzip.compress(random.Random(1).randbytes(5000))
    with pytest.raises(EOFError):
        content(data[:end])


@pytest.mark.parametrize("change", [b"garbage", b"\0\0x", b"\x1f\x8b\x09"])
def test_bytes_after_the_end(change: bytes) -> None:
    with pytest.raises((zlib.error, EOFError)):
        content(gzip.compress(b"text") + change)


@pytest.mark.parametrize("place", [0, 2, 15, -8, -1])
def test_a_changed_byte(place: int) -> None:
    data = bytearray(gzip.compress(b"a text that is not too short, and has no repetitions"))
    data[place] ^= 0x41
    with pytest.raises(zlib.error):
        content(bytes(data))


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (gzip.compress(b"text") + bytes(MEGABYTES << 20), b"text"),
        (NAMED + b"a" * (MEGABYTES << 20) + b"\0" + gzip.compress(b"text")[10:], b"text"),
        (gzip.compress(b"") * (MEGABYTES << 15), b""),
    ],
    ids=["zeros", "name", "members"],
)
def test_odd_files_are_not_read_byte_by_byte(data: bytes, found: bytes) -> None:
    file = CountedReads(data)
    with gunzipped(file) as (read, _):
        assert (read(1000), read(1000)) == (found, b"")
    assert file.reads < 50 * MEGABYTES
