"""Shows the progress of long work: on stderr, only on a terminal, and only after one second."""

from __future__ import annotations

import sys
import time
from types import TracebackType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TextIO

    from rich.progress import Progress as RichProgress
    from rich.progress import TaskID

AFTER_SECONDS = 1.0
EVERY_SECONDS = 0.1


class Progress:
    """Counts bytes towards `total` (None: unknown); shows them in a line that is removed at the end.

    rich takes about 100 ms to import, so it is imported only when there is something to show.
    """

    def __init__(self, label: str, total: int | None, stream: TextIO | None = None) -> None:
        self._label = label
        self._total = total
        self._stream = sys.stderr if stream is None else stream
        self._done = 0
        self._next = time.monotonic() + AFTER_SECONDS
        self._shown = self._stream.isatty()
        self._bar: RichProgress | None = None
        self._task: TaskID | None = None

    def __enter__(self) -> Progress:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def add(self, count: int) -> None:
        """Counts `count` more bytes."""
        self._done += count
        if not self._shown or time.monotonic() < self._next:
            return
        self._next = time.monotonic() + EVERY_SECONDS
        if self._bar is None or self._task is None:
            self._show()
        else:
            self._bar.update(self._task, completed=self._done, refresh=True)

    def _show(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, DownloadColumn, TextColumn, TimeRemainingColumn
        from rich.progress import Progress as RichProgress

        self._bar = RichProgress(
            TextColumn("{task.description}"),
            BarColumn(),
            DownloadColumn(),
            TimeRemainingColumn(),
            console=Console(file=self._stream),
            transient=True,
            # Without a thread of rich's: automount may fork. Nothing else is printed meanwhile.
            auto_refresh=False,
            redirect_stdout=False,
            redirect_stderr=False,
        )
        self._task = self._bar.add_task(self._label, total=self._total, completed=self._done)
        self._bar.start()
