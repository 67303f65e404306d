"""Classes that hold values: the part of `dataclasses` that automount uses, quick to import.

`dataclass`, `field` and `replace` behave as in the standard library, and type checkers see the standard ones.
Those compile six methods of each frozen class from text, most of which are never called. Here all classes
share their methods; only `__init__` is compiled, when a class has several instances.
The functions of `dataclasses` (`fields`, `asdict`, `replace`) accept these classes.
"""

from __future__ import annotations

from operator import attrgetter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from dataclasses import dataclass, field, replace
    from typing import Any

__all__ = ["dataclass", "default_values", "field", "replace"]

_MISSING = object()
# Instances of a class before its `__init__` is compiled, which takes as long as creating 30 of them without.
_BEFORE_COMPILING = 16


class _Field:
    """One field. `hashed`, `shown`, `compare`: it is part of the hash, of the repr, of comparisons."""

    __slots__ = ("compare", "default", "factory", "hashed", "name", "shown")

    def __init__(self, default: Any, factory: Any, hashed: bool, shown: bool, compare: bool) -> None:
        self.name = ""
        self.default = default
        self.factory = factory
        self.hashed = hashed
        self.shown = shown
        self.compare = compare


class _StandardFields:
    """The attribute `__dataclass_fields__`, created when it is first read."""

    def __get__(self, instance: object, owner: type) -> Any:
        import dataclasses

        rows: list[Any] = []
        for each in _fields(owner):
            settings: dict[str, Any] = {"repr": each.shown, "hash": each.hashed, "compare": each.compare}
            if each.factory is not _MISSING:
                settings["default_factory"] = each.factory
            elif each.default is not _MISSING:
                settings["default"] = each.default
            rows.append((each.name, owner.__annotations__[each.name], dataclasses.field(**settings)))
        made: Any = dataclasses.make_dataclass(owner.__name__, rows)
        # Replaces this object: the next access finds the dictionary itself.
        owner.__dataclass_fields__ = made.__dataclass_fields__  # type: ignore[attr-defined]
        return made.__dataclass_fields__


def _fields(cls: type) -> tuple[_Field, ...]:
    found: tuple[_Field, ...] = cls.__value_fields__  # type: ignore[attr-defined]
    return found


def default_values(cls: type) -> dict[str, Any]:
    """The default values of the fields of a class made by `dataclass`, by name; factories are left out."""
    return {each.name: each.default for each in _fields(cls) if each.default is not _MISSING}


if not TYPE_CHECKING:

    def field(*, default=_MISSING, default_factory=_MISSING, hash=True, repr=True, compare=True):
        return _Field(default, default_factory, hash and compare, repr, compare)

    def dataclass(cls=None, /, *, frozen=False, eq=True):
        if cls is None:
            return lambda cls: _made(cls, frozen, eq)
        return _made(cls, frozen, eq)

    def replace(instance, /, **changes):
        cls, held = type(instance), instance.__dict__
        # Not all of what it holds: there may be cached properties.
        values = {each.name: held[each.name] for each in cls.__value_fields__}
        count = len(values)
        values.update(changes)
        if len(values) > count:
            return cls(**values)  # raises TypeError
        made = object.__new__(cls)
        made.__dict__.update(values)
        return made


def _made(cls: type, frozen: bool, eq: bool) -> type:
    """Returns `cls` with its methods added."""
    fields: list[_Field] = []
    for name in cls.__annotations__:
        value = cls.__dict__.get(name, _MISSING)
        one = value if isinstance(value, _Field) else _Field(value, _MISSING, True, True, True)
        one.name = name
        if isinstance(value, _Field):
            if one.default is _MISSING:
                delattr(cls, name)
            else:
                setattr(cls, name, one.default)
        fields.append(one)
    given: dict[str, Any] = {
        "__value_fields__": tuple(fields),
        "__dataclass_fields__": _StandardFields(),
        "__match_args__": tuple(one.name for one in fields),
        "__init__": _first_init(cls, fields),
        "__repr__": _repr,
    }
    if frozen:
        given.update(__setattr__=_refuse_change, __delattr__=_refuse_change)
    if eq:
        compared = _getter([one.name for one in fields if one.compare])
        hashed = _getter([one.name for one in fields if one.hashed])
        given["__eq__"] = lambda self, other: (
            compared(self) == compared(other) if other.__class__ is self.__class__ else NotImplemented
        )
        given["__hash__"] = (lambda self: hash(hashed(self))) if frozen else None
    for name, method in given.items():
        # What the class defines itself is kept.
        if name not in cls.__dict__:
            setattr(cls, name, method)
    return cls


def _getter(names: list[str]) -> Callable[[Any], Any]:
    return attrgetter(*names) if names else lambda _: ()


def _first_init(cls: Any, fields: list[_Field]) -> Callable[..., None]:
    """An `__init__` for the first instances; then the compiled one replaces it.

    A short run creates few instances of most classes. Compiling for the first of them took 3 ms in all.
    """
    names = tuple(one.name for one in fields)
    all_names = frozenset(names)
    defaulted = [one for one in fields if not (one.factory is _MISSING and one.default is _MISSING)]
    remaining = _BEFORE_COMPILING

    # Without names of its own, since each may be the name of a field.
    def __init__(*args: Any, **kwargs: Any) -> None:
        nonlocal remaining
        remaining -= 1
        given = dict(zip(names, args[1:], strict=False))
        count = len(args) - 1 + len(kwargs)
        given.update(kwargs)
        for one in defaulted:
            if one.name not in given:
                given[one.name] = one.default if one.factory is _MISSING else one.factory()
                count += 1
        if remaining >= 0 and len(given) == count and given.keys() == all_names:
            args[0].__dict__.update((name, given[name]) for name in names)
            return
        made = cls.__init__ = _compiled_init(cls, fields)
        # Where the arguments are wrong, it raises the usual error.
        made(*args, **kwargs)

    return __init__


def _compiled_init(cls: type, fields: list[_Field]) -> Callable[..., None]:
    # The names of the fields are parameters: no other name may be equal to one of them.
    parameters, lines, names = ["_v_self"], ["    _v_held = _v_self.__dict__"], {"_v_missing": _MISSING}
    for number, one in enumerate(fields):
        value = one.name
        if one.factory is not _MISSING:
            names[f"_v_make{number}"] = one.factory
            value = f"_v_make{number}() if {value} is _v_missing else {value}"
        if one.factory is _MISSING and one.default is _MISSING:
            parameters.append(one.name)
        else:
            names[f"_v_default{number}"] = one.default
            parameters.append(f"{one.name}=_v_default{number}")
        lines.append(f"    _v_held[{one.name!r}] = {value}")
    exec("\n".join([f"def __init__({', '.join(parameters)}):", *lines]), names)
    made: Any = names["__init__"]
    made.__qualname__ = f"{cls.__qualname__}.__init__"
    return made  # type: ignore[no-any-return]


def _repr(self: Any) -> str:
    shown = ", ".join(f"{one.name}={getattr(self, one.name)!r}" for one in _fields(type(self)) if one.shown)
    return f"{type(self).__qualname__}({shown})"


def _refuse_change(self: object, name: str, *_value: object) -> None:
    from dataclasses import FrozenInstanceError

    raise FrozenInstanceError(f"cannot assign to or delete field {name!r}")
