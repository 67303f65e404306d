"""Literal journal lines."""

from __future__ import annotations

from automount.agent import wire


def line(*fields: str) -> bytes:
    return wire.encode("\0".join(fields))


def header(
    pid: int = 10,
    *,
    ppid: int = 1,
    started: int = 100,
    entry: str = "start",
    version: str = "3.11.7",
    **more: str,
) -> bytes:
    facts = {"format": "1", "pid": pid, "ppid": ppid, "started": started, "entry": entry, "version": version}
    lines = [line("H", key, str(value)) for key, value in {**facts, **more}.items()]
    lines += [
        line("H", "cwd", "/work"),
        line("H", "path", "/lib/python"),
        line("H", "argv", "python", "app.py"),
    ]
    return b"".join(lines)


def module(status: str, name: str, file: str, requester: str = "", number: str = "", *places: str) -> bytes:
    return line("M", status, name, file, requester, number, *places)
