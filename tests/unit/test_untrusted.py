"""Reading untrusted files: one kind of error, no waiting, no unbounded work."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from manifest_world import manifest

from automount.manifest import dumps
from automount.untrusted import counter, is_shallow, json_value, regular_bytes

Make = Callable[[str], object]


def bind(path: str) -> None:
    socket.socket(socket.AF_UNIX).bind(path)


@pytest.mark.parametrize(
    "make", [os.mkfifo, os.mkdir, bind, lambda path: os.symlink("/dev/zero", path), lambda path: None]
)
def test_only_regular_files_are_read(make: Make, tmp_path: Path) -> None:
    place = f"/tmp/{tmp_path.name}.{os.getpid()}"  # a socket's path must be short
    make(place)
    try:
        with pytest.raises(OSError, match=r".+"):
            regular_bytes(place)
    finally:
        if os.path.isdir(place):
            os.rmdir(place)
        elif os.path.lexists(place):
            os.unlink(place)


def test_a_link_to_a_regular_file_is_followed(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"text")
    (tmp_path / "link").symlink_to("file")
    assert regular_bytes(str(tmp_path / "link")) == b"text"


def test_a_file_over_the_limit_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"12345")
    assert regular_bytes(str(tmp_path / "file"), 5) == b"12345"
    with pytest.raises(OSError, match="too large"):
        regular_bytes(str(tmp_path / "file"), 4)


@pytest.mark.parametrize("path", ["/x\0y", "/x\ud800", ""])
def test_invalid_file_names_do_not_exist(path: str) -> None:
    with pytest.raises(FileNotFoundError):
        regular_bytes(path)


@pytest.mark.parametrize(
    "document",
    [
        "",
        "{",
        '{"a": NaN}',
        "[Infinity]",
        "1e999",
        "9" * 5000,
        "[" * 101 + "]" * 101,
        "[" * 100_000 + "]" * 100_000,
        '{"a":' * 100_000,
        b"\xff\xfe\xfd",
    ],
)
def test_what_is_not_json_is_a_value_error(document: str | bytes) -> None:
    with pytest.raises(ValueError, match=r".*"):
        json_value(document)


def test_json_is_read() -> None:
    deep = "[" * 100 + "]" * 100
    assert json_value('{"a": [1, 2.5, null, "x"]}') == {"a": [1, 2.5, None, "x"]}
    assert is_shallow(json_value(deep))
    assert not is_shallow([json_value(deep)])


@pytest.mark.parametrize(
    ("text", "number"),
    [("7", 7), ("0", 0), ("-7", 0), ("", 0), ("x", 0), ("9" * 18, 10**18 - 1), ("9" * 25, 0), ("٣", 0)],
)
def test_counters(text: str, number: int) -> None:
    assert counter(text) == number


@pytest.mark.parametrize(
    "words",
    [
        *((verb, "fifo") for verb in ("show", "check", "verify", "report", "requirements")),
        ("diff", "fifo", "fifo"),
        ("why", "--manifest", "fifo", "json"),
        ("stage", "--manifest", "fifo", "out"),
    ],
)
def test_a_fifo_in_place_of_a_manifest_is_refused_without_waiting(
    words: tuple[str, ...], tmp_path: Path
) -> None:
    os.mkfifo(tmp_path / "fifo")
    done = subprocess.run(
        [sys.executable, "-m", "automount", *words], cwd=tmp_path, capture_output=True, text=True
    )
    assert (done.returncode, done.stdout) == (125, "")
    assert done.stderr.splitlines()[0] == "automount: fifo is a FIFO"
    assert done.stderr.splitlines()[1].startswith("hint: ")


def test_a_manifest_is_read_from_a_pipe_of_the_shell() -> None:
    document = dumps(manifest()).decode()
    done = subprocess.run(
        ["bash", "-c", f'{sys.executable} -m automount show --json <(printf %s "$DOCUMENT")'],
        env={**os.environ, "DOCUMENT": document},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
