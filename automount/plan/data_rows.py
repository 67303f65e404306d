"""Creates the manifest's data rows, and warnings with the option that ships each unmounted file."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property

from automount.model import DataPolicy, DataRow, FileEntry, MountKind, Skipped, Warning_
from automount.option_words import INSTALLATION_REMEDY, adding, including, quoted
from automount.paths import is_below, join, name, parent
from automount.plan.claims import Mounts
from automount.plan.data_files import INSTALLATION_FILES, DataFile, data_files, holds_project
from automount.plan.data_places import data_places, metadata_directory
from automount.plan.layout import placement_for
from automount.plan.plan_input import Plan, PlanInput
from automount.plan.run import PlanRun

GROUPED = 5
NAMED = 3
# The option for what no option of its own can ship.
_ALL = "--data mount"


def data_rows(
    facts: PlanInput,
    plan: Plan,
    files: Sequence[FileEntry],
    excluded: Callable[[str, bool], Skipped | None] = lambda _path, _is_directory: None,
) -> tuple[tuple[DataRow, ...], tuple[Warning_, ...]]:
    """The manifest's data rows and warnings, once the files of the mounts are known.

    A row for each file that was read, with its remote path if some mount contains it, and for each
    listed directory that no mount holds. A warning `data-not-mounted` for each file that is not
    mounted, one for a whole directory with more than five of them; it names the option that adds it. A
    warning `excluded-but-loaded` for each file that the user's patterns leave out.
    `excluded` gives what the patterns leave out at or above a path (the flag: a directory).
    """
    ignored = facts.policy.data is DataPolicy.IGNORE
    run = PlanRun(facts)
    advice = _Advice(run, plan, files)
    carried = {entry.local: entry.remote for entry in reversed(files)}
    listings = _Listings(run, {**dict(plan.directories), **carried}, excluded)
    sizes: dict[int, list[FileEntry]] = {}
    for entry in files:
        sizes.setdefault(entry.size, []).append(entry)
    rows: list[DataRow] = []
    missing: dict[DataFile, Sequence[str]] = {}
    refused: list[Warning_] = []
    misplaced: list[Warning_] = []
    for row in data_files(run):
        left_out: tuple[str, ...] = ()
        if row.listed:
            left_out = listings.left_out(row)
            remote = None if left_out else listings.remote(row)
            if not left_out and (remote is None or _is_in_tree(run, plan, row)):
                continue
        else:
            remote = carried.get(row.path) or _carried_as_link(run, row, sizes)
            if row.is_shim and remote:
                continue
        pattern = None if remote is not None else excluded(row.path, row.listed)
        is_missing = remote is None and pattern is None
        inside = listings.excluded(row, left_out) if is_missing else []
        is_shippable = is_missing and not row.is_consumed and not row.is_shim
        if inside:
            option: str | None = " ".join(map(including, inside))
        else:
            option = advice.option(row, left_out) if is_shippable else None
        if remote is not None and not row.listed:
            option = advice.option_for_misplaced(row)
            if option is not None:
                misplaced.append(advice.of_misplaced(row, remote, option))
        if pattern is not None and not (row.listed or row.is_consumed or row.is_shim):
            refused.append(_of_excluded(row, pattern))
        rows.append(DataRow(row.path, row.read_by, remote, option))
        if is_missing and not inside:
            missing[row] = left_out
    known = {row.local for row in rows}
    rows += [DataRow(link, by, None) for link, by in run.read_links.items() if link not in known]
    # The rows are the record of the run, which `verify` compares; only the advice can be ignored.
    return tuple(rows), () if ignored else (*advice.warnings(missing), *refused, *misplaced)


def _is_in_tree(run: PlanRun, plan: Plan, row: DataFile) -> bool:
    """Whether a directory is in a tree of code that some mount contains whole, so that it needs no row."""
    return any(
        mount.tree
        and mount.kind is not MountKind.DATA
        and mount.only is None
        and mount.suffixes is None
        and run.below(row.path, mount.local) is not None
        for mount in plan.mounts
    )


class _Listings:
    """Compares the names in listed directories with what is carried (local path -> remote path)."""

    def __init__(
        self, run: PlanRun, carried: Mapping[str, str], excluded: Callable[[str, bool], Skipped | None]
    ) -> None:
        self._run = run
        self._excluded = excluded
        self._carried = carried

    @cached_property
    def _below(self) -> tuple[dict[str, set[str]], dict[str, str]]:
        """The names that are carried in each local directory, and its remote path.

        Made where the program listed a directory at all: it is every file with all directories above it.
        """
        names: dict[str, set[str]] = {}
        remotes: dict[str, str] = {}
        for local, remote in self._carried.items():
            while local not in ("/", ""):
                local, below = parent(local), name(local)
                remote = parent(remote)
                known = names.setdefault(local, set())
                if below in known:
                    break
                known.add(below)
                remotes.setdefault(local, remote)
        return names, remotes

    @property
    def _names(self) -> dict[str, set[str]]:
        return self._below[0]

    @cached_property
    def _by_real_path(self) -> dict[str, set[str]]:
        return {self._run.real(directory): names for directory, names in self._names.items()}

    def remote(self, row: DataFile) -> str | None:
        """The remote path of a directory from which something is shipped."""
        return self._below[1].get(row.path)

    def left_out(self, row: DataFile) -> tuple[str, ...]:
        """The names that are missing remotely, sorted. Byte code is left out beside its source, from which
        Python makes it again."""
        fact = row.fact
        reached = self._names.get(row.path) or self._by_real_path.get(self._run.real(row.path), set())
        return tuple(
            entry
            for entry in sorted(set(fact.entries) - reached)
            if not (entry.endswith(".pyc") and entry[:-1] in fact.entries)
        )

    def excluded(self, row: DataFile, names: Iterable[str]) -> list[str]:
        """Those of the names that the user's patterns leave out: a plugin would not be found."""
        return [
            entry for entry in names if self._excluded(join(row.path, entry), entry in row.fact.directories)
        ]


