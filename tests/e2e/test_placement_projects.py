"""Repositories of several projects, nested projects, vendored code, and other ways to compute a path."""

from __future__ import annotations

from pathlib import Path

import pytest
from placing import HERE, Placed, Situation

# A service that imports from its repository's `libs`, found by the script's directory, then by `parents[2]`.
MONOREPO: dict[str, str | None] = {
    "libs/common/__init__.py": HERE + "V=open(os.path.join(os.path.dirname(HERE),'c.txt')).read()\n",
    "libs/c.txt": "C",
    "services/a/run.py": HERE
    + (
        "sys.path.insert(0,os.path.join(HERE,'..','..','libs'))\nimport common\n"
        "print(common.V,open(os.path.join(HERE,'x.txt')).read())\n"
    ),
    "services/a/x.txt": "X",
}
MONOREPO_BY_PARENTS: dict[str, str | None] = {
    **MONOREPO,
    "services/a/run.py": "from pathlib import Path\nimport sys\n"
    "R=Path(__file__).resolve().parents[2]\n"
    "sys.path.insert(0,str(R/'libs'))\nimport common\n"
    "print(common.V,(R/'services/a/x.txt').read_text())\n",
}

PROJECTS = {
    "mono git": Situation(
        {".git": None, **MONOREPO},
        ("run.py",),
        "C X",
        cwd="services/a",
    ),
    "mono nogit": Situation(
        MONOREPO,
        ("run.py",),
        "C X",
        cwd="services/a",
    ),
    "mono nogit top": Situation(
        MONOREPO,
        ("services/a/run.py",),
        "C X",
    ),
    "mono nogit abspath": Situation(
        MONOREPO_BY_PARENTS,
        ("run.py",),
        "C X",
        cwd="services/a",
    ),
    "root option": Situation(
        MONOREPO_BY_PARENTS,
        ("run.py",),
        "C X",
        options=("--root", "../..", "--data", "mount"),
        cwd="services/a",
    ),
    "pythonpath nested": Situation(
        {
            "pyproject.toml": "",
            "demo/pyproject.toml": "",
            "demo/c.yml": "c",
            "eng/__init__.py": "",
            "eng/d.txt": "d",
            "eng/go.py": HERE + "print(open('c.yml').read(),open(HERE+'/d.txt').read())\n",
        },
        ("-m", "eng.go"),
        "c d",
        cwd="demo",
        env={"PYTHONPATH": ".."},
    ),
    "pythonpath nested2": Situation(
        {
            "pyproject.toml": "",
            "demo/pyproject.toml": "",
            "demo/inner.py": "V=1\n",
            "eng/__init__.py": "",
            "demo/app.py": "import inner,eng.util\nprint(inner.V,eng.util.W)\n",
            "eng/util.py": "from pathlib import Path\n"
            "W=(Path(__file__).parents[1]/'demo'/'c.yml').read_text()\n",
            "demo/c.yml": "c",
        },
        ("app.py",),
        "1 c",
        cwd="demo",
        env={"PYTHONPATH": ".."},
    ),
    "below build": Situation(
        {".git": None, "app.py": "import h\nprint(h.V)\n", "h.py": "V=1\n"},
        ("app.py",),
        "1",
        options=("--exclude", "project"),
    ),
    "target": Situation(
        {
            "vendor/dep-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: dep\nVersion: 1.0\n",
            "vendor/dep-1.0.dist-info/INSTALLER": "pip\n",
            "vendor/dep-1.0.dist-info/RECORD": "dep/__init__.py,,\ndep/d.txt,,\n"
            "dep-1.0.dist-info/METADATA,,\ndep-1.0.dist-info/RECORD,,\n",
            "vendor/dep/__init__.py": HERE + "V=open(HERE+'/d.txt').read()\n",
            "vendor/dep/d.txt": "D",
            "app.py": HERE + "sys.path.insert(0,HERE+'/vendor')\nimport dep\nprint(dep.V)\n",
        },
        ("app.py",),
        "D",
        options=(),
    ),
    "target meta": Situation(
        {
            "vendor/dep-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: dep\nVersion: 1.0\n",
            "vendor/dep-1.0.dist-info/INSTALLER": "pip\n",
            "vendor/dep-1.0.dist-info/RECORD": "dep/__init__.py,,\ndep-1.0.dist-info/METADATA,,\n"
            "dep-1.0.dist-info/RECORD,,\n",
            "vendor/dep/__init__.py": "import importlib.metadata as m\nV=m.version('dep')\n",
            "app.py": HERE + "sys.path.insert(0,HERE+'/vendor')\nimport dep\nprint(dep.V)\n",
        },
        ("app.py",),
        "1.0",
        options=(),
    ),
    "target data": Situation(
        {
            "vendor/dep-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: dep\nVersion: 1.0\n",
            "vendor/dep-1.0.dist-info/INSTALLER": "pip\n",
            "vendor/dep-1.0.dist-info/RECORD": "dep.py,,\nshare/dep/t.txt,,\n"
            "dep-1.0.dist-info/METADATA,,\n"
            "dep-1.0.dist-info/RECORD,,\n",
            "vendor/dep.py": HERE + "V=open(HERE+'/share/dep/t.txt').read()\n",
            "vendor/share/dep/t.txt": "T",
            "app.py": HERE + "sys.path.insert(0,HERE+'/vendor')\nimport dep\nprint(dep.V)\n",
        },
        ("app.py",),
        "T",
    ),
    "flat": Situation(
        {
            "pkg/__init__.py": "",
            "pkg/a.py": HERE + "V=open(HERE+'/d.txt').read()\n",
            "pkg/d.txt": "d",
            "app.py": "import pkg.a\nprint(pkg.a.V)\n",
        },
        ("app.py",),
        "d",
        options=("--layout", "flat"),
    ),
    "ext path rel": Situation(
        {
            "pkg/__init__.py": HERE + "__path__.append(HERE+'/../extra')\n",
            "extra/m.py": HERE + "V=open(HERE+'/m.txt').read()\n",
            "extra/m.txt": "M",
            "app.py": "import pkg.m\nprint(pkg.m.V)\n",
        },
        ("app.py",),
        "M",
    ),
    "remote root": Situation(
        {"app.py": "import m\nprint(m.V)\n", "m.py": "V=open('d').read()\n", "d": "D"},
        ("app.py",),
        "D",
        options=("--data", "mount", "--remote-root", "/opt/deep/er"),
    ),
    "space dir": Situation(
        {"my dir/app.py": HERE + "print(open(HERE+'/d é.txt').read())\n", "my dir/d é.txt": "D"},
        ("my dir/app.py",),
        "D",
    ),
    "import data dir": Situation(
        {
            "data/__init__.py": "",
            "data/t.csv": "1",
            "app.py": "import data,os\nprint(open('data/t.csv').read())\n",
        },
        ("app.py",),
        "1",
        options=(),
    ),
    "frozen file rel": Situation(
        {
            "lib/m.py": "V=open(__file__.replace('m.py','d.txt')).read()\n",
            "lib/d.txt": "D",
            "app.py": "import sys\nsys.path.insert(0,'lib')\nimport m\nprint(m.V)\n",
        },
        ("app.py",),
        "D",
    ),
    "fileinput": Situation(
        {"a.txt": "A", "app.py": "import fileinput\nprint(''.join(fileinput.input(['a.txt'])))\n"},
        ("app.py",),
        "A",
    ),
    "stdin open": Situation(
        {
            "a.txt": "A",
            "app.py": "import os\nfd=os.open('a.txt',os.O_RDONLY)\nos.dup2(fd,0)\nprint(input())\n",
        },
        ("app.py",),
        "A",
    ),
    "csv glob read": Situation(
        {
            "d/1.csv": "a",
            "d/2.csv": "b",
            "app.py": "from pathlib import Path\n"
            "print([p.read_text() for p in sorted(Path('d').glob('*.csv'))])\n",
        },
        ("app.py",),
        "['a', 'b']",
    ),
    "exec open": Situation(
        {"conf.py": "V=1\n", "app.py": "ns={}\nexec(open('conf.py').read(),ns)\nprint(ns['V'])\n"},
        ("app.py",),
        "1",
    ),
    "runpy path": Situation(
        {
            "t/s.py": HERE + "V=open(HERE+'/d').read()\n",
            "t/d": "D",
            "app.py": "import runpy\nprint(runpy.run_path('t/s.py')['V'])\n",
        },
        ("app.py",),
        "D",
    ),
    "spec loc": Situation(
        {
            "t/s.py": HERE + "V=open(HERE+'/d').read()\n",
            "t/d": "D",
            "app.py": HERE
            + (
                "import importlib.util as u\n"
                "sp=u.spec_from_file_location('made.up',HERE+'/t/s.py')\n"
                "m=u.module_from_spec(sp)\nsp.loader.exec_module(m)\nprint(m.V)\n"
            ),
        },
        ("app.py",),
        "D",
    ),
}


