"""Files that a program reaches by a path: from its cwd, its own place, its package, through links."""

from __future__ import annotations

from pathlib import Path

import pytest
from placing import HERE, Placed, Situation


def link(place: Path, target: str) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    place.symlink_to(target)


REACHED = {
    "fchdir": Situation(
        {
            "cfg/x.txt": "1",
            "app.py": "import os\nfd=os.open('cfg',os.O_RDONLY)\nos.fchdir(fd)\n"
            "print(open('x.txt').read())\n",
        },
        ("app.py",),
        "1",
    ),
    "chdir before import": Situation(
        {
            "lib/mod.py": "V=1\n",
            "lib/d.txt": "d",
            "app.py": HERE
            + ("os.chdir('lib')\nsys.path.insert(0,'')\nimport mod\nprint(mod.V, open('d.txt').read())\n"),
        },
        ("app.py",),
        "1 d",
    ),
    "chdir before import dot": Situation(
        {
            "lib/mod.py": "V=1\n",
            "app.py": HERE + "os.chdir('lib')\nsys.path.insert(0,'.')\nimport mod\nprint(mod.V)\n",
        },
        ("app.py",),
        "1",
        options=(),
    ),
    "chdir after import rel": Situation(
        {
            "lib/__init__.py": "F=__file__\n",
            "lib/d.txt": "d",
            "app.py": HERE
            + (
                "import lib\nos.chdir('/')\n"
                "print(open(os.path.join(os.path.dirname(lib.F),'d.txt')).read())\n"
            ),
        },
        ("app.py",),
        "d",
        options=(),
    ),
    "open dirfd": Situation(
        {
            "cfg/x.txt": "1",
            "app.py": "import os\nfd=os.open('cfg',os.O_RDONLY)\n"
            "print(os.read(os.open('x.txt',os.O_RDONLY,dir_fd=fd),9).decode())\n",
        },
        ("app.py",),
        "1",
    ),
    "open opener": Situation(
        {
            "cfg/x.txt": "1",
            "app.py": "import os\nfd=os.open('cfg',os.O_RDONLY)\n"
            "print(open('x.txt',opener=lambda p,f: os.open(p,f,dir_fd=fd)).read())\n",
        },
        ("app.py",),
        "1",
    ),
    "io open code": Situation(
        {
            "cfg/x.txt": "1",
            "app.py": "import io,os\nprint(io.open_code(os.path.abspath('cfg/x.txt')).read().decode())\n",
        },
        ("app.py",),
        "1",
    ),
    "linecache": Situation(
        {"cfg/x.txt": "1\n", "app.py": "import linecache\nprint(linecache.getline('cfg/x.txt',1))\n"},
        ("app.py",),
        "1",
    ),
    "mmap": Situation(
        {
            "cfg/x.txt": "1",
            "app.py": "import mmap\nf=open('cfg/x.txt','rb')\n"
            "print(mmap.mmap(f.fileno(),0,access=mmap.ACCESS_READ)[:].decode())\n",
        },
        ("app.py",),
        "1",
    ),
    "append mode": Situation(
        {"log.txt": "old", "app.py": "f=open('log.txt','a+')\nf.seek(0)\nprint(f.read())\n"},
        ("app.py",),
        "old",
    ),
    "rplus": Situation(
        {"st.txt": "old", "app.py": "f=open('st.txt','r+')\nprint(f.read())\nf.write('')\n"},
        ("app.py",),
        "old",
    ),
    "configparser": Situation(
        {
            "c.ini": "[a]\nb=1\n",
            "app.py": "import configparser\n"
            "c=configparser.ConfigParser(); c.read(['none.ini','c.ini'])\n"
            "print(c['a']['b'])\n",
        },
        ("app.py",),
        "1",
    ),
    "parents n": Situation(
        {
            ".git": None,
            "a/b/c/run.py": "from pathlib import Path\n"
            "print((Path(__file__).parents[3]/'top.txt').read_text())\n",
            "top.txt": "T",
        },
        ("a/b/c/run.py",),
        "T",
    ),
    "dotdot": Situation(
        {"src/app.py": "print(open('../conf/x.txt').read())\n", "conf/x.txt": "X"},
        ("app.py",),
        "X",
        cwd="src",
    ),
    "dotdot2": Situation(
        {"a/src/app.py": "print(open('../../conf/x.txt').read())\n", "conf/x.txt": "X", "setup.cfg": ""},
        ("app.py",),
        "X",
        cwd="a/src",
    ),
    "dotdot mod": Situation(
        {
            "a/src/app.py": HERE + "sys.path.append(HERE+'/../../lib')\nimport m\nprint(m.V)\n",
            "lib/m.py": "import os\nV=open(os.path.join(os.path.dirname(__file__),'..','x.txt')).read()\n",
            "x.txt": "X",
        },
        ("a/src/app.py",),
        "X",
    ),
    "linked data file": Situation(
        {"store/v1.txt": "1", "app.py": "print(open('cur.txt').read())\n"},
        ("app.py",),
        "1",
        prepare=lambda top: link(top / "cur.txt", "store/v1.txt"),
    ),
    "linked data dir": Situation(
        {"store/v1/d.txt": "1", "app.py": "print(open('cur/d.txt').read())\n"},
        ("app.py",),
        "1",
        prepare=lambda top: link(top / "cur", "store/v1"),
    ),
    "linked pkg dir": Situation(
        {
            "real/pkg/__init__.py": "import os\n"
            "V=open(os.path.join(os.path.dirname(os.path.realpath(__file__)),'..',"
            "'x.txt')).read()\n",
            "real/x.txt": "x",
            "app.py": "import pkg\nprint(pkg.V)\n",
        },
        ("app.py",),
        "x",
        prepare=lambda top: link(top / "pkg", "real/pkg"),
    ),
    "linked script": Situation(
        {
            "real/tool.py": "import os,sys\n"
            "print(open(os.path.join(os.path.dirname(os.path.realpath(__file__)),"
            "'d.txt')).read())\n",
            "real/d.txt": "d",
            "bin": None,
        },
        ("bin/tool",),
        "d",
        prepare=lambda top: link(top / "bin/tool", "../real/tool.py"),
    ),
    "linked script import": Situation(
        {"real/tool.py": "import helper\nprint(helper.V)\n", "real/helper.py": "V=3\n", "bin": None},
        ("bin/tool.py",),
        "3",
        options=(),
        prepare=lambda top: link(top / "bin/tool.py", "../real/tool.py"),
    ),
    "link chain": Situation(
        {"c/x.txt": "x", "app.py": "print(open('a').read())\n"},
        ("app.py",),
        "x",
        prepare=lambda top: link(top / "b", "c/x.txt") or link(top / "a", "b"),
    ),
    "pkgutil extend": Situation(
        {
            "a/pk/__init__.py": "from pkgutil import extend_path\n__path__=extend_path(__path__,__name__)\n",
            "b/pk/plug.py": "import os\nV=open(os.path.join(os.path.dirname(__file__),'p.txt')).read()\n",
            "b/pk/p.txt": "p",
            "app.py": HERE + "sys.path[:0]=[HERE+'/a',HERE+'/b']\nimport pk.plug\nprint(pk.plug.V)\n",
        },
        ("app.py",),
        "p",
    ),
    "path insert sub": Situation(
        {
            "pk/__init__.py": HERE + "__path__.insert(0,HERE+'/impl')\n",
            "pk/impl/m.py": "V=1\n",
            "pk/m.py": "V=2\n",
            "app.py": "import pk.m\nprint(pk.m.V)\n",
        },
        ("app.py",),
        "1",
        options=(),
    ),
    "ns resources": Situation(
        {
            "ns/sub/d.txt": "d",
            "app.py": "from importlib.resources import files\n"
            "print((files('ns')/'sub'/'d.txt').read_text())\n",
        },
        ("app.py",),
        "d",
    ),
    "ns resources2": Situation(
        {
            "a/ns/x.txt": "x",
            "b/ns/y.txt": "y",
            "app.py": HERE
            + (
                "sys.path[:0]=[HERE+'/a',HERE+'/b']\n"
                "from importlib.resources import files\n"
                "print((files('ns')/'x.txt').read_text(),(files('ns')/'y.txt').read_text())\n"
            ),
        },
        ("app.py",),
        "x y",
    ),
    "resources listed": Situation(
        {
            "ns/sub/d.txt": "d",
            "ns/sub/e.txt": "e",
            "app.py": "from importlib.resources import files\n"
            "print(sorted(p.name for p in (files('ns')/'sub').iterdir()))\n",
        },
        ("app.py",),
        "['d.txt', 'e.txt']",
    ),
    "resources as file": Situation(
        {
            "ns/sub/d.txt": "d",
            "app.py": "from importlib.resources import files,as_file\n"
            "with as_file(files('ns')/'sub'/'d.txt') as p: print(p.read_text())\n",
        },
        ("app.py",),
        "d",
    ),
    "pkgutil get data": Situation(
        {
            "pk/__init__.py": "",
            "pk/d.txt": "d",
            "app.py": "import pkgutil\nprint(pkgutil.get_data('pk','d.txt').decode())\n",
        },
        ("app.py",),
        "d",
        options=(),
    ),
    "iter modules": Situation(
        {
            "plugins/a.py": "V=1\n",
            "plugins/b.py": "V=2\n",
            "app.py": "import pkgutil,importlib,sys\nsys.path.insert(0,'plugins')\n"
            "print([importlib.import_module(m.name).V for m in "
            "pkgutil.iter_modules(['plugins'])])\n",
        },
        ("app.py",),
        "[1, 2]",
        options=(),
    ),
    "glob import": Situation(
        {
            "plugins/a.py": "V=1\n",
            "plugins/b.py": "V=2\n",
            "app.py": HERE
            + (
                "import runpy,glob\n"
                "print([runpy.run_path(p)['V'] for p in sorted(glob.glob(HERE+'/plugins/*.py'))])\n"
            ),
        },
        ("app.py",),
        "[1, 2]",
        options=(),
    ),
}


@pytest.mark.parametrize("name", REACHED)
def test_it_prints_the_same_elsewhere(name: str, tmp_path: Path) -> None:
    Placed(tmp_path).place(REACHED[name])
