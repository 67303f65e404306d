"""Fuzzers, one for each reader of untrusted input, with a fixed budget and the same inputs in each run.

Each starts from sound documents and from inputs in `tests/corpora/`, and damages them. What is demanded: an
answer or an `AutomountError` (a clear line), never another exception. For a longer run by hand:
`AUTOMOUNT_FUZZ=20000 pytest tests/unit/test_fuzz_readers.py`.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import tempfile
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from manifest_world import full, manifest
from shipments import manifest_of, write_project

from automount.distributions.metadata import Metadata
from automount.errors import AutomountError, ManifestError
from automount.manifest import Manifest, dumps, loads
from automount.model import Pattern
from automount.patterns import PatternSet, parse_ignore_file
from automount.recorder.journal import read_journal
from automount.settings.files import read_pyproject, read_setup_cfg
from automount.shipping import manifest_file
from automount.shipping.bundles import examine
from automount.shipping.oci import pack_image
from automount.shipping.packing import FORMATS, pack
from automount.shipping.staged import StageRecord

BUDGET = int(os.environ.get("AUTOMOUNT_FUZZ", "60"))
CORPORA = Path(__file__).parents[1] / "corpora"
fuzz = settings(
    max_examples=BUDGET,
    deadline=None,
    derandomize="AUTOMOUNT_FUZZ" not in os.environ,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
ODD_BYTES = (
    st.binary(max_size=12)
    | st.sampled_from([b"[" * 3000, b"9" * 5000, b"NaN", b"1e999", b"null", b"{}", b"-1", b"\\ud800", b"\0"])
    | st.sampled_from([b"\xff\xff\xff\xff", b"\0\0\0\0", b"5 a=\n" * 2000, b"/a" * 9000, b"*a" * 40])
)
DAMAGE = st.lists(
    st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 40), ODD_BYTES), min_size=1, max_size=4
)


def damaged(sound: bytes, damage: list[tuple[float, int, bytes]]) -> bytes:
    """`sound` with pieces replaced: each at a place, of a length, by other bytes."""
    raw = bytearray(sound)
    for place, length, put in damage:
        start = int(place * (len(raw) + 1))
        raw[start : start + length] = put
    return bytes(raw)


def corpus(name: str) -> list[bytes]:
    return [path.read_bytes() for path in sorted((CORPORA / name).iterdir())]


def assert_written_the_same_again(read: Manifest) -> None:
    """What was written is read and written unchanged. The rows of a stranger's document may be unsorted."""
    written = dumps(read)
    assert dumps(loads(written, "m.json")) == written


@fuzz
@given(st.sampled_from([dumps(full()), dumps(manifest())]), DAMAGE)
def test_manifests(sound: bytes, damage: list[tuple[float, int, bytes]]) -> None:
    with contextlib.suppress(AutomountError):
        read = loads(damaged(sound, damage), "m.json")
        assert_written_the_same_again(read)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@fuzz
@given(st.data(), JSON)
def test_manifests_with_one_value_of_any_type(data: st.DataObject, odd: object) -> None:
    values = json.loads(dumps(full()))
    inner = values
    while True:
        keys = sorted(inner) if isinstance(inner, dict) else list(range(len(inner)))
        key = data.draw(st.sampled_from(keys))
        below = inner[key]
        if not isinstance(below, dict | list) or not below or data.draw(st.booleans()):
            inner[key] = odd
            break
        inner = below
    with contextlib.suppress(AutomountError):
        read = loads(json.dumps(values).encode(), "m.json")
        assert_written_the_same_again(read)


