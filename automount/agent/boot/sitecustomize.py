"""Starts recording in a Python that finds this file first, then steps aside for the user's sitecustomize.

`site` imports it as `sitecustomize`, or a `.pth` line executes it as `automount_pth`. The text must
compile under Python 2.7 and 3.6 and do nothing there: children of a recorded program run under anything.
"""

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType
    from typing import Any, Dict, Optional

_IMPORT_SYSTEM = "<frozen importlib._bootstrap>"

def _hide(here):
    # type: (str) -> Optional[str]
    """Returns the journal directory, or None; removes our variables and paths from what the program sees.

    The variables leave the mapping only: the C library keeps them for the children.
    """
    environment = os.environ  # type: Any
    directory = environment.get("AUTOMOUNT_JOURNAL")  # type: Optional[str]
    boot = os.path.dirname(here)
    sys.path[:] = [entry for entry in sys.path if entry != boot]
    sys.path_importer_cache.pop(boot, None)
    # Python 2 has `data`, keyed by text; Python 3 `_data`, keyed by bytes.
    data = getattr(environment, "_data", None) or environment.data
    _forget(data, "AUTOMOUNT_JOURNAL")
    first, _, rest = environment.get("PYTHONPATH", "").partition(os.pathsep)
    if first and os.path.abspath(first) == boot:
        _forget(data, "PYTHONPATH", rest or None)
    return directory


def _forget(data, name, value=None):
    # type: (Any, str, Optional[str]) -> None
    key = name if sys.version_info[0] == 2 else os.fsencode(name)
    if value is not None:
        data[key] = value if sys.version_info[0] == 2 else os.fsencode(value)
    else:
        data.pop(key, None)


def _leave_note(directory):
    # type: (str) -> None
    """Records in the journal that this process runs under a Python that cannot be recorded."""
    fields = (
        ("format", "1"),
        ("pid", str(os.getpid())),
        ("ppid", str(os.getppid())),
        ("entry", "unsupported"),
        ("version", "%d.%d.%d" % sys.version_info[:3]),
        ("executable", sys.executable or ""),
    )
    text = "".join("H\0%s\0%s\n" % field for field in fields)
    data = text if sys.version_info[0] == 2 else text.encode("utf-8", "surrogateescape")  # type: Any
    for number in range(1000):
        path = os.path.join(directory, "%d.%d.journal" % (os.getpid(), number))
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 384)
        except OSError:
            if os.path.exists(path):
                continue
            return
        os.write(descriptor, data)
        os.close(descriptor)
        return


def _loader(agent):
    # type: (str) -> Callable[..., Any]
    """Returns a function that loads one file of the agent, as a module that never enters `sys.modules`.

    Each is loaded once, and finds the function among its own names. With `later` a function that gives the
    module. What it needs is read now: by then the program may be another user, or in another root directory, or
    listen to the audit event.
    """
    loaded = {}  # type: Dict[str, ModuleType]
    waiting = {}  # type: Dict[str, Callable[[], ModuleType]]

    def load(name, later=False):
        # type: (str, bool) -> Any
        if name in loaded and not later:
            return loaded[name]
        if name in waiting:
            return waiting[name] if later else waiting[name]()
        path = agent + "/" + name + ".py"
        read = _cached(path, agent + "/__pycache__/" + name + "." + sys.implementation.cache_tag + ".pyc")
        if read is None:
            loader = sys.modules["_frozen_importlib_external"].SourceFileLoader("automount_" + name, path)
            code = loader.get_code("automount_" + name)
        else:
            code = None

        def module():
            # type: () -> ModuleType
            if name in loaded:
                return loaded[name]
            made = type(sys)("importlib._automount_" + name)
            # The code has the import system's file name: tracebacks and warnings leave such frames out,
            # and coverage and profilers count no file of ours.
            body = read() if read is not None else code
            sys.modules["_imp"]._fix_co_filename(body, _IMPORT_SYSTEM)
            # As a function: `exec` would be an audit event, and the program may listen.
            made.__dict__["__builtins__"] = sys.modules["builtins"]
            made.__dict__["load"] = load
            function = type(_cached)  # type: Any
            function(body, made.__dict__)()
            # Last: where a signal handler of the program raises in here, the next call begins again.
            # Several threads may do this at once: all get the same module.
            return loaded.setdefault(name, made)

        if not later:
            return module()
        waiting[name] = module
        return module

    return load


