"""Starts the recorded program as a plain child: same process group, terminal and open files."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Mapping, Sequence

from automount.errors import TargetNotFound, TargetNotRunnable

# Python ignores these signals; like `subprocess`, this restores their default handling in a child.
_RESTORED = [getattr(signal, name) for name in ("SIGPIPE", "SIGXFZ", "SIGXFSZ") if hasattr(signal, name)]
_POLL_SECONDS = 0.005


class Child:
    """A child process that was started: what a recording uses of `subprocess.Popen`."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """The exit status as in `subprocess`: negative for a signal; None while the child runs."""
        if self.returncode is None:
            try:
                pid, status = os.waitpid(self.pid, os.WNOHANG)
            except ChildProcessError:
                # automount inherited an ignored SIGCHLD: the kernel has discarded the status.
                pid, status = self.pid, 0
            if pid == self.pid:
                self.returncode = os.waitstatus_to_exitcode(status)
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Sends a signal, unless the child has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)


TYPE_CHECKING = False
if TYPE_CHECKING:
    import subprocess

    AnyChild = Child | subprocess.Popen[bytes]


def wait_at_most(child: AnyChild, seconds: float) -> None:
    """Waits for the end of the child, or until `seconds` have passed."""
    deadline = time.monotonic() + seconds
    while child.poll() is None and time.monotonic() < deadline:
        time.sleep(_POLL_SECONDS)


def start(command: Sequence[str], cwd: str | None, environment: Mapping[str, str]) -> AnyChild:
    """The started program. Raises `TargetNotFound` and `TargetNotRunnable`."""
    try:
        if cwd is None and os.path.dirname(command[0]):
            # As `subprocess` does it in this case; importing that takes 4 ms before the program starts.
            return Child(os.posix_spawn(command[0], list(command), environment, setsigdef=_RESTORED))
        import subprocess

        # close_fds=False: the program inherits files that the caller left open for it, as without automount.
        return subprocess.Popen(list(command), cwd=cwd, env=dict(environment), close_fds=False)
    except FileNotFoundError as error:
        if cwd is not None and not os.path.isdir(cwd):
            raise TargetNotFound(f"no such directory: {cwd}", hint="check cwd") from error
        hint = "check the name and PATH"
        if "/" not in command[0] and os.path.isfile(os.path.join(cwd or "", command[0])):
            hint = f"for the file in this directory: automount {command[0]}, or automount -- ./{command[0]}"
        raise TargetNotFound(f"command not found: {command[0]}", hint=hint) from error
    except (PermissionError, NotADirectoryError) as error:
        raise TargetNotRunnable(
            f"cannot run {command[0]} ({error.strerror})", hint="check that it is an executable file"
        ) from error
    except OSError as error:
        raise TargetNotRunnable(
            f"cannot run {command[0]} ({error.strerror})", hint="check that it is a program for this machine"
        ) from error
