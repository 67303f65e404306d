"""Notes every module whose code begins to run, and what requested it, without touching any of them.

The finder is called with each requested name, and looks up the requester (`asks`). When code of a file begins
to run, the `exec` audit event gives it, and the frame that executes it gives the module's namespace with its
`__spec__`: the exact origin, also of byte code without a source (`ran`). Extension modules have an event
(`imports`). `sys.modules` is swept at the start, for what ran before us, and at exit, for what came in some
other way.
"""

import posix
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import CodeType, FrameType
    from typing import Any, Dict, List, Set, Tuple

    from automount.agent import frames, specs, sweeps
    from automount.agent.frames import Requester
    from automount.agent.wire import Writer

    Namespace = Dict[str, Any]
else:
    frames, specs, sweeps = [globals()["load"](name) for name in ("frames", "specs", "sweeps")]

_getframe = sys._getframe
_thread = sys.modules["_thread"].get_ident
_Module = type(sys)
_IMPORT_SYSTEM = sys.modules["_frozen_importlib"].__dict__
_ModuleSpec = _IMPORT_SYSTEM["ModuleSpec"]
absolute, foreign, caller, indirect = specs.absolute, frames.foreign, frames.caller, frames.INDIRECT
module_line, text, locations, spec_of = specs.module_line, specs.text, specs.locations, specs.spec_of


