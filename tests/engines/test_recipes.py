"""Runs the pages of docs/recipes/: writes their files, runs their `sh` blocks, and acts as the service.

A paragraph that is a file's name and a colon names the next fenced block. Blocks of another language are not
run, and the page says so. The project is hidden when its code runs.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from needs import tool

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("recipes")]

_RECIPES = Path(__file__).parents[2] / "docs" / "recipes"
_BLOCK = re.compile(r"(?:^`([^`\n]+)`:\n\n)?^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_PROJECT = {
    "pyproject.toml": "",
    "src/shop/__init__.py": "",
    "src/shop/prices.py": """\
import json
from pathlib import Path

def total(count):
    from shop import rates
    price = json.loads(Path(__file__).with_name("table.json").read_text())["price"]
    return count * price * rates.RATE
""",
    "src/shop/rates.py": "RATE = 2\n",
    "src/shop/table.json": '{"price": 5}',
    "src/shop/.env": "never sent",
    "notes/unused.txt": "never sent",
}


class Recipe:
    """A project with one page's files in it, `commands` being the page's `sh` blocks in their order."""

    def __init__(self, page: str, root: Path) -> None:
        self.root = root
        self.commands: list[str] = []
        self.files: dict[str, str] = {}
        for name, language, text in _BLOCK.findall((_RECIPES / page).read_text("utf-8")):
            if name:
                self.files[name] = text
            elif language == "sh":
                self.commands.append(text)
        for name, text in {**_PROJECT, **self.files}.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        kept = {
            name: value for name, value in os.environ.items() if not name.startswith(("AUTOMOUNT", "PYT"))
        }
        self.env = {
            **kept,
            "PATH": f"{Path(sys.executable).parent}:{kept['PATH']}",
            "HOME": str(root.parent / "home"),
            "NO_COLOR": "1",
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        (root.parent / "home").mkdir()

    def bash(self, command: str, cwd: Path | None = None, hide: Path | None = None, **more: str) -> str:
        """The standard output of a bash command, in a mount namespace without `hide`."""
        words = ["bash", "-euo", "pipefail", "-c", command]
        if hide is not None:
            user = [] if os.getuid() == 0 else ["-r"]
            script = 'mount -t tmpfs none "$HIDDEN" && exec "$@"'
            words = [tool("unshare"), *user, "-m", "sh", "-c", script, "sh", *words]
            more["HIDDEN"] = str(hide)
        done = subprocess.run(
            words,
            cwd=cwd or self.root,
            env={**self.env, **more},
            capture_output=True,
            text=True,
            timeout=300,
        )
        assert done.returncode == 0, f"{command}\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}"
        return done.stdout

    def record(self, python: str) -> None:
        """Runs the first block with the library's interpreter, where automount is not installed."""
        command = re.sub(
            r"automount (--data mount|verify)", rf"automount \1 --python {python}", self.commands[0]
        )
        self.bash(command)

    def run_all(self, **more: str) -> str:
        return [self.bash(command, **more) for command in self.commands][-1]

    def elsewhere(self, source: str) -> Path:
        """A copy of a directory of the project, outside it."""
        return Path(shutil.copytree(self.root / source, self.root.parent / "elsewhere"))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "project").mkdir()
    return tmp_path / "project"


def sent(directory: Path) -> set[str]:
    return {path.name for path in directory.rglob("*") if path.is_file()}


def test_aws_lambda(root: Path) -> None:
    recipe = Recipe("aws-lambda.md", root)
    recipe.run_all()
    python_path = (root / "python-path").read_text().strip()
    assert "/var/task/src" in python_path.split(":")
    task = root.parent / "task"
    shutil.unpack_archive(root / "function.zip", task)
    assert not sent(task) & {"unused.txt", ".env"}
    call = "import sys; sys.path[0] = '.'; import handler; print(handler.handler({'count': 3}, None))"
    call = f'python -c "{call}"'
    found = recipe.bash(call, task, root, PYTHONPATH=python_path.replace("/var/task", str(task)))
    assert found == "{'total': 30}\n"


