"""The tar writer with other readers, and the reader with archives of other writers."""

from __future__ import annotations

import io
import os
import subprocess
import tarfile
from pathlib import Path

import needs
import pytest

from automount.errors import Refused
from automount.shipping.tar import TarReader, TarWriter

LONG = b"/".join([b"d" * 60] * 5) + b"/file.py"
NAMES = [
    b"a.py",
    b"x" * 100,
    b"p" * 120 + b"/" + b"n" * 90,
    LONG,
    "dir/ünï.py".encode(),
    b"caf\xe9.txt",
    LONG + b"caf\xe9",
    b"with space and \n newline",
]


def packed(names: list[bytes], content: bytes = b"content\n") -> bytes:
    out = io.BytesIO()
    writer = TarWriter(out.write)
    for name in names:
        writer.file(name, len(content), name.endswith(b".py"), iter([content]))
    writer.close()
    return out.getvalue()


def test_the_standard_library_reads_it() -> None:
    with tarfile.open(fileobj=io.BytesIO(packed(NAMES))) as archive:
        rows = [(os.fsencode(m.name), m.size, m.mode, m.mtime, m.uid, m.gid) for m in archive]
    assert rows == [(n, 8, 0o755 if n.endswith(b".py") else 0o644, 315532800, 0, 0) for n in NAMES]


def test_gnu_tar_unpacks_it(tmp_path: Path) -> None:
    needs.tool("tar")
    (tmp_path / "a.tar").write_bytes(packed(NAMES))
    subprocess.run(["tar", "-xf", "a.tar"], cwd=tmp_path, check=True, capture_output=True)
    (tmp_path / "a.tar").unlink()
    found = [
        os.path.relpath(os.path.join(top, n), os.fsencode(tmp_path))
        for top, _, ns in os.walk(os.fsencode(tmp_path))
        for n in ns
    ]
    assert sorted(found) == sorted(NAMES)


def read(data: bytes) -> list[tuple[bytes, bytes, bool]]:
    reader = TarReader(io.BytesIO(data).read, "bundle.tar")
    return [(m.name, b"".join(reader.chunks()), m.is_directory) for m in reader.members()]


def test_it_reads_its_own() -> None:
    assert read(packed(NAMES)) == [(name, b"content\n", False) for name in NAMES]


@pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.PAX_FORMAT, tarfile.GNU_FORMAT])
def test_it_reads_what_others_write(form: int) -> None:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=form) as archive:
        directory = tarfile.TarInfo("dir")
        directory.type = tarfile.DIRTYPE
        archive.addfile(directory)
        for name in ("dir/a.py", "p" * 90 + "/" + "n" * 90):
            info = tarfile.TarInfo(name)
            info.size = 3
            archive.addfile(info, io.BytesIO(b"abc"))
    assert read(out.getvalue()) == [
        (b"dir", b"", True),
        (b"dir/a.py", b"abc", False),
        (b"p" * 90 + b"/" + b"n" * 90, b"abc", False),
    ]


@pytest.mark.parametrize(
    "kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE]
)
def test_other_kinds_are_refused(kind: bytes) -> None:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        info = tarfile.TarInfo("thing")
        info.type, info.linkname = kind, "/etc/passwd"
        archive.addfile(info)
    with pytest.raises(Refused, match="thing is a"):
        read(out.getvalue())


def test_a_header_of_impossible_length_is_refused_before_it_is_read() -> None:
    data = bytearray(packed([LONG]))
    data[124:136] = b"77777777777\0"
    data[148:156] = b"%06o\0 " % (sum(data[:148]) + sum(data[156:512]) + 8 * 32)
    with pytest.raises(Refused, match="too long"):
        read(bytes(data))


@pytest.mark.parametrize(
    "spoil",
    [
        lambda data: data[:600],
        lambda data: data[:520],
        lambda data: data[:1024],
        lambda data: b"z" + data[1:],
        lambda data: data + b"more",
        lambda data: data + bytes(2 << 20),
    ],
    ids=["no end", "short file", "no end blocks", "checksum", "appended", "long tail"],
)
def test_damage_is_refused(spoil) -> None:
    with pytest.raises(Refused, match="cannot be trusted"):
        read(spoil(packed([b"a.py"])))


def test_a_file_over_eight_gigabytes() -> None:
    written: list[bytes] = []
    TarWriter(written.append).file(b"huge", 9 << 30, False, iter(()))
    reader = TarReader(io.BytesIO(b"".join(written)).read, "huge.tar")
    assert next(reader.members()).size == 9 << 30
    with tarfile.open(fileobj=io.BytesIO(b"".join(written))) as archive:
        assert archive.next().size == 9 << 30


def extension(kind: bytes, body: bytes) -> bytes:
    """An extension header with that body."""
    info = tarfile.TarInfo("././@Header")
    info.type, info.size = kind, len(body)
    return info.tobuf(tarfile.USTAR_FORMAT) + body + bytes(-len(body) % 512)


def members_of(raw: bytes) -> list[bytes]:
    return [member.name for member in TarReader(io.BytesIO(raw).read, "b.tar").members()]


MANY_RECORDS = extension(b"x", b"5 a=\n" * (100_000 // 5))


def test_records_of_a_header_are_read_once_each() -> None:
    assert members_of(MANY_RECORDS + packed([b"a.py"])) == [b"a.py"]


@pytest.mark.parametrize(
    "headers",
    [
        extension(b"x", b"5 a=\n" * 200_000),
        MANY_RECORDS * 2,
        extension(b"g", b"") * 1000,
        extension(b"L", b"x" * 140_000),
    ],
)
def test_the_headers_of_one_member_are_bounded_together(headers: bytes) -> None:
    with pytest.raises(Refused, match="the headers before a member are too long"):
        members_of(headers + packed([b"a.py"]))


def test_headers_without_end_are_refused_after_a_few() -> None:
    given = 0

    def endless(count: int) -> bytes:
        nonlocal given
        given += count
        return extension(b"g", b"")[:count]

    with pytest.raises(Refused, match="too long"):
        list(TarReader(endless, "b.tar").members())
    assert given < 1 << 20


@pytest.mark.parametrize("body", [b"5 a=\n4 x", b"99 a=\n", b"x a=\n", b"0 a=\n", b"12345678 a=\n", b" a=\n"])
def test_damaged_records_are_refused(body: bytes) -> None:
    with pytest.raises(Refused, match="a header is damaged"):
        members_of(extension(b"x", body) + packed([b"a.py"]))
