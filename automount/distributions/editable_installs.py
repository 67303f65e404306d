"""What the editable installs in some site directories provide, found without running any of their code."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from functools import cached_property

from automount.distribution_names import canonical
from automount.distributions.editable_sources import EditableSources, sources_of
from automount.distributions.metadata import Metadata
from automount.distributions.site_directory import SiteDirectory
from automount.paths import join

_MODULE_FILES = ("/__init__.py", ".py", "/__init__.pyc", ".pyc")


class EditableInstalls:
    """The editable installs that the site directories `sites` lead to."""

    def __init__(self, sites: Iterable[str]) -> None:
        self._sites = [SiteDirectory(site) for site in sites]

    def module_file(self, module_name: str) -> str | None:
        """The local file or directory that one of them provides as `module_name`; None where none does."""
        below = module_name.replace(".", "/")
        for sources in self._sources:
            mapped = sources.modules.get(module_name)
            stems = [mapped] if mapped is not None else []
            stems += [join(directory, below) for directory in sources.directories]
            for stem in stems:
                endings = ("", *_MODULE_FILES) if stem == mapped else _MODULE_FILES
                found = next((stem + ending for ending in endings if os.path.exists(stem + ending)), None)
                if found is not None:
                    return found
        return None

    def entry_points(self, group: str) -> Iterator[str]:
        """The local `entry_points.txt` of each that has entry points in this group."""
        for one in self._described:
            lines = (one.read("entry_points.txt") or "").splitlines()
            if f"[{group}]" in map(str.strip, lines):
                yield join(one.path, "entry_points.txt")

    def described(self, distribution_name: str) -> Iterator[str]:
        """The local file with the name and version of the one that has this name."""
        wanted = canonical(distribution_name)
        for one in self._described:
            if canonical(one.stem) == wanted:
                yield join(one.path, "METADATA" if one.path.endswith(".dist-info") else "PKG-INFO")

    @cached_property
    def _described(self) -> tuple[Metadata, ...]:
        linked = (link.metadata for site in self._sites for link in site.egg_links)
        return (*self._metadata, *filter(None, linked))

    @cached_property
    def _metadata(self) -> tuple[Metadata, ...]:
        return tuple(one for site in self._sites for one in site.editables)

    @cached_property
    def _sources(self) -> tuple[EditableSources, ...]:
        links = (link for site in self._sites for link in site.egg_links)
        linked = (EditableSources(link.path, (link.source,)) for link in links)
        return (*(sources for one in self._metadata for sources in sources_of(one)), *linked)
