"""The strong sandbox: a root that contains only the stage, the interpreter and the system (bubblewrap).

Mounts are made in this order: the system, read-only; the stage, at its remote places; the interpreter, which
may be below the stage's place (in the home directory of root); then what must be hidden. A mount point inside
a read-only directory must exist there; where it does not, that directory is composed of its parts instead.
One bind for each file would take quadratic time, so whole directories are bound.
"""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterator, Sequence

from automount import paths
from automount.proving.sandbox import Room, works
from automount.proving.world import World
from automount.shipping.program import Program

# From the most isolated to what a container without privileges still allows; never with a network. Only the
# first has a /proc and process numbers of its own: under the others the program sees the host's processes.
_WAYS = (
    ("--unshare-all", "--proc", "/proc", "--dev", "/dev"),
    (
        "--unshare-user",
        "--unshare-ipc",
        "--unshare-net",
        "--unshare-uts",
        "--ro-bind",
        "/proc",
        "/proc",
        "--dev",
        "/dev",
    ),
    ("--unshare-user", "--unshare-ipc", "--unshare-net", "--unshare-uts", "--dev", "/dev"),
    ("--unshare-net", "--ro-bind", "/proc", "/proc", "--dev-bind", "/dev", "/dev"),
)


class Bubblewrap:
    """`bwrap`, as any user, inside containers too."""

    name = "bwrap"
    title = "bubblewrap"
    mode = "absent"

    def __init__(self) -> None:
        self._way: tuple[str, ...] = ()
        self.strength = "strong"

    def problem(self, world: World, room: Room) -> str | None:
        """Finds a way that works here by running the interpreter in it."""
        program = shutil.which("bwrap")
        if program is None:
            return "bwrap is not installed"
        probe = Program((world.python, "-S", "-c", ""), "/", ())
        first_problem: str | None = None
        for way in _WAYS:
            self._way = (program, "--die-with-parent", *way)
            self.strength = "strong" if way is _WAYS[0] else "medium"
            problem = works(self.command(world, room, probe))
            if problem is None:
                return None
            first_problem = first_problem or problem
        return first_problem

    def place(self, remote: str, room: Room) -> str:
        """The remote path itself."""
        return remote

    def command(self, world: World, room: Room, program: Program) -> Sequence[str]:
        """The whole command line: mounts, working directory, program."""
        root = _Root(world, room)
        return [*self._way, *root.options(), "--chdir", program.cwd, "--", *program.argv]


