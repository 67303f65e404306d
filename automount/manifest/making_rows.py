"""Creates manifest rows from the values of the earlier steps: the only place that maps their fields."""

from __future__ import annotations

from automount.manifest.rows import (
    EntrypointKind,
    EntrypointRow,
    InterpreterRow,
    ModuleRow,
    MountDistribution,
    MountRow,
    ProcessRow,
)
from automount.model import (
    CodeEntrypoint,
    Disposition,
    Entrypoint,
    Environment,
    Journal,
    ModuleEntrypoint,
    Mount,
    Process,
    ScriptEntrypoint,
)


def entrypoint_row(
    entrypoint: Entrypoint, *, remote: str | None, remote_cwd: str, function: str | None = None
) -> EntrypointRow:
    """The row of what was run; `remote` is dropped for commands, which are not files."""
    args = entrypoint.args
    if isinstance(entrypoint, ScriptEntrypoint):
        kind, target = EntrypointKind.SCRIPT, entrypoint.path
        return EntrypointRow(kind, target, args, remote, remote_cwd, import_only=not entrypoint.as_main)
    if isinstance(entrypoint, ModuleEntrypoint):
        kind, target = EntrypointKind.MODULE, entrypoint.name
        return EntrypointRow(kind, target, args, remote, remote_cwd, import_only=not entrypoint.as_main)
    if isinstance(entrypoint, CodeEntrypoint):
        return EntrypointRow(EntrypointKind.COMMAND, entrypoint.code, args, None, remote_cwd, form="string")
    return EntrypointRow(
        EntrypointKind.COMMAND, entrypoint.program, args, None, remote_cwd, form="argv", function=function
    )


def mount_row(mount: Mount) -> MountRow:
    """The row of a planned mount."""
    owner = mount.distribution
    distribution = None if owner is None else MountDistribution(owner.name, owner.version, owner.project_root)
    return MountRow(
        mount.label,
        mount.kind,
        mount.name,
        mount.local,
        mount.remote,
        mount.because,
        distribution,
        by_hand=mount.by_hand,
        limited=mount.only is not None,
        suffixes=mount.suffixes,
    )


def module_row(disposition: Disposition, mount: int | None) -> ModuleRow:
    """The row of a module, carried by `mount`, an index into the mounts."""
    record, owner = disposition.record, disposition.distribution
    return ModuleRow(
        record.name,
        disposition.origin,
        record.file,
        record.status,
        record.requested_by,
        record.process,
        mount,
        owner.name if owner else None,
        record.requested_line,
        disposition.rule,
    )


def process_row(process: Process) -> ProcessRow:
    """The row of a recorded process."""
    environment = process.environment
    return ProcessRow(
        process.index,
        process.pid,
        process.ppid,
        process.argv,
        environment.python,
        process.parent,
        environment.executable,
    )


def interpreter_row(facts: Environment) -> InterpreterRow:
    """What another run on this machine needs to know about the recorded interpreter."""
    return InterpreterRow(
        executable=facts.executable,
        prefix=facts.prefix,
        base_prefix=facts.base_prefix,
        exec_prefix=facts.exec_prefix,
        base_exec_prefix=facts.base_exec_prefix,
        stdlib=facts.stdlib,
        site_dirs=facts.site_dirs,
        user_site=facts.user_site,
    )


def written_by(journal: Journal) -> tuple[str, ...]:
    """The local files that the run created, sorted."""
    return tuple(sorted({access.path for access in journal.data if access.action == "created"}))
