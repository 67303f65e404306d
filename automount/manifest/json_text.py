"""Parses bytes as one JSON object, and refuses everything that two readers could read differently.

Python's reader accepts more than JSON allows (NaN, the last of two equal keys, any depth until it fails).
"""

from __future__ import annotations

import json
import math

from automount.errors import ManifestError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NoReturn

NOT_ONE = "name a file that automount wrote"


class _Odd(ValueError):
    """A value that Python's reader accepts and JSON does not allow."""


def parse(data: bytes, source: str) -> dict[str, Any]:
    """The object in `data`; `source` names it in errors. A byte order mark is skipped."""
    if not data.strip():
        raise ManifestError(f"{source} is empty", hint="record again")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        what = f"{source} is not UTF-8 text (byte {data[error.start]:#04x} at offset {error.start})"
        raise ManifestError(what, hint=NOT_ONE) from error
    try:
        value = json.loads(
            text, object_pairs_hook=_object, parse_constant=_refuse_constant, parse_float=_finite
        )
    except json.JSONDecodeError as error:
        cut_off = error.pos >= len(text.rstrip()) or error.msg.startswith("Unterminated")
        problem = "it was cut off here" if cut_off else f"it is not JSON ({error.msg})"
        raise ManifestError(
            f"{source}, line {error.lineno}, column {error.colno}: {problem}",
            hint="record again" if cut_off else NOT_ONE,
        ) from error
    except _Odd as error:
        raise ManifestError(f"{source}: {error}", hint=NOT_ONE) from error
    except ValueError as error:
        # Integers of thousands of digits are refused by the interpreter itself.
        raise ManifestError(f"{source}: a number has too many digits", hint=NOT_ONE) from error
    except RecursionError as error:
        raise ManifestError(f"{source}: it is nested too deeply", hint=NOT_ONE) from error
    if not isinstance(value, dict):
        problem = f"it contains {kind_of(value)}, not an object"
        raise ManifestError(f"{source} is not a manifest: {problem}", hint=NOT_ONE)
    return value


def kind_of(value: object) -> str:
    """The JSON type of a value, with an article."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return "a number"
    if isinstance(value, str):
        return "a string"
    return "an array" if isinstance(value, list) else "an object"


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        seen: set[str] = set()
        twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        raise _Odd(f"the key {twice!r} occurs twice in one object")
    return found


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise _Odd(f"the number {text[:20]} is too large")
    return value


def _refuse_constant(text: str) -> NoReturn:
    raise _Odd(f"JSON does not allow {text}")
