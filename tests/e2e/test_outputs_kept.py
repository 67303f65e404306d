"""Files that automount did not write are never replaced, and the program does not run; its own files are."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest
from measured import automount_command

MARK = "from pathlib import Path\nPath('it-ran').touch()\n"
FOREIGN = {
    "forgot.py": MARK.encode(),
    "notes.json": b'{"complete": false, "todo": []}\n',
    "list.json": b"[]\n",
    "empty-object.json": b"{}\n",
    "brace.json": b"{",
    "mentions.txt": b'see "schema": "automount/v1"\n',
    "binary": b"\x00\xff" * 50_000,
}
MANIFEST = ("a manifest", "-o FILE")
PYTEST = (sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-q")


def run(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*automount_command(), *words], cwd=home, capture_output=True, text=True, check=False
    )


def run_pytest(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environ = {name: value for name, value in os.environ.items() if name != "PYTEST_ADDOPTS"}
    return subprocess.run(
        [*PYTEST, *words], cwd=home, env=environ, capture_output=True, text=True, check=False
    )


@pytest.fixture
def home(automount_home: Path) -> Path:
    for name, content in FOREIGN.items():
        (automount_home / name).write_bytes(content)
    (automount_home / "app.py").write_text("print(1)\n")
    assert run(automount_home, "--quiet", "-o", "m.json", "app.py").returncode == 0
    return automount_home


def refused(done: subprocess.CompletedProcess[str], name: str, kind: str, option: str) -> None:
    """Asserts that one line and a hint say why nothing was done."""
    assert (done.returncode, done.stdout) == (125, "")
    assert done.stderr.splitlines() == [
        f"automount: {name} exists and is not {kind} that automount wrote: it was not changed",
        f"hint: choose another {option}, or remove it",
    ]


@pytest.mark.parametrize("name", FOREIGN)
def test_a_file_of_the_users_is_kept(home: Path, name: str) -> None:
    before = sorted(os.listdir(home))
    for words in (
        ["-o", name, "forgot.py"],
        ["--output", name, "-c", MARK],
        ["--quiet", "-o", f"./{name}", "--", "python", "forgot.py"],
        ["merge", "m.json", "m.json", "-o", name],
        ["collect", "journals", "-o", name],
    ):
        refused(run(home, *words), words[words.index("-o") + 1] if "-o" in words else name, *MANIFEST)
    refused(run(home, "report", "m.json", "-o", name), name, "a report", "-o FILE")
    assert (home / name).read_bytes() == FOREIGN[name]
    assert sorted(os.listdir(home)) == before


def test_a_link_leads_to_a_file_of_the_users(home: Path) -> None:
    (home / "link.json").symlink_to("forgot.py")
    refused(run(home, "-o", "link.json", "forgot.py"), "link.json", *MANIFEST)
    assert (home / "forgot.py").read_bytes() == FOREIGN["forgot.py"]


def test_manifests_are_replaced_whatever_became_of_them(home: Path) -> None:
    written = (home / "m.json").read_bytes()
    content = json.loads(written)
    for before in (
        b"",
        written,
        written[:21],
        written[: len(written) // 2],
        json.dumps(content).encode(),
        json.dumps({"another": 1, **content, "schema": "automount/v99"}).encode(),
        b'{"schema": "automount/v2"}',
    ):
        (home / "m.json").write_bytes(before)
        assert run(home, "--quiet", "-o", "m.json", "app.py").returncode == 0, before[:50]
        assert json.loads((home / "m.json").read_bytes())["digest"] == content["digest"]
    # What has the default name is a manifest, even with the marks of a merge conflict.
    (home / "automount.json").write_bytes(b"<<<<<<< HEAD\n" + written)
    assert run(home, "--quiet", "app.py").returncode == 0
    assert json.loads((home / "automount.json").read_bytes())["digest"] == content["digest"]


def test_reports_are_replaced(home: Path) -> None:
    for _ in range(2):
        assert run(home, "report", "m.json").returncode == 0
    (home / "report.html").write_text("<!doctype html>\n<title>of pytest</title>\n")
    refused(run(home, "report", "m.json"), "report.html", "a report", "-o FILE")


def archives() -> dict[str, bytes]:
    tar, packed = io.BytesIO(), io.BytesIO()
    with tarfile.open(fileobj=tar, mode="w:gz") as file:
        file.addfile(tarfile.TarInfo("photos"))
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("photos", "")
    return {"tar.gz": tar.getvalue(), "zip": packed.getvalue(), "pyz": b"no archive", "tar": b"\0" * 1024}


def test_bundles_are_replaced_and_other_archives_are_not(home: Path) -> None:
    for suffix in ("tar", "tar.gz", "tar.zst", "zip", "pyz"):
        for _ in range(2):
            assert run(home, "pack", "--manifest", "m.json", f"a.{suffix}").returncode == 0
    for suffix, content in archives().items():
        (home / f"mine.{suffix}").write_bytes(content)
        done = run(home, "pack", "--manifest", "m.json", f"mine.{suffix}")
        refused(done, f"mine.{suffix}", "a bundle", "FILE")
        assert (home / f"mine.{suffix}").read_bytes() == content


def test_pytest_keeps_files_of_the_users(home: Path) -> None:
    (home / "test_one.py").write_text(f"def test_one():\n    {MARK.replace(chr(10), '; ')[:-2]}\n")
    for name in ("notes.json", "forgot.py"):
        done = run_pytest(home, f"--automount={name}")
        assert done.returncode == 4
        assert done.stderr.strip() == (
            f"ERROR: --automount: {name} exists and is not a manifest that automount wrote: "
            "it was not changed: choose another FILE, or remove it"
        )
        assert (home / name).read_bytes() == FOREIGN[name]
    done = run_pytest(home, "--automount=")
    assert (done.returncode, done.stderr.strip()) == (
        4,
        "ERROR: --automount: FILE is empty: for example --automount=automount.json",
    )
    assert not (home / "it-ran").exists()


def test_what_the_shell_has_opened_is_continued(home: Path) -> None:
    shell = '"$@" --quiet -o /dev/stdout app.py >> log; "$@" --quiet -o /dev/fd/3 app.py 3>> log'
    (home / "log").write_text("before\n")
    done = subprocess.run(
        ["sh", "-c", shell, "sh", *automount_command()], cwd=home, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "1\n", "")
    before, _, rest = (home / "log").read_text().partition("{")
    assert before == "before\n1\n"
    one, _, two = ("{" + rest).partition("}\n{")
    assert [json.loads(text)["schema"] for text in (one + "}", "{" + two)] == ["automount/v1"] * 2


def test_a_descriptor_that_is_not_open_is_one_line(home: Path) -> None:
    done = run(home, "-o", "/dev/fd/77", "forgot.py")
    assert (done.returncode, done.stderr.splitlines()) == (
        125,
        [
            "automount: cannot write /dev/fd/77 (Bad file descriptor)",
            "hint: choose another place with -o FILE",
        ],
    )
    assert not (home / "it-ran").exists()
