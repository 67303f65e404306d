"""Checks of the values of keys; each returns the problem as text, or None."""

from __future__ import annotations

from collections.abc import Callable

from automount.late_patterns import late_pattern
from automount.manifest.json_text import kind_of
from automount.manifest.remote_paths import directory_problem, remote_problem
from automount.untrusted import is_shallow

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any
else:
    Any = object  # in the aliases below

Check = Callable[[Any], "str | None"]

# The range of 64-bit integers in other languages.
LARGEST = 2**63 - 1
_SHA256 = late_pattern("[0-9a-f]{64}")
_DIGEST = late_pattern("sha256:[0-9a-f]{64}")


def text(value: Any) -> str | None:
    """A string."""
    return None if isinstance(value, str) else _expected("a string", value)


def word(value: Any) -> str | None:
    """A word of a command line."""
    problem = text(value)
    if problem is None and "\0" in value:
        return f"it has a NUL character: {shown(value)}"
    if problem is None:
        try:
            value.encode("utf-8", "surrogateescape")
        except UnicodeEncodeError:
            return f"it cannot be a word of a command line: {shown(value)}"
    return problem


def name(value: Any) -> str | None:
    """A string that is not empty."""
    return text(value) or (None if value else "it is empty")


def truth(value: Any) -> str | None:
    """true or false."""
    return None if value is True or value is False else _expected("true or false", value)


def integer(value: Any) -> str | None:
    """An integer that fits 64 bits."""
    if not isinstance(value, int) or isinstance(value, bool):
        return _expected("an integer", value)
    return None if -LARGEST <= value <= LARGEST else "it is too large"


def count(value: Any) -> str | None:
    """An integer, zero or more."""
    return integer(value) or ("it is negative" if value < 0 else None)


def seconds(value: Any) -> str | None:
    """A number, zero or more, that fits a timeout."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        return _expected("a number", value)
    return None if 0 <= value <= LARGEST else "it is not a number of seconds"


def local(value: Any) -> str | None:
    """An absolute path on the recorded machine, in any spelling."""
    problem = text(value)
    if problem is None and not value.startswith("/"):
        return f"it is not absolute: {shown(value)}"
    if problem is None and "\0" in value:
        return f"it has a NUL character: {shown(value)}"
    return problem


def remote(value: Any) -> str | None:
    """The remote path of a file."""
    return text(value) or _placed(remote_problem(value), value)


def directory(value: Any) -> str | None:
    """A remote directory."""
    return text(value) or _placed(directory_problem(value), value)


def sha256(value: Any) -> str | None:
    """64 hex digits, lower case."""
    return text(value) or (None if _SHA256.fullmatch(value) else "expected 64 hex digits")


def digest(value: Any) -> str | None:
    """`sha256:` and 64 hex digits."""
    return text(value) or (None if _DIGEST.fullmatch(value) else "expected sha256: and 64 hex digits")


def mapping(value: Any) -> str | None:
    """An object of any content."""
    return None if isinstance(value, dict) else _expected("an object", value)


def document(value: Any) -> str | None:
    """An object of any content that is not nested too deeply."""
    return mapping(value) or (None if is_shallow(value) else "it is nested too deeply")


def maybe(check: Check) -> Check:
    """null, or a value that passes `check`."""

    def checked(value: Any) -> str | None:
        return None if value is None else check(value)

    return checked


def among(*values: str) -> Check:
    """One of some strings."""
    allowed = frozenset(values)

    def checked(value: Any) -> str | None:
        if isinstance(value, str) and value in allowed:
            return None
        return f"{shown(value)} is not valid; valid values: {', '.join(values)}"

    return checked


def array(check: Check) -> Check:
    """An array whose items all pass; the first that does not is named."""

    def checked(value: Any) -> str | None:
        if not isinstance(value, list):
            return _expected("an array", value)
        for place, item in enumerate(value):
            problem = check(item)
            if problem is not None:
                return f"item {place}: {problem}"
        return None

    return checked


def shown(value: Any) -> str:
    """A value for display: short, on one line, in characters that any terminal can take."""
    quoted = ascii(value)
    return quoted if len(quoted) <= 60 else quoted[:57] + "..."


def _expected(what: str, value: Any) -> str:
    return f"expected {what}, not {kind_of(value)}"


def _placed(problem: str | None, value: str) -> str | None:
    return None if problem is None else f"{problem}: {shown(value)}"
