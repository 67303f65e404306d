"""The verbs that answer questions about a manifest, on a real run of a real program."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
from measured import automount_command

ENVIRONMENT = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONIOENCODING": "utf-8"}
PROGRAM = {
    "app.py": "import json, subprocess, sys\nimport shop.prices\nif len(sys.argv) > 1:\n"
    "    import late\nsubprocess.run([sys.executable, 'worker.py'])\nopen('in.csv').read()\n",
    "worker.py": "import shop.stock\n",
    "late.py": "",
    "in.csv": "a,b\n",
    "shop/__init__.py": "",
    "shop/prices.py": "from shop import tax\n",
    "shop/tax.py": "rate = 0.2\n",
    "shop/stock.py": "",
    "shop/never.py": "",
    "shop/data/big.bin": "x" * 5000,
    "shop/.hidden": "",
}


def automount(
    home: Path, *words: str, stdin: bytes = b"", encoding: str = "utf-8"
) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [*automount_command(), *words],
        cwd=home,
        env={**ENVIRONMENT, "PYTHONIOENCODING": encoding},
        input=stdin,
        capture_output=True,
        check=False,
    )
    return subprocess.CompletedProcess(words, done.returncode, done.stdout.decode(), done.stderr.decode())


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with the program, recorded twice: `automount.json`, and `late.json` with an argument."""
    place = tmp_path_factory.mktemp("shop").resolve()
    for name, text in PROGRAM.items():
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_text(text)
    assert automount(place, "--quiet", "app.py").returncode == 0
    assert automount(place, "--quiet", "-o", "late.json", "app.py", "late").returncode == 0
    return place


def test_show_draws_mounts_with_their_heaviest_files(home: Path) -> None:
    done = automount(home, "show")
    shown = [" ".join(line.split()) for line in done.stdout.splitlines()]
    assert done.returncode == 0
    assert shown[0] == "automount.json: app.py"
    assert f"├── {home}/app.py → /root/app.py 1 file, 154 B, 1 module" in shown
    assert "├── PythonPackage:shop → /root/shop 6 files, 5.0 kB, 5 modules" in shown
    assert "│ ├── data/big.bin 5.0 kB" in shown
    assert "│ └── and 3 smaller files (--files lists them) 0 B" in shown
    assert any("2 processes" in line and line.endswith(", complete") for line in shown)
    assert shown[-1].endswith("[data-not-mounted]")


@pytest.mark.parametrize(
    "words",
    [
        *(
            ("show",),
            ("show", "--gaps"),
            ("why", "shop"),
            ("check",),
            ("requirements",),
            ("diff", "automount.json", "late.json"),
        ),
        *(
            ("verify", "late.json"),
            ("merge", "automount.json", "late.json", "-o", "both.json"),
            ("report", "-o", "r.html"),
        ),
    ],
)
def test_answers_can_be_printed_in_ascii(home: Path, words: tuple[str, ...]) -> None:
    done, usual = automount(home, *words, encoding="ascii"), automount(home, *words)
    assert (done.stdout + done.stderr).isascii()
    assert "UnicodeEncodeError" not in done.stderr
    assert done.returncode == usual.returncode


def test_show_lists(home: Path) -> None:
    files = automount(home, "show", "--files").stdout.splitlines()
    assert [line.split()[2] for line in files] == sorted(line.split()[2] for line in files)
    assert f"5.0 kB  /root/shop/data/big.bin  {home}/shop/data/big.bin" in files
    modules = [line.split() for line in automount(home, "show", "--modules").stdout.splitlines()]
    assert [
        "shop.tax",
        "local",
        "executed",
        "process",
        "0",
        "PythonPackage:shop",
        "by",
        "shop.prices:1",
    ] in modules
    skipped = automount(home, "show", "--skipped").stdout
    assert f"{home}/shop/.hidden  dot-name\n" in skipped
    assert automount(home, "show", "--requirements").stdout == ""
    assert automount(home, "show", "--json").stdout == (home / "automount.json").read_text()


def test_show_config_reads_no_manifest(home: Path, tmp_path: Path) -> None:
    (tmp_path / "setup.cfg").write_text("[automount]\nscope = loaded\n")
    done = automount(tmp_path, "show", "--config")
    assert done.returncode == 0
    assert done.stdout.splitlines()[0].split() == ["scope", "loaded", "(setup.cfg", "[automount])"]


def test_a_manifest_comes_from_standard_input(home: Path) -> None:
    data = (home / "automount.json").read_bytes()
    assert automount(home, "show", "-", stdin=data).stdout.startswith("standard input: app.py\n")
    assert automount(home, "check", "-", stdin=data).returncode == 0
    assert automount(home, "diff", "-", "automount.json", stdin=data).returncode == 0


