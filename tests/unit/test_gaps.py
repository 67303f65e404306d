"""Imports that a run did not exercise: which statements count, what would be missing, damaged sources."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from automount.cli.main import main
from automount.cli.missing_line import missing_line
from automount.contents.sources import LARGEST_SOURCE, read_source
from automount.explain.gaps import gaps
from automount.explain.source_imports import import_statements
from automount.manifest import Manifest
from automount.model import Status
from tests.unit.manifest_world import file, manifest, module, mount


def world(files: dict[str, str], *, loaded: tuple[str, ...], shipped: tuple[str, ...]) -> Manifest:
    """`/p/app.py` ran; `loaded` are module names, `shipped` paths below `/p`."""
    rows = [module("__main__", "/p/app.py", requested_by=None)]
    for name in loaded:
        inner = name.replace(".", "/")
        path = f"{inner}/__init__.py" if f"{inner}/__init__.py" in files else f"{inner}.py"
        rows.append(module(name, f"/p/{path}"))
    held = tuple(file(f"/root/{path}", files[path]) for path in shipped)
    return manifest(mounts=(mount("app.py", "/p/app.py", "/root/app.py"),), modules=tuple(rows), files=held)


def found(
    files: dict[str, str], *, loaded: tuple[str, ...] = (), shipped: tuple[str, ...]
) -> list[tuple[str, int, str, bool]]:
    local = {f"/p/{path}": text.encode() for path, text in files.items()}
    answer = gaps(world(files, loaded=loaded, shipped=shipped), local.get, local.__contains__)
    assert answer.unread == ()
    return [(row.module_name, row.line, row.where.value, row.shipped) for row in answer.rows]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("def f():\n    import late", [("late", 2, "function", False)]),
        ("if 0:\n    import late", [("late", 2, "branch", False)]),
        ("try:\n    pass\nexcept E:\n    import late", [("late", 4, "branch", False)]),
        ("match 1:\n    case 2:\n        import late", [("late", 3, "branch", False)]),
        ("f = lambda: __import__('late')", [("late", 1, "function", False)]),
        ("def f():\n    importlib.import_module('late')", [("late", 2, "function", False)]),
        ("class C:\n    async def f(self):\n        from late import x", [("late", 3, "function", False)]),
        ("if 0: import_module(name)", []),
        ("def f(n):\n    import_module(f'late.{n}')", [("late", 2, "function", False)]),
        ("def f(n):\n    import_module('late.plug_%s' % n)", [("late", 2, "function", False)]),
        ("def f(n):\n    import_module('late.' + n)", [("late", 2, "function", False)]),
        ("def f(n):\n    import_module('late.{}'.format(n))", [("late", 2, "function", False)]),
        ("def f(n):\n    import_module(f'late_{n}'), import_module(f'{n}.late')", []),
        ("from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import late", []),
        ("import typing\nif typing.TYPE_CHECKING:\n    import late", []),
        ("if TYPE_CHECKING:\n    pass\nelse:\n    import late", [("late", 4, "top-level", False)]),
        ("def f():\n    import json, numpy.linalg", []),
    ],
)
def test_statements_that_count(source: str, expected: list[tuple[str, int, str, bool]]) -> None:
    assert found({"app.py": source, "late.py": ""}, shipped=("app.py",)) == expected


def test_submodules_relative_imports_and_attributes() -> None:
    files = {
        "app.py": "import pkg",
        "pkg/__init__.py": "def f():\n    from . import a, value\n    import_module('.b', __package__)",
        "pkg/a.py": "",
        "pkg/b.py": "def f():\n    from .a import value\n    from ..pkg.a import x",
    }
    rows = found(files, loaded=("pkg",), shipped=tuple(files))
    assert rows == [
        ("pkg.a", 2, "function", True),
        ("pkg.a", 2, "function", True),
        ("pkg.b", 3, "function", True),
    ]


def test_what_a_missing_module_imports_is_missing_too() -> None:
    files = {"app.py": "def f():\n    import one", "one.py": "import two", "two.py": "import one"}
    assert [row[0] for row in found(files, shipped=("app.py",))] == ["one", "one", "two"]


def test_lazy_modules_are_gaps_and_loaded_ones_are_not() -> None:
    files = {"app.py": "import one, two", "one.py": "", "two.py": ""}
    row = world(files, loaded=("one",), shipped=tuple(files))
    lazy = manifest(
        mounts=row.mounts,
        files=row.files,
        modules=(*row.modules, module("two", "/p/two.py", status=Status.LAZY)),
    )
    local = {f"/p/{path}": text.encode() for path, text in files.items()}
    assert [gap.module_name for gap in gaps(lazy, local.get, local.__contains__).rows] == ["two"]


def test_damaged_sources_are_reported() -> None:
    files = {"app.py": "def f(:", "deep.py": "(" * 5000 + ")" * 5000, "nul.py": "\0", "gone.py": ""}
    local = {f"/p/{path}": text.encode() for path, text in files.items() if path != "gone.py"}
    answer = gaps(world(files, loaded=(), shipped=tuple(files)), local.get, local.__contains__)
    assert answer.unread == ("/p/app.py", "/p/deep.py", "/p/gone.py", "/p/nul.py")
    assert answer.rows == ()


def test_long_chains_of_operators_do_not_end_the_reading() -> None:
    source = ("x = " + "+".join(["1"] * 3000)).encode()
    local = {"/p/app.py": source}
    answer = gaps(world({"app.py": ""}, loaded=(), shipped=("app.py",)), local.get, local.__contains__)
    assert answer.rows == ()


def test_statements_keep_their_function_name() -> None:
    source = b"class C:\n    def f(self):\n        def g():\n            import x"
    (row,) = import_statements(source, module_name="m", is_package=False)
    assert (row.function, row.line) == ("C.f.g", 4)


def test_only_regular_files_of_a_bounded_size_are_read(tmp_path: Path) -> None:
    large = tmp_path / "large.py"
    large.write_bytes(b"#" * (LARGEST_SOURCE + 1))
    assert read_source(str(large)) is None
    assert read_source(str(tmp_path)) is None
    assert read_source("/dev/zero") is None
    assert read_source("\0") is None


def record(directory: Path, monkeypatch: pytest.MonkeyPatch, *args: str) -> None:
    monkeypatch.chdir(directory)
    assert main(["app.py", *args]) == 0


PROGRAM = "import sys\nif sys.argv[1:]:\n    import late\n"


def test_the_line_after_recording_and_the_list(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "app.py").write_text(PROGRAM)
    (tmp_path / "late.py").write_text("")
    record(tmp_path, monkeypatch)
    line = "1 local import was not exercised in this run and is not shipped: see automount show --gaps"
    assert line in capfd.readouterr().err.splitlines()
    assert main(["show", "--gaps"]) == 0
    out = capfd.readouterr().out
    assert f"in a branch at {tmp_path}/app.py:3" in out
    assert "--add-package late" in out
    assert main(["show", "--gaps", "--json"]) == 0
    assert json.loads(capfd.readouterr().out)["missing"] == [f"{tmp_path}/late.py"]
    record(tmp_path, monkeypatch, "all")
    assert "not exercised" not in capfd.readouterr().err
    monkeypatch.chdir(tmp_path)
    assert main(["--add-package", "late", "app.py"]) == 0
    assert "not exercised" not in capfd.readouterr().err


def test_no_line_where_the_package_is_shipped_as_a_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "pkg").mkdir()
    (tmp_path / "pkg/__init__.py").write_text("")
    (tmp_path / "pkg/late.py").write_text("")
    (tmp_path / "app.py").write_text("import pkg\ndef f():\n    import pkg.late\n")
    record(tmp_path, monkeypatch)
    assert "not exercised" not in capfd.readouterr().err
    assert main(["show", "--gaps"]) == 0
    assert f"pkg.late: imported in f at {tmp_path}/app.py:3" in capfd.readouterr().out
    assert main(["--scope", "loaded", "app.py"]) == 0
    assert "1 local import was not exercised" in capfd.readouterr().err


def test_a_world_without_roots_has_no_line() -> None:
    assert missing_line(manifest(modules=(), files=(), mounts=())) is None


def test_json_goes_with_no_other_list(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", "--files", "--json"]) == 125
    assert "of the lists, only --gaps can be combined with --json" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ('PLUGINS = {"a": "pk.late:run"}', ["pk.late"]),
        ('PLUGINS = {"a": ("pk.late", "Class")}', ["pk.late"]),
        ('PLUGINS = {"a": Info("pk.late", "Class")}', ["pk.late"]),
        ('MIDDLEWARE = ["pk.late.Middleware"]', ["pk.late"]),
        ('INSTALLED_APPS = ["alone", "django.contrib.admin"]', ["alone"]),
        ('TABLE = ["alone:run"]', ["alone"]),
        ('f = import_string("pk.late.Class")', ["pk.late"]),
        # Names of files, of attributes and of what does not exist are no modules.
        ('FILES = ["alone.txt", "pk.txt", "pk.gone.thing", "alone", "pk/late.py"]', []),
        ('TEXT = "pk.late"', []),
        ('TABLE = ["pk.gone:run"]', []),
    ],
)
def test_names_in_tables(source: str, expected: list[str]) -> None:
    files = {"app.py": source, "pk/__init__.py": "", "pk/late.py": "", "alone.py": ""}
    rows = found(files, loaded=("pk",), shipped=("app.py", "pk/__init__.py"))
    assert [name for name, *_ in rows] == expected


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("pyproject.toml", '[project.scripts]\nx = "late:main"\n'),
        ("pyproject.toml", '[project.entry-points."a.b"]\nx = "late"\ny = "gone:main"\n'),
        ("pyproject.toml", '[tool.poetry.scripts]\nx = "late:main"\n'),
        ("setup.cfg", "[options.entry_points]\nconsole_scripts =\n    x = late:main [extra]\n"),
    ],
)
def test_entry_points_of_the_project(name: str, text: str) -> None:
    rows = found(
        {"app.py": "", "late.py": "", "one.py": "", name: text}, loaded=("one",), shipped=("app.py",)
    )
    assert [(row[0], row[2]) for row in rows] == [("late", "entry-point")]


@pytest.mark.parametrize("text", ["[", "[project]\nscripts = 5\n", "[tool]\npoetry = []\n", "\ud800"])
def test_damaged_project_files_have_no_entry_points(text: str) -> None:
    local = {"/p/app.py": b"", "/p/one.py": b"", "/p/pyproject.toml": text.encode("utf-8", "surrogatepass")}
    answer = gaps(
        world({"app.py": "", "one.py": ""}, loaded=("one",), shipped=("app.py",)),
        local.get,
        local.__contains__,
    )
    assert answer.rows == ()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"backend": "late.redis:Backend", "x": "late.missing", "y": "late"}', ["late", "late.redis"]),
        ("plugin: late.redis\n", ["late", "late.redis"]),
        ("[a]\nclass = late.redis.Backend\n", ["late", "late.redis"]),
        ("path = './late.redis/x'\nsite = 'www.late.redis.org:80'\nmail = 'a@late.redis'\n", []),
        ("file = 'late.py'\nname = 'late.txt'\n", []),
    ],
)
def test_names_in_configuration_that_the_program_read(text: str, expected: list[str]) -> None:
    files = {"app.py": "", "conf.yaml": text, "late/__init__.py": "", "late/redis.py": ""}
    assert sorted({row[0] for row in found(files, shipped=("app.py", "conf.yaml"))}) == expected
