"""`eval "$(automount env …)"`, then anything, then `automount collect`: in sh, bash, zsh and fish."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest
from ways_in import AUTOMOUNT, PYTHON, SHELL_TREE, Home, shell

ODD = [
    "plain",
    "with space",
    "it's",
    'a "quote"',
    "new\nline",
    "back\\slash\\",
    "$(id) `id` $HOME",
    "ünï",
    "-dash",
]


@pytest.fixture
def home(automount_home: object) -> Home:
    made = Home(automount_home)  # type: ignore[arg-type]
    made.write(SHELL_TREE)
    return made


@pytest.mark.parametrize("program", ["sh", "bash", "zsh"])
def test_everything_that_a_shell_starts_is_collected(home: Home, program: str) -> None:
    out = shell(
        home,
        f"""
        eval "$({AUTOMOUNT} env --journal j)"
        {PYTHON} app.py
        {PYTHON} jobs/nightly.py
        {AUTOMOUNT} collect j --quiet
        """,
        program=program,
    )
    manifest = home.manifest()
    assert out == "one\n"
    assert home.mounted() == ["__main__", "one", "two"]
    assert (manifest["complete"], manifest["entrypoint"]["target"]) == (True, "app.py")
    assert manifest["provenance"]["exit_code"] is None
    # Neither `collect` itself nor a second `env` is a part of what was recorded.
    assert len(manifest["provenance"]["processes"]) == 2
    assert not [row for row in manifest["modules"] if row["name"].partition(".")[0] == "automount"]


@pytest.mark.parametrize("name", ODD)
@pytest.mark.parametrize("program", ["sh", "fish"])
def test_any_directory_name(home: Home, program: str, name: str) -> None:
    words = [sys.executable, "-m", "automount", "env", f"--journal={name}"]
    words += ["--shell", "fish"] if program == "fish" else []
    printed = home.run(*words)
    assert (printed.returncode, printed.stderr) == (0, "")
    shell(home, f"{printed.stdout}\n{PYTHON} app.py", program=program)
    done = home.run(sys.executable, "-m", "automount", "collect", "--quiet", "--", name)
    assert (done.returncode, done.stderr) == (0, "")
    assert "one" in home.mounted()
    assert sorted(each.name for each in home.root.iterdir() if each.is_dir() and each.name != "jobs") == [
        name
    ]


def test_evaluating_twice_changes_nothing(home: Home) -> None:
    env = f'eval "$({AUTOMOUNT} env --journal j)"'
    show = 'echo "$PYTHONPATH|$AUTOMOUNT_JOURNAL"'
    first, second = shell(home, f"{env}; {show}; {env}; {show}").splitlines()
    assert first == second
    boot, _, journal = first.partition("|")
    assert (boot.endswith("/automount/agent/boot"), journal) == (True, str(home.root / "j"))
    shell(home, f"{env}; {env}; {PYTHON} app.py; {env}; {AUTOMOUNT} collect --quiet j")
    assert "one" in home.mounted()
    assert len(home.manifest()["provenance"]["processes"]) == 1


@pytest.mark.parametrize("before", [None, "/mine:/other", "/mine::", ":/mine"])
def test_unset_gives_back_what_was_there(home: Home, before: str | None) -> None:
    set_before = "unset PYTHONPATH" if before is None else f"export PYTHONPATH={before}"
    out = shell(
        home,
        f"""{set_before}
        eval "$({AUTOMOUNT} env --journal j)"
        eval "$({AUTOMOUNT} env --unset)"
        echo "${{PYTHONPATH-none}}|${{AUTOMOUNT_JOURNAL-none}}"
        {PYTHON} app.py
        """,
    )
    assert out == f"{'none' if before is None else before}|none\none\n"
    assert [path.name for path in (home.root / "j").glob("*.journal") if b"one.py" in path.read_bytes()] == []


def test_fish_unsets_too(home: Home) -> None:
    out = shell(
        home,
        f"""
        {AUTOMOUNT} env --shell fish --journal j | source
        {PYTHON} app.py
        {AUTOMOUNT} env --shell fish --unset | source
        set -q PYTHONPATH AUTOMOUNT_JOURNAL; echo $status
        """,
        program="fish",
    )
    assert out == "one\n2\n"


def test_a_directory_that_others_can_write_to_is_refused_and_a_new_one_is_private(home: Home) -> None:
    place = home.root / "there"
    place.mkdir()
    place.chmod(0o1777)
    output = shell(home, f"{AUTOMOUNT} env --journal there 2>&1; echo $?")
    shell(home, f"{AUTOMOUNT} env --journal new")
    assert f"{place} is not private: other users can write to it" in output
    assert output.endswith("\n125\n")
    assert oct(place.stat().st_mode & 0o7777) == "0o1777"
    assert oct((home.root / "new").stat().st_mode & 0o7777) == "0o700"


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (("--journal", ""), "automount: --journal needs a directory: for example --journal /tmp/j"),
        (
            ("--unset", "--journal", "j"),
            "automount: --journal and --unset cannot be combined: leave one of them out",
        ),
        (
            ("--python", "x"),
            "automount: --python is only valid with --install-pth: leave it out: every Python is recorded",
        ),
    ],
)
def test_what_makes_no_sense_is_refused(home: Home, words: tuple[str, ...], line: str) -> None:
    done = home.run(sys.executable, "-m", "automount", "env", *words)
    # The hint has a line of its own.
    assert (done.returncode, done.stdout) == (125, "")
    assert done.stderr.replace("\nhint: ", ": ") == line + "\n"


def test_a_running_program_can_be_collected(home: Home) -> None:
    home.write(
        {"server.py": "import one\nprint(flush=True)\ninput()\nimport two\nprint(flush=True)\ninput()\n"}
    )
    printed = home.run(sys.executable, "-m", "automount", "env", "--journal", "j").stdout
    with subprocess.Popen(
        ["/bin/sh", "-c", f"{printed}exec {PYTHON} server.py"],
        cwd=home.root,
        env=home.environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as program:
        assert program.stdin is not None
        assert program.stdout is not None
        program.stdout.readline()
        shell(home, f"{AUTOMOUNT} collect --quiet j")
        assert home.mounted() == ["__main__", "one"]
        assert [row["reason"] for row in home.manifest()["incomplete"]] == ["still-running"]
        program.stdin.write(b"\n")
        program.stdin.flush()
        program.stdout.readline()
        shell(home, f"{AUTOMOUNT} collect --quiet j")
        assert home.mounted() == ["__main__", "one", "two"]
        program.communicate(b"\n")
    shell(home, f"{AUTOMOUNT} collect --quiet j")
    assert home.manifest()["complete"] is True


def test_what_was_recorded_survives_sigkill_of_everything(home: Home) -> None:
    home.write(
        {
            "parent.py": (
                "import subprocess, sys\nimport one\n"
                "child = subprocess.Popen([sys.executable, '-c', 'import two; print(flush=True); input()'],\n"
                "    stdin=subprocess.PIPE, stdout=subprocess.PIPE)\n"
                "child.stdout.readline()\nprint(flush=True)\ninput()\n"
            )
        }
    )
    printed = home.run(sys.executable, "-m", "automount", "env", "--journal", "j").stdout
    with subprocess.Popen(
        ["/bin/sh", "-c", f"{printed}{PYTHON} parent.py"],
        cwd=home.root,
        env=home.environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
    ) as program:
        assert program.stdout is not None
        program.stdout.readline()
        os.killpg(program.pid, signal.SIGKILL)
    shell(home, f"{AUTOMOUNT} collect --quiet j")
    assert home.mounted() == ["__main__", "one", "two"]
    assert home.manifest()["complete"] is True


def test_a_program_recorded_by_itself_in_such_a_shell(home: Home) -> None:
    shell(
        home,
        f"""
        eval "$({AUTOMOUNT} env --journal j)"
        {AUTOMOUNT} --quiet -o own.json app.py >out
        {PYTHON} jobs/nightly.py
        {AUTOMOUNT} collect --quiet j""",
    )
    assert home.mounted("own.json") == ["__main__", "one"]
    assert "one" not in home.mounted()
    assert "two" in home.mounted()


def test_collect_without_a_journal_is_one_line_and_a_hint(home: Home) -> None:
    (home.root / "empty").mkdir()
    for name, words in (
        ("missing", "no such directory: missing"),
        ("empty", "empty does not contain a journal"),
    ):
        done = home.run(sys.executable, "-m", "automount", "collect", name)
        assert (done.returncode, done.stdout) == (125, "")
        assert done.stderr.startswith(f"automount: {words}\nhint: ")
        assert done.stderr.count("\n") == 2
