"""The development installs of old setuptools: an `.egg-link`, a line in easy-install.pth, no dist-info."""

from __future__ import annotations

import os

from automount.distribution_names import canonical
from automount.distributions.bounded import Damage, text_of
from automount.distributions.metadata import Metadata
from automount.model import Distribution
from automount.paths import join, name
from automount.values import dataclass


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
