"""Programs that refuse, replace or disguise what the agent inspects: they run as usual, and nothing is
lost."""

from __future__ import annotations

import re
import shutil
import textwrap
from dataclasses import replace
from pathlib import Path

import pytest
from agent_bench import Bench

TREE = {
    "one.py": "V = 1\n",
    "pkg/__init__.py": "",
    "pkg/sub.py": "from . import data\n",
    "pkg/data.py": "",
}
ALL = {"one": "executed", "pkg": "executed", "pkg.sub": "executed", "pkg.data": "executed"}
HOOK = """
import sys
def refuse(event, args):
    if event in {events}:
        raise {error}
sys.addaudithook(refuse)
import one, pkg.sub
print(one.V, pkg.sub.__name__)
"""
FRAMES = ("sys._getframe", "object.__getattr__")


@pytest.mark.parametrize("error", ["RuntimeError", "ValueError", "SystemExit(3)", "KeyboardInterrupt"])
@pytest.mark.parametrize("more", [(), ("function.__new__", "os.truncate", "os.putenv", "code.__new__")])
def test_an_audit_hook_that_refuses(python: str, bench: Bench, error: str, more: tuple[str, ...]) -> None:
    """The program does not see what its hook raises on our events. The requester of a module is then
    known only if an import statement names just that module."""
    bench.write({**TREE, "app.py": HOOK.format(events=(*FRAMES, *more), error=error)})
    plain, recorded = bench.plain(python, "app.py"), bench.recorded(python, "app.py")
    assert (recorded.stdout, recorded.stderr, recorded.code) == (plain.stdout, plain.stderr, plain.code)
    assert bench.ours(recorded.journal) == ALL
    asked = {record.name: record.requested_by for record in recorded.journal.modules if record.name in ALL}
    assert set(asked.values()) <= {"__main__", None}


@pytest.mark.parametrize(
    "handler",
    [
        "def handler(*given): raise Alarm",
        "class Handlers:\n    def one(self, number, frame): raise Alarm\nhandler = Handlers().one",
        "handler = lambda number, frame=None: stop()\ndef stop(): raise Alarm",
    ],
)
def test_what_a_signal_handler_raises_reaches_the_program(python: str, bench: Bench, handler: str) -> None:
    """Python itself discards and reports what is raised in a weak reference's callback."""
    program = """
import signal, sys
class Alarm(Exception):
    raised = 0
    def __init__(self): Alarm.raised += 1
{handler}
signal.signal(signal.SIGALRM, handler)
try:
    signal.setitimer(signal.ITIMER_REAL, 0.01, 0.5)
    while True:
        sys.modules.pop("one", None)
        import one
except Alarm:
    signal.setitimer(signal.ITIMER_REAL, 0)
    print("alarm", Alarm.raised)
"""
    bench.write({**TREE, "app.py": program.format(handler=handler)})
    outcome = bench.recorded(python, "app.py")
    discarded = re.findall(rb"^Exception ignored (?:in|while calling).*$", outcome.stderr, re.MULTILINE)
    assert (outcome.stdout, outcome.code) == (b"alarm %d\n" % (len(discarded) + 1), 0)
    unexplained = [
        line for line in discarded if not re.search(rb"_get_module_lock|_WeakValueDictionary", line)
    ]
    assert unexplained == []


ONCE = """
import sys
if not hasattr(sys, "tried"):
    sys.tried = True
    sys.modules["__main__"].handler(14, sys._getframe())
"""


