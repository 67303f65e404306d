"""Each option that a message about placement offers is enough for `verify` to say sufficient."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from placing import HERE, Placed

VALUE = r"(?:'[^']*'|\"[^\"]*\"|[^\s,;'\"]+)"
# Options that belong together are separated by one space.
OPTION = re.compile(
    rf"--(?:add-file|add-dir|add-package|include|data|editable|layout|root) {VALUE}"
    rf"(?: --(?:add-file|add-dir|data|root) {VALUE})*"
)


@dataclass(frozen=True)
class Hinted:
    """A program that gets a warning of one `code`. `{top}` in texts is the directory above the project."""

    code: str
    files: Mapping[str, str]
    program: Sequence[str] = ("app.py",)
    outside: Mapping[str, str] = field(default_factory=dict)
    options: Sequence[str] = ()
    cwd: str = ""


OUTSIDE = {"outside/x.txt": "X"}
TOOL = {"outside/tool.sh": "#!/bin/sh\necho from the tool\n"}
RUN = "import subprocess, sys\nprint(subprocess.run({}, capture_output=True, text=True, check=True).stdout)\n"
PARENTS = "from pathlib import Path\nprint((Path(__file__).resolve().parents[{}] / '{}').read_text())\n"
FLAT = ("--layout", "flat")
SCRIPT_OUTSIDE = {"app.py": RUN.format("[sys.executable, '{top}/outside/t.py']")}
OUTSIDE_SCRIPT = {"outside/t.py": "print(5)\n"}
PACKAGE_WITH_DATA = {"src/pkg/__init__.py": "", "src/pkg/x.txt": "X"}
SOURCES = "sys.path.insert(0, HERE + '/../src')\n"
SITUATIONS = {
    "read below the cwd": Hinted(
        "data-not-mounted", {"conf/x.txt": "X", "app.py": "print(open('conf/x.txt').read())\n"}
    ),
    "read after chdir": Hinted(
        "data-not-mounted",
        {"src/x.txt": "X", "src/app.py": HERE + "os.chdir(HERE)\nprint(open('x.txt').read())\n"},
        ("src/app.py",),
    ),
    "above the script, in a repository": Hinted(
        "data-not-mounted",
        {"setup.py": "", "a/b/app.py": PARENTS.format(2, "x.txt"), "x.txt": "X"},
        ("a/b/app.py",),
    ),
    "above the cwd, without a repository": Hinted(
        "data-not-mounted",
        {"a/b/app.py": PARENTS.format(2, "x.txt"), "x.txt": "X"},
        cwd="a/b",
    ),
    "beside the project": Hinted(
        "data-not-mounted", {"app.py": PARENTS.format(1, "outside/x.txt")}, outside=OUTSIDE
    ),
    "far above the workspace": Hinted(
        "data-not-mounted", {"a/app.py": PARENTS.format(2, "outside/x.txt")}, outside=OUTSIDE, cwd="a"
    ),
    "outside, by a relative name": Hinted(
        "data-not-mounted", {"app.py": "print(open('../outside/x.txt').read())\n"}, outside=OUTSIDE
    ),
    "outside, by a path in the source": Hinted(
        "data-not-mounted", {"app.py": "print(open('{top}/outside/x.txt').read())\n"}, outside=OUTSIDE
    ),
    "outside, by a path in a configuration": Hinted(
        "data-not-mounted",
        {"c.ini": "{top}/outside/x.txt", "app.py": "print(open(open('c.ini').read()).read())\n"},
        outside=OUTSIDE,
    ),
    "listed": Hinted(
        "data-not-mounted", {"cfgs/a.yaml": "", "app.py": "import os\nprint(os.listdir('cfgs'))\n"}
    ),
    "listed outside": Hinted(
        "data-not-mounted", {"app.py": "import os\nprint(os.listdir('{top}/outside'))\n"}, outside=OUTSIDE
    ),
    "listed outside, by a computed path": Hinted(
        "data-not-mounted",
        {"app.py": HERE + "print(os.listdir(os.path.join(os.path.dirname(HERE), 'outside')))\n"},
        outside=OUTSIDE,
    ),
    "many files": Hinted(
        "data-not-mounted",
        {
            **{f"d/{number}.txt": str(number) for number in range(7)},
            "app.py": "print([open(f'd/{number}.txt').read() for number in range(7)])\n",
        },
    ),
    "launched": Hinted(
        "data-not-mounted", {"tool.sh": TOOL["outside/tool.sh"], "app.py": RUN.format("['./tool.sh']")}
    ),
    "launched outside": Hinted(
        "data-not-mounted", {"app.py": RUN.format("['{top}/outside/tool.sh']")}, outside=TOOL
    ),
    "a large file": Hinted(
        "data-not-mounted", {"big.bin": "x" * 10_000_001, "app.py": "print(len(open('big.bin').read()))\n"}
    ),
    "names with spaces and quotes": Hinted(
        "data-not-mounted", {"d ata/it's.txt": "X", "app.py": 'print(open("d ata/it\'s.txt").read())\n'}
    ),
    "a name with a colon": Hinted(
        "data-not-mounted", {"a:b.txt": "X", "app.py": "print(open('a:b.txt').read())\n"}
    ),
    "out of scope": Hinted(
        "data-not-mounted",
        {
            "pkg/__init__.py": HERE + "T = open(HERE + '/x.txt').read()\n",
            "pkg/x.txt": "X",
            "app.py": "import pkg\n",
        },
        options=("--scope", "source"),
    ),
    "flat, below the script": Hinted(
        "data-not-mounted",
        {"conf/x.txt": "X", "app.py": HERE + "print(open(HERE + '/conf/x.txt').read())\n"},
        options=FLAT,
    ),
    "flat, above the script": Hinted(
        "data-not-mounted",
        {"src/app.py": PARENTS.format(1, "x.txt"), "x.txt": "X"},
        ("src/app.py",),
        options=FLAT,
    ),
    "a script outside": Hinted("unplaced", SCRIPT_OUTSIDE, outside=OUTSIDE_SCRIPT),
    "a script outside, flat": Hinted("unplaced", SCRIPT_OUTSIDE, outside=OUTSIDE_SCRIPT, options=FLAT),
    "data of a package, read by a script beside it, flat": Hinted(
        "moved-by-layout",
        {
            **PACKAGE_WITH_DATA,
            "bin/app.py": HERE + SOURCES + "import pkg\nprint(open(HERE + '/../src/pkg/x.txt').read())\n",
        },
        program=("bin/app.py",),
        options=FLAT,
    ),
    "data of a package, read from the cwd, flat": Hinted(
        "moved-by-layout",
        {
            **PACKAGE_WITH_DATA,
            "app.py": "import sys\nsys.path.insert(0, 'src')\nimport pkg\n"
            + "print(open('src/pkg/x.txt').read())\n",
        },
        options=FLAT,
    ),
    "a module by its path, flat": Hinted(
        "moved-by-layout",
        {
            "plugins/plug.py": "V = 1\n",
            "bin/app.py": HERE
            + "import importlib.util as u\n"
            + "s = u.spec_from_file_location('plug', HERE + '/../plugins/plug.py')\n"
            + "m = u.module_from_spec(s)\ns.loader.exec_module(m)\nprint(m.V)\n",
        },
        program=("bin/app.py",),
        options=FLAT,
    ),
    "a script of a child, flat": Hinted(
        "moved-by-layout",
        {
            "jobs/work.py": "import helper\nprint(helper.V)\n",
            "jobs/helper.py": "V = 1\n",
            "bin/app.py": HERE + RUN.format("[sys.executable, HERE + '/../jobs/work.py']"),
        },
        program=("bin/app.py",),
        options=FLAT,
    ),
    "two modules of one name, flat": Hinted(
        "remote-collision",
        {
            "one/part.py": "V = 1\n",
            "two/part.py": "V = 2\n",
            "app.py": HERE
            + "import subprocess\nfor name in 'one', 'two':\n"
            + "    code = f\"import sys; sys.path.insert(0, '{HERE}/{name}'); import part; print(part.V)\"\n"
            + "    print(subprocess.check_output([sys.executable, '-c', code]))\n",
        },
        options=FLAT,
    ),
    "a module is excluded": Hinted(
        "excluded-but-loaded",
        {"helper.py": "V = 1\n", "app.py": "import helper\nprint(helper.V)\n"},
        options=("--exclude", "help*"),
    ),
    "a file is added at another remote path": Hinted(
        "data-not-mounted",
        {"conf.ini": "V = 1\n", "app.py": "print(open('conf.ini').read())\n"},
        options=("--add-file", "conf.ini:relative/x"),
    ),
    "a directory is excluded": Hinted(
        "excluded-but-loaded",
        {"lib/h.py": "V = 1\n", "app.py": HERE + "sys.path.append(HERE + '/lib')\nimport h\nprint(h.V)\n"},
        options=("--exclude", "lib"),
    ),
    "a package is excluded": Hinted(
        "excluded-but-loaded",
        {"pkg/__init__.py": "V = 1\n", "app.py": "import pkg\nprint(pkg.V)\n"},
        options=("--exclude", "pkg/"),
    ),
    "a directory in a package is excluded": Hinted(
        "excluded-but-loaded",
        {
            "pkg/__init__.py": "from pkg.s import a\nV = a.V\n",
            "pkg/s/a.py": "V = 1\n",
            "app.py": "import pkg\nprint(pkg.V)\n",
        },
        options=("--exclude", "/pkg/s"),
    ),
}


def made(situation: Hinted, top: Path) -> Placed:
    """The project and what is outside of it."""
    placed = Placed(top)
    placed.write({path: text.replace("{top}", str(top)) for path, text in situation.files.items()})
    for path, text in situation.outside.items():
        (top / path).parent.mkdir(exist_ok=True)
        (top / path).write_text(text)
        (top / path).chmod(0o755)
    return placed


@pytest.mark.parametrize("name", SITUATIONS)
def test_each_option_is_enough(name: str, tmp_path: Path) -> None:
    situation = SITUATIONS[name]
    placed = made(situation, tmp_path)
    manifest = placed.record(*situation.options, *situation.program, cwd=situation.cwd)
    printed = placed.stdout
    assert {row["code"] for row in manifest["warnings"]} == {situation.code}
    offered = [OPTION.findall(row["message"]) for row in manifest["warnings"]]
    assert all(offered), manifest["warnings"]
    choices = [
        tuple(dict.fromkeys(hints[min(number, len(hints) - 1)] for hints in offered))
        for number in range(max(map(len, offered)))
    ]
    # What `verify` advises comes from the rows.
    rows = tuple(dict.fromkeys(row["option"] for row in manifest["data"] if row["mounted"] is None))
    for taken in dict.fromkeys((*choices, rows)):
        if not taken:
            continue
        added = [word for hint in taken for word in shlex.split(hint)]
        placed.record(*situation.options, *added, *situation.program, cwd=situation.cwd)
        assert placed.stdout == printed
        verdict, output = placed.verdict()
        assert verdict == "sufficient", f"{added}\n{output}"


def test_verify_suggests_the_layout_that_helps(tmp_path: Path) -> None:
    placed = made(SITUATIONS["a module by its path, flat"], tmp_path)
    placed.record("--layout", "flat", "bin/app.py")
    done = placed.automount("verify", str(tmp_path / "automount.json"))
    assert done.returncode == 1
    module = f"module plug ({placed.root}/plugins/plug.py); used by __main__"
    assert done.stdout.splitlines()[-2:] == [
        f"  shipped, but not used in this run: {module}",
        "    hint: record with --layout tree",
    ]


def test_every_code_whose_message_has_an_option_is_here() -> None:
    text = Path(__file__).parents[2].joinpath("docs/reference/warnings.md").read_text()
    rows = [line.split("|") for line in text.partition("## Reasons")[0].splitlines()]
    firsts = [row[1] for row in rows if len(row) > 3 and "the option in the message" in row[3]]
    codes = {code for first in firsts for code in re.findall(r"`([a-z-]+)`", first)}
    tested_elsewhere = {"symlink-skipped"}
    assert codes == tested_elsewhere | {row.code for row in SITUATIONS.values()}
