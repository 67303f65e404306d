"""Layouts 11 to 20: code in other places than beside the script."""

from __future__ import annotations

import py_compile
import subprocess
import sysconfig
import zipfile

from layouts.installs import finder_editable, metadata, path_editable
from layouts.model import Layout, Place

SYMLINKED_PACKAGE = Layout(
    name="symlinked_package",
    words="the package directory is a link to elsewhere",
    argv=("app.py",),
    expected="linked: core 7\n",
    files={
        "work/project/app.py": """
            from linked.core import NUMBER

            def main():
                print("linked: core", NUMBER)

            if __name__ == "__main__":
                main()
            """,
        "work/shared/linked_v2/__init__.py": "",
        "work/shared/linked_v2/core.py": """
            from .numbers import NUMBER
            """,
        "work/shared/linked_v2/numbers.py": """
            NUMBER = 7
            """,
    },
    finish=lambda place: place.link("work/project/linked", "../shared/linked_v2"),
)

VENV_INSIDE = Layout(
    name="venv_inside",
    words="the interpreter is a virtual environment inside the project, a package is named like it",
    argv=("app.py",),
    expected="venv: installed and local\n",
    files={
        "work/project/app.py": """
            import installed_dep
            import venv_tasks.words

            def main():
                print("venv:", installed_dep.WORD, "and", venv_tasks.words.WORD)

            if __name__ == "__main__":
                main()
            """,
        "work/project/venv_tasks/__init__.py": "",
        "work/project/venv_tasks/words.py": """
            WORD = "local"
            """,
        "site-installed/installed_dep.py": """
            WORD = "installed"
            """,
    },
    finish=lambda place: metadata(place, "installed-dep", editable_root=None, record=("installed_dep.py",)),
    venv_inside=True,
)

SRC = Layout(
    name="src_layout",
    words="`python -m pkg` with PYTHONPATH=src",
    argv=("-m", "shopsrc"),
    module="shopsrc.__main__",
    import_root="project/src",
    pythonpath=("project/src",),
    expected="src: basket\n",
    files={
        "work/project/src/shopsrc/__init__.py": "",
        "work/project/src/shopsrc/__main__.py": """
            from .basket import NAME

            def main():
                print("src:", NAME)

            if __name__ == "__main__":
                main()
            """,
        "work/project/src/shopsrc/basket.py": """
            NAME = "basket"
            """,
    },
)


def _archive(place: Place) -> None:
    """Write libs.zip with fixed times, so that two builds give the same bytes."""
    with zipfile.ZipFile(place.project / "libs.zip", "w") as archive:
        for name, text in (
            ("zipped/__init__.py", ""),
            ("zipped/core.py", "from zipped.words import WORD\n"),
            ("zipped/words.py", 'WORD = "from the zip"\n'),
        ):
            archive.writestr(zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0)), text)


ZIPIMPORT = Layout(
    name="zipimport",
    words="an archive beside the script, put on sys.path by it",
    argv=("app.py",),
    expected="zip: from the zip\n",
    files={
        "work/project/app.py": """
            import sys
            from pathlib import Path

            sys.path.insert(0, str(Path(__file__).resolve().with_name("libs.zip")))

            from zipped.core import WORD

            def main():
                print("zip:", WORD)

            if __name__ == "__main__":
                main()
            """,
    },
    finish=_archive,
)

EXTENSION_SOURCE = """
#define PY_SSIZE_T_CLEAN
#include <Python.h>

static PyObject *triple(PyObject *self, PyObject *number) {
    return PyLong_FromLong(3 * PyLong_AsLong(number));
}

static PyMethodDef methods[] = {{"triple", triple, METH_O, ""}, {NULL, NULL, 0, NULL}};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "_fast", "", -1, methods};

PyMODINIT_FUNC PyInit__fast(void) { return PyModule_Create(&module); }
"""


def _extension(place: Place) -> None:
    """Compile native/_fast for the interpreter that runs the benchmark (all of them share its version)."""
    source = place.root / "_fast.c"
    source.write_text(EXTENSION_SOURCE)
    target = place.project / "native" / f"_fast{sysconfig.get_config_var('EXT_SUFFIX')}"
    include = sysconfig.get_path("include")
    subprocess.run(
        ["gcc", "-shared", "-fPIC", "-O1", f"-I{include}", str(source), "-o", str(target)], check=True
    )
    source.unlink()


