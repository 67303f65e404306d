"""The editable layouts: one small shop, packaged with every build backend that has a layout of its own."""

from __future__ import annotations

from collections.abc import Mapping

from layouts import Layout, LayoutCase

UV_EDITABLE = ("{uv}", "pip", "install", "--quiet", "--python", "{python}", "--editable", "project")
PIP = ("{tools_python}", "-m", "pip", "--python", "{python}", "install", "--quiet")
SETUPTOOLS = "setuptools==84.2.1"
PACKAGE = {
    "__init__.py": 'from .prices import total\n\nNAME = "shop"\n',
    "prices.py": (
        "from pathlib import Path\n\n\ndef total():\n"
        '    return int((Path(__file__).parent / "rates.txt").read_text()) * 2\n'
    ),
    "rates.txt": "21\n",
}
APP = "import shop\n\nprint(shop.NAME, shop.total())\n"
SHIPPED = ("/root/app.py", "/root/shop/__init__.py", "/root/shop/prices.py", "/root/shop/rates.txt")


def editable_case(
    layout: Layout,
    *,
    modules: Mapping[str, tuple[str, str]],
    output: str = "shop 42\n",
    remote: tuple[str, ...] = SHIPPED,
    labels: tuple[str, ...] = ("PythonPackage:shop", "app.py"),
    shims: tuple[str, ...] = (),
    requirements: tuple[str, ...] = (),
) -> LayoutCase:
    """A case about the shop, installed editable. `shims` are helper modules, seen and never mounted."""
    helpers = {name: ("editable-shim", f"{{site}}/{name}.py") for name in shims}
    return LayoutCase(
        layout, output, remote, {**modules, **helpers}, labels, ("shop-dist", "1.0"), requirements
    )


def package(directory: str) -> dict[str, str]:
    """The shop's package at `directory` of the project."""
    return {f"project/{directory}/{name}": text for name, text in PACKAGE.items()}


def project(requires: str, backend: str, more: str = "", name: str = "shop-dist") -> dict[str, str]:
    """The program, and a pyproject.toml for one backend."""
    return {
        "app/app.py": APP,
        "project/pyproject.toml": (
            f'[build-system]\nrequires = [{requires}]\nbuild-backend = "{backend}"\n\n'
            f'[project]\nname = "{name}"\nversion = "1.0"\ndescription = "A shop"\n{more}'
        ),
    }


def _setuptools(more: str) -> dict[str, str]:
    return project(f'"{SETUPTOOLS}"', "setuptools.build_meta", more)


def _mode(mode: str) -> tuple[str, ...]:
    return (*UV_EDITABLE, "--config-setting", f"editable_mode={mode}")


def shop_modules(directory: str) -> dict[str, tuple[str, str]]:
    return {
        "shop": ("editable", f"{directory}/__init__.py"),
        "shop.prices": ("editable", f"{directory}/prices.py"),
    }


