"""Layouts 21 to 30: several hard things at once, each seen in real projects."""

from __future__ import annotations

from layouts.installs import metadata, path_editable
from layouts.model import Layout, Place

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
                functions = [value for name, value in sorted(vars(module).items()) if name.startswith("check_")]
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


def _strict(place: Place) -> None:
    """Lay out what `pip install -e . --config-settings editable_mode=strict` leaves: a tree of links."""
    tree = "strict-project/build/__editable__.strictlib-1.0-py3-none-any"
    for name in ("__init__.py", "engine.py", "rules.txt"):
        place.link(f"work/{tree}/strictlib/{name}", f"../../../src/strictlib/{name}")
    path_editable(place, "strictlib", "strict-project", tree)


STRICT = Layout(
    name="editable_strict",
    words="a strict editable install: a tree of links below build/, with a data file",
    argv=("app.py",),
    expected="strict: be exact\n",
    files={
        "work/project/app.py": """
            import strictlib

            def main():
                print("strict:", strictlib.rule())

            if __name__ == "__main__":
                main()
            """,
        "work/strict-project/src/strictlib/__init__.py": """
            from .engine import rule
            """,
        "work/strict-project/src/strictlib/engine.py": """
            from importlib.resources import files

            def rule():
                return files(__package__).joinpath("rules.txt").read_text().strip()
            """,
        "work/strict-project/src/strictlib/rules.txt": """
            be exact
            """,
    },
    finish=_strict,
)

SPLIT = Layout(
    name="split_namespace",
    words="one portion of a namespace is installed, the other is local",
    argv=("app.py",),
    expected="split: core 1.0 with extra\n",
    files={
        "work/project/app.py": """
            from acme.core import load

            def main():
                print("split:", load("extra"))

            if __name__ == "__main__":
                main()
            """,
        "work/project/acme/plugins/extra.py": """
            from acme.core import VERSION

            NAME = f"core {VERSION} with extra"
            """,
        "site-installed/acme/core/__init__.py": """
            import importlib

            VERSION = "1.0"

            def load(name):
                return importlib.import_module(f"acme.plugins.{name}").NAME
            """,
    },
    finish=lambda place: metadata(
        place, "acme-core", editable_root=None, record=("acme/core/__init__.py",)
    ),
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

MODULE_ENTRY = Layout(
    name="module_entry_resources",
    words="`-m` deep in a package, relative imports upwards, importlib.resources in a folder without code",
    argv=("-m", "suite.tools.entry"),
    module="suite.tools.entry",
    expected="suite: Welcome, base\n",
    files={
        "work/project/suite/__init__.py": "",
        "work/project/suite/tools/__init__.py": "",
        "work/project/suite/tools/entry.py": """
            from importlib.resources import files

            from ..core.base import NAME

            def main():
                banner = files("suite").joinpath("assets", "en", "banner.txt").read_text().strip()
                print(f"suite: {banner}, {NAME}")

            if __name__ == "__main__":
                main()
            """,
        "work/project/suite/core/__init__.py": "",
        "work/project/suite/core/base.py": """
            NAME = "base"
            """,
        "work/project/suite/assets/en/banner.txt": """
            Welcome
            """,
    },
)

EXTEND_INIT = """
    from pkgutil import extend_path

    __path__ = extend_path(__path__, __name__)
    """

EXTEND_PATH = Layout(
    name="extend_path_pth",
    words="pkgutil.extend_path over two directories, the second through a hand-made .pth",
    argv=("app.py",),
    expected="extended: alpha beta\n",
    files={
        "work/project/app.py": """
            from plug.alpha import NAME as FIRST
            from plug.beta import NAME as SECOND

            def main():
                print("extended:", FIRST, SECOND)

            if __name__ == "__main__":
                main()
            """,
        "work/project/plug/__init__.py": EXTEND_INIT,
        "work/project/plug/alpha.py": """
            NAME = "alpha"
            """,
        "work/extra/plug/__init__.py": EXTEND_INIT,
        "work/extra/plug/beta.py": """
            NAME = "beta"
            """,
    },
    finish=lambda place: _path_file(place, "local_extra.pth", "extra"),
)


def _path_file(place: Place, name: str, where: str) -> None:
    """Write a `.pth` that no distribution owns, with one directory relative to work/."""
    place.write(f"site-editable/{name}", f"{place.work / where}\n")


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

ENTRY_POINT = Layout(
    name="editable_entry_point",
    words="a plugin found through an editable install's entry point, which asks for its own version",
    argv=("app.py",),
    expected="plugins: ['tax 1.0: 119']\n",
    files={
        "work/project/app.py": """
            from importlib.metadata import entry_points

            def main():
                found = entry_points(group="shop.plugins")
                print("plugins:", [point.load()(100) for point in found])

            if __name__ == "__main__":
                main()
            """,
        "work/tax-project/src/shoptax/__init__.py": """
            from importlib.metadata import version

            __version__ = version("shop-tax")
            """,
        "work/tax-project/src/shoptax/rules.py": """
            from . import __version__
            from .rates import RATE

            def apply(amount):
                return f"tax {__version__}: {amount * (100 + RATE) // 100}"
            """,
        "work/tax-project/src/shoptax/rates.py": """
            RATE = 19
            """,
    },
    finish=lambda place: path_editable(
        place,
        "shop-tax",
        "tax-project",
        "tax-project/src",
        entry_points="[shop.plugins]\ntax = shoptax.rules:apply\n",
    ),
)

LAYOUTS = (
    FORKSERVER,
    REWRITER,
    STRICT,
    SPLIT,
    EMPTY_ENVIRONMENT,
    CHDIR_VENDORED,
    MODULE_ENTRY,
    EXTEND_PATH,
    CONFIG_AND_TEMPLATE,
    ENTRY_POINT,
)
