"""Regular expressions that are compiled when they are first used.

automount has 150 expressions and a short recording uses a dozen. Compiling all of them took a tenth of its
instructions.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from re import Pattern
    from typing import Any, AnyStr


class _LatePattern:
    """Becomes a compiled pattern at the first use of one of its methods."""

    def __init__(self, expression: str | bytes, flags: int) -> None:
        self._expression = expression
        self._flags = flags

    def __getattr__(self, name: str) -> Any:
        import re

        value = getattr(re.compile(self._expression, self._flags), name)
        # Stored, so that this method is not called for it again.
        setattr(self, name, value)
        return value


def late_pattern(expression: AnyStr, flags: int = 0) -> Pattern[AnyStr]:
    """The pattern for `expression`, compiled at its first use; errors in it are raised then."""
    late: Any = _LatePattern(expression, flags)
    return late  # type: ignore[no-any-return]
