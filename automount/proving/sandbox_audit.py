"""The weak sandbox: the witness itself refuses what Python's own calls ask for outside. Works everywhere."""

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
    mode = "guard"

    def problem(self, world: World, room: Room) -> str | None:
        """It can always be used."""
        return None

    def place(self, remote: str, room: Room) -> str:
        """Below the stage: there is no other root."""
        return paths.join(room.tree, remote)

    def command(self, world: World, room: Room, program: Program) -> Sequence[str]:
        """The program as it is; the witness starts in it by PYTHONPATH."""
        return program.argv
