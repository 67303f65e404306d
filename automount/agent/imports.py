"""Notes every module whose code begins to run, and who asked for it, without touching one of them.

`observer` calls in here. A spec that was found waits in `pending`; when its body begins to run, one line
is written. Where nobody announced the file (a loader used by hand, `runpy`, `exec(compile(...))`), the
frames tell what it is. `sys.modules` is swept at start (what ran before us) and at exit (what came in some
other way).
"""

import posix
import sys

_bootstrap = sys.modules["_frozen_importlib"]
_external = sys.modules["_frozen_importlib_external"]
_getframe = sys._getframe
_Module = type(sys)

_FIND_AND_LOAD = _bootstrap._find_and_load.__code__
_CALL = _bootstrap._call_with_frames_removed.__code__
# Frames of these only pass a request on; the one behind them has asked.
_INTERNAL = frozenset(
    [
        "_frozen_importlib",
        "_frozen_importlib_external",
        "importlib",
        "importlib._bootstrap",
        "importlib._bootstrap_external",
        "importlib.util",
        "zipimport",
    ]
)
_EXTENSIONS = tuple(_external.EXTENSION_SUFFIXES)
_CURSORS = 4096


def foreign(error):
    """Whether an exception met in our code is the program's own: raised by a signal handler, say."""
    trace = error.__traceback__
    while trace.tb_next is not None:
        trace = trace.tb_next
    return not str(trace.tb_frame.f_globals.get("__name__")).startswith("automount_")


