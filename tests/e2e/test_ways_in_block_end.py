"""After `with automount.recording()`: everything is as before, and nothing remains active."""

from __future__ import annotations

import json

import pytest
from ways_in import BLOCK_TREE, Home


@pytest.fixture
def home(automount_home: object) -> Home:
    made = Home(automount_home)  # type: ignore[arg-type]
    made.write(BLOCK_TREE)
    return made


# With hashlib, which automount imports when there is much to hash: maybe in the second block.
SNAPSHOT = """
import hashlib
import atexit, builtins, importlib, importlib.util, io, json, os, posix, signal, subprocess, sys, threading
import _posixsubprocess
from importlib import _bootstrap, _bootstrap_external

SKIPPED = ("automount", "__main__", "__mp_main__", "deps", "shipped")

def everything():
    seen = {}
    for name, module in sorted(sys.modules.items()):
        if name.partition(".")[0] not in SKIPPED:
            for attribute, value in vars(module).items():
                seen[name, attribute] = value
    seen["path"], seen["meta_path"] = list(sys.path), list(sys.meta_path)
    seen["path_hooks"], seen["modules"] = list(sys.path_hooks), sorted(sys.modules)
    seen["environ"] = dict(os.environ)
    seen["handlers"] = [signal.getsignal(number) for number in signal.valid_signals()]
    seen["mask"] = signal.pthread_sigmask(signal.SIG_BLOCK, [])
    seen["atexit"] = atexit._ncallbacks()
    seen["threads"] = threading.active_count()
    seen["files"] = sorted(os.listdir("/proc/self/fd"))
    seen["C environment"] = subprocess.run(["env"], capture_output=True, text=True).stdout
    seen["temporary"] = sorted(os.listdir(os.environ["TMPDIR"]))
    seen["trace"], seen["profile"] = sys.gettrace(), sys.getprofile()
    return seen

def differences(before, after):
    def same(one, other):
        return one is other or (type(one) in (list, dict, str, int, set) and one == other)
    return sorted(str(key) for key in {*before, *after}
                  if key not in before or key not in after or not same(before[key], after[key]))

def act(r=None):
    import importlib
    for name in ("deps", "shipped"):
        sys.modules.pop(name, None)
    import deps, shipped
    importlib.util.find_spec("three")
    subprocess.run([sys.executable, "-c", "import two"])
    os.system("true")
    os.waitpid(os.posix_spawn("/bin/true", ["true"], {}), 0)
    os.waitpid(os.posix_spawnp("true", ["true"], {}), 0)
    if os.fork() == 0:
        os._exit(0)
    os.wait()
    os.listdir(".")
    if r is not None:
        r.manifest
"""


@pytest.mark.parametrize("pythonpath", [None, "", "/nowhere:"])
def test_everything_is_given_back_to_the_last_attribute(home: Home, pythonpath: str | None) -> None:
    home.write({"deps.py": "", "shipped.py": ""})
    (home.root / "tmp").mkdir()
    environment = {"TMPDIR": str(home.root / "tmp")}
    if pythonpath is not None:
        environment["PYTHONPATH"] = pythonpath
    rows = home.reported(
        SNAPSHOT
        + """
import automount
with automount.recording() as r:  # whatever is loaded or cached the first time
    act(r)
act()
before = everything()
before = everything()
with automount.recording() as r:
    during = everything()
    act(r)
after = everything()
act()
later = everything()
print(json.dumps(differences(before, after)))
print(json.dumps(differences(before, later)))
print(json.dumps(differences(before, during)))
""",
        env=environment,
    )
    assert rows[0] == [] == rows[1]
    changed = {json.dumps(row) for row in rows[2]}
    assert json.dumps("C environment") in changed
    assert any("meta_path" in row for row in changed)
    assert any("fork_exec" in row for row in changed)
    assert any("posix_spawn" in row for row in changed)


def test_what_was_kept_from_a_block_does_nothing_later(home: Home) -> None:
    rows = home.reported("""
import automount, json, os, sys
with automount.recording() as r:
    from importlib._bootstrap import _find_spec
    from os import posix_spawn
    import _posixsubprocess
    fork_exec = _posixsubprocess.fork_exec
print(json.dumps(_find_spec("three", None).name))
out = os.open("out", os.O_RDWR | os.O_CREAT)
os.waitpid(posix_spawn("/usr/bin/env", ["env"], {"A": "1"}, file_actions=[(os.POSIX_SPAWN_DUP2, out, 1)]), 0)
print(json.dumps(open("out").read()))
""")
    assert rows == ["three", "A=1\n"]


def test_the_program_s_own_mappings_are_left_alone(home: Home) -> None:
    rows = home.reported("""
import automount, json, os, subprocess, sys
mine = {"A": "1"}
with automount.recording() as r:
    print(json.dumps(sorted(name for name in os.environ if name in ("AUTOMOUNT_JOURNAL", "PYTHONPATH"))))
    seen = subprocess.run([sys.executable, "-c", "import os; print(sorted(os.environ))"],
                          env=mine, capture_output=True, text=True).stdout
print(json.dumps(mine))
print(json.dumps(eval(seen)))
""")
    assert rows[:2] == [[], {"A": "1"}]
    assert {"AUTOMOUNT_JOURNAL", "PYTHONPATH"}.isdisjoint(rows[2])
