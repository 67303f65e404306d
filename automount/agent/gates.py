"""Looks at the caller of a built-in function just before each call, without a frame of ours in it."""

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType
    from typing import Any

    from automount.agent.launches import Launches

    Function = Any  # a built-in function
    Before = Callable[[Function, FrameType], Function]

_getframe = sys._getframe
_Builtin = type(len)


def gate_for(function, before):
    # type: (Function, Before) -> Any
    """A callable in place of `function`: `before(function, frame)` returns what to call, usually `function`.

    It looks like the function: its name, module and type name, for `isinstance`, `pickle` and `copy`.
    """

    def called(self):
        # type: (object) -> Function
        return before(function, _getframe(1))

    contents = {
        # A property: it has returned the function by the time that this is called, so that the call is made
        # from the program's own frame and a failure shows nothing of us.
        "__call__": property(called),
        "__class__": property(lambda self: _Builtin),
        "__getattr__": lambda self, name: getattr(function, name),
        "__reduce_ex__": lambda self, protocol: function.__name__,
        "__repr__": lambda self: repr(function),
        "__eq__": lambda self, other: self is other or other is function,
        "__hash__": lambda self: hash(function),
        "__name__": function.__name__,
        "__qualname__": function.__qualname__,
        "__self__": property(lambda self: function.__self__),
        "__doc__": property(lambda self: function.__doc__),
        "__text_signature__": property(lambda self: function.__text_signature__),
        "_gated": property(lambda self: function),
        "__slots__": (),
    }
    contents["__module__"] = function.__module__
    kind = type("builtin_function_or_method", (), contents)
    return kind()


def gated(value):
    # type: (Any) -> Any
    """The function that `value` represents, None where it is not a gate."""
    return getattr(type(value), "_gated", None) and value._gated


def replace(name, before, gate):
    # type: (str, Before, Callable[[Function, Before], Any]) -> None
    """Puts a gate before the function of this name in `posix` and `os`; nothing where there is none."""
    posix, os = sys.modules["posix"], sys.modules["os"]
    function = getattr(posix, name, None)
    if function is not None and gated(function) is None:
        stand_in = gate(function, before)
        setattr(posix, name, stand_in)
        setattr(os, name, stand_in)


def install(launches, gate=gate_for):
    # type: (Callable[[], Launches], Callable[[Function, Before], Any]) -> None
    """Watches the functions that start a process with an environment of its own.

    `launches` is called for the ledger when one of them is used, and not before.
    """
    for name in ("posix_spawn", "posix_spawnp"):
        replace(name, lambda function, frame: launches().before_spawn(function, frame), gate)
    if "_posixsubprocess" in sys.modules:
        launches().watch_fork_exec()
