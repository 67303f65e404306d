"""PyInstaller: `--onedir`, with the directories that the program has on its path; the built thing is run.

What it ships contains the interpreter and the standard library; that is its purpose, so its files and
bytes are not to be compared with tools that ship code only.
"""

from __future__ import annotations

from pathlib import Path

from peers.contract import Staged, Trial, distribution_version, run_tool


class PyInstaller:
    name = "pyinstaller"
    title = "PyInstaller one-dir"
    venv: str | None = "pyinstaller"
    packages: tuple[str, ...] = ("pyinstaller",)

    def version(self, python: Path) -> str:
        return distribution_version(python, "pyinstaller")

    def capture(self, trial: Trial) -> Staged:
        layout = trial.layout
        hidden: list[str] = []
        if layout.script is not None:
            script = trial.place.project / layout.script
        else:
            # PyInstaller starts from a script; its manual's way for `python -m` is a small starter.
            script = trial.scratch / "starter.py"
            script.write_text(
                f"import runpy\nrunpy.run_module({layout.argv[1]!r}, run_name='__main__', alter_sys=True)\n"
            )
            hidden = ["--hidden-import", layout.module]
        paths = [str(trial.place.project), *(str(entry) for entry in trial.pythonpath)]
        run_tool(
            trial,
            [
                str(trial.python),
                "-m",
                "PyInstaller",
                "--onedir",
                "--noconfirm",
                "--log-level=ERROR",
                "--name=program",
                f"--distpath={trial.stage}",
                f"--workpath={trial.scratch / 'build'}",
                f"--specpath={trial.scratch}",
                *(f"--paths={path}" for path in paths),
                *hidden,
                str(script),
            ],
            {"PYINSTALLER_CONFIG_DIR": str(trial.scratch / "config")},
        )
        folder = trial.stage / "program"
        return Staged((str(folder / "program"), *layout.argv[1 if layout.script else 2 :]), folder)


PEER = PyInstaller()
