"""The interface of a sandbox, how a run in one is prepared, and which one is chosen.

`strong` (bubblewrap): the rest of the machine does not exist, the stage is at its remote path, there is no
network. `medium` (Landlock): the rest cannot be opened, but its names and status can be seen, and the stage
is in a directory of its own; no TCP where the kernel can refuse it. `weak` (an audit hook in the
interpreter): only Python's own calls are refused; C code and other programs are not confined.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Protocol

from automount import paths
from automount.errors import AutomountError, UsageError
from automount.proving import guard, lookups
from automount.proving.world import World
from automount.recorder.running import BOOT_DIRECTORY, JOURNAL_VARIABLE
from automount.shipping.program import Program
from automount.values import dataclass

_KILL_AFTER_SECONDS = 5.0
_PROBE_SECONDS = 15.0


@dataclass(frozen=True)
class Room:
    """Where a sandboxed run takes place: absolute local directories, below one or two of our own.

    `tree` is the remote `/` and writable; `agent` is for a copy of the agent; `journal` is for the journals
    of the recording; `scratch` is for temporary files, and holds an empty `home`. `whole` are the remote
    directories that are the program's own: nothing of this machine can be seen in them. `in_memory`: the
    files in `tree` are not on disk.
    """

    directory: str
    tree: str
    whole: tuple[str, ...]
    in_memory: bool = False

    @property
    def agent(self) -> str:
        return os.path.join(self.directory, "agent")

    @property
    def journal(self) -> str:
        return os.path.join(self.directory, "journal")

    @property
    def trace(self) -> str:
        return os.path.join(self.journal, "trace")

    @property
    def home(self) -> str:
        return os.path.join(self.scratch, "home")

    @property
    def scratch(self) -> str:
        return os.path.join(self.directory, "scratch")


@dataclass(frozen=True)
class Ended:
    """How the run ended: `status` as a shell reports it (128 plus the number for a signal)."""

    status: int
    timed_out: bool


class Sandbox(Protocol):
    """One way to hide the rest of the machine."""

    name: str
    title: str
    strength: str
    mode: str

    def problem(self, world: World, room: Room) -> str | None:
        """Why it cannot be used here; None if it can."""

    def place(self, remote: str, room: Room) -> str:
        """The path that the program sees for a remote path."""

    def command(self, world: World, room: Room, program: Program) -> Sequence[str]:
        """The command that runs the program inside."""


def choose(
    sandboxes: Sequence[Sandbox], name: str | None, world: World, room: Room
) -> tuple[Sandbox, list[str]]:
    """The first sandbox that works here, and why those before it do not; or the one called `name`.

    Raises `AutomountError` where that one does not work.
    """
    passed: list[str] = []
    for sandbox in sandboxes:
        if name is not None and name != sandbox.name:
            continue
        problem = sandbox.problem(world, room)
        if problem is None:
            return sandbox, passed
        passed.append(f"{sandbox.title}: {problem}")
    if name is not None and not passed:
        names = ", ".join(sandbox.name for sandbox in sandboxes)
        raise UsageError(f"--sandbox {name}: unknown sandbox", hint=f"valid values: {names}")
    raise AutomountError(
        f"no sandbox can be used here ({'; '.join(passed)})", hint="install bubblewrap", code="no-sandbox"
    )


def prepare(room: Room, world: World, mode: str, own: Sequence[str], local: Sequence[str]) -> str:
    """Writes the files that every Python in the sandbox starts with; returns the directory for PYTHONPATH.

    A copy of the agent starts the lookups behind it and, where the sandbox is not a root directory of its
    own, the guard. So both reach every Python that is recorded, those with an environment of their
    own included. `own` are the directories of the program in the sandbox, `local` those of the project.
    """
    os.makedirs(room.scratch, exist_ok=True)
    os.makedirs(room.home, exist_ok=True)
    shutil.copytree(AGENT, room.agent, dirs_exist_ok=True)
    rules = {
        "own": [*own, *local],
        "unseen": [] if mode == "absent" else list(local),
        "refuse": mode == "refused",
        "readable": [*world.readable, *DEVICES, room.agent, room.tree],
        "writable": [*WRITABLE_DEVICES, room.tree, room.journal, room.scratch],
        "hidden": list(world.hidden),
        "commands": list(world.commands),
    }
    boot = os.path.join(room.agent, "boot")
    shutil.copyfile(guard.__file__, os.path.join(boot, "guard.py"))
    shutil.copyfile(lookups.__file__, os.path.join(boot, "lookups.py"))
    with open(os.path.join(boot, "rules"), "w", encoding="utf-8") as file:
        file.write(ascii(rules))
    start = os.path.join(boot, "sitecustomize.py")
    with open(start, encoding="utf-8") as file:
        text = file.read()
    before, agent, after = text.partition("\n_start(__file__)\n")
    # Behind the agent, which thus sees what the guard refuses, as it sees what the kernel refuses.
    guarding = "" if mode == "absent" else '_begin("guard.py")\n'
    with open(start, "w", encoding="utf-8") as file:
        file.write(f'{_BEGIN}{before}{agent}{guarding}_begin("lookups.py")\ndel _begin\n{after}')
    return boot


# Around the text of the agent's start; silent where that is silent. The names are not the agent's.
_BEGIN = """
def _begin(name):
    import os, sys
    if sys.version_info < (3, 8):
        return
    here = os.path.dirname(os.path.abspath(__file__))
    names = {"__name__": "automount_" + name[:-3], "__builtins__": __builtins__}
    with open(os.path.join(here, name), encoding="utf-8") as file:
        exec(compile(file.read(), "<automount " + name[:-3] + ">", "exec"), names)
    with open(os.path.join(here, "rules"), encoding="utf-8") as file:
        names["start"](eval(file.read(), {"__builtins__": {}}))
