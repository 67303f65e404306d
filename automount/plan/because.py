"""The reason for a mount, as a sentence that is the same for every run: without pids and order of events."""

from __future__ import annotations

from automount.model import Disposition, ModuleRecord, RecordKind, Status
from automount.plan.claims import Reason
from automount.plan.run import MAIN_NAMES, PlanRun


def import_reason(run: PlanRun, disposition: Disposition) -> Reason:
    """`import package.function by __main__ (entrypoint.py:2)`, or how the file was run."""
    record = disposition.record
    requester = run.requester(record)
    by = _requested_by(run, record, requester)
    if record.kind is RecordKind.SCRIPT:
        if record.name == "__mp_main__" or (record.requested_by or "").startswith("multiprocessing."):
            sentence = "run again as __mp_main__ by a child process"
        else:
            sentence = f"run as a script{by or ' by another process'}"
    elif record.kind is RecordKind.MAIN_MODULE:
        what = "the main module" if record.name in MAIN_NAMES else record.name
        sentence = f"run {what} as a program{by or ' by another process'}"
    else:
        sentence = f"import {record.name}{by}"
    if record.status is Status.FAILED:
        sentence += ", which failed"
    elif record.status is Status.FOUND:
        sentence += ", not yet executed when the program ended"
    return Reason(sentence, requester)


def _requested_by(run: PlanRun, record: ModuleRecord, requester: Disposition | None) -> str:
    if record.requested_by is None:
        return ""
    file = requester.record.file if requester is not None else None
    if file is None or not file.startswith("/"):
        return f" by {record.requested_by}"
    line = f":{record.requested_line}" if record.requested_line else ""
    return f" by {record.requested_by} ({run.shown(file)}{line})"
