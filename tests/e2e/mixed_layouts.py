"""Layouts in which some of the packages are installed, and some are editable or local."""

from __future__ import annotations

from editable_layouts import APP, HATCH, SHIPPED, UV_EDITABLE, package, project
from installed_layouts import DEP, INSTALLED, ONLY_APP, UV_INSTALL
from layouts import Layout, LayoutCase

# Editable and ordinary installs side by side.
MIXED_FILES = {
    **project('"hatchling==1.33.0"', "hatchling.build", HATCH),
    **package("src/shop"),
    **DEP,
    "app/app.py": "import dep\n" + APP,
}
SHOP_MODULES = {
    "shop": ("editable", "project/src/shop/__init__.py"),
    "shop.prices": ("editable", "project/src/shop/prices.py"),
    **INSTALLED,
}
MIXED_CASES = (
    LayoutCase(
        Layout(
            "environment-inside-editable-project",
            MIXED_FILES,
            (
                ("{uv}", "venv", "--quiet", "--no-project", "--python", "{base_python}", "project/.venv"),
                (
                    "{uv}", "pip", "install", "--quiet", "--python", "project/.venv/bin/python",
                    "--editable", "project", "./dep",
                ),
            ),
        ),
        "shop 42\n",
        SHIPPED,
        SHOP_MODULES,
        ("PythonPackage:shop", "app.py"),
        ("shop-dist", "1.0"),
        ("dep-dist",),
        python="{root}/project/.venv/bin/python",
    ),
    LayoutCase(
        Layout(
            "editable-inside-editable",
            {
                **MIXED_FILES,
                "project/parts/bolts/pyproject.toml": (
                    '[build-system]\nrequires = ["hatchling==1.33.0"]\nbuild-backend = "hatchling.build"\n\n'
                    '[project]\nname = "bolts-dist"\nversion = "3.0"\n\n'
                    '[tool.hatch.build.targets.wheel]\npackages = ["bolts"]\n'
                ),
                "project/parts/bolts/bolts/__init__.py": "SIZE = 8\n",
                "app/app.py": "import bolts\n\nprint(bolts.SIZE)\n",
            },
            (UV_EDITABLE, (*UV_INSTALL, "--editable", "project/parts/bolts")),
        ),
        "8\n",
        ("/root/app.py", "/root/bolts/__init__.py"),
        {"bolts": ("editable", "project/parts/bolts/bolts/__init__.py")},
        ("PythonPackage:bolts", "app.py"),
        ("bolts-dist", "3.0"),
        project="project/parts/bolts",
    ),
    LayoutCase(
        Layout("editable-skip", MIXED_FILES, (UV_EDITABLE, (*UV_INSTALL, "./dep"))),
        "shop 42\n",
        ONLY_APP,
        SHOP_MODULES,
        ("app.py",),
        None,
        ("dep-dist", "shop-dist"),
        options=("--editable", "skip"),
    ),
)  # fmt: skip
