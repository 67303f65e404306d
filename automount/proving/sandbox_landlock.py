"""The medium sandbox: the kernel refuses to open what is not the program's, to every user (Landlock)."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from automount import paths
from automount.proving import landlock
from automount.proving.sandbox import DEVICES, WRITABLE_DEVICES, Room, hidden_carved, works
from automount.proving.world import World
from automount.shipping.program import Program


class Landlock:
    """A launcher confines itself, then becomes the program."""

    name = "landlock"
    title = "Landlock"
    strength = "medium"
    mode = "denied"

    def problem(self, world: World, room: Room) -> str | None:
        """Whether the kernel has it, found out by running the interpreter in it."""
        if not sys.platform.startswith("linux"):
            return "this is not Linux"
        if landlock.abi() == 0:
            return "the kernel does not support it"
        return works(self._confined(world, room, [world.python, "-S", "-c", ""]))

    def place(self, remote: str, room: Room) -> str:
        """The path below the stage: the root directory is the machine's own."""
        return paths.join(room.tree, remote)

    def command(self, world: World, room: Room, program: Program) -> Sequence[str]:
        """The launcher, its rules, and the program."""
        return self._confined(world, room, program.argv)

    def _confined(self, world: World, room: Room, argv: Sequence[str]) -> list[str]:
        rules = {
            "read": [*hidden_carved(world.readable, world.hidden), *DEVICES, room.agent],
            "write": [*WRITABLE_DEVICES, room.tree, room.journal, room.scratch],
        }
        return [sys.executable, "-I", "-S", landlock.__file__, ascii(rules), *argv]
