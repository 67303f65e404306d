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
    `quiet` do automount's own work, which is nobody's program. Callers see to it that `start` and `stop`
    are not called at once.
    """

    def __init__(self, load, boot):
        names = ("dataevents", "facts", "imports", "launches", "observer", "wire")
        self.parts = {name: load(name) for name in names}
        self.boot = boot
        self.quiet = set()
        self.hooked = False
        self.watch = self.writer = self.launches = self.handlers = None
        self.replaced = []

    def start(self, directory):
        """Records from here on into `directory`. False where that cannot be opened."""
        parts = self.parts
        writer = parts["wire"].Writer(directory)
        if not writer.open():
            return False
        self._guard(writer)
        watch = parts["imports"].Imports(writer)
        writer.write_all([*parts["facts"].started("start", directory), *watch.already_loaded()])
        launches = parts["launches"].Launches(writer, parts["imports"].absolute, _foreign(parts), self.boot)
        directories = parts["facts"].directories()
        data = parts["dataevents"].Data(writer, parts["imports"].absolute, *directories)
        posix.putenv(_JOURNAL, directory)
        posix.putenv(_PATH, launches.path_for(sys.modules["os"].environ.get(_PATH, "")))
        self.watch, self.launches = watch, launches
        self.handlers = {**launches.handlers(), **data.handlers()}
        if not self.hooked:
            self.hooked = True
            posix.register_at_fork(after_in_child=self._forked)
            sys.addaudithook(_audit_hook(self))
        self._replace(_bootstrap, "_find_spec", parts["observer"]._finder(watch, _foreign(parts), writer))
        loaded = parts["observer"]._end_of_load(watch, _foreign(parts), writer)
        self._replace(_bootstrap, "_verbose_message", loaded)
        launches.install()
        watch.on_end["_posixsubprocess"] = launches.watch_fork_exec
        return True

    def stop(self):
        """Leaves the process as it would be without us."""
        writer, self.writer = self.writer, None
        for module, name, before, ours in self.replaced:
            _give_back(module, name, before, ours)
            # `importlib.util` keeps the import system's function under the same name.
            _give_back(sys.modules.get("importlib.util"), name, before, ours)
        self.replaced.clear()
        self._open_gates()
        self._restore_environment()
        self.watch = self.launches = self.handlers = None
        posix.close(writer.fd)

    def flush(self):
        """Brings the journal up to this moment."""
        self.watch.writer.write_all(self.watch.sweep())

    def _guard(self, writer):
        """Gives `writer` its switch: nothing is written for a quiet thread, or after the end."""
        self.writer = writer

        def guarded(write):
            def if_wanted(lines):
                if self.writer is writer and _thread() not in self.quiet:
                    write(lines)

            return if_wanted

        writer.write = guarded(writer.write)
        writer.write_all = guarded(writer.write_all)

    def _replace(self, module, name, ours):
        self.replaced.append((module, name, getattr(module, name), ours))
        setattr(module, name, ours)

    def _open_gates(self):
        """Takes the gates away from the functions that start processes; one that was kept does nothing."""
        for module_name in ("posix", "os", "_posixsubprocess", "subprocess"):
            for name, value in list(vars(sys.modules.get(module_name, object)).items()):
                if type(value) is self.parts["launches"].Gate:
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
        writer, watch = self.writer, self.watch
        if writer is None:
            return
        self.quiet.clear()
        self.parts["observer"]._after_fork(self.parts["facts"], watch, writer)()
        _bootstrap._gcd_import("atexit").register(watch.at_exit)


def _foreign(parts):
    return parts["imports"].foreign


def _let_through(function, _frame):
    return function


def _give_back(module, name, before, ours):
    if getattr(module, name, None) is ours:
        setattr(module, name, before)


def _audit_hook(session):
    """The agent's audit hook with a switch. The handlers look at their caller's caller: no detours here."""
    foreign = _foreign(session.parts)

    def hook(event, args):
        watch = session.watch
        if watch is None or _thread() in session.quiet:
            return
        try:
            if event == "import":
                if args[1] is not None:
                    watch.extension(args[0], args[1])
            elif event == "exec":
                if args[0].co_name == "<module>":
                    watch.ran(args[0])
            elif event == "compile":
                if args[1] is not None:
                    watch.compiles(args[1])
            elif event in session.handlers:
                path = args[0]
                if (
                    event != "open"
                    or type(path) is not str
                    or path[-4:] != ".pyc"
                    and path not in watch.pending
                ):
                    session.handlers[event](args)
        except Exception as error:
            if foreign(error):
                raise
            watch.writer.lose()

    return hook