_PYTORCH = """\
import os, shutil, subprocess, sys

class PyTorch:
    def __init__(self, entry_point, source_dir, environment, hyperparameters, **rest):
        self.job = entry_point, source_dir, environment, hyperparameters

    def fit(self):
        entry_point, source_dir, environment, hyperparameters = self.job
        shutil.copytree(source_dir, os.environ["CODE"])
        python_path = environment["PYTHONPATH"].replace("/opt/ml/code", os.environ["CODE"])
        words = [word for name, value in hyperparameters.items() for word in ("--" + name, str(value))]
        hide = 'mount -t tmpfs none "$0" && exec "$@"'
        user = [] if os.getuid() == 0 else ["-r"]
        subprocess.run(
            ["unshare", *user, "-m", "sh", "-c", hide, os.getcwd(), sys.executable, entry_point, *words],
            cwd=os.environ["CODE"], env={**os.environ, "PYTHONPATH": python_path}, check=True,
        )
"""


def test_sagemaker(root: Path) -> None:
    recipe = Recipe("sagemaker.md", root)
    recipe.run_all()
    stand_in = root.parent / "service" / "sagemaker"
    stand_in.mkdir(parents=True)
    (stand_in / "__init__.py").touch()
    (stand_in / "pytorch.py").write_text(_PYTORCH)
    code = root.parent / "code"
    found = recipe.bash("python submit.py", CODE=str(code), PYTHONPATH=str(stand_in.parent))
    assert found == "total 30\n"
    assert sent(code) == {
        "prices.py",
        "rates.py",
        "table.json",
        "__init__.py",
        "train.py",
        "requirements.txt",
    }


def test_skypilot(root: Path) -> None:
    recipe = Recipe("skypilot.md", root)
    recipe.run_all()
    workdir, setup, run = re.fullmatch(
        r"workdir: (\S+)\nsetup: (.+)\nrun: \|\n(.+)", recipe.files["task.yaml"], re.DOTALL
    ).groups()  # type: ignore[union-attr]
    place = recipe.elsewhere(workdir)
    assert recipe.bash(f"python -m {setup} >/dev/null\n{run}", place, root).endswith("total 30\n")


def test_submitit(root: Path, installed: Callable[..., object]) -> None:
    recipe = Recipe("submitit.md", root)
    site = installed("submitit").site
    record, submit, pack = recipe.commands
    recipe.bash(record)
    assert recipe.bash(f"PYTHONPATH={site} {submit}") == "total 30\n"
    (snapshot,) = (root / "snapshots").iterdir()
    assert sent(snapshot) >= {"job.py", "prices.py", "rates.py", "table.json"}
    recipe.bash(pack)
    archive = shutil.move(root / "job.pyz", root.parent / "job.pyz")
    assert recipe.bash(f"python {archive}", root.parent, root) == "30\n"


def test_prefect(root: Path, installed: Callable[..., object]) -> None:
    recipe = Recipe("prefect.md", root)
    prefect = installed("prefect")
    recipe.record(prefect.python)
    shutil.rmtree(root / "src")
    (root / "nightly.py").unlink()
    recipe.env["PATH"] = f"{prefect.bin}:{recipe.env['PATH']}"
    settings = {
        "PREFECT_HOME": str(root.parent / "prefect"),
        "PREFECT_LOGGING_LEVEL": "ERROR",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "120",
    }
    assert "total 30\n" in recipe.bash(recipe.commands[1], **settings)


def test_flyte(root: Path, installed: Callable[..., object]) -> None:
    recipe = Recipe("flyte.md", root)
    flyte = installed("flyte")
    recipe.record(flyte.python)
    place = recipe.elsewhere("build")
    recipe.env["PATH"] = f"{flyte.bin}:{recipe.env['PATH']}"
    command = recipe.commands[1].replace("cd build/root", f"cd {place}/root")
    assert "30" in recipe.bash(command, root.parent, root)


def test_airflow(root: Path, installed: Callable[..., object]) -> None:
    recipe = Recipe("airflow.md", root)
    airflow = installed("airflow")
    (record,) = recipe.commands
    recipe.bash(record)
    dags = recipe.elsewhere("dags")
    settings = {
        "AIRFLOW_HOME": str(root.parent / "airflow"),
        "AIRFLOW__CORE__DAGS_FOLDER": str(dags),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
    }
    shutil.copy(root / "dags" / "report_dag.py", dags)
    recipe.env["PATH"] = f"{airflow.bin}:{recipe.env['PATH']}"
    command = "airflow db migrate >/dev/null 2>&1; airflow dags test report 2>&1"
    assert "total 30" in recipe.bash(command, root.parent, root, **settings)


