"""`eval "$(automount env …)"`, then anything, then `automount collect`: in sh, bash, zsh and fish."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import needs
import pytest
from ways_in import Home

AUTOMOUNT = f"{shlex.quote(sys.executable)} -m automount"
PYTHON = shlex.quote(sys.executable)
TREE = {
    "app.py": "import one\nprint(one.NAME)\n",
    "one.py": "NAME = __name__\n",
    "two.py": "",
    "jobs/nightly.py": "import sys\nsys.path.append('.')\nimport two\n",
}
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
    made.write(TREE)
    return made


def shell(home: Home, script: str, *, program: str = "sh", env: dict[str, str] | None = None) -> str:
    """The output of `script`, which must succeed and write nothing to stderr."""
    done = home.run(needs.tool(program), "-c", script, env=env)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


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


def site(home: Home, **files: str) -> dict[str, str]:
    """The variables that put `files` where Python looks for customization."""
    home.write({f"site/{name}.py": text for name, text in files.items()})
    return {"PYTHONPATH": str(home.root / "site")}


SEEN = """
import json, sys
print(json.dumps([name in sys.modules for name in ("sitecustomize", "usercustomize")]))
print(json.dumps(getattr(sys.modules.get("sitecustomize"), "__file__", None)))
print(json.dumps(sys.modules["sitecustomize"].STATE if "sitecustomize" in sys.modules else None))
print(json.dumps([entry for entry in sys.path if "automount" in entry and "boot" in entry]))
"""


@pytest.mark.parametrize("own", [True, False])
def test_a_sitecustomize_of_the_user_s_own_runs_and_stays(home: Home, own: bool) -> None:
    environment = site(home, sitecustomize="import two\nSTATE = [__name__, __spec__.name]\n") if own else {}
    environment |= {"PYTHONPATH": f"{environment.get('PYTHONPATH', '')}:{home.root}".lstrip(":")}
    home.write({"seen.py": SEEN})
    plain = home.run(sys.executable, "seen.py", env=environment).stdout
    out = shell(home, f'eval "$({AUTOMOUNT} env --journal j)"; {PYTHON} seen.py', env=environment)
    assert out == plain
    shell(home, f"{AUTOMOUNT} collect --quiet j")
    assert home.mounted() == (["__main__", "sitecustomize", "two"] if own else ["__main__"])


def test_a_usercustomize_is_untouched(home: Home) -> None:
    base = home.root / "base"
    found = home.run(
        sys.executable,
        "-c",
        "import site; print(site.getusersitepackages())",
        env={"PYTHONUSERBASE": str(base)},
    )
    place = Path(found.stdout.strip())
    place.mkdir(parents=True)
    (place / "usercustomize.py").write_text("print('usercustomize')\n")
    home.write({"seen.py": "import sys\nprint(sys.modules['usercustomize'].__spec__.origin)\n"})
    real = os.path.realpath(sys.executable)  # a virtual environment has no user site
    environment = {"PYTHONUSERBASE": str(base)}
    place_of_real = home.run(real, "-c", "import site; print(site.getusersitepackages())", env=environment)
    assert place_of_real.stdout.splitlines()[-1] == str(place)
    plain = home.run(real, "seen.py", env=environment)
    assert plain.stdout.splitlines()[0] == "usercustomize"
    out = shell(home, f'eval "$({AUTOMOUNT} env --journal j)"; {shlex.quote(real)} seen.py', env=environment)
    assert out.splitlines()[-2:] == plain.stdout.splitlines()


@pytest.mark.parametrize("version", ["2.7", "3.6", "3.7"])
def test_old_pythons_make_no_noise_and_are_admitted(home: Home, version: str) -> None:
    old = needs.interpreter(version)
    out = shell(
        home,
        f"""
        eval "$({AUTOMOUNT} env --journal j)"
        {PYTHON} app.py
        {shlex.quote(old)} -c 'import one; print(one.NAME)'
        {AUTOMOUNT} collect --quiet j""",
    )
    assert out == "one\none\n"
    manifest = home.manifest()
    assert [row["reason"] for row in manifest["incomplete"]] == ["unsupported-python"]
    assert "one" in home.mounted()


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


def test_the_pth_file_reaches_pythons_that_lost_or_ignore_the_environment(home: Home) -> None:
    home.write(
        {
            "app.py": "import os, subprocess, sys\n"
            "subprocess.run(['env', '-i', sys.executable, 'clear.py'], check=True)\n"
            "subprocess.run([sys.executable, '-I', 'isolated.py'], check=True)\n"
            "os.system(f'unset PYTHONPATH AUTOMOUNT_JOURNAL; {sys.executable} unset.py; true')\n",
            "clear.py": "import one\n",
            "isolated.py": "",
            "unset.py": "import two\n",
        }
    )
    assert home.run(sys.executable, "-m", "venv", "--without-pip", "v").returncode == 0
    python = str(home.root / "v/bin/python")
    assert (
        home.run(sys.executable, "-m", "automount", "env", "--install-pth", "--python", python).returncode
        == 0
    )
    scripts = {"app.py", "clear.py", "isolated.py", "unset.py"}
    for command in (["--python", python, "app.py"], ["--", "env", "-i", python, "app.py"]):
        done = home.run(sys.executable, "-m", "automount", "--quiet", *command)
        assert (done.returncode, done.stderr) == (0, "")
        manifest = home.manifest()
        assert (manifest["complete"], manifest["incomplete"]) == (True, [])
        assert {os.path.basename(row["local"]) for row in manifest["files"]} == scripts | {"one.py", "two.py"}
    script = (
        f'eval "$({AUTOMOUNT} env --journal j)"; {shlex.quote(python)} app.py; {AUTOMOUNT} collect j --quiet'
    )
    shell(home, script)
    assert {os.path.basename(row["local"]) for row in home.manifest()["files"]} == scripts | {
        "one.py",
        "two.py",
    }
    assert len(home.manifest()["provenance"]["processes"]) == 4


EVALUATED = {"sh": 'eval "$({} env {})"', "fish": "{} env {} --shell fish | source"}


@pytest.mark.parametrize("program", ["sh", "bash", "zsh", "fish"])
def test_the_pth_file_reaches_what_the_shell_itself_starts_without_an_environment(
    home: Home, program: str
) -> None:
    assert home.run(sys.executable, "-m", "venv", "--without-pip", "v").returncode == 0
    python = str(home.root / "v/bin/python")
    words = ("env", "--install-pth", "--python", python)
    assert home.run(sys.executable, "-m", "automount", *words).returncode == 0
    syntax = "fish" if program == "fish" else "sh"
    lines = [
        "" if program == "fish" else "set -eu",
        EVALUATED[syntax].format(AUTOMOUNT, "--journal j"),
        f"env -i {shlex.quote(python)} one.py",
        f"env -i {shlex.quote(python)} -I jobs/nightly.py",
        EVALUATED[syntax].format(AUTOMOUNT, "--unset"),
        f"env -i {shlex.quote(python)} two.py",
    ]
    shell(home, "\n".join(lines), program=program)
    assert home.run(sys.executable, "-m", "automount", "collect", "--quiet", "j").returncode == 0
    manifest = home.manifest()
    # Not `two.py`, which ran after recording had been turned off.
    ran = [os.path.basename(row["argv"][-1]) for row in manifest["provenance"]["processes"]]
    assert (sorted(ran), manifest["complete"]) == (["nightly.py", "one.py"], True)
