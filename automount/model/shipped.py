"""What the user wants to ship, and the result: mounts, files, and everything that was left out."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum

from automount.model.recorded import Distribution
from automount.values import dataclass, field

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Scope(str, Enum):
    """How much of a package is mounted."""

    PACKAGE = "package"
    SOURCE = "source"
    LOADED = "loaded"


class Layout(str, Enum):
    """How local paths become remote paths: by the tree below the workspace root, or by import name."""

    TREE = "tree"
    FLAT = "flat"


class DataPolicy(str, Enum):
    """What happens to data files that no mount contains."""

    REPORT = "report"
    MOUNT = "mount"
    IGNORE = "ignore"


class EditablePolicy(str, Enum):
    """What happens to editable installs. `full`: mounted together with their metadata."""

    MOUNT = "mount"
    FULL = "full"
    SKIP = "skip"


@dataclass(frozen=True)
class ManualMount:
    """A file or directory that the user adds explicitly. `remote` None: below the root, by its name."""

    local: str
    remote: str | None = None


@dataclass(frozen=True)
class Pattern:
    """One ignore rule in gitignore syntax, relative to `base` (absolute local; None: any root).

    `include` negates. `source` is its place, for display: "--exclude", "app/.automountignore:3".
    A higher `rank` is applied later: 0 configuration, 1 ignore files (the deeper `base` later), 2 the
    command line.
    """

    text: str
    include: bool
    source: str
    base: str | None = None
    rank: int = 0
    extra: Mapping[str, Any] = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class Policy:
    """What the user wants shipped. `root`: the workspace root (absolute, local); None: found by rule."""

    remote_root: str = "/root"
    root: str | None = None
    scope: Scope = Scope.PACKAGE
    layout: Layout = Layout.TREE
    data: DataPolicy = DataPolicy.REPORT
    editable: EditablePolicy = EditablePolicy.MOUNT
    automount: bool = True
    add_packages: tuple[tuple[str, str | None], ...] = ()
    add_dirs: tuple[ManualMount, ...] = ()
    add_files: tuple[ManualMount, ...] = ()
    patterns: tuple[Pattern, ...] = ()


class MountKind(str, Enum):
    """What a mount contains."""

    SCRIPT = "script"
    MODULE = "module"
    PACKAGE = "package"
    NAMESPACE = "namespace"
    ARCHIVE = "archive"
    DIRECTORY = "directory"
    FILE = "file"
    DATA = "data"


@dataclass(frozen=True)
class Mount:
    """One planned mount: a file or a directory and where it is remotely.

    `because` are the reasons, sorted, as sentences. `tree`: `local` is a directory to be
    walked. `only` limits a walk to these absolute local files (scope `loaded`); None: no limit.
    `suffixes` limits it to file endings (scope `source`); None: no limit.
    `priority` orders mounts with the same remote path: the lower one wins (what Python imports first).
    `by_hand`: the user added it, so no pattern leaves out its own file.
    """

    label: str
    kind: MountKind
    name: str
    local: str
    remote: str
    because: tuple[str, ...] = ()
    distribution: Distribution | None = None
    tree: bool = False
    only: frozenset[str] | None = None
    suffixes: tuple[str, ...] | None = None
    priority: int = 0
    by_hand: bool = False


@dataclass(frozen=True)
class FileEntry:
    """One file that a mount contains. `size` in bytes, `sha256` as 64 hex digits."""

    remote: str
    local: str
    size: int
    sha256: str
    executable: bool
    mounts: tuple[int, ...]
    extra: Mapping[str, Any] = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class Skipped:
    """A local path that was left out, and why: a stable `code` and a `detail` for display."""

    local: str
    code: str
    detail: str = ""
    extra: Mapping[str, Any] = field(default_factory=dict, hash=False)
    reason_extra: Mapping[str, Any] = field(default_factory=dict, hash=False)

    @property
    def reason(self) -> str:
        """The code and the detail, for display."""
        return f"{self.code}: {self.detail}" if self.detail else self.code


@dataclass(frozen=True)
class Warning_:
    """A warning for the user: a stable `code`, a sentence, and the path that it concerns."""

    code: str
    message: str
    path: str | None = None
    extra: Mapping[str, Any] = field(default_factory=dict, hash=False)


# Directories in which conda builds packages, and in which Poetry keeps what it downloaded.
_OF_INDEXES = ("/feedstock_root/", "/croot/", "/pypoetry/artifacts/")


@dataclass(frozen=True)
class Requirement:
    """An installed distribution that was really used. `editable_project` is set under `--editable skip`.

    `via` are the distributions that imported it, where the program's own code did not: a dependency of
    theirs, or an extra that was merely there.
    """

    name: str
    version: str
    direct_url: Mapping[str, Any] | None = None
    editable_project: str | None = None
    via: tuple[str, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict, hash=False)

    @property
    def local_source(self) -> str | None:
        """The local path of the project or archive that it was installed from; None for all other sources.

        A `file:` URL of a package manager's own build or cache directory does not count: the distribution
        came from an index (conda keeps the URL of the machine that built it, Poetry the one of its cache).
        """
        url = str((self.direct_url or {}).get("url") or "")
        if not url:
            return self.editable_project
        if not url.lower().startswith("file:"):
            return None
        # Most requirements have no URL.
        from urllib.parse import unquote, urlsplit

        try:
            path = unquote(urlsplit(url).path)
        except ValueError:
            return None
        is_editable = self.editable_project is not None
        return None if not is_editable and any(mark in path for mark in _OF_INDEXES) else path


@dataclass(frozen=True)
class DataRow:
    """A data file in the manifest: what read it, and its remote path if it is mounted.

    `option` is the command-line text that ships it to where the program looks for it; None if it is there.
    """

    local: str
    read_by: str | None
    mounted: str | None
    option: str | None = None
    extra: Mapping[str, Any] = field(default_factory=dict, hash=False)
