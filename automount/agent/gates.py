"""Calls a function of ours before each call of a built-in function, and adds no frame to the stack for it."""

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType
    from typing import Any, List

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

    if not _kinds:
        _kinds.append(_kind_of_gates())
    gate = _kinds[0]()
    gate._function, gate._before = function, before
    return gate


def _kind_of_gates():
    # type: () -> Any
    """The type of all gates. There is only one, since creating a type takes 100,000 instructions."""

    def called(self):
        # type: (Any) -> Function
        return self._before(self._function, _getframe(1))

    contents = {
        # A property: it has returned the function by the time that this is called, so that the call is made
        # from the program's own frame and a failure shows nothing of us.
        "__call__": property(called),
        "__class__": property(lambda self: _Builtin),
        "__getattr__": lambda self, name: getattr(self._function, name),
        "__reduce_ex__": lambda self, protocol: self._function.__name__,
        "__repr__": lambda self: repr(self._function),
        "__eq__": lambda self, other: self is other or other is self._function,
        "__hash__": lambda self: hash(self._function),
        "_gated": property(lambda self: self._function),
        "__slots__": ("_function", "_before"),
    }
    # These a type has too, so `__getattr__` is not called for them.
    for name in ("__name__", "__module__", "__doc__", "__self__", "__text_signature__"):
        contents[name] = _of_the_function(name)
    return type("builtin_function_or_method", (), contents)


def _of_the_function(name):
    # type: (str) -> property
    return property(lambda self: getattr(self._function, name))


_kinds = []  # type: List[Any]


def gated(value):
    # type: (Any) -> Any
    """The function that `value` represents, None where it is not a gate."""
    return getattr(type(value), "_gated", None) and value._gated


def replace(name, before, gate):
    # type: (str, Before, Callable[[Function, Before], Any]) -> None
    """Puts a gate before the function of this name in `posix` and `os`, if they have it."""
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