def test_oci_layout(root: Path) -> None:
    recipe = Recipe("containers.md", root)
    recipe.bash(recipe.commands[0])
    image = root.parent / "image"
    shutil.copytree(root / "image", image)
    user = [] if os.getuid() == 0 else ["--rootless"]
    bundle = root.parent / "bundle"
    subprocess.run([tool("umoci"), "unpack", *user, "--image", f"{image}:latest", bundle], check=True)
    hide = [tool("bwrap"), "--ro-bind", "/", "/", "--tmpfs", str(root)]
    mount = ["--ro-bind", str(bundle / "rootfs" / "root"), "/mnt", "--chdir", "/mnt"]
    done = subprocess.run(
        [*hide, *mount, sys.executable, "/mnt/app.py", "3"],
        env={**recipe.env, "PYTHONPATH": "/mnt/src"},
        capture_output=True,
        text=True,
    )
    assert done.stdout == "total 30\n", done.stderr


def test_dockerfile(root: Path) -> None:
    """Built twice: after an edit only the last layer is made again."""
    recipe = Recipe("containers.md", root)
    recipe.run_all()
    place = root.parent / "base"
    python_image(place)
    buildah = (
        f"{tool('buildah')} --root {root.parent}/storage --runroot {root.parent}/run --storage-driver vfs"
    )
    build = f"{buildah} bud --isolation chroot --layers"
    tag = recipe.files["Dockerfile"].split()[1]
    recipe.bash(f"{build} -q -t {tag} . 2>&1", place)
    image = f"{build} --pull-never -t shop . 2>&1"
    run = f"{buildah} run --isolation chroot $({buildah} from --pull-never shop) -- python /root/app.py 3"
    recipe.bash(image)
    assert recipe.bash(run) == "total 30\n"
    (root / "src" / "shop" / "rates.py").write_text("RATE = 3\n")
    recipe.run_all()
    steps = recipe.bash(image)
    assert recipe.bash(run) == "total 45\n"
    before, after = steps.split("COPY build/ /")
    assert before.count("Using cache") == 4
    assert not after.startswith("\n--> Using cache")


def python_image(place: Path) -> None:
    """Files for an image that holds a Python, pip, a shell and the libraries that they need."""
    root, version = place / "rootfs", f"python{sys.version_info.major}.{sys.version_info.minor}"
    library = root / "usr" / "local" / "lib" / version
    source = Path(sys.base_prefix) / "lib" / version

    def left_out(directory: str, names: list[str]) -> set[str]:
        if directory.endswith("site-packages"):
            return {name for name in names if not name.startswith("pip")}
        return {"__pycache__", "test", "idlelib", "ensurepip", "tkinter", "lib2to3"} & set(names)

    shutil.copytree(source, library, ignore=left_out, symlinks=True)
    programs = root / "usr" / "local" / "bin"
    programs.mkdir()
    shutil.copy2(Path(sys.base_prefix) / "bin" / version, programs / "python")
    (programs / "pip").write_text('#!/bin/sh\nexec python -m pip "$@"\n')
    (programs / "pip").chmod(0o755)
    (root / "bin").mkdir()
    shutil.copy2("/bin/sh", root / "bin" / "sh")
    (root / "tmp").mkdir()
    linked = [root / "bin" / "sh", programs / "python", *(library / "lib-dynload").glob("*.so")]
    libraries = subprocess.run(["ldd", *linked], capture_output=True, text=True).stdout
    for name in set(re.findall(r"(?:=> |^\s)(/\S+)", libraries, re.MULTILINE)):
        if not name.startswith(str(root)):
            target = root / name.lstrip("/")
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(name, target)
    path = "/usr/local/bin:/bin"
    (place / "Dockerfile").write_text(f"FROM scratch\nCOPY rootfs/ /\nENV PATH={path}\n")
