"""Hashes files while the program still runs, so that little is left to do at its end."""

from __future__ import annotations

import os
import sys
import time
from collections import deque
from collections.abc import Iterable
from types import TracebackType

from automount.contents.digests import DigestIndex
from automount.paths import is_below, name, parent, parts


class Prefetch:
    """Hashes what is likely to be shipped while the program still runs. A context manager.

    A package is mounted whole, so the first module of one brings its whole directory. Wrong guesses do no
    harm: they only cost time. Work is done in small steps, so that the program's end is noticed at once.
    """

    STEP_SECONDS = 0.02
    MOST_FILES = 50_000
    # What another process reads at once: it is worth a process, and soon done.
    FEWEST_SHARED, MOST_SHARED, MOST_SHARED_BYTES = 300, 2_000, 64 << 20

    def __init__(self, *, may_fork: bool = False) -> None:
        self.index = DigestIndex.open(may_fork=may_fork)
        self._libraries = tuple(path for path in {sys.base_prefix, sys.prefix} if len(parts(path)) > 1)
        self._waiting: deque[str] = deque()
        self._tops: set[str] = set()
        self._count = 0
        self._has_processors = len(os.sched_getaffinity(0)) > 1
        self._may_share = may_fork and self._has_processors
        self._unknown: list[tuple[str, int]] = []

    def __enter__(self) -> Prefetch:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.index.save()

    def step(self, files: Iterable[str]) -> bool:
        """Adds `files`, the origins of newly loaded modules, and works for a moment on the queue.

        Returns whether there is more to do at once: only where the program has another processor to run on.
        """
        for path in files:
            if path.startswith("/") and "site-packages" not in parts(path) and not self._is_library(path):
                self._waiting.append(path)
                if name(path) == "__init__.py":
                    self._add_package(parent(path))
        deadline = time.monotonic() + self.STEP_SECONDS
        while self._waiting and time.monotonic() < deadline:
            path = self._waiting.popleft()
            if not self._may_share:
                self.index.prefetch([path])
                continue
            self._look_at(path)
            if len(self._unknown) >= self.MOST_SHARED:
                self._share()
        if not self._waiting:
            self._share()
        is_few = len(self._unknown) < self.FEWEST_SHARED
        while self._unknown and is_few and not self._waiting and time.monotonic() < deadline:
            self.index.prefetch([self._unknown.pop()[0]])
        return self._has_processors and bool(self._waiting or (is_few and self._unknown))

    def program_ended(self) -> None:
        """Lets another process go on reading while the manifest is planned."""
        if not self._may_share:
            return
        for _ in range(min(len(self._waiting), self.MOST_SHARED - len(self._unknown))):
            self._look_at(self._waiting.popleft())
        if len(self._unknown) >= self.FEWEST_SHARED:
            self._start()

    def _look_at(self, path: str) -> None:
        size = self.index.unknown_size(path)
        if size is not None:
            self._unknown.append((path, size))

    def _share(self) -> None:
        """Lets another process read unknown files, if there are enough and none is busy with others."""
        if len(self._unknown) >= self.FEWEST_SHARED and not self.index.is_reading:
            self._start()

    def _start(self) -> None:
        count = total = 0
        while count < min(len(self._unknown), self.MOST_SHARED) and total < self.MOST_SHARED_BYTES:
            total += self._unknown[count][1]
            count += 1
        self.index.start_reading([path for path, _ in self._unknown[:count]])
        del self._unknown[:count]

    def _add_package(self, directory: str) -> None:
        """Queues a top-level package's files, once; a subpackage's come with its top-level package."""
        above = parent(directory)
        if directory in self._tops or os.path.exists(os.path.join(above, "__init__.py")):
            return
        self._tops.add(directory)
        for place, below, names in os.walk(directory):
            below[:] = sorted(
                each
                for each in below
                if not each.startswith(".")
                and each != "__pycache__"
                and not os.path.exists(os.path.join(place, each, "pyvenv.cfg"))
            )
            self._count += len(names)
            if self._count > self.MOST_FILES:
                return
            self._waiting.extend(os.path.join(place, each) for each in names if not each.endswith(".pyc"))

    def _is_library(self, path: str) -> bool:
        return any(is_below(path, f"{prefix}/lib") for prefix in self._libraries)