class Imports:
    """What was found and what has run, as this process sees it."""

    def __init__(self, writer):
        self.writer = writer
        self.pending = {}  # file (or name, where there is none) -> name, spec, requester, line
        self.waiting = {}  # name -> the same, for what had to make room while its load went on
        self.begun = set()  # files in `pending` whose loading is in the journal already
        self.finished = {}  # name -> whether its load has come to its end
        self.on_end = {}  # name -> what to do once, when its load has come to its end
        self.cursors = {}
        self.late = None  # what gives header lines that could not be told at the start
        self.ended = False
        self.kept = None  # what must live as long as the interpreter
        self.path = list(sys.path)

    # What the import system tells.

    def found(self, name, spec):
        """`spec` is what the finders gave for `name`; the caller is our `_find_spec`."""
        if self.pending:
            self.flush()
        frame = _getframe(3)
        if frame.f_code is _FIND_AND_LOAD:
            frame = frame.f_back
        else:
            frame = _getframe(2)
        requester, line = self.requester(frame)
        key = spec.origin if spec.has_location else name
        self.pending[key] = (name, spec, requester, line)

    def finished_one(self, name):
        """The load of `name` has come to its end without an error."""
        self.finished[name] = True
        if name in self.on_end:
            self.on_end.pop(name)()
        entry = self.waiting.pop(name, None) if self.waiting else None
        if entry is None and self.pending:
            for key, candidate in list(self.pending.items()):
                if candidate[0] == name:
                    entry = self.pending.pop(key, None)
                    break
        if entry is not None:
            lazy = type(sys.modules.get(name)).__name__ == "_LazyModule"
            self.note("p" if lazy else "e", *entry)

    def ran(self, code):
        """The code of a module's body begins to run."""
        file = code.co_filename
        entry = self.pending.pop(file, None)
        if entry is not None and entry[2] != "runpy":
            self.finished[entry[0]] = False
            self.note("e", *entry)
        elif file[:8] == "<frozen ":
            entry = self.pending.pop(file[8:-1], None)
            if entry is not None:
                self.finished[entry[0]] = False
                self.note("e", *entry)
        elif file[:1] != "<":
            self.unannounced(code, _caller())

    def compiles(self, file):
        """Source text is compiled; if that fails nothing else will tell that it was needed."""
        if type(file) is bytes:
            file = file.decode("utf-8", "surrogateescape")
        entry = self.pending.get(file)
        if entry is not None:
            if file not in self.begun:
                self.begun.add(file)
                self.note("b", *entry)
            return
        frame = _caller()
        while frame is not None and frame.f_globals.get("__name__") in _INTERNAL:
            name = frame.f_locals.get("fullname")
            if type(name) is str:
                self.note_file("b", name, absolute(file), *self.requester(frame), None)
                return
            frame = frame.f_back

    def extension(self, name, file):
        """The dynamic library of an extension module is about to be loaded."""
        entry = self.pending.pop(file, None)
        if entry is not None:
            self.finished[entry[0]] = False
            self.note("e", *entry)
        else:
            self.note_file("e", name, absolute(file), *self.requester(_caller()), None)

    def flush(self):
        """Writes what was found and has not run: only looked for, lazy, or failed before its first line."""
        for key, entry in list(self.pending.items()):
            self.pending.pop(key, None)
            if key in self.begun:
                self.begun.discard(key)
            elif entry[0] in sys.modules:
                self.waiting[entry[0]] = entry
                self.note("p", *entry)
            else:
                self.note("f", *entry)

    # What the frames tell.

    def unannounced(self, code, frame):
        """Code of a file runs that no finder of this moment has named."""
        file = code.co_filename
        if frame is None:
            self.script("e", "main", "__main__", file, None, None)
            return
        namespace = None
        if frame.f_code is _CALL:
            arguments = frame.f_locals.get("args", ())
            if len(arguments) > 1:
                namespace = arguments[1]
        elif frame.f_globals.get("__name__") == "runpy":
            self.run_by_runpy(file, frame)
            return
        else:
            namespace = _namespace_for(frame.f_locals, file)
        requester, line = self.requester(frame)
        if type(namespace) is dict:
            spec = namespace.get("__spec__")
            name = getattr(spec, "name", None) or namespace.get("__name__")
            origin = getattr(spec, "origin", None) or namespace.get("__file__") or file
            if type(name) is str and type(origin) is str:
                entry = self.pending.pop(origin, None)
                if getattr(spec, "_initializing", False):
                    self.finished[name] = False
                elif name not in self.finished:
                    self.finished[name] = True
                if entry is not None and entry[0] == name:
                    requester, line = entry[2:]
                self.note_file("e", name, absolute(origin), requester, line, _locations(spec))
                return
        self.script("e", "file", None, file, requester, line)

    def run_by_runpy(self, file, frame):
        """`python -m`, `run_module` or `run_path`."""
        seen = frame.f_locals
        spec, name = seen.get("mod_spec"), seen.get("mod_name")
        requester, line = self.requester(frame, "runpy")
        if spec is None:
            self.script("e", "file", None, file, requester, line)
            return
        origin = spec.origin or file
        self.pending.pop(origin, None)
        if name == "__main__" and requester is None:
            self.script("e", "module", spec.name, origin, None, None)
        elif spec.name == "__main__":  # `run_path` of a directory or an archive
            self.script("e", "file", None, origin, requester, line)
        else:
            self.note_file("e", spec.name, origin, requester, line, _locations(spec))

    def requester(self, frame, passing=None):
        """The name of the module whose code asked, and the line there; `frame` is the first candidate."""
        while frame is not None:
            name = frame.f_globals.get("__name__")
            if type(name) is not str:
                return None, None
            # Our own start, on behalf of `site`, goes by the import system's file name.
            ours = name == "sitecustomize" and frame.f_code.co_filename[:18] == "<frozen importlib."
            if name not in _INTERNAL and name != passing and not ours:
                return name, self.line(frame)
            frame = frame.f_back
        return None, None

    if hasattr(_FIND_AND_LOAD, "co_lines"):

        def line(self, frame):
            """The line that `frame` is at.

            `f_lineno` decodes the line table from its beginning each time, which is slow in a body of many
            imports; they come in order, so an iterator that stays where it was does the same work once.
            """
            code = frame.f_code
            offset = frame.f_lasti
            cursor = self.cursors.get(id(code))
            if cursor is None or offset < cursor[2]:
                if len(self.cursors) >= _CURSORS:
                    self.cursors.clear()
                self.cursors[id(code)] = cursor = [code, code.co_lines(), 0, 0, None]
            if offset >= cursor[3]:
                for first, end, number in cursor[1]:
                    if offset < end:
                        cursor[2:] = first, end, number
                        break
            return cursor[4]

    else:

        def line(self, frame):
            """The line that `frame` is at."""
            return frame.f_lineno

    # What is written.

    def note(self, status, name, spec, requester, line):
        """Writes what became of a spec."""
        file = spec.origin
        if spec.has_location and file[0] != "/":
            file = absolute(file)
        self.note_file(status, name, file, requester, line, _locations(spec))

    def note_file(self, status, name, file, requester, line, locations):
        self.writer.write(_module_line(status, name, file, requester, line, locations))
        if sys.path != self.path:
            self.note_path()

    def note_path(self):
        self.path = list(sys.path)
        if self.late is not None:
            late, self.late = self.late, None
            self.writer.write_all(late())
        self.writer.write("\0".join(["P", *[entry for entry in self.path if type(entry) is str]]))

    def script(self, status, kind, name, file, requester, line):
        """A file runs as a program, not as a module that was imported."""
        file = absolute(file)
        if kind == "file":
            if not file.endswith((".py", ".pyw")):
                return
            try:
                posix.stat(file)
            except OSError:
                return
        self.writer.write(
            "S\0%s\0%s\0%s\0%s\0%s\0%s" % (status, kind, name or file, file, requester or "", line or "")
        )

    # Sweeps of sys.modules.

    def already_loaded(self):
        """The lines for what is in `sys.modules` and not in the journal yet."""
        lines = []
        for name, module in list(sys.modules.items()):
            if type(name) is not str or name in self.finished or name == "__main__" or module is None:
                continue
            self.finished[name] = True
            try:
                # Never getattr: a lazy module would load itself.
                namespace = object.__getattribute__(module, "__dict__")
            except Exception as error:
                if foreign(error):
                    raise
                continue
            spec = namespace.get("__spec__")
            file = getattr(spec, "origin", None) or namespace.get("__file__")
            if type(file) is str and file[:1] != "/" and getattr(spec, "has_location", True):
                file = absolute(file)
            status = "p" if type(module).__name__ == "_LazyModule" else "e"
            lines.append(_module_line(status, name, file, None, None, _locations(spec)))
        return lines

    def forked(self):
        """This process is a child now; what the parent was about to load is not its business."""
        self.ended = False
        self.pending.clear()
        self.waiting.clear()
        self.begun.clear()

    def at_exit(self):
        """Says what only the end can tell, once, and that it is the end."""
        if not self.ended:
            self.ended = True
            self.writer.write_all([*self.sweep(), "Z"])

    def sweep(self):
        """The lines for what no event tells: what failed, what came some other way, `sys.path` by now."""
        self.flush()
        modules = sys.modules
        lines = [
            "M\0x\0%s\0\0\0" % name
            for name, done in list(self.finished.items())
            if not done and name not in modules
        ]
        lines += self.already_loaded()
        lines.append("\0".join(["P", *[entry for entry in sys.path if type(entry) is str]]))
        return lines


