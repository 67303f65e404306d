"""Runs at the start of every Python in a sandbox that is not a root directory of its own.

Two things are done here. Directory listings leave out what the sandbox hides: a name that cannot be opened
does not exist elsewhere (Landlock, audit hook). And where nothing else confines the program, an audit hook
(PEP 578) refuses the calls that leave its directories (audit hook).

Standard library only, CPython 3.8 and newer: the text is copied beside the agent and imports nothing of
automount. The file `rules` beside it is a dictionary: `refuse`: whether calls are refused; `readable`,
`writable` and `hidden` are the paths that the program may read or write, and those it may not see.
"""

from __future__ import annotations

import os
import sys

# The same as in typing, without importing it into the program.
TYPE_CHECKING = False
if TYPE_CHECKING:
    import socket
    import weakref
    from collections.abc import Callable, Iterator
    from typing import Any

_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC
# Events of calls that change a name or a property: for each path among the arguments its position and the
# position of the descriptor that it is relative to, or None.
_CHANGES = {
    "os.remove": ((0, 1),),
    "os.rename": ((0, 2), (1, 3)),
    "os.rmdir": ((0, 1),),
    "os.mkdir": ((0, 2),),
    "os.link": ((0, 2), (1, 3)),
    "os.symlink": ((1, 2),),  # its target is only a text until it is followed
    "os.truncate": ((0, None),),
    "os.chmod": ((0, 2),),
    "os.chown": ((0, 3),),
    "os.utime": ((0, 3),),
    "os.chflags": ((0, None),),
    "os.setxattr": ((0, None),),
    "os.removexattr": ((0, None),),
    "guard.mknod": ((0, 1),),
}
_AF_UNIX = 1
_READS = {"os.listdir", "os.scandir", "os.getxattr", "os.listxattr"}


class Guard:
    """The audit hook, and the filter of directory listings."""

    def __init__(self, rules: dict[str, Any]) -> None:
        self._readable = [tuple(path.split("/")) for path in rules["readable"]]
        self._writable = [tuple(path.split("/")) for path in rules["writable"]]
        self._hidden = [tuple(path.split("/")) for path in rules["hidden"]]
        self._bound: list[weakref.ref[socket.socket]] = []
        self._busy = False

    def hook(self, event: str, args: tuple[Any, ...]) -> None:
        """Raises `OSError` for a call that leaves the program's directories."""
        if self._busy:
            return
        if event == "open":
            self._allow(args[0], writes=_is_write(args[1], args[2]))
        elif event in _READS:
            self._allow("." if args[0] is None else args[0])
        elif event == "os.chdir":
            self._allow(args[0], enters=True)
        elif event in _CHANGES:
            for path, directory in _CHANGES[event]:
                relative_to = args[directory] if directory is not None and len(args) > directory else -1
                self._allow(args[path], writes=True, relative_to=relative_to, follow=False)
        elif event == "sqlite3.connect":
            name = args[0]
            if isinstance(name, bytes):
                name = os.fsdecode(name)
            if isinstance(name, str) and name.startswith("file:"):
                name = name[5:].partition("?")[0].partition("#")[0]
            if name and name != ":memory:":
                self._allow(name)
        elif event == "ctypes.dlopen":
            if isinstance(args[0], str) and "/" in args[0]:
                self._allow(args[0])
        elif event in ("os.exec", "os.posix_spawn", "subprocess.Popen"):
            program = _text(args[0])
            if program and "/" in program:
                self._allow(program)
        elif event in ("socket.connect", "socket.sendto", "socket.bind"):
            self._allow_address(event, args[0], args[-1])
        elif event == "socket.getaddrinfo" and not _is_loopback(args[0]):
            raise OSError(101, "Network is unreachable")

    def hides(self, folder: object) -> frozenset[str]:
        """The names in a directory that the program may not see."""
        place = self._place(folder, -1, follow=True)
        parts = tuple(place.split("/")) if place else ()
        return frozenset(hidden[-1] for hidden in self._hidden if hidden[:-1] == parts)

    def _allow_address(self, event: str, sock: socket.socket, address: object) -> None:
        if sock.family == _AF_UNIX:
            if isinstance(address, (str, bytes)) and address[:1] not in ("\0", b"\0", "", b""):
                self._allow(address, writes=True, follow=event != "socket.bind")
            elif event != "socket.bind":
                raise PermissionError(13, "Permission denied")
        elif event == "socket.bind":
            self._bound.append(sys.modules["_weakref"].ref(sock))
        elif isinstance(address, tuple) and not self._is_own(address):
            raise OSError(101, "Network is unreachable")

    def _is_own(self, address: tuple[Any, ...]) -> bool:
        """Whether this process itself listens there."""
        bound = [sock for sock in (reference() for reference in self._bound) if sock is not None]
        ports = [sock.getsockname()[1] for sock in bound if sock.fileno() >= 0]
        return _is_loopback(address[0]) and address[1] in ports

    def _allow(
        self,
        path: object,
        *,
        writes: bool = False,
        enters: bool = False,
        relative_to: int = -1,
        follow: bool = True,
    ) -> None:
        """Raises unless the program may use the path. With `follow`, the end of a link counts.

        It may enter a directory that leads to one of its own, such as `/`.
        """
        try:
            self._busy = True
            place = self._place(path, relative_to, follow=follow)
        except Exception:
            # The call itself raises the error for the path.
            return
        finally:
            self._busy = False
        if place is None or self._may(place, writes) or (enters and self._leads_in(place)):
            return
        if writes:
            raise PermissionError(13, "Permission denied", path)
        raise FileNotFoundError(2, "No such file or directory", path)

    def _may(self, place: str, writes: bool) -> bool:
        parts = tuple(place.split("/"))
        allowed = self._writable if writes else self._readable + self._writable
        return _below(parts, allowed) and not _below(parts, self._hidden)

    def _leads_in(self, place: str) -> bool:
        parts = tuple(place.rstrip("/").split("/"))
        return any(top[: len(parts)] == parts for top in self._readable + self._writable)

    def _place(self, path: object, relative_to: int, *, follow: bool) -> str | None:
        """The path with all links resolved, except, without `follow`, one at its end. None: not a path."""
        if isinstance(path, int):
            # A pipe or a socket has no path.
            text: str | None = os.readlink(f"/proc/self/fd/{path}")
            return text if text is not None and text.startswith("/") else None
        text = _text(path)
        if text is None:
            return None
        if not text.startswith("/"):
            above = f"/proc/self/fd/{relative_to}" if relative_to >= 0 else os.getcwd()
            text = os.path.join(os.path.realpath(above), text)
        if follow:
            return os.path.realpath(text)
        folder, name = os.path.split(text.rstrip("/") or "/")
        return os.path.normpath(os.path.join(os.path.realpath(folder), name))


