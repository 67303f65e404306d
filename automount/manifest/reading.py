"""Reads and checks a manifest from JSON: issues are collected, each with its place.

The table of keys defines which keys are required and their values; unknown keys are kept as `extra`.
Conditions across rows are checked here: indexes must exist, remote paths must be unique. The digest is
compared by `check` only, because it must remain possible to read an edited manifest.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain

from automount.errors import ManifestError
from automount.manifest.checks import shown
from automount.manifest.json_text import NOT_ONE, parse
from automount.manifest.keys import MANIFEST
from automount.manifest.rows import SCHEMA, Manifest
from automount.manifest.table import MOST_ISSUES, Issues, TooManyIssues

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_FAMILY = "automount/v"
_NAMED = 3


class InvalidManifest(ManifestError):
    """Raised with all `issues` as (place, problem); at most `MOST_ISSUES` are collected.

    The message names the first few.
    """

    def __init__(self, source: str, issues: Sequence[tuple[str, str]]) -> None:
        self.issues = tuple(issues)
        named = "; ".join(f"{place}: {problem}" for place, problem in self.issues[:_NAMED])
        rest = len(self.issues) - _NAMED
        at_least = "at least " if len(self.issues) >= MOST_ISSUES else ""
        more = f"; and {at_least}{rest} more" if rest > 0 else ""
        super().__init__(f"{source} is not a valid manifest: {named}{more}", hint="record again")


def loads(data: bytes, source: str) -> Manifest:
    """The manifest in `data`; `source` names it in errors (a path, or "standard input").

    Raises `ManifestError`: not JSON, cut off, no manifest, of a newer schema, or `InvalidManifest`.
    """
    value = parse(data, source)
    _check_schema(value, source)
    del value["schema"]
    issues = Issues()
    manifest: Manifest | None = None
    try:
        manifest = MANIFEST.decode(value, "", issues)
        if manifest is not None:
            _relations(manifest, issues)
    except TooManyIssues:
        pass
    if issues.found or manifest is None:
        raise InvalidManifest(source, issues.found)
    return manifest


def _check_schema(value: Mapping[str, Any], source: str) -> None:
    schema = value.get("schema")
    if schema == SCHEMA:
        return
    if isinstance(schema, str) and schema.startswith(_FAMILY):
        raise ManifestError(
            f"{source} has the schema {shown(schema)}, and this automount reads {SCHEMA}",
            hint="upgrade automount, or record again with this one",
            code="manifest-newer",
        )
    problem = 'it has no "schema"' if schema is None else f"its schema is {shown(schema)}"
    raise ManifestError(f"{source} is not an automount manifest: {problem}", hint=NOT_ONE)


def _relations(manifest: Manifest, issues: Issues) -> None:
    """Checks the conditions across rows."""
    mounts = len(manifest.mounts)
    if len({row.remote for row in manifest.files}) < len(manifest.files):
        seen: dict[str, int] = {}
        for place, row in enumerate(manifest.files):
            first = seen.setdefault(row.remote, place)
            if first != place:
                problem = f"duplicate of the remote path of files[{first}]: {shown(row.remote)}"
                issues.add(f"files[{place}].remote", problem)
    if max(chain.from_iterable({row.mounts for row in manifest.files}), default=-1) >= mounts:
        for place, row in enumerate(manifest.files):
            for index in row.mounts:
                if index >= mounts:
                    issues.add(f"files[{place}].mounts", f"mount {index} does not exist")
    for place, module in enumerate(manifest.modules):
        if module.mount is not None and module.mount >= mounts:
            issues.add(f"modules[{place}].mount", f"mount {module.mount} does not exist")
    if manifest.complete and manifest.incomplete:
        issues.add("complete", "it is true, but `incomplete` has rows")