"""
# The agent records the run in the sandbox as it recorded the first one.
AGENT = os.path.dirname(BOOT_DIRECTORY)
DEVICES = ("/dev", "/proc")
WRITABLE_DEVICES = ("/dev", "/proc/self")


def environment(program: Program, room: Room, boot: str, *, keep_temporary: bool) -> dict[str, str]:
    """The program's variables: the present ones, with PYTHONPATH and the temporary directory replaced.

    `boot` is the directory in which the agent starts.
    """
    changed = program.environment(os.environ, [boot])
    changed[JOURNAL_VARIABLE] = room.journal
    for name in ("TMPDIR", "TEMP", "TMP"):
        changed.pop(name, None)
    if not keep_temporary:
        changed["TMPDIR"] = room.scratch
        _give_home(changed, room)
    # Bytecode beside the staged files would be looked at as files of the program.
    changed.pop("PYTHONPYCACHEPREFIX", None)
    return changed


def _give_home(environ: dict[str, str], room: Room) -> None:
    """Replaces the home directory by an empty one, as a sandbox with a root of its own has it."""
    home = environ.get("HOME", "")
    if home.startswith("/"):
        # The user site, which is part of the interpreter, is found by the home directory otherwise.
        environ.setdefault("PYTHONUSERBASE", paths.join(paths.normal(home), ".local"))
        environ["HOME"] = room.home
        for name in ("XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME"):
            environ.pop(name, None)


def run(
    command: Sequence[str],
    environ: Mapping[str, str],
    *,
    cwd: str | None,
    timeout: float | None,
    on_start: Callable[[int], None] = lambda _pid: None,
) -> Ended:
    """Runs a sandboxed command. Its output goes to our stderr, since our stdout is for the answer."""
    sys.stdout.flush()
    sys.stderr.flush()
    child = subprocess.Popen(list(command), env=dict(environ), cwd=cwd, stdout=sys.stderr.fileno())
    on_start(child.pid)
    timed_out = False
    try:
        child.wait(timeout)
    except subprocess.TimeoutExpired:
        timed_out = True
        for pid in programs_below(child.pid):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(_KILL_AFTER_SECONDS)
    finally:
        if child.poll() is None:
            child.kill()
            child.wait()
    return Ended(shell_status(child.returncode), timed_out)


def programs_below(pid: int) -> list[int]:
    """The program itself: bubblewrap and strace do not pass signals on, so those below are looked up."""
    try:
        with open(f"/proc/{pid}/comm", encoding="utf-8", errors="replace") as file:
            is_sandbox = file.read().strip() in ("bwrap", "strace")
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
            children = [int(child) for child in file.read().split()]
    except OSError:
        return [pid]
    below = [program for child in children for program in programs_below(child)] if is_sandbox else []
    return below or [pid]


def end(pids: Iterable[int]) -> None:
    """Kills processes of the run that have outlived the program."""
    for pid in pids:
        with contextlib.suppress(OSError):
            os.kill(pid, signal.SIGKILL)


def shell_status(code: int) -> int:
    """A `returncode` as a shell reports it: 128 plus the number for a signal."""
    return 128 - code if code < 0 else code


def works(command: Sequence[str], cwd: str | None = None) -> str | None:
    """None if a probe command succeeds, else its last line of output."""
    try:
        answer = subprocess.run(
            list(command), capture_output=True, stdin=subprocess.DEVNULL, timeout=_PROBE_SECONDS, cwd=cwd
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    if answer.returncode == 0:
        return None
    output = answer.stderr.decode("utf-8", "replace").strip().splitlines()
    return output[-1] if output else f"it ends with status {answer.returncode}"


def hidden_carved(places: Sequence[str], hidden: Sequence[str]) -> tuple[str, ...]:
    """`places` without `hidden`: a directory that contains one of these is replaced by its other entries."""
    found: list[str] = []
    for place in places:
        if any(paths.is_below(place, one) for one in hidden):
            continue
        if not any(paths.is_below(one, place, strictly=True) for one in hidden) or not os.path.isdir(place):
            found.append(place)
            continue
        inside = [one for one in hidden if paths.is_below(one, place)]
        with contextlib.suppress(PermissionError):
            found += hidden_carved([paths.join(place, name) for name in sorted(os.listdir(place))], inside)
    return tuple(found)


TERMINATED = frozenset({shell_status(-number) for number in (signal.SIGTERM, signal.SIGKILL, signal.SIGINT)})
