"""Checks of one key in many rows at once: whether all values certainly pass its check in `checks`.

A manifest of 50,000 files has 300,000 values, and calling a check for each takes half the time of reading
it. Where one of these functions returns False, the rows are checked one by one to find the issue.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from itertools import chain

from automount.manifest.checks import LARGEST, Check
from automount.manifest.remote_paths import LONGEST_NAME

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any
else:
    Any = object  # in the aliases below

Column = Sequence[Any]
ColumnCheck = Callable[[Column], bool]
_DIGITS = re.compile("[0-9a-f]*")
_IS_ABSOLUTE = re.compile("/").match


def texts(column: Column) -> bool:
    """Whether all values are strings."""
    return set(map(type, column)) <= {str}


def counts(column: Column) -> bool:
    """Whether all values are integers from 0 to 2**63 - 1."""
    return (
        set(map(type, column)) <= {int} and 0 <= min(column, default=0) <= max(column, default=0) <= LARGEST
    )


def hashes(column: Column) -> bool:
    """Whether all values are strings of 64 lower-case hex digits."""
    if not texts(column) or not set(map(len, column)) <= {64}:
        return False
    joined = "".join(column)
    try:
        # `fromhex` skips white space, hence the length; it is eight times as fast as a regular expression.
        return len(bytes.fromhex(joined)) * 2 == len(joined) and joined == joined.lower()
    except ValueError:
        return False


def local_paths(column: Column) -> bool:
    """Whether all values are absolute paths, in any spelling."""
    return texts(column) and all(map(_IS_ABSOLUTE, column)) and "\0" not in "".join(column)


def remote_paths(column: Column) -> bool:
    """Whether all are absolute, folded ASCII paths below the root, too short for any part to be too long."""
    if not local_paths(column) or max(map(len, column), default=0) > LONGEST_NAME:
        return False
    joined = "\n".join((*column, ""))
    return joined.isascii() and not any(text in joined for text in ("//", "/.", "/\n"))


def arrays(inner: ColumnCheck) -> ColumnCheck:
    """A check for arrays whose items all pass `inner`."""
    return lambda column: set(map(type, column)) <= {list} and inner(list(chain.from_iterable(column)))


def nullable(inner: ColumnCheck) -> ColumnCheck:
    """A check for null and values that pass `inner`."""
    return lambda column: inner([value for value in column if value is not None])


def different_values(check: Check) -> ColumnCheck:
    """A check for values of one type that pass `check`, which is called once for equal values."""

    def checked(column: Column) -> bool:
        # `True == 1`, so values of several types could hide each other in the set.
        if not set(map(type, column)) <= {str} and not set(map(type, column)) <= {bool}:
            return all(check(value) is None for value in column)
        return all(check(value) is None for value in set(column))

    return checked