def _carried_as_link(run: PlanRun, row: DataFile, sizes: Mapping[int, Sequence[FileEntry]]) -> str | None:
    """The remote path of a file that was read by its real path, while a mount has it under a link's name."""
    if row.size is None:
        return None
    real = run.real(row.path)
    return next((entry.remote for entry in sizes.get(row.size, ()) if run.real(entry.local) == real), None)


def _of_metadata(row: DataFile) -> Warning_:
    distribution = name(parent(row.path)).partition("-")[0].removesuffix(".egg-info")
    if row.path.endswith(INSTALLATION_FILES):
        return Warning_(
            "data-not-mounted",
            f"{name(row.path)} of the editable install {distribution} was read by {row.read_by}. It "
            f"describes the installation on this machine and is never shipped: {INSTALLATION_REMEDY}",
            row.path,
        )
    return Warning_(
        "data-not-mounted",
        f"the metadata of the editable install {distribution} was read by {row.read_by}, but no module of it "
        "is shipped: add its package with --add-package, or install it where the program runs",
        row.path,
    )


def _of_excluded(row: DataFile, pattern: Skipped) -> Warning_:
    """The warning about a file that the program used and a pattern leaves out.

    It names no option: what the user left out on purpose is not suggested to be added.
    """
    return Warning_(
        "excluded-but-loaded",
        f"{row.path} {row.use}, but is excluded by {pattern.detail}: the program will not find it",
        row.path,
    )


