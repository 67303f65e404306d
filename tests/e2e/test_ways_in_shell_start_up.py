"""Recording in a shell beside the user's start-up files, and in Pythons that lost the environment."""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path

import needs
import pytest
from ways_in import AUTOMOUNT, PYTHON, SHELL_TREE, Home, shell


@pytest.fixture
def home(automount_home: object) -> Home:
    made = Home(automount_home)  # type: ignore[arg-type]
    made.write(SHELL_TREE)
    return made


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
