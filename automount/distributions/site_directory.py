"""One directory that can hold installed distributions, listed once; its metadata is read on demand."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from functools import cached_property

from automount.distributions.bounded import Damage
from automount.distributions.egg_links import EggLink
from automount.distributions.metadata import METADATA_ENDINGS, Metadata
from automount.paths import join, name


class SiteDirectory:
    """The distributions whose metadata is in one directory or egg (`path`, as it was named).

    Likely owners of an entry are found by name first: most distributions have the same name as
    what they install. The lists of the others are then searched as text, and only an owner's is parsed.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self._link_damage: Damage = {}
        self._owners: dict[str, list[Metadata]] = {}
        self._heads: dict[str, tuple[Metadata, ...]] = {}
        self._named: dict[str, Metadata | None] = {}
        self._candidates: dict[str, tuple[Metadata, ...]] = {}

    @cached_property
    def _entries(self) -> tuple[tuple[str, bool], ...]:
        """The names in the directory, sorted, and whether each is a link."""
        try:
            with os.scandir(self.path) as found:
                return tuple(sorted((entry.name, entry.is_symlink()) for entry in found))
        except OSError:
            return ()

    @cached_property
    def metadata(self) -> tuple[Metadata, ...]:
        """The distributions here, sorted by the name of their metadata; no file of them is read yet."""
        if self.path.lower().endswith(".egg") and os.path.isdir(join(self.path, "EGG-INFO")):
            return (Metadata(join(self.path, "EGG-INFO"), self.path),)
        if os.path.isfile(self.path):
            return self._in_archive()
        return tuple(
            Metadata(join(self.path, entry), self.path)
            for entry, _ in self._entries
            # pip leaves `~ame-1.0.dist-info` behind when it is interrupted.
            if entry.endswith((".dist-info", ".egg-info")) and not entry.startswith("~")
        )

    def _in_archive(self) -> tuple[Metadata, ...]:
        # Few directories have an archive beside them, and these two take 9 ms to import.
        import zipfile

        import importlib_metadata

        try:
            found = sorted(importlib_metadata.Distribution.discover(path=[self.path]), key=str)
        except (OSError, ValueError, zipfile.BadZipFile):
            return ()
        return tuple(
            Metadata(str(getattr(one, "_path", self.path)).rstrip("/"), self.path, one) for one in found
        )

    @cached_property
    def top_names(self) -> frozenset[str]:
        """The import names that an entry here can have: the part before the first dot."""
        return frozenset(entry.partition(".")[0] for entry, _ in self._entries)

    @cached_property
    def egg_links(self) -> tuple[EggLink, ...]:
        """The development installs of `setup.py develop` that are linked from here."""
        links = (entry for entry, _ in self._entries if entry.endswith(".egg-link"))
        found = (EggLink.read(join(self.path, entry), self._link_damage) for entry in links)
        return tuple(link for link in found if link is not None)

    @cached_property
    def editables(self) -> tuple[Metadata, ...]:
        """The distributions that are editable according to `direct_url.json`.

        Each editable install leaves a `.pth` or a link beside its metadata: a directory without either
        has none, and no metadata is touched.
        """
        if not any(entry.endswith(".pth") or linked for entry, linked in self._entries):
            return ()
        return tuple(one for one in self.metadata if one.editable_project is not None)

    def damage(self) -> Damage:
        """What is wrong with the files that were read so far."""
        found = dict(self._link_damage)
        for one in self.__dict__.get("metadata", ()):  # listed only where something was looked up here
            found.update(one.damage)
        return found

    def owner_of(self, entry: str) -> Metadata | None:
        """The distribution that lists the entry, a path relative to this directory."""
        head = entry.partition("/")[0]
        known = self._owners.setdefault(head, [])
        for one in known:
            if one.lists(entry):
                return one
        for one in self._listing(head, top_name(entry)):
            if one not in known and one.lists(entry):
                known.append(one)
                # Its other files will be looked up too, and a set is faster than a search.
                _ = one.entries
                return one
        # No list contains it: from now on only those with this first part are searched.
        self._all_listing(head, top_name(entry))
        return None

    def owner_of_parent(self, entry: str) -> tuple[Metadata, str] | None:
        """The distribution that lists a directory above the entry, and that directory."""
        directory = entry.rpartition("/")[0]
        while directory:
            for one in self._listing(entry.partition("/")[0], top_name(entry)):
                if one.lists(directory):
                    return one, directory
            directory = directory.rpartition("/")[0]
        return None

    def owners_below(self, entry: str) -> Iterator[Metadata]:
        """The distribution that lists anything below the directory entry."""
        for one in self._all_listing(entry.partition("/")[0], top_name(entry)):
            if one.lists_below(entry):
                yield one

    def named_for(self, entry: str) -> Metadata | None:
        """The distribution without a file list whose `top_level.txt` or name matches the entry."""
        key = top_name(entry)
        if key not in self._named:
            self._named[key] = self._find_named(key)
        return self._named[key]

    def _find_named(self, key: str) -> Metadata | None:
        wanted = _letters(key)
        for one in self._by_affinity(key):
            if one.listing != "\n":
                continue
            tops = one.top_level
            if key in tops or (not tops and _letters(one.stem) == wanted):
                return one
        return None

    def _listing(self, head: str, key: str) -> tuple[Metadata, ...]:
        """The distributions that can list an entry with that first part, the most likely first."""
        found = self._heads.get(head)
        return self._by_affinity(key) if found is None else found

    def _all_listing(self, head: str, key: str) -> tuple[Metadata, ...]:
        """The distributions that list an entry with that first part; reads every list once."""
        found = self._heads.get(head)
        if found is None:
            found = tuple(one for one in self._by_affinity(key) if one.lists_first(head))
            self._heads[head] = found
        return found

    def _by_affinity(self, key: str) -> tuple[Metadata, ...]:
        """All distributions here, the most likely owners of the top-level name first."""
        found = self._candidates.get(key)
        if found is None:
            wanted = _letters(key)
            found = tuple(sorted(self.metadata, key=lambda one: _distance(_letters(one.stem), wanted)))
            self._candidates[key] = found
        return found


def top_name(entry: str) -> str:
    """The import name that the first part of an entry can represent: `six.py` is `six`.

    Outside the directory (`../../../bin/flask`) the last part's counts.
    """
    if entry.startswith(("../", "/")):
        return name(entry).partition(".")[0]
    first = entry.partition("/")[0]
    if first.endswith(METADATA_ENDINGS):
        return first.rpartition(".")[0].partition("-")[0]
    return first.partition(".")[0]


def _letters(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.lower())


def _distance(distribution: str, wanted: str) -> tuple[int, int]:
    """How different two names are: equal, one inside the other, the same letters, few shared pairs."""
    if distribution == wanted:
        return 0, 0
    if not distribution or not wanted:
        return 3, 0
    if distribution in wanted or wanted in distribution:
        return 1, abs(len(distribution) - len(wanted))
    letters = iter(distribution)
    if all(letter in letters for letter in wanted):
        return 2, 0
    return 3, -len(_pairs(distribution) & _pairs(wanted))


def _pairs(text: str) -> frozenset[str]:
    return frozenset(text[at : at + 2] for at in range(len(text) - 1))
