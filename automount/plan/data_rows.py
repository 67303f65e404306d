"""Creates the manifest's data rows, and warnings with the option that ships each unmounted file."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from automount.model import DataPolicy, DataRow, FileEntry, MountKind, Warning_
from automount.option_words import adding, including, quoted
from automount.paths import is_below, parent, parts, relative
from automount.plan.data_files import DataFile, data_files, holds_project
from automount.plan.data_places import data_places
from automount.plan.drafts import Drafts
from automount.plan.layout import placement_for
from automount.plan.plan_input import Plan, PlanInput
from automount.plan.run import PlanRun

GROUPED = 5


def data_rows(
    facts: PlanInput,
    plan: Plan,
    files: Sequence[FileEntry],
    excluded: Callable[[str, bool], bool] = lambda _path, _is_directory: False,
) -> tuple[tuple[DataRow, ...], tuple[Warning_, ...]]:
    """The manifest's data rows and warnings, once the files of the mounts are known.

    A row for each file that was read, with its remote path if some mount carries it, and for each
    listed directory that no mount holds. A warning `data-not-mounted` for each file that is not
    mounted, one for a whole directory with more than five of them; it names the option that adds it.
    `excluded` decides whether the user's patterns leave out a path (the flag: a directory).
    """
    ignored = facts.policy.data is DataPolicy.IGNORE
    run = PlanRun(facts)
    advice = _Advice(run, plan)
    carried = {entry.local: entry.remote for entry in reversed(files)}
    held = {**dict(plan.directories), **carried}
    sizes: dict[int, list[FileEntry]] = {}
    for entry in files:
        sizes.setdefault(entry.size, []).append(entry)
    rows, missing = [], []
    for row in data_files(run):
        if row.listed:
            remote = _carried_directory(run, plan, row, held, excluded)
            if remote == "":
                continue
        else:
            remote = carried.get(row.path) or _carried_as_link(run, row, sizes)
        # What the user excluded is not suggested to be added.
        is_missing = remote is None and not excluded(row.path, row.listed)
        inside = _excluded_entries(row, excluded) if is_missing and row.listed else []
        if inside:
            option: str | None = " ".join(map(including, inside))
        else:
            option = advice.option(row) if is_missing else None
        rows.append(DataRow(row.path, row.read_by, remote, option))
        if is_missing and not inside:
            missing.append(row)
    # The rows are the record of the run, which `verify` compares; only the advice can be ignored.
    return tuple(rows), () if ignored else tuple(advice.warnings(missing))


def _carried_directory(
    run: PlanRun,
    plan: Plan,
    row: DataFile,
    carried: Mapping[str, str],
    excluded: Callable[[str, bool], bool],
) -> str | None:
    """The remote path of a listed directory; "" where no row is needed, None where it is missed.

    A tree that a mount carries whole is the same remotely, and so is a directory each entry of which is
    carried. A directory without entries is not missed.
    """
    trees = [
        mount
        for mount in plan.mounts
        if mount.tree and mount.kind is not MountKind.DATA and run.below(row.path, mount.local) is not None
    ]
    if any(mount.only is None and mount.suffixes is None for mount in trees) and not _excluded_entries(
        row, excluded
    ):
        return ""
    held = [path for path in carried if is_below(path, row.path, strictly=True)]
    reached = {parts(relative(path, row.path) or "")[0] for path in held}
    if not set(row.fact.entries) - reached:
        return "" if not held else _above(carried[held[0]], len(parts(relative(held[0], row.path) or "")))
    return None


def _excluded_entries(row: DataFile, excluded: Callable[[str, bool], bool]) -> list[str]:
    """The entries of a listed directory that the user's patterns leave out: a plugin would not be found."""
    return [
        entry for entry in row.fact.entries if excluded(f"{row.path}/{entry}", entry in row.fact.directories)
    ]


def _above(path: str, steps: int) -> str:
    for _ in range(steps):
        path = parent(path)
    return path


