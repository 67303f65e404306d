"""Reads files and JSON that anyone may have written: bounded, never waiting, one kind of error each."""

from __future__ import annotations

import errno
import os
import stat

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, BinaryIO, NoReturn

# Deeper than real documents, and shallow enough for every recursive reader and writer of JSON.
DEEPEST = 100
# Metadata, settings and lists of files are far smaller.
LARGEST_FILE = 1 << 26
_PIECE = 1 << 18
# More digits than any counter has, and fewer than Python's own limit.
_MOST_DIGITS = 20  # a time in nanoseconds has 19
_READ = os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC


def regular_bytes(path: str, limit: int = LARGEST_FILE) -> bytes:
    """The content of the regular file `path`. Raises as `open_regular`, and for a file over `limit` bytes."""
    with open_regular(path) as file:
        content = read_at_most(file, limit + 1)
    if len(content) > limit:
        raise OSError(errno.EFBIG, os.strerror(errno.EFBIG))
    return content


def read_at_most(file: BinaryIO, count: int) -> bytes:
    """The next `count` bytes of a buffered file, or fewer where it ends before.

    One call of `read` allocates `count` bytes before it reads, which fails for a file of 1 kB where the
    memory of the process is limited.
    """
    pieces = []
    while count > 0:
        piece = file.read(min(count, _PIECE))
        pieces.append(piece)
        count -= len(piece)
        if len(piece) < _PIECE:
            break
    return b"".join(pieces)


def open_regular(path: str, buffering: int = -1) -> BinaryIO:
    """The regular file `path`, open for reading; links are followed.

    Raises `OSError`, also for a FIFO, a device or a directory. A path that cannot be a file name (a NUL, a
    lone surrogate) does not exist.
    """
    try:
        descriptor = os.open(path, _READ)
    except ValueError as error:
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT)) from error
    mode = os.fstat(descriptor).st_mode
    if not stat.S_ISREG(mode):
        os.close(descriptor)
        if stat.S_ISDIR(mode):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), path)
        raise OSError(errno.EINVAL, "it is not a regular file")
    return open(descriptor, "rb", buffering)


def json_value(content: bytes | str) -> Any:
    """The JSON value of a document.

    Raises `ValueError` for everything that is not JSON or is nested too deeply. Python's own reader accepts
    NaN and numbers that become infinite, and raises other exceptions for deep nesting and for a number of
    5,000 digits.
    """
    import json

    try:
        value = json.loads(content, parse_constant=_refuse, parse_float=_finite)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
    if not is_shallow(value):
        raise ValueError("it is nested too deeply")
    return value


def is_shallow(value: Any, deepest: int = DEEPEST) -> bool:
    """Whether a JSON value has at most `deepest` levels of arrays and objects."""
    level = [value] if isinstance(value, dict | list) else []
    for _ in range(deepest):
        if not level:
            return True
        level = [
            inner
            for outer in level
            for inner in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(inner, dict | list)
        ]
    return not level


def counter(text: str) -> int:
    """The number in `text`; 0 if it is not a plain number of a credible length."""
    return int(text) if len(text) <= _MOST_DIGITS and text.isascii() and text.isdecimal() else 0


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"JSON does not allow {constant}")


def _finite(text: str) -> float:
    value = float(text)
    if abs(value) == float("inf"):
        raise ValueError(f"the number {text[:20]} is too large")
    return value
