"""Reads the program's stack: the requester of an import, its line, and the origin of an exception."""

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import CodeType, FrameType
    from typing import Any, Dict, List, Optional, Tuple, Union

    _Range = Tuple[int, int, Optional[int]]
    # The name of the requesting module, the line there, its globals.
    Requester = Tuple[Optional[str], Union[int, str, None], Optional[Dict[str, Any]]]

_getframe = sys._getframe
_VARIABLE = 0x04  # CO_VARARGS
# Offsets in byte code, see `Requesters.line`.
_NEAR, _FAR = 256, 8192
_TABLES = 16  # Each keeps its code object alive.
NOBODY = None, None, None  # type: Requester
# The name in an import statement that the finder is asked for next, and its requester.
NO_REQUEST = "", NOBODY
OURS = "importlib._automount_"
# Frames of these only pass a request on; the requester is behind them.
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
        OURS + "finder",
    ]
)
# Between one of these and the frame that made the request there may be other frames.
INDIRECT = PASSING.union(["sitecustomize"])


def foreign(error):
    # type: (BaseException) -> bool
    """Whether an exception met in our code came from a signal handler of the program, and must go on.

    One that an audit hook of the program raised, on an event that our code caused, must not. Nor must one
    that was raised by a method of a program's object that we inspected.
    """
    try:
        trace = error.__traceback__
        while trace is not None:
            frame = trace.tb_frame
            if not _is_ours(frame):
                return _is_signal_handler(frame)
            trace = trace.tb_next
    except BaseException:
        return False  # a hook refuses even this look
    # Python's own handler of SIGINT has no frame.
    return isinstance(error, KeyboardInterrupt)


def _is_ours(frame):
    # type: (FrameType) -> bool
    """Whether the frame executes code of the agent, or loads a part of it."""
    name = str(frame.f_globals.get("__name__"))
    if name.startswith(OURS) or name == "automount.harness.process":
        return True
    return (
        name in ("sitecustomize", "automount_pth") and frame.f_code.co_filename[:18] == "<frozen importlib."
    )


def _is_signal_handler(frame):
    # type: (FrameType) -> bool
    """Whether the frame is a call with a number and a frame, perhaps as a method."""
    code = frame.f_code
    count = code.co_argcount + bool(code.co_flags & _VARIABLE)
    given = []  # type: List[Any]
    for name in code.co_varnames[:count]:
        value = frame.f_locals.get(name)
        given += value if type(value) is tuple else [value]
    for number, interrupted in zip(given, given[1:]):
        if isinstance(number, int) and type(interrupted) is type(frame):
            return True
    return False


def caller(depth=3):
    # type: (int) -> FrameType | None
    """The frame that caused what our caller handles, or None: the interpreter itself."""
    try:
        return _getframe(depth)
    except ValueError:
        return None


def event_source():
    # type: () -> Callable[[], FrameType]
    """A function that an audit hook calls to get the frame that caused the event.

    `sys._getframe` would be an audit event itself, and costs twice as much. The frame of a generator shows
    who resumes it. In a second thread at the same time it raises ValueError, and once an exception has ended
    the generator, StopIteration.
    """

    if "t" in sys.abiflags:
        # Without the global lock two threads could resume the generator at the same moment.
        return lambda: _getframe(2)
    own = None  # type: Any

    def look():
        # type: () -> Iterator[FrameType]
        while True:
            yield own.f_back.f_back

    generator = look()
    try:
        own = getattr(generator, "gi_frame")
    except BaseException as error:
        if foreign(error):
            raise
        # An audit hook of the program refuses access.
    return generator.__next__


class Requesters:
    """Finds the requester of an import. One per process, since it limits the work for line numbers."""

    def __init__(self):
        # type: () -> None
        self.reach = _FAR
        self.tables = {}  # type: Dict[int, LineTable]
        self.table = None  # type: Optional[LineTable]

    def requester(self, frame, passing=None):
        # type: (FrameType | None, str | None) -> Requester
        """The requesting module as `Requester`; all None if no module requests it."""
        frame = self.asking(frame, passing)
        if frame is None:
            return None, None, None
        namespace = frame.f_globals
        return namespace["__name__"], self.line(frame), namespace

    def asking(self, frame, passing=None):
        # type: (FrameType | None, str | None) -> FrameType | None
        """The first frame that does not only pass a request on, from `frame` upwards."""
        while frame is not None:
            name = frame.f_globals.get("__name__")
            if type(name) is not str:
                return None
            # Our own start, on behalf of `site`, has the import system's file name.
            ours = name == "sitecustomize" and frame.f_code.co_filename[:18] == "<frozen importlib."
            if name not in PASSING and name != passing and not ours:
                return frame
            frame = frame.f_back
        return None

    def line(self, frame):
        # type: (FrameType) -> int | str | None
        """The line that `frame` is at; empty where a hook of the program refuses access to the code.

        The interpreter decodes the line table from its beginning each time, at some 40 instructions per
        byte of code, which in a long body of many requests would cost more than all the rest of us. So it is
        asked for what is near the beginning, and for some of what is far; then `LineTable` is used.
        """
        offset = frame.f_lasti
        if offset < self.reach:
            if offset > _NEAR:
                self.reach = max(_NEAR, self.reach - offset)
            return frame.f_lineno
        try:
            code = frame.f_code
            table = self.table
            if table is None or table.code is not code:
                table = self.table_of(code)
            begin, end, line = table.range
            if not begin <= offset < end:
                if offset < begin:
                    table.rewind()
                for begin, end, line in table.rest:
                    if offset < end:
                        break
                table.range = begin, end, line
                if not begin <= offset < end:
                    return frame.f_lineno  # another thread has used the table meanwhile
            return line
        except BaseException as error:
            if isinstance(error, RecursionError) or foreign(error):
                raise
            return ""

    def table_of(self, code):
        # type: (CodeType) -> LineTable
        """The table of `code`, which is also the next that `line` tries."""
        table = self.tables.get(id(code))
        if table is None:
            if len(self.tables) >= _TABLES:
                self.tables.clear()
            table = self.tables[id(code)] = LineTable(code)
        self.table = table
        return table


class LineTable:
    """The line table of one code object, decoded once, and only as far as it is needed."""

    def __init__(self, code):
        # type: (CodeType) -> None
        self.code = code
        self.rewind()

    def rewind(self):
        # type: () -> None
        """Begins again, for an offset that has been passed."""
        lines = getattr(self.code, "co_lines", None)  # type: Any
        self.rest = lines() if lines is not None else _decoded(self.code)  # type: Iterator[_Range]
        self.range = 0, 0, None  # type: _Range


def _decoded(code):
    # type: (CodeType) -> Iterator[_Range]
    """What `co_lines` gives since 3.10: begin and end of each range of byte code, and its line."""
    begin, line = 0, code.co_firstlineno
    table = code.co_lnotab
    for width, step in zip(table[::2], table[1::2]):
        if width:
            yield begin, begin + width, line
            begin += width
        line += step - 256 if step > 127 else step
    yield begin, len(code.co_code), line
