"""Starts recording: puts the finder on `sys.meta_path`, adds an audit hook, handles the exit and forks.

Loaders, specs, modules and every function of the import system stay what they are.
"""

import posix
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Dict, List, Set, Union

    from automount.agent.dataevents import Data
    from automount.agent.finder import Finder
    from automount.agent.imports import Imports
    from automount.agent.launches import Launches
    from automount.agent.wire import Writer

    Handler = Callable[[tuple[Any, ...]], None]
    Load = Callable[..., Any]
    Wanted = Dict[str, Union[Handler, None]]
    Swallow = Callable[[BaseException], None]
    Makers = Dict[str, Callable[[], Any]]
    Hook = Callable[[str, tuple[Any, ...]], None]

    # Set by `audit_hook`.
    wanted = {}  # type: Wanted
    busy = set()  # type: Set[int]
    makers = {}  # type: Makers
    awaited = indirect = watch = requesters = None  # type: Any
    foreign = swallow = importer = reads = ran_as_usual = None  # type: Any

_INTERNAL = ("zipimport", "_frozen_importlib_external", "importlib._bootstrap_external")
_getframe = sys._getframe
_thread = sys.modules["_thread"].get_ident
_LAUNCH_EVENTS = (
    "subprocess.Popen",
    "os.exec",
    "os.posix_spawn",
    "os.system",
    "os.putenv",
    "os.unsetenv",
    "os.kill",
    "os.killpg",
)
_DATA_EVENTS = (
    "open",
    "os.listdir",
    "os.scandir",
    "os.chdir",
    "os.mkdir",
    "os.symlink",
    "os.link",
    "os.rename",
    "os.remove",
    "os.rmdir",
    "shutil.rmtree",
    "sqlite3.connect",
    "ctypes.dlopen",
)
_TRACERS = ("sys.settrace", "sys.setprofile", "sys.monitoring.register_callback")


def start(load, directory, boot):
    # type: (Load, str, str) -> None
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
    busy = set()  # type: Set[int]
    swallow = swallower(imports.foreign, writer)
    _at_exit(watch, busy)
    writer.write_all(facts.started(_entry(), directory) + watch.already_loaded())
    if not facts.site_is_settled():
        watch.late = facts.installed
    gates = load("gates")
    launching, reading = load("launches", later=True), load("dataevents", later=True)
    for part in ("removals", "sqlite_uris"):  # of the data events
        load(part, later=True)
    parts = []  # type: List[Launches]
    accesses = []  # type: List[Data]

    def launches():
        # type: () -> Launches
        if not parts:
            make = launching().Launches
            parts.append(make(writer, imports.absolute, imports.foreign, boot, gates.gate_for))
        return parts[0]

    def data():
        # type: () -> Data
        if not accesses:
            accesses.append(reading().Data(writer, imports.absolute, *facts.directories()))
        return accesses[0]

    gates.install(launches)
    load("links").install(data, gates.gate_for, busy, swallow)
    roots = load("roots", later=True)
    gates.replace(
        "chroot", lambda chroot, frame: roots().entering(chroot, writer, busy, swallow), gates.gate_for
    )
    watch.on_loaded["_posixsubprocess"] = lambda: launches().watch_fork_exec()
    finding = load("finder")
    finder = finding.Finder(watch, busy, swallow)
    finding.install(finder)
    wanted = events(watch, writer, finder)
    makers = {}
    for names, make in ((_LAUNCH_EVENTS, launches), (_DATA_EVENTS, data)):
        for name in names:
            wanted[name] = None
            makers[name] = make
    sys.addaudithook(audit_hook(wanted, busy, swallow, makers, imports, watch))
    posix.register_at_fork(after_in_child=after_fork(facts, watch, writer, busy))


def events(watch, writer, finder):
    # type: (Imports, Writer, Finder) -> dict[str, Handler | None]
    """The audit events about modules, with their handlers."""

    def traced(args):
        # type: (tuple[Any, ...]) -> None
        finder.step_aside()

    return {
        "import": watch.imports,
        "exec": watch.ran,
        "compile": watch.compiles,
        "cpython.run_file": watch.runs_file,
        "resource.setrlimit": lambda args: writer.limited(*args),
        "resource.prlimit": lambda args: writer.limited(*args[1:]),
        **dict.fromkeys(_TRACERS, traced),
    }


def swallower(foreign, writer):
    # type: (Callable[[BaseException], bool], Writer) -> Callable[[BaseException], None]
    """How an exception in our code is handled: raised again if it is the program's, else swallowed."""

    def swallow(error):
        # type: (BaseException) -> None
        if sys.version_info < (3, 9) and isinstance(error, RecursionError):
            # These versions abort a program that continues beyond its limit. It would soon reach it anyway.
            raise error
        if foreign(error):
            raise error
        writer.lose()

    return swallow


