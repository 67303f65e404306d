"""JSON -> `Manifest`, trusting nothing: all issues are collected, each with its place.

Every key of the schema must be there; keys beyond it are kept as `extra`. What the rest of automount
relies on is checked here once: types, enums, remote paths (absolute, folded), indexes that exist,
remote paths that are unique. Whether the digest is that of the content is for `check` to say: reading
an edited manifest must stay possible, or nobody could look at it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from automount.errors import ManifestError
from automount.manifest import checks, parsed
from automount.manifest.checks import shown
from automount.manifest.fields import (
    DATA,
    DISTRIBUTION,
    ENTRYPOINT,
    ENTRYPOINT_MORE,
    FILE,
    INCOMPLETE,
    MODULE,
    MODULE_MORE,
    MOUNT,
    PROCESS,
    PROCESS_MORE,
    PROVENANCE,
    REQUIREMENT,
    REQUIREMENT_MORE,
    SKIPPED,
    TOP,
    WARNING,
    Fields,
)
from automount.manifest.json_text import NOT_ONE, parse
from automount.manifest.rows import (
    SCHEMA,
    DataRow,
    FileEntry,
    Manifest,
    ModuleRow,
    MountRow,
    Provenance,
)
from automount.model import MountKind

_FAMILY = "automount/v"
_NAMED = 3
_Row = TypeVar("_Row")


class InvalidManifest(ManifestError):
    """Raised with everything that is wrong in `issues`, as (place, problem).

    The message names the first few.
    """

    def __init__(self, source: str, issues: Sequence[tuple[str, str]]) -> None:
        self.issues = tuple(issues)
        named = "; ".join(f"{place}: {problem}" for place, problem in self.issues[:_NAMED])
        more = f"; and {len(self.issues) - _NAMED} more" if len(self.issues) > _NAMED else ""
        super().__init__(f"{source} is not a sound manifest: {named}{more}", hint="record again")


def loads(data: bytes, source: str) -> Manifest:
    """The manifest in `data`; `source` names it in errors (a path, or "standard input").

    Raises `ManifestError`: not JSON, cut off, no manifest, of a newer schema, or `InvalidManifest`.
    """
    value = parse(data, source)
    _check_schema(value, source)
    reader = _Reader()
    manifest = reader.manifest(value)
    if reader.issues or manifest is None:
        raise InvalidManifest(source, reader.issues)
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
    said = 'it has no "schema"' if schema is None else f"its schema is {shown(schema)}"
    raise ManifestError(f"{source} is not an automount manifest: {said}", hint=NOT_ONE)


class _Reader:
    """Reads rows and keeps the issues."""

    def __init__(self) -> None:
        self.issues: list[tuple[str, str]] = []

    def manifest(self, top: dict[str, Any]) -> Manifest | None:
        """The manifest, None only where there are issues."""
        if not self._fields(top, "", TOP, {}):
            return None
        entrypoint = self._one(
            top["entrypoint"], "entrypoint", parsed.entrypoint_of, ENTRYPOINT, ENTRYPOINT_MORE
        )
        provenance = self._provenance(top["provenance"])
        mounts = self._mounts(top["mounts"])
        files = self._rows(top, "files", parsed.file_of, FILE)
        remotes = {row.local: row.remote for row in files}

        def data_row(row: dict[str, Any], extra: dict[str, Any]) -> DataRow:
            # Where it stands is in the row of the file; a manifest without one still says that it does.
            where = remotes.get(row["local"], "") if row["mounted"] else None
            return DataRow(row["local"], row["read_by"], where, extra)

        modules = self._rows(top, "modules", parsed.module_of, MODULE, MODULE_MORE)
        incomplete = self._rows(top, "incomplete", parsed.incomplete_of, INCOMPLETE)
        requirements = self._rows(top, "requirements", parsed.requirement_of, REQUIREMENT, REQUIREMENT_MORE)
        data = self._rows(top, "data", data_row, DATA)
        skipped = self._rows(top, "skipped", parsed.skipped_of, SKIPPED)
        warnings = self._rows(top, "warnings", parsed.warning_of, WARNING)
        if self.issues or entrypoint is None or provenance is None:
            return None
        self._relations(len(mounts), files, modules)
        if top["complete"] and incomplete:
            self.issues.append(("complete", "it is true, yet incomplete has rows"))
        return Manifest(
            digest=top["digest"],
            complete=top["complete"],
            entrypoint=entrypoint,
            remote_root=top["remote_root"],
            sys_path=tuple(top["sys_path"]),
            mounts=mounts,
            files=files,
            modules=modules,
            provenance=provenance,
            incomplete=incomplete,
            requirements=requirements,
            data=data,
            skipped=skipped,
            warnings=warnings,
            extra=_beyond(top, TOP, {"schema": checks.text}),
        )

    def _relations(self, mounts: int, files: Sequence[FileEntry], modules: Sequence[ModuleRow]) -> None:
        """What no row can know by itself: indexes exist, and a remote path is there once."""
        seen: dict[str, int] = {}
        for place, row in enumerate(files):
            first = seen.setdefault(row.remote, place)
            if first != place:
                problem = f"the remote path is that of files[{first}]: {shown(row.remote)}"
                self.issues.append((f"files[{place}].remote", problem))
            for index in row.mounts:
                if index >= mounts:
                    self.issues.append((f"files[{place}].mounts", f"there is no mount {index}"))
        for place, module in enumerate(modules):
            if module.mount is not None and module.mount >= mounts:
                self.issues.append((f"modules[{place}].mount", f"there is no mount {module.mount}"))

    def _fields(self, row: dict[str, Any], at: str, fields: Fields, more: Fields) -> bool:
        """Whether the row has all fields and they pass; what does not is noted."""
        sound = True
        for key, check in fields.items():
            problem = check(row[key]) if key in row else "it is missing"
            if problem is not None:
                self.issues.append((_place(at, key), problem))
                sound = False
        for key, check in more.items():
            problem = check(row[key]) if key in row else None
            if problem is not None:
                self.issues.append((_place(at, key), problem))
                sound = False
        return sound

    def _one(
        self,
        row: dict[str, Any],
        at: str,
        make: Callable[[dict[str, Any], dict[str, Any]], _Row],
        fields: Fields,
        more: Fields,
    ) -> _Row | None:
        return make(row, _beyond(row, fields, more)) if self._fields(row, at, fields, more) else None

    def _rows(
        self,
        top: dict[str, Any],
        key: str,
        make: Callable[[dict[str, Any], dict[str, Any]], _Row],
        fields: Fields,
        more: Fields | None = None,
    ) -> tuple[_Row, ...]:
        found = []
        for place, row in enumerate(top[key]):
            made = self._one(row, f"{key}[{place}]", make, fields, more or {})
            if made is not None:
                found.append(made)
        return tuple(found)

    def _mounts(self, rows: list[dict[str, Any]]) -> tuple[MountRow, ...]:
        found = []
        for place, row in enumerate(rows):
            at = f"mounts[{place}]"
            if not self._fields(row, at, MOUNT, {}):
                continue
            owner = row["distribution"]
            distribution = None
            if owner is not None:
                place_of_owner = f"{at}.distribution"
                distribution = self._one(owner, place_of_owner, parsed.distribution_of, DISTRIBUTION, {})
            found.append(
                MountRow(
                    row["label"],
                    MountKind(row["kind"]),
                    row["name"],
                    row["local"],
                    row["remote"],
                    tuple(row["because"]),
                    distribution,
                    _beyond(row, MOUNT, {}),
                )
            )
        return tuple(found)

    def _provenance(self, row: dict[str, Any]) -> Provenance | None:
        if not self._fields(row, "provenance", PROVENANCE, {}):
            return None
        processes = []
        for place, inner in enumerate(row["processes"]):
            at = f"provenance.processes[{place}]"
            process = self._one(inner, at, parsed.process_of, PROCESS, PROCESS_MORE)
            if process is not None:
                processes.append(process)
        return Provenance(
            row["created"],
            row["python"],
            row["platform"],
            tuple(row["argv"]),
            row["cwd"],
            row["exit_code"],
            tuple(processes),
            row["automount"],
            _beyond(row, PROVENANCE, {}),
        )


def _place(at: str, key: str) -> str:
    return f"{at}.{key}" if at else key


def _beyond(row: dict[str, Any], fields: Fields, more: Fields) -> dict[str, Any]:
    """The keys that the schema does not name."""
    return {key: value for key, value in row.items() if key not in fields and key not in more}