def _carried_as_link(run: PlanRun, row: DataFile, sizes: Mapping[int, Sequence[FileEntry]]) -> str | None:
    """The remote path of a file that was read by its real path, while a mount has it under a link's name."""
    if row.size is None:
        return None
    real = run.real(row.path)
    return next((entry.remote for entry in sizes.get(row.size, ()) if run.real(entry.local) == real), None)


class _Advice:
    """Names the options that ship what is in no mount of a plan."""

    def __init__(self, run: PlanRun, plan: Plan) -> None:
        self._run = run
        self._placement = placement_for(run)
        self._placement.remember(plan.homes)
        self._drafts = Drafts.of_mounts(plan.mounts)

    def option(self, row: DataFile) -> str:
        """The command-line text of the options for one file or directory."""
        policy = self._run.policy.data
        places = data_places(self._run, self._placement, self._drafts, row)
        if not places.remotes:
            return self._rooting(places.root or "/", row)
        if row.listed and holds_project(self._run, row.path) and policy is not DataPolicy.MOUNT:
            return "--data mount"
        if row.listed:
            return adding(self._run.shown(row.path), places.remotes[0], is_directory=True)
        return " ".join(adding(self._run.shown(row.path), place) for place in places.remotes)

    def _rooting(self, root: str, row: DataFile) -> str:
        """The option for what only another workspace root can reach. `--data mount` chooses it by itself."""
        policy = self._run.policy
        if row.is_large:
            return f"--root {quoted(root)} {adding(self._run.shown(row.path))}"
        if policy.root is None and policy.data is not DataPolicy.MOUNT:
            return "--data mount"
        return f"--root {quoted(root)}"

    def warnings(self, missing: Iterable[DataFile]) -> Iterator[Warning_]:
        """One for each file and directory, or for a directory with many files."""
        run = self._run
        groups: dict[str, list[DataFile]] = {}
        missing = list(missing)
        listed = {row.path for row in missing if row.listed}
        for row in missing:
            if row.listed:
                yield self._one(row)
            elif not any(is_below(row.path, held) for held in listed):
                groups.setdefault(parent(row.path), []).append(row)
        for directory in sorted(groups):
            rows = groups[directory]
            places = data_places(run, self._placement, self._drafts, rows[0])
            # A whole project is too much for a few files of it.
            is_project = any(is_below(held, directory) for held in (run.cwd, *run.entry_directories))
            if len(rows) <= GROUPED or is_project or not places.remotes:
                yield from map(self._one, rows)
                continue
            option = adding(run.shown(directory), parent(places.remotes[0]), is_directory=True)
            yield Warning_(
                "data-not-mounted",
                f"the program read {len(rows)} files in {run.shown(directory)} that no mount carries: "
                f"add {option}{self._or_all(rows)}",
                directory,
            )

    def _one(self, row: DataFile) -> Warning_:
        shown, option = self._run.shown(row.path), self.option(row)
        if row.listed:
            inside = self._placement.known(row.path) is not None and option != "--data mount"
            message = (
                f"the directory {shown} {row.verb}, but no mount carries what is in it: "
                f"add {option}{self._or_all([row]) if inside else ''}"
            )
        elif row.size is None:
            message = (
                f"{shown} {row.verb} by the run and is no longer there, so nothing carries "
                f"it: put it back, and add {option}"
            )
        else:
            large = f" ({row.size / 1_000_000:.1f} MB, over 10 MB)" if row.is_large else ""
            by = f" by {row.read_by}" if row.read_by else ""
            message = (
                f"{shown}{large} {row.verb}{by}, but no mount carries it: add {option}{self._or_all([row])}"
            )
        return Warning_("data-not-mounted", message, row.path)

    def _or_all(self, rows: Sequence[DataFile]) -> str:
        """The end of a sentence that suggests `--data mount`, if that would ship all of the rows."""
        if self._run.policy.data is DataPolicy.MOUNT or all(row.is_large for row in rows):
            return ""
        if not all(data_places(self._run, self._placement, self._drafts, row).remotes for row in rows):
            return ""
        return ", or --data mount for all that was read"