def audit_hook(wanted, busy, swallow, makers, imports, watch):
    # type: (Wanted, Set[int], Swallow, Makers, Any, Imports) -> Hook
    """The audit hook: calls what `wanted` has for an event, unless it comes from our own code.

    A hook of the program may act on the events that our code causes, and what it does causes events again:
    none of those is handled. What many programs never need is made by `makers` for the first such event.
    """
    # Names of this module, since a function's reference to a variable around it takes time in every call.
    globals().update(
        wanted=wanted,
        busy=busy,
        swallow=swallow,
        makers=makers,
        foreign=imports.foreign,
        indirect=imports.indirect,
        watch=watch,
        awaited=watch.on_loaded,
        requesters=watch.requesters,
        importer=watch.importer,
        reads=watch.reads,
        ran_as_usual=watch.ran_as_usual,
    )
    return _hook


def _hook(event, args):
    # type: (str, tuple[Any, ...]) -> None
    # The events of each import first, and without a mark in `busy`: nothing here causes an event.
    try:
        # In a harness `wanted` is empty while nothing is recorded.
        if event not in wanted:
            return
        if event == "import":
            if busy and _thread() in busy:
                return
            if args[1] is None and args[0] not in awaited:
                # An import statement, or a call of `__import__`: nothing is between it and this function.
                try:
                    frame = importer()
                    namespace = frame.f_globals
                    name = namespace["__name__"]
                    if type(name) is str and name not in indirect:
                        line = requesters.line(frame)
                        watch.request = args[0], (name, line, namespace)
                except (AttributeError, KeyError, StopIteration, ValueError) as error:
                    if foreign(error):
                        raise
                    # The finder will look for the requester.
                return
        elif event == "open":
            if busy and _thread() in busy or reads(args[0]):
                return
        elif event == "exec":
            if busy and _thread() in busy or ran_as_usual(args[0]):
                return
        elif busy and _thread() in busy:
            return
    except BaseException as error:
        swallow(error)
        return
    thread = _thread()
    busy.add(thread)
    try:
        if event in makers:
            _provide(event)
        handler = wanted.get(event)
        if handler is not None:
            handler(args)
    except BaseException as error:
        swallow(error)
    finally:
        busy.discard(thread)


def _provide(event):
    # type: (str) -> None
    """Makes the handlers for a kind of events that has now occurred."""
    if _is_internal(3):
        return
    make = makers.get(event)
    if make is None:
        return  # Another thread has made them meanwhile.
    # First: a signal handler of the program may raise in here, and the next event then tries again.
    wanted.update(make().handlers())
    for name in tuple(makers):
        if makers.get(name) is make:
            makers.pop(name, None)


def _is_internal(depth):
    # type: (int) -> bool
    """Whether the interpreter or the import system itself caused the event, and not the program."""
    try:
        frame = _getframe(depth)
    except ValueError:
        return True
    # `get_data` may serve someone who wants a resource.
    return frame.f_globals.get("__name__") in _INTERNAL and frame.f_code.co_name != "get_data"


def _entry():
    # type: () -> str
    """How this interpreter was created: "start", or "subinterpreter" where the process had one before."""
    try:
        # Only the main interpreter may set this; at start it is unset anyway.
        sys.modules["_signal"].set_wakeup_fd(-1)
    except (KeyError, ValueError):
        return "subinterpreter"
    return "start"


def after_fork(facts, watch, writer, busy):
    # type: (Any, Imports, Writer, set[int]) -> Callable[[], None]
    """What a forked child does first: it begins a journal of its own."""

    def after_in_child():
        # type: () -> None
        busy.clear()
        thread = _thread()
        busy.add(thread)
        try:
            watch.forked()
            parent = writer.path.rpartition("/")[2]
            if writer.open():
                writer.write_all(facts.forked(parent))
                if writer.root:
                    writer.enter(writer.root)
            else:
                writer.lose()
        except Exception:
            writer.lose()
        finally:
            busy.discard(thread)

    return after_in_child


def _at_exit(watch, busy):
    # type: (Imports, set[int]) -> None
    """Registers the exit sweep; `atexit` is in `sys.modules` afterwards only if it was there before."""
    known = "atexit" in sys.modules
    # Not an import statement: `-X importtime` would print a line for it.
    atexit = sys.modules["_frozen_importlib"]._gcd_import("atexit")

    def at_exit():
        # type: () -> None
        busy.add(_thread())
        watch.at_exit()

    atexit.register(at_exit)
    if not known:
        del sys.modules["atexit"]
        if sys.version_info < (3, 10):
            # There each copy of the module has handlers of its own, and the interpreter calls the last
            # copy's; it does not keep the module alive either.
            watch.kept = [atexit]

            def again():
                # type: () -> None
                copy = sys.modules["atexit"]
                copy.register(at_exit)
                watch.kept.append(copy)

            watch.on_loaded["atexit"] = again
