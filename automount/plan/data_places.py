"""Decides where the program will look for a data file on the remote machine."""

from __future__ import annotations

from collections.abc import Iterator

from automount.model import DataAccess, DataPolicy
from automount.paths import is_below, join, name, normal, parent, parts, relative, shared_directory
from automount.plan.claims import Mounts
from automount.plan.data_files import DataFile, data_files
from automount.plan.layout import Placement, placement_for
from automount.plan.outside import climbed_from, outside_place
from automount.plan.plan_input import PlanInput
from automount.plan.run import PlanRun
from automount.values import dataclass, replace


@dataclass(frozen=True)
class DataPlaces:
    """The remote paths at which the program will look for a file, the most likely first.

    There are none if the program goes above everything that is shipped. Then `root` is the nearest
    directory (local, absolute) that must be the workspace root for the file to be reached.
    """

    remotes: tuple[str, ...]
    root: str | None = None


def data_places(run: PlanRun, placement: Placement, mounts: Mounts, row: DataFile) -> DataPlaces:
    """Where the file has to be shipped. `mounts` has the remote path of the code that uses it.

    A file inside the layout is at its place there. Outside it, a relative name is relative to the cwd.
    An absolute path that some text of the program names can only be found at that same path; one that the
    program computed, from `__file__` or the cwd, is as far from there on the remote machine as here.
    """
    found: list[str] = []
    directory = metadata_directory(run, row)
    if directory is not None:
        found.append(join(placement.home(directory), relative(row.path, directory) or ""))
    for access in () if found else row.accesses:
        if placement.keeps_tree:
            found.extend(_in_tree(run, placement, row, access))
        else:
            found.append(_in_flat(run, placement, mounts, row, access))
    if found:
        return DataPlaces(tuple(dict.fromkeys(found)))
    return DataPlaces((), shared_directory(run.workspace, row.path))


def metadata_directory(run: PlanRun, row: DataFile) -> str | None:
    """The directory of `sys.path` in which a file is metadata of a distribution: how it is found."""
    directory = parent(parent(row.path))
    is_metadata = parent(row.path).endswith((".egg-info", ".dist-info"))
    found = is_metadata and any(directory in run.search_path(access.process) for access in row.accesses)
    return directory if found else None


def with_reachable_data(facts: PlanInput) -> PlanInput:
    """The facts, with the workspace root that `--data mount` needs: no other makes every data file reachable.

    A root that the user chose stays.
    """
    if facts.policy.data is not DataPolicy.MOUNT or facts.policy.root is not None:
        return facts
    run = PlanRun(facts)
    placement, mounts = placement_for(run), Mounts()
    roots = set()
    for row in data_files(run):
        places = data_places(run, placement, mounts, row)
        if not places.remotes and places.root is not None and not row.is_large:
            roots.add(places.root)
    return replace(facts, workspace=min(roots, key=len)) if roots else facts


def _in_tree(run: PlanRun, placement: Placement, row: DataFile, access: DataAccess) -> Iterator[str]:
    known = placement.known(row.path)
    start, steps = _named_from(run, placement, access)
    if steps is None or start is None:
        if known is not None and run.facts.named_in_texts.get(row.path) and access.named == row.path:
            yield row.path
        place = known or outside_place(run, row.path)
    else:
        place = climbed_from(start, steps)
        if place is None and shared_directory(run.workspace, row.path) is None:
            place = normal("/".join([start, *steps]))  # above `/` is `/`, there as here
    if place is not None:
        yield place
    if access.named.startswith("/"):
        yield from _seen_from_link(run, placement, access)
        yield from seen_from_resolved_links(run, placement, row.path)
        yield from _seen_from_project(run, placement, row, access)


def _named_from(
    run: PlanRun, placement: Placement, access: DataAccess
) -> tuple[str | None, list[str] | None]:
    """The remote directory that the accessed name is relative to, and the parts of that name.

    The parts are None where the name is absolute and does not climb. The directory is None where a relative
    name did not count from the first cwd, or an absolute one climbs out of a place that is not shipped.
    """
    words = access.named.split("/")
    if words[0]:
        is_from_cwd = normal(f"{run.cwd}/{access.named}") == normal(access.path)
        return (placement.remote_cwd if is_from_cwd else None), words
    if ".." not in words:
        return None, None
    cut = words.index("..")
    return placement.known("/".join(words[:cut]) or "/"), words[cut:]


def _in_flat(run: PlanRun, placement: Placement, mounts: Mounts, row: DataFile, access: DataAccess) -> str:
    """In the flat layout: below the cwd by a relative name, else as far from the asking module as here."""
    below = relative(row.path, run.cwd)
    if below and not access.named.startswith("/"):
        return join(run.root, below)
    carried = mounts.carrier(row.path)
    if carried is not None:
        return carried[1]
    reader = run.reader(access)
    file = normal(reader.record.file) if reader is not None and reader.record.file else None
    place = mounts.remote_of(file) if file is not None else None
    if file is not None and place is not None and not run.facts.named_in_texts.get(row.path):
        common = shared_directory(parent(file), row.path)
        if common is not None:
            climbs = len(parts(parent(file))) - len(parts(common))
            steps = [*[".."] * climbs, *parts(relative(row.path, common) or "")]
            climbed = climbed_from(parent(place), steps)
            if climbed is not None:
                return climbed
    return placement.known(row.path) or row.path


def _seen_from_project(
    run: PlanRun, placement: Placement, row: DataFile, access: DataAccess
) -> Iterator[str]:
    """The place of a file of the workspace relative to a project outside the workspace that uses it."""
    reader = run.reader(access)
    file = reader.record.file if reader is not None else None
    if file is None or is_below(normal(file), run.workspace):
        return
    for local, remote in placement.homes:
        below = relative(row.path, local)
        if below and is_below(normal(file), local):
            yield join(remote, below)


def _seen_from_link(run: PlanRun, placement: Placement, access: DataAccess) -> Iterator[str]:
    """The place of a file that was reached from the real path of the asking module's linked file.

    On the other machine it is a file and not a link, so what the module finds by resolving it is beside it.
    """
    reader = run.reader(access)
    file = reader.record.file if reader is not None else None
    if file is None or not file.startswith("/"):
        return
    written, real = parent(normal(file)), parent(run.real(file))
    if written == real or relative(normal(access.path), written) is not None:
        return
    climbed = 0
    holder = real
    while relative(normal(access.path), holder) is None:
        holder, climbed = parent(holder), climbed + 1
    if holder == "/":
        return
    remote = placement.known(join(written, *[".."] * climbed, relative(normal(access.path), holder) or ""))
    if remote is not None:
        yield remote


def seen_from_resolved_links(run: PlanRun, placement: Placement, path: str) -> Iterator[str]:
    """The places of a local file or directory relative to the links that the program resolved to reach it.

    Remotely such a link is a copy of what it leads to, and resolving it gives the path of that copy.
    """
    for link, real, is_directory in run.resolved_links:
        below = relative(path, real if is_directory else parent(real))
        if below is not None:
            remote = placement.known(link if is_directory else parent(link))
            is_itself = path == real and not is_directory
            if remote is not None:
                yield join(remote, name(link) if is_itself else below)
        elif is_directory and (beside := relative(path, parent(real))) is not None:
            # A neighbour of the target, unless the link has a neighbour of that name.
            neighbour = join(parent(link), beside)
            remote = None if run.facts.locate(neighbour).exists else placement.known(neighbour)
            if remote is not None:
                yield remote
