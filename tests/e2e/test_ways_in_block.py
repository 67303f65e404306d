"""`with automount.recording()`: the current process and its children, live, nested, reversible."""

from __future__ import annotations

import pytest
from ways_in import BLOCK_TREE, Home, recorded


@pytest.fixture
def home(automount_home: object) -> Home:
    made = Home(automount_home)  # type: ignore[arg-type]
    made.write(BLOCK_TREE)
    return made


def test_from_there_on_until_its_end(home: Home) -> None:
    assert home.reported("""
import automount, one
with automount.recording() as r:
    import two
    tell(r)
    import pkg.inner
import three
tell(r)
""") == [recorded((0, "two")), recorded((0, "pkg"), (0, "pkg.inner"), (0, "two"))]


def test_the_entry_script_is_the_program(home: Home) -> None:
    (row,) = home.reported("""
import automount, json, os
os.chdir("/")
with automount.recording(remote_root="/app") as r:
    pass
print(json.dumps([r.manifest.entrypoint.target, r.manifest.entrypoint.remote, r.exit_status,
                  [each.remote for each in r.manifest.files]]))
""")
    assert row == ["app.py", "/app/app.py", None, ["/app/app.py"]]


def test_children_of_every_kind_are_recorded(home: Home) -> None:
    (row,) = home.reported("""
import automount, multiprocessing, os, subprocess, sys
import pkg.inner
if __name__ == "__main__":
    with automount.recording() as r:
        subprocess.run([sys.executable, "-c", "import one"], check=True)
        subprocess.run([sys.executable, "-c", "import one"], env={}, check=True)
        os.system(sys.executable + " -c 'import one'")
        os.waitpid(os.posix_spawn(sys.executable, [sys.executable, "-c", "import one"], {}), 0)
        for method in ("fork", "spawn", "forkserver"):
            with multiprocessing.get_context(method).Pool(1) as pool:
                pool.map(pkg.inner.work, [1])
                pool.close()
                pool.join()
    tell(r)
""")
    assert (row["complete"], row["incomplete"]) == (True, [])
    names = [name for process, name in row["modules"] if process and name in ("one", "two", "pkg")]
    # A forked child has what its parent had; the others import the program anew.
    assert sorted(names) == [*["one"] * 4, *["pkg"] * 2, *["two"] * 3]


def test_a_fork_records_itself_to_its_end(home: Home) -> None:
    assert home.reported("""
import automount, os
with automount.recording() as r:
    if os.fork() == 0:
        import one
        os._exit(0)
    os.wait()
    if os.fork() == 0:
        import two
        os.kill(os.getpid(), 9)
    os.wait()
tell(r)
""") == [recorded((1, "one"), (2, "two"))]


def test_a_fork_that_leaves_the_block_takes_nothing_away(home: Home) -> None:
    assert home.reported("""
import automount, os, sys
with automount.recording() as r:
    child = os.fork()
    import one
    if child:
        os.wait()
if child == 0:
    import two
    sys.exit()
with automount.recording() as again:
    import three
tell(r)
tell(again)
""") == [recorded((0, "one"), (1, "one")), recorded((0, "three"))]


def test_nested_recordings_each_hold_their_own(home: Home) -> None:
    assert home.reported("""
import automount
with automount.recording() as outer:
    import one
    with automount.recording() as inner:
        import two
    import three
tell(outer)
tell(inner)
""") == [recorded((0, "one"), (0, "two"), (0, "three")), recorded((0, "two"))]


def test_recordings_may_overlap(home: Home) -> None:
    assert home.reported("""
import automount
first, second = automount.recording(), automount.recording()
first.__enter__()
import one
second.__enter__()
import two
first.__exit__(None, None, None)
import three
second.__exit__(None, None, None)
tell(first)
tell(second)
""") == [recorded((0, "one"), (0, "two")), recorded((0, "two"), (0, "three"))]


