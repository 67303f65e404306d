"""Finds out from `sys.modules` which modules were loaded, and which loads have failed.

No event shows that a load has ended, or what came into `sys.modules` in some other way. So what is known is
compared with `sys.modules`: the last load at each event, everything at the start and at the exit.
"""

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Dict, List, Set, Tuple

    from automount.agent import frames, specs
    from automount.agent.frames import Requester
    from automount.agent.wire import Writer

    Namespace = Dict[str, Any]
else:
    frames, specs = [globals()["load"](name) for name in ("frames", "specs")]

_Module = type(sys)
_thread = sys.modules["_thread"].get_ident
_ModuleSpec = sys.modules["_frozen_importlib"].ModuleSpec
# The origins of modules that no file contains.
_NO_FILES = ("built-in", "frozen")
absolute, foreign, module_line, text = specs.absolute, frames.foreign, specs.module_line, specs.text


class Sweeps:
    """What is known of the modules of this process, and what `sys.modules` adds to it."""

    def __init__(self, writer):
        # type: (Writer) -> None
        self.writer = writer
        # name -> who asked for it, until it has run
        self.asked = {}  # type: Dict[str, Requester]
        self.last = ""  # the name that was asked for last
        # the name in the last import statement and its requester; the finder is asked for it next
        self.request = frames.NO_REQUEST
        # thread -> the modules whose bodies run in it: name, the globals of who asked. What another thread
        # loads cannot be judged: the import system takes it out of `sys.modules` for a moment.
        self.running = {}  # type: Dict[int, List[Tuple[str, Namespace | None]]]
        # extension modules whose load began: name -> the globals of who asked
        self.libraries = {}  # type: Dict[str, Namespace | None]
        # the names that are in the journal
        # (a dictionary of texts is not traversed by the garbage collector, a set is)
        self.known = {}  # type: Dict[str, None]
        # files whose loading is in the journal already
        self.compiled = set()  # type: Set[str]
        self.requesters = frames.Requesters()
        self.importer = frames.event_source()  # for the audit hook
        # name -> what to do once, soon after it has been loaded
        self.on_loaded = {}  # type: Dict[str, Callable[[], None]]
        self.is_waiting = False  # one of these names is being imported
        # what gives the header lines that were not known at the start
        self.late = None  # type: Callable[[], list[str]] | None
        self.exited = False
        self.path = list(sys.path)

    def settle(self):
        # type: () -> None
        """Distinguishes a module that failed to load from one that the program has removed since."""
        running = self.running.get(_thread())
        if running:
            self.settle_stack(running)
        if self.is_waiting:
            for name in list(self.on_loaded):
                if name in sys.modules:
                    self.is_waiting = False
                    self.on_loaded.pop(name)()

    def settle_stack(self, running):
        # type: (List[Tuple[str, Namespace | None]]) -> None
        """The same for the modules of one thread."""
        while running:
            name, namespace = running[-1]
            if specs.is_loading(name):
                break
            running.pop()
            if name not in sys.modules:
                self.loaded_or_failed(name, namespace)

    def runs(self, name, namespace):
        # type: (str, Namespace | None) -> None
        """The body of a module begins to run; `namespace` are the globals of who asked for it."""
        thread = _thread()
        running = self.running.get(thread)
        if running is None:
            running = self.running[thread] = []
        running.append((name, namespace))

    def loaded_or_failed(self, name, namespace):
        # type: (str, Namespace | None) -> None
        """A load has ended. A successful one has left a reference to the module with the requester."""
        package, _, last = name.rpartition(".")
        # A submodule that was loaded is an attribute of its package.
        if package and specs.holds(sys.modules.get(package), last, name):
            return
        for value in list((namespace or {}).values()):
            kind = type(value)
            if kind is _Module:
                if specs.namespace_of(value).get("__name__") == name:
                    return
                if package and specs.holds(value, last, name):
                    return
            elif (kind is _Function or kind is type) and value.__module__ == name:
                return
        self.writer.write("M\0x\0%s\0\0\0" % name)

    def is_kept(self, name):
        # type: (str) -> bool
        """Whether the module that asked for the extension module `name` still has it."""
        values = list((self.libraries[name] or {}).values())
        return any(type(value) is _Module and value.__dict__.get("__name__") == name for value in values)

    def without_body(self, name):
        # type: (str) -> None
        """Something asks for a part of `name`, whose own code has not run: a namespace package, say."""
        module = sys.modules.get(name)
        if module is not None and name not in self.known:
            lines = self.line_for(name, module)
            self.writer.write_all(lines)

    def already_loaded(self):
        # type: () -> list[str]
        """The lines for what is in `sys.modules` and not in the journal yet."""
        lines = []
        modules, known, asked = sys.modules, self.known, self.asked
        for name in list(modules):
            if name in known or name == "__main__" or type(name) is not str:
                continue
            module = modules.get(name)
            # The ordinary case takes a tenth of the instructions of the other.
            if type(module) is _Module and name not in asked:
                spec = module.__dict__.get("__spec__")  # type: Any
                if type(spec) is _ModuleSpec:
                    origin, places = spec.origin, spec.submodule_search_locations
                    if type(origin) is str and (origin[:1] == "/" or origin in _NO_FILES):
                        line = f"M\0e\0{name}\0{origin}\0\0"
                        if places is None:
                            known[name] = None
                            lines.append(line)
                            continue
                        if type(places) is list and len(places) == 1 and type(places[0]) is str:
                            known[name] = None
                            lines.append(f"{line}\0{places[0]}")
                            continue
            lines += self.line_for(name, module)
        return lines

    def line_for(self, name, module):
        # type: (str, object) -> list[str]
        """The line for a module without an event, as a list; empty where it cannot be inspected."""
        self.known[name] = None
        try:
            # Never getattr: a lazy module would load itself.
            namespace = specs.namespace_of(module)
            spec = specs.spec_of(namespace)
            file = text(getattr(spec, "origin", None)) or text(namespace.get("__file__"))
            if file and getattr(spec, "has_location", True):
                file = absolute(file)
            requester, line, _ = self.asked.pop(name, frames.NOBODY)
            status = "p" if type(module).__name__ == "_LazyModule" else "e"
            return [module_line(status, name, file, requester, line, specs.locations(spec))]
        except BaseException as error:
            if foreign(error):
                raise
            return []

    def declared_lazy(self):
        # type: () -> list[str]
        """The lines for what was declared lazy and never used (PEP 810): it is not in `sys.modules`."""
        lines = []
        for name in list(getattr(sys, "lazy_modules", ())):
            if type(name) is str and name not in sys.modules and name not in self.known:
                lines.append(module_line("l", name, None, None, None, None))
        return lines

    def note_path(self):
        # type: () -> None
        """`sys.path` as it is now."""
        self.path = list(sys.path)
        if self.late is not None:
            late, self.late = self.late, None
            self.writer.write_all(late())
        self.writer.write("\0".join(["P", *[entry for entry in self.path if type(entry) is str]]))

    def sweep(self):
        # type: () -> list[str]
        """The lines for what no event shows: what failed, what came some other way, `sys.path` by now."""
        self.is_waiting = True
        self.settle()
        stacks = list(self.running.values())
        for running in stacks:
            self.settle_stack(running)
        modules = sys.modules
        failed = [name for running in stacks for name, _ in running if name not in modules]
        failed += [name for name in self.libraries if name not in modules and not self.is_kept(name)]
        lines = ["M\0x\0%s\0\0\0" % name for name in failed]
        lines += self.already_loaded() + self.declared_lazy()
        if sys.path != self.path:
            self.note_path()
        return lines

    def at_exit(self):
        # type: () -> None
        """Writes what is only known at the end, once, and that the process has ended."""
        if not self.exited:
            self.exited = True
            self.writer.write_all([*self.sweep(), "Z"])
            self.let_go()

    def let_go(self):
        # type: () -> None
        """Drops the namespaces of requesters, which would outlive their modules when the interpreter ends.

        While `__main__` is referred to, the interpreter must clear each module that it imported by itself,
        which takes 7,000 instructions for each.
        """
        self.request = frames.NO_REQUEST
        self.asked.clear()
        self.running.clear()
        self.libraries.clear()

    def forked(self):
        # type: () -> None
        """This process is a child now; what the parent was about to load does not concern it."""
        self.exited = False
        self.let_go()
        self.compiled.clear()


_Function = type(absolute)
