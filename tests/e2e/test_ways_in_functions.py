"""`@automount.recorded` around functions of every kind, and `automount.record` called from a program."""

from __future__ import annotations

import sys

import pytest
from ways_in import Home, recorded

TREE = {"one.py": "", "two.py": "", "three.py": "", "app_program.py": "import one\n"}


@pytest.fixture
def home(automount_home: object) -> Home:
    made = Home(automount_home)  # type: ignore[arg-type]
    made.write(TREE)
    return made


def test_a_function_stays_what_it_was(home: Home) -> None:
    rows = home.reported("""
import automount, inspect, json, pickle
from typing import get_type_hints
@automount.recorded
def work(number: int, *, name: str = "x") -> str:
    "Works."
    import one
    return name * number
assert work.recording is None
print(json.dumps([work(2, name="ab"), work.__name__, work.__qualname__, work.__doc__, work.__module__]))
print(json.dumps([str(inspect.signature(work)), sorted(get_type_hints(work)), inspect.isfunction(work)]))
print(json.dumps(pickle.loads(pickle.dumps(work)) is work))
tell(work.recording)
""")
    assert rows == [
        ["abab", "work", "work", "Works.", "__main__"],
        ["(number: int, *, name: str = 'x') -> str", ["name", "number", "return"], True],
        True,
        recorded((0, "one")),
    ]


def test_methods_of_every_kind(home: Home) -> None:
    rows = home.reported("""
import automount, json
class Thing:
    @automount.recorded
    def plain(self, x):
        import one
        return [type(self).__name__, x]
    @automount.recorded
    @classmethod
    def of_class(cls, x):
        import two
        return [cls.__name__, x]
    @classmethod
    @automount.recorded
    def of_class_inside(cls, x):
        return [cls.__name__, x]
    @automount.recorded
    @staticmethod
    def static(x):
        import three
        return [x]
    @staticmethod
    @automount.recorded
    def static_inside(x):
        return [x]
class Below(Thing):
    pass
thing = Below()
print(json.dumps([thing.plain(1), Thing.plain(thing, 2), thing.of_class(3), Below.of_class(4),
                  Below.of_class_inside(5), thing.static(6), Thing.static(7), thing.static_inside(8)]))
tell(Thing.of_class_inside.recording)
every = (thing.plain, Thing.plain, thing.of_class, Thing.of_class, Thing.static, thing.static_inside)
print(json.dumps([each.recording is not None for each in every]))
""")
    assert rows == [
        [["Below", 1], ["Below", 2], ["Below", 3], ["Below", 4], ["Below", 5], [6], [7], [8]],
        recorded(),
        [True] * 6,
    ]


def test_options_and_the_callback_also_when_it_raises(home: Home) -> None:
    rows = home.reported("""
import automount, json
seen = []
@automount.recorded(on_recording=seen.append, remote_root="/app", scope="loaded")
def work(fail):
    import one
    if fail:
        raise LookupError("its own")
work(False)
try:
    work(True)
except LookupError as error:
    print(json.dumps([str(error), error.__context__ is None]))
print(json.dumps([[each.manifest.remote_root for each in seen], work.recording is seen[-1]]))
tell(seen[0])
""")
    assert rows == [["its own", True], [["/app", "/app"], True], recorded((0, "one"))]


def test_a_coroutine_is_recorded_until_it_has_finished(home: Home) -> None:
    rows = home.reported("""
import asyncio, automount, inspect, json
@automount.recorded
async def work(x):
    await asyncio.sleep(0)
    import one
    await asyncio.sleep(0)
    import two
    return x
coroutine = work(7)
assert work.recording is None and inspect.iscoroutinefunction(work)
print(json.dumps(asyncio.run(coroutine)))
import three
tell(work.recording)
async def both():
    return await asyncio.gather(work(1), work(2))
print(json.dumps(asyncio.run(both())))
async def cancelled():
    @automount.recorded
    async def forever():
        await asyncio.Event().wait()
    task = asyncio.ensure_future(forever())
    await asyncio.sleep(0)
    task.cancel()
    try:
        await task
    except asyncio.CancelledError:
        return forever.recording is not None
print(json.dumps(asyncio.run(cancelled())))
""")
    assert rows == [7, recorded((0, "one"), (0, "two")), [1, 2], True]


