"""What is installed for one recorded interpreter, found lazily: the facts behind the origin rules.

Nothing is listed before a path asks for it, and a path asks only the directories it stands below. A
directory's distributions are known by the names of their metadata; a list of files is read when a
name could be its, and parsed when it is.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import cached_property

from automount.distributions.editable_sources import outside_sources
from automount.distributions.locating import Locator
from automount.distributions.metadata import Metadata, listed_below, normalized
from automount.distributions.site_directory import SiteDirectory
from automount.model import Distribution, Environment, Process
from automount.origins import OwnedAs, Ownership, Root, RootKind
from automount.origins.verdicts import deepest
from automount.paths import ancestors, is_below, join, name, parent, parts

PARENTS_SEARCHED = 6
SITE_NAMES = ("site-packages", "dist-packages")


class Catalog:
    """The directories that were listed, shared by the indexes of one run's processes."""

    def __init__(self) -> None:
        self.directories: dict[str, SiteDirectory] = {}
        self.locate = Locator()

    def directory(self, path: str) -> SiteDirectory:
        """The directory at `path`, by its real place: two names of one directory are listed once."""
        real = self.locate(path).real
        found = self.directories.get(real)
        if found is None:
            found = self.directories[real] = SiteDirectory(path)
        return found


class InstalledIndex:
    """The installed distributions that one recorded interpreter sees. Implements `origins.Installed`."""

    def __init__(self, environment: Environment, catalog: Catalog) -> None:
        self._environment = environment
        self._catalog = catalog
        self._bases_above: dict[str, tuple[tuple[str, SiteDirectory], ...]] = {}

    @property
    def environment(self) -> Environment:
        """The recorded interpreter's facts."""
        return self._environment

    def owner(self, path: str, /) -> Ownership | None:
        """Who lists the file, or a directory above it, among the distributions on the path."""
        for base, directory in self._bases_of(path):
            entry = listed_below(base, path)
            if not entry:
                continue
            found = directory.owner_of(entry)
            if found is not None:
                helper = found.editable_project is not None and found.is_helper(entry)
                return self._ownership(found, base, entry, OwnedAs.HELPER if helper else OwnedAs.FILE)
            link = self._link_helper(directory, base, entry)
            if link is not None:
                return link
            above = self._linked_directory(directory, base, entry)
            if above is not None:
                return above
        return None

    def directory_owner(self, path: str, /) -> Ownership | None:
        """Who lists files below the directory; a distribution that is not editable comes first."""
        for base, directory in self._bases_of(path):
            entry = listed_below(base, path)
            if not entry or entry.startswith("../"):
                continue
            above = self._linked_directory(directory, base, entry + "/")
            if above is not None:
                return above
            owners = sorted(directory.owners_below(entry), key=lambda one: one.editable_project is not None)
            if owners:
                return self._ownership(owners[0], base, entry, OwnedAs.DIRECTORY_CONTENT)
        return None

    def owner_nearby(self, path: str, /) -> Ownership | None:
        """Who lists the file among the metadata beside one of its nearest parents."""
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
        """Whose metadata, listing no files, claims the top-level name of a path in a site directory."""
        for base, directory in self._bases:
            if not is_below(path, base):
                continue
            if base not in self._site_forms:
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
        return self._directory_roots

    def editable_roots(self) -> tuple[Root, ...]:
        """The source directories of editable distributions, each in every path form."""
        return self._editable_roots

    def editable_metadata(self) -> tuple[Metadata, ...]:
        """The metadata of the editable distributions on the path, in the path's order, once each."""
        found = (one for _, directory in self._bases for one in directory.editables)
        return tuple(dict.fromkeys(found))

    def site_directories(self, top_name: str) -> tuple[str, ...]:
        """The site directories with an entry of that top-level name, in the path's order, in every form."""
        return tuple(
            base
            for base, directory in self._bases
            if base in self._site_forms and top_name in directory.top_names
        )

    def root_of(self, path: str) -> Distribution | None:
        """The editable distribution whose source directory holds the path."""
        best = deepest(
            (*self.directory_roots(), *self.editable_roots()), self._catalog.locate(path).all_forms()
        )
        return best.distribution if best is not None else None

    def distributions(self) -> tuple[Distribution, ...]:
        """Every distribution on the path, once, the first on the path of those with one name; reads all.

        A site directory's metadata goes before the egg-info that a build left in a source directory.
        """
        bases = sorted(self._bases, key=lambda pair: pair[0] not in self._site_forms)
        found: dict[str, Distribution] = {}
        for _, directory in bases:
            for link in directory.egg_links:
                found.setdefault(normalized(link.distribution.name), link.distribution)
            for one in directory.metadata:
                found.setdefault(normalized(one.described.name), one.described)
        return tuple(found[key] for key in sorted(found))

    # -- ownership ---------------------------------------------------------------------------------

    def _ownership(self, found: Metadata, base: str, entry: str, owned_as: OwnedAs) -> Ownership:
        return Ownership(found.described, base, entry, base in self._site_forms, owned_as, found.listing_name)

    def _link_helper(self, directory: SiteDirectory, base: str, entry: str) -> Ownership | None:
        for link in directory.egg_links:
            if entry == name(link.path):
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

    def _bases_of(self, path: str) -> tuple[tuple[str, SiteDirectory], ...]:
        """The listed directories whose lists can name the path: the nearest above it first.

        A list also names files beside its directory (`../../../bin/flask`), below the same prefix; the
        standard library and the site directories hold none of those.
        """
        holder = parent(path)
        found = self._bases_above.get(holder)
        if found is None:
            above = [(base, directory) for base, directory in self._bases if is_below(holder, base)]
            above.sort(key=lambda pair: -len(parts(pair[0])))
            if not any(is_below(holder, root.path) for root in self._directory_roots):
                for base, directory in self._bases:
                    prefix = self._prefixes.get(base)
                    if prefix is not None and is_below(holder, prefix) and not is_below(holder, base):
                        above.append((base, directory))
            found = self._bases_above[holder] = tuple(above)
        return found

    # -- directories -------------------------------------------------------------------------------

    @cached_property
    def _bases(self) -> tuple[tuple[str, SiteDirectory], ...]:
        """Every directory or archive on the path, in its forms, in the path's order."""
        environment = self._environment
        named = [*environment.path, *environment.site_dirs]
        if environment.user_site is not None:
            named.append(environment.user_site)
        found: dict[str, SiteDirectory] = {}
        for entry in named:
            absolute = entry if entry.startswith("/") else join(environment.cwd, entry)
            located = self._catalog.locate(absolute)
            if located.exists:
                for form in located.all_forms():
                    found.setdefault(form, self._catalog.directory(form))
        return tuple(found.items())

    @cached_property
    def _sites(self) -> Mapping[str, str]:
        """The site directories in every form, with the evidence for each."""
        environment = self._environment
        found: dict[str, str] = {}
        for site in environment.site_dirs:
            self._add(found, site, f"a site directory of {environment.executable}")
        if environment.user_site is not None:
            self._add(found, environment.user_site, f"the user's site directory of {environment.executable}")
        for library in environment.stdlib:
            # A virtual environment does not report them, but PYTHONPATH may name them.
            for held in SITE_NAMES:
                self._add(found, join(library, held), f"a site directory of {environment.base_prefix}")
        for base, directory in self._bases:
            if base not in found and self._is_foreign_site(base, directory):
                self._add(found, base, "a site directory of another environment")
        for base, _ in self._bases:
            if base.lower().endswith(".egg") and base not in found and parent(base) in found:
                self._add(found, base, found[parent(base)])
        return found

    def _add(self, found: dict[str, str], directory: str, evidence: str) -> None:
        for form in self._catalog.locate(directory).all_forms():
            found.setdefault(form, evidence)

    @cached_property
    def _site_forms(self) -> frozenset[str]:
        return frozenset(self._sites)

    def _is_foreign_site(self, base: str, directory: SiteDirectory) -> bool:
        """Whether a path entry is laid out as an interpreter's site directory and holds metadata.

        The name alone proves nothing: a user may call a directory site-packages.
        """
        if name(base) not in SITE_NAMES:
            return False
        library = parent(base)
        if not name(library).startswith("python") or name(parent(library)) not in ("lib", "lib64", "local"):
            return False
        prefix = parent(parent(library))
        return bool(directory.metadata) or os.path.isfile(join(prefix, "pyvenv.cfg"))

    @cached_property
    def _prefixes(self) -> Mapping[str, str]:
        """For each site directory `<prefix>/lib/pythonX.Y/site-packages` its prefix."""
        found = {}
        for base in self._site_forms:
            prefix = parent(parent(parent(base)))
            if name(parent(parent(base))) in ("lib", "lib64") and parts(prefix):
                found[base] = prefix
        return found

    @cached_property
    def _directory_roots(self) -> tuple[Root, ...]:
        found: dict[str, Root] = {}
        for path, evidence in self._sites.items():
            found[path] = Root(path, RootKind.SITE, evidence)
        for directory in (*self._environment.stdlib, *self._zipped_stdlib()):
            for form in self._catalog.locate(directory).all_forms():
                evidence = f"the standard library of {self._environment.executable}"
                found.setdefault(form, Root(form, RootKind.STDLIB, evidence))
        return tuple(found[path] for path in sorted(found))

    def _zipped_stdlib(self) -> tuple[str, ...]:
        """The archives that `sys.path` names for the standard library: `<prefix>/lib/python311.zip`."""
        environment = self._environment
        digits = "".join(environment.python.split(".")[:2])
        held = [parent(directory) for directory in environment.stdlib]
        return tuple(join(directory, f"python{digits}.zip") for directory in dict.fromkeys(held))

    @cached_property
    def _editable_roots(self) -> tuple[Root, ...]:
        found: dict[str, Root] = {}

        def add(path: str, distribution: Distribution, evidence: str) -> None:
            for form in self._catalog.locate(path).all_forms():
                if parts(form):
                    found.setdefault(form, Root(form, RootKind.EDITABLE, evidence, distribution))

        for _, directory in self._bases:
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
    """What is installed for one recorded interpreter; nothing is read before it is asked.

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
