"""`automount.values` behaves as `dataclasses` does: each test runs with both."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from types import ModuleType
from typing import Any

import pytest

from automount import values
from automount.model import DataAccess


def point(library: ModuleType, **settings: Any) -> Any:
    """Returns a class of four fields: required, with a default, with a factory, and not compared."""

    @library.dataclass(**settings)
    class Point:
        x: int
        name: str = "origin"
        tags: dict[str, int] = library.field(default_factory=dict, hash=False)
        note: str = library.field(default="", repr=False, compare=False)

        def twice(self) -> int:
            return 2 * self.x

    return Point


@pytest.fixture(params=[values, dataclasses], ids=["automount", "standard"])
def library(request: pytest.FixtureRequest) -> ModuleType:
    """Returns one of the two modules."""
    found: ModuleType = request.param
    return found


def test_fields_are_filled_by_position_name_default_and_factory(library: ModuleType) -> None:
    cls = point(library, frozen=True)
    made = cls(1)
    assert (made.x, made.name, made.tags, made.note) == (1, "origin", {}, "")
    assert cls(1).tags is not cls(1).tags
    assert vars(cls(2, "b", tags={"c": 3}, note="d")) == {"x": 2, "name": "b", "tags": {"c": 3}, "note": "d"}
    assert cls(2).twice() == 4


def test_each_of_many_instances_is_filled_in_the_same_way(library: ModuleType) -> None:
    cls = point(library, frozen=True)
    for number in range(40):
        made = cls(number, note="d", tags={"c": 3})
        assert list(vars(made).items()) == [
            ("x", number),
            ("name", "origin"),
            ("tags", {"c": 3}),
            ("note", "d"),
        ]
        with pytest.raises(TypeError, match="__init__"):
            cls(number, x=number)


def test_no_name_of_a_field_is_taken(library: ModuleType) -> None:
    @library.dataclass(frozen=True)
    class Odd:
        held: str
        missing: int
        name: str
        cls: str
        args: list[int] = library.field(default_factory=list)
        factory: str = "f"
        self: str = "s"

    expected = {"held": "h", "missing": 1, "name": "n", "cls": "c", "args": [], "factory": "f", "self": "s"}
    assert vars(Odd("h", 1, "n", "c")) == expected


@pytest.mark.parametrize(
    ("args", "kwargs"), [((), {}), ((1, "a", {}, "", 5), {}), ((1,), {"x": 1}), ((1,), {"other": 1})]
)
def test_wrong_arguments_raise_type_error_at_the_first_call_and_later(
    library: ModuleType, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> None:
    cls = point(library, frozen=True)
    for _ in range(2):
        with pytest.raises(TypeError, match="__init__"):
            cls(*args, **kwargs)
    assert cls(1).x == 1


def test_a_frozen_one_cannot_be_changed(library: ModuleType) -> None:
    made = point(library, frozen=True)(1)
    with pytest.raises(dataclasses.FrozenInstanceError):
        made.x = 2
    with pytest.raises(dataclasses.FrozenInstanceError):
        del made.x
    assert made.x == 1


def test_one_that_is_not_frozen_can_be_changed_and_has_no_hash(library: ModuleType) -> None:
    made = point(library)(1)
    made.x = 2
    assert made == point_like(made, x=2)
    with pytest.raises(TypeError, match="unhashable"):
        hash(made)


def point_like(made: Any, **changes: Any) -> Any:
    """Returns a changed copy, made by the standard library's function."""
    return dataclasses.replace(made, **changes)


def test_equality_asks_for_the_class_and_the_compared_fields(library: ModuleType) -> None:
    cls, other = point(library, frozen=True), point(library, frozen=True)
    assert cls(1) == cls(1, note="not compared")
    assert cls(1) != cls(1, tags={"a": 1})
    assert cls(1) != other(1)
    assert cls(1) != (1, "origin", {})
    assert hash(cls(1)) == hash(cls(1, tags={"not": 1}, note="hashed"))
    assert len({cls(1), cls(1), cls(2)}) == 2


def test_without_eq_each_instance_equals_itself_alone(library: ModuleType) -> None:
    cls = point(library, frozen=True, eq=False)
    made = cls(1)
    assert made in {made}
    assert made not in {cls(1)}
    assert made != cls(1)


def test_the_representation_names_the_fields(library: ModuleType) -> None:
    text = repr(point(library, frozen=True)(1))
    assert text.rpartition(".")[2] == "Point(x=1, name='origin', tags={})"


def test_match_statements_find_the_fields_by_position(library: ModuleType) -> None:
    cls = point(library, frozen=True)
    assert cls.__match_args__ == ("x", "name", "tags", "note")
    match cls(3, "c"):
        case cls(x, name):
            assert (x, name) == (3, "c")


def test_replace_changes_some_fields(library: ModuleType) -> None:
    cls = point(library, frozen=True)
    made = cls(1, "a", {"b": 2}, "n")
    assert vars(library.replace(made, x=5)) == {"x": 5, "name": "a", "tags": {"b": 2}, "note": "n"}
    assert library.replace(made).tags is made.tags
    with pytest.raises(TypeError, match="other"):
        library.replace(made, other=1)


def test_the_functions_of_the_standard_library_accept_both(library: ModuleType) -> None:
    cls = point(library, frozen=True)
    made = cls(1, "a", {"b": 2})
    assert dataclasses.is_dataclass(made)
    assert dataclasses.asdict(made) == {"x": 1, "name": "a", "tags": {"b": 2}, "note": ""}
    assert vars(dataclasses.replace(made, x=2))["x"] == 2
    assert [row.name for row in dataclasses.fields(cls) if row.compare] == ["x", "name", "tags"]


def test_copies_and_pickles_are_equal() -> None:
    made = DataAccess("/a", "read", 0, "a", None)
    assert copy.deepcopy(made) == copy.copy(made) == pickle.loads(pickle.dumps(made)) == made


def test_default_values_leave_out_required_fields_and_factories() -> None:
    assert values.default_values(point(values)) == {"name": "origin", "note": ""}
