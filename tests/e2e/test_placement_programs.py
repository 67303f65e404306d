"""Generated code, two modules of one name, and programs of each kind."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from placing import HERE, Placed, Situation

WITH_DATA = "import os\nV='{}'+open(os.path.join(os.path.dirname(__file__),'d.txt')).read()\n"
TWO_OF_ONE_NAME = {
    "a/mod.py": WITH_DATA.format("a"),
    "b/mod.py": WITH_DATA.format("b"),
    "a/d.txt": "a",
    "b/d.txt": "b",
}
# Directories of the project on PATH, as direnv puts them there.
ON_PATH = {"PATH": f"tools:{os.environ['PATH']}"}
PROGRAMS = {
    "a shell script of the project on PATH": Situation(
        {"tools/greet": "#!/bin/sh\necho hello $1\n"}, ("--", "greet", "you"), "hello you", env=ON_PATH
    ),
    "a Python program of the project on PATH": Situation(
        {
            "tools/greet": "#!/usr/bin/env python3\n"
            + HERE
            + "sys.path.insert(0,os.path.dirname(HERE))\nimport words\nprint(words.V, sys.argv[1:])\n",
            "words.py": "V='hello'\n",
        },
        ("--", "greet", "you"),
        "hello ['you']",
        env=ON_PATH,
    ),
    "a log that is rotated": Situation(
        {
            "app.log": "old\n",
            "app.py": "import logging.handlers\n"
            "handler=logging.handlers.RotatingFileHandler('app.log', backupCount=1)\n"
            "handler.doRollover()\nprint(1)\n",
        },
        ("app.py",),
        "1",
        options=(),
    ),
    "a module that is loaded and then overwritten": Situation(
        {
            "stamp.py": "V=1\n",
            "app.py": HERE + "import stamp\nopen(HERE+'/stamp.py','w').write('V=1\\n')\nprint(stamp.V)\n",
        },
        ("app.py",),
        "1",
    ),
    "in project": Situation(
        {"app.py": HERE + "open(HERE+'/gen.py','w').write('V=9')\nimport gen\nprint(gen.V)\n"},
        ("app.py",),
        "9",
    ),
    "pkg in project": Situation(
        {
            "build/.keep": "",
            "app.py": HERE
            + (
                "os.makedirs(HERE+'/build/g',exist_ok=True)\n"
                "open(HERE+'/build/g/__init__.py','w').write('V=9')\n"
                "sys.path.insert(0,HERE+'/build')\nimport g\nprint(g.V)\n"
            ),
        },
        ("app.py",),
        "9",
    ),
    "data in existing pkg": Situation(
        {
            "pkg/__init__.py": HERE
            + ("open(HERE+'/cache.json','w').write('1')\nV=open(HERE+'/cache.json').read()\n"),
            "app.py": "import pkg\nprint(pkg.V)\n",
        },
        ("app.py",),
        "1",
    ),
    "tmp subprocess": Situation(
        {
            "app.py": "import tempfile,subprocess,sys,os\nd=tempfile.mkdtemp()\n"
            "open(d+'/w.py','w').write('print(4)')\n"
            "print(subprocess.run([sys.executable,d+'/w.py'],capture_output=True,"
            "text=True).stdout.strip())\n"
        },
        ("app.py",),
        "4",
    ),
    "one process": Situation(
        {
            **TWO_OF_ONE_NAME,
            "app.py": HERE
            + (
                "import importlib\nfor d in 'ab':\n    sys.path.insert(0,HERE+'/'+d)\n"
                "    sys.modules.pop('mod',None)\n    import mod\n    print(mod.V)\n"
            ),
        },
        ("app.py",),
        "aa\nbb",
    ),
    "two processes": Situation(
        {
            **TWO_OF_ONE_NAME,
            "w.py": "import mod\nprint(mod.V)\n",
            "app.py": HERE
            + (
                "import subprocess\nfor d in 'ab':\n"
                "    print(subprocess.run([sys.executable,'w.py'],env={**os.environ,"
                "'PYTHONPATH':HERE+'/'+d},capture_output=True,text=True).stdout.strip())\n"
            ),
        },
        ("app.py",),
        "aa\nbb",
    ),
    "cwd children": Situation(
        {
            "a/main.py": "import mod\nprint(mod.V)\n",
            "b/main.py": "import mod\nprint(mod.V)\n",
            **TWO_OF_ONE_NAME,
            "app.py": HERE
            + (
                "import subprocess\nfor d in 'ab':\n"
                "    print(subprocess.run([sys.executable,'main.py'],cwd=HERE+'/'+d,"
                "capture_output=True,text=True).stdout.strip())\n"
            ),
        },
        ("app.py",),
        "aa\nbb",
    ),
    "mp spawn": Situation(
        {
            **TWO_OF_ONE_NAME,
            "app.py": HERE
            + (
                "import multiprocessing as m\ndef f(d):\n"
                "    sys.path.insert(0,HERE+'/'+d)\n    import mod\n    return mod.V\n"
                "if __name__=='__main__':\n    m.set_start_method('spawn')\n"
                "    for d in 'ab':\n"
                "        with m.Pool(1) as p: print(p.apply(f,(d,)))\n"
            ),
        },
        ("app.py",),
        "aa\nbb",
    ),
    "dup name script": Situation(
        {
            "a/run.py": "import run2\nprint(run2.V)\n",
            "a/run2.py": "V=1\n",
            "run2.py": "V=2\n",
            "app.py": HERE
            + (
                "import subprocess,run2\nprint(run2.V)\n"
                "print(subprocess.run([sys.executable,'a/run.py'],capture_output=True,"
                "text=True).stdout.strip())\n"
            ),
        },
        ("app.py",),
        "2\n1",
        options=(),
    ),
    "directory": Situation(
        {
            "prog/__main__.py": "import helper,os\n"
            "print(helper.V,open(os.path.join(os.path.dirname(__file__),'d.txt')).read())\n",
            "prog/helper.py": "V=1\n",
            "prog/d.txt": "d",
        },
        ("prog",),
        "1 d",
    ),
    "directory dot": Situation(
        {
            "__main__.py": "import helper\nprint(helper.V,open('d.txt').read())\n",
            "helper.py": "V=1\n",
            "d.txt": "d",
        },
        (".",),
        "1 d",
    ),
    "directory pkg": Situation(
        {
            "prog/__main__.py": "from lib import f\nprint(f.V)\n",
            "prog/lib/__init__.py": "",
            "prog/lib/f.py": "V=2\n",
        },
        ("prog",),
        "2",
        options=(),
    ),
    "m pkg": Situation(
        {"pkg/__init__.py": "", "pkg/__main__.py": "print(open('conf/x').read())\n", "conf/x": "X"},
        ("-m", "pkg"),
        "X",
    ),
    "m src": Situation(
        {
            "src/pkg/__init__.py": "",
            "src/pkg/__main__.py": "from importlib.resources import files\n"
            "print((files('pkg')/'d.txt').read_text())\n",
            "src/pkg/d.txt": "D",
        },
        ("-m", "pkg"),
        "D",
        options=(),
        env={"PYTHONPATH": "src"},
    ),
    "c": Situation(
        {"mod.py": "V=open('x.txt').read()\n", "x.txt": "X"},
        ("-c", "import mod; print(mod.V)"),
        "X",
    ),
    "command": Situation(
        {"run.sh": "#!/bin/sh\nexec python app.py\n", "app.py": "import m; print(m.V)\n", "m.py": "V=1\n"},
        ("--", "./run.sh"),
        "1",
        options=(),
    ),
    "sh command": Situation(
        {"run.sh": "python app.py\n", "app.py": "print(open('x').read())\n", "x": "1"},
        ("--", "sh", "run.sh"),
        "1",
    ),
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_it_prints_the_same_elsewhere(name: str, tmp_path: Path) -> None:
    Placed(tmp_path).place(PROGRAMS[name])
