"""A machine's site directories, which contain only the metadata that a test writes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from automount.distributions import (
    InstalledIndex,
    index_for,
)
from automount.model import Environment
from automount.origins import OwnedAs

PKG_INFO = "Metadata-Version: 2.1\nName: {}\nVersion: {}\n"


class Machine:
    """A virtual environment below a temporary directory, with nothing in it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.prefix = root / "venv"
        self.site = self.prefix / "lib" / "python3.11" / "site-packages"
        self.app = root / "app"
        self.stdlib = root / "python" / "lib" / "python3.11"
        for directory in (self.site, self.app, self.stdlib):
            directory.mkdir(parents=True)

    def environment(self, *path: Path, user_site: Path | None = None) -> Environment:
        return Environment(
            python="3.11.7",
            implementation="cpython",
            executable=f"{self.prefix}/bin/python",
            platform="linux",
            prefix=str(self.prefix),
            base_prefix=f"{self.root}/python",
            exec_prefix=str(self.prefix),
            base_exec_prefix=f"{self.root}/python",
            stdlib=(str(self.stdlib),),
            site_dirs=(str(self.site),),
            user_site=str(user_site) if user_site else None,
            path=("app", *map(str, path), str(self.stdlib), str(self.site)),
            cwd=str(self.root),
        )

    def index(self, *path: Path, user_site: Path | None = None) -> InstalledIndex:
        return index_for(self.environment(*path, user_site=user_site))

    def write(self, files: Mapping[str, str], base: Path | None = None) -> None:
        for name, text in files.items():
            path = (base or self.root) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")

    def install(
        self,
        name: str,
        version: str,
        files: Mapping[str, str],
        *,
        base: Path | None = None,
        listed: tuple[str, ...] = (),
        direct_url: Mapping[str, object] | None = None,
        record: bool = True,
    ) -> Path:
        """A distribution as a wheel's installer leaves it; `listed` adds lines to its RECORD."""
        base = base or self.site
        metadata = f"{name}-{version}.dist-info"
        self.write(files, base)
        self.write(
            {f"{metadata}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"}, base
        )
        if direct_url is not None:
            self.write({f"{metadata}/direct_url.json": json.dumps(direct_url)}, base)
        if record:
            lines = [f"{file},sha256=abc,1" for file in files]
            lines += [f"{metadata}/METADATA,,", f"{metadata}/RECORD,,", *listed]
            self.write({f"{metadata}/RECORD": "\n".join(lines) + "\n"}, base)
        return base / metadata

    def install_editable(
        self, name: str, project: Path, files: Mapping[str, str], listed: tuple[str, ...] = ()
    ) -> Path:
        direct_url = {"url": project.as_uri(), "dir_info": {"editable": True}}
        return self.install(name, "1.0", files, listed=listed, direct_url=direct_url)


def owner_row(index: InstalledIndex, path: Path | str) -> tuple[str, str, OwnedAs] | None:
    found = index.owner(str(path))
    return (found.distribution.name, found.entry, found.owned_as) if found else None