@pytest.mark.parametrize("name", PROJECTS)
def test_it_prints_the_same_elsewhere(name: str, tmp_path: Path) -> None:
    Placed(tmp_path).place(PROJECTS[name])


def test_metadata_of_a_distribution_is_found_where_sys_path_leads(tmp_path: Path) -> None:
    """A program that asks for all distributions, as test runners ask for plugins, searches `sys.path`."""
    source = tmp_path / "lib" / "src"
    (source / "lib.egg-info").mkdir(parents=True)
    (source / "lib.egg-info" / "PKG-INFO").write_text("Metadata-Version: 2.1\nName: lib\nVersion: 1\n")
    (source / "lib.egg-info" / "entry_points.txt").write_text("[shown]\nlib = lib:main\n")
    code = (
        "from importlib.metadata import distributions\n"
        "print([e.value for d in distributions() for e in d.entry_points if e.group == 'shown'])\n"
    )
    project = Placed(tmp_path)
    project.write({"setup.py": "", "app.py": code})
    env = {"PYTHONPATH": str(source)}
    manifest = project.record("app.py", env=env)
    (row,) = manifest["data"]
    assert (row["local"], row["option"]) == (f"{source}/lib.egg-info/entry_points.txt", "--data mount")
    manifest = project.place(Situation({}, ("app.py",), "['lib:main']", env=env))
    assert manifest["sys_path"] == ["/root", "/root/_outside/src"]
