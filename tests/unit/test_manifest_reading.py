"""Reading manifests that anyone may have written: each thing wrong is named, with its place."""

from __future__ import annotations

import copy
import json
from importlib.resources import files
from typing import Any

import jsonschema
import pytest
from manifest_world import manifest

from automount.errors import ManifestError
from automount.manifest import dumps, loads
from automount.manifest.reading import InvalidManifest
from automount.manifest.table import MOST_ISSUES

SHIPPED = json.loads(files("automount").joinpath("schema/automount-v1.json").read_text("utf-8"))


def values() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(dumps(manifest()))
    return found


def as_bytes(value: object) -> bytes:
    return json.dumps(value).encode()


def at(place: str, value: object) -> dict[str, Any]:
    """A sound manifest with one value replaced: `files.0.size`; `DELETE` takes the key away."""
    found = values()
    *way, last = place.split(".")
    inner: Any = found
    for step in way:
        inner = inner[int(step)] if step.isdigit() else inner[step]
    if value is DELETE:
        del inner[last]
    else:
        inner[int(last) if last.isdigit() else last] = value
    return found


DELETE = object()


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "m.json is empty"),
        (b" \n", "m.json is empty"),
        (b"[]", "m.json is not a manifest: it contains an array, not an object"),
        (b"12", "m.json is not a manifest: it contains a number, not an object"),
        (b"null", "m.json is not a manifest: it contains null, not an object"),
        (b"{", "m.json, line 1, column 2: it was cut off here"),
        (b'{"schema": "auto', "m.json, line 1, column 12: it was cut off here"),
        (b'{"schema" "x"}', "m.json, line 1, column 11: it is not JSON (Expecting ':' delimiter)"),
        (b"\xff\xfe{", "m.json is not UTF-8 text (byte 0xff at offset 0)"),
        (b'{"a": NaN}', "m.json: JSON does not allow NaN"),
        (b'{"a": -Infinity}', "m.json: JSON does not allow -Infinity"),
        (b'{"a": 1e999}', "m.json: the number 1e999 is too large"),
        (b'{"a": %s}' % (b"9" * 5000), "m.json: a number has too many digits"),
        (b'{"a": 1, "b": {"c": 1, "c": 2}}', "m.json: the key 'c' occurs twice in one object"),
        (b"[" * 100_000, "m.json: it is nested too deeply"),
        (b"{}", 'm.json is not an automount manifest: it has no "schema"'),
        (b'{"schema": 1}', "m.json is not an automount manifest: its schema is 1"),
        (
            b'{"schema": "automount/v2"}',
            "m.json has the schema 'automount/v2', and this automount reads automount/v1",
        ),
    ],
)
def test_files_that_are_not_manifests(data: bytes, message: str) -> None:
    with pytest.raises(ManifestError) as caught:
        loads(data, "m.json")
    assert caught.value.message == message
    assert caught.value.hint
    assert caught.value.exit_status == 125


def test_a_newer_schema_is_distinguished() -> None:
    with pytest.raises(ManifestError) as caught:
        loads(as_bytes({**values(), "schema": "automount/v12"}), "m.json")
    assert caught.value.code == "manifest-newer"
    assert caught.value.hint == "upgrade automount, or record again with this one"


def test_a_manifest_cut_off_anywhere_is_refused_in_one_line() -> None:
    whole = dumps(manifest())
    for end in range(0, len(whole) - 2, 97):
        with pytest.raises(ManifestError, match=r"cut off|is empty") as caught:
            loads(whole[:end], "m.json")
        assert "\n" not in str(caught.value)


