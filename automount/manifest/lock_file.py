"""Writes the installed distributions that a run needs as a lock file, `pylock.toml` (PEP 751) (pure).

PEP 751 requires the hashes of the wheels of a distribution from an index. No installation keeps them, and
automount contacts no index, so the lock file has such a distribution's name and version alone.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import unquote, urlsplit

from packaging.pylock import Package, PackageArchive, PackageDirectory, PackageVcs, Pylock
from packaging.utils import canonicalize_name
from packaging.version import Version

from automount.manifest.requirement_files import (
    archive_hashes,
    is_editable,
    is_from_cache,
    is_version,
    local_source_note,
    sorted_rows,
    table_in,
)
from automount.model import Requirement


def render_pylock(rows: Iterable[Requirement]) -> str:
    """The text of the lock file, packages sorted by name and version.

    A comment precedes what was installed from a local path.
    """
    ordered = sorted_rows(rows)
    lock = Pylock(lock_version=Version("1.0"), created_by="automount", packages=list(map(_package, ordered)))
    notes = [local_source_note(row) if row.local_source is not None else None for row in ordered]
    return "".join(f"{line}\n" for line in _toml(lock.to_dict(), notes))


def _package(row: Requirement) -> Package:
    sources = _sources(row)
    # The version of a directory changes with its content: PEP 751 leaves it out.
    has_version = is_version(row.version) and "directory" not in sources
    version = Version(row.version) if has_version else None
    return Package(name=canonicalize_name(row.name), version=version, **sources)


def _sources(row: Requirement) -> dict[str, Any]:
    """The source of a package under the key that PEP 751 gives to its kind; nothing for an index."""
    source = {} if is_from_cache(row) else row.direct_url or {}
    url = str(source.get("url") or "")
    subdirectory = str(source["subdirectory"]) if source.get("subdirectory") else None
    vcs = table_in(source, "vcs_info")
    if vcs:
        revision = vcs.get("requested_revision")
        return {
            "vcs": PackageVcs(
                type=str(vcs.get("vcs")),
                url=url,
                requested_revision=str(revision) if revision else None,
                commit_id=str(vcs.get("commit_id")),
                subdirectory=subdirectory,
            )
        }
    hashes = archive_hashes(source)
    if hashes and url:
        is_local = url.startswith("file:")
        return {
            "archive": PackageArchive(
                url=None if is_local else url,
                path=_path(url) if is_local else None,
                hashes=dict(sorted(hashes.items())),
                subdirectory=subdirectory,
            )
        }
    if row.editable_project is not None or "dir_info" in source:
        editable = row.editable_project is not None or is_editable(source)
        path = _path(url) if url else row.editable_project or ""
        return {
            "directory": PackageDirectory(
                path=path, editable=True if editable else None, subdirectory=subdirectory
            )
        }
    return {}


def _path(url: str) -> str:
    if not url.startswith("file:"):
        return url
    try:
        return unquote(urlsplit(url).path)
    except ValueError:
        return url


def _toml(lock: Mapping[str, Any], notes: Sequence[str | None]) -> Iterator[str]:
    """The lines of a lock file: the standard library reads TOML, but does not write it.

    `notes` has the comment of each package, or None.
    """
    yield from _pairs(lock)
    if not lock["packages"]:
        yield "packages = []"
    for package, note in zip(lock["packages"], notes, strict=True):
        yield from ("", *((f"# {note}",) if note else ()), "[[packages]]", *_pairs(package))
        for key, table in package.items():
            if isinstance(table, Mapping):
                yield from (f"[packages.{key}]", *_pairs(table))
                if "hashes" in table:
                    yield from (f"[packages.{key}.hashes]", *_pairs(table["hashes"]))


def _pairs(table: Mapping[str, Any]) -> Iterator[str]:
    for key, value in table.items():
        if isinstance(value, (str, bool)):
            yield f"{_key(key)} = {_string(value) if isinstance(value, str) else str(value).lower()}"


def _key(name: str) -> str:
    is_bare = name.isascii() and name.replace("-", "").replace("_", "").isalnum()
    return name if is_bare else _string(name)


def _string(text: str) -> str:
    """A TOML string; "?" for surrogates, which TOML cannot contain.

    JSON leaves U+007F as it is, which TOML forbids, and line separators, at which some tools split lines.
    """
    quoted = json.dumps(text.encode("utf-8", "replace").decode("utf-8"), ensure_ascii=False)
    return "".join(f"\\u{ord(c):04x}" if c in "\x7f\x85\u2028\u2029" else c for c in quoted)