def test_generators_from_their_first_step_to_their_end(home: Home) -> None:
    rows = home.reported("""
import asyncio, automount, inspect, json
@automount.recorded
def steps(x):
    import one
    got = yield x
    try:
        yield got
    except KeyError:
        import two
        yield "caught"
    return "done"
steps_of = steps(1)
assert inspect.isgeneratorfunction(steps) and steps.recording is None
print(json.dumps([next(steps_of), steps_of.send("sent"), steps_of.throw(KeyError())]))
try:
    next(steps_of)
except StopIteration as end:
    print(json.dumps(end.value))
tell(steps.recording)
abandoned = steps(1)
next(abandoned)
abandoned.close()
tell(steps.recording)

@automount.recorded
async def stream():
    import three
    try:
        got = yield 1
        yield got
    except KeyError:
        yield "caught"
async def main():
    run = stream()
    found = [await anext(run), await run.asend("sent"), await run.athrow(KeyError())]
    found += [each async for each in run]
    return found
assert inspect.isasyncgenfunction(stream)
print(json.dumps(asyncio.run(main())))
tell(stream.recording)
""")
    assert rows == [
        [1, "sent", "caught"],
        "done",
        recorded((0, "one"), (0, "two")),
        recorded(),
        [1, "sent", "caught"],
        recorded((0, "three")),
    ]


def test_a_process_pool_may_call_it(home: Home) -> None:
    (row,) = home.reported("""
import automount, concurrent.futures, json, multiprocessing
@automount.recorded
def work(x):
    import one
    return [x, sorted(row.name for row in work.__wrapped__.__globals__["work"].recording.manifest.modules)
            if work.recording else None]
if __name__ == "__main__":
    with concurrent.futures.ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        print(json.dumps(pool.submit(work, 3).result()))
""")
    assert row == [3, None]


def test_record_gives_manifest_status_and_journal(home: Home) -> None:
    home.write(
        {"elsewhere/child.py": "import os, sys, helper\nsys.exit(int(sys.argv[1]) + len(os.environ['X']))\n"}
    )
    home.write({"elsewhere/helper.py": ""})
    rows = home.reported("""
import automount, json, os, sys
r = automount.record("child.py", args=["3"], cwd="elsewhere", env={"X": "ab"},
                     python=sys.executable, scope="loaded")
print(json.dumps([r.exit_status, sorted(row.remote for row in r.manifest.files), r.manifest.complete,
                  [process.argv[1:] for process in r.journal.processes], r.manifest.provenance.exit_code]))
try:
    automount.record("missing.py")
except automount.AutomountError as error:
    print(json.dumps([type(error).__name__, error.exit_status]))
""")
    assert rows == [
        [5, ["/root/child.py", "/root/helper.py"], True, [["child.py", "3"]], 5],
        ["TargetNotFound", 127],
    ]


def test_record_with_a_timeout_keeps_what_was_recorded(home: Home) -> None:
    home.write({"endless.py": "import one\nimport time\ntime.sleep(600)\n"})
    (row,) = home.reported("""
import automount, json
r = automount.record("endless.py", timeout=0.7)
print(json.dumps([r.exit_status, sorted(row.remote for row in r.manifest.files)]))
""")
    assert row == [-15, ["/root/endless.py", "/root/one.py"]]


def test_record_from_threads_leaves_signals_alone(home: Home) -> None:
    rows = home.reported("""
import automount, json, signal, threading
def signals():
    handlers = [signal.getsignal(number) for number in signal.valid_signals()]
    return handlers, signal.pthread_sigmask(signal.SIG_BLOCK, [])
before = signals()
found = []
def work():
    r = automount.record("app_program.py")
    found.append([r.exit_status, sorted(row.remote for row in r.manifest.files)])
threads = [threading.Thread(target=work) for _ in range(3)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
after = signals()
print(json.dumps(found))
print(json.dumps(before == after))
""")
    assert rows == [[[0, ["/root/app_program.py", "/root/one.py"]]] * 3, True]


def test_record_within_pytest(home: Home) -> None:
    home.write(
        {
            "test_it.py": (
                "import automount\n\n\ndef test_it(capfd):\n"
                "    r = automount.record('app_program.py')\n"
                "    assert (r.exit_status, r.manifest.complete) == (0, True)\n"
                "    assert capfd.readouterr() == ('', '')\n"
            )
        }
    )
    done = home.run(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_it.py")
    assert (done.returncode, done.stdout.splitlines()[-1].split(" in ")[0]) == (0, "1 passed")
