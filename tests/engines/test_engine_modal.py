"""Modal, offline: it would upload exactly the manifest's files, to their remote paths."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from engine_project import EngineProject

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("modal")]

# Modal lists what it uploads only after an upload; its private method is called with each mount.
DRIVER = """\
import json
import modal
import automount.integrations.modal
from modal.image import _Image

mounts = []
before = _Image._add_mount_layer_or_copy
def note(self, mount, copy=False):
    mounts.append(mount)
    return before(self, mount, copy)
_Image._add_mount_layer_or_copy = note
image = automount.integrations.modal.add_to(modal.Image.debian_slim())
assert isinstance(image, modal.Image)
for mount in mounts:
    for entry in mount._entries:
        for local, remote in entry.get_files_to_upload():
            print(json.dumps([str(local), str(remote)]))
"""


def test_modal(project: EngineProject, installed: Callable[..., object]) -> None:
    (project.root / "src" / "pkg" / "__pycache__").mkdir(exist_ok=True)
    (project.root / "src" / "pkg" / "__pycache__" / "x.pyc").write_text("")
    (project.root / "src" / "pkg" / ".env").write_text("")
    project.record()
    sent = project.drive(DRIVER, site=installed("modal").site)
    manifest = json.loads((project.cwd / "automount.json").read_bytes())
    assert sorted(sent) == sorted([row["local"], row["remote"]] for row in manifest["files"])
    assert len(sent) >= 6
