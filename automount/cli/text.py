"""Text for display: names made printable, sizes and counts, widths on a terminal.

File names and module names come from other people's disks and manifests: a newline or an escape
sequence in one must not reach the terminal, and a byte that is not UTF-8 must not break the printing.
"""

from __future__ import annotations

import unicodedata
from typing import TextIO

_UNITS = ("kB", "MB", "GB", "TB", "PB")
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


def printable(text: str) -> str:
    """`text` on one line: what controls a terminal or cannot be shown is escaped, `\\x1b`, `\\xff`."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_escape(sign) if unicodedata.category(sign) in _INVISIBLE else sign for sign in text)


def _escape(sign: str) -> str:
    code = ord(sign)
    if 0xDC80 <= code <= 0xDCFF:
        return f"\\x{code - 0xDC00:02x}"
    return sign.encode("unicode_escape", "surrogatepass").decode("ascii")


def carried(text: str, stream: TextIO) -> str:
    """`text`, with escapes for characters that the stream's encoding does not have."""
    encoding = getattr(stream, "encoding", None) or "ascii"
    return text.encode(encoding, "backslashreplace").decode(encoding)


def size(count: int) -> str:
    """A number of bytes with a decimal unit: `512 B`, `1.2 kB`."""
    if count < 1000:
        return f"{count} B"
    amount = float(count)
    for unit in _UNITS:
        amount /= 1000
        if round(amount, 1) < 1000:
            return f"{amount:.1f} {unit}"
    return f"{amount:.1f} {_UNITS[-1]}"


def counted(count: int, noun: str, plural: str | None = None) -> str:
    """`1 file`, `6 files`."""
    return f"{count} {noun}" if count == 1 else f"{count} {plural or noun + 's'}"


def cells(text: str) -> int:
    """How many columns of a terminal the printable `text` takes."""
    if text.isascii():
        return len(text)
    wide = sum(1 for sign in text if unicodedata.east_asian_width(sign) in "WF")
    return len(text) + wide - sum(1 for sign in text if unicodedata.combining(sign))


def fitted(text: str, room: int, mark: str) -> str:
    """`text`, with its middle replaced by `mark` where it takes more than `room` columns."""
    if cells(text) <= room:
        return text
    room = max(room - cells(mark), 2)
    # The end of a path or a dotted name is more informative than its beginning.
    head, tail = room // 3, room - room // 3
    start, end = 0, len(text)
    while start < len(text) and cells(text[: start + 1]) <= head:
        start += 1
    while end > start and cells(text[end - 1 :]) <= tail:
        end -= 1
    return text[:start] + mark + text[end:]
