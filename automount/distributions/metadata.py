"""One installed distribution's metadata, each part read when it is first needed."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from functools import cached_property

from automount.distributions.bounded import Damage, text_of
from automount.late_patterns import late_pattern
from automount.model import Distribution
from automount.paths import is_below, join, name, parent, parts
from automount.untrusted import json_value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    import importlib_metadata

METADATA_ENDINGS = (".dist-info", ".egg-info", ".egg-link")
_FIELD = late_pattern(r"^(Name|Version):[ \t]*(.*)$", re.MULTILINE | re.IGNORECASE)


class Metadata:
    """The metadata at `path`: a `.dist-info`, an `.egg-info` file or directory, or `EGG-INFO`.

    `base` is the directory, or egg, that its list of files is relative to. `damage` describes what is wrong
    with the files that were read so far. `source` reads what is inside an archive.
    """

    def __init__(self, path: str, base: str, source: importlib_metadata.Distribution | None = None) -> None:
        self.path = path
        self.base = base
        self.damage: Damage = {}
        self._source = source

    @cached_property
    def stem(self) -> str:
        """The distribution's name, taken from the name of the metadata directory; no file is read."""
        last = name(self.path)
        if last.upper() == "EGG-INFO":
            last = name(parent(self.path))
        return last.rpartition(".")[0].partition("-")[0]

    def read(self, file: str) -> str | None:
        """The text of one metadata file (of the metadata itself for ""); None where it cannot be read."""
        if self._source is None:
            return text_of(join(self.path, file) if file else self.path, self.damage)
        try:
            return self._source.read_text(file)
        except (OSError, ValueError):
            return None

    @property
    def listing_name(self) -> str:
        """The name of the list of files."""
        return "installed-files.txt" if self._is_egg else "RECORD"

    @property
    def _is_egg(self) -> bool:
        return not self.path.endswith(".dist-info")

    @cached_property
    def listing(self) -> str:
        """The list of files as text, one entry a line, with a line's end before the first; "" for none.

        SOURCES.txt does not count: it lists what went into the source archive.
        """
        if not self._is_egg:
            return "\n" + (self.read("RECORD") or "")
        if not self.path.endswith(".egg-info"):
            return "\n"
        # Relative to the metadata directory (pip before PEP 376), unlike RECORD.
        lines = (self.read("installed-files.txt") or "").split("\n")
        inside = name(self.path)
        rows = [line if line.startswith("/") else _joined(inside, line) for line in lines if line]
        return "\n" + "".join(f"{row}\n" for row in rows)

    @cached_property
    def entries(self) -> frozenset[str]:
        """The paths in the list of files, as written there: relative to `base`, or absolute."""
        found: set[str] = set()
        for line in self.listing.split("\n"):
            if line.startswith('"'):
                found.update(_quoted_entry(line))
            elif line:
                found.add(line.rsplit(",", 2)[0] if not self._is_egg else line)
        return frozenset(found)

    def lists(self, entry: str) -> bool:
        """Whether the list of files contains `entry`; it is searched as text unless it has been parsed."""
        if "entries" in self.__dict__:
            return entry in self.entries
        if self._is_egg:
            return f"\n{entry}\n" in self.listing
        return f"\n{entry}," in self.listing or f"\n{csv_field(entry)}," in self.listing

    def lists_below(self, entry: str) -> bool:
        """Whether the list of files contains something below the directory `entry`."""
        return f"\n{entry}/" in self.listing or f'\n"{entry}/' in self.listing

    def lists_first(self, part: str) -> bool:
        """Whether an entry of the list of files may begin with that part."""
        return f"\n{part}" in self.listing or f'\n"{part}' in self.listing

    @cached_property
    def top_level(self) -> frozenset[str]:
        """The import names in the distribution's `top_level.txt`, which setuptools writes."""
        return frozenset((self.read("top_level.txt") or "").split())

    @cached_property
    def direct_url(self) -> Mapping[str, Any] | None:
        """The parsed `direct_url.json` (PEP 610); None where the file is missing or cannot be read."""
        text = None if self._is_egg else self.read("direct_url.json")
        if not text:
            return None
        path = join(self.path, "direct_url.json")
        try:
            parsed = json_value(text)
        except ValueError:
            self.damage[path] = "is not JSON"
            return None
        if not isinstance(parsed, dict):
            self.damage[path] = "is not a JSON object"
            return None
        return parsed

    @property
    def editable_project(self) -> str | None:
        """The source directory that an editable distribution's `direct_url.json` names."""
        direct_url = self.direct_url
        if direct_url is None:
            return None
        info = direct_url.get("dir_info")
        if not isinstance(info, dict) or info.get("editable") is not True:
            return None
        from urllib.parse import unquote, urlsplit

        try:
            split = urlsplit(str(direct_url.get("url", "")))
        except ValueError:
            self.damage[join(self.path, "direct_url.json")] = "has an invalid URL"
            return None
        return os.path.normpath(unquote(split.path)) if split.scheme == "file" and split.path else None

    @cached_property
    def helper_modules(self) -> frozenset[str]:
        """The top-level modules that this distribution's own `.pth` files import at start."""
        found = set()
        for _, line in self.pth_lines:
            if line.startswith(("import ", "import\t")):
                found.update(re.findall(r"\bimport\s+([A-Za-z_][A-Za-z0-9_]*)", line))
        return frozenset(found)

    @cached_property
    def pth_lines(self) -> tuple[tuple[str, str], ...]:
        """The lines of the `.pth` files that it lists beside itself, each with its file."""
        found: list[tuple[str, str]] = []
        for entry in sorted(self.entries):
            if entry.endswith(".pth") and "/" not in entry:
                path = join(self.base, entry)
                found.extend((path, line) for line in pth_lines(path))
        return tuple(found)

    def is_helper(self, entry: str) -> bool:
        """Whether a listed file is a helper of the installation that holds no code of the project."""
        pieces = parts(entry)
        if entry.startswith(("/", "../")) or pieces[0].endswith(METADATA_ENDINGS):
            return True
        if len(pieces) > 1:
            return False
        return entry.endswith(".pth") or entry.partition(".")[0] in self.helper_modules

    @cached_property
    def described(self) -> Distribution:
        """The distribution with the name and version from its metadata."""
        fields: dict[str, str] = {}
        for file in ("METADATA", "PKG-INFO", ""):
            text = self.read(file)
            if text:
                # Two fields of a simple header: the email package takes 11 ms to import, and 1 ms
                # for each distribution.
                for field, value in _FIELD.findall(re.split(r"\n\r?\n", text, maxsplit=1)[0]):
                    fields.setdefault(field.lower(), value)
                break
        distribution_name, version = fields.get("name", ""), fields.get("version", "")
        # Metadata can be damaged; the name of its directory still identifies the distribution.
        rest = name(self.path).rpartition(".")[0].split("-")
        project = self.editable_project
        return Distribution(
            name=_one_line(distribution_name) or self.stem,
            version=_one_line(version) or (rest[1] if len(rest) > 1 else ""),
            metadata_path=self.path,
            editable=project is not None,
            project_root=project,
            direct_url=self.direct_url,
        )


