"""Layouts 1 to 10: how ordinary programs find their modules and data."""

from __future__ import annotations

from layouts.model import Layout

PLAIN = Layout(
    name="plain",
    words="a script and one module beside it",
    argv=("app.py",),
    expected="plain: hello\n",
    files={
        "work/project/app.py": """
            import helper

            def main():
                print("plain:", helper.WORD)

            if __name__ == "__main__":
                main()
            """,
        "work/project/helper.py": """
            WORD = "hello"
            """,
        "work/project/unused.py": """
            raise RuntimeError("nobody imports this")
            """,
    },
)

FROM_BASE = Layout(
    name="from_dot_base",
    words="`from .base import X` in a package's __init__",
    argv=("app.py",),
    expected="base: Circle of Shape\n",
    files={
        "work/project/app.py": """
            from shapes import Circle

            def main():
                print("base:", Circle.describe())

            if __name__ == "__main__":
                main()
            """,
        "work/project/shapes/__init__.py": """
            from .circle import Circle
            """,
        "work/project/shapes/circle.py": """
            from .base import Shape

            class Circle(Shape):
                pass
            """,
        "work/project/shapes/base.py": """
            class Shape:
                @classmethod
                def describe(cls):
                    return f"{cls.__name__} of {cls.__mro__[1].__name__}"
            """,
    },
)

NAMESPACE = Layout(
    name="namespace",
    words="a namespace package, no __init__ anywhere",
    argv=("app.py",),
    expected="namespace: 3\n",
    files={
        "work/project/app.py": """
            from ns.deep import beta

            def main():
                print("namespace:", beta.total())

            if __name__ == "__main__":
                main()
            """,
        "work/project/ns/alpha.py": """
            ONE = 1
            """,
        "work/project/ns/deep/beta.py": """
            from ns.alpha import ONE

            def total():
                return ONE + 2
            """,
    },
)

LAZY = Layout(
    name="lazy_import",
    words="an import inside a function",
    argv=("app.py",),
    expected="lazy: late\n",
    files={
        "work/project/app.py": """
            def main():
                from late import WORD

                print("lazy:", WORD)

            if __name__ == "__main__":
                main()
            """,
        "work/project/late.py": """
            def _word():
                import later

                return later.WORD

            WORD = _word()
            """,
        "work/project/later.py": """
            WORD = "late"
            """,
    },
)

PLUGIN = Layout(
    name="import_module_plugin",
    words="a plugin by importlib.import_module with a computed name",
    argv=("app.py",),
    expected="plugin: SHOUT\n",
    files={
        "work/project/app.py": """
            import importlib

            CHOICES = ["whisper", "shout"]

            def main():
                plugin = importlib.import_module(".".join(("plugins", CHOICES[len("x")])))
                print("plugin:", plugin.render("shout"))

            if __name__ == "__main__":
                main()
            """,
        "work/project/plugins/__init__.py": "",
        "work/project/plugins/shout.py": """
            def render(text):
                return text.upper()
            """,
        "work/project/plugins/whisper.py": """
            def render(text):
                return text.lower()
            """,
    },
)

SPAWN = Layout(
    name="spawn_child",
    words="multiprocessing with spawn; the child imports more",
    argv=("app.py",),
    expected="spawn: [2, 4, 6]\n",
    files={
        "work/project/app.py": """
            import multiprocessing

            def main():
                import jobs

                with multiprocessing.get_context("spawn").Pool(1) as pool:
                    print("spawn:", pool.map(jobs.work, [1, 2, 3]))

            if __name__ == "__main__":
                multiprocessing.freeze_support()
                main()
            """,
        "work/project/jobs.py": """
            def work(number):
                from job_parts import factor

                return number * factor()
            """,
        "work/project/job_parts.py": """
            def factor():
                return 2
            """,
    },
)

SUBPROCESS = Layout(
    name="subprocess_child",
    words="`sys.executable worker.py`; the worker imports its own helper",
    argv=("app.py",),
    expected="child: from the helper\nparent: 0\n",
    files={
        # `--child` stops a frozen program, whose sys.executable is itself, from starting itself forever.
        "work/project/app.py": """
            import subprocess
            import sys
            from pathlib import Path

            def main():
                if "--child" in sys.argv:
                    raise SystemExit(3)
                worker = Path(__file__).resolve().with_name("worker.py")
                done = subprocess.run([sys.executable, str(worker), "--child"])
                print("parent:", done.returncode, flush=True)

            if __name__ == "__main__":
                main()
            """,
        "work/project/worker.py": """
            import worker_helper

            print("child:", worker_helper.WORD, flush=True)
            """,
        "work/project/worker_helper.py": """
            WORD = "from the helper"
            """,
    },
)

DELETED = Layout(
    name="deleted_module",
    words="a module that removes itself from sys.modules",
    argv=("app.py",),
    expected="deleted: kept value, False\n",
    files={
        "work/project/app.py": """
            import sys

            import settings_once

            VALUE = settings_once.VALUE
            sys.modules.pop("settings_once")

            def main():
                print(f"deleted: {VALUE}, {'settings_once' in sys.modules}")

            if __name__ == "__main__":
                main()
            """,
        "work/project/settings_once.py": """
            VALUE = "kept value"
            """,
    },
)

FAILED = Layout(
    name="failed_import",
    words="an import that fails half-way and must fail the same way there",
    argv=("app.py",),
    expected="failed: no accelerator on this machine\n",
    files={
        "work/project/app.py": """
            try:
                import accelerator
            except ImportError as error:
                REASON = str(error)
            else:
                REASON = "none"

            def main():
                print("failed:", REASON)

            if __name__ == "__main__":
                main()
            """,
        "work/project/accelerator.py": """
            import accelerator_reasons

            raise ImportError(accelerator_reasons.REASON)
            """,
        "work/project/accelerator_reasons.py": """
            REASON = "no accelerator on this machine"
            """,
    },
)

PACKAGE_DATA = Layout(
    name="package_data",
    words="a package reads its own data file beside __file__",
    argv=("app.py",),
    expected="data: 42\n",
    files={
        "work/project/app.py": """
            import tables

            def main():
                print("data:", tables.total())

            if __name__ == "__main__":
                main()
            """,
        "work/project/tables/__init__.py": """
            from pathlib import Path

            def total():
                text = Path(__file__).parent.joinpath("data", "numbers.csv").read_text()
                return sum(int(number) for number in text.split(","))
            """,
        "work/project/tables/data/numbers.csv": """
            20,22
            """,
    },
)

LAYOUTS = (
    PLAIN,
    FROM_BASE,
    NAMESPACE,
    LAZY,
    PLUGIN,
    SPAWN,
    SUBPROCESS,
    DELETED,
    FAILED,
    PACKAGE_DATA,
)
