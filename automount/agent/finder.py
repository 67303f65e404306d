"""The finder at the front of `sys.meta_path`: it notes who asks for which name, and finds nothing.

The import system then asks the finders behind it exactly as in a plain run: as often, in the same order, for
the same names. Which of them finds the module, and whether its code runs, the audit hook sees (`imports`).
"""

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import ModuleType

    from automount.agent import frames
    from automount.agent.imports import Imports
else:
    frames = globals()["load"]("frames")

_thread = sys.modules["_thread"].get_ident
_Module = type(sys)
_ModuleSpec = sys.modules["_frozen_importlib"].ModuleSpec
NO_REQUEST = frames.NO_REQUEST


class Finder:
    """A path-independent finder (PEP 302, 451) that returns None for every name.

    `busy` holds the threads that are in the agent's code. What they import is not the program's.
    """

    def __init__(self, watch, busy, swallow):
        # type: (Imports, set[int], Callable[[BaseException], None]) -> None
        self._watch = watch
        self._busy = busy
        self._swallow = swallow

    def find_spec(self, name, path=None, target=None):
        # type: (str, Sequence[str] | None, ModuleType | None) -> None
        """Notes the name and who asked for it; returns None."""
        busy = self._busy
        if busy and _thread() in busy:
            return
        watch = self._watch
        try:
            running = watch.running.get(_thread())
            if running:
                # The last load has ended, in most cases well. The spec is not kept until now: programs can
                # count references to it.
                module = sys.modules.get(running[-1][0])
                spec = module.__dict__.get("__spec__") if type(module) is _Module else None
                if type(spec) is not _ModuleSpec:
                    watch.settle()
                elif not getattr(spec, "_initializing", False):
                    running.pop()
                    if running:
                        watch.settle()
            if watch.is_waiting:
                watch.settle()
            watch.last = name
            if "." in name:
                watch.asks_for_part(name)
            imported, requester = watch.request
            if name == imported:
                watch.request = NO_REQUEST
                watch.asked[name] = requester
            else:
                watch.asked[name] = watch.who_asks()
                if name in watch.on_loaded:
                    watch.is_waiting = True
        except BaseException as error:
            self._swallow(error)

    def step_aside(self):
        # type: () -> None
        """Makes `find_spec` a built-in function that does nothing, which no tracer or profiler sees."""
        # The initialiser of an exception takes any arguments and returns None. It keeps the last ones.
        self.__dict__["find_spec"] = Exception().__init__  # type: ignore[misc]


def install(finder):
    # type: (Finder) -> None
    """Puts the finder first."""
    sys.meta_path.insert(0, finder)


def uninstall(finder):
    # type: (Finder) -> None
    """Takes the finder out, wherever the program has moved it."""
    sys.meta_path[:] = [entry for entry in sys.meta_path if entry is not finder]
