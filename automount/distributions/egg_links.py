"""The development installs of old setuptools: an `.egg-link`, a line in easy-install.pth, no dist-info."""

from __future__ import annotations

import os
from functools import cached_property

from automount.distribution_names import canonical
from automount.distributions.bounded import Damage, text_of
from automount.distributions.metadata import Metadata
from automount.late_patterns import late_pattern
from automount.model import Distribution
from automount.paths import join, name
from automount.untrusted import open_regular
from automount.values import dataclass

# The second line of a command: an entry point's launcher names the distribution, that of a script its version
# as well.
_COMMAND_OF = late_pattern(r"# EASY-INSTALL-(?:ENTRY|DEV)-SCRIPT: '([^'=]+)(?:==[^']*)?','")

# In bytes: a first line that names an interpreter, and the second line.
_HEAD = 8192


def developed_by(path: str) -> str | None:
    """The distribution whose `setup.py develop` wrote the command at `path`; None for other files."""
    try:
        with open_regular(path) as file:
            head = file.read(_HEAD)
    except OSError:
        return None
    found = _COMMAND_OF.match(head.decode("utf-8", "replace").partition("\n")[2])
    return found[1] if found is not None else None


@dataclass(frozen=True)
class EggLink:
    """One `.egg-link`: `path` is the link, `source` the directory that went onto `sys.path`."""

    path: str
    source: str
    distribution: Distribution

    @classmethod
    def read(cls, path: str, damage: Damage) -> EggLink | None:
        """The link at `path`; None where its source directory does not exist.

        What is wrong with a damaged link goes into `damage`.
        The first line is the directory of the egg-info, the second leads from there to `setup.py`.
        """
        text = text_of(path, damage, errors="surrogateescape")
        lines = [line.strip() for line in (text or "").split("\n")]
        if not lines or not lines[0] or not os.path.isdir(lines[0]):
            return None
        source = os.path.normpath(lines[0])
        project = os.path.normpath(join(source, lines[1])) if len(lines) > 1 and lines[1] else source
        stem = name(path).rpartition(".")[0]
        described = _described(source, stem)
        return cls(
            path,
            source,
            Distribution(
                name=described.name if described else stem,
                version=described.version if described else "",
                metadata_path=path,
                editable=True,
                project_root=project,
                described_in=described.metadata_path if described else None,
            ),
        )

    @cached_property
    def metadata(self) -> Metadata | None:
        """The egg-info in the source; None where it is missing."""
        described = self.distribution.described_in
        return Metadata(described, self.source) if described is not None else None

    def wrote(self, path: str) -> bool:
        """Whether the file at `path` is a command that the installation of this distribution wrote."""
        owner = developed_by(path)
        return owner is not None and canonical(owner) == canonical(self.distribution.name)


def _described(source: str, stem: str) -> Distribution | None:
    """The distribution that the egg-info in the source describes, if it is there."""
    try:
        entries = sorted(os.listdir(source))
    except OSError:
        return None
    for entry in entries:
        metadata = Metadata(join(source, entry), source)
        if entry.endswith(".egg-info") and canonical(metadata.stem) == canonical(stem):
            return metadata.described
    return None
