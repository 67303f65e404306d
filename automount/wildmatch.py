"""Translates patterns of git's ignore files into regular expressions, with git's semantics (pure)."""

from __future__ import annotations

import re
from collections.abc import Sequence

# Asterisks as regular expressions: within a name, any directories, anything; then the same, non-greedy.
_IN_NAME = b"[^/]*"
_ACROSS = b"(?:.*/)?"
_ANYTHING = b".*"
_SHORTEST = {_IN_NAME: b"[^/]*?", _ACROSS: b"(?:.*?/)??", _ANYTHING: b".*?"}
_SPECIAL = frozenset(b"*?[\\")
_CLASSES = {
    b"alnum": rb"0-9A-Za-z",
    b"alpha": rb"A-Za-z",
    b"blank": rb" \t",
    b"cntrl": rb"\x00-\x1f\x7f",
    b"digit": rb"0-9",
    b"graph": rb"!-~",
    b"lower": rb"a-z",
    b"print": rb" -~",
    b"punct": rb"!-/:-@\[-`{-~",
    b"space": rb" \t\n\v\f\r",
    b"upper": rb"A-Z",
    b"xdigit": rb"0-9A-Fa-f",
}


class NeverMatches(Exception):
    """The pattern is malformed: in git it matches nothing."""


def translate(body: bytes, anchored: bool) -> bytes:
    """The regular expression, as bytes, for a whole path (`anchored`) or for its last part.

    git compares the text before the first special character separately, so `**` directly after that text
    counts as if it were at the start: `foo**/bar` matches `foo/x/bar`, here as well. Raises `NeverMatches`.
    """
    first = next((at for at, byte in enumerate(body) if byte in _SPECIAL), len(body))
    out = [re.escape(body[:first])]  # each run of asterisks is a separate item
    position = first
    while position < len(body):
        char = body[position : position + 1]
        position += 1
        if char == b"\\":
            if position == len(body):
                raise NeverMatches
            out.append(re.escape(body[position : position + 1]))
            position += 1
        elif char == b"?":
            out.append(b"[^/]")
        elif char == b"[":
            piece, position = _bracket(body, position)
            out.append(piece)
        elif char == b"*":
            start = position - 1
            while body[position : position + 1] == b"*":
                position += 1
            piece, position = _stars(body, start, position, first, anchored)
            out.append(piece)
        else:
            out.append(re.escape(char))
    return _linear(out)


def _linear(pieces: Sequence[bytes]) -> bytes:
    """One expression that never tries the same position twice: its time depends on the path's length alone.

    What follows an asterisk is matched at the first position where it fits, and that position is kept (an
    atomic group), because it leaves the most text for the rest. Only what follows the last asterisk of each
    kind must end where the path ends, so only that one may try several positions. Without this, `*a*a*a*a*b`
    takes minutes for a long name.
    """
    groups: list[tuple[bytes, list[bytes]]] = [(b"", [])]
    for piece in pieces:
        if piece in (_ACROSS, _ANYTHING):
            groups.append((piece, []))
        else:
            groups[-1][1].append(piece)
    out = []  # joined once: a pattern of a megabyte has half a million pieces
    for number, (start, inside) in enumerate(groups):
        last = number == len(groups) - 1
        text = _within_name(inside, last)
        if last or not start:
            out.append(start + text)
        else:
            out.append(b"(?>" + _SHORTEST[start] + text + b")")
    return b"".join(out)


def _within_name(pieces: Sequence[bytes], last: bool) -> bytes:
    """The expression for pieces without `**`; `last`: the path must end with them."""
    runs: list[list[bytes]] = [[]]
    for piece in pieces:
        if piece == _IN_NAME:
            runs.append([])
        else:
            runs[-1].append(piece)
    texts = [b"".join(run) for run in runs]
    out = texts[:1]
    for number, text in enumerate(texts[1:], 1):
        if last and number == len(texts) - 1:
            out.append(_IN_NAME + text)
        else:
            out.append(b"(?>" + _SHORTEST[_IN_NAME] + text + b")")
    return b"".join(out)


def _stars(body: bytes, start: int, end: int, first: int, anchored: bool) -> tuple[bytes, int]:
    """The expression for the asterisks `body[start:end]`, and the position after them."""
    rest = body[end:]
    opens = start == first or body[start - 1 : start] == b"/"
    closes = not rest or rest.startswith((b"/", b"\\/"))
    if not anchored or end - start < 2 or not (opens and closes):
        return _IN_NAME, end
    if rest.startswith(b"/"):
        return _ACROSS, end + 1
    return _ANYTHING, end


def _bracket(body: bytes, position: int) -> tuple[bytes, int]:
    """The expression for the set that opens before `position`, and the position after it."""
    negated = body[position : position + 1] in (b"!", b"^")
    position += negated
    members: list[bytes] = []
    previous = b""
    opening = True
    close = -1  # the next closing bracket, searched once for all that open before it
    while opening or body[position : position + 1] != b"]":
        opening = False
        char = body[position : position + 1]
        if not char:
            raise NeverMatches
        following = body[position + 1 : position + 2]
        if char == b"\\":
            position += 1
            if not following:
                raise NeverMatches
            members.append(_member(following))
            previous = following
        elif char == b"-" and previous and following and following != b"]":
            position += 1
            if following == b"\\":
                position += 1
                following = body[position : position + 1]
                if not following:
                    raise NeverMatches
            if previous <= following:
                members.append(_member(previous) + b"-" + _member(following))
            previous = b""
        elif char == b"[" and following == b":":
            if close < position + 2:
                close = body.find(b"]", position + 2)
            if close < 0:
                raise NeverMatches
            if close - position - 3 >= 0 and body[close - 1 : close] == b":":
                name = body[position + 2 : close - 1]
                if name not in _CLASSES:
                    raise NeverMatches
                members.append(_CLASSES[name])
                position = close
                previous = b""
            else:
                members.append(_member(char))
                previous = char
        else:
            members.append(_member(char))
            previous = char
        position += 1
    inside = b"".join(members)
    if negated:
        return b"[^/" + inside + b"]", position + 1
    if not inside:
        raise NeverMatches
    return b"(?!/)[" + inside + b"]", position + 1


def _member(byte: bytes) -> bytes:
    """One byte as a member of a set."""
    return b"\\x%02x" % byte[0]
