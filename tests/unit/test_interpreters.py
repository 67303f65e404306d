"""Which launches start a Python: real files, nothing run but the probes."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from automount.errors import AutomountError, UsageError
from automount.model import Launch
from automount.recorder.completeness import PythonLaunch
from automount.recorder.interpreters import probe, probe_installation, python_command


def launch(*argv: str, cwd: Path, kind: str = "subprocess") -> Launch:
    return Launch(0, kind, 1, argv[0], argv, str(cwd))


def script(path: Path, text: str) -> Path:
    path.write_text(text)
    path.chmod(0o755)
    return path


def test_python_itself_is_one(tmp_path: Path) -> None:
    assert python_command(launch(sys.executable, "-S", "x.py", cwd=tmp_path)) == PythonLaunch(
        (sys.executable, "-S", "x.py"), direct=True
    )


def test_a_link_to_python_is_one(tmp_path: Path) -> None:
    link = tmp_path / "interpreter"
    link.symlink_to(Path(sys.executable).resolve())
    assert python_command(launch("./interpreter", "x.py", cwd=tmp_path)) == PythonLaunch(
        ("./interpreter", "x.py"), direct=True
    )


def test_a_copy_of_python_under_another_name_is_one(tmp_path: Path) -> None:
    shutil.copy(Path(sys.executable).resolve(), tmp_path / "snake")
    assert python_command(launch("./snake", "x.py", cwd=tmp_path)) == PythonLaunch(
        ("./snake", "x.py"), direct=True
    )
    assert python_command(launch("env", "-i", "./snake", "x.py", cwd=tmp_path)) == PythonLaunch(
        ["./snake", "x.py"], direct=True
    )


def test_a_script_is_passed_as_it_was_named(tmp_path: Path) -> None:
    script(tmp_path / "tool", f"#!{sys.executable}\n")
    assert python_command(launch("./tool", "a", cwd=tmp_path)) == PythonLaunch(
        [sys.executable, "./tool", "a"], direct=True
    )


def test_a_missing_program_is_not_python(tmp_path: Path) -> None:
    assert python_command(launch("./python3", cwd=tmp_path)) is None
    assert python_command(launch("/bin/ls", "python", cwd=tmp_path)) is None


def test_a_console_script_is_its_shebang(tmp_path: Path) -> None:
    tool = script(tmp_path / "tool", f"#!{sys.executable} -I\nprint()\n")
    assert python_command(launch(str(tool), "-S", cwd=tmp_path)) == PythonLaunch(
        [sys.executable, "-I", str(tool), "-S"], direct=True
    )


@pytest.mark.parametrize("line", ["#!/usr/bin/env python3", "#!/usr/bin/env -S python3"])
def test_env_in_a_shebang_is_seen_through(tmp_path: Path, line: str) -> None:
    tool = script(tmp_path / "tool", f"{line}\nprint()\n")
    assert python_command(launch(str(tool), cwd=tmp_path)) == PythonLaunch(
        ["python3", str(tool)], direct=True
    )


def test_env_as_a_command_is_seen_through(tmp_path: Path) -> None:
    words = ("/usr/bin/env", "-i", "-u", "HOME", "A=1", sys.executable, "-E", "x.py")
    assert python_command(launch(*words, cwd=tmp_path)) == PythonLaunch(
        [sys.executable, "-E", "x.py"], direct=True
    )


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        (("python3 -S x.py && true",), "system"),
        (("/bin/sh", "-c", "cd /tmp; python3 -S x.py"), "subprocess"),
        (("/bin/sh", "./run.sh"), "subprocess"),
        (("./run.sh",), "subprocess"),
    ],
)
def test_a_shell_is_read_for_pythons_that_keep_us_out(
    tmp_path: Path, words: tuple[str, ...], kind: str
) -> None:
    script(tmp_path / "run.sh", "#!/bin/sh\n# python3 is fine\npython3 ok.py\nexec python3 -S x.py\n")
    found = python_command(launch(*words, cwd=tmp_path, kind=kind))
    assert found is not None
    assert list(found.words[:3]) == ["python3", "-S", "x.py"]
    assert not found.direct


def test_a_shell_with_plain_pythons_needs_no_journal(tmp_path: Path) -> None:
    assert python_command(launch("/bin/sh", "-c", "python3 x.py", cwd=tmp_path)) is None


def test_probe_gives_the_path_as_named_and_the_version() -> None:
    found = probe(sys.executable)
    assert found.executable == sys.executable
    assert found.version == sys.version_info[:3]


@pytest.mark.parametrize(
    ("name", "status", "words"),
    [
        ("/no/such/python", 127, "not found"),
        ("no-such-python", 127, "not found"),
        ("/", 126, "not executable"),
        ("/etc/passwd", 126, "not executable"),
        ("/bin/true", 125, "is not a Python interpreter"),
    ],
)
@pytest.mark.parametrize("ask", [probe, probe_installation])
def test_other_programs_are_refused_in_one_line(
    name: str, status: int, words: str, ask: Callable[[str], object]
) -> None:
    with pytest.raises(AutomountError, match=words) as caught:
        ask(name)
    assert caught.value.exit_status == status


def test_the_installation_and_the_version_are_found_in_one_start(tmp_path: Path) -> None:
    probe(sys.executable)  # compiles the agent, which would be another start
    starts = tmp_path / "starts"
    wrapper = script(
        tmp_path / "python", f"#!/bin/sh\necho start >> '{starts}'\nexec '{sys.executable}' \"$@\"\n"
    )
    interpreter, found = probe_installation(str(wrapper))
    assert (interpreter.executable, interpreter.version) == (str(wrapper), sys.version_info[:3])
    assert os.path.dirname(os.__file__) in found["libraries"]
    assert starts.read_text() == "start\n"


@pytest.mark.parametrize("ask", [probe, probe_installation])
def test_an_old_python_is_refused_by_its_version(tmp_path: Path, ask: Callable[[str], object]) -> None:
    old = script(tmp_path / "python2.7", '#!/bin/sh\n[ "$1" = -E ] || exit 2\necho "[2, 7, 18]"\n')
    with pytest.raises(UsageError, match=r"Python 2\.7\.18 is too old"):
        ask(str(old))
