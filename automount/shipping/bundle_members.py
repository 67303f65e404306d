"""What the readers of all formats of bundles share: their members, and how a bundle is refused."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import NamedTuple, NoReturn, Protocol

from automount.errors import Refused, shortened
from automount.manifest import Manifest
from automount.shipping.compression import Errors


class Member(NamedTuple):
    """One thing in a bundle. `name` is relative as the bundle has it; `chunks` reads it, once, in order."""

    name: str
    size: int
    is_directory: bool
    chunks: Callable[[], Iterator[bytes]]


class BundleReader(Protocol):
    """An open bundle of one format; `stored` is the size of its file, `damage` the errors of its reader."""

    stored: int
    damage: Errors

    def members(self) -> Iterator[Member]:
        """The members, the manifest first."""

    def name_of(self, remote: str, manifest: Manifest) -> str:
        """The member name for a remote path."""

    def generated(self, manifest: Manifest) -> dict[str, bytes]:
        """Members that are made from the manifest alone, by name."""


def refuse(path: str, why: str) -> NoReturn:
    """Raises `Refused` for a bundle."""
    raise Refused(f"{path} cannot be trusted: {shortened(why)}", hint="pack it again", code="bad-bundle")


def shown(name: str) -> str:
    """A member's name in a message."""
    return name.encode("utf-8", "backslashreplace").decode()


@contextlib.contextmanager
def refusing(path: str, damage: Errors) -> Iterator[None]:
    """Turns the errors of the decompressors for damaged input into a refusal."""
    try:
        yield
    except damage as error:
        refuse(path, f"it is damaged ({error})")
