"""What the manifest itself would disclose, never with the value in the message."""

from __future__ import annotations

import pytest

from automount.contents.disclosures import disclosed_paths, disclosed_places, disclosed_secrets
from automount.model import Mount, MountKind, Requirement

TOKEN = "gh" + "p_a8Kd93mZpQ7vR2xT5bN1cW6yH4jL0sFgU9eV"
PASSWORD = "aQ7vR2xT5bN1" + "cW6y"


@pytest.mark.parametrize(
    ("args", "places"),
    [
        (["--token", TOKEN], ["argument 2 of the program (after --token)"]),
        ([f"--token={TOKEN}"], ["argument 1 of the program"]),
        (["--db-password", PASSWORD], ["argument 2 of the program (after --db-password)"]),
        ([f"--db-password={PASSWORD}"], ["argument 1 of the program"]),
        ([f"postgres://app:{PASSWORD}@db.internal/x"], ["argument 1 of the program"]),
        (["-H", f"Authorization: Bearer {PASSWORD}{PASSWORD}"], ["argument 2 of the program (after -H)"]),
        (["--port", "8080", "--name", "report-2026-11", "--password-file", "pw.txt"], []),
    ],
)
def test_secrets_in_arguments(args: list[str], places: list[str]) -> None:
    rows = list(disclosed_secrets(args, None, ()))
    assert [row.message.partition(" looks like ")[0] for row in rows] == places
    assert all(row.code == "secret-suspected" and row.path is None for row in rows)
    assert not any(TOKEN in row.message or PASSWORD in row.message for row in rows)


def test_secrets_in_code_and_addresses() -> None:
    address = {"url": f"https://bob:{PASSWORD}@git.internal/x.git"}
    rows = list(disclosed_secrets([], f"t = '{TOKEN}'", [Requirement("zz", "1", address)]))
    assert [row.message.partition(" looks like ")[0] for row in rows] == [
        "the code of -c",
        "the URL of the requirement zz",
    ]


def test_paths_of_this_machine_in_arguments() -> None:
    args = [
        "/home/ann/out.txt",
        "--log=/home/ann/x.log",
        "/tmp/x",
        "/usr/share/x",
        "out.txt",
        "/nowhere/at/all",
    ]
    rows = list(disclosed_paths(args, lambda path: path in ("/home/ann", "/tmp", "/usr/share")))
    assert [(row.code, row.path) for row in rows] == [
        ("local-path-in-arguments", "/home/ann/out.txt"),
        ("local-path-in-arguments", "/home/ann/x.log"),
    ]


def test_files_that_are_shipped_at_their_own_private_path() -> None:
    def mount(local: str, remote: str) -> Mount:
        return Mount(local, MountKind.FILE, local, local, remote)

    mounts = [
        mount("/home/ann/x.csv", "/home/ann/x.csv"),
        mount("/data/x.csv", "/data/x.csv"),
        mount("/srv/ann/x.csv", "/srv/ann/x.csv"),
        mount("/home/ann/y.csv", "/root/y.csv"),
    ]
    rows = list(disclosed_places(mounts, "/srv/ann", "/root"))
    assert [(row.code, row.path) for row in rows] == [
        ("local-path-shipped", "/home/ann/x.csv"),
        ("local-path-shipped", "/srv/ann/x.csv"),
    ]
    assert list(disclosed_places([mount("/root/x", "/root/x")], "/root", "/root")) == []
