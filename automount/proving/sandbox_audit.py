"""The weak sandbox: the guard refuses Python's own calls that leave the program's directories."""

from __future__ import annotations

from collections.abc import Sequence

from automount import paths
from automount.proving.sandbox import Room
from automount.proving.world import World
from automount.shipping.program import Program


class Audit:
    """An audit hook in every Python of the program (PEP 578)."""

    name = "audit"
    title = "audit hook"
    strength = "weak"
    mode = "refused"

    def problem(self, world: World, room: Room) -> str | None:
        """None: it works everywhere."""
        return None

    def place(self, remote: str, room: Room) -> str:
        """The path below the stage: the root directory is the machine's own."""
        return paths.join(room.tree, remote)

    def command(self, world: World, room: Room, program: Program) -> Sequence[str]:
        """The program as it is; the guard starts in every Python by PYTHONPATH."""
        return program.argv
