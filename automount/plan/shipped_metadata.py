"""Makes the claims of metadata: of editable distributions, where the program read it or on request.

Vendored distributions ship theirs, and the shared libraries that they keep beside their packages.

What makes an editable install work here (RECORD, direct_url.json, finders) would be wrong elsewhere and is
never shipped. What programs read with `importlib.metadata`, the version and the entry points, is right there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from automount.distribution_names import canonical
from automount.model import Disposition, Distribution, EditablePolicy, MountKind, Origin
from automount.paths import is_below, join, name, normal, parent
from automount.plan.claims import Claim, Reason
from automount.plan.run import PlanRun
from automount.values import dataclass

_DIST_INFO = ".dist-info"
_SHIPPED = ("METADATA", "entry_points.txt", "top_level.txt")
# What an `.egg-info` calls the file that a `.dist-info` calls METADATA.
_EGG_METADATA = "PKG-INFO"


@dataclass(frozen=True)
class _Described:
    """A mounted editable distribution, its metadata directory, and one of its mounts."""

    distribution: Distribution
    directory: str
    mount: Claim


def metadata_claims(run: PlanRun, mounts: Iterable[Claim], sys_path: Sequence[str]) -> Iterator[Claim]:
    """A claim for each metadata file, on the `sys.path` row of its distribution's modules.

    Of all mounted editable distributions under `--editable full`; by default of those whose metadata the
    program read.
    """
    for row, why in _wanted(run, mounts):
        homes = [home for home in sys_path if is_below(row.mount.remote, home)]
        remote = join(max(homes, key=len, default=run.root), _directory_name(row))
        for file in (_EGG_METADATA, *_SHIPPED):
            local = join(row.directory, file)
            if run.facts.locate(local).exists:
                place = join(remote, _SHIPPED[0] if file == _EGG_METADATA else file)
                yield metadata_claim(row.mount, row.distribution, local, place, why)


def metadata_files(run: PlanRun, mounts: Iterable[Claim]) -> frozenset[str]:
    """The local files that `metadata_claims` ships, where they exist."""
    names = (_EGG_METADATA, *_SHIPPED)
    return frozenset(join(row.directory, file) for row, _ in _wanted(run, mounts) for file in names)


def _wanted(run: PlanRun, mounts: Iterable[Claim]) -> Iterator[tuple[_Described, str]]:
    """The distributions of which the metadata is shipped, with the reason."""
    if run.policy.editable is EditablePolicy.SKIP:
        return
    read = set(map(parent, run.paths_of("read")))
    for row in _described(run, mounts):
        if run.policy.editable is EditablePolicy.FULL:
            yield row, "requested by --editable full"
        elif row.directory in read:
            yield row, "which the program read"


def metadata_claim(mount: Claim, distribution: Distribution, local: str, remote: str, why: str) -> Claim:
    """The claim of a metadata file of a distribution that the mount ships."""
    reason, label = Reason(f"the metadata of {distribution.name}, {why}"), f"Metadata:{distribution.name}"
    before, kind = mount.precedence.as_import, MountKind.FILE
    return Claim.at(before, kind, local, remote, reason, label=label, distribution=distribution)


def _described(run: PlanRun, mounts: Iterable[Claim]) -> Iterable[_Described]:
    """Each mounted editable distribution that has a metadata directory, once, by its name."""
    found: dict[str, _Described] = {}
    for mount in sorted(mounts, key=lambda mount: (mount.precedence, mount.order)):
        distribution = mount.distribution
        if distribution is None or not distribution.editable:
            continue
        directory = normal(distribution.described_in or distribution.metadata_path)
        if run.is_directory(directory):
            found.setdefault(directory, _Described(distribution, directory, mount))
    return [found[directory] for directory in sorted(found)]


def _directory_name(row: _Described) -> str:
    """`shop_tax-1.0.dist-info`: its own name, or what an installer would make of an `.egg-info`."""
    if row.directory.endswith(_DIST_INFO):
        return name(row.directory)
    distribution = row.distribution
    escaped = canonical(distribution.name).replace("-", "_")
    return f"{escaped}-{distribution.version}{_DIST_INFO}"


def vendored_claims(run: PlanRun, carried: Iterable[tuple[Disposition, Claim]]) -> Iterator[Claim]:
    """The claims of what vendored distributions keep beside their packages: shared libraries, and metadata.

    The metadata only where the program read it. `carried` are the shipped modules, each with its mount.
    """
    read = sorted(run.paths_of("read"))
    for disposition, mount in carried:
        owner = disposition.distribution
        if disposition.origin is not Origin.VENDORED or owner is None:
            continue
        directory, remote = parent(mount.local), parent(mount.remote)
        before, kind = mount.precedence.as_import, MountKind.DIRECTORY
        for libraries in run.facts.libraries.get(owner.metadata_path, ()):
            if parent(libraries) == directory:
                place, why = (
                    join(remote, name(libraries)),
                    Reason(f"{owner.name} keeps shared libraries there"),
                )
                yield Claim.at(before, kind, libraries, place, why, tree=True, distribution=owner)
        metadata = normal(owner.metadata_path)
        for file in read if parent(metadata) == directory else ():
            if parent(file) == metadata:
                place = join(remote, name(metadata), name(file))
                yield metadata_claim(mount, owner, file, place, "which the program read")
