"""What `verify` reports: modules and files that were used when recorded, and not in the sandbox."""

from __future__ import annotations

from enum import Enum

from automount.values import dataclass


class Finding(str, Enum):
    """What is wrong with one module or file."""

    NOT_SHIPPED = "not-shipped"
    NOT_EXERCISED = "not-exercised"
    OTHER_FILE = "other-file"
    MISPLACED = "misplaced"


@dataclass(frozen=True)
class FindingRow:
    """One module or data file that the recorded run used and the one in the sandbox did not.

    `kind` is "module", "data", "link" (that the program itself read), "metadata" or "command" (both of an
    editable install), `name` the name of the module or of the command's distribution, `local` the recorded
    file. `used_by` is the module that requested it, None if that is not known.
    `option` ships it; None where it is shipped, or nothing can ship it. `instead` is what was used in its
    place, as a path of the sandbox.
    """

    finding: Finding
    kind: str
    name: str | None
    local: str
    used_by: str | None
    option: str | None
    instead: str | None = None


@dataclass(frozen=True)
class NotFound:
    """What the run in the sandbox looked for, and did not find: a file, or a module (`name`).

    `local` is its place on this machine, `candidates` the local paths at one of which it would be there.
    `by_local_path`: the program itself names a path of this machine, which exists nowhere else.
    `is_metadata`: the metadata of an editable install, which only its package brings along.
    `command_of` is the distribution where this is a command of an editable install.
    """

    local: str
    name: str | None
    used_by: str | None
    candidates: tuple[str, ...]
    is_directory: bool = False
    by_local_path: bool = False
    is_metadata: bool = False
    command_of: str | None = None
