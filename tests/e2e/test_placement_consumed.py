"""Files that are moved, linked or copied, and directories that are only listed."""

from __future__ import annotations

from pathlib import Path

import pytest
from placing import HERE, Placed, Situation

CONSUMED = {
    "replace": Situation(
        {
            "a.txt": "A",
            "b.txt": "B",
            "app.py": "import os\nos.replace('a.txt','c.txt')\nprint(open('c.txt').read())\n"
            "os.replace('c.txt','a.txt')\n",
        },
        ("app.py",),
        "A",
    ),
    "shutil move back": Situation(
        {
            "a.txt": "A",
            "app.py": "import shutil\nshutil.move('a.txt','sub.txt')\n"
            "print(open('sub.txt').read())\nshutil.move('sub.txt','a.txt')\n",
        },
        ("app.py",),
        "A",
    ),
    "path rename": Situation(
        {
            "a.txt": "A",
            "app.py": "from pathlib import Path\np=Path('a.txt').rename('x')\n"
            "print(p.read_text())\np.rename('a.txt')\n",
        },
        ("app.py",),
        "A",
    ),
    "copy": Situation(
        {
            "a.txt": "A",
            "app.py": "import shutil,os\nshutil.copy('a.txt','x')\nprint(open('x').read())\nos.remove('x')\n",
        },
        ("app.py",),
        "A",
    ),
    "copytree": Situation(
        {
            "d/a.txt": "A",
            "d/s/b.txt": "B",
            "app.py": "import shutil\nshutil.copytree('d','e')\n"
            "print(open('e/a.txt').read(),open('e/s/b.txt').read())\n"
            "shutil.rmtree('e')\n",
        },
        ("app.py",),
        "A B",
    ),
    "symlink dir": Situation(
        {
            "d/a.txt": "A",
            "app.py": "import os\nos.symlink('d','cur')\nprint(open('cur/a.txt').read())\nos.remove('cur')\n",
        },
        ("app.py",),
        "A",
    ),
    "symlink abs": Situation(
        {
            "a.txt": "A",
            "app.py": HERE
            + ("os.symlink(HERE+'/a.txt','cur')\nprint(open('cur').read())\nos.remove('cur')\n"),
        },
        ("app.py",),
        "A",
    ),
    "link read": Situation(
        {
            "a.txt": "A",
            "app.py": "import os\nos.link('a.txt','cur')\nprint(open('cur').read())\nos.remove('cur')\n",
        },
        ("app.py",),
        "A",
    ),
    "rename dir": Situation(
        {
            "d/a.txt": "A",
            "app.py": "import os\nos.rename('d','e')\nprint(open('e/a.txt').read())\nos.rename('e','d')\n",
        },
        ("app.py",),
        "A",
    ),
    "edit atomic": Situation(
        {
            "a.txt": "A",
            "app.py": "import os\nt=open('a.txt').read()\nopen('a.tmp','w').write(t+'')\n"
            "os.replace('a.tmp','a.txt')\nprint(open('a.txt').read())\n",
        },
        ("app.py",),
        "A",
    ),
    "walk": Situation(
        {
            "c/a/x.yaml": "1",
            "c/b/y.yaml": "2",
            "app.py": "import os\nprint(sorted(f for _,_,fs in os.walk('c') for f in fs))\n",
        },
        ("app.py",),
        "['x.yaml', 'y.yaml']",
    ),
    "rglob": Situation(
        {
            "c/a/x.yaml": "1",
            "c/b/y.yaml": "2",
            "app.py": "from pathlib import Path\nprint(sorted(p.name for p in Path('c').rglob('*.yaml')))\n",
        },
        ("app.py",),
        "['x.yaml', 'y.yaml']",
    ),
    "scandir": Situation(
        {"c/x.yaml": "1", "app.py": "import os\nprint([e.name for e in os.scandir('c')])\n"},
        ("app.py",),
        "['x.yaml']",
    ),
    "glob star": Situation(
        {
            "c/a/x.yaml": "1",
            "c/b/y.yaml": "2",
            "app.py": "import glob\nprint(sorted(glob.glob('c/*/*.yaml')))\n",
        },
        ("app.py",),
        "['c/a/x.yaml', 'c/b/y.yaml']",
    ),
    "glob rec": Situation(
        {
            "c/a/x.yaml": "1",
            "c/b/y.yaml": "2",
            "app.py": "import glob\nprint(sorted(glob.glob('**/*.yaml',recursive=True)))\n",
        },
        ("app.py",),
        "['c/a/x.yaml', 'c/b/y.yaml']",
    ),
    "glob cwd": Situation(
        {"x.yaml": "1", "app.py": "import glob\nprint(glob.glob('*.yaml'))\n"},
        ("app.py",),
        "['x.yaml']",
    ),
    "glob here": Situation(
        {
            "x.yaml": "1",
            "app.py": HERE
            + ("from pathlib import Path\nprint([p.name for p in Path(HERE).glob('*.yaml')])\n"),
        },
        ("app.py",),
        "['x.yaml']",
    ),
    "fwalk": Situation(
        {"c/x.yaml": "1", "app.py": "import os\nprint([f for _,_,fs,_ in os.fwalk('c') for f in fs])\n"},
        ("app.py",),
        "['x.yaml']",
    ),
    "pages": Situation(
        {
            "pages/1_a.py": "x=1\n",
            "pages/2_b.py": "x=2\n",
            "app.py": HERE
            + ("from pathlib import Path\nprint(sorted(p.stem for p in Path(HERE,'pages').glob('*.py')))\n"),
        },
        ("app.py",),
        "['1_a', '2_b']",
    ),
    "listed and read": Situation(
        {
            "c/x.yaml": "1",
            "c/y.yaml": "2",
            "app.py": "import os\nprint([open('c/'+f).read() for f in sorted(os.listdir('c'))])\n",
        },
        ("app.py",),
        "['1', '2']",
    ),
    "empty sub": Situation(
        {"c/x.yaml": "1", "c/empty": None, "app.py": "import os\nprint(sorted(os.listdir('c')))\n"},
        ("app.py",),
        "['empty', 'x.yaml']",
    ),
    "zip dir": Situation(
        {
            "c/x.yaml": "1",
            "app.py": "import shutil,zipfile,os\nshutil.make_archive('out','zip','c')\n"
            "print(zipfile.ZipFile('out.zip').namelist())\nos.remove('out.zip')\n",
        },
        ("app.py",),
        "['x.yaml']",
    ),
    "pkg listed": Situation(
        {
            "pkg/__init__.py": HERE + "N=sorted(os.listdir(HERE+'/data'))\n",
            "pkg/data/a.txt": "1",
            "app.py": "import pkg\nprint(pkg.N)\n",
        },
        ("app.py",),
        "['a.txt']",
        options=(),
    ),
}


@pytest.mark.parametrize("name", CONSUMED)
def test_it_prints_the_same_elsewhere(name: str, tmp_path: Path) -> None:
    Placed(tmp_path).place(CONSUMED[name])