def test_why_gives_the_chain_from_the_entrypoint(home: Path) -> None:
    done = automount(home, "why", "shop.tax")
    assert done.returncode == 0
    shown = done.stdout.splitlines()
    assert shown[0] == "module shop.tax is mounted"
    assert shown[1].split() == ["file", f"{home}/shop/tax.py", "(11", "B)", "→", "/root/shop/tax.py"]
    assert "rule local: no other rule matches" in shown[2]
    assert [line.strip() for line in shown[-3:]] == [
        "__main__ (app.py)",
        "app.py:2: imports shop.prices",
        "shop/prices.py:1: imports shop.tax",
    ]


def test_why_goes_through_processes(home: Path) -> None:
    done = automount(home, "why", "shop/stock.py")
    shown = done.stdout.splitlines()
    assert done.returncode == 0
    assert shown[0] == "file /root/shop/stock.py is mounted"
    assert shown[-4].split()[:3] == ["chain", "process", "0:"]
    assert shown[-3].strip().startswith("process 1, its child: ")
    assert [line.strip() for line in shown[-2:]] == [
        "__main__ (worker.py)",
        "worker.py:1: imports shop.stock",
    ]


def test_why_all_tells_every_reason(home: Path) -> None:
    first = automount(home, "why", "shop").stdout
    every = automount(home, "why", "--all", "shop").stdout
    assert "and in 1 more process (--all)" in first
    assert "(--all)" not in every
    assert every.count("process 0: ") == 2


@pytest.mark.parametrize(
    ("question", "printed"),
    [
        ("json", "it is part of the standard library"),
        ("shop/.hidden", "its name begins with a dot [dot-name]"),
        ("in.csv", "--data mount"),
        ("late", "late was never loaded in this run"),
        ("shop.taxes", "nearest   shop.tax"),
        ("/root/shop/taxes.py", "nearest   /root/shop/tax.py"),
    ],
)
def test_why_not(home: Path, question: str, printed: str) -> None:
    done = automount(home, "why", question)
    assert done.returncode == 1
    assert printed in done.stdout


def test_why_works_from_another_directory_and_by_remote_path(home: Path) -> None:
    manifest = str(home / "automount.json")
    for question in ("tax.py", "shop/never.py", "/root/shop/data/big.bin", "data"):
        done = automount(home / "shop", "why", question, "--manifest", manifest)
        assert done.returncode == 0, question


def test_why_rules_needs_no_manifest(tmp_path: Path) -> None:
    done = automount(tmp_path, "why", "--rules")
    assert done.returncode == 0
    assert done.stdout.splitlines()[-1].split(maxsplit=2)[1:] == [
        "local",
        "no other rule matches: the user's own",
    ]


def test_diff_and_merge(home: Path) -> None:
    done = automount(home, "diff", "automount.json", "late.json")
    assert done.returncode == 1
    assert done.stdout.splitlines() == [
        "automount.json and late.json differ",
        "├── ~ args: none to late",
        "└── + mount PythonModule:late  1 file, 0 B",
        "    └── + /root/late.py  0 B",
        "1 file added, 0 removed, 0 changed, 1 other difference",
    ]
    assert json.loads(automount(home, "diff", "--json", "automount.json", "late.json").stdout)["files"] == {
        "added": ["/root/late.py"],
        "changed": [],
        "removed": [],
    }
    done = automount(home, "merge", "automount.json", "late.json", "-o", "both.json")
    assert (done.returncode, done.stdout.split(": ")[0]) == (0, "Merged 2 manifests into both.json")
    remotes = [row["remote"] for row in json.loads((home / "both.json").read_text())["files"]]
    late = [row["remote"] for row in json.loads((home / "late.json").read_text())["files"]]
    assert remotes == late
    assert automount(home, "check", "both.json").returncode == 0
    assert automount(home, "diff", "late.json", "late.json").stdout.startswith(
        "No difference: 9 files, sha256:"
    )


def test_check_lists_what_is_stale(home: Path, tmp_path: Path) -> None:
    for name, text in PROGRAM.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    assert automount(tmp_path, "--quiet", "app.py").returncode == 0
    assert automount(tmp_path, "check").stdout == "Fresh: 8 files as recorded\n"
    (tmp_path / "shop/tax.py").write_text("rate = 0.3\n")
    (tmp_path / "shop/never.py").unlink()
    (tmp_path / "worker.py").chmod(0o755)
    done = automount(tmp_path, "check")
    assert done.returncode == 1
    assert done.stdout.splitlines() == [
        f"missing: {tmp_path}/shop/never.py",
        f"changed: {tmp_path}/shop/tax.py",
        f"executable bit changed: {tmp_path}/worker.py",
        "3 of 8 files are stale: record again",
    ]
    answer = json.loads(automount(tmp_path, "check", "--json").stdout)
    assert [row["change"] for row in answer["stale"]] == ["missing", "changed", "executable bit changed"]
    assert automount(tmp_path, "check", "--quiet").stdout == ""


