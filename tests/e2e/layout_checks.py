"""Records a layout's program through the real command, compares every row that the case describes, and runs
the shipped files while the sources are hidden."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from layouts import Built, LayoutCase, build, words_of
from measured import automount_command


def check(case: LayoutCase, tmp_path: Path) -> None:
    """What a case promises: its rows in the layout `flat`, and its output from either layout's stage."""
    built = build(case.layout)
    manifest = recorded(case, built, tmp_path, "flat")
    words = words_of(built)
    assert manifest["complete"] is True, manifest["incomplete"]
    assert remote_files(manifest) == sorted(text.format_map(words) for text in case.remote)
    # A script's label is its whole path; its last part says enough here.
    assert sorted(os.path.basename(mount["label"]) for mount in manifest["mounts"]) == sorted(case.labels)
    assert origins(manifest, case.modules) == {
        name: (origin, str(built.root / file.format_map(words)) if file else "")
        for name, (origin, file) in case.modules.items()
    }
    assert [row["name"] for row in manifest["requirements"]] == sorted(case.requirements)
    assert distributions(manifest, built) == (
        {(*case.distribution, case.project)} if case.distribution is not None else set()
    )
    if manifest["entrypoint"]["remote"] is not None:
        assert shipped_output(case, built, manifest, tmp_path / "flat") == case.output
        tree = recorded(case, built, tmp_path, "tree")
        assert shipped_output(case, built, tree, tmp_path / "tree") == case.output


def recorded(case: LayoutCase, built: Built, tmp_path: Path, layout: str) -> dict[str, Any]:
    """The manifest of the case's program; its own output is as without recording."""
    words = words_of(built)
    target = tmp_path / "automount.json"
    given = ["--" if word == "--" else word.format_map(words) for word in case.words]
    python = [] if given[0] == "--" else ["--python", case.python.format_map(words)]
    command = [
        *automount_command(),
        "--quiet",
        "-o",
        str(target),
        "--layout",
        layout,
        *case.options,
        *python,
        *given,
    ]
    done = subprocess.run(
        command,
        cwd=built.root / case.cwd,
        env=_environ(case, built),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, case.output), done.stderr
    manifest = json.loads(target.read_text(encoding="utf-8"))
    assert isinstance(manifest, dict)
    return manifest


def remote_files(manifest: Mapping[str, Any]) -> list[str]:
    """All remote paths, sorted."""
    return sorted(row["remote"] for row in manifest["files"])


def origins(manifest: Mapping[str, Any], wanted: Mapping[str, tuple[str, str]]) -> dict[str, tuple[str, str]]:
    """Origin and local file of each wanted module that the manifest has; "" where no file is wanted."""
    return {
        row["name"]: (row["origin"], row["file"] if wanted[row["name"]][1] else "")
        for row in manifest["modules"]
        if row["name"] in wanted
    }


def distributions(manifest: Mapping[str, Any], built: Built) -> set[tuple[str, str, str]]:
    """Name, version and project (relative to the layout) of what the mounts say they belong to."""
    rows = [mount["distribution"] for mount in manifest["mounts"] if mount["distribution"] is not None]
    return {
        (row["name"], row["version"], os.path.relpath(row["project_root"], built.root))
        for row in rows
        if row["project_root"] is not None
    }


def shipped_output(case: LayoutCase, built: Built, manifest: Mapping[str, Any], stage: Path) -> str:
    """What the program prints from the stage, with its local directories renamed meanwhile."""
    for row in manifest["files"]:
        place = stage / row["remote"].lstrip("/")
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(row["local"], place)
    entry = manifest["entrypoint"]
    python = case.python.format_map(words_of(built))
    environ = _environ(case, built)
    path = [str(stage / entry.lstrip("/")) for entry in manifest["sys_path"]]
    environ["PYTHONPATH"] = os.pathsep.join([*path, *_installed_entries(environ)])
    environ["PYTHONDONTWRITEBYTECODE"] = "1"
    with hidden([*_sources(manifest), *_editable_hooks(case, python)]):
        done = subprocess.run(
            [python, str(stage / entry["remote"].lstrip("/"))],
            cwd=stage / entry["remote_cwd"].lstrip("/"),
            env=environ,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    return done.stdout


@contextmanager
def hidden(files: list[Path]) -> Iterator[None]:
    """Each of the files renamed, so that only the stage can be found."""
    try:
        for path in files:
            path.rename(path.with_name(path.name + ".hidden"))
        yield
    finally:
        for path in files:
            aside = path.with_name(path.name + ".hidden")
            if aside.is_symlink() or aside.exists():
                aside.rename(path)


def _sources(manifest: Mapping[str, Any]) -> list[Path]:
    """Every local file that is shipped, by its real place."""
    return sorted({Path(os.path.realpath(row["local"])) for row in manifest["files"]})


def _editable_hooks(case: LayoutCase, python: str) -> list[Path]:
    """The files that make the editable install work here; the remote machine does not have them."""
    if case.distribution is None:
        return []
    return sorted((Path(python).parent.parent / "lib").glob("python*/site-packages/*.pth"))


def _installed_entries(environ: Mapping[str, str]) -> list[str]:
    """The site directories that the case names itself: they belong to the remote machine as well."""
    return [entry for entry in environ.get("PYTHONPATH", "").split(os.pathsep) if entry.endswith("-packages")]


def _environ(case: LayoutCase, built: Built) -> dict[str, str]:
    words = words_of(built)
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "VIRTUAL_ENV"))}
    return {**kept, **{key: value.format_map(words) for key, value in case.environ.items()}}
