"""What every sandbox is given and gives back, and which one is taken.

`strong` (bubblewrap): the rest of the machine does not exist, the stage stands at its real place, there is
no network. `medium` (Landlock): the rest cannot be opened, but its names and status can be seen, and the
stage stands at a place of its own; no TCP where the kernel can forbid it. `weak` (an audit hook in the
interpreter): only Python's own calls are refused; C code and other programs go where they like.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from automount import paths
from automount.errors import AutomountError, UsageError
from automount.proving import witness
from automount.proving.world import World
from automount.recorder.running import BOOT_DIRECTORY, JOURNAL_VARIABLE
from automount.shipping.program import Program

_KILL_AFTER_SECONDS = 5.0
_PROBE_SECONDS = 15.0


@dataclass(frozen=True)
class Room:
    """Where a sandboxed run takes place: absolute local directories, all below one of our own.

    `tree` stands for the remote `/` and is writable; `witness` holds what every Python there starts with;
    `notes` is the file that it writes; `journal` takes the journals of the recording; `scratch` is for
    temporary files. `whole` are the remote
    directories that are the program's own, so that nothing of this machine is to be seen in them.
    """

    directory: str
    tree: str
    whole: tuple[str, ...]

    @property
    def witness(self) -> str:
        return os.path.join(self.directory, "witness")

    @property
    def notes(self) -> str:
        return os.path.join(self.directory, "notes", "asked")

    @property
    def journal(self) -> str:
        return os.path.join(self.directory, "journal")

    @property
    def scratch(self) -> str:
        return os.path.join(self.directory, "scratch")


@dataclass(frozen=True)
class Ended:
    """How the run ended: `status` as a shell sees it (128 and the signal's number for a signal)."""

    status: int
    timed_out: bool


class Sandbox(Protocol):
    """One way to take the rest of the machine away."""

    name: str
    title: str
    strength: str
    mode: str

    def problem(self, world: World, room: Room) -> str | None:
        """Why it cannot be used here, None where it can."""

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
        raise UsageError(f"--sandbox {name}: no such sandbox", hint=f"one of: {names}")
    raise AutomountError(
        f"no sandbox can be used here ({'; '.join(passed)})", hint="install bubblewrap", code="no-sandbox"
    )


def prepare(room: Room, world: World, mode: str, tree: str) -> None:
    """Puts the witness and its rules in place."""
    for place in (room.witness, os.path.dirname(room.notes), room.scratch):
        os.makedirs(place, exist_ok=True)
    shutil.copyfile(witness.__file__, os.path.join(room.witness, "sitecustomize.py"))
    rules = {
        "notes": room.notes,
        "mode": mode,
        "readable": [*world.readable, *DEVICES, room.witness, AGENT, tree],
        "writable": [*WRITABLE_DEVICES, tree, os.path.dirname(room.notes), room.journal, room.scratch],
        "hidden": list(world.hidden),
    }
    with open(os.path.join(room.witness, "rules"), "w", encoding="utf-8") as file:
        file.write(ascii(rules))


# The agent records the run in the sandbox as it recorded the first one.
AGENT = os.path.dirname(BOOT_DIRECTORY)
DEVICES = ("/dev", "/proc")
WRITABLE_DEVICES = ("/dev", "/proc/self")


def environment(program: Program, room: Room, *, keep_temporary: bool) -> dict[str, str]:
    """The program's variables: those of now, with PYTHONPATH and the temporary directory set anew."""
    changed = program.environment(os.environ, [BOOT_DIRECTORY, room.witness])
    changed[JOURNAL_VARIABLE] = room.journal
    for name in ("TMPDIR", "TEMP", "TMP"):
        changed.pop(name, None)
    if not keep_temporary:
        changed["TMPDIR"] = room.scratch
    # Bytecode beside the staged files would be looked at as files of the program.
    changed.pop("PYTHONPYCACHEPREFIX", None)
    return changed


def run(
    command: Sequence[str],
    environ: Mapping[str, str],
    *,
    cwd: str | None,
    timeout: float | None,
    on_start: Callable[[int], None] = lambda _pid: None,
) -> Ended:
    """Runs a sandboxed command; what it prints goes to our stderr, as our stdout is for the answer."""
    sys.stdout.flush()
    sys.stderr.flush()
    child = subprocess.Popen(list(command), env=dict(environ), cwd=cwd, stdout=sys.stderr.fileno())
    on_start(child.pid)
    timed_out = False
    try:
        child.wait(timeout)
    except subprocess.TimeoutExpired:
        timed_out = True
        child.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(_KILL_AFTER_SECONDS)
    finally:
        if child.poll() is None:
            child.kill()
            child.wait()
    return Ended(shell_status(child.returncode), timed_out)


def shell_status(code: int) -> int:
    """A `returncode` as a shell has it: 128 and the number for a signal."""
    return 128 - code if code < 0 else code


def works(command: Sequence[str], cwd: str | None = None) -> str | None:
    """None where a probe command succeeds, else the last line it said."""
    try:
        answer = subprocess.run(
            list(command), capture_output=True, stdin=subprocess.DEVNULL, timeout=_PROBE_SECONDS, cwd=cwd
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    if answer.returncode == 0:
        return None
    said = answer.stderr.decode("utf-8", "replace").strip().splitlines()
    return said[-1] if said else f"it ends with status {answer.returncode}"


def hidden_carved(places: Sequence[str], hidden: Sequence[str]) -> tuple[str, ...]:
    """`places` without `hidden`: a directory that holds one of these gives way to what else is in it."""
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