SRC = "[tool.setuptools.packages.find]\nwhere = ['src']\n"
FLAT = "[tool.setuptools]\npackages = ['shop']\n"
LOOSE = {"project/notes/plan.txt": "not shipped\n", "project/scripts/tool.py": "raise SystemExit\n"}
SETUPTOOLS_CASES = (
    editable_case(
        Layout(
            "setuptools-src-pip",
            {**_setuptools(SRC), **package("src/shop"), **LOOSE},
            ((*PIP, "--editable", "project"),),
        ),
        modules=shop_modules("project/src/shop"),
    ),
    editable_case(
        Layout("setuptools-flat", {**_setuptools(FLAT), **package("shop"), **LOOSE}, (UV_EDITABLE,)),
        modules=shop_modules("project/shop"),
        shims=("__editable___shop_dist_1_0_finder",),
    ),
    editable_case(
        Layout(
            "setuptools-package-dir",
            {
                **_setuptools(
                    "[tool.setuptools]\npackages = ['shop', 'shop.till']\n"
                    "[tool.setuptools.package-dir]\nshop = 'lib/goods'\n'shop.till' = 'drawer'\n"
                ),
                **package("lib/goods"),
                "project/drawer/__init__.py": "from .coins import COINS\n",
                "project/drawer/coins.py": "COINS = 3\n",
                "app/app.py": "import shop.till\n" + APP,
            },
            (UV_EDITABLE,),
        ),
        modules={
            **shop_modules("project/lib/goods"),
            "shop.till.coins": ("editable", "project/drawer/coins.py"),
        },
        remote=(*SHIPPED, "/root/shop/till/__init__.py", "/root/shop/till/coins.py"),
        labels=("PythonPackage:shop", "PythonPackage:shop.till", "app.py"),
        shims=("__editable___shop_dist_1_0_finder",),
    ),
    editable_case(
        Layout(
            "setuptools-py-modules",
            {
                **_setuptools("[tool.setuptools]\npy-modules = ['till', 'drawer']\n"),
                "project/till.py": "import drawer\nCOINS = drawer.COINS\n",
                "project/drawer.py": "COINS = 3\n",
                "project/unrelated.py": "raise SystemExit\n",
                "app/app.py": "import till\n\nprint(till.COINS)\n",
            },
            (UV_EDITABLE,),
        ),
        output="3\n",
        modules={"till": ("editable", "project/till.py"), "drawer": ("editable", "project/drawer.py")},
        remote=("/root/app.py", "/root/drawer.py", "/root/till.py"),
        labels=("PythonModule:drawer", "PythonModule:till", "app.py"),
        shims=("__editable___shop_dist_1_0_finder",),
    ),
    editable_case(
        Layout(
            "setuptools-namespace",
            {
                **_setuptools("[tool.setuptools]\npackages = ['acme.shop']\n"),
                **package("acme/shop"),
                "app/app.py": "import acme.shop as shop\n\nprint(shop.NAME, shop.total())\n",
            },
            (UV_EDITABLE,),
        ),
        modules={
            "acme.shop": ("editable", "project/acme/shop/__init__.py"),
            "acme.shop.prices": ("editable", "project/acme/shop/prices.py"),
        },
        remote=(
            "/root/acme/shop/__init__.py",
            "/root/acme/shop/prices.py",
            "/root/acme/shop/rates.txt",
            "/root/app.py",
        ),
        labels=("PythonPackage:acme.shop", "app.py"),
        shims=("__editable___shop_dist_1_0_finder",),
    ),
    editable_case(
        Layout(
            "setuptools-strict",
            {
                **_setuptools(SRC + "[tool.setuptools.package-data]\nshop = ['*.txt']\n"),
                **package("src/shop"),
            },
            (_mode("strict"),),
        ),
        modules=shop_modules("project/build/__editable__.shop_dist-1.0-py3-none-any/shop"),
    ),
    editable_case(
        Layout("setuptools-compat", {**_setuptools(SRC), **package("src/shop")}, (_mode("compat"),)),
        modules=shop_modules("project/src/shop"),
    ),
    editable_case(
        Layout(
            "setup-py-develop",
            {
                "app/app.py": APP,
                **package("src/shop"),
                "project/setup.py": (
                    "from setuptools import setup\n"
                    "setup(name='shop-dist', version='1.0', packages=['shop'], package_dir={'': 'src'},\n"
                    "      package_data={'shop': ['rates.txt']})\n"
                ),
            },
            (
                ("{uv}", "pip", "install", "--quiet", "--python", "{python}", "setuptools==58.5.3"),
                ("{uv}", "pip", "install", "--quiet", "--python", "{python}", "pip==21.3.1"),
                (
                    "{python}", "-m", "pip", "install", "--quiet", "--no-use-pep517",
                    "--no-build-isolation", "--editable", "project",
                ),
            ),
            interpreter="3.11",
        ),
        modules=shop_modules("project/src/shop"),
    ),
)  # fmt: skip
HATCH = "[tool.hatch.build.targets.wheel]\npackages = ['src/shop']\n"
PDM = "[tool.pdm.build]\npackage-dir = 'src'\nincludes = ['src/shop']\n"
PURE_CASES = (
    editable_case(
        Layout(
            "hatchling-pip",
            {**project('"hatchling==1.33.0"', "hatchling.build", HATCH), **package("src/shop")},
            ((*PIP, "--editable", "project"),),
        ),
        modules=shop_modules("project/src/shop"),
    ),
    editable_case(
        Layout(
            "hatchling-exact",
            {
                **project(
                    '"hatchling==1.33.0"', "hatchling.build",
                    HATCH + "[tool.hatch.build]\ndev-mode-exact = true\n",
                ),
                **package("src/shop"),
            },
            ((*PIP, "--editable", "project"),),
        ),
        modules=shop_modules("project/src/shop"),
        shims=("_editable_impl_shop_dist",),
        requirements=("editables",),
    ),
    editable_case(
        Layout(
            "flit",
            {
                **project('"flit_core==4.2.0"', "flit_core.buildapi", "[tool.flit.module]\nname = 'shop'\n"),
                **package("src/shop"),
            },
            (UV_EDITABLE,),
        ),
        modules=shop_modules("project/src/shop"),
    ),
    editable_case(
        Layout(
            "flit-symlink",
            {
                **project('"flit_core==4.2.0"', "flit_core.buildapi", "[tool.flit.module]\nname = 'shop'\n"),
                **package("src/shop"),
            },
            (("{flit}", "-f", "project/pyproject.toml", "install", "--symlink", "--python", "{python}"),),
            environ={"FLIT_ROOT_INSTALL": "1"},
        ),
        modules=shop_modules("{site}/shop"),
    ),
    editable_case(
        Layout(
            "flit-pth-file",
            {
                **project('"flit_core==4.2.0"', "flit_core.buildapi", "[tool.flit.module]\nname = 'shop'\n"),
                **package("src/shop"),
            },
            (("{flit}", "-f", "project/pyproject.toml", "install", "--pth-file", "--python", "{python}"),),
            environ={"FLIT_ROOT_INSTALL": "1"},
        ),
        modules=shop_modules("project/src/shop"),
    ),
    editable_case(
        Layout(
            "poetry-core",
            {
                **project(
                    '"poetry-core==2.5.0"', "poetry.core.masonry.api",
                    "[tool.poetry]\npackages = [{ include = 'shop', from = 'src' }]\n",
                ),
                **package("src/shop"),
            },
            (UV_EDITABLE,),
        ),
        modules=shop_modules("project/src/shop"),
    ),
    editable_case(
        Layout(
            "pdm-path",
            {**project('"pdm-backend==2.5.0"', "pdm.backend", PDM), **package("src/shop")},
            (UV_EDITABLE,),
        ),
        modules=shop_modules("project/src/shop"),
    ),
    editable_case(
        Layout(
            "pdm-editables",
            {
                **project('"pdm-backend==2.5.0"', "pdm.backend", PDM + "editable-backend = 'editables'\n"),
                **package("src/shop"),
            },
            ((*PIP, "--editable", "project"),),
        ),
        modules=shop_modules("project/src/shop"),
        shims=("_editable_impl_shop_dist",),
        requirements=("editables",),
    ),
    editable_case(
        Layout(
            "uv-build",
            {
                **project(
                    '"uv_build==0.13.6"', "uv_build", "[tool.uv.build-backend]\nmodule-name = 'shop'\n"
                ),
                **package("src/shop"),
            },
            (UV_EDITABLE,),
        ),
        modules=shop_modules("project/src/shop"),
    ),
)  # fmt: skip
