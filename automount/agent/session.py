"""Records a process that lives on: begins in the midst of a program, ends before it, leaves no trace.

`observer` hangs the agent's parts into an interpreter for good. Here they are hung in and taken out again,
as often as the harness likes. Everything that is replaced gets its old value back: `_find_spec` and
`_verbose_message` of the import system, the functions that start processes, the C library's environment.
Two things cannot be taken back, an audit hook and what is called after a fork. There is one of each per
process, from the first start on, and while nothing is recorded they return at once.
"""

import posix
import sys

_bootstrap = sys.modules["_frozen_importlib"]
_thread = sys.modules["_thread"].get_ident
_JOURNAL, _PATH = "AUTOMOUNT_JOURNAL", "PYTHONPATH"


def recorder_at_work():
    """The `Imports` of whoever records this interpreter now (it was started recorded, say), or None."""
    for cell in getattr(_bootstrap._find_spec, "__closure__", None) or ():
        owner = getattr(cell.cell_contents, "__self__", None)
        if hasattr(owner, "writer") and hasattr(owner, "already_loaded"):
            return owner
    return None


class Session:
    """The recorder of this process; one, for as long as the process lives.

    `load` gives one of the agent's files as a module, `boot` is the directory for PYTHONPATH. Threads in
    `quiet` do automount's own work, which is no part of the program. Callers see to it that `start` and
    `stop` are not called at once.
    """

    def __init__(self, load, boot):
        self.facts, self.finds, self.imports = load("facts"), load("finds"), load("imports")
        self.observer = load("observer")
        self.on = False
        self.quiet = set()
        self.replaced = []
        launching = load("launches")
        self.gates = load("gates")
        self.writer = load("wire").Writer("")
        absolute, foreign = self.imports.absolute, self.imports.foreign
        self.watch = self.imports.Imports(self.writer)
        self.launches = launching.Launches(self.writer, absolute, foreign, boot, self.gates.Gate)
        self.data = load("dataevents").Data(self.writer, absolute, *self.facts.directories())
        self.guard = self.observer._Guard(foreign, self.writer)
        self.fresh = [_contents(part) for part in (self.writer, self.watch, self.launches, self.data)]
        self.hook = self.hook_at_work = None

    def start(self, directory):
        """Records from here on into `directory`. False where that cannot be opened."""
        for part, contents in zip((self.writer, self.watch, self.launches, self.data), self.fresh):
            _refill(part, contents)
        self.writer.directory = directory
        if not self.writer.open():
            return False
        self.on = True
        self._guard_writer()
        self.watch.path = list(sys.path)
        self.writer.write_all([*self.facts.started("start", directory), *self.watch.already_loaded()])
        posix.putenv(_JOURNAL, directory)
        posix.putenv(_PATH, self.launches.path_for(sys.modules["os"].environ.get(_PATH, "")))
        self.gates.install(lambda: self.launches)
        self.watch.on_end["_posixsubprocess"] = self.launches.watch_fork_exec
        self._hang_in()
        return True

    def stop(self):
        """Leaves the process as it would be without us."""
        self.on = False
        self.hook.__code__ = _without_effect(self.hook_at_work)
        util = sys.modules.get("importlib.util")
        for module, name, before, ours in self.replaced:
            if getattr(module, name) is ours:
                setattr(module, name, before)
            # It takes the import system's `_find_spec` for itself.
            if _serves(getattr(util, name, None), self.watch):
                setattr(util, name, before)
        self.replaced.clear()
        self._open_gates()
        self._restore_environment()
        posix.close(self.writer.fd)

    def flush(self):
        """Brings the journal up to this moment."""
        self.writer.write_all(self.watch.sweep())

    def is_quiet(self, quiet):
        """Whether this thread's doings are automount's own from here on; what it was before."""
        thread = _thread()
        before = thread in self.quiet
        if quiet:
            self.quiet.add(thread)
        else:
            self.quiet.discard(thread)
            self.data.told.clear()  # automount may have read what the program is still to read
        return before

    def _guard_writer(self):
        """Nothing is written for a quiet thread, or after the end."""

        def guarded(write):
            def if_wanted(lines):
                if self.on and _thread() not in self.quiet:
                    write(lines)

            return if_wanted

        plain = type(self.writer)
        self.writer.write = guarded(plain.write.__get__(self.writer))
        self.writer.write_all = guarded(plain.write_all.__get__(self.writer))

    def _hang_in(self):
        before = dict(vars(_bootstrap))
        self.finds.install(self.watch, self.imports.PASSING, self.guard)
        self.replaced = [
            (_bootstrap, name, value, vars(_bootstrap)[name])
            for name, value in before.items()
            if vars(_bootstrap)[name] is not value
        ]
        if self.hook is None:
            handlers = {**self.launches.handlers(), **self.data.handlers()}
            self.hook = self.observer._audit_hook(self.watch, handlers, self.guard)
            self.hook_at_work = self.hook.__code__
            posix.register_at_fork(after_in_child=self._forked)
            sys.addaudithook(self.hook)
        self.hook.__code__ = self.hook_at_work

    def _open_gates(self):
        """Takes the gates away from the functions that start processes; one that was kept does nothing."""
        for module_name in ("posix", "os", "_posixsubprocess", "subprocess"):
            for name, value in list(vars(sys.modules.get(module_name, object)).items()):
                if type(value) is self.gates.Gate:
                    value._before = _let_through
                    setattr(sys.modules[module_name], name, value._function)

    def _restore_environment(self):
        """Sets the C library's variables to what `os.environ` says, which we have never touched."""
        environment = sys.modules["os"].environ
        for name in (_JOURNAL, _PATH):
            if name in environment:
                posix.putenv(name, environment[name])
            else:
                posix.unsetenv(name)

    def _forked(self):
        """A child of the recorded process records itself, to its end."""
        if self.on:
            self.quiet.clear()
            self.observer._after_fork(self.facts, self.watch, self.writer)()
            _bootstrap._gcd_import("atexit").register(self.watch.at_exit)


def _let_through(function, _frame):
    return function


def _serves(function, watch):
    """Whether `function` is one of ours that reports to `watch`."""
    cells = getattr(function, "__closure__", None) or ()
    return any(getattr(cell.cell_contents, "__self__", None) is watch for cell in cells)


def _without_effect(code):
    """Code that does nothing and can take the place of `code`, the audit hook's, in its function."""

    def hook(event, args):
        pass

    return hook.__code__.replace(co_freevars=code.co_freevars)


def _contents(part):
    """What a part of the agent holds when it is new."""
    return {
        name: value.copy() if type(value) in (dict, list, set) else value
        for name, value in vars(part).items()
    }


def _refill(part, contents):
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
