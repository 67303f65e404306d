"""Stands in for the import system's `_find_spec` and `_verbose_message`, and notes what passes there.

Every import of every module comes through here, so this is written for speed: what a plain run does not
do in these two functions is what recording costs. Two things are done in less time than without us, and
pay for most of it: the import lock is taken once for all finders instead of once for each, and the two
finders of built-in and frozen modules are not asked for a name that is neither.
"""

import sys

_bootstrap = sys.modules["_frozen_importlib"]
_external = sys.modules["_frozen_importlib_external"]
_imp = sys.modules["_imp"]
_getframe = sys._getframe


def install(watch, passing, guard):
    """Notes finds and ends of loads in `watch` from now on; modules named in `passing` ask for others."""
    original = _bootstrap._find_spec
    line = _line_of_call(original)
    # Behind `_find_spec` are `_find_and_load_unlocked` and `_find_and_load`.
    _bootstrap._find_spec = _finder(original, line, 3, watch, passing, guard)
    _bootstrap._verbose_message = _end_of_load(watch, guard)

    def watch_util():
        # It takes the function for itself, and often only wants to know.
        util = sys.modules["importlib.util"]
        if util.__dict__.get("_find_spec") in (original, _bootstrap._find_spec):
            util._find_spec = _finder(original, line, 0, watch, passing, guard)

    if "importlib.util" in sys.modules:
        watch_util()
    else:
        watch.on_end["importlib.util"] = watch_util


def _finder(original, line, depth, watch, passing, guard):
    """A `_find_spec`. The import system calls it `depth` frames below who asked; 0 where others call it.

    The finders are called from the very `line` that a traceback would show without us.
    """
    legacy = getattr(_bootstrap, "_find_spec_legacy", None)
    acquire, release = _imp.acquire_lock, _imp.release_lock
    modules = sys.modules
    standard = [_bootstrap.BuiltinImporter, _bootstrap.FrozenImporter, _external.PathFinder]
    by_path = standard[2:]
    path_finder = _external.PathFinder
    special = _names_of_the_first_two()
    loaders = ("SourceFileLoader", "SourcelessFileLoader", "ExtensionFileLoader")
    plain = frozenset([getattr(_external, name) for name in loaders])
    pending, flush, line_of, bodies = watch.pending, watch.flush, watch.line, watch.bodies
    announce, write = watch.announced.add, watch.writer.write

    def _find_spec(name, path, target=None):
        meta_path = sys.meta_path
        if not meta_path:
            return original(name, path, target)
        is_reload = name in modules
        acquire()
        try:
            for finder in by_path if meta_path == standard and name not in special else meta_path:
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
            return getattr(modules[name], "__spec__", None) or spec
        try:
            if pending:
                flush()
            if not depth or type(spec.loader) not in plain or target is not None or finder is not path_finder:
                raise LookupError
            frame = _getframe(depth)
            requester = frame.f_globals["__name__"]
            file = spec.origin
            if requester in passing or spec.submodule_search_locations is not None or file[0] != "/":
                raise LookupError
            bodies[name] = True
            announce(file)
            write(f"M\0e\0{name}\0{file}\0{requester}\0{line_of(frame)}")
            if sys.path != watch.path:
                watch.note_path()
        except Exception as error:
            if guard.foreign(error):
                raise
            is_standard = any(finder is each for each in standard)
            guard.call(watch.found, name, spec, _getframe(1), depth or target is not None, is_standard)
        return spec

    code = _find_spec.__code__
    shift = line - _line_of_call(_find_spec)
    _find_spec.__code__ = code.replace(co_firstlineno=code.co_firstlineno + shift)
    return _find_spec


def _names_of_the_first_two():
    """The names that the finders of built-in and frozen modules may know."""
    frozen = getattr(_imp, "_frozen_module_names", None)
    if frozen is None:
        names = ["zipimport", "__hello__", "__phello__", "__phello__.spam"]
    else:
        names = frozen()
    return frozenset([*sys.builtin_module_names, *names])


def _line_of_call(find_spec):
    """The line on which a `_find_spec` calls a finder: where it is when one raises.

    A copy is asked, in a world of its own: other threads may be importing.
    """
    elsewhere = type(sys)("sys")
    elsewhere.meta_path = [elsewhere]
    elsewhere.modules = ()
    elsewhere.find_spec = _raise
    world = {**find_spec.__globals__, "sys": elsewhere}
    copy = type(find_spec)(find_spec.__code__, world, None, find_spec.__defaults__, find_spec.__closure__)
    try:
        copy("automount", None)
    except NotImplementedError as raised:
        return raised.__traceback__.tb_next.tb_lineno


def _raise(name, path, target):
    raise NotImplementedError


def _end_of_load(watch, guard):
    """A `_verbose_message` that tells of the end of a load, and speaks only if Python is to be verbose."""
    original = _bootstrap._verbose_message if sys.flags.verbose else None
    bodies, on_end, ended = watch.bodies, watch.on_end, watch.ended
    pending = watch.pending

    def _verbose_message(message, name=None, loader=None, other=None, verbosity=1):
        if message == "import {!r} # {!r}":
            try:
                bodies[name] = False
                if pending or name in on_end:
                    ended(name)
            except Exception as error:
                if guard.foreign(error):
                    raise
                guard.lose()

    def _verbose_message_said(message, *args, verbosity=1):
        _verbose_message(message, *args)
        original(message, *args, verbosity=verbosity)

    return _verbose_message if original is None else _verbose_message_said
