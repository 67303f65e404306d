"""`automount pack app.pyz`: one file that unpacks itself, checks itself and runs its program."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from needs import interpreter, tool
from shipments import manifest_of, script, write_project

from automount.manifest import EntrypointKind, EntrypointRow, Manifest
from automount.shipping.packing import pack

RUN = """\
import os, subprocess, sys
import pkg
print(pkg.table(), sys.argv[1:], open("rows.csv").read().strip(), __name__)
code = "import pkg; print(pkg.table())"
print(subprocess.run([sys.executable, "-c", code], cwd="/", stdout=subprocess.PIPE).stdout.decode().strip())
"""
PKG = """\
import os
def table():
    from pkg import lazy
    with open(os.path.join(os.path.dirname(__file__), "table.json")) as file:
        return file.read() + lazy.NAME
"""
FILES = {
    "scripts/run.py": RUN,
    "src/pkg/__init__.py": PKG,
    "src/pkg/lazy.py": "NAME = 'lazy'\n",
    "src/pkg/table.json": "{}",
    "data/rows.csv": "1\n",
}
PRINTED = "{}lazy ['a'] 1 __main__\n{}lazy\n"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "home").mkdir()
    return tmp_path / "home"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return write_project(tmp_path / "project", FILES)


def recorded(project: Path, entrypoint: EntrypointRow | None = None) -> Manifest:
    entry = entrypoint or script("/root/scripts/run.py", args=("a",), cwd="/root/data")
    return manifest_of(project, entrypoint=entry, sys_path=("/root/scripts", "/root/src"))


def packed(manifest: Manifest, tmp_path: Path) -> str:
    pack(manifest, str(tmp_path / "app.pyz"))
    return str(tmp_path / "app.pyz")


def run(
    archive: str, home: Path, *args: str, python: str = sys.executable, **more: str
) -> subprocess.CompletedProcess[str]:
    environment = {"HOME": str(home), "PATH": os.defpath, "PYTHONDONTWRITEBYTECODE": "1", **more}
    return subprocess.run([python, archive, *args], cwd=home, env=environment, capture_output=True, text=True)


def outcome(done: subprocess.CompletedProcess[str]) -> tuple[int, str, str]:
    return (done.returncode, done.stdout, done.stderr)


@pytest.mark.parametrize("version", ["3.8", "3.11", "3.13"])
def test_it_runs_where_nothing_is_installed(version: str, project: Path, home: Path, tmp_path: Path) -> None:
    archive = packed(recorded(project), tmp_path)
    project.rename(tmp_path / "hidden")
    python = interpreter(version)
    assert outcome(run(archive, home, python=python)) == (0, PRINTED, "")
    assert outcome(run(archive, home, python=python)) == (0, PRINTED, "")
    again = run(archive, home, "b", "c", python=python)
    assert again.stdout.splitlines()[0] == "{}lazy ['b', 'c'] 1 __main__"


def test_it_is_unpacked_once_into_the_users_cache(project: Path, home: Path, tmp_path: Path) -> None:
    manifest = recorded(project)
    archive = packed(manifest, tmp_path)
    for _ in range(2):
        assert run(archive, home).returncode == 0
    programs = home / ".cache" / "automount" / "programs"
    name = manifest.digest.removeprefix("sha256:") + "-0"
    assert sorted(path.name for path in programs.iterdir()) == [name, f"{name}.lock"]


def test_many_at_once(project: Path, home: Path, tmp_path: Path) -> None:
    archive = packed(recorded(project), tmp_path)
    environment = {"HOME": str(home), "PYTHONDONTWRITEBYTECODE": "1"}
    running = [
        subprocess.Popen([sys.executable, archive], env=environment, stdout=subprocess.PIPE, text=True)
        for _ in range(8)
    ]
    assert [process.communicate()[0] for process in running] == [PRINTED] * 8
    programs = home / ".cache" / "automount" / "programs"
    assert len(list(programs.iterdir())) == 2


@pytest.mark.parametrize("change", ["content", "missing", "more", "link"])
def test_a_tree_that_was_changed_is_made_again(
    change: str, project: Path, home: Path, tmp_path: Path
) -> None:
    archive = packed(recorded(project), tmp_path)
    run(archive, home)
    (module,) = home.glob(".cache/automount/programs/*-0/root/src/pkg/lazy.py")
    if change == "content":
        module.write_text("NAME = 'evil'\n")
    elif change == "missing":
        module.unlink()
    elif change == "more":
        (module.parents[2] / "scripts" / "pkg.py").write_text("print('evil')\n")
    else:
        module.unlink()
        module.symlink_to(tmp_path / "project" / "src" / "pkg" / "lazy.py")
    assert outcome(run(archive, home)) == (0, PRINTED, "")
    assert not module.is_symlink()
    assert len(list(home.glob(".cache/automount/programs/*"))) == 2


@pytest.mark.parametrize("member", ["lazy.py", "manifest.json"])
def test_a_changed_bundle_is_refused(member: str, project: Path, home: Path, tmp_path: Path) -> None:
    good = packed(recorded(project), tmp_path)
    bad = str(tmp_path / "bad.pyz")
    with zipfile.ZipFile(good) as source, zipfile.ZipFile(bad, "w") as target:
        for row in source.infolist():
            content = source.read(row)
            target.writestr(
                row, content.replace(b"lazy", b"evil") if row.filename.endswith(member) else content
            )
    done = run(bad, home)
    assert (done.returncode, done.stdout) == (125, "")
    first, second = done.stderr.splitlines()
    assert first.startswith(f"automount: {bad} cannot be run (")
    assert second.startswith("hint: ")
    assert not list(home.glob(".cache/automount/programs/*-0"))


def test_a_home_that_cannot_be_written(project: Path, home: Path, tmp_path: Path) -> None:
    archive = packed(recorded(project), tmp_path)
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    done = run(archive, home, HOME="/proc/nowhere", TMPDIR=str(temporary))
    assert outcome(done) == (0, PRINTED, "")
    (private,) = temporary.iterdir()
    assert private.name == f"automount-{os.getuid()}"
    assert private.stat().st_mode & 0o777 == 0o700


def test_a_temporary_directory_that_others_can_write_to_is_not_used(
    project: Path, home: Path, tmp_path: Path
) -> None:
    archive = packed(recorded(project), tmp_path)
    planted = tmp_path / "temporary" / f"automount-{os.getuid()}"
    planted.mkdir(parents=True)
    planted.chmod(0o777)
    assert outcome(run(archive, home, HOME="/proc/nowhere", TMPDIR=str(planted.parent))) == (0, PRINTED, "")
    assert list(planted.iterdir()) == []


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        (EntrypointRow(EntrypointKind.MODULE, "pkg.where", ("x",), None, "/root/data"), "__main__ ['x']\n"),
        (
            EntrypointRow(
                EntrypointKind.COMMAND, "import pkg.where", ("x",), None, "/root/data", form="string"
            ),
            "pkg.where ['x']\n",
        ),
        (
            EntrypointRow(
                EntrypointKind.SCRIPT, "where.py", ("x",), "/root/src/pkg/where.py", "/root", import_only=True
            ),
            "where ['x']\n",
        ),
        (EntrypointRow(EntrypointKind.COMMAND, "cat", ("rows.csv",), None, "/root/data", form="argv"), "1\n"),
    ],
)
def test_other_entrypoints(
    entry: EntrypointRow, expected: str, project: Path, home: Path, tmp_path: Path
) -> None:
    write_project(project, {"src/pkg/where.py": "import sys\nprint(__name__, sys.argv[1:])\n"})
    archive = packed(recorded(project, entry), tmp_path)
    assert outcome(run(archive, home)) == (0, expected, "")


def test_a_command_that_is_not_there(project: Path, home: Path, tmp_path: Path) -> None:
    entry = EntrypointRow(EntrypointKind.COMMAND, "no-such-program", (), None, "/root", form="argv")
    done = run(packed(recorded(project, entry), tmp_path), home)
    assert outcome(done) == (
        127,
        "",
        "automount: command not found: no-such-program\nhint: install it on this machine\n",
    )


def test_extension_modules_and_files_outside_the_root(project: Path, home: Path, tmp_path: Path) -> None:
    suffix = sysconfig.get_config_var("EXT_SUFFIX")
    source = project / "fast.c"
    source.write_text(
        "#include <Python.h>\n"
        'static struct PyModuleDef m = {PyModuleDef_HEAD_INIT, "fast", 0, -1, 0};\n'
        "PyMODINIT_FUNC PyInit_fast(void) { return PyModule_Create(&m); }\n"
    )
    built = project / "src" / "pkg" / f"fast{suffix}"
    include = sysconfig.get_path("include")
    subprocess.run([tool("gcc"), "-shared", "-fPIC", f"-I{include}", "-o", built, source], check=True)
    write_project(project, {"scripts/run.py": "from pkg import fast\nprint(fast.__name__)\n"})
    places = {str(p.relative_to(project)): f"/root/{p.relative_to(project)}" for p in project.rglob("*.*")}
    places["data/rows.csv"] = "/opt/rows.csv"
    manifest = manifest_of(
        project, places, entrypoint=script("/root/scripts/run.py"), sys_path=("/root/src",)
    )
    archive = packed(manifest, tmp_path)
    assert outcome(run(archive, home)) == (0, "pkg.fast\n", "")
    assert list(home.glob(".cache/automount/programs/*-0/opt/rows.csv"))


@pytest.mark.parametrize("ending", [".pyz", ".zip"])
def test_nothing_runs_when_an_engine_imports_every_module_of_it(
    ending: str, project: Path, home: Path, tmp_path: Path
) -> None:
    bundle = str(tmp_path / f"b{ending}")
    pack(replace(recorded(project)), bundle)
    code = (
        "import importlib, pkgutil, sys\n"
        "sys.path.insert(0, sys.argv[1])\n"
        "names = [row.name for row in pkgutil.iter_modules([sys.argv[1]])]\n"
        "for name in names: importlib.reload(importlib.import_module(name))\n"
        "print(names)\n"
    )
    importer = tmp_path / "importer.py"
    importer.write_text(code)
    done = run(str(importer), home, bundle)
    assert outcome(done) == (0, "['__main__']\n", "")


def test_python_path_of_the_machine_stays_behind_ours(project: Path, home: Path, tmp_path: Path) -> None:
    write_project(project, {"scripts/run.py": "import os, other\nprint(os.environ['PYTHONPATH'])\n"})
    write_project(tmp_path / "site", {"other.py": "", "pkg/__init__.py": "raise SystemExit('wrong')"})
    archive = packed(recorded(project), tmp_path)
    done = run(archive, home, PYTHONPATH=str(tmp_path / "site"))
    assert done.returncode == 0
    first, second, third = done.stdout.strip().split(":")
    assert first.endswith("-0/root/scripts")
    assert second.endswith("-0/root/src")
    assert third == str(tmp_path / "site")