def _cached(source, cache):
    # type: (str, str) -> Any
    """What gives the code in a `.pyc` that belongs to the source, as the import system would; else None.

    By hand, since the import system's own way takes five times as long as all the rest of loading.
    """
    posix = sys.modules["posix"]
    try:
        stat = posix.stat(source)
        descriptor = posix.open(cache, posix.O_RDONLY | posix.O_CLOEXEC)
        try:
            # A larger buffer would be mapped and unmapped.
            data = posix.read(descriptor, 1 << 16)
        finally:
            posix.close(descriptor)
    except OSError:
        return None
    words = [int(stat.st_mtime) & 0xFFFFFFFF, stat.st_size & 0xFFFFFFFF]
    header = b"\0\0\0\0" + b"".join([word.to_bytes(4, "little") for word in words])
    if len(data) == 1 << 16 or data[:4] != sys.modules["_frozen_importlib_external"].MAGIC_NUMBER or data[4:16] != header:
        return None
    return lambda: sys.modules["marshal"].loads(memoryview(data)[16:])


def _of_an_ancestor(boot):
    # type: (str) -> Optional[str]
    """Returns the journal directory that an ancestor process is recorded into, or None.

    The C library's environment then gets the two variables for this process's children.
    """
    ancestors = _loader(os.path.dirname(boot))("ancestors")
    directory = ancestors.journal("/tmp/automount-recordings-%d" % os.getuid())  # type: Optional[str]
    if directory:
        before = os.environ.get("PYTHONPATH")
        posix = sys.modules["posix"]
        posix.putenv("AUTOMOUNT_JOURNAL", directory)
        posix.putenv("PYTHONPATH", boot + os.pathsep + before if before else boot)
    return directory


def _start(here):
    # type: (str) -> None
    try:
        directory = _hide(here)
        if not directory and sys.version_info[:2] == (3, 8):
            # A sub-interpreter shares the mapping that we took our variables from.
            with open("/proc/self/environ", "rb") as initial:
                found = [word for word in initial.read().split(b"\0") if word.startswith(b"AUTOMOUNT_JOURNAL=")]
            directory = os.fsdecode(found[0].partition(b"=")[2]) if found else None
        if not directory and __name__ == "automount_pth" and sys.version_info >= (3, 8):
            directory = _of_an_ancestor(os.path.dirname(here))
        if not directory:
            return
        if sys.version_info < (3, 8):
            _leave_note(directory)
            return
        boot = os.path.dirname(here)
        load = _loader(os.path.dirname(boot))
        load("observer").start(load, directory, boot)
    except Exception:
        # Whatever is wrong with the journal or with us, the program must not notice.
        pass


if __name__ == "sitecustomize" and sys.version_info[0] > 2:
    # Before the sweep of what is loaded already: we are not part of the program.
    del sys.modules["sitecustomize"]

_start(__file__)

if __name__ == "sitecustomize":
    # The file that we hid, if there is one, becomes `sys.modules["sitecustomize"]`; if there is none, the
    # ImportError is what `site` would have met without us.
    if sys.version_info[0] == 2:
        del sys.modules["sitecustomize"]
        import sitecustomize
    else:
        sys.modules["_imp"]._fix_co_filename(sys._getframe().f_code, _IMPORT_SYSTEM)
        # Not an import statement: `-X importtime` would print a line of its own for it.
        sys.modules["_frozen_importlib"]._gcd_import("sitecustomize")
