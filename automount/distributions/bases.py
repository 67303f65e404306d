"""Where one recorded interpreter looks for modules: its path entries, sites and library, in every form."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import cached_property

from automount.distributions.bounded import Damage
from automount.distributions.locating import Locator
from automount.distributions.site_directory import SiteDirectory
from automount.model import Environment
from automount.origins import Root, RootKind
from automount.paths import is_below, join, name, parent, parts

SITE_NAMES = ("site-packages", "dist-packages")


class Catalog:
    """The directories that have been listed, shared by the indexes of one run's processes."""

    def __init__(self) -> None:
        self.directories: dict[str, SiteDirectory] = {}
        self.locate = Locator()

    def directory(self, path: str) -> SiteDirectory:
        """The directory at `path`, looked up by its real path: two names of one are listed once."""
        real = self.locate(path).real
        found = self.directories.get(real)
        if found is None:
            found = self.directories[real] = SiteDirectory(path)
        return found

    def damage(self) -> Damage:
        """The damage found in metadata so far, by path."""
        found: Damage = {}
        for directory in self.directories.values():
            found.update(directory.damage())
        return found


class Bases:
    """The directories and archives that one interpreter imports from.

    Each is known by every name it has: a virtual environment or its site directory can be a link.
    """

    def __init__(self, environment: Environment, catalog: Catalog) -> None:
        self._environment = environment
        self._catalog = catalog
        self._above: dict[str, tuple[tuple[str, SiteDirectory], ...]] = {}

    def holding(self, path: str) -> tuple[tuple[str, SiteDirectory], ...]:
        """The site directories whose file lists can name the path, the nearest parent first.

        A list may also name files outside its directory (`../../../bin/flask`), below the same prefix; the
        standard library and the site directories hold none of those.
        """
        holder = parent(path)
        found = self._above.get(holder)
        if found is None:
            above = [(base, directory) for base, directory in self.entries if is_below(holder, base)]
            above.sort(key=lambda pair: -len(parts(pair[0])))
            if not any(is_below(holder, root.path) for root in self.directory_roots):
                for base, directory in self.entries:
                    prefix = self._prefixes.get(base)
                    if prefix is not None and is_below(holder, prefix) and not is_below(holder, base):
                        above.append((base, directory))
            found = self._above[holder] = tuple(above)
        return found

    @cached_property
    def entries(self) -> tuple[tuple[str, SiteDirectory], ...]:
        """Every directory or archive on `sys.path`, in each of its path forms, in the order of `sys.path`."""
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
        """The site directories in each path form, with the reason why each counts as one."""
        environment = self._environment
        found: dict[str, str] = {}
        for site in environment.site_dirs:
            self._add(found, site, f"a site directory of {environment.executable}")
        if environment.user_site is not None:
            self._add(found, environment.user_site, f"the user's site directory of {environment.executable}")
        for library in environment.stdlib:
            # A virtual environment does not report them, but PYTHONPATH may name them.
            for site in SITE_NAMES:
                self._add(found, join(library, site), f"a site directory of {environment.base_prefix}")
        for base, directory in self.entries:
            if base not in found and self._is_foreign_site(base, directory):
                self._add(found, base, "a site directory of another environment")
        for base, _ in self.entries:
            if base.lower().endswith(".egg") and base not in found and parent(base) in found:
                self._add(found, base, found[parent(base)])
        return found

    def _add(self, found: dict[str, str], directory: str, evidence: str) -> None:
        for form in self._catalog.locate(directory).all_forms():
            found.setdefault(form, evidence)

    @cached_property
    def site_forms(self) -> frozenset[str]:
        return frozenset(self._sites)

    def _is_foreign_site(self, base: str, directory: SiteDirectory) -> bool:
        """Whether a path entry is laid out as an interpreter's site directory and holds metadata.

        The name alone is not enough: a user may call a directory site-packages.
        """
        if name(base) not in SITE_NAMES:
            return False
        library = parent(base)
        if not name(library).startswith("python") or name(parent(library)) not in ("lib", "lib64"):
            return False
        prefix = parent(parent(library))
        return bool(directory.metadata) or os.path.isfile(join(prefix, "pyvenv.cfg"))

    @cached_property
    def _prefixes(self) -> Mapping[str, str]:
        """For each site directory `<prefix>/lib/pythonX.Y/site-packages` its prefix."""
        found = {}
        for base in self.site_forms:
            prefix = parent(parent(parent(base)))
            if name(parent(parent(base))) in ("lib", "lib64") and parts(prefix):
                found[base] = prefix
        return found

    @cached_property
    def directory_roots(self) -> tuple[Root, ...]:
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
        libraries = dict.fromkeys(parent(directory) for directory in environment.stdlib)
        return tuple(join(directory, f"python{digits}.zip") for directory in libraries)
