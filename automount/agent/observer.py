"""Starts recording: hangs the agent's parts into the interpreter, leaving everything as it looks.

`sys.meta_path`, loaders, specs and modules stay what they are. What is changed:

- `_find_spec` of the import system becomes the same function, which notes the spec that it returns.
  It sees the find of every finder, wherever that stands; an entry on `sys.meta_path` would not, and the
  program could see it.
- `_verbose_message`, called by the import system at the end of each load (and by default doing nothing),
  tells a module that was removed later from one whose body failed.
- One audit hook: `exec`, `import` and `compile` for modules, the others for data files and launches.
"""

import posix
import sys

_bootstrap = sys.modules["_frozen_importlib"]
_INTERNAL = ("zipimport", "_frozen_importlib_external", "importlib._bootstrap_external")
_getframe = sys._getframe
_LAUNCH_EVENTS = ("subprocess.Popen", "os.exec", "os.posix_spawn", "os.system", "os.putenv", "os.unsetenv")
_DATA_EVENTS = (
    "open",
    "os.listdir",
    "os.scandir",
    "os.mkdir",
    "os.symlink",
    "os.link",
    "os.rename",
    "sqlite3.connect",
    "ctypes.dlopen",
)


def start(load, directory, boot):
    """Records this interpreter from here on, into `directory`. Does nothing where that cannot be opened.

    `load` gives another of the agent's files as a module; `boot` is the directory on PYTHONPATH.
    """
    facts = load("facts")
    imports = load("imports")
    writer = load("wire").Writer(directory)
    if not writer.open():
        writer.lose()
        return
    watch = imports.Imports(writer)
    guard = _Guard(imports.foreign, writer)
    _at_exit(watch)
    writer.write_all([*facts.started(_entry(), directory), *watch.already_loaded()])
    if not facts.site_is_settled():
        watch.late = facts.installed
    gates = load("gates")
    launching, reading = load("launches", later=True), load("dataevents", later=True)
    parts = {}

    def launches():
        if "launches" not in parts:
            make = launching().Launches
            parts["launches"] = make(writer, imports.absolute, imports.foreign, boot, gates.Gate)
        return parts["launches"]

    def data():
        return reading().Data(writer, imports.absolute, *facts.directories())

    gates.install(launches)
    watch.on_end["_posixsubprocess"] = lambda: launches().watch_fork_exec()
    load("finds").install(watch, imports.PASSING, guard)
    handlers = {
        **dict.fromkeys(_LAUNCH_EVENTS, _nothing),
        **dict.fromkeys(_DATA_EVENTS, _nothing),
    }
    makers = {
        **dict.fromkeys(_LAUNCH_EVENTS, lambda: launches().handlers()),
        **dict.fromkeys(_DATA_EVENTS, lambda: data().handlers()),
    }
    sys.addaudithook(_audit_hook(watch, handlers, guard, makers))
    posix.register_at_fork(after_in_child=_after_fork(facts, watch, writer))


class _Guard:
    """What to do with an exception in our code: it is the program's, or it must not be seen."""

    def __init__(self, foreign, writer):
        self.foreign = foreign
        self.lose = writer.lose

    def call(self, function, *args):
        try:
            function(*args)
        except Exception as error:
            if self.foreign(error):
                raise
            self.lose()


def _entry():
    """How this interpreter came to be: "start", or "subinterpreter" where the process had one before."""
    try:
        # Only the main interpreter may set this; at start it is unset anyway.
        sys.modules["_signal"].set_wakeup_fd(-1)
    except (KeyError, ValueError):
        return "subinterpreter"
    return "start"


def _audit_hook(watch, handlers, guard, makers=()):
    """The audit hook. What many programs never need is made by `makers` for the first such event."""
    ran, extension, compiles, script = watch.ran, watch.extension, watch.compiles, watch.script
    announced = watch.announced

    def provide(event):
        make = makers[event]
        if _is_internal(2):
            return
        for name in [name for name, other in makers.items() if other is make]:
            del makers[name]
        handlers.update(make())

    def hook(event, args):
        # In the order of how often they come; `sys._getframe` and `marshal.loads` are our and the import
        # system's own.
        try:
            if event == "import":
                if args[1] is not None:
                    extension(args[0], args[1])
            elif event == "open":
                path = args[0]
                if type(path) is not str or not path.endswith(".pyc") and path not in announced:
                    if event in makers:
                        provide(event)
                    handlers[event](args)
            elif event == "exec":
                file = args[0].co_filename
                if file in announced:
                    announced.discard(file)
                else:
                    ran(args[0])
            elif event == "sys._getframe" or event == "marshal.loads":
                pass
            elif event == "compile":
                if args[1] is not None:
                    compiles(args[1])
            elif event == "cpython.run_file":
                script("b", "main", "__main__", args[0], None, None)
            elif event in handlers:
                if event in makers:
                    provide(event)
                handlers[event](args)
        except Exception as error:
            if guard.foreign(error):
                raise
            guard.lose()

    return hook


def _nothing(args):
    pass


def _is_internal(depth):
    """Whether the interpreter or the import system itself is at that depth: nobody for whom to make parts."""
    try:
        frame = _getframe(depth + 1)
    except ValueError:
        return True
    # `get_data` may serve somebody who wants a resource.
    return frame.f_globals.get("__name__") in _INTERNAL and frame.f_code.co_name != "get_data"


def _after_fork(facts, watch, writer):
    def after_in_child():
        try:
            watch.forked()
            parent = writer.path.rpartition("/")[2]
            if writer.open():
                writer.write_all(facts.forked(parent))
            else:
                writer.lose()
        except Exception:
            writer.lose()

    return after_in_child


def _at_exit(watch):
    """Sees to the exit sweep, with `atexit` in `sys.modules` only if it was there."""
    known = "atexit" in sys.modules
    # Not an import statement: `-X importtime` would print a line for it.
    atexit = _bootstrap._gcd_import("atexit")
    atexit.register(watch.at_exit)
    if not known:
        del sys.modules["atexit"]
        if sys.version_info < (3, 10):
            # There each copy of the module has handlers of its own, and the interpreter calls the last
            # copy's; it does not keep the module alive either.
            watch.kept = atexit

            def again():
                watch.on_end["atexit"] = again
                watch.kept = sys.modules["atexit"]
                watch.kept.register(watch.at_exit)

            watch.on_end["atexit"] = again
