"""Literal facts about an interpreter, its distributions and a disk, for the origin rules."""

from __future__ import annotations

from dataclasses import dataclass, field

from automount.model import (
    Distribution,
    Environment,
    Journal,
    Located,
    ModuleRecord,
    Origin,
    Process,
    Status,
)
from automount.origins import (
    OwnedAs,
    Ownership,
    Root,
    RootKind,
    classify,
)
from automount.paths import is_below

SITE = "/venv/lib/python3.11/site-packages"
STDLIB = "/opt/python/lib/python3.11"
REQUESTS = Distribution("requests", "2.31.0", f"{SITE}/requests-2.31.0.dist-info")
SHOP = Distribution("shop", "1.0", f"{SITE}/shop-1.0.dist-info", editable=True, project_root="/home/u/shop")
ENVIRONMENT = Environment(
    python="3.11.7",
    implementation="cpython",
    executable="/venv/bin/python",
    platform="linux",
    prefix="/venv",
    base_prefix="/opt/python",
    exec_prefix="/venv",
    base_exec_prefix="/opt/python",
    stdlib=(STDLIB,),
    site_dirs=(SITE,),
    user_site=None,
    path=("/home/u/app", STDLIB, SITE),
    cwd="/home/u/app",
)
OLD = Environment(**{**ENVIRONMENT.__dict__, "python": "3.10.13"})


@dataclass
class Facts:
    """An `Installed` from literals: path -> who owns it."""

    owners: dict[str, Ownership] = field(default_factory=dict)
    directories: dict[str, Ownership] = field(default_factory=dict)
    nearby: dict[str, Ownership] = field(default_factory=dict)
    named: dict[str, Distribution] = field(default_factory=dict)
    editable: tuple[Root, ...] = ()
    environment: Environment = ENVIRONMENT
    more_roots: tuple[Root, ...] = ()

    def owner(self, path: str, /) -> Ownership | None:
        return self.owners.get(path)

    def directory_owner(self, path: str, /) -> Ownership | None:
        return self.directories.get(path)

    def owner_nearby(self, path: str, /) -> Ownership | None:
        return self.nearby.get(path)

    def named_for(self, path: str, /) -> Distribution | None:
        return self.named.get(path)

    def directory_roots(self) -> tuple[Root, ...]:
        return (
            Root(SITE, RootKind.SITE, "a site directory of /venv/bin/python"),
            Root(STDLIB, RootKind.STDLIB, "the standard library of /venv/bin/python"),
            *self.more_roots,
        )

    def editable_roots(self) -> tuple[Root, ...]:
        return self.editable


@dataclass
class Disk:
    """A `Locate` from literals: everything below `/gone` is missing, `links` and `archives` are as given."""

    links: dict[str, str] = field(default_factory=dict)
    entry_paths: dict[str, str] = field(default_factory=dict)
    archives: tuple[str, ...] = ()
    directories: tuple[str, ...] = ()
    absent: tuple[str, ...] = ("/gone",)

    def __call__(self, path: str, /) -> Located:
        for archive in self.archives:
            if is_below(path, archive, strictly=True):
                return Located(path, path, exists=False, archive=archive, entry_path=path)
        exists = path.startswith("/") and not any(is_below(path, one) for one in self.absent)
        entry_path = self.entry_paths.get(path, path)
        return Located(
            path, self.links.get(path, entry_path), exists, path in self.directories, entry_path=entry_path
        )


def owned(
    distribution: Distribution,
    entry: str,
    *,
    base: str = SITE,
    in_site: bool = True,
    owned_as: OwnedAs = OwnedAs.FILE,
) -> Ownership:
    return Ownership(distribution, base, entry, in_site, owned_as)


EDITABLE_SHOP = Facts(
    editable=(
        Root(
            "/home/u/shop",
            RootKind.EDITABLE,
            "the project of the editable shop 1.0 by its direct_url.json",
            SHOP,
        ),
    )
)


def judge(
    file: str | None,
    facts: Facts | None = None,
    disk: Disk | None = None,
    *,
    name: str = "thing",
    locations: tuple[str, ...] | None = None,
    more: tuple[ModuleRecord, ...] = (),
) -> tuple[Origin, str, str | None, str | None]:
    """Origin, rule, shipped file and distribution of one record in a journal."""
    record = ModuleRecord(name, 0, Status.EXECUTED, file, locations)
    journal = Journal((Process(0, 1, 0, None, ("python",), ENVIRONMENT),), (*more, record))
    found = classify(journal, {0: facts or Facts()}, disk or Disk())[-1]
    assert found.record == record
    assert found.reason
    return found.origin, found.rule, found.file, found.distribution.name if found.distribution else None
