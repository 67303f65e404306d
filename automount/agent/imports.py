"""Notes every module whose code begins to run, and who asked for it, without touching one of them.

What the import system finds in order to load it is written at once, by `finds` or here (`found`), and its
file is `announced`: when its code begins to run there is nothing more to say. `ended` tells what succeeded.
What somebody else asked for is `pending` until its code runs or something else is found. Code that nobody
has announced goes the long way, by its frames (`unannounced`). `sys.modules` is swept at start (what ran
before us) and at exit (what came in some other way).
"""

import posix
import sys

_getframe = sys._getframe
_Module = type(sys)
_CALL = sys.modules["_frozen_importlib"]._call_with_frames_removed.__code__
# Offsets in bytecode, see `Imports.line`.
_NEAR, _FAR = 256, 8192
# Frames of these only pass a request on; the one behind them has asked.
PASSING = frozenset(
    [
        "_frozen_importlib",
        "_frozen_importlib_external",
        "importlib",
        "importlib._bootstrap",
        "importlib._bootstrap_external",
        "importlib.util",
        "zipimport",
        "automount_pth",
        "automount_finds",
    ]
)


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
        self.announced = set()  # files that the import system is about to load, their lines written
        self.pending = {}  # what was asked for otherwise, by file or by name: the name, the line
        self.begun = set()  # files in `pending` whose loading is in the journal already
        self.bodies = {}  # name -> whether its body is still running
        self.reach = _FAR  # see `line`
        self.on_end = {}  # name -> what to do once, when its load has come to its end
        self.late = None  # what gives header lines that could not be told at the start
        self.exited = False
        self.path = list(sys.path)

    # What the import system tells.

    def found(self, name, spec, frame, loads, standard=True):
        """The finders gave `spec` for `name`, whatever it is; `frame` is the first that may have asked.

        `loads`: the import system asked, and begins to load it now; else somebody only wants to know.
        `standard`: one of Python's own finders found it.
        """
        requester, line = self.requester(frame)
        file = spec.origin
        located = spec.has_location
        text = module_line("e", name, absolute(file) if located else file, requester, line, _locations(spec))
        if loads and type(spec.loader).__name__ != "LazyLoader":
            self.bodies[name] = True
            if located:
                self.announced.add(file)
            self.write("e" if standard else "u", text)
        else:
            self.pending[file if located else name] = name, text

    def ran(self, code):
        """Code begins to run that nobody has announced."""
        if code.co_name == "<module>":
            self.unannounced(code, _caller())

    def ended(self, name):
        """The load of `name` has come to its end without an error, and there is more to it."""
        if name in self.on_end:
            self.on_end.pop(name)()
        for key, entry in list(self.pending.items()):
            if entry[0] == name:
                self.pending.pop(key, None)
                self.write("p", entry[1])

    def write(self, status, text):
        """Writes the line of a spec that was found, with what became of it."""
        self.writer.write(text if status == "e" else "M\0" + status + text[3:])

    def compiles(self, file):
        """Source text is compiled; if that fails nothing else will tell that it was needed."""
        if type(file) is bytes:
            file = file.decode("utf-8", "surrogateescape")
        if file in self.announced:
            return
        entry = self.pending.get(file)
        if entry is not None:
            if file not in self.begun:
                self.begun.add(file)
                self.write("b", entry[1])
            return
        frame = _caller()
        while frame is not None and frame.f_globals.get("__name__") in PASSING:
            name = frame.f_locals.get("fullname")
            if type(name) is str:
                self.writer.write(module_line("b", name, absolute(file), *self.requester(frame), None))
                return
            frame = frame.f_back

    def extension(self, name, file):
        """The dynamic library of an extension module is about to be loaded."""
        if file in self.announced:
            self.announced.discard(file)
        else:
            self.writer.write(module_line("e", name, absolute(file), *self.requester(_caller()), None))

    def flush(self):
        """Writes what was found and has not run: only looked for, lazy, or failed before its first line."""
        for key, entry in list(self.pending.items()):
            self.pending.pop(key, None)
            if key in self.begun:
                self.begun.discard(key)
            else:
                self.write("p" if entry[0] in sys.modules else "f", entry[1])

    # What the frames tell.

    def unannounced(self, code, frame):
        """Code of a file runs that no finder has just named; `frame` runs it, None is the interpreter."""
        file = code.co_filename
        if frame is None:
            self.bodies["__main__"] = True
            if file[:1] != "<":
                self.script("e", "main", "__main__", file, None, None)
            return
        if file[:1] == "<":
            return
        if frame.f_globals.get("__name__") == "runpy":
            self.run_by_runpy(file, frame)
            return
        if frame.f_code is _CALL:
            arguments = frame.f_locals.get("args", ())
            namespace = arguments[1] if len(arguments) > 1 else None
        else:
            namespace = _namespace_for(frame.f_locals, file)
        requester, line = self.requester(frame)
        if type(namespace) is dict:
            spec = namespace.get("__spec__")
            name = getattr(spec, "name", None) or namespace.get("__name__")
            origin = getattr(spec, "origin", None) or namespace.get("__file__") or file
            if type(name) is str and type(origin) is str:
                self.bodies[name] = bool(getattr(spec, "_initializing", False))
                entry = self.pending.pop(origin, None)
                if entry is not None and entry[0] == name:
                    self.writer.write(entry[1])
                else:
                    places = _locations(spec)
                    self.writer.write(module_line("u", name, absolute(origin), requester, line, places))
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
            text = module_line("e", spec.name, absolute(origin), requester, line, _locations(spec))
            self.writer.write(text)

    def requester(self, frame, passing=None):
        """The name of the module whose code asked, and the line there; `frame` is the first candidate."""
        while frame is not None:
            name = frame.f_globals.get("__name__")
            if type(name) is not str:
                return None, None
            # Our own start, on behalf of `site`, goes by the import system's file name.
            ours = name == "sitecustomize" and frame.f_code.co_filename[:18] == "<frozen importlib."
            if name not in PASSING and name != passing and not ours:
                return name, self.line(frame)
            frame = frame.f_back
        return None, None

    def line(self, frame):
        """The line that `frame` is at; empty where that would take too long to find out.

        The interpreter decodes the line table from its beginning each time, at some 40 instructions per
        byte of code, which in a long body of many requests would cost more than all the rest of us. So
        what is near the beginning is always told, and some of what is far.
        """
        offset = frame.f_lasti
        if offset >= self.reach:
            return ""
        if offset > _NEAR:
            self.reach = max(_NEAR, self.reach - offset)
        return frame.f_lineno

    # What is written otherwise.

    def note_path(self):
        """`sys.path` as it is now."""
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
        rest = "\0".join([name or file, file, requester or "", str(line or "")])
        self.writer.write("\0".join(["S", status, kind, rest]))

    def already_loaded(self):
        """The lines for what is in `sys.modules` and not in the journal yet."""
        lines = []
        modules = sys.modules
        for name in list(modules):
            if name in self.bodies or name == "__main__" or type(name) is not str:
                continue
            module = modules.get(name)
            self.bodies[name] = False
            try:
                # Never getattr: a lazy module would load itself.
                namespace = object.__getattribute__(module, "__dict__")
                spec = namespace.get("__spec__")
                file = getattr(spec, "origin", None) or namespace.get("__file__")
                located = getattr(spec, "has_location", True)
            except Exception as error:
                if foreign(error):
                    raise
                continue
            if type(file) is str and located:
                file = absolute(file)
            status = "p" if type(module).__name__ == "_LazyModule" else "e"
            lines.append(module_line(status, name, file, None, None, _locations(spec)))
        return lines

    def forked(self):
        """This process is a child now; what the parent was about to load is not its business."""
        self.exited = False
        self.pending.clear()
        self.announced.clear()
        self.begun.clear()

    def sweep(self):
        """The lines for what no event tells: what failed, what came some other way, `sys.path` by now."""
        self.flush()
        modules = sys.modules
        running = [name for name, runs in list(self.bodies.items()) if runs]
        lines = ["M\0x\0%s\0\0\0" % name for name in running if name != "__main__" and name not in modules]
        lines += self.already_loaded()
        if sys.path != self.path:
            self.note_path()
        return lines

    def at_exit(self):
        """Says what only the end can tell, once, and that it is the end."""
        if not self.exited:
            self.exited = True
            self.writer.write_all([*self.sweep(), "Z"])


def _caller(depth=3):
    """The frame that caused what our caller handles, or None: the interpreter itself."""
    try:
        return _getframe(depth)
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


def module_line(status, name, file, requester, line, locations):
    """The line that says what became of a module."""
    words = ["M", status, name, file or "", requester or "", str(line or "")]
    if locations is not None:
        words += locations or [""]
    return "\0".join(words)


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
