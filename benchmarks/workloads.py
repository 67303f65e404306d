"""Makes the programs that cost.py measures: deterministic, without a network, reused when already there."""

from __future__ import annotations

import random
import shutil
import sysconfig
from pathlib import Path

# Every program ends by saying when, on the clock that all processes of the machine share.
ENDING = """
import os, sys, time
if os.environ.get("SAY_END"):
    with open(os.environ["SAY_END"], "w") as stream:
        stream.write(str(time.monotonic_ns()))
"""


def flat(root: Path, count: int) -> Path:
    """Returns the script of a program with `count` tiny modules beside it: the worst case of recording."""
    script = root / "app.py"
    if not script.exists():
        root.mkdir(parents=True)
        for number in range(count):
            (root / f"flat{number:05}.py").write_text(f"VALUE = {number}\n")
        lines = [f"import flat{number:05}\n" for number in range(count)]
        script.write_text("".join(lines) + ENDING)
    return script


def packaged(root: Path, modules: int, files: int, size: int, seconds: float = 0.0) -> Path:
    """Returns the script of a program with one package: `modules` that are imported, data files up to
    `files` in all, `size` bytes in all; it works for `seconds` after its imports."""
    script = root / "app.py"
    if not script.exists():
        package = root / "package"
        names = []
        for number in range(modules):
            folder = package / f"part{number // 50:03}"
            folder.mkdir(parents=True, exist_ok=True)
            (folder / "__init__.py").touch()
            (folder / f"module{number:05}.py").write_text(f"VALUE = {number}\n")
            names.append(f"package.{folder.name}.module{number:05}")
        (package / "__init__.py").touch()
        here = sum(1 for path in package.rglob("*.py"))
        each, source = size // max(1, files - here), random.Random(4)
        for number in range(max(0, files - here)):
            folder = package / "data" / f"{number // 100:04}"
            folder.mkdir(parents=True, exist_ok=True)
            (folder / f"{number:05}.bin").write_bytes(source.randbytes(each))
        script.write_text(
            "import importlib\nfor name in "
            + repr(names)
            + ":\n    importlib.import_module(name)\n"
            + "import time\ntime.sleep(float(__import__('os').environ.get('WORK_SECONDS', '0')))\n"
            + ENDING
        )
    return script


def real(root: Path, count: int) -> Path:
    """Returns the script of a program with `count` modules of real size: the standard library's own
    sources under other names, imported one by one, then some work."""
    script = root / "app.py"
    if not script.exists():
        root.mkdir(parents=True)
        stdlib = Path(sysconfig.get_path("stdlib"))
        # Sources that import without side effects, without siblings, under any name.
        chosen = [stdlib / f"{name}.py" for name in SOURCES.split() if (stdlib / f"{name}.py").is_file()]
        names = []
        for number in range(count):
            source = chosen[number % len(chosen)]
            folder = root / f"area{number // 40:03}"
            if not folder.exists():
                folder.mkdir()
                (folder / "__init__.py").touch()
            shutil.copyfile(source, folder / f"{source.stem}_{number:04}.py")
            names.append(f"{folder.name}.{source.stem}_{number:04}")
        script.write_text("".join(f"import {name}\n" for name in names) + WORK + ENDING)
    return script


SOURCES = """
    argparse ast base64 bdb bisect calendar cmd codeop colorsys configparser contextlib copy csv
    dataclasses datetime decimal difflib dis doctest filecmp fileinput fnmatch fractions ftplib
    functools getopt gettext glob graphlib gzip hashlib heapq hmac imaplib inspect ipaddress keyword
    linecache locale mailbox mimetypes modulefinder netrc numbers opcode operator optparse pathlib
    pdb pickle pickletools pkgutil platform plistlib poplib pprint profile pstats pyclbr queue
    quopri random reprlib sched secrets selectors shelve shlex shutil smtplib socketserver
    statistics string stringprep subprocess tarfile tempfile textwrap timeit tokenize trace
    traceback typing uuid warnings wave weakref webbrowser zipapp zipfile
"""

WORK = """
import hashlib, json
total = 0
for number in range(60000):
    total += len(json.dumps({"number": number, "text": "x" * (number % 50)}))
    hashlib.sha256(str(total).encode()).digest()
"""


def with_imports(root: Path, count: int, names: tuple[str, ...]) -> Path:
    """Returns the script of a program like `real` that also imports the installed modules `names`."""
    script = real(root, count)
    text = script.read_text()
    lines = "".join(f"import {name}\n" for name in names)
    if not text.startswith(lines):
        script.write_text(lines + text)
    return script
