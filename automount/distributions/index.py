"""What is installed for one recorded interpreter, found lazily: the facts behind the origin rules.

Nothing is listed until a path is looked up, and only the directories above that path are listed. A
directory's distributions are known by the names of their metadata directories; a list of files is read
when its distribution could own the path, and parsed when it does.
"""

from __future__ import annotations

import os
from functools import cached_property

from automount.distributions.bases import Bases, Catalog
from automount.distributions.editable_sources import outside_sources
from automount.distributions.metadata import Metadata, listed_below
from automount.distributions.site_directory import SiteDirectory
from automount.model import Distribution, Environment, Process
from automount.origins import OwnedAs, Ownership, Root, RootKind
from automount.origins.verdicts import deepest
from automount.paths import ancestors, is_below, join, name, parts

PARENTS_SEARCHED = 6
# Below an environment's prefix, and outside its site directory.
_WHEEL_TREES = ("bin", "etc", "share")


class InstalledIndex:
    """The installed distributions that one recorded interpreter sees. Implements `origins.Installed`."""

    def __init__(self, environment: Environment, catalog: Catalog) -> None:
        self._environment = environment
        self._catalog = catalog
        self._bases = Bases(environment, catalog)

    @property
    def environment(self) -> Environment:
        """The recorded interpreter's facts."""
        return self._environment

    def owner(self, path: str, /) -> Ownership | None:
        """The distribution on `sys.path` that lists the file or a directory above it."""
        for base, directory in self._bases.holding(path):
            entry = listed_below(base, path)
            if not entry:
                continue
            found = directory.owner_of(entry)
            if found is not None:
                helper = found.editable_project is not None and found.is_helper(entry)
                return self._ownership(found, base, entry, OwnedAs.HELPER if helper else OwnedAs.FILE)
            link = self._link_helper(directory, base, entry, path)
            if link is not None:
                return link
            above = self._linked_directory(directory, base, entry)
            if above is not None:
                return above
        return None

    def directory_owner(self, path: str, /) -> Ownership | None:
        """The distribution that lists files below the directory; one that is not editable comes first."""
        for base, directory in self._bases.holding(path):
            entry = listed_below(base, path)
            if not entry or (entry.startswith("../") and not self._of_environment(path)):
                continue
            above = self._linked_directory(directory, base, entry + "/")
            if above is not None:
                return above
            owners = sorted(directory.owners_below(entry), key=lambda one: one.editable_project is not None)
            if owners:
                return self._ownership(owners[0], base, entry, OwnedAs.DIRECTORY_CONTENT)
        return None

    def _of_environment(self, path: str) -> bool:
        """Whether the directory is one that wheels install programs and data into: `bin`, `share/jupyter`."""
        return any(is_below(path, join(self._environment.prefix, tree)) for tree in _WHEEL_TREES)

    def owner_nearby(self, path: str, /) -> Ownership | None:
        """The distribution that lists the file and whose metadata is beside one of its nearest parents."""
        for above in ancestors(path)[:PARENTS_SEARCHED]:
            directory = self._catalog.directory(above)
            if not directory.metadata:
                continue
            entry = listed_below(above, path) or ""
            found = directory.owner_of(entry)
            if found is not None:
                return self._ownership(found, above, entry, OwnedAs.FILE)
        return None

    def named_for(self, path: str, /) -> Distribution | None:
        """The distribution without a file list that claims the top-level name of an installed path."""
        for base, directory in self._bases.entries:
            if not is_below(path, base):
                continue
            if base not in self._bases.site_forms:
                continue
            if base.lower().endswith(".egg") and directory.metadata:
                return directory.metadata[0].described
            if base == path:
                continue
            found = directory.named_for(listed_below(base, path) or "")
            if found is not None:
                return found.described
        return None

    def directory_roots(self) -> tuple[Root, ...]:
        """The standard library's and the site directories, each in every path form."""
        return self._bases.directory_roots

    def editable_roots(self) -> tuple[Root, ...]:
        """The source directories of editable distributions, each in every path form."""
        return self._editable_roots

    def editable_metadata(self) -> tuple[Metadata, ...]:
        """The metadata of the editable distributions on the path, in the path's order, once each."""
        found = (one for _, directory in self._bases.entries for one in directory.editables)
        return tuple(dict.fromkeys(found))

    def linked_metadata(self) -> tuple[Metadata, ...]:
        """The metadata in the sources of the path's `.egg-link` files, in the path's order, once each."""
        links = (link for _, directory in self._bases.entries for link in directory.egg_links)
        return tuple(dict.fromkeys(link.metadata for link in links if link.metadata is not None))

    def site_directories(self, top_name: str) -> tuple[str, ...]:
        """The site directories with an entry of that top-level name, in the path's order, in every form."""
        return tuple(
            base
            for base, directory in self._bases.entries
            if base in self._bases.site_forms and top_name in directory.top_names
        )

    def root_of(self, path: str) -> Distribution | None:
        """The editable distribution whose source directory holds the path."""
        best = deepest(
            (*self.directory_roots(), *self.editable_roots()), self._catalog.locate(path).all_forms()
        )
        return best.distribution if best is not None else None

    # -- ownership ---------------------------------------------------------------------------------

    def _ownership(self, found: Metadata, base: str, entry: str, owned_as: OwnedAs) -> Ownership:
        return Ownership(
            found.described, base, entry, base in self._bases.site_forms, owned_as, found.listing_name
        )

    def _link_helper(self, directory: SiteDirectory, base: str, entry: str, path: str) -> Ownership | None:
        """The owner of an `.egg-link` itself, and of a command that `setup.py develop` wrote for it."""
        if entry.startswith("../") and not self._of_environment(path):
            return None
        for link in directory.egg_links:
            if entry == name(link.path) or (entry.startswith("../") and link.wrote(path)):
                return Ownership(link.distribution, base, entry, True, OwnedAs.HELPER, "the .egg-link")
        return None

    def _linked_directory(self, directory: SiteDirectory, base: str, entry: str) -> Ownership | None:
        """The owner of a link to a directory above the entry: flit's symlink installs list only the link."""
        if entry.startswith("../") or not directory.metadata:
            return None
        pieces = entry.split("/")[:-1]
        if not any(os.path.islink(join(base, *pieces[: count + 1])) for count in range(len(pieces))):
            return None
        above = directory.owner_of_parent(entry)
        if above is None:
            return None
        found, linked = above
        return self._ownership(found, base, linked, OwnedAs.LINKED_DIRECTORY)

    @cached_property
    def _editable_roots(self) -> tuple[Root, ...]:
        found: dict[str, Root] = {}

        def add(path: str, distribution: Distribution, evidence: str) -> None:
            for form in self._catalog.locate(path).all_forms():
                if parts(form):
                    found.setdefault(form, Root(form, RootKind.EDITABLE, evidence, distribution))

        for _, directory in self._bases.entries:
            for one in directory.editables:
                title = f"the editable {one.described.name} {one.described.version}"
                project = one.editable_project
                if project is not None:
                    add(project, one.described, f"the project of {title} by its direct_url.json")
                for path, source in outside_sources(one):
                    add(path, one.described, f"a source directory of {title} by {source}")
            for link in directory.egg_links:
                linked = link.distribution
                title = f"the editable {linked.name} {linked.version}".rstrip()
                add(link.source, linked, f"the source directory of {title} by {name(link.path)}")
                if linked.project_root is not None:
                    add(linked.project_root, linked, f"the project of {title} by {name(link.path)}")
        return tuple(found[path] for path in sorted(found))


def index_for(environment: Environment, catalog: Catalog | None = None) -> InstalledIndex:
    """What is installed for one recorded interpreter; nothing is read until it is needed.

    Indexes of one run's processes share what they list through one `catalog`.
    """
    return InstalledIndex(environment, catalog or Catalog())


def indexes_for(processes: tuple[Process, ...], catalog: Catalog | None = None) -> dict[int, InstalledIndex]:
    """The index of each process, by its index; processes of one interpreter share everything."""
    shared = catalog or Catalog()
    same: dict[tuple[object, ...], InstalledIndex] = {}
    found = {}
    for process in processes:
        facts = process.environment
        key = (
            facts.executable,
            facts.python,
            facts.prefix,
            facts.base_prefix,
            facts.stdlib,
            facts.site_dirs,
            facts.user_site,
            facts.path,
            facts.cwd,
        )
        found[process.index] = same.setdefault(key, index_for(facts, shared))
    return found