@pytest.fixture(scope="module")
def bundles(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    place = tmp_path_factory.mktemp("bundles")
    made = manifest_of(write_project(place / "project"))
    found = {}
    for ending in FORMATS:
        pack(made, str(place / f"b{ending}"))
        found[ending] = (place / f"b{ending}").read_bytes()
    return found


@pytest.mark.parametrize("ending", FORMATS)
def test_bundles(ending: str, bundles: dict[str, bytes]) -> None:
    sound = bundles[ending]

    @fuzz
    @given(DAMAGE)
    def check(damage: list[tuple[float, int, bytes]]) -> None:
        raw = damaged(sound, damage)
        with tempfile.NamedTemporaryFile(suffix=ending) as file:
            file.write(raw)
            file.flush()
            with contextlib.suppress(AutomountError):
                examine(file.name)

    check()


@fuzz
@given(st.lists(st.tuples(st.text(max_size=8), st.binary(max_size=8)), max_size=4))
def test_zips_with_members_of_any_name(members: list[tuple[str, bytes]]) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        packed.writestr(".automount/manifest.json", dumps(manifest()))
        for name, content in members:
            with contextlib.suppress(UnicodeEncodeError, IndexError), warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of names that are there twice
                packed.writestr(zipfile.ZipInfo(name), content)
    with tempfile.NamedTemporaryFile(suffix=".zip") as file:
        file.write(out.getvalue())
        file.flush()
        with contextlib.suppress(AutomountError):
            examine(file.name)


@pytest.mark.parametrize("document", ["index.json", "image"])
def test_oci_documents(document: str, tmp_path: Path) -> None:
    made = manifest_of(write_project(tmp_path / "project"))
    pack_image(made, f"oci:{tmp_path}/image:v1")
    layout = tmp_path / "image"
    index = layout / "index.json"
    digest = json.loads(index.read_bytes())["manifests"][0]["digest"]
    target = index if document == "index.json" else layout / "blobs/sha256" / digest[7:]
    sounds = [target.read_bytes(), *corpus("oci")]

    @fuzz
    @given(st.sampled_from(sounds), DAMAGE)
    def check(sound: bytes, damage: list[tuple[float, int, bytes]]) -> None:
        target.write_bytes(damaged(sound, damage))
        with contextlib.suppress(AutomountError):
            examine(str(layout))

    check()


@fuzz
@given(st.sampled_from([*corpus("direct_url"), b"Name: x\nVersion: 1\n", b'"a,b.py",,\nc.py,,\n']), DAMAGE)
def test_metadata_of_distributions(sound: bytes, damage: list[tuple[float, int, bytes]]) -> None:
    with tempfile.TemporaryDirectory(suffix=".dist-info") as place:
        for name in ("direct_url.json", "RECORD", "METADATA", "top_level.txt"):
            Path(place, name).write_bytes(damaged(sound, damage))
        one = Metadata(place, os.path.dirname(place))
        distribution = one.described
        assert distribution.name
        assert "\n" not in distribution.name + distribution.version
        _ = (one.entries, one.top_level, one.helper_modules, one.editable_project, one.lists("c.py"))


@fuzz
@given(st.sampled_from(["pyproject", "setup_cfg"]), st.data(), DAMAGE)
def test_settings(kind: str, data: st.DataObject, damage: list[tuple[float, int, bytes]]) -> None:
    read: Callable[[str], object] = read_pyproject if kind == "pyproject" else read_setup_cfg
    with tempfile.NamedTemporaryFile() as file:
        file.write(damaged(data.draw(st.sampled_from(corpus(kind))), damage))
        file.flush()
        with contextlib.suppress(AutomountError):
            read(file.name)


@fuzz
@given(st.sampled_from(corpus("patterns")), DAMAGE, st.text(max_size=30))
def test_ignore_files(sound: bytes, damage: list[tuple[float, int, bytes]], name: str) -> None:
    patterns = PatternSet(parse_ignore_file(damaged(sound, damage), "/p", "/p/.automountignore"))
    for path in (
        "/p/" + "a" * 300,
        "/p/" + "a/" * 10 + "b",
        "/p/" + name.translate({0: None, 47: None}) + "x",
    ):
        patterns.decide(path, "/p", is_dir=False)


@fuzz
@given(st.lists(st.sampled_from(["*", "**", "a", "b", "/", "?", "[ab]", "\\/"]), max_size=60).map("".join))
def test_any_pattern_ends_for_a_long_path(text: str) -> None:
    patterns = PatternSet([Pattern(text, False, "x", None, 2)])
    for path in ("/p/" + "a" * 250, "/p/" + "a/" * 120 + "c"):
        patterns.decide(path, "/p", is_dir=False)


LINES = [
    ["H", "pid", "10"],
    ["H", "started", "100"],
    ["H", "cwd", "/work"],
    ["H", "path", "/lib"],
    ["H", "ancestors", "1", "2"],
    ["M", "e", "pkg", "/work/pkg/__init__.py", "__main__", "3", "/work/pkg"],
    ["S", "e", "script", "__main__", "/work/app.py", "", ""],
    ["D", "read", "/work/x", "x", "pkg"],
    ["L", "subprocess", "11", "sh", "/work", "sh", "-c", "x"],
    ["Z"],
]


@fuzz
@given(DAMAGE, st.binary(max_size=20))
def test_journals(damage: list[tuple[float, int, bytes]], name: bytes) -> None:
    head = "".join(
        "\0".join(line) + "\n"
        for line in [*LINES, ["H", "format", "1"], ["H", "ppid", "1"], ["H", "entry", "start"]]
    ).encode()
    for raw in (damaged(head, damage), head.replace(b"\0", name.replace(b"\n", b"") + b"\0", 3)):
        folded = read_journal({"10.0.journal": raw, f"{name!a}.journal": raw})
        assert all(process.environment.cwd.startswith("/") for process in folded.processes)
        assert all(access.path.startswith("/") for access in folded.data)


STAGE = {"schema": "automount-stage/v1", "files": {"/root/a": ["0" * 64, [1, 2, 3, 4, 5], None]}}


@fuzz
@given(DAMAGE)
def test_records_of_stages(damage: list[tuple[float, int, bytes]]) -> None:
    sound = json.dumps({**STAGE, "directories": ["/root"]}).encode()
    assert StageRecord.parsed(sound).files
    StageRecord.parsed(damaged(sound, damage))


def test_a_device_without_end_is_not_a_manifest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(manifest_file, "LARGEST", 1000)
    with pytest.raises(ManifestError, match="too large"):
        manifest_file.load_manifest("/dev/zero")
