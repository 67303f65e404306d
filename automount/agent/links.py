"""Records the symbolic links that the program reads: what is shipped contains no links.

No audit event reports them, so `os.readlink` is called through a gate. `os.path.realpath` calls it for each
link that it resolves.
"""

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType
    from typing import Any, Set

    from automount.agent import gates, specs
    from automount.agent.dataevents import Data
    from automount.agent.gates import Before, Function
else:
    gates, specs = [globals()["load"](name) for name in ("gates", "specs")]

_thread = sys.modules["_thread"].get_ident
_KERNEL = ("/proc/", "/sys/", "/dev/")
# The functions of the standard library that resolve paths; each name is used for nothing else there.
_RESOLVING = ("realpath", "_joinrealpath", "_resolve")


def install(data, gate, busy, swallow):
    # type: (Callable[[], Data], Callable[[Function, Before], Any], Set[int], Callable[[BaseException], None]) -> None
    """Watches `os.readlink`. `data` is called for the data accesses when a link is read, and not before.

    Threads in `busy` do automount's own work.
    """

    def before(function, frame):
        # type: (Function, FrameType) -> Function
        thread = _thread()
        if thread in busy:
            return function

        def readlink(*args, **options):
            # type: (*Any, **Any) -> Any
            target = function(*args, **options)
            busy.add(thread)
            try:
                _note(data, frame, args[0] if args else options["path"], options.get("dir_fd"))
            except BaseException as error:
                swallow(error)
            finally:
                busy.discard(thread)
            return target

        return readlink

    gates.replace("readlink", before, gate)


def _note(data, frame, path, directory):
    # type: (Callable[[], Data], FrameType, Any, Any) -> None
    named = specs.text(path)
    if named is None or named.startswith(_KERNEL):
        return
    action = "readlink"
    if frame.f_globals.get("__name__") in ("posixpath", "pathlib"):
        # Up to Python 3.9, `pathlib` resolves links in a method named `readlink`.
        callers = (frame, frame.f_back) if frame.f_code.co_name == "readlink" else (frame,)
        if any(caller and caller.f_code.co_name in _RESOLVING for caller in callers):
            action = "resolved"
    accesses = data()
    link = accesses.below(directory, named)
    if (action, link) not in accesses.noted:
        accesses.noted.add((action, link))
        accesses.note(action, link, named, accesses.requester(frame, link) or "")
