"""The mechanism of the table of keys: rows are decoded, encoded and described by the same list of keys."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property

from automount.manifest.checks import shown
from automount.manifest.kinds import Kind
from automount.untrusted import is_shallow
from automount.values import dataclass, default_values

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# A manifest of some hundred compressed bytes can have millions of wrong values. A user reads only the first
# few.
MOST_ISSUES = 100


class TooManyIssues(Exception):
    """Raised where the list of issues is full."""


class Issues:
    """Collects issues as (place, problem), up to `MOST_ISSUES`."""

    def __init__(self) -> None:
        self.found: list[tuple[str, str]] = []

    def add(self, place: str, problem: str) -> None:
        """Adds one issue. Raises `TooManyIssues` when the list is full."""
        self.found.append((place, problem))
        if len(self.found) >= MOST_ISSUES:
            raise TooManyIssues


@dataclass(frozen=True)
class Key:
    """One key of a row, which is also the attribute's name, unless `get` returns its value from the row.

    `required`: a row without it is refused. `always`: it is written even where it has the default value.
    `note` becomes the description in the JSON Schema.
    """

    name: str
    kind: Kind
    required: bool = True
    always: bool = True
    note: str = ""
    get: Callable[[Any], Any] | None = None


def optional(name: str, kind: Kind, note: str = "", *, always: bool = False) -> Key:
    """An optional key, which is not written if it has its default value, unless `always`."""
    return Key(name, kind, required=False, always=always, note=note)


@dataclass(frozen=True, eq=False)
class Table:
    """The keys of one kind of row. `row` is its dataclass; unknown keys become its `extra`.

    `name` is the definition's name in the JSON Schema, `note` its description.
    """

    name: str
    row: Callable[..., Any]
    note: str
    keys: tuple[Key, ...]

    @cached_property
    def _known(self) -> frozenset[str]:
        return frozenset(key.name for key in self.keys)

    @cached_property
    def _defaults(self) -> Mapping[str, Any]:
        """The default of each key that is not required."""
        optional_keys = [key.name for key in self.keys if not key.required]
        row: Any = self.row
        defaults = default_values(row) if optional_keys else {}
        return {name: defaults[name] for name in optional_keys}

    def decode(self, value: Mapping[str, Any], at: str, issues: Issues) -> Any:
        """The row of a JSON object; None if it is invalid, with the reason in `issues`."""
        before = len(issues.found)
        fields: dict[str, Any] = {}
        for key in self.keys:
            name, kind = key.name, key.kind
            if name not in value:
                if key.required:
                    issues.add(_place(at, name), "it is missing")
                continue
            raw = value[name]
            problem = kind.check(raw)
            if problem is not None:
                issues.add(_place(at, name), problem)
            elif kind.table is not None:
                fields[name] = _nested(kind, raw, _place(at, name), issues)
            else:
                fields[name] = raw if kind.decode is None else kind.decode(raw)
        if len(issues.found) > before:
            return None
        if len(fields) < len(value):
            fields["extra"] = {name: raw for name, raw in value.items() if name not in self._known}
            for name, raw in fields["extra"].items():
                if isinstance(raw, dict | list) and not is_shallow(raw):
                    issues.add(_place(at, shown(name)), "it is nested too deeply")
                    return None
        return self.row(**fields)

    def decode_all(self, values: Sequence[Any], at: str, issues: Issues) -> tuple[Any, ...]:
        """The rows of an array of JSON objects, as `decode` gives each."""
        rows = self._decode_alike(values)
        if rows is None:
            rows = [self.decode(each, f"{at}[{number}]", issues) for number, each in enumerate(values)]
        return tuple(rows)

    def _decode_alike(self, values: Sequence[dict[str, Any]]) -> list[Any] | None:
        """The rows of objects that have the same keys, all known, and values that certainly pass.

        None for any other objects. automount writes such rows, and this is three times as fast as `decode`
        for each: the values are checked key by key, and each object becomes the attributes of its row.
        """
        row_type = self.row
        if not isinstance(row_type, type) or set(map(type, values)) != {dict}:
            return None
        present = [key for key in self.keys if key.name in values[0]]
        if set(map(len, values)) != {len(present)} or any(key.kind.table for key in self.keys):
            return None
        if any(key.required and key.name not in values[0] for key in self.keys):
            return None
        try:
            if not all(key.kind.accepts([value[key.name] for value in values]) for key in present):
                return None
        except KeyError:
            return None
        converted = [(key.name, key.kind.decode) for key in present if key.kind.decode is not None]
        rest = {"extra": {}, **{name: self._defaults[name] for name in self._known.difference(values[0])}}
        rows: list[Any] = []
        new, put = object.__new__, object.__setattr__
        for value in values:
            for name, decode in converted:
                value[name] = decode(value[name])
            value.update(rest)
            row: Any = new(row_type)
            # The class is frozen: its `__init__` would set seven attributes one by one.
            put(row, "__dict__", value)
            rows.append(row)
        return rows

    @cached_property
    def _as_it_is(self) -> bool:
        """Whether the attributes of a row are the values of its keys."""
        return all(
            key.always and not (key.get or key.kind.encode or key.kind.table) for key in self.keys
        ) and isinstance(self.row, type)

    def encode(self, row: Any) -> dict[str, Any]:
        """The JSON object of a row: the unknown keys that it was read with, and its own."""
        made: dict[str, Any] = dict(row.extra)
        if self._as_it_is:
            made.update(row.__dict__)
            del made["extra"]
            return made
        for key in self.keys:
            value = getattr(row, key.name) if key.get is None else key.get(row)
            if not key.always and value == self._defaults[key.name]:
                continue
            kind = key.kind
            if kind.table is not None and value is not None:
                inner = kind.table.encode
                value = [inner(each) for each in value] if kind.many else inner(value)
            elif kind.encode is not None:
                value = kind.encode(value)
            made[key.name] = value
        return made

    def schema(self) -> dict[str, Any]:
        """The definition of the row in the JSON Schema."""
        properties = {
            key.name: {"description": key.note, **key.kind.schema} if key.note else dict(key.kind.schema)
            for key in self.keys
        }
        required = sorted(key.name for key in self.keys if key.required)
        return {
            "description": self.note,
            "type": "object",
            **({"required": required} if required else {}),
            "properties": properties,
        }

    def nested(self) -> dict[str, Table]:
        """The tables of the rows within, by name, at any depth."""
        found: dict[str, Table] = {}
        for key in self.keys:
            if key.kind.table is not None:
                found[key.kind.table.name] = key.kind.table
                found.update(key.kind.table.nested())
        return found


def _nested(kind: Kind, raw: Any, at: str, issues: Issues) -> Any:
    table = kind.table
    assert table is not None
    if not kind.many:
        return None if raw is None else table.decode(raw, at, issues)
    return table.decode_all(raw, at, issues)


def _place(at: str, name: str) -> str:
    return f"{at}.{name}" if at else name
