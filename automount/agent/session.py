"""Records a part of a process's life: starts while the program runs, stops before it ends, leaves no trace.

`observer` starts recording for good. Here it is started and stopped, as often as the harness likes. Stopping
takes the finder out of `sys.meta_path`, and gives the functions that start processes and the C library's
environment their old values back. Two things cannot be taken back, an audit hook and what is called after
a fork. There is one of each per process, from the first start on, and while nothing is recorded they
return at once.
"""

import posix
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType
    from typing import Any, Dict, Set

    from automount.agent.gates import Before, Function
    from automount.agent.observer import Handler

_thread = sys.modules["_thread"].get_ident
# The events before a process is started; `exec` happens in a process that was forked.
_STARTS = ("subprocess.Popen", "os.posix_spawn", "os.system", "os.fork", "os.forkpty")
_JOURNAL, _PATH = "AUTOMOUNT_JOURNAL", "PYTHONPATH"


def recorder_at_work():
    # type: () -> Any
    """The `Imports` that records this interpreter now (it may have been started recorded), or None."""
    for entry in sys.meta_path:
        owner = getattr(entry, "_watch", None)
        if hasattr(owner, "writer") and hasattr(owner, "already_loaded"):
            return owner
    return None


class Session:
    """The recorder of this process; one, for as long as the process lives.

    `load` gives one of the agent's files as a module, `boot` is the directory for PYTHONPATH. Threads in
    `busy` do automount's own work, which is not part of the program. `launching` is called before each start
    or fork of a process. Callers ensure that `start` and `stop`
    are never called at the same time.
    """

    def __init__(self, load, boot, launching):
        # type: (Callable[[str], Any], str, Callable[[], None]) -> None
        self.facts, self.imports, self.finding = load("facts"), load("imports"), load("finder")
        self.observer, self.gates, self.links = load("observer"), load("gates"), load("links")
        self.on = False
        self.busy = set()  # type: Set[int]
        self.wanted = {}  # type: Dict[str, Any]
        self.hook = None  # type: Any
        self.launching = launching
        launches = load("launches")
        self.writer = load("wire").Writer("")
        absolute, foreign = self.imports.absolute, self.imports.foreign
        self.watch = self.imports.Imports(self.writer)
        self.launches = launches.Launches(self.writer, absolute, foreign, boot, self.launch_gate)
        self.data = load("dataevents").Data(self.writer, absolute, *self.facts.directories())
        self.swallow = self.observer.swallower(foreign, self.writer)
        self.finder = self.finding.Finder(self.watch, self.busy, self.swallow)
        self.fresh = [_contents(part) for part in (self.writer, self.watch, self.launches, self.data)]

    def gate(self, function, before):
        # type: (Function, Before) -> Any
        """A replacement for `function` that does nothing else while nothing is recorded."""
        return self.gates.gate_for(function, lambda held, frame: before(held, frame) if self.on else held)

    def launch_gate(self, function, before):
        # type: (Function, Before) -> Any
        """The same for a function that starts a process."""

        def before_launch(held, frame):
            # type: (Function, FrameType) -> Function
            self.before_launch()
            return before(held, frame)

        return self.gate(function, before_launch)

    def before_launch(self):
        # type: () -> None
        """A process is about to be started or forked."""
        was_quiet = self.is_quiet(True)
        try:
            self.launching()
        finally:
            self.is_quiet(was_quiet)

    def start(self, directory):
        # type: (str) -> bool
        """Records from here on into `directory`. False where that cannot be opened."""
        for part, contents in zip((self.writer, self.watch, self.launches, self.data), self.fresh):
            _refill(part, contents)
        self.writer.directory = directory
        if not self.writer.open():
            return False
        self.on = True
        self.watch.path = list(sys.path)
        self.writer.write_all(self.facts.started("start", directory) + self.watch.already_loaded())
        posix.putenv(_JOURNAL, directory)
        posix.putenv(_PATH, self.launches.path_for(sys.modules["os"].environ.get(_PATH, "")))
        self.gates.install(lambda: self.launches, self.launch_gate)
        self.links.install(lambda: self.data, self.gate, self.busy, self.swallow)
        self.watch.on_loaded["_posixsubprocess"] = self.launches.watch_fork_exec
        self._hang_in()
        return True

    def stop(self):
        # type: () -> None
        """Leaves the process as it would be without us."""
        self.on = False
        self.wanted.clear()
        self.finding.uninstall(self.finder)
        self._open_gates()
        self._restore_environment()
        posix.close(self.writer.fd)

    def flush(self):
        # type: () -> None
        """Brings the journal up to this moment."""
        self.writer.write_all(self.watch.sweep())

    def is_quiet(self, quiet):
        # type: (bool) -> bool
        """Sets whether this thread does automount's own work from now on; returns the previous value."""
        thread = _thread()
        before = thread in self.busy
        if quiet:
            self.busy.add(thread)
        else:
            self.busy.discard(thread)
            self.data.noted.clear()  # automount may have read what the program has yet to read
        return before

    def _hang_in(self):
        # type: () -> None
        self.finding.install(self.finder)
        self.wanted.update(self.observer.events(self.watch, self.writer, self.finder))
        self.wanted.update({**self.launches.handlers(), **self.data.handlers()})
        for event in _STARTS:
            self.wanted[event] = self._after_notice(self.wanted.get(event))
        if self.hook is None:
            self.hook = self.observer.audit_hook(
                self.wanted, self.busy, self.swallow, {}, self.imports, self.watch
            )
            posix.register_at_fork(after_in_child=self._forked)
            sys.addaudithook(self.hook)

    def _after_notice(self, handler):
        # type: (Handler | None) -> Handler
        """A handler that calls `before_launch` and then `handler`."""

        def handle(args):
            # type: (tuple[Any, ...]) -> None
            self.before_launch()
            if handler is not None:
                handler(args)

        return handle

    def _open_gates(self):
        # type: () -> None
        """Takes the gates away from the functions that start processes; one that was kept does nothing."""
        for module_name in ("posix", "os", "_posixsubprocess", "subprocess"):
            for name, value in list(vars(sys.modules.get(module_name, object)).items()):
                function = self.gates.gated(value)
                if function is not None:
                    setattr(sys.modules[module_name], name, function)

    def _restore_environment(self):
        # type: () -> None
        """Sets the C library's variables from `os.environ`, which the agent has not changed."""
        environment = sys.modules["os"].environ
        for name in (_JOURNAL, _PATH):
            if name in environment:
                posix.putenv(name, environment[name])
            else:
                posix.unsetenv(name)

    def _ended(self):
        # type: () -> None
        if self.on:
            self.watch.at_exit()

    def _forked(self):
        # type: () -> None
        """A child of the recorded process records itself, to its end."""
        if self.on:
            self.observer.after_fork(self.facts, self.watch, self.writer, self.busy)()
            sys.modules["_frozen_importlib"]._gcd_import("atexit").register(self._ended)


def _contents(part):
    # type: (object) -> dict[str, Any]
    """What a part of the agent holds when it is new."""
    return {
        name: value.copy() if type(value) in (dict, list, set) else value
        for name, value in vars(part).items()
    }


def _refill(part, contents):
    # type: (object, dict[str, Any]) -> None
    """Makes `part` as new. Its containers stay the same objects: the audit hook holds them."""
    for name in set(vars(part)) - set(contents):
        delattr(part, name)
    for name, value in contents.items():
        if type(value) in (dict, list, set):
            held = getattr(part, name)
            if type(held) is type(value):
                held.clear()
                held.extend(value) if type(value) is list else held.update(value)
                continue
            value = value.copy()
        setattr(part, name, value)
