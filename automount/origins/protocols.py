"""The facts that the origin rules use, and their sources.

The rules do not access the system. `automount.distributions` reads the recorded interpreter's directories and
is reached through the two protocols below; unit tests implement them with literals.
"""

from __future__ import annotations

from enum import Enum

from automount.model import Distribution, Environment
from automount.values import dataclass

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol
else:
    Protocol = object


class OwnedAs(Enum):
    """What kind of entry in a RECORD owns a path."""

    FILE = "file"
    HELPER = "helper"
    LINKED_DIRECTORY = "linked-directory"
    DIRECTORY_CONTENT = "directory-content"


@dataclass(frozen=True)
class Ownership:
    """A distribution's own list of files names a path.

    `base` is the directory that the list is relative to, `entry` its text there, `listing` the
    list's name for display (`RECORD`, `installed-files.txt`). `in_site`: `base` is a site
    directory of the recorded interpreter. `owned_as`: HELPER is a finder, loader, `.pth` or script
    that makes an editable installation work; LINKED_DIRECTORY a listed directory that holds the path;
    DIRECTORY_CONTENT: the path is a directory with listed files below it.
    """

    distribution: Distribution
    base: str
    entry: str
    in_site: bool
    owned_as: OwnedAs = OwnedAs.FILE
    listing: str = "RECORD"


class RootKind(Enum):
    """What a directory root holds."""

    STDLIB = "stdlib"
    SITE = "site"
    EDITABLE = "editable"


@dataclass(frozen=True)
class Root:
    """A directory below which everything has one kind, in one of its path forms.

    `evidence` is how that is known, as the end of a sentence: "a site directory of /x/bin/python".
    """

    path: str
    kind: RootKind
    evidence: str
    distribution: Distribution | None = None


class Installed(Protocol):
    """What is installed for one recorded interpreter. Results may be computed lazily; no code is run."""

    @property
    def environment(self) -> Environment:
        """The recorded interpreter's facts."""

    def owner(self, path: str, /) -> Ownership | None:
        """The distribution on the path that lists the file, or a directory above it."""

    def directory_owner(self, path: str, /) -> Ownership | None:
        """The distribution that lists files below the directory; one that is not editable comes first."""

    def owner_nearby(self, path: str, /) -> Ownership | None:
        """The distribution that lists the file and has its metadata beside one of its nearest parents."""

    def named_for(self, path: str, /) -> Distribution | None:
        """The distribution without a file list that claims the top-level name of an installed path."""

    def directory_roots(self) -> tuple[Root, ...]:
        """The standard library's and the site directories, each in every path form."""

    def editable_roots(self) -> tuple[Root, ...]:
        """The source directories of editable distributions, each in every path form."""
