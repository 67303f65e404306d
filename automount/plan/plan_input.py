"""The input and the result of the plan: plain values.

The plan opens no file. Its caller collects the facts below. Only the state of paths cannot be collected
beforehand; the plan asks for it through `Locate`, as the origin rules do.
"""

from __future__ import annotations

from collections.abc import Mapping

from automount.model import (
    Disposition,
    Distribution,
    Entrypoint,
    Journal,
    Locate,
    Mount,
    Origin,
    Policy,
    Requirement,
    Skipped,
    Warning_,
)
from automount.values import dataclass, field


@dataclass(frozen=True)
class Importable:
    """Where the recorded interpreter would find one import name, without importing it.

    `file` is a module's or a regular package's own file, absolute; None for a namespace package, whose
    portions are then `locations`. `distribution` is set where an installed distribution owns it.
    """

    name: str
    file: str | None
    locations: tuple[str, ...] = ()
    distribution: Distribution | None = None


@dataclass(frozen=True)
class DataFact:
    """The facts about one path that the program used as data, collected after the run.

    `origin` is None where the system owns the path. `size` in bytes; None: no regular file (any more).
    `entries` are the names in a directory that could be shipped (none that the run made), `directories` those
    of them that are directories. `is_large`: its tree is over the limit for data; `is_wide`: its
    own files are. `changed`: it was written to since the run began.
    """

    origin: Origin | None
    size: int | None
    is_dir: bool = False
    entries: tuple[str, ...] = ()
    is_large: bool = False
    changed: bool = False
    directories: frozenset[str] = frozenset()
    is_wide: bool = False


@dataclass(frozen=True)
class PlanInput:
    """All facts that the plan is made from.

    `cwd` is the directory that the program was started in, absolute, as the program saw it. `workspace` is
    the directory that remote paths are relative to (None: the cwd), `home` the user's home directory, both
    absolute. `importables` is for `--add-package`: import name (dotted ones with their ancestors) -> its
    location. `also_installed`: top-level import name -> the installed distribution that provides a module of
    that name as well. `data` holds a fact for each path in `journal.data`; a path without one is left out.
    `libraries`: the metadata of a vendored distribution -> the directories of shared libraries that it lists
    beside its packages (`numpy.libs`). `named_in_texts`: a path that the program used -> whether a text that
    it was given (an argument, its source, a configuration) names that path; a path for which that is not
    known is left out. `locate` looks up any absolute path.
    """

    entrypoint: Entrypoint
    journal: Journal
    dispositions: tuple[Disposition, ...]
    policy: Policy
    cwd: str
    locate: Locate
    workspace: str | None = None
    home: str = "/nonexistent"
    importables: Mapping[str, Importable] = field(default_factory=dict)
    also_installed: Mapping[str, Distribution] = field(default_factory=dict)
    data: Mapping[str, DataFact] = field(default_factory=dict)
    libraries: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    named_in_texts: Mapping[str, bool] = field(default_factory=dict)


@dataclass(frozen=True)
class Plan:
    """What is mounted where, and why. Stable: the same facts in any order give the same plan.

    `sys_path` are remote directories and archives in the order Python must search them.
    `entry_remote` is None for commands, and where an installed distribution owns the entrypoint.
    `module_mounts` maps (process index, module name) to an index into `mounts`. `homes` are the
    local directories that were given a remote place of their own, each with that place. `directories` are
    local directories that must exist, whether or not a file is shipped there, each with its remote place.
    `read` are the local files that the program used as data and that still exist.
    """

    mounts: tuple[Mount, ...]
    sys_path: tuple[str, ...]
    entry_remote: str | None
    remote_cwd: str
    warnings: tuple[Warning_, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    requirements: tuple[Requirement, ...] = ()
    module_mounts: Mapping[tuple[int, str], int] = field(default_factory=dict)
    homes: tuple[tuple[str, str], ...] = ()
    directories: tuple[tuple[str, str], ...] = ()
    read: frozenset[str] = frozenset()
