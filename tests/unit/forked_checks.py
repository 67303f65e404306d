"""What holds for work in several processes; `test_forked` runs each in a process without threads."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
import time
from collections.abc import Iterable

from automount.forked import forked


def squares(part: Iterable[int]) -> list[int]:
    return [number * number for number in part]


def children() -> list[str]:
    found = []
    for task in os.listdir("/proc/self/task"):
        with open(f"/proc/self/task/{task}/children", encoding="ascii") as file:
            found += file.read().split()
    return found


def check_results_come_in_the_order_of_the_parts() -> None:
    before = children(), os.listdir("/proc/self/fd")
    with forked(squares, [range(3), range(3, 5), []]) as results:
        assert results() == [[0, 1, 4], [9, 16], []]
    with forked(squares, []) as results:
        assert results() == []
    assert (children(), os.listdir("/proc/self/fd")) == before


def check_long_results_and_odd_names_are_passed_on_whole() -> None:
    text = "\udcff" * 300_000
    with forked(lambda part: [text for _ in part], [[1], [2]]) as results:
        assert results() == [[text], [text]]


def check_a_part_that_fails_gives_no_result_and_prints_nothing() -> None:
    def fail(part: Iterable[int]) -> int:
        for number in part:
            if number == 1:
                raise RuntimeError
            if number == 2:
                sys.exit(0)
            if number == 3:
                os.kill(os.getpid(), signal.SIGKILL)
        return 0

    for number in (1, 2, 3):
        with forked(fail, [[0], [number]]) as results:
            assert results() is None
    with forked(lambda _part: object(), [[0]]) as results:
        assert results() is None
    assert children() == []


def check_processes_end_with_the_block() -> None:
    def wait(_part: Iterable[int]) -> None:
        time.sleep(1000)

    with contextlib.suppress(ZeroDivisionError), forked(wait, [[1], [2]]):
        assert len(children()) == 2
        raise ZeroDivisionError
    assert children() == []


def check_nothing_is_forked_beside_other_threads() -> None:
    ended = threading.Event()
    thread = threading.Thread(target=ended.wait)
    thread.start()
    try:
        with forked(squares, [[1], [2]]) as results:
            assert children() == []
            assert results() is None
    finally:
        ended.set()
        thread.join()


def check_ignored_children_give_no_result() -> None:
    before = signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    try:
        with forked(squares, [[1], [2]]) as results:
            assert results() is None
    finally:
        signal.signal(signal.SIGCHLD, before)


if __name__ == "__main__":
    globals()[sys.argv[1]]()