def test_check_sees_an_edited_manifest(home: Path, tmp_path: Path) -> None:
    edited = json.loads((home / "automount.json").read_text())
    edited["sys_path"].append("/root/more")
    (tmp_path / "m.json").write_text(json.dumps(edited))
    done = automount(tmp_path, "check", "m.json")
    assert (done.returncode, done.stdout) == (1, "edited: the digest in m.json does not match its rows\n")


def test_merge_names_conflicts_and_writes_nothing(home: Path, tmp_path: Path) -> None:
    other = json.loads((home / "automount.json").read_text())
    other["files"][0]["sha256"] = "0" * 64
    (tmp_path / "b.json").write_text(json.dumps(other))
    done = automount(tmp_path, "merge", str(home / "automount.json"), "b.json", "-o", "c.json")
    assert done.returncode == 125
    assert done.stderr.splitlines()[0] == "  /root/app.py differs in b.json"
    assert not (tmp_path / "c.json").exists()


@pytest.mark.parametrize(
    ("words", "printed"),
    [
        (["show", "nothing.json"], "no manifest: nothing.json"),
        (["show", "."], "cannot read ."),
        (["show", "late.py"], "late.py is empty"),
        (["show", "app.py"], "app.py, line 1, column 1: it is not JSON"),
        (["show", "--flies"], "did you mean --files?"),
        (["why"], "no module or path is given"),
        (["diff", "-", "-"], "only one manifest can come from standard input"),
        (["merge", "automount.json", "-o", "x.json"], "merge takes two manifests or more"),
        (["merge", "-", "-", "-o", "x.json"], "only one manifest can come from standard input"),
        (["merge", "automount.json", "late.json", "-o", "no/x.json"], "cannot write no/x.json"),
        (["completion", "ksh"], "invalid choice: 'ksh'"),
    ],
)
def test_what_cannot_be_done_is_reported_in_one_line(home: Path, words: list[str], printed: str) -> None:
    done = automount(home, *words)
    assert (done.returncode, done.stdout) == (125, "")
    assert [line.partition(":")[0] for line in done.stderr.splitlines()] == ["automount", "hint"]
    assert printed in done.stderr


def test_a_pipe_that_is_closed_early_is_not_an_error(home: Path) -> None:
    command = " ".join([*automount_command(), "show", "--modules"])
    done = subprocess.run(
        ["sh", "-c", f"{command} | head -1"], cwd=home, env=ENVIRONMENT, capture_output=True, check=False
    )
    assert done.stderr == b""
    assert len(done.stdout.splitlines()) == 1


def test_rich_is_only_paid_for_by_terminals(home: Path) -> None:
    code = "import sys; from automount.cli.main import main; main(['show']); sys.exit('rich' in sys.modules)"
    command = [sys.executable, "-c", code]
    assert (
        subprocess.run(command, cwd=home, env=ENVIRONMENT, capture_output=True, check=False).returncode == 0
    )
    main, terminal = pty.openpty()
    done = subprocess.run(
        command, cwd=home, env={**ENVIRONMENT, "TERM": "xterm"}, stdout=terminal, stderr=terminal, check=False
    )
    os.close(terminal)
    os.close(main)
    assert done.returncode == 1


def test_requirements_are_printed_and_written(home: Path, tmp_path: Path) -> None:
    held = json.loads((home / "automount.json").read_text())
    held["requirements"] = [{"name": "numpy", "version": "2.0.1", "direct_url": None}]
    (tmp_path / "m.json").write_text(json.dumps(held))
    assert "numpy==2.0.1" in automount(tmp_path, "requirements", "m.json").stdout.splitlines()
    done = automount(tmp_path, "requirements", "m.json", "--format", "pylock", "-o", "pylock.toml")
    assert (done.returncode, done.stdout) == (0, "")
    assert 'name = "numpy"' in (tmp_path / "pylock.toml").read_text()


def test_why_passes_through_a_module_that_was_run_by_name(home: Path) -> None:
    assert automount(home, "--quiet", "-o", "by_name.json", "-m", "shop.prices").returncode == 0
    done = automount(home, "why", "shop.tax", "--manifest", "by_name.json")
    assert [line.strip() for line in done.stdout.splitlines()][-2:] == [
        "runpy runs shop.prices",
        "shop/prices.py:1: imports shop.tax",
    ]
