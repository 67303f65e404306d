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
_DONE = "import {!r} # {!r}"


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
    _at_exit(watch)
    writer.write_all([*facts.started(_entry(), directory), *watch.already_loaded()])
    if not facts.site_is_settled():
        watch.late = facts.installed
    _bootstrap._find_spec = _finder(watch, imports.foreign, writer)
    _bootstrap._verbose_message = _end_of_load(watch, imports.foreign, writer)
    launches = load("launches").Launches(writer, imports.absolute, imports.foreign, boot)
    launches.install()
    watch.on_end["_posixsubprocess"] = launches.watch_fork_exec
    data = load("dataevents").Data(writer, imports.absolute, *facts.directories())
    handlers = {**launches.handlers(), **data.handlers()}
    sys.addaudithook(_audit_hook(watch, handlers, imports.foreign, writer))
    posix.register_at_fork(after_in_child=_after_fork(facts, watch, writer))


def _entry():
    """How this interpreter came to be: "start", or "subinterpreter" where the process had one before."""
    try:
        # Only the main interpreter may set this; at start it is unset anyway.
        sys.modules["_signal"].set_wakeup_fd(-1)
    except (KeyError, ValueError):
        return "subinterpreter"
    return "start"


def _finder(watch, foreign, writer):
    """The import system's `_find_spec`, with a note of what was found.

    The finders are called from the very line number that a traceback would show without us.
    """
    original = _bootstrap._find_spec
    legacy = getattr(_bootstrap, "_find_spec_legacy", None)
    acquire, release = sys.modules["_imp"].acquire_lock, sys.modules["_imp"].release_lock
    modules = sys.modules
    found = watch.found

    def _find_spec(name, path, target=None):
        meta_path = sys.meta_path
        if not meta_path:
            return original(name, path, target)
        is_reload = name in modules
        acquire()
        try:
            for finder in meta_path:
                try:
                    find_spec = finder.find_spec
                except AttributeError:
                    if legacy is None:
                        continue
                    spec = legacy(finder, name, path)
                else:
                    spec = find_spec(name, path, target)
                if spec is not None:
                    break
            else:
                return None
        finally:
            release()
        if not is_reload and name in modules:
            # A finder has imported it in passing.
            spec = getattr(modules[name], "__spec__", None) or spec
        else:
            try:
                found(name, spec)
            except Exception as error:
                if foreign(error):
                    raise
                writer.lose()
        return spec

    shift = _line_of_call(original) - _line_of_call(_find_spec)
    code = _find_spec.__code__
    _find_spec.__code__ = code.replace(co_firstlineno=code.co_firstlineno + shift)
    return _find_spec


def _line_of_call(find_spec):
    """The line on which a `_find_spec` calls a finder: where it is when one raises.

    A copy is asked, in a world of its own: other threads may be importing.
    """
    world = {**find_spec.__globals__, "sys": _Elsewhere}
    copy = type(find_spec)(find_spec.__code__, world, None, find_spec.__defaults__, find_spec.__closure__)
    try:
        copy("automount", None)
    except _Raised as raised:
        return raised.__traceback__.tb_next.tb_lineno


class _Raised(Exception):
    pass


class _Raising:
    @staticmethod
    def find_spec(name, path, target):
        raise _Raised


class _Elsewhere:
    meta_path = (_Raising,)
    modules = ()


def _end_of_load(watch, foreign, writer):
    original = _bootstrap._verbose_message if sys.flags.verbose else None
    finished = watch.finished_one

    def _verbose_message(message, *args, verbosity=1):
        if message == _DONE:
            try:
                finished(args[0])
            except Exception as error:
                if foreign(error):
                    raise
                writer.lose()
        if original is not None:
            original(message, *args, verbosity=verbosity)

    return _verbose_message


def _audit_hook(watch, handlers, foreign, writer):
    ran, extension, compiles, script = watch.ran, watch.extension, watch.compiles, watch.script
    opened, pending = handlers["open"], watch.pending

    def hook(event, args):
        try:
            if event == "import":
                if args[1] is not None:
                    extension(args[0], args[1])
            elif event == "exec":
                code = args[0]
                if code.co_name == "<module>":
                    ran(code)
            elif event == "open":
                path = args[0]
                if type(path) is not str or path[-4:] != ".pyc" and path not in pending:
                    opened(args)
            elif event == "compile":
                if args[1] is not None:
                    compiles(args[1])
            elif event == "cpython.run_file":
                script("b", "main", "__main__", args[0], None, None)
            elif event in handlers:
                handlers[event](args)
        except Exception as error:
            if foreign(error):
                raise
            writer.lose()

    return hook


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
