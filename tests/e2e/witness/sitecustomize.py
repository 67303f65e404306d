"""Writes down, at its process's end, what a program can see of its interpreter; compared plain and recorded.

It is on PYTHONPATH as a user's own sitecustomize would. `WITNESS` in the environment names the directory for
its reports, one file per process. It uses only modules that every Python has loaded.
"""

import atexit
import os
import sys

STARTED = os.getpid()


def describe():
    main = sys.modules["__main__"]
    yield "argv", sys.argv
    yield "orig_argv", getattr(sys, "orig_argv", None)
    yield "path", sys.path
    yield "flags", sys.flags
    yield "warnoptions", sys.warnoptions
    yield "cwd", os.getcwd()
    for name in sorted(vars(main)):
        if name.startswith("__") and name != "__builtins__":
            yield "main", name, plain(getattr(main, name))
    yield "meta_path", [getattr(finder, "__name__", type(finder).__name__) for finder in sys.meta_path[-3:]]
    yield "path_hooks", [getattr(hook, "__qualname__", type(hook).__name__) for hook in sys.path_hooks]
    yield "path_importer_cache", sorted(sys.path_importer_cache)
    yield "modules", sorted(sys.modules)
    for name in sorted(sys.modules):
        module = sys.modules[name]
        space = object.__getattribute__(module, "__dict__") if isinstance(module, type(sys)) else {}
        yield "module", name, type(module).__name__, space.get("__file__"), plain(space.get("__spec__"))
    yield "hooks", sys.excepthook is sys.__excepthook__, sys.gettrace(), sys.getprofile()
    yield "import", __import__ is __builtins__["__import__"], __import__.__module__
    yield "environ", sorted((k, v) for k, v in os.environ.items() if k not in ("WITNESS", "COVERAGE_RUN"))
    yield "descriptors", [number for number in range(3, 64) if is_open(number)]
    yield "recursion", sys.getrecursionlimit()
    yield "umask", oct(umask())


def plain(value):
    """Text for a value, without an object's address."""
    kind = type(value)
    if kind.__name__ == "ModuleSpec":
        loader = value.loader
        cached = getattr(value, "cached", None)
        return (
            "spec",
            value.name,
            plain(loader),
            value.origin,
            cached,
            plain(value.submodule_search_locations),
        )
    if value is None or kind in (str, int, bool, dict, tuple):
        return repr(value)
    if kind is list:
        return repr(list(map(str, value)))
    if kind is type:
        return "class " + value.__qualname__
    return kind.__module__ + "." + kind.__qualname__


def is_open(number):
    try:
        os.fstat(number)
    except OSError:
        return False
    return True


def umask():
    before = os.umask(0o022)
    os.umask(before)
    return before


def testify():
    if "automount.cli" in sys.modules:
        return  # automount's own process, which the plain run does not have
    # A forked child inherits this; it has its own pid, and says that it was forked.
    lines = [repr(("forked", os.getpid() != STARTED))]
    lines.extend(repr(row) for row in describe())
    place = os.path.join(os.environ["WITNESS"], str(os.getpid()) + ".txt")
    with open(place, "w", encoding="utf-8", errors="backslashreplace") as file:
        file.write("\n".join(lines) + "\n")


if os.environ.get("WITNESS"):
    atexit.register(testify)
