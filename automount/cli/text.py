"""Text for display: names made printable, sizes and counts, widths on a terminal.

File names and module names come from other people's disks and manifests: a newline or an escape
sequence in one must not reach the terminal, and a byte that is not UTF-8 must not break the printing.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator

from automount.late_patterns import late_pattern

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TextIO

# A word with the blanks after it. An option and its value are one, and so are an arrow and what it leads to.
_PIECE = late_pattern(r"""(?:→|->) \S+ *|--[a-z][a-z-]* (?!-)(?:'[^']*')?\S* *| *\S+ *""")
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


def encodable(text: str, stream: TextIO) -> str:
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


def wrapped(text: str, width: int, hang: int = 4) -> list[str]:
    """`text` as lines of at most `width` columns, broken at blanks; lines after the first begin with `hang`.

    A word that is wider, such as a path, is left whole, and so are an option and its value: both are there to
    be copied. No line is broken before the column `hang`, so a label keeps the first word of its text.
    """
    return joined(_PIECE.findall(text), width, hang)


def joined(pieces: Iterable[str], width: int, hang: int) -> list[str]:
    """The pieces in lines, as `wrapped` breaks them: a piece is never broken."""
    lines, current = [], ""
    for piece in pieces:
        if cells((current + piece).rstrip()) > width and cells(current.rstrip()) > hang:
            lines.append(current.rstrip())
            current = " " * hang + piece.lstrip()
        else:
            current += piece
    return [*lines, current.rstrip()]


def table(rows: Iterable[tuple[str, ...]], width: int | None = None) -> Iterator[str]:
    """The rows as lines, their cells in columns two apart.

    Where that is more than `width`, as many columns as fit are in the first line of each row, and its other
    cells below, indented.
    """
    shown = [tuple(printable(cell) for cell in row) for row in rows]
    widths = [max(map(cells, column)) for column in zip(*shown, strict=True)]
    fitting = len(widths)
    while width is not None and fitting > 1 and sum(widths[:fitting]) + 2 * (fitting - 1) > width:
        fitting -= 1
    for row in shown:
        padded = [
            cell + " " * (size - cells(cell)) for cell, size in zip(row[:fitting], widths, strict=False)
        ]
        yield "  ".join(padded).rstrip()
        rest = [f"  {cell}" for cell in row[fitting:] if cell not in ("", "-")]
        if rest:
            yield from joined(["  ", *rest], width or 0, 4)