WRONG = [
    ("digest", "sha256:00", "digest", "expected sha256: and 64 hex digits"),
    ("digest", DELETE, "digest", "it is missing"),
    ("complete", 1, "complete", "expected true or false, not a number"),
    ("files", {}, "files", "expected an array, not an object"),
    ("files.0", "x", "files", "item 0: expected an object, not a string"),
    ("sys_path", ["root"], "sys_path", "item 0: it is not absolute: 'root'"),
    ("remote_root", "/a/../b", "remote_root", "it has a .. part: '/a/../b'"),
    (
        "entrypoint.kind",
        "notebook",
        "entrypoint.kind",
        "'notebook' is not valid; valid values: script, module, command",
    ),
    ("entrypoint.args", [1], "entrypoint.args", "item 0: expected a string, not a number"),
    ("entrypoint.form", "x", "entrypoint.form", "'x' is not valid; valid values: string, argv"),
    ("entrypoint.args", ["a", "b\0"], "entrypoint.args", "item 1: it has a NUL character: 'b\\x00'"),
    (
        "entrypoint.args",
        ["\ud800"],
        "entrypoint.args",
        "item 0: it cannot be a word of a command line: '\\ud800'",
    ),
    ("entrypoint.target", "a\0", "entrypoint.target", "it has a NUL character: 'a\\x00'"),
    ("entrypoint.import_only", None, "entrypoint.import_only", "expected true or false, not null"),
    ("mounts.0.kind", "x", "mounts[0].kind", None),
    ("mounts.0.label", "", "mounts[0].label", "it is empty"),
    ("mounts.1.local", "pkg", "mounts[1].local", "it is not absolute: 'pkg'"),
    ("mounts.1.distribution", {}, "mounts[1].distribution.name", "it is missing"),
    ("files.0.size", -1, "files[0].size", "it is negative"),
    ("files.0.size", True, "files[0].size", "expected an integer, not true"),
    ("files.0.size", 1.5, "files[0].size", "expected an integer, not a number"),
    ("files.0.size", 2**63, "files[0].size", "it is too large"),
    ("files.0.sha256", "A" * 64, "files[0].sha256", "expected 64 hex digits"),
    ("files.0.mounts", [2], "files[0].mounts", "mount 2 does not exist"),
    ("files.0.mounts", [-1], "files[0].mounts", "item 0: it is negative"),
    ("files.0.remote", "/", "files[0].remote", "it is the root directory: '/'"),
    ("files.0.remote", "/root/../etc/passwd", "files[0].remote", "it has a .. part: '/root/../etc/passwd'"),
    ("files.0.remote", "/root//x", "files[0].remote", "it has an empty or . part: '/root//x'"),
    ("files.0.remote", "/root/x\0", "files[0].remote", "it has a NUL character: '/root/x\\x00'"),
    ("files.0.remote", "/r\ud83d", "files[0].remote", "it cannot be a file name: '/r\\ud83d'"),
    ("files.0.local", "/p\0", "files[0].local", "it has a NUL character: '/p\\x00'"),
    (
        "files.1.remote",
        "/root/app.py",
        "files[1].remote",
        "duplicate of the remote path of files[0]: '/root/app.py'",
    ),
    ("modules.0.origin", "space", "modules[0].origin", None),
    ("modules.0.mount", 9, "modules[0].mount", "mount 9 does not exist"),
    ("modules.0.line", "3", "modules[0].line", "expected an integer, not a string"),
    (
        "incomplete",
        [{"reason": "x", "command": [], "pid": 1}],
        "complete",
        "it is true, but `incomplete` has rows",
    ),
    ("requirements", [{"name": "", "version": "1", "direct_url": 1}], "requirements[0].name", "it is empty"),
    ("data", [{"local": "x"}], "data[0].local", "it is not absolute: 'x'"),
    ("provenance.processes.0.pid", None, "provenance.processes[0].pid", "expected an integer, not null"),
    ("provenance.patterns", [{}], "provenance.patterns[0].text", "it is missing"),
    ("provenance.environment", {"site_dirs": 5}, "provenance.environment.site_dirs", None),
    ("provenance.stopped_after", "1", "provenance.stopped_after", "expected a number, not a string"),
    ("provenance.written", ["x"], "provenance.written", "item 0: it is not absolute: 'x'"),
    ("provenance.runs", [{"created": 1}], "provenance.runs[0].created", None),
    ("mounts.0.suffixes", 5, "mounts[0].suffixes", "expected an array, not a number"),
    ("mounts.0.by_hand", 1, "mounts[0].by_hand", "expected true or false, not a number"),
    ("entrypoint.function", "", "entrypoint.function", "it is empty"),
    ("skipped", [{"local": "/x", "reason": "pycache"}], "skipped[0].reason", None),
    (
        "skipped",
        [{"local": "/x", "reason": {"code": "", "detail": ""}}],
        "skipped[0].reason.code",
        "it is empty",
    ),
    ("provenance.exit_code", "0", "provenance.exit_code", "expected an integer, not a string"),
]


@pytest.mark.parametrize(("where", "value", "place", "problem"), WRONG)
def test_each_thing_wrong_is_named_with_its_place(
    where: str, value: object, place: str, problem: str | None
) -> None:
    with pytest.raises(InvalidManifest) as caught:
        loads(as_bytes(at(where, value)), "m.json")
    found = dict(reversed(caught.value.issues))
    assert place in found
    assert problem is None or found[place] == problem
    assert f"m.json is not a valid manifest: {caught.value.issues[0][0]}: " in caught.value.message


# What a schema cannot say: relations between rows, what Python's numbers are, what a file name can be.
BEYOND_A_SCHEMA = {
    "mount ",
    "duplicate of the remote path",
    "it cannot be a file name",
    "item 0: it cannot be",
}


