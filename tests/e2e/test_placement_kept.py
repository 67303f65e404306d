"""Libraries beside extension modules, patterns above the workspace, and what every machine has itself."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Any

import needs
import pytest
from placing import HERE, Placed, Situation

LIBRARY = "int answer(void) { return 42; }\n"
EXTENSION = """
#include <Python.h>
extern int answer(void);
static PyObject *value(PyObject *self, PyObject *ignored) { return PyLong_FromLong(answer()); }
static PyMethodDef methods[] = {{"value", value, METH_NOARGS, ""}, {0}};
static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, "_ext", "", -1, methods};
PyMODINIT_FUNC PyInit__ext(void) { return PyModule_Create(&definition); }
"""
PACKAGE = "from . import _ext\nVALUE = _ext.value()\n"


def build(package: Path, library: Path) -> None:
    """Makes `package/_ext.so`, which only the dynamic linker leads to `library`."""
    compiler = needs.tool("gcc")
    scratch = package.parent.parent / "sources"
    for directory in (library.parent, scratch):
        directory.mkdir(parents=True, exist_ok=True)
    (scratch / "answer.c").write_text(LIBRARY)
    (scratch / "ext.c").write_text(EXTENSION)
    subprocess.run(
        [compiler, "-shared", "-fPIC", f"-Wl,-soname,{library.name}", scratch / "answer.c", "-o", library],
        check=True,
    )
    way = "$ORIGIN/.libs" if library.parent.name == ".libs" else f"$ORIGIN/../{library.parent.name}"
    include = f"-I{sysconfig.get_path('include')}"
    sources = [scratch / "ext.c", library]
    subprocess.run(
        [compiler, "-shared", "-fPIC", include, *sources, f"-Wl,-rpath,{way}", "-o", package / "_ext.so"],
        check=True,
    )
    for path in scratch.iterdir():
        path.unlink()
    scratch.rmdir()


def shipped(manifest: dict[str, Any]) -> list[str]:
    return [row["remote"] for row in manifest["files"]]


def test_the_libraries_that_a_vendored_distribution_lists_go_along(tmp_path: Path) -> None:
    """`pip install --target` leaves `fx.libs` beside `fx`; Python itself opens nothing in it."""
    record = (
        "fx/__init__.py,,\nfx/_ext.so,,\nfx.libs/libanswer-1.so,,\n"
        "fx-1.0.dist-info/METADATA,,\nfx-1.0.dist-info/RECORD,,\n"
    )
    situation = Situation(
        {
            "vendor/fx/__init__.py": PACKAGE,
            "vendor/fx-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: fx\nVersion: 1.0\n",
            "vendor/fx-1.0.dist-info/INSTALLER": "pip\n",
            "vendor/fx-1.0.dist-info/RECORD": record,
            "app.py": HERE + "sys.path.insert(0, HERE + '/vendor')\nimport fx\nprint(fx.VALUE)\n",
        },
        ("app.py",),
        "42",
        options=(),
        prepare=lambda top: build(top / "vendor/fx", top / "vendor/fx.libs/libanswer-1.so"),
    )
    assert shipped(Placed(tmp_path).place(situation)) == [
        "/root/app.py",
        "/root/vendor/fx.libs/libanswer-1.so",
        "/root/vendor/fx/__init__.py",
        "/root/vendor/fx/_ext.so",
    ]


def test_a_hidden_directory_of_libraries_goes_along(tmp_path: Path) -> None:
    """Names that begin with a dot are left out of a package, but not what the dynamic linker loaded."""
    situation = Situation(
        {"pkg/__init__.py": PACKAGE, "pkg/.notes/x.txt": "x", "app.py": "import pkg\nprint(pkg.VALUE)\n"},
        ("app.py",),
        "42",
        prepare=lambda top: build(top / "pkg", top / "pkg/.libs/libanswer-1.so"),
    )
    assert shipped(Placed(tmp_path).place(situation)) == [
        "/root/app.py",
        "/root/pkg/.libs/libanswer-1.so",
        "/root/pkg/__init__.py",
        "/root/pkg/_ext.so",
    ]


def test_a_library_outside_the_package_is_data_of_the_extension(tmp_path: Path) -> None:
    """No audit event reports it: the extension's run path leads to it."""
    situation = Situation(
        {"pkg/__init__.py": PACKAGE, "app.py": "import pkg\nprint(pkg.VALUE)\n"},
        ("app.py",),
        "42",
        prepare=lambda top: build(top / "pkg", top / "native/libanswer-1.so"),
    )
    manifest = Placed(tmp_path).place(situation)
    assert "/root/native/libanswer-1.so" in shipped(manifest)
    (row,) = [row for row in manifest["data"] if row["local"].endswith("libanswer-1.so")]
    assert (row["read_by"], row["mounted"]) == ("pkg._ext", "/root/native/libanswer-1.so")


@pytest.mark.parametrize("above", ["build", "tmp/deep", "venv"])
@pytest.mark.parametrize(
    "options", [("--exclude", "build"), ("--exclude", "tmp/"), ("--exclude", "venv"), ("--exclude", "/build")]
)
def test_a_pattern_is_never_asked_about_directories_above_the_workspace(
    tmp_path: Path, above: str, options: tuple[str, ...]
) -> None:
    project = Placed(tmp_path, f"{above}/project")
    project.write({"pyproject.toml": "", "app.py": "import helper\n", "helper.py": "print(1)\n"})
    manifest = project.record(*options, "app.py")
    assert shipped(manifest) == ["/root/app.py", "/root/helper.py"]
    assert manifest["warnings"] == []


@pytest.mark.parametrize(
    "opened",
    ["sys.executable", "os.path.realpath(sys.executable)", "os.path.join(sys.prefix, 'bin', 'python3')"],
)
def test_the_interpreter_is_not_data(tmp_path: Path, opened: str) -> None:
    """`packaging.tags` reads the header of `sys.executable`, so many programs do."""
    place = Placed(tmp_path)
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "venv"], check=True)
    situation = Situation(
        {"app.py": f"import os, sys\nprint(len(open({opened}, 'rb').read(4)))\n"},
        ("--python", str(tmp_path / "venv/bin/python"), "app.py"),
        "4",
    )
    place.write(situation.files)
    manifest = place.record("--data", "mount", *situation.program)
    assert shipped(manifest) == ["/root/app.py"]
    assert (manifest["data"], manifest["warnings"]) == ([], [])


def test_the_directory_of_temporary_files_is_not_data(tmp_path: Path) -> None:
    """Test runners list it to remove what they left; every machine has one of its own."""
    situation = Situation({"app.py": "import os\nos.listdir('/tmp')\nprint(1)\n"}, ("app.py",), "1")
    manifest = Placed(tmp_path).place(situation)
    assert (manifest["data"], manifest["warnings"]) == ([], [])