def pth_lines(path: str) -> tuple[str, ...]:
    """The lines of a `.pth` file that `site` would act on."""
    text = text_of(path, {}, errors="surrogateescape") or ""
    lines = text.removeprefix("\ufeff").split("\n")
    return tuple(line.rstrip() for line in lines if line.strip() and not line.startswith("#"))


def _quoted_entry(line: str) -> list[str]:
    """The path in a line of RECORD that begins with a quotation mark; nothing where the line is damaged."""
    import csv

    try:
        return [row[0] for row in csv.reader([line]) if row]
    except csv.Error:
        return []


def _one_line(text: object) -> str:
    """The first line of a name or version: a damaged header may be folded over several."""
    return next(iter(str(text or "").split("\n")), "").strip()


def csv_field(entry: str) -> str:
    """An entry as a RECORD writes it when it has to be quoted."""
    return '"' + entry.replace('"', '""') + '"'


def _joined(directory: str, line: str) -> str:
    """`line` below the one-part `directory`, `..` beyond the top kept."""
    pieces = list(parts(directory))
    for piece in parts(line):
        if piece == ".." and pieces and pieces[-1] != "..":
            pieces.pop()
        else:
            pieces.append(piece)
    return "/".join(pieces)


def listed_below(base: str, path: str) -> str | None:
    """`path` as a list of files at `base` would write it, with `..` parts; None without common parts."""
    if is_below(path, base):
        return "/".join(parts(path)[len(parts(base)) :])
    inner, outer = parts(path), parts(base)
    shared = 0
    while shared < min(len(inner), len(outer)) and inner[shared] == outer[shared]:
        shared += 1
    if not shared:
        return None
    return "/".join([".."] * (len(outer) - shared) + list(inner[shared:]))
