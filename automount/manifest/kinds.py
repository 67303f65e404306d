"""What the value of a key may be: a `Kind` joins the check, the JSON Schema, and the Python value."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import Enum

from automount.manifest import checks, columns
from automount.manifest.checks import LARGEST, Check
from automount.manifest.columns import Column, ColumnCheck
from automount.values import dataclass, field

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from automount.manifest.table import Table
else:
    Any = object  # in the aliases below

Schema = Mapping[str, Any]


@dataclass(frozen=True)
class Kind:
    """What a value may be. `decode` and `encode` are None where JSON and Python have the same value.

    `table` is set where the value is a row (`many`: an array of rows); the table then decodes it.
    `all_pass` is the check of many values at once; by default `check` is called for each different one.
    """

    check: Check
    schema: Schema
    decode: Callable[[Any], Any] | None = None
    encode: Callable[[Any], Any] | None = None
    table: Table | None = field(default=None, repr=False)
    many: bool = False
    all_pass: ColumnCheck | None = None

    def accepts(self, column: Column) -> bool:
        """Whether all of the values certainly pass the check."""
        return (self.all_pass or columns.different_values(self.check))(column)


_INTEGER = {"type": "integer", "minimum": -LARGEST, "maximum": LARGEST}

TEXT = Kind(checks.text, {"type": "string"}, all_pass=columns.texts)
WORD = Kind(checks.word, {"type": "string", "pattern": r"^[^\u0000]*$"})
NAME = Kind(checks.name, {"type": "string", "minLength": 1})
TRUTH = Kind(checks.truth, {"type": "boolean"})
INTEGER = Kind(checks.integer, _INTEGER)
COUNT = Kind(checks.count, {**_INTEGER, "minimum": 0}, all_pass=columns.counts)
SECONDS = Kind(checks.seconds, {"type": "number", "minimum": 0})
OBJECT = Kind(checks.document, {"type": "object"})
SHA256 = Kind(checks.sha256, {"type": "string", "pattern": "^[0-9a-f]{64}$"}, all_pass=columns.hashes)
DIGEST = Kind(checks.digest, {"type": "string", "pattern": "^sha256:[0-9a-f]{64}$"})
LOCAL = Kind(checks.local, {"$ref": "#/$defs/local"}, all_pass=columns.local_paths)
REMOTE = Kind(checks.remote, {"$ref": "#/$defs/remote"}, all_pass=columns.remote_paths)
DIRECTORY = Kind(checks.directory, {"$ref": "#/$defs/directory"})

_PART = r"(/(?!\.{1,2}(/|$))[^/\u0000]+)"
PATH_SCHEMAS: dict[str, Schema] = {
    "local": {
        "description": "An absolute path on the recorded machine.",
        "type": "string",
        "pattern": r"^/[^\u0000]*$",
    },
    "remote": {
        "description": "The remote path of a file: absolute, without empty, . and .. parts.",
        "type": "string",
        "pattern": f"^{_PART}+$",
    },
    "directory": {
        "description": "A remote directory: the same form as a remote path, or the root.",
        "type": "string",
        "pattern": f"^(/|{_PART}+)$",
    },
}


def choice(kind: type[Enum]) -> Kind:
    """One of the values of an enum."""
    values = [str(member.value) for member in kind]
    return Kind(checks.among(*values), {"enum": values}, kind, _value_of)


def words(*values: str) -> Kind:
    """One of some strings."""
    return Kind(checks.among(*values), {"enum": list(values)})


def maybe(kind: Kind) -> Kind:
    """null, or what `kind` allows."""
    decode, encode = kind.decode, kind.encode
    return Kind(
        checks.maybe(kind.check),
        _or_null(kind.schema),
        None if decode is None else lambda value: None if value is None else decode(value),
        None if encode is None else lambda value: None if value is None else encode(value),
        kind.table,
        all_pass=columns.nullable(kind.accepts),
    )


def array(kind: Kind) -> Kind:
    """An array of plain values, a tuple in Python."""
    schema = {"type": "array", "items": kind.schema}
    return Kind(checks.array(kind.check), schema, tuple, all_pass=columns.arrays(kind.accepts))


def row(table: Table) -> Kind:
    """One row of `table`."""
    return Kind(checks.mapping, {"$ref": f"#/$defs/{table.name}"}, table=table)


def rows(table: Table) -> Kind:
    """An array of rows of `table`, a tuple in Python."""
    items = {"$ref": f"#/$defs/{table.name}"}
    schema = {"type": "array", "items": items}
    return Kind(checks.array(checks.mapping), schema, table=table, many=True)


def _or_null(schema: Schema) -> Schema:
    if "enum" in schema:
        return {**schema, "enum": [*schema["enum"], None]}
    if "type" in schema:
        return {**schema, "type": [schema["type"], "null"]}
    return {"anyOf": [schema, {"type": "null"}]}


def _value_of(member: Enum) -> Any:
    return member.value
