"""A package of many files is shipped and checked by several processes, with the results of one process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from automount.forked import processes_for

FILES = 2100  # so many that two processes are used


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A recorded package of many files; some are executable, large, or have an odd name."""
    root = tmp_path_factory.mktemp("many")
    package = root / "package"
    for number in range(FILES):
        folder = package / f"part{number // 50}"
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"module{number}.py"
        path.write_text(f"value = {number}\n" * (number % 40))
        path.chmod(0o755 if number % 7 == 0 else 0o644)
    (package / "__init__.py").touch()
    (package / os.fsdecode(b"part0/name-\xff.txt")).write_bytes(b"x")
    (package / "part9/empty.txt").touch()
    (package / "part30/large.bin").write_bytes(os.urandom(2 << 20))
    (root / "app.py").write_text("import package\nprint('ran')\n")
    done = run(root, "--quiet", "app.py")
    assert done.returncode == 0, done.stderr
    return root


def run(project: Path, *words: str, cpus: int = 2) -> subprocess.CompletedProcess[str]:
    """automount in `project`, on one processor or on all."""

    def limit() -> None:
        if cpus == 1:
            os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})

    environ = {**os.environ, "XDG_CACHE_HOME": str(project / "cache")}
    command = [sys.executable, "-m", "automount", *words]
    return subprocess.run(
        command, cwd=project, env=environ, preexec_fn=limit, capture_output=True, text=True, check=False
    )


def tree(root: Path) -> dict[str, tuple[int, bytes]]:
    """Mode and content of everything below `root`, apart from the record of a stage, which holds times."""
    return {
        str(path.relative_to(root)): (path.stat().st_mode, path.read_bytes() if path.is_file() else b"")
        for path in root.rglob("*")
        if path.name != "stage.json"
    }


@pytest.fixture
def edited(project: Path, request: pytest.FixtureRequest) -> Iterator[None]:
    """The files of the given numbers, changed for one test."""
    paths = [project / f"package/part{number // 50}/module{number}.py" for number in request.param]
    before = [path.read_bytes() for path in paths]
    for path, content in zip(paths, before, strict=True):
        path.write_bytes(b"#" + content[1:])
    yield
    for path, content in zip(paths, before, strict=True):
        path.write_bytes(content)


def test_so_many_files_are_worth_two_processes() -> None:
    assert processes_for(FILES) == (2 if len(os.sched_getaffinity(0)) > 1 else 1)


def test_stages_are_equal(project: Path) -> None:
    done = {cpus: run(project, "stage", f"stage{cpus}", cpus=cpus) for cpus in (1, 2)}
    assert done[1].stdout.replace("stage1", "stage2") == done[2].stdout
    assert (done[2].returncode, done[2].stderr) == (0, "")
    assert tree(project / "stage1") == tree(project / "stage2")
    records = [json.loads((project / f"stage{cpus}/.automount/stage.json").read_text()) for cpus in (1, 2)]
    assert records[0].keys() == records[1].keys()
    assert records[0]["directories"] == records[1]["directories"]
    digests = [{remote: row[0] for remote, row in record["files"].items()} for record in records]
    assert digests[0] == digests[1]
    assert f"0 copied, {FILES + 5} kept, 0 removed" in run(project, "stage", "stage2").stdout
    assert "ran" in run(project, "exec", "stage2").stdout


def test_bundles_are_equal_and_unpack_to_equal_trees(project: Path) -> None:
    for cpus in (1, 2):
        done = run(project, "pack", f"bundle{cpus}.tar", cpus=cpus)
        assert (done.returncode, done.stderr) == (0, "")
    assert (project / "bundle1.tar").read_bytes() == (project / "bundle2.tar").read_bytes()
    unpacked = []
    for cpus in (1, 2):
        done = run(project, "exec", "bundle1.tar", cpus=cpus)
        assert (done.stdout, done.stderr) == ("ran\n", "")
        (found,) = (project / "cache/automount/bundles").glob("*-0")
        unpacked.append(tree(found))
        found.rename(project / f"unpacked{cpus}")
    assert unpacked[0] == unpacked[1]
    assert len(unpacked[0]) > FILES


@pytest.mark.parametrize("edited", [[1], [FILES - 1], [1, FILES - 1]], indirect=True)
@pytest.mark.usefixtures("edited")
def test_changed_files_are_reported_as_by_one_process(project: Path) -> None:
    for words in (("stage", "new"), ("pack", "new.tar"), ("check",)):
        one, several = (run(project, *words, cpus=cpus) for cpus in (1, 2))
        assert (several.returncode, one.returncode) == (1, 1)
        assert (several.stdout, several.stderr) == (one.stdout, one.stderr)
        assert not (project / words[-1]).exists()


def test_a_bundle_over_the_limit_of_size_is_one_clear_line(project: Path) -> None:
    code = (
        "import os, resource, sys\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))\n"
        "os.execv(sys.executable, [sys.executable, '-m', 'automount', 'pack', 'limited.tar'])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=project, capture_output=True, text=True)
    assert done.returncode == 125
    assert done.stderr.splitlines()[0] == "automount: cannot write limited.tar: File too large"
    assert not list(project.glob("*limited*"))


def test_checks_are_equal(project: Path) -> None:
    expected = f"Fresh: {FILES + 5} files as recorded\n"
    for cpus in (1, 2, 2, 1):
        assert run(project, "check", cpus=cpus).stdout == expected
