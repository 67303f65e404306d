"""Shows how far long work has come: on stderr, on a terminal only, and only once it takes over a second."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import TextIO

_AFTER_SECONDS = 1.0
_EVERY_SECONDS = 0.1


class Progress:
    """Counts bytes towards `total` (None: not known); redraws one line, and takes it away at the end."""

    def __init__(self, label: str, total: int | None, stream: TextIO | None = None) -> None:
        self._label = label
        self._total = total
        self._stream = sys.stderr if stream is None else stream
        self._done = 0
        self._next = time.monotonic() + _AFTER_SECONDS
        self._drawn = False
        self._shown = self._stream.isatty()

    def __enter__(self) -> Progress:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._drawn:
            self._stream.write("\r\x1b[K")
            self._stream.flush()

    def add(self, count: int) -> None:
        """Notes `count` more bytes."""
        self._done += count
        if not self._shown:
            return
        now = time.monotonic()
        if now < self._next:
            return
        self._next = now + _EVERY_SECONDS
        self._drawn = True
        if self._total is None:
            far = f"{self._done / 1e6:.1f} MB"
        else:
            share = 100 * self._done // self._total if self._total else 100
            far = f"{min(share, 100)} % of {self._total / 1e6:.1f} MB"
        self._stream.write(f"\r\x1b[K{self._label} {far}")
        self._stream.flush()
