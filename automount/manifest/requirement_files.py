"""Writes the installed distributions that a run needs as lines for `pip install -r` (pure).

A distribution that was not installed from an index keeps its source from `direct_url.json` (PEP 610): a
commit of a repository, an archive with its hash, or a directory. Others are pinned by name and version.

The rows may come from a manifest or metadata of a stranger. pip splits a file at every character at which
`str.splitlines` splits, reads options anywhere in a line, joins lines at a backslash and expands `${NAME}`.
So a name, version, commit or hash is only written if it has the form that its standard defines, and all other
characters of a URL are percent-encoded. A row that cannot be written becomes a comment.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from automount.model import Requirement

_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?")  # PEP 508
_LITERAL_VERSION = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._+!~-]*[A-Za-z0-9])?")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_VCS = frozenset({"git", "hg", "svn", "bzr"})
_COMMIT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/:@+-]*")
_HASH = re.compile(r"[A-Za-z0-9_]+")
# RFC 3986, without `$`, which pip may expand.
_IN_URL = ":/?#[]@!&'()*+,;=%"


def render_requirements(rows: Iterable[Requirement]) -> str:
    """The lines for `pip install -r`, sorted by name; editable projects are named by their directory.

    A comment precedes what was installed from a local path. The line stays: pip then says which path is
    missing, and a name without its path could install something else from an index.
    If two interpreters of one run used two versions, the second is a comment: pip accepts only one.
    """
    lines = []
    named: set[str] = set()
    for row in sorted_rows(rows):
        name = str(canonicalize_name(row.name))
        line = _requirement(row, name)
        if row.local_source is not None:
            lines.append(f"# {local_source_note(row)}")
        lines.append(f"# also used, by another interpreter: {line}" if name in named else line)
        named.add(name)
    return "".join(f"{line}\n" for line in lines)


def local_source_note(row: Requirement) -> str:
    """One line that says where a local requirement was installed from; other characters are escaped."""
    place = ascii(row.local_source)[1:-1]
    return f"{ascii(row.name)[1:-1]} was installed from {place} on this machine, and can be only there:"


def _requirement(row: Requirement, name: str) -> str:
    return _line(row, name) or f"# cannot be written as a requirement: {row.name!a} {row.version!a}"


def _line(row: Requirement, name: str) -> str | None:
    """The requirement as pip reads it; None if a part of it cannot be written so that pip reads it."""
    source = row.direct_url or {}
    url = _url(source.get("url"))
    if row.editable_project is not None or is_editable(source):
        url = url or (_file_url(row.editable_project) if row.editable_project else "")
        return f"-e {url}" if url else None
    if _NAME.fullmatch(name) is None:
        return None
    if not source.get("url") or is_from_cache(row):
        return _pinned(name, row.version.strip())
    fragment = []
    vcs = table_in(source, "vcs_info")
    if vcs:
        kind, commit = str(vcs.get("vcs")), str(vcs.get("commit_id"))
        if kind not in _VCS or _COMMIT.fullmatch(commit) is None:
            return None
        url = url and f"{kind}+{url}@{commit}"
    hashes = archive_hashes(source)
    if hashes:
        algorithm = "sha256" if "sha256" in hashes else min(hashes)
        fragment.append(f"{algorithm}={hashes[algorithm]}")
    if source.get("subdirectory"):
        fragment.append(f"subdirectory={_quoted(str(source['subdirectory']), '/')}")
    return f"{name} @ {url}" + ("#" + "&".join(fragment) if fragment else "") if url else None


def _pinned(name: str, version: str) -> str | None:
    if not version:
        return name
    if is_version(version):
        return f"{name}=={version}"
    # pip compares a version that is not valid under PEP 440 as text.
    return f"{name}==={version}" if _LITERAL_VERSION.fullmatch(version) else None


def _url(value: object) -> str:
    """`value` with all characters percent-encoded that a URL cannot contain; "" if it is not a URL."""
    text = value if isinstance(value, str) else ""
    return _quoted(text, _IN_URL) if _SCHEME.match(text) else ""


def _quoted(text: str, safe: str) -> str:
    return quote(text.encode("utf-8", "surrogatepass"), safe=safe)


def is_editable(source: Mapping[str, Any]) -> bool:
    """Whether a `direct_url.json` names an editable installation."""
    return bool(table_in(source, "dir_info").get("editable"))


def is_from_cache(row: Requirement) -> bool:
    """Whether its `file:` URL is one of a package manager's own, so that it is named by its version alone."""
    url = str((row.direct_url or {}).get("url") or "")
    return url.lower().startswith("file:") and row.local_source is None


def archive_hashes(source: Mapping[str, Any]) -> dict[str, str]:
    """The hashes of an archive by algorithm, from the key `hashes` of PEP 610 or from the older `hash`."""
    archive = table_in(source, "archive_info")
    hashes = {str(name): str(value) for name, value in table_in(archive, "hashes").items()}
    algorithm, equals, value = str(archive.get("hash") or "").partition("=")
    if equals:
        hashes.setdefault(algorithm, value)
    return {name: value for name, value in hashes.items() if _HASH.fullmatch(name) and _HASH.fullmatch(value)}


def table_in(source: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """The mapping under `key`; an empty one if the value is not a mapping."""
    value = source.get(key)
    return value if isinstance(value, Mapping) else {}


def sorted_rows(rows: Iterable[Requirement]) -> Sequence[Requirement]:
    """The rows by name and version, then by source."""
    return sorted(
        rows,
        key=lambda row: (
            str(canonicalize_name(row.name)),
            row.version,
            json.dumps(row.direct_url, sort_keys=True),
            row.editable_project or "",
        ),
    )


def is_version(text: str) -> bool:
    """Whether `text` is a version as PEP 440 defines it."""
    try:
        Version(text)
    except InvalidVersion:
        return False
    return True


def _file_url(path: str) -> str:
    try:
        raw = path.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        raw = path.encode("utf-8", "surrogatepass")
    return "file://" + quote(raw)