def test_many_threads_at_once(home: Home) -> None:
    home.write({f"mod{number}.py": "" for number in range(12)})
    rows = home.reported("""
import automount, importlib, json, threading
barrier = threading.Barrier(12)
seen = {}
def work(number):
    barrier.wait()
    with automount.recording() as r:
        importlib.import_module(f"mod{number}")
    seen[number] = {row.name for row in r.manifest.modules}
threads = [threading.Thread(target=work, args=(number,)) for number in range(12)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
print(json.dumps([f"mod{number}" in seen[number] for number in range(12)]))
with automount.recording() as r:
    import one
tell(r)
""")
    assert rows == [[True] * 12, recorded((0, "one"))]


def test_an_exception_goes_through_and_the_manifest_is_there(home: Home) -> None:
    rows = home.reported("""
import automount, json, traceback
try:
    with automount.recording() as r:
        import one
        import broken
except LookupError as error:
    print(json.dumps([str(error), [frame.name for frame in traceback.extract_tb(error.__traceback__)]]))
    assert error.__context__ is None and error.__cause__ is None
print(json.dumps([[row.name, row.status.value] for row in r.manifest.modules if row.mount is not None]))
""")
    assert rows == [
        ["broken", ["<module>", "<module>"]],
        [["broken", "failed"], ["one", "executed"]],
    ]


def test_our_own_error_does_not_hide_the_error_of_the_block(home: Home) -> None:
    rows = home.reported("""
import automount, json, os, shutil
from automount.harness.process import observer
try:
    with automount.recording() as r:
        shutil.rmtree(observer.directory)
        raise KeyError("the block's")
except KeyError as error:
    print(json.dumps(error.args[0]))
try:
    r.manifest
except OSError as error:
    print(json.dumps(type(error).__name__))
with automount.recording() as r:
    import one
tell(r)
""")
    assert rows == ["the block's", "FileNotFoundError", recorded((0, "one"))]


def test_data_that_the_block_reads_is_reported_though_automount_read_it_before(home: Home) -> None:
    home.write({"config.txt": "x", "pkg/table.txt": "y"})
    rows = home.reported("""
import automount, json
with automount.recording(data="mount") as outer:
    open("config.txt").read()
    outer.manifest
    with automount.recording(data="mount") as inner:
        open("config.txt").read()
    import pkg
    print(json.dumps([[row.local.rpartition("/")[2], row.read_by] for row in inner.manifest.data]))
print(json.dumps([[row.local.rpartition("/")[2], row.read_by] for row in outer.manifest.data]))
""")
    assert rows == [[["config.txt", "__main__"]], [["config.txt", "__main__"]]]


def test_a_child_still_running_is_admitted(home: Home) -> None:
    (row,) = home.reported("""
import automount, subprocess, sys
with automount.recording() as r:
    child = subprocess.Popen([sys.executable, "-c", "import one; print(flush=True); input()"],
                             stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    child.stdout.readline()
child.communicate(b"\\n")
tell(r)
""")
    assert row == {"modules": [[1, "one"]], "complete": False, "incomplete": ["still-running"]}


def test_within_a_recorded_program_both_records_are_whole(home: Home) -> None:
    import sys

    home.write(
        {
            "app.py": """
import automount
import one
with automount.recording() as r:
    import two
import three
print(sorted(row.name for row in r.manifest.modules if row.mount is not None))
"""
        }
    )
    done = home.run(sys.executable, "-m", "automount", "--quiet", "app.py")
    assert (done.returncode, done.stdout, done.stderr) == (0, "['two']\n", "")
    assert home.manifest()["complete"]
    assert [name for name in home.mounted() if name.partition(".")[0] != "automount"] == [
        "__main__",
        "one",
        "three",
        "two",
    ]


def test_record_within_a_block_keeps_both_apart(home: Home) -> None:
    rows = home.reported("""
import automount
open("child.py", "w").write("import one")
with automount.recording() as r:
    inner = automount.record("child.py")
    import two
tell(inner)
tell(r)
""")
    assert rows[0] == recorded((0, "__main__"), (0, "one"))
    # The child wrote one journal, and it was not the block's.
    assert rows[1] == {"modules": [[0, "two"]], "complete": False, "incomplete": ["no-journal"]}
