"""The facts that the origin rules decide from, and their sources.

The rules touch nothing. `automount.distributions` reads the recorded interpreter's directories and
is reached through the two protocols below; unit tests implement them with literals.
"""

from __future__ import annotations

from enum import Enum
from typing import Protocol

from automount.model import Distribution, Environment
from automount.values import dataclass


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
        """Who lists the file, or a directory above it, among the distributions on the path."""

    def directory_owner(self, path: str, /) -> Ownership | None:
        """Who lists files below the directory; a distribution that is not editable comes first."""

    def owner_nearby(self, path: str, /) -> Ownership | None:
        """Who lists the file among the metadata beside one of its nearest parents."""

    def named_for(self, path: str, /) -> Distribution | None:
        """Whose metadata, listing no files, claims the top-level name of a path in a site directory."""

    def directory_roots(self) -> tuple[Root, ...]:
        """The standard library's and the site directories, each in every path form."""

    def editable_roots(self) -> tuple[Root, ...]:
        """The source directories of editable distributions, each in every path form."""