def _caller():
    """The frame that caused the audit event which our caller handles, or None: the interpreter itself."""
    try:
        return _getframe(3)
    except ValueError:
        return None


def absolute(file):
    """`file` as it was written, below the directory the program is in now."""
    if file[:1] == "/":
        return file
    while file[:2] == "./":
        file = file[2:]
    try:
        cwd = posix.getcwd()
    except OSError:
        cwd = ""
    return cwd + "/" + file if file not in ("", ".") else cwd or "/"


def _module_line(status, name, file, requester, line, locations):
    text = "M\0%s\0%s\0%s\0%s\0%s" % (status, name, file or "", requester or "", line or "")
    if locations is not None:
        text = "\0".join([text, *(locations or [""])])
    return text


def _locations(spec):
    """The search locations of a package; None for a module."""
    places = getattr(spec, "submodule_search_locations", None)
    if places is None or type(places) is list:
        return places
    # A namespace's list looks for itself anew when it is read; what it holds now is kept beside.
    places = getattr(places, "_path", places)
    try:
        return [place for place in places if type(place) is str]
    except TypeError:
        return []


def _namespace_for(seen, file):
    """The namespace of the module whose body a loader of its own runs, found among its variables."""
    for value in list(seen.values()):
        if isinstance(value, _Module):
            namespace = object.__getattribute__(value, "__dict__")
            spec = namespace.get("__spec__")
            if getattr(spec, "origin", None) == file or namespace.get("__file__") == file:
                return namespace
    return None
