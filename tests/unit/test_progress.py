"""The progress line: on a terminal only, and only when the work takes long."""

from __future__ import annotations

import io
import os
import pty

import pytest

from automount import progress


def written(monkeypatch: pytest.MonkeyPatch, *, after: float) -> bytes:
    """What a terminal receives while three of ten megabytes are counted."""
    monkeypatch.setattr(progress, "AFTER_SECONDS", after)
    monkeypatch.setattr(progress, "EVERY_SECONDS", 0.0)
    reader, writer = pty.openpty()
    text = b""
    with os.fdopen(writer, "w") as stream:
        with progress.Progress("staging", 10_000_000, stream) as bar:
            for _ in range(3):
                bar.add(1_000_000)
        print("end", file=stream, flush=True)
        while not text.endswith(b"end\r\n"):
            text += os.read(reader, 100_000)
    os.close(reader)
    return text


def test_long_work_is_shown_on_a_terminal_and_removed(monkeypatch: pytest.MonkeyPatch) -> None:
    text = written(monkeypatch, after=0.0)
    assert b"staging" in text
    assert b"3.0/10.0 MB" in text
    assert text.endswith(b"\x1b[2Kend\r\n"), "the line is erased"


def test_short_work_shows_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    assert written(monkeypatch, after=1000.0) == b"end\r\n"


def test_a_file_receives_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "AFTER_SECONDS", 0.0)
    stream = io.StringIO()
    with progress.Progress("reading files", None, stream) as bar:
        bar.add(1)
    assert stream.getvalue() == ""
