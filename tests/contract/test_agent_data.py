"""Files that the program uses as data: noted once, absolute, resolved at the event, with the requester."""

from __future__ import annotations

import os
import shutil
import textwrap

import needs
import pytest
from agent_bench import Bench, Outcome

# case -> program, rows (action, path below the project, the name that the program used, the requester)
CASES: dict[str, tuple[str, list[tuple[str, str, str, str]]]] = {
    "read, relative, in a module": (
        "import reader\n",
        [("read", "data.txt", "data.txt", "reader")],
    ),
    "read twice": (
        "open('data.txt').close(); open('data.txt', 'rb').close()\n",
        [("read", "data.txt", "data.txt", "__main__")],
    ),
    "read before and after chdir": (
        "import os\nopen('data.txt').close()\nos.chdir('sub')\n"
        "open('below.txt').close()\nopen(b'data.txt').close()\n",
        [
            ("read", "data.txt", "data.txt", "__main__"),
            ("entered", "sub", "sub", "__main__"),
            ("read", "sub/below.txt", "below.txt", "__main__"),
            ("read", "sub/data.txt", "data.txt", "__main__"),
        ],
    ),
    "pathlib, io and os": (
        """
        import io, os, pathlib
        pathlib.Path("data.txt").read_text()
        io.open("sub/below.txt").close()
        os.close(os.open("sub/data.txt", os.O_RDONLY))
        """,
        [
            ("read", "data.txt", "data.txt", "__main__"),
            ("read", "sub/below.txt", "sub/below.txt", "__main__"),
            ("read", "sub/data.txt", "sub/data.txt", "__main__"),
        ],
    ),
    "written, created, changed": (
        """
        open("data.txt", "a").close()
        open("new.txt", "w").close()
        open("new.txt").close()
        open("sub/data.txt", "r+").close()
        open("sub/below.txt", "w").close()
        """,
        [
            ("created", "new.txt", "new.txt", "__main__"),
            ("read", "sub/data.txt", "sub/data.txt", "__main__"),
            ("written", "data.txt", "data.txt", "__main__"),
            ("created", "sub/below.txt", "sub/below.txt", "__main__"),
            ("written", "sub/data.txt", "sub/data.txt", "__main__"),
        ],
    ),
    "a file that must not exist": (
        """
        import os
        for name in "data.txt", "new.txt":
            try:
                open(name, "x").close()
            except FileExistsError:
                pass
        try:
            os.open("sub/data.txt", os.O_RDWR | os.O_CREAT | os.O_EXCL)
        except FileExistsError:
            pass
        """,
        [
            ("created", "new.txt", "new.txt", "__main__"),
            ("read", "data.txt", "data.txt", "__main__"),
            ("read", "sub/data.txt", "sub/data.txt", "__main__"),
        ],
    ),
    "overwritten before and after it was read": (
        """
        import os
        open("sub/below.txt", "w").close()
        open("sub/below.txt").close()
        open("data.txt").close()
        open("data.txt", "w").close()
        open("part", "w").close()
        os.replace("part", "sub/data.txt")
        open("sub/data.txt").close()
        """,
        [
            ("created", "part", "part", "__main__"),
            ("created", "sub/below.txt", "sub/below.txt", "__main__"),
            ("created", "sub/data.txt", "sub/data.txt", "__main__"),
            ("read", "data.txt", "data.txt", "__main__"),
            ("written", "data.txt", "data.txt", "__main__"),
        ],
    ),
    "removed after it was read": (
        """
        import os, pathlib
        open("data.txt").close()
        os.remove("data.txt")
        open("data.txt", "w").close()
        pathlib.Path("sub/data.txt").read_text()
        pathlib.Path("sub/data.txt").unlink()
        os.remove("sub/below.txt")
        os.mknod("made.txt")
        open("made.txt").close()
        os.remove("made.txt")
        """,
        [
            ("read", "made.txt", "made.txt", "__main__"),
            ("read", "data.txt", "data.txt", "__main__"),
            ("removed", "data.txt", "data.txt", "__main__"),
            ("written", "data.txt", "data.txt", "__main__"),
            ("read", "sub/data.txt", "sub/data.txt", "__main__"),
            ("removed", "sub/data.txt", "sub/data.txt", "__main__"),
        ],
    ),
    "a source file that the program itself reads by linecache": (
        """
        import linecache, traceback
        linecache.getline("reader.py", 1)
        traceback.format_stack()
        """,
        [("read", "reader.py", "reader.py", "__main__")],
    ),
    "missing": (
        """
        import os
        attempts = [lambda: open("absent.txt"), lambda: os.listdir("absent")]
        for attempt in attempts:
            try:
                attempt()
            except OSError as error:
                print(error)
        """,
        [],
    ),
    "made otherwise": (
        """
        import os, sqlite3
        os.mkdir("made")
        os.symlink("data.txt", "link.txt")
        os.link("data.txt", "hard.txt")
        open("before.txt", "w").close()
        os.rename("before.txt", "after.txt")
        for name in ("made/x.txt", "link.txt", "hard.txt", "after.txt"):
            open(name, "a").close()
        os.listdir("made")
        open("after.txt").close()
        """,
        [
            ("created", name, name, "__main__")
            for name in ("after.txt", "before.txt", "hard.txt", "link.txt", "made", "made/x.txt")
        ]
        + [("linked", "data.txt", "<data.txt>", "__main__")],
    ),
    "listed": (
        """
        import os, glob, sys
        os.listdir("sub")
        list(os.scandir(b"sub"))
        os.chdir("sub")
        glob.glob("*.txt")
        os.chdir("..")
        os.listdir()
        """,
        [
            ("entered", "sub/..", "..", "__main__"),
            ("entered", "sub", "sub", "__main__"),
            ("listed", "", ".", "__main__"),
            ("listed", "sub", "sub", "__main__"),
        ],
    ),
    "below a descriptor": (
        """
        import os
        fd = os.open("sub", os.O_RDONLY)
        os.close(os.open("below.txt", os.O_RDONLY, dir_fd=fd))
        os.mkdir("made", dir_fd=fd)
        os.listdir(fd)
        """,
        [
            ("created", "sub/made", "made", "__main__"),
            ("listed", "sub", "<sub>", "__main__"),
            ("read", "sub/below.txt", "below.txt", "__main__"),
        ],
    ),
    "databases": (
        """
        try:
            import sqlite3
        except ImportError:
            raise SystemExit
        sqlite3.connect("data.txt").close()
        sqlite3.connect(":memory:").close()
        sqlite3.connect("file:new%20one.db?mode=rwc", uri=True).close()
        """,
        [
            ("created", "new one.db", "file:new%20one.db?mode=rwc", "__main__"),
            ("read", "data.txt", "data.txt", "__main__"),
        ],
    ),
    "resources of a package": (
        "import pkgutil\nimport pkg\nprint(pkgutil.get_data('pkg', 'inside.txt'))\n",
        [("read", "pkg/inside.txt", "<pkg/inside.txt>", "__main__")],
    ),
    "a library of the standard library reads for a module": (
        "import asks\n",
        [("read", "settings.ini", "settings.ini", "asks")],
    ),
    "shown source lines are no data": (
        """
        import traceback
        try:
            exec(compile("1 / 0", "sub/source.py", "exec"))
        except ZeroDivisionError:
            traceback.print_exc()
        """,
        [],
    ),
    "what the system makes up": (
        "open('/dev/null').close(); open('/proc/self/stat').close(); open(0, closefd=False)\n",
        [],
    ),
    "names that are no text": (
        "import os\nopen(b'odd\\xff\\n.bin', 'w').close()\n",
        [("created", "odd\udcff\n.bin", "odd\udcff\n.bin", "__main__")],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_data(python: str, bench: Bench, case: str) -> None:
    program, expected = CASES[case]
    if case == "databases" and bench.plain(python, "-c", "import sqlite3").code:
        needs.missing(f"sqlite3 for {python}")
    tree = {
        "app.py": textwrap.dedent(program),
        "data.txt": "",
        "sub/data.txt": "",
        "sub/below.txt": "",
        "sub/source.py": "x\n",
        "reader.py": "open('data.txt').close()\n",
        "asks.py": "import configparser\nconfigparser.ConfigParser().read('settings.ini')\n",
        "settings.ini": "",
        "pkg/__init__.py": "",
        "pkg/inside.txt": "text",
    }
    bench.write(tree)
    plain = bench.plain(python, "app.py")
    for made in (
        "new.txt",
        "after.txt",
        "hard.txt",
        "link.txt",
        "new one.db",
        "made/x.txt",
        "odd\udcff\n.bin",
    ):
        (bench.root / made).unlink(missing_ok=True)
    for made in ("made", "sub/made"):
        if (bench.root / made).exists():
            (bench.root / made).rmdir()
    bench.write(tree)
    recorded = bench.recorded(python, "app.py")
    assert (recorded.stdout, recorded.stderr, recorded.code) == (plain.stdout, plain.stderr, plain.code)
    assert not recorded.lost
    assert rows(bench, recorded) == rows_expected(bench, expected)


def test_a_command_of_the_system_is_recorded_like_any_other(python: str, bench: Bench) -> None:
    """Files of the system are left out later: a project may be in `/usr/src`."""
    bench.write({"app.py": "import subprocess\nsubprocess.run(['true'])\n"})
    found = shutil.which("true")
    assert found is not None
    assert rows(bench, bench.same(python, "app.py")) == [("launched", found, found, "")]


@pytest.mark.parametrize(
    "line",
    [
        "tool",
        "echo a; tool b && true",
        "A=1 tool | cat",
        "(tool)",
        "if true; then tool; fi",
        "env tool",
        "x=$(tool)",
    ],
)
def test_a_command_of_a_shell_line_is_looked_up(python: str, bench: Bench, line: str) -> None:
    app = "import os, subprocess, sys\nos.system(sys.argv[1])\nsubprocess.run(sys.argv[1], shell=True)\n"
    bench.write({"app.py": app, "bin/tool": "#!/bin/sh\n"})
    tool = bench.root / "bin/tool"
    tool.chmod(0o755)
    outcome = bench.same(python, "app.py", line, env={"PATH": f"{tool.parent}:{os.environ['PATH']}"})
    assert ("launched", str(tool), str(tool), "") in rows(bench, outcome)


def test_a_word_that_is_no_command(python: str, bench: Bench) -> None:
    bench.write({"app.py": "import os\nos.system('echo tool; X=tool; echo $X')\n", "bin/tool": "#!/bin/sh\n"})
    tool = bench.root / "bin/tool"
    tool.chmod(0o755)
    outcome = bench.same(python, "app.py", env={"PATH": f"{tool.parent}:{os.environ['PATH']}"})
    assert str(tool) not in [row[1] for row in rows(bench, outcome)]


def rows(bench: Bench, outcome: Outcome) -> list[tuple[str, str, str, str]]:
    return [(row.action, row.path, row.named, row.read_by or "") for row in outcome.journal.data]


def rows_expected(bench: Bench, rows: list[tuple[str, str, str, str]]) -> list[tuple[str, str, str, str]]:
    """Paths below the project made absolute; `<x>` is the name that the program used, if absolute too."""
    full = [
        (
            action,
            f"{bench.root}/{path}".rstrip("/"),
            f"{bench.root}/{named[1:-1]}" if named.startswith("<") else named,
            asker,
        )
        for action, path, named, asker in rows
    ]
    return sorted(full)


def test_library(python: str, bench: Bench) -> None:
    bench.write(
        {"app.py": "import ctypes\ntry:\n    ctypes.CDLL('./lib.so')\nexcept OSError:\n    print(1)\n"}
    )
    bench.write({"lib.so": "no library"})
    assert rows(bench, bench.same(python, "app.py")) == [
        ("read", str(bench.root / "lib.so"), "./lib.so", "__main__")
    ]


def test_library_found_by_the_linker_path(python: str, bench: Bench) -> None:
    """A name without a directory is looked for where `LD_LIBRARY_PATH` points."""
    code = "import ctypes\nfor name in ('own.so', 'none.so'):\n    try:\n        ctypes.CDLL(name)\n"
    bench.write({"app.py": f"{code}    except OSError:\n        print(1)\n"})
    bench.write({"native/own.so": "no library"})
    outcome = bench.same(python, "app.py", env={"LD_LIBRARY_PATH": f"/none:{bench.root}/native"})
    assert rows(bench, outcome) == [("read", str(bench.root / "native/own.so"), "own.so", "__main__")]
