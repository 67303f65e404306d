"""Looks at the caller of a built-in function just before each call, without a frame of ours in it."""

import sys

_getframe = sys._getframe


class Gate:
    """Stands for `function`; `before(function, frame)` is asked what to call instead, usually `function`.

    `__call__` is a property: it has returned the function by the time that this is called, so that the
    call is made from the program's own frame and a failure shows nothing of us.
    """

    def __init__(self, function, before):
        self._function = function
        self._before = before

    @property
    def __call__(self):
        return self._before(self._function, _getframe(1))

    def __getattr__(self, name):
        return getattr(self._function, name)

    def __repr__(self):
        return repr(self._function)


def install(launches):
    """Watches the functions that start a process with an environment of its own.

    `launches` is called for the ledger when one of them is used, and not before.
    """
    posix, os = sys.modules["posix"], sys.modules["os"]
    for name in ("posix_spawn", "posix_spawnp"):
        function = getattr(posix, name, None)
        if function is not None:
            gate = Gate(function, lambda function, frame: launches().before_spawn(function, frame))
            setattr(posix, name, gate)
            setattr(os, name, gate)
    if "_posixsubprocess" in sys.modules:
        launches().watch_fork_exec()