class _Advice:
    """Names the options that ship what is in no mount of a plan."""

    def __init__(self, run: PlanRun, plan: Plan, files: Sequence[FileEntry]) -> None:
        self._run = run
        self._placement = placement_for(run)
        self._placement.remember(plan.homes)
        # Where the user named no place, nothing is misplaced.
        self._by_hand = {number for number, mount in enumerate(plan.mounts) if mount.by_hand}
        self._remotes = {entry.remote for entry in files} if self._by_hand else set()
        self._mounts_of: dict[str, set[int]] = {}
        for entry in files if self._by_hand else ():
            self._mounts_of.setdefault(entry.local, set()).update(entry.mounts)
        self._mounts = Mounts.of_plan(plan.mounts)

    def option_for_misplaced(self, row: DataFile) -> str | None:
        """The option for a file that the user placed where the program does not look for it.

        None where something is shipped to a place at which the program looks.
        """
        mounts = self._mounts_of.get(row.path)
        if not mounts or not self._placement.keeps_tree or not mounts <= self._by_hand:
            return None
        places = data_places(self._run, self._placement, self._mounts, row).remotes
        if not places or not self._remotes.isdisjoint(places):
            return None
        return adding(self._run.shown(row.path), places[0])

    def of_misplaced(self, row: DataFile, remote: str, option: str) -> Warning_:
        """The warning about a file that is shipped to where the program does not look for it."""
        return Warning_(
            "data-not-mounted",
            f"{self._run.shown(row.path)} {row.use} and is shipped to {remote}, where the program does "
            f"not look for it: add {option}",
            row.path,
        )

    def option(self, row: DataFile, left_out: Sequence[str] = ()) -> str:
        """The command-line text of the options for one file or directory; `left_out` are names in it."""
        policy = self._run.policy.data
        places = data_places(self._run, self._placement, self._mounts, row)
        if not places.remotes:
            return self._rooting(places.root or "/", row)
        # `--add-dir` would ship a whole project, and leaves out names that begin with a dot.
        is_only_listed = holds_project(self._run, row.path) or any(one.startswith(".") for one in left_out)
        is_metadata = metadata_directory(self._run, row) is not None
        if (is_metadata or (row.listed and is_only_listed)) and policy is not DataPolicy.MOUNT:
            return _ALL
        if row.listed:
            return adding(self._run.shown(row.path), places.remotes[0], is_directory=True)
        return " ".join(adding(self._run.shown(row.path), place) for place in places.remotes)

    def _rooting(self, root: str, row: DataFile) -> str:
        """The option for what only another workspace root can reach. `--data mount` chooses it by itself."""
        policy = self._run.policy
        if row.is_large:
            return f"--root {quoted(root)} {adding(self._run.shown(row.path))}"
        if policy.root is None and policy.data is not DataPolicy.MOUNT:
            return _ALL
        return f"--root {quoted(root)}"

    def warnings(self, missing: Mapping[DataFile, Sequence[str]]) -> Iterator[Warning_]:
        """One for each file and directory, or for a directory with many files.

        `missing` maps what is not carried to the names in it that are left out.
        """
        run = self._run
        groups: dict[str, list[DataFile]] = {}
        listed = {row.path for row in missing if row.listed}
        for row, left_out in missing.items():
            if row.listed:
                if not self._is_shipped_with_another(row, left_out, listed):
                    yield self._of_directory(row, left_out)
            elif row.is_consumed or not any(is_below(row.path, directory) for directory in listed):
                groups.setdefault(parent(row.path), []).append(row)
        for directory in sorted(groups):
            consumed = [row for row in groups[directory] if row.is_consumed]
            rows = [row for row in groups[directory] if not row.is_consumed and not row.is_shim]
            yield from (_of_metadata(row) for row in groups[directory] if row.is_shim)
            if consumed:
                yield self._of_consumed(directory, consumed)
            if not rows:
                continue
            places = data_places(run, self._placement, self._mounts, rows[0])
            # A whole project is too much for a few files of it.
            if len(rows) <= GROUPED or holds_project(run, directory) or not places.remotes:
                yield from map(self._one, rows)
                continue
            option = adding(run.shown(directory), parent(places.remotes[0]), is_directory=True)
            yield Warning_(
                "data-not-mounted",
                f"the program read {len(rows)} files in {run.shown(directory)} that no mount contains: "
                f"add {option}{self._or_all(rows)}",
                directory,
            )

    def _is_shipped_with_another(self, row: DataFile, left_out: Sequence[str], listed: set[str]) -> bool:
        """Whether the option for a listed directory above this one ships what is in this one too."""
        above = any(is_below(row.path, directory, strictly=True) for directory in listed)
        return above and self.option(row, left_out) != _ALL

    def _of_directory(self, row: DataFile, left_out: Sequence[str]) -> Warning_:
        shown, option = self._run.shown(row.path), self.option(row, left_out)
        inside = self._placement.known(row.path) is not None and option != _ALL
        if len(left_out) < len(row.fact.entries):
            more = f" and {len(left_out) - NAMED} more" if len(left_out) > NAMED else ""
            what = f"{', '.join(left_out[:NAMED])}{more} in it"
        else:
            what = "what is in it"
        message = (
            f"the directory {shown} {row.verb}, but no mount contains {what}: "
            f"add {option}{self._or_all([row]) if inside else ''}"
        )
        return Warning_("data-not-mounted", message, row.path)

    def _one(self, row: DataFile) -> Warning_:
        shown, option = self._run.shown(row.path), self.option(row)
        large = f" ({(row.size or 0) / 1_000_000:.1f} MB, over 10 MB)" if row.is_large else ""
        also = self._or_all([row]) if option != _ALL else ""
        message = f"{shown}{large} {row.use}, but no mount contains it: add {option}{also}"
        return Warning_("data-not-mounted", message, row.path)

    def _of_consumed(self, directory: str, rows: Sequence[DataFile]) -> Warning_:
        """No option ships these: recorded again, the run would remove them again."""
        if len(rows) == 1:
            (row,) = rows
            what, path = f"{self._run.shown(row.path)} {row.end}", row.path
        else:
            what, path = (
                f"{len(rows)} files in {self._run.shown(directory)} were used and removed by the run",
                directory,
            )
        they, them = ("it", "it") if len(rows) == 1 else ("they", "them")
        message = (
            f"{what}, so {they} cannot be shipped: create {them} where the program runs, before it starts"
        )
        return Warning_("consumed", message, path)

    def _or_all(self, rows: Sequence[DataFile]) -> str:
        """The end of a sentence that suggests `--data mount`, if that would ship all of the rows."""
        if self._run.policy.data is DataPolicy.MOUNT or all(row.is_large for row in rows):
            return ""
        if not all(data_places(self._run, self._placement, self._mounts, row).remotes for row in rows):
            return ""
        return ", or --data mount for all that was read"
