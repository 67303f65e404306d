"""Layouts 26 to 30: packages in several pieces, half installed, or known by their metadata."""

from __future__ import annotations

from layouts.installs import metadata, path_editable
from layouts.model import Layout, Place


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
    finish=lambda place: metadata(place, "acme-core", editable_root=None, record=("acme/core/__init__.py",)),
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
    STRICT,
    SPLIT,
    MODULE_ENTRY,
    EXTEND_PATH,
    ENTRY_POINT,
)