class _Entries:
    """What `os.scandir` returns, without the names in `left_out`."""

    def __init__(self, entries: Any, left_out: frozenset[str]) -> None:
        self._entries = entries
        self._left_out = left_out
        self.close = entries.close

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        while True:
            entry = next(self._entries)
            if os.fsdecode(entry.name) not in self._left_out:
                return entry

    def __enter__(self) -> _Entries:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def filter_listings(guard: Guard) -> None:
    """Replaces `os.listdir` and `os.scandir`: `importlib.metadata` finds distributions by these."""
    listdir: Callable[..., Any] = os.listdir
    scandir: Callable[..., Any] = os.scandir

    def listdir_without_hidden(path: Any = None) -> Any:
        names = listdir(path)
        left_out = guard.hides("." if path is None else path)
        return [name for name in names if os.fsdecode(name) not in left_out] if left_out else names

    def scandir_without_hidden(path: Any = None) -> Any:
        entries = scandir(path)
        left_out = guard.hides("." if path is None else path)
        return _Entries(entries, left_out) if left_out else entries

    replace_in_os("listdir", listdir_without_hidden)
    replace_in_os("scandir", scandir_without_hidden)


class _BuiltIn:
    """A function that behaves as a built-in one where it is the attribute of a class: it is not bound.

    The class of paths in `pathlib` has `listdir = os.listdir` in it, until Python 3.10.
    """

    def __init__(self, name: str, function: Callable[..., Any]) -> None:
        self.__name__ = self.__qualname__ = name
        self._function = function

    def __call__(self, *args: Any, **options: Any) -> Any:
        return self._function(*args, **options)


def replace_in_os(name: str, function: Callable[..., Any]) -> None:
    """Puts `function` in the place of `os.<name>`, with the name and signature that `os` shows."""
    original, replacement = getattr(os, name), _BuiltIn(name, function)
    for known in (os.supports_dir_fd, os.supports_fd, os.supports_follow_symlinks, os.supports_effective_ids):
        if original in known:
            known.add(replacement)
    setattr(os, name, replacement)


def _announce_nodes() -> None:
    """Lets the hook see `os.mknod` and `os.mkfifo`, for which the interpreter has no events."""
    for name in ("mknod", "mkfifo"):
        original = getattr(os, name)

        def announced(path: Any, *args: Any, _original: Any = original, **options: Any) -> Any:
            sys.audit("guard.mknod", path, options.get("dir_fd") or -1)
            return _original(path, *args, **options)

        replace_in_os(name, announced)


def _is_write(mode: object, flags: object) -> bool:
    if isinstance(mode, str):
        return any(letter in mode for letter in "wax+")
    return isinstance(flags, int) and bool(flags & _WRITES)


def _is_loopback(host: object) -> bool:
    """Whether the host is this machine."""
    if isinstance(host, bytes):
        host = host.decode("ascii", "replace")
    if host is None:
        return True
    return isinstance(host, str) and (host in ("", "::1", "localhost") or host[:4] == "127.")


def _text(path: object) -> str | None:
    if isinstance(path, bytes):
        return os.fsdecode(path)
    if isinstance(path, str):
        return path
    fspath = getattr(type(path), "__fspath__", None)
    return None if fspath is None else os.fsdecode(fspath(path))


def _below(parts: tuple[str, ...], tops: list[tuple[str, ...]]) -> bool:
    return any(parts[: len(top)] == top for top in tops)


def start(rules: dict[str, Any]) -> None:
    """Confines this process."""
    guard = Guard(rules)
    if rules["hidden"]:
        filter_listings(guard)
    if rules["refuse"]:
        _announce_nodes()
        sys.addaudithook(guard.hook)
