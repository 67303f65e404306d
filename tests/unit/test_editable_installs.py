"""What editable installs provide, read from the files that they leave in a site directory."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from machines import Machine

from automount.distributions.editable_installs import EditableInstalls


def test_what_editable_installs_provide(tmp_path: Path) -> None:
    machine = Machine(tmp_path)

    def install(name: str, files: Mapping[str, str]) -> None:
        url = json.dumps({"url": f"file://{machine.root}/{name}", "dir_info": {"editable": True}})
        listed = "".join(f"{file},,\n" for file in files)
        info = {"METADATA": f"Name: {name}\nVersion: 1\n", "direct_url.json": url, "RECORD": listed}
        machine.write(
            {**{f"{name}-1.dist-info/{file}": text for file, text in info.items()}, **files}, machine.site
        )

    src, drawer = machine.root / "shop/src", machine.root / "till/drawer"
    machine.write({"shop.py": "", "deep/__init__.py": "", "deep/part.py": ""}, src)
    machine.write({"__init__.py": ""}, drawer)
    install(
        "shop",
        {"shop.pth": f"{src}\n", "shop-1.dist-info/entry_points.txt": "[ shop.plugins ]\n[shop.plugins]\n"},
    )
    install("till", {"_till.pth": "import _till\n", "_till.py": f"MAPPING = {{'till': {str(drawer)!r}}}\n"})
    machine.write({"link.egg-link": f"{machine.root}/old\n.\n"}, machine.site)
    machine.write({"old/legacy.py": "", "old/link.egg-info/PKG-INFO": "Name: link\nVersion: 1\n"})

    found = EditableInstalls([str(machine.site)])
    assert found.module_file("shop") == f"{src}/shop.py"
    assert found.module_file("deep.part") == f"{src}/deep/part.py"
    assert found.module_file("till") == str(drawer)
    assert found.module_file("legacy") == f"{machine.root}/old/legacy.py"
    assert found.module_file("other") is None
    assert list(found.entry_points("shop.plugins")) == [f"{machine.site}/shop-1.dist-info/entry_points.txt"]
    assert list(found.entry_points("shop")) == []
    assert list(found.described("Shop")) == [f"{machine.site}/shop-1.dist-info/METADATA"]
    assert list(found.described("link")) == [f"{machine.root}/old/link.egg-info/PKG-INFO"]
    assert list(found.described("other")) == []
