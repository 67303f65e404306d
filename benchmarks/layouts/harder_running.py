"""Layouts 21 to 25: programs that run in several processes, load files themselves, or change directory."""

from __future__ import annotations

from layouts.model import Layout

FORKSERVER = Layout(
    name="forkserver_pool",
    words="a forkserver pool with a preloaded module; tasks are imported in the workers only",
    argv=("app.py",),
    expected="forkserver: ['warm-1', 'warm-4', 'warm-9']\n",
    files={
        "work/project/app.py": """
            import multiprocessing

            import runner

            def main():
                context = multiprocessing.get_context("forkserver")
                context.set_forkserver_preload(["warm"])
                with context.Pool(2) as pool:
                    names = [("task_" + "square", number) for number in (1, 2, 3)]
                    print("forkserver:", pool.starmap(runner.call, names))

            if __name__ == "__main__":
                multiprocessing.freeze_support()
                main()
            """,
        "work/project/runner.py": """
            import importlib

            def call(name, number):
                return importlib.import_module("taskset." + name).run(number)
            """,
        "work/project/warm.py": """
            PREFIX = "warm"
            """,
        "work/project/taskset/__init__.py": "",
        "work/project/taskset/task_square.py": """
            import warm

            from .powers import square

            def run(number):
                return f"{warm.PREFIX}-{square(number)}"
            """,
        "work/project/taskset/powers.py": """
            def square(number):
                return number * number
            """,
    },
)

REWRITER = Layout(
    name="assertion_rewriter",
    words="a finder in front of all others loads and rewrites check modules, as pytest does",
    argv=("app.py",),
    expected="checks: 2 run\nfailed: total(1, 1) == 3\n",
    files={
        "work/project/app.py": """
            import importlib
            import sys
            from pathlib import Path

            import rewriter

            def main():
                folder = Path(__file__).resolve().parent / "checks"
                sys.path.insert(0, str(folder))
                sys.meta_path.insert(0, rewriter.Finder(str(folder)))
                module = importlib.import_module("check_" + "sums")
                names = sorted(name for name in vars(module) if name.startswith("check_"))
                functions = [getattr(module, name) for name in names]
                print("checks:", len(functions), "run")
                for function in functions:
                    try:
                        function()
                    except AssertionError as error:
                        print("failed:", error)

            if __name__ == "__main__":
                main()
            """,
        "work/project/rewriter.py": """
            import ast
            import importlib.util

            class Finder:
                def __init__(self, folder):
                    self.folder = folder

                def find_spec(self, name, path=None, target=None):
                    if not name.startswith("check_"):
                        return None
                    place = f"{self.folder}/{name}.py"
                    return importlib.util.spec_from_file_location(name, place, loader=Loader(place))

            class Loader:
                def __init__(self, place):
                    self.place = place

                def create_module(self, spec):
                    return None

                def exec_module(self, module):
                    with open(self.place, "rb") as stream:
                        tree = ast.parse(stream.read(), self.place)
                    for node in ast.walk(tree):
                        if isinstance(node, ast.Assert) and node.msg is None:
                            node.msg = ast.copy_location(ast.Constant(ast.unparse(node.test)), node)
                    exec(compile(tree, self.place, "exec"), module.__dict__)
            """,
        "work/project/checks/check_sums.py": """
            from support.adding import total

            def check_bad():
                assert total(1, 1) == 3

            def check_good():
                assert total(1, 2) == 3
            """,
        "work/project/checks/support/adding.py": """
            def total(*numbers):
                return sum(numbers)
            """,
    },
)

EMPTY_ENVIRONMENT = Layout(
    name="child_empty_env",
    words="a child with `env={}` that imports lazily",
    argv=("app.py",),
    expected="child: deep, 0 automount variables\nparent: 0\n",
    files={
        "work/project/app.py": """
            import subprocess
            import sys
            from pathlib import Path

            def main():
                if "--child" in sys.argv:
                    raise SystemExit(3)
                worker = Path(__file__).resolve().parent / "workers" / "clean.py"
                done = subprocess.run([sys.executable, str(worker), "--child"], env={})
                print("parent:", done.returncode, flush=True)

            if __name__ == "__main__":
                main()
            """,
        "work/project/workers/clean.py": """
            import os

            def run():
                from clean_parts import deep

                count = sum(name.startswith("AUTOMOUNT") for name in os.environ)
                print(f"child: {deep.WORD}, {count} automount variables", flush=True)

            run()
            """,
        "work/project/workers/clean_parts/__init__.py": "",
        "work/project/workers/clean_parts/deep.py": """
            WORD = "deep"
            """,
    },
)

CHDIR_VENDORED = Layout(
    name="chdir_vendored",
    words="chdir away first, then a vendored directory goes on sys.path; one module is a link",
    argv=("app.py",),
    expected="vendored: indent=4, linked here\n",
    files={
        "work/project/app.py": """
            import os
            import sys

            def main():
                here = os.path.dirname(os.path.abspath(__file__))
                os.chdir("/")
                sys.path.insert(0, os.path.join(here, "_vendor"))
                import linked_module
                import tinyconf

                print(f"vendored: {tinyconf.default()}, {linked_module.WORD}")

            if __name__ == "__main__":
                main()
            """,
        "work/project/_vendor/tinyconf/__init__.py": """
            import pkgutil

            from .parser import parse

            def default():
                return parse(pkgutil.get_data(__name__, "defaults.ini").decode())
            """,
        "work/project/_vendor/tinyconf/parser.py": """
            def parse(text):
                return text.split()[-1]
            """,
        "work/project/_vendor/tinyconf/defaults.ini": """
            [all]
            indent=4
            """,
        "work/shared/real_module.py": """
            WORD = "linked here"
            """,
    },
    finish=lambda place: place.link("work/project/linked_module.py", "../shared/real_module.py"),
)

CONFIG_AND_TEMPLATE = Layout(
    name="cwd_config_template",
    words="exec(compile(open('conf.py'))) and a template, both named relative to the cwd",
    argv=("app.py",),
    expected="page: Dear reader, yours, the press\n",
    files={
        "work/project/app.py": """
            def main():
                settings = {}
                with open("conf.py") as stream:
                    exec(compile(stream.read(), "conf.py", "exec"), settings)
                with open("templates/page.txt") as stream:
                    template = stream.read().strip()
                print("page:", template.format(name=settings["NAME"], by=settings["BY"]))

            if __name__ == "__main__":
                main()
            """,
        "work/project/conf.py": """
            from conf_parts import BY

            NAME = "reader"
            """,
        "work/project/conf_parts.py": """
            BY = "the press"
            """,
        "work/project/templates/page.txt": """
            Dear {name}, yours, {by}
            """,
    },
    tags=("data",),
)

LAYOUTS = (
    FORKSERVER,
    REWRITER,
    EMPTY_ENVIRONMENT,
    CHDIR_VENDORED,
    CONFIG_AND_TEMPLATE,
)