class _Root:
    """Composes the root, mount by mount."""

    def __init__(self, world: World, room: Room) -> None:
        self.world = world
        self.room = room
        self.done: list[str] = []
        # Target -> source of what is bound read-only; links, made once each.
        self.bound: dict[str, str] = {}
        self.links: set[str] = set()

    def options(self) -> list[str]:
        """bubblewrap's options, in the order of the mounts."""
        first: list[str] = []
        later: list[str] = []
        for place in sorted(self.world.readable, key=_order):
            (later if self._in_stage(place) else first).append(place)
        for place in first:
            self._bring(place)
        self._hide_below(first)
        self.done += ["--tmpfs", "/tmp", "--dir", "/var/tmp", "--dir", "/run", *self._home()]
        self._lay(())
        for place in later:
            self._bring(place)
        self._hide_below(later)
        self.done += ["--ro-bind", self.room.agent, self.room.agent]
        self.done += ["--bind", self.room.journal, self.room.journal]
        return self.done

    def _in_stage(self, place: str) -> bool:
        return any(paths.is_below(place, top) for top in (*self.room.whole, "/tmp"))

    def _home(self) -> list[str]:
        home = os.environ.get("HOME", "")
        if not home.startswith("/") or paths.normal(home) == "/" or self._covered(home) is not None:
            return []
        return ["--dir", paths.normal(home)]

    def _bring(self, place: str) -> None:
        """Makes a path of this machine exist: each link on the way as a link, and its end bound read-only."""
        for link, target in _links(place):
            # A trial run leaves its mount points, and its links, in the stage.
            left = os.path.lexists(self.room.tree + link)
            if self._covered(link) is None and link not in self.links and not left:
                self.links.add(link)
                self.done += ["--symlink", target, link]
        real = os.path.realpath(place)
        if self._covered(real) is None and os.path.exists(real):
            self.bound[real] = real
            self.done += ["--ro-bind", real, real]

    def _covered(self, place: str) -> str | None:
        """The bound directory that shows `place` already."""
        return next((top for top in (place, *paths.ancestors(place)) if top in self.bound), None)

    def _lay(self, above: tuple[str, ...]) -> None:
        """Binds the stage, as few directories as possible."""
        folder = os.path.join(self.room.tree, *above)
        for name in sorted(os.listdir(folder)):
            remote = "/" + "/".join((*above, name))
            source = os.path.join(folder, name)
            if above == () and name == ".automount":
                continue
            is_directory = stat.S_ISDIR(os.lstat(source).st_mode)
            whole = not is_directory or remote in self.room.whole or not self._is_shared(remote)
            if not whole:
                self._lay((*above, name))
                continue
            real = self._real(remote)
            self._make_room(real)
            self.done += ["--bind", source, real]

    def _is_shared(self, remote: str) -> bool:
        """Whether something of this machine is at, below or around a remote directory."""
        real = self._real(remote)
        covered = self._covered(real)
        if covered is not None:
            return os.path.isdir(real)
        inner = any(paths.is_below(top, real) for top in (*self.bound, *self.links))
        return (
            inner
            or any(paths.is_below(top, real, strictly=True) for top in self.room.whole)
            or remote == "/tmp"
        )

    def _real(self, remote: str) -> str:
        """A remote path with the system's links resolved: `/lib/x` is `/usr/lib/x` on a merged system."""
        for link in self.links:
            if paths.is_below(remote, link):
                return paths.join(os.path.realpath(link), paths.relative(remote, link) or "")
        return remote

    def _make_room(self, place: str) -> None:
        """Ensures that `place` can be a mount point inside a directory that is bound read-only."""
        while True:
            top = self._covered(place)
            if top is None or os.path.lexists(place):
                return
            # Composed of its parts, `top` is a directory of our own, in which new names are possible.
            source = self.bound.pop(top)
            self.done += ["--tmpfs", top]
            for name, path in _inside(source):
                target = paths.join(top, name)
                if os.path.islink(path):
                    self.done += ["--symlink", os.readlink(path), target]
                else:
                    self.bound[target] = path
                    self.done += ["--ro-bind", path, target]

    def _hide_below(self, shown: Sequence[str]) -> None:
        gone: set[str] = set()
        for folder in self.world.site_dirs:
            if any(paths.is_below(folder, top) for top in shown):
                gone |= self._rebuild_without(folder)
        for place in self.world.hidden:
            if place in gone or not any(paths.is_below(place, top) for top in shown):
                continue
            if os.path.isdir(place) and not os.path.islink(place):
                self.done += ["--tmpfs", place]
            elif os.path.exists(place):
                self.done += ["--ro-bind", "/dev/null", os.path.realpath(place)]

    def _rebuild_without(self, folder: str) -> set[str]:
        """Composes a site directory of its entries except the hidden ones; returns the hidden ones.

        An empty directory in the place of a hidden `.dist-info` would be a distribution without a name.
        """
        real = os.path.realpath(folder)
        gone = {place for place in self.world.hidden if os.path.realpath(paths.parent(place)) == real}
        gone = {place for place in gone if os.path.lexists(place)}
        if gone:
            names = {paths.name(place) for place in gone}
            self.done += ["--tmpfs", real]
            for name, path in _inside(real):
                if name in names:
                    continue
                target = paths.join(real, name)
                if os.path.islink(path):
                    self.done += ["--symlink", os.readlink(path), target]
                else:
                    self.done += ["--ro-bind", path, target]
        return gone


def _order(place: str) -> tuple[bool, int, str]:
    """Directories first, the outer ones before those inside: most of the rest is in them then."""
    return (os.path.islink(place) or not os.path.isdir(place), len(paths.parts(place)), place)


def _links(place: str) -> Iterator[tuple[str, str]]:
    """Each link on the way to `place`, outermost first, with its target."""
    todo, done = list(paths.parts(place)), "/"
    budget = 64
    while todo and budget:
        here = paths.join(done, todo.pop(0))
        if here.endswith("/.."):
            done = paths.parent(done)
        elif os.path.islink(here):
            budget -= 1
            target = os.readlink(here)
            yield here, target
            if target.startswith("/"):
                done = "/"
            todo = [part for part in target.split("/") if part and part != "."] + todo
        else:
            done = here


def _inside(source: str) -> list[tuple[str, str]]:
    try:
        return [(name, paths.join(source, name)) for name in sorted(os.listdir(source))]
    except PermissionError:
        return []
