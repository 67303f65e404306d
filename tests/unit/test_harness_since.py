"""A journal cut at a moment: literal files in, the journal of the time after out."""

from __future__ import annotations

from automount.harness.since import journal_since
from automount.model import Journal


def header(pid: int, entry: str = "start", *more: str) -> bytes:
    facts = {
        "format": "1",
        "pid": str(pid),
        "ppid": "1",
        "started": str(pid),
        "entry": entry,
        "cwd": "/w",
        "path": "/w",
        "version": "3.11.7",
    }
    lines = [f"H\0{key}\0{value}" for key, value in facts.items()]
    return "".join(f"{line}\n" for line in [*lines, *more]).encode()


def module(name: str) -> bytes:
    return f"M\0e\0{name}\0/w/{name}.py\0__main__\x003\n".encode()


def loaded(journal: Journal) -> list[tuple[int, str]]:
    return [(journal.processes[row.process].pid, row.name) for row in journal.modules]


OWN = "1.0.journal"


def test_only_what_came_later_counts_and_the_facts_stay() -> None:
    before = header(1) + module("one") + b"P\0/w\0/late\n"
    journal = journal_since({OWN: before + module("two")}, {OWN: len(before)}, OWN)
    assert loaded(journal) == [(1, "two")]
    assert journal.processes[0].environment.python == "3.11.7"
    assert journal.processes[0].environment.path == ("/w", "/late")
    assert journal.incomplete == ()


def test_a_fact_with_a_newline_stays_too() -> None:
    before = header(1).replace(b"H\0cwd\0/w\n", b"~H\0cwd\0/w\\nx\n") + module("one")
    journal = journal_since({OWN: before}, {OWN: len(before)}, OWN)
    assert journal.processes[0].environment.cwd == "/w\nx"
    assert loaded(journal) == []


def test_a_process_of_before_is_left_out_and_a_new_one_is_whole() -> None:
    own, old, new = header(1), header(2) + module("one"), header(3) + module("two")
    files = {OWN: own, "2.0.journal": old, "3.0.journal": new}
    journal = journal_since(files, {OWN: len(own), "2.0.journal": len(old)}, OWN)
    assert [process.pid for process in journal.processes] == [1, 3]
    assert loaded(journal) == [(3, "two")]


def test_a_forked_child_finds_the_facts_of_its_parent_of_before() -> None:
    own, parent = header(1), header(2) + module("one")
    child = header(3, "fork", "H\0parent\x002.0.journal").replace(b"H\0version\x003.11.7\n", b"") + module(
        "two"
    )
    files = {OWN: own, "2.0.journal": parent, "3.0.journal": child}
    journal = journal_since(files, {OWN: len(own), "2.0.journal": len(parent)}, OWN)
    assert loaded(journal) == [(3, "two")]
    assert {process.pid: process.environment.python for process in journal.processes}[3] == "3.11.7"


def test_a_parent_without_a_journal_is_accepted() -> None:
    child = header(3, "fork", "H\0parent\x009.0.journal") + module("two")
    journal = journal_since({OWN: header(1), "3.0.journal": child}, {}, OWN)
    assert loaded(journal) == [(3, "two")]