def test_a_signal_handler_that_raises_while_a_part_of_the_agent_is_loaded(
    python: str, bench: Bench, tmp_path: Path
) -> None:
    """The exception reaches the program, and the part is loaded again at the next event."""
    agent = tmp_path / "agent"
    shutil.copytree(bench.boot.parent, agent)
    part = agent / "dataevents.py"
    part.write_text(part.read_text().replace("import sys\n", ONCE, 1))
    program = """
class Alarm(Exception): pass
def handler(number, frame): raise Alarm
try:
    open("data.txt")
except Alarm:
    print("alarm")
print(open("data.txt").read())
"""
    bench.write({"app.py": program, "data.txt": "text"})
    outcome = replace(bench, boot=agent / "boot").recorded(python, "app.py")
    assert (outcome.stdout, outcome.code, outcome.lost) == (b"alarm\ntext\n", 0, False)
    assert [row.path for row in outcome.journal.data] == [str(bench.root / "data.txt")]


ODD = {
    "a module whose class has a property for its namespace": """
        class Odd:
            @property
            def __dict__(self): raise ValueError
            def __getattr__(self, name): raise ZeroDivisionError(name)
        sys.modules["odd"] = Odd()
        """,
    "a spec that raises": """
        class Odd:
            def __getattr__(self, name): raise ZeroDivisionError(name)
        sys.modules["odd"] = types.ModuleType("odd")
        sys.modules["odd"].__spec__ = Odd()
        """,
    "things that are no modules": """
        sys.modules.update(a=3, b=None, c=object(), d="text", e=Exception)
        """,
    "a package path that is no list": """
        class Odd:
            def __init__(self, places): self.places = places
            def __iter__(self): return iter(self.places)
            def __getattr__(self, name): raise ValueError(name)
        import pkg
        pkg.__path__ = Odd(pkg.__path__)
        """,
    "entries of sys.path that are no text": """
        sys.path[:0] = [5, None, 2.5]
        """,
    "another sys.modules": """
        class Mine(dict): pass
        sys.modules = Mine(sys.modules)
        """,
    "a string of one's own": """
        class Text(str): pass
        sys.modules[Text("text")] = types.ModuleType(Text("text"))
        sys.modules["text"].__file__ = Text("text")
        """,
}


@pytest.mark.parametrize("name", ODD)
def test_odd_objects(python: str, bench: Bench, name: str) -> None:
    program = "import sys, types\n" + textwrap.dedent(ODD[name]) + "import one, pkg.sub\nprint(one.V)\n"
    bench.write({**TREE, "app.py": program})
    journal = bench.same(python, "app.py").journal
    ours = bench.ours(journal)
    assert {name: ours.get(name) for name in ALL} == ALL


@pytest.mark.parametrize("kind", ["str", "bytes", "PathLike", "Path"])
def test_the_file_of_a_module_in_any_form(python: str, bench: Bench, kind: str) -> None:
    program = """
import os, pathlib, sys, types
class PathLike:
    def __init__(self, path): self.path = path
    def __fspath__(self): return self.path
forms = {"str": type("Text", (str,), {}), "bytes": os.fsencode, "PathLike": PathLike, "Path": pathlib.Path}
module = sys.modules["made"] = types.ModuleType("made")
module.__file__ = forms[sys.argv[1]](os.path.abspath("one.py"))
"""
    bench.write({**TREE, "app.py": program})
    journal = bench.same(python, "app.py", kind).journal
    assert [record.file for record in journal.modules if record.name == "made"] == [
        str(bench.root / "one.py")
    ]


def test_a_file_at_the_number_and_the_position_of_the_journal(python: str, bench: Bench) -> None:
    """The agent writes no byte into it."""
    program = """
import os
file = os.open("mine", os.O_CREAT | os.O_RDWR | os.O_APPEND)
for size in range(2000, 12000, 500):
    os.write(file, b"x" * (size - os.fstat(file).st_size))
    for number in range(file + 1, 1024):
        os.dup2(file, number)
    name = "m%d" % size
    open(name + ".py", "w").close()
    __import__(name)
    for number in range(file + 1, 1024):
        os.close(number)
print(os.fstat(file).st_size, set(open("mine").read()))
"""
    bench.write({**TREE, "app.py": program})
    journal = bench.same(python, "-B", "app.py").journal
    assert len([record for record in journal.modules if record.name[1:].isdecimal()]) == 20
