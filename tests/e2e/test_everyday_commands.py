"""Commands of editable installs that a program runs: both messages say that a bundle does not have them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import layouts
import pytest
from editable_layouts import SETUPTOOLS, UV_EDITABLE

from automount.option_words import COMMAND_REMEDY

FILES = {
    "project/setup.py": (
        "from setuptools import setup\n"
        "setup(name='shop-dist', version='1.0', packages=['shop'], package_dir={'': 'src'},\n"
        "      scripts=['bin/shop-tool'], entry_points={'console_scripts': ['shop-cli = shop.cli:main']})\n"
    ),
    "project/src/shop/__init__.py": "",
    "project/src/shop/cli.py": "import sys\n\ndef main():\n    print('shop', *sys.argv[1:])\n",
    "project/bin/shop-tool": "#!/usr/bin/env python\nfrom shop.cli import main\nmain()\n",
    "project/caller.py": "import subprocess\nsubprocess.run(['shop-cli', 'a'], check=True)\n",
    "project/tolerant.py": (
        "import subprocess\nfrom shop.cli import main\nmain()\n"
        "try:\n    subprocess.run(['shop-cli', 'a'])\nexcept OSError:\n    pass\n"
    ),
}
_PYPROJECT = f'[build-system]\nrequires = ["{SETUPTOOLS}"]\nbuild-backend = "setuptools.build_meta"\n'
_UV_INSTALL = ("{uv}", "pip", "install", "--quiet", "--python", "{python}")
LAYOUTS = {
    "wheel": layouts.Layout(
        "commands-setuptools", {**FILES, "project/pyproject.toml": _PYPROJECT}, (UV_EDITABLE,)
    ),
    "develop": layouts.Layout(
        "commands-develop",
        FILES,
        (
            (*_UV_INSTALL, "setuptools==58.5.3"),
            (*_UV_INSTALL, "pip==21.3.1"),
            (
                *("{python}", "-m", "pip", "install", "--quiet", "--no-use-pep517"),
                *("--no-build-isolation", "--editable", "project"),
            ),
        ),
        interpreter="3.11",
    ),
}


class Place:
    """A built project, and automount run in it with manifests in a directory of the test's own."""

    def __init__(self, built: layouts.Built, own: Path) -> None:
        self._built = built
        self._own = own
        self.manifest = own / "automount.json"

    def automount(self, *words: str) -> subprocess.CompletedProcess[str]:
        bin_directory = Path(self._built.python).parent
        environment = {
            **os.environ,
            "XDG_CACHE_HOME": str(self._own / "cache"),
            "PATH": f"{bin_directory}:{os.environ['PATH']}",
        }
        environment.pop("PYTHONPATH", None)
        return subprocess.run(
            [sys.executable, "-m", "automount", *words],
            cwd=self._built.root / "project",
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )

    def record(self, *words: str) -> list[str]:
        """Records `words`; gives the messages of the warnings about commands."""
        done = self.automount("-o", str(self.manifest), "--python", self._built.python, *words)
        assert done.returncode == 0, done.stderr
        rows = json.loads(self.manifest.read_text())["warnings"]
        found = [row["message"] for row in rows if row["code"] == "command-not-shipped"]
        assert all(f"warning: {message} [command-not-shipped]" in done.stderr for message in found)
        return found

    def verify(self) -> tuple[int, list[str]]:
        """The exit status of `verify`, and its lines below the name of the sandbox."""
        done = self.automount("verify", str(self.manifest), "--python", self._built.python)
        return done.returncode, done.stdout.splitlines()[1:]


@pytest.fixture(params=sorted(LAYOUTS))
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    yield Place(layouts.build(LAYOUTS[request.param]), tmp_path)
    layouts.release()


def sentence(command: str) -> str:
    return f"{command}, a command of the editable install shop-dist"


@pytest.mark.parametrize(
    ("words", "command"),
    [
        (("--", "bash", "-c", "shop-cli a && echo done"), "shop-cli"),
        (("caller.py",), "shop-cli"),
        (("--", "shop-tool"), "shop-tool"),
    ],
    ids=["shell", "subprocess", "scripts"],
)
def test_a_command_that_is_not_shipped_is_named(place: Place, words: tuple[str, ...], command: str) -> None:
    message = f"the program runs {sentence(command)}, which is not shipped: {COMMAND_REMEDY}"
    assert place.record(*words) == [message]
    status, lines = place.verify()
    assert status == 1
    assert lines[0].startswith("✗ Not sufficient")
    assert lines[1:3] == [f"  not shipped: {sentence(command)}", f"    hint: {COMMAND_REMEDY}"]


def test_a_program_that_tolerates_the_missing_command_is_not_proven(place: Place) -> None:
    assert len(place.record("tolerant.py")) == 1
    status, lines = place.verify()
    assert status == 1
    assert lines[0].startswith("? Not proven: the program ended with status 0")
    assert lines[1] == f"  not shipped: {sentence('shop-cli')}"


def test_the_command_that_is_the_program_itself_needs_no_file(place: Place) -> None:
    assert place.record("--", "shop-cli", "a") == []
    manifest = json.loads(place.manifest.read_text())
    assert manifest["entrypoint"]["function"] == "shop.cli:main"
    status, lines = place.verify()
    assert (status, lines) == (0, ["✓ Sufficient: the program ended with status 0 (recorded 0)"])


def test_a_skipped_editable_install_brings_its_commands(place: Place) -> None:
    assert place.record("--editable", "skip", "caller.py") == []