@pytest.mark.parametrize(("where", "value", "place", "problem"), WRONG)
def test_the_shipped_schema_refuses_the_same(
    where: str, value: object, place: str, problem: str | None
) -> None:
    sound = jsonschema.Draft202012Validator(SHIPPED).is_valid(at(where, value))
    beyond = problem is not None and any(problem.startswith(start) for start in BEYOND_A_SCHEMA)
    assert sound is beyond


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("remote", "/root/a.py"),
        ("remote", "/root/a/"),
        ("remote", "/root/../a"),
        ("remote", "/root//a"),
        ("remote", "/root/\0"),
        ("remote", "root"),
        ("remote", "/"),
        ("remote", "/" + "a" * 256),
        ("remote", ["/root"]),
        ("local", "a"),
        ("local", "/a\0"),
        ("local", None),
        ("size", -1),
        ("size", True),
        ("size", 1.0),
        ("size", 2**63),
        ("sha256", "A" * 64),
        ("sha256", " " * 62 + "00"),
        ("sha256", "0" * 63),
        ("sha256", "é" * 64),
        ("sha256", 0),
        ("executable", 1),
        ("executable", None),
        ("mounts", [7]),
        ("mounts", [True]),
        ("mounts", ["0"]),
        ("mounts", {}),
        ("mounts", None),
    ],
)
def test_a_wrong_value_among_many_right_ones_is_named(key: str, value: object) -> None:
    """Rows with the same keys are checked key by key; what one row hides must not pass in the other."""
    found = values()
    rows = [{**found["files"][0], "remote": f"/root/{letter}.py"} for letter in "abc"]
    rows[1] = {**rows[1], key: value}
    for order in (rows, rows[::-1]):
        with pytest.raises(InvalidManifest) as caught:
            loads(as_bytes({**found, "files": order}), "m.json")
        assert {place.partition(".")[0] for place, _ in caught.value.issues} <= {"files[1]", "files[2]"}
        assert {place.partition(".")[2] for place, _ in caught.value.issues} == {key}


def test_rows_with_other_keys_among_many_are_read_as_they_are() -> None:
    found = values()
    rows = [{**found["files"][0], "remote": f"/root/{letter}.py"} for letter in "abc"]
    rows[1]["later"] = 1
    read = loads(as_bytes({**found, "files": rows}), "m.json")
    assert [row.extra for row in read.files] == [{}, {"later": 1}, {}]
    del rows[2]["size"]
    with pytest.raises(InvalidManifest) as caught:
        loads(as_bytes({**found, "files": rows}), "m.json")
    assert caught.value.issues == (("files[2].size", "it is missing"),)
    with pytest.raises(InvalidManifest):
        loads(as_bytes({**found, "files": [*rows[:2], 5]}), "m.json")


def test_no_more_issues_are_collected_than_anybody_reads() -> None:
    with pytest.raises(InvalidManifest) as caught:
        loads(as_bytes({**values(), "files": [{}] * 100_000}), "m.json")
    assert len(caught.value.issues) == MOST_ISSUES
    assert caught.value.message.endswith("; and at least 97 more")


def test_all_issues_are_collected_and_the_message_stays_short() -> None:
    broken = values()
    for row in broken["files"]:
        row["size"] = row["sha256"] = None
    with pytest.raises(InvalidManifest) as caught:
        loads(as_bytes(broken), "m.json")
    assert len(caught.value.issues) == 10
    assert caught.value.message == (
        "m.json is not a valid manifest: files[0].size: expected an integer, not null; "
        "files[0].sha256: expected a string, not null; files[1].size: expected an integer, not null; "
        "and 7 more"
    )


def test_a_hostile_value_does_not_reach_the_terminal() -> None:
    with pytest.raises(InvalidManifest) as caught:
        loads(as_bytes(at("files.0.remote", "\x1b[31m\n" * 50)), "m.json")
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 200


def test_a_byte_order_mark_is_passed_over() -> None:
    assert loads(b"\xef\xbb\xbf" + dumps(manifest()), "m.json") == manifest()


def test_reading_keeps_the_order_and_an_edited_digest() -> None:
    edited = values()
    edited["digest"] = "sha256:" + "0" * 64
    edited["files"].reverse()
    read = loads(as_bytes(edited), "m.json")
    assert read.digest == "sha256:" + "0" * 64
    assert [row.remote for row in read.files] == [row["remote"] for row in edited["files"]]


def test_values_are_not_shared_with_the_manifest_that_was_read() -> None:
    before = values()
    after = copy.deepcopy(before)
    loads(as_bytes(after), "m.json")
    assert before == after
