"""Writes down which installed distributions a run needs: requirements.txt lines, or a lock file (pure).

What was installed from elsewhere than an index keeps its source, as `direct_url.json` (PEP 610) has it:
a commit of a repository, an archive with its hash, a directory. What came from an index is pinned by
name and version. PEP 751 would have the hashes of its wheels as well; no installation keeps those and
automount asks no index, so the lock file leaves them to the tool that completes it.

The rows may come from anybody's manifest or metadata. pip splits a file at every character at which
`str.splitlines` splits, reads options anywhere in a line, joins lines at a backslash and expands `${NAME}`.
So a name, version, commit or hash is written only where it has the form that its standard gives it, and in a
URL everything else is percent-encoded. A row that cannot be written becomes a comment.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from automount.model import Requirement

Table = list[tuple[str, str]]

_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?")  # PEP 508
_LITERAL_VERSION = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._+!~-]*[A-Za-z0-9])?")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_VCS = frozenset({"git", "hg", "svn", "bzr"})
_COMMIT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/:@+-]*")
_HASH = re.compile(r"[A-Za-z0-9_]+")
# RFC 3986, without `$`, which pip may expand.
_IN_URL = ":/?#[]@!&'()*+,;=%"


def render_requirements(rows: Iterable[Requirement]) -> str:
    """Lines that `pip install -r` takes, sorted by name; editable projects by their directory.

    Where two interpreters of one run used two versions, the second is a comment: pip takes only one.
    """
    lines = []
    named: set[str] = set()
    for row in _sorted(rows):
        name = str(canonicalize_name(row.name))
        line = _requirement(row, name)
        lines.append(f"# also used, by another interpreter: {line}" if name in named else line)
        named.add(name)
    return "".join(f"{line}\n" for line in lines)


def _requirement(row: Requirement, name: str) -> str:
    return _line(row, name) or f"# cannot be written as a requirement: {row.name!a} {row.version!a}"


def _line(row: Requirement, name: str) -> str | None:
    """The requirement as pip reads it, None where something in it has no form that pip could read."""
    source = row.direct_url or {}
    url = _url(source.get("url"))
    if row.editable_project is not None or _is_editable(source):
        url = url or (_file_url(row.editable_project) if row.editable_project else "")
        return f"-e {url}" if url else None
    if _NAME.fullmatch(name) is None:
        return None
    if not source.get("url"):
        return _pinned(name, row.version.strip())
    fragment = []
    vcs = _table_in(source, "vcs_info")
    if vcs:
        kind, commit = str(vcs.get("vcs")), str(vcs.get("commit_id"))
        if kind not in _VCS or _COMMIT.fullmatch(commit) is None:
            return None
        url = url and f"{kind}+{url}@{commit}"
    hashes = _hashes(source)
    if hashes:
        algorithm = "sha256" if "sha256" in hashes else min(hashes)
        fragment.append(f"{algorithm}={hashes[algorithm]}")
    if source.get("subdirectory"):
        fragment.append(f"subdirectory={_quoted(str(source['subdirectory']), '/')}")
    return f"{name} @ {url}" + ("#" + "&".join(fragment) if fragment else "") if url else None


def _pinned(name: str, version: str) -> str | None:
    if not version:
        return name
    if _is_version(version):
        return f"{name}=={version}"
    # What is not a PEP 440 version can only be asked for literally.
    return f"{name}==={version}" if _LITERAL_VERSION.fullmatch(version) else None


def _url(value: object) -> str:
    """`value` as a URL without spaces, line breaks and other characters that a URL does not have; else ""."""
    text = value if isinstance(value, str) else ""
    return _quoted(text, _IN_URL) if _SCHEME.match(text) else ""


def _quoted(text: str, safe: str) -> str:
    return quote(text.encode("utf-8", "surrogatepass"), safe=safe)


def render_pylock(rows: Iterable[Requirement]) -> str:
    """A `pylock.toml` (PEP 751, lock version 1.0), packages sorted by name and version."""
    text = [_table(None, [("lock-version", _text("1.0")), ("created-by", _text("automount"))])]
    for row in _sorted(rows):
        package: Table = [("name", _text(str(canonicalize_name(row.name))))]
        # A directory's version can change with its content: PEP 751 wants it left out.
        kind, source = _source(row)
        if _is_version(row.version) and kind != "directory":
            package.append(("version", _text(row.version)))
        text.append(_table("[[packages]]", package))
        if source:
            text.append(_table(f"[packages.{kind}]", source))
    return "\n".join(text)


def _source(row: Requirement) -> tuple[str, Table]:
    """The kind and the table of where the package came from; empty for an index."""
    source = row.direct_url or {}
    url = str(source.get("url") or "")
    subdirectory = source.get("subdirectory")
    tail: Table = [("subdirectory", _text(str(subdirectory)))] if subdirectory else []
    vcs = _table_in(source, "vcs_info")
    if vcs:
        head: Table = [("type", _text(str(vcs.get("vcs")))), ("url", _text(url))]
        if vcs.get("requested_revision"):
            head.append(("requested-revision", _text(str(vcs["requested_revision"]))))
        return "vcs", [*head, ("commit-id", _text(str(vcs.get("commit_id")))), *tail]
    hashes = _hashes(source)
    if hashes and url:
        listed = ", ".join(f"{_key(name)} = {_text(hashes[name])}" for name in sorted(hashes))
        where = ("path", _text(_path(url))) if url.startswith("file:") else ("url", _text(url))
        return "archive", [where, *tail, ("hashes", f"{{{listed}}}")]
    if row.editable_project is not None or "dir_info" in source:
        path = _path(url) if url else row.editable_project or ""
        table: Table = [("path", _text(path))]
        if row.editable_project is not None or _is_editable(source):
            table.append(("editable", "true"))
        return "directory", [*table, *tail]
    return "", []


def _is_editable(source: Mapping[str, Any]) -> bool:
    return bool(_table_in(source, "dir_info").get("editable"))


def _hashes(source: Mapping[str, Any]) -> dict[str, str]:
    """The archive's hashes by algorithm; `hash` is PEP 610's first spelling, `hashes` the later one."""
    archive = _table_in(source, "archive_info")
    hashes = {str(name): str(value) for name, value in _table_in(archive, "hashes").items()}
    algorithm, equals, value = str(archive.get("hash") or "").partition("=")
    if equals:
        hashes.setdefault(algorithm, value)
    return {name: value for name, value in hashes.items() if _HASH.fullmatch(name) and _HASH.fullmatch(value)}


def _table_in(source: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """The object under `key`, an empty one for any other value."""
    value = source.get(key)
    return value if isinstance(value, Mapping) else {}


def _sorted(rows: Iterable[Requirement]) -> Sequence[Requirement]:
    return sorted(
        rows,
        key=lambda row: (
            str(canonicalize_name(row.name)),
            row.version,
            json.dumps(row.direct_url, sort_keys=True),
            row.editable_project or "",
        ),
    )


def _is_version(text: str) -> bool:
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


def _path(url: str) -> str:
    if not url.startswith("file:"):
        return url
    try:
        return unquote(urlsplit(url).path)
    except ValueError:
        return url


def _table(header: str | None, rows: Table) -> str:
    lines = [header] if header else []
    return "".join(f"{line}\n" for line in [*lines, *(f"{key} = {value}" for key, value in rows)])


def _key(name: str) -> str:
    return name if name.replace("-", "").replace("_", "").isalnum() and name.isascii() else _text(name)


def _text(text: str) -> str:
    """A TOML basic string. TOML is Unicode: what is not has no spelling in it."""
    clean = text.encode("utf-8", "replace").decode("utf-8")
    quoted = json.dumps(clean, ensure_ascii=False)
    # Unicode has line breaks that JSON leaves as they are.
    return "".join(f"\\u{ord(c):04x}" if c in "\x7f\x85\u2028\u2029" else c for c in quoted)