class Imports(sweeps.Sweeps):
    """What was asked for and what has run, as this process sees it."""

    # Called by the finder.

    def asks_for_part(self, name):
        # type: (str) -> None
        """A submodule is asked for: its package may have no code of its own that runs."""
        holder = name.rpartition(".")[0]
        if holder in self.asked:
            self.without_body(holder)

    def who_asks(self):
        # type: () -> Requester
        """The code that called the finder, from the second frame above upwards."""
        try:
            return self.requesters.requester(_getframe(2))
        except BaseException as error:
            if isinstance(error, RecursionError) or foreign(error):
                raise
            # An audit hook of the program refuses access to the frames, or there are none.
            return None, None, None

    # Called on audit events.

    def ran_as_usual(self, code):
        # type: (CodeType) -> bool
        """Whether the code that begins to run is that of the module which was requested last.

        This is the ordinary case. It inspects no frame, since getting one is an audit event.
        """
        name = self.last
        try:
            module = sys.modules[name]
            if type(module) is not _Module:
                return False
            spec = module.__dict__["__spec__"]
            file = code.co_filename
            if type(spec) is not _ModuleSpec or spec.origin != file or spec.name != name:
                return False
            if not spec._initializing:
                return False
            requester, line, namespace = self.asked.pop(name)
        except (KeyError, AttributeError):
            return False
        self.known[name] = None
        self.runs(name, namespace)
        if requester is None:
            requester = ""
        if spec.submodule_search_locations is None and file[0] == "/":
            self.writer.write(f"M\0e\0{name}\0{file}\0{requester}\0{line or ''}")
        else:
            self.writer.write(module_line("e", name, absolute(file), requester, line, locations(spec)))
        return True

    def ran(self, args):
        # type: (tuple[Any, ...]) -> None
        """Records code that begins to run in any other way."""
        code = args[0]
        if code.co_name != "<module>":
            return
        file = code.co_filename
        try:
            frame = _getframe(2)
        except ValueError:
            if file[:1] != "<":
                self.script("main", "__main__", file)
            return
        except BaseException as error:
            if isinstance(error, RecursionError) or foreign(error):
                raise
            self.ran_unseen(file)
            return
        if file[:1] == "<":
            return
        self.settle()
        try:
            self.ran_from(frame, file)
        except BaseException as error:
            if isinstance(error, RecursionError) or foreign(error):
                raise
            self.ran_unseen(file)

    def reads(self, file, name=None):
        # type: (object, str | None) -> bool
        """Whether the import system opens the file of the module `name`, or of the one asked for last."""
        try:
            module = sys.modules[self.last if name is None else name]
            if type(module) is not _Module:
                return False
            spec = module.__dict__["__spec__"]
            if type(spec) is not _ModuleSpec or type(file) is not str:
                return False
            return file == spec._cached or file == spec.origin  # type: ignore[no-any-return]
        except (KeyError, AttributeError):
            return False

    def ran_from(self, frame, file):
        # type: (FrameType, str) -> None
        """Code of a file begins to run; `frame` executes it."""
        if frame.f_globals is _IMPORT_SYSTEM:
            arguments = frame.f_locals.get("args", ())
            namespace = arguments[1] if len(arguments) > 1 else None
        elif frame.f_globals.get("__name__") == "runpy":
            self.run_by_runpy(file, frame)
            return
        else:
            namespace = specs.namespace_for(frame.f_locals, file)
        if type(namespace) is dict:
            spec = spec_of(namespace)
            name = text(getattr(spec, "name", None)) or text(namespace.get("__name__"))
            if name and (spec is not None or name != "__main__"):
                origin = text(getattr(spec, "origin", None)) or text(namespace.get("__file__")) or file
                self.module_ran(name, spec, origin, frame)
                return
        requester, line, _ = self.requesters.requester(frame)
        self.script("file", None, file, requester, line, anyway=namespace is not None)

    def module_ran(self, name, spec, origin, frame):
        # type: (str, Any, str, FrameType) -> None
        """The body of a module begins to run."""
        entry = self.asked.pop(name, None)
        status = "u" if entry is None else "e"
        requester, line, namespace = entry or self.requesters.requester(frame)
        self.known[name] = None
        if getattr(spec, "_initializing", False):
            # The import system loads it. A loader called by hand leaves no sign of how it ended.
            self.runs(name, namespace)
        self.writer.write(module_line(status, name, absolute(origin), requester, line, locations(spec)))

    def ran_unseen(self, file):
        # type: (str) -> None
        """A hook of the program has refused us the frames: the file, and what was asked for, must do."""
        stem = file.rpartition("/")[2].partition(".")[0]
        if stem == "__init__":
            stem = file.rpartition("/")[0].rpartition("/")[2]
        for name in reversed(list(self.asked)):
            if name.rpartition(".")[2] == stem:
                requester, line, _ = self.asked.pop(name)
                self.known[name] = None
                self.writer.write(module_line("e", name, absolute(file), requester, line, None))
                return
        self.script("file", None, file)

    def compiles(self, args):
        # type: (tuple[Any, ...]) -> None
        """Source text is compiled; if that fails, nothing else shows that it was needed."""
        file = args[1]
        if type(file) is bytes:
            file = file.decode(sys.getfilesystemencoding(), "surrogateescape")
        if type(file) is not str or file[:1] == "<" or file in self.compiled:
            return
        # Once: another thread may ask for another module meanwhile.
        last = self.last
        entry = self.asked.get(last)
        if entry is not None and self.reads(file, last):
            self.compiled.add(file)
            self.writer.write(module_line("b", last, absolute(file), entry[0], entry[1], None))
            return
        frame, name, asked_by = caller(), None, None  # type: FrameType | None, str | None, FrameType | None
        while frame is not None and frame.f_globals.get("__name__") in frames.PASSING:
            if frame.f_code.co_name == "get_filename":
                return  # zipimport compiles a module to find out where it is
            if name is None and type(frame.f_locals.get("fullname")) is str:
                name, asked_by = frame.f_locals["fullname"], frame
            frame = frame.f_back
        if name is not None:
            requester, line, _ = self.asked.get(name) or self.requesters.requester(asked_by)
            self.compiled.add(file)
            self.writer.write(module_line("b", name, absolute(file), requester, line, None))

    def imports(self, args):
        # type: (tuple[Any, ...]) -> None
        """The dynamic library of an extension module is about to be loaded, or only a name is imported."""
        name, file = args[0], args[1]
        if name in self.on_loaded:
            self.is_waiting = True
        if file is not None and type(file) is str:
            entry = self.asked.pop(name) if name in self.asked else self.requesters.requester(caller())
            requester, line, namespace = entry
            self.known[name] = None
            self.libraries[name] = namespace
            self.writer.write(module_line("e", name, absolute(file), requester, line, None))

    def runs_file(self, args):
        # type: (tuple[Any, ...]) -> None
        """The interpreter runs a script."""
        self.script("main", "__main__", args[0], status="b")

    def run_by_runpy(self, file, frame):
        # type: (str, FrameType) -> None
        """`python -m`, `run_module` or `run_path`."""
        seen = frame.f_locals
        spec, name = seen.get("mod_spec"), seen.get("mod_name")
        requester, line, _ = self.requesters.requester(frame, "runpy")
        if spec is None:
            self.script("file", None, file, requester, line, anyway=True)
            return
        origin = text(spec.origin) or file
        self.asked.pop(spec.name, None)
        if name == "__main__" and requester is None:
            self.script("module", spec.name, origin)
        elif spec.name == "__main__":  # `run_path` of a directory or an archive
            self.script("file", None, origin, requester, line, anyway=True)
        else:
            self.writer.write(module_line("e", spec.name, absolute(origin), requester, line, locations(spec)))

    def script(self, kind, name, file, requester=None, line=None, *, status="e", anyway=False):
        # type: (str, str | None, str, str | None, int | str | None, str, bool) -> None
        """A file runs as a program, not as a module that was imported.

        `anyway`: it was given to a runner of programs, so its name need not end like a Python file's.
        """
        file = absolute(file)
        if kind == "file":
            if not anyway and not file.endswith((".py", ".pyw")):
                return
            try:
                posix.stat(file)
            except OSError:
                return
        rest = "\0".join([name or file, file, requester or "", str(line or "")])
        self.writer.write("\0".join(["S", status, kind, rest]))