EXTENSION = Layout(
    name="c_extension",
    words="a package with a compiled module",
    argv=("app.py",),
    expected="native: 21\n",
    files={
        "work/project/app.py": """
            import native

            def main():
                print("native:", native.triple(7))

            if __name__ == "__main__":
                main()
            """,
        "work/project/native/__init__.py": """
            from ._fast import triple
            """,
    },
    finish=_extension,
)


def _seal(place: Place) -> None:
    """Leave only sealed.pyc of sealed.py, as a sourceless distribution does (`compileall -b`)."""
    source = place.project / "sealed.py"
    py_compile.compile(
        str(source),
        cfile=str(source.with_suffix(".pyc")),
        dfile="sealed.py",
        doraise=True,
        invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
    )
    source.unlink()


PYC_ONLY = Layout(
    name="pyc_only",
    words="a module of which only the .pyc exists",
    argv=("app.py",),
    expected="pyc: sealed\n",
    files={
        "work/project/app.py": """
            import sealed

            def main():
                print("pyc:", sealed.WORD)

            if __name__ == "__main__":
                main()
            """,
        "work/project/sealed.py": """
            WORD = "sealed"
            """,
    },
    finish=_seal,
)

RUN_PATH = Layout(
    name="runpy_path",
    words="runpy.run_path of a script that no import names",
    argv=("app.py",),
    expected="runpy: nightly with 5 parts\n",
    files={
        "work/project/app.py": """
            import runpy
            from pathlib import Path

            def main():
                task = Path(__file__).resolve().parent / "tasks" / "nightly.py"
                print("runpy:", runpy.run_path(str(task))["RESULT"])

            if __name__ == "__main__":
                main()
            """,
        "work/project/tasks/nightly.py": """
            from task_parts import COUNT

            RESULT = f"nightly with {COUNT} parts"
            """,
        "work/project/task_parts.py": """
            COUNT = 5
            """,
    },
)

EDITABLE_PATH = Layout(
    name="editable_pth",
    words="an editable install by a path in a .pth, source in src/",
    argv=("app.py",),
    expected="editable: core of edlib\n",
    files={
        "work/project/app.py": """
            from edlib import describe

            def main():
                print("editable:", describe())

            if __name__ == "__main__":
                main()
            """,
        "work/edlib-project/src/edlib/__init__.py": """
            from .core import describe
            """,
        "work/edlib-project/src/edlib/core.py": """
            def describe():
                return f"core of {__package__}"
            """,
    },
    finish=lambda place: path_editable(place, "edlib", "edlib-project", "edlib-project/src"),
)

EDITABLE_MAP = Layout(
    name="editable_mapped",
    words="an editable install by a PEP 660 finder whose package-dir renames the directory",
    argv=("app.py",),
    expected="mapped: mapped.deep.leaf\n",
    files={
        "work/project/app.py": """
            from mapped import describe

            def main():
                print("mapped:", describe())

            if __name__ == "__main__":
                main()
            """,
        "work/mapped-project/lib/python_code/__init__.py": """
            from .deep.leaf import describe
            """,
        "work/mapped-project/lib/python_code/deep/__init__.py": "",
        "work/mapped-project/lib/python_code/deep/leaf.py": """
            def describe():
                return __name__
            """,
    },
    finish=lambda place: finder_editable(
        place, "mapped", "mapped-project", {"mapped": "mapped-project/lib/python_code"}
    ),
)

SIBLING = Layout(
    name="sibling_pythonpath",
    words="a sibling directory on PYTHONPATH",
    argv=("app.py",),
    pythonpath=("shared_libs",),
    expected="sibling: toolbox and box\n",
    files={
        "work/project/app.py": """
            import toolbox
            from boxes.small import NAME

            def main():
                print("sibling:", toolbox.NAME, "and", NAME)

            if __name__ == "__main__":
                main()
            """,
        "work/shared_libs/toolbox.py": """
            NAME = "toolbox"
            """,
        "work/shared_libs/boxes/__init__.py": "",
        "work/shared_libs/boxes/small.py": """
            NAME = "box"
            """,
    },
)

LAYOUTS = (
    SYMLINKED_PACKAGE,
    VENV_INSIDE,
    SRC,
    ZIPIMPORT,
    EXTENSION,
    PYC_ONLY,
    RUN_PATH,
    EDITABLE_PATH,
    EDITABLE_MAP,
    SIBLING,
)
