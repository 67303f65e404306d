"""OCI layouts: reproducible, additive, on a base, and what other tools make of them."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import shutil
import subprocess
import tarfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import needs
import pytest
from shipments import manifest_of, script, write_project

from automount.errors import AutomountError, UsageError
from automount.manifest import EntrypointKind, EntrypointRow, Warning_
from automount.shipping.freshness import StaleFiles
from automount.shipping.oci import pack_image
from automount.shipping.oci_layout import ImageLayout, split_reference
from automount.shipping.packing import SecretsSuspected


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return write_project(tmp_path / "project")


def tree(directory: Path) -> dict[str, bytes]:
    return {str(p.relative_to(directory)): p.read_bytes() for p in directory.rglob("*") if p.is_file()}


def config_of(directory: Path, tag: str | None = None) -> dict[str, Any]:
    layout = ImageLayout(str(directory))
    return layout.document(layout.manifest_of(tag)["config"])


def layers_of(directory: Path, tag: str | None = None) -> list[list[str]]:
    layout = ImageLayout(str(directory))
    found = []
    for descriptor in layout.manifest_of(tag)["layers"]:
        with tarfile.open(layout.blob(descriptor)) as archive:
            found.append(archive.getnames())
    return found


@pytest.mark.parametrize(
    ("text", "split"),
    [
        ("oci:image", ("image", None)),
        ("oci:image:v1", ("image", "v1")),
        ("oci:/a/b:v1", ("/a/b", "v1")),
        ("oci:/a:1/b", ("/a:1/b", None)),
        ("oci:/a:1/b:v2", ("/a:1/b", "v2")),
        ("image.tar", None),
    ],
)
def test_references(text: str, split: tuple[str, str | None] | None) -> None:
    assert split_reference(text) == split


def test_the_config_says_how_to_run(project: Path, tmp_path: Path) -> None:
    pack_image(manifest_of(project, entrypoint=script(args=("--port", "80"))), f"oci:{tmp_path}/image:v1")
    config = config_of(tmp_path / "image", "v1")["config"]
    assert config["Entrypoint"] == ["python3", "/root/app.py"]
    assert config["Cmd"] == ["--port", "80"]
    assert config["WorkingDir"] == "/root"
    assert "PYTHONPATH=/root" in config["Env"]
    # The root itself is listed: a user other than root must be able to enter it.
    assert layers_of(tmp_path / "image") == [
        [
            ".automount/manifest.json",
            "root",
            "root/app.py",
            "root/pkg",
            "root/pkg/__init__.py",
            "root/pkg/core.py",
        ]
    ]


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        (EntrypointRow(EntrypointKind.MODULE, "pkg.core", (), None, "/root"), ["python3", "-m", "pkg.core"]),
        (
            EntrypointRow(EntrypointKind.COMMAND, "import pkg", (), None, "/root", form="string"),
            ["python3", "-c", "import pkg"],
        ),
        (EntrypointRow(EntrypointKind.COMMAND, "pytest", ("-q",), None, "/root", form="argv"), ["pytest"]),
    ],
)
def test_other_entrypoints(entry: EntrypointRow, words: list[str], project: Path, tmp_path: Path) -> None:
    pack_image(manifest_of(project, entrypoint=entry), f"oci:{tmp_path}/image")
    assert config_of(tmp_path / "image")["config"]["Entrypoint"] == words


def test_same_content_gives_the_same_image(project: Path, tmp_path: Path) -> None:
    pack_image(manifest_of(project), f"oci:{tmp_path}/one:v1")
    shutil.copytree(project, tmp_path / "other place")
    manifest = manifest_of(tmp_path / "other place")
    changed = replace(manifest.provenance, created="2031-01-01T00:00:00+00:00")
    pack_image(replace(manifest, provenance=changed), f"oci:{tmp_path}/two:v1")
    assert tree(tmp_path / "one") == tree(tmp_path / "two")


def test_blobs_are_what_they_are_called(project: Path, tmp_path: Path) -> None:
    pack_image(manifest_of(project), f"oci:{tmp_path}/image")
    image = tmp_path / "image"
    for blob in (image / "blobs/sha256").iterdir():
        assert hashlib.sha256(blob.read_bytes()).hexdigest() == blob.name
    layout = ImageLayout(str(image))
    layer = Path(layout.top_layer(None))
    diff = hashlib.sha256(gzip.decompress(layer.read_bytes())).hexdigest()
    assert config_of(image)["rootfs"]["diff_ids"] == [f"sha256:{diff}"]


def test_a_second_tag_is_added_and_a_tag_moves(project: Path, tmp_path: Path) -> None:
    reference = f"oci:{tmp_path}/image"
    pack_image(manifest_of(project), f"{reference}:v1")
    before = config_of(tmp_path / "image", "v1")
    (project / "app.py").write_text("changed")
    pack_image(manifest_of(project), f"{reference}:v2")
    assert config_of(tmp_path / "image", "v1") == before
    assert config_of(tmp_path / "image", "v2") != before
    pack_image(manifest_of(project), f"{reference}:v1")
    assert config_of(tmp_path / "image", "v1") == config_of(tmp_path / "image", "v2")
    assert len(ImageLayout(f"{tmp_path}/image").index()["manifests"]) == 2


def make_base(directory: Path) -> None:
    """A base image, written with nothing of ours: one layer with /bin/hello."""
    blobs = directory / "blobs/sha256"
    blobs.mkdir(parents=True)
    (directory / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')

    def put(data: bytes, kind: str) -> dict[str, Any]:
        digest = hashlib.sha256(data).hexdigest()
        (blobs / digest).write_bytes(data)
        return {
            "mediaType": f"application/vnd.oci.image.{kind}",
            "digest": f"sha256:{digest}",
            "size": len(data),
        }

    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        info = tarfile.TarInfo("bin/hello")
        info.size = 2
        archive.addfile(info, io.BytesIO(b"hi"))
    layer = put(gzip.compress(out.getvalue(), mtime=0), "layer.v1.tar+gzip")
    config = {
        "architecture": "arm64",
        "os": "linux",
        "config": {"Env": ["PATH=/opt/bin", "PYTHONPATH=/base", "A=b=c"], "User": "1000", "Cmd": ["sh"]},
        "rootfs": {"type": "layers", "diff_ids": ["sha256:" + hashlib.sha256(out.getvalue()).hexdigest()]},
        "history": [{"created_by": "by hand"}],
    }
    image = {
        "schemaVersion": 2,
        "config": put(json.dumps(config).encode(), "config.v1+json"),
        "layers": [layer],
    }
    row = put(json.dumps(image).encode(), "manifest.v1+json")
    row["annotations"] = {"org.opencontainers.image.ref.name": "py"}
    (directory / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [row]}))


def test_on_a_base(project: Path, tmp_path: Path) -> None:
    make_base(tmp_path / "base")
    for base in (f"{tmp_path}/base", f"oci:{tmp_path}/base:py"):
        pack_image(manifest_of(project), f"oci:{tmp_path}/image", base=base)
    config = config_of(tmp_path / "image")
    assert layers_of(tmp_path / "image")[0] == ["bin/hello"]
    assert len(layers_of(tmp_path / "image")) == 2
    assert config["architecture"] == "arm64"
    assert config["config"]["User"] == "1000"
    assert config["config"]["Env"] == ["PATH=/opt/bin", "PYTHONPATH=/root:/base", "A=b=c"]
    assert config["config"]["Cmd"] == []
    assert len(config["rootfs"]["diff_ids"]) == len(config["history"]) == 2


def test_a_damaged_base_is_refused(project: Path, tmp_path: Path) -> None:
    make_base(tmp_path / "base")
    layout = ImageLayout(f"{tmp_path}/base")
    blob = Path(layout.blob(layout.manifest_of("py")["layers"][0]))
    blob.write_bytes(blob.read_bytes() + b"x")
    with pytest.raises(AutomountError, match="damaged"):
        pack_image(manifest_of(project), f"oci:{tmp_path}/image", base=f"{tmp_path}/base")
    assert not (tmp_path / "image/index.json").exists()


@pytest.mark.parametrize("base", ["none", "oci:none:v1"])
def test_a_base_that_is_none(base: str, project: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no OCI layout"):
        pack_image(manifest_of(project), f"oci:{tmp_path}/image", base=base)


def test_a_tag_that_the_base_has_not(project: Path, tmp_path: Path) -> None:
    make_base(tmp_path / "base")
    with pytest.raises(AutomountError, match="no image with the tag v9"):
        pack_image(manifest_of(project), f"oci:{tmp_path}/image", base=f"oci:{tmp_path}/base:v9")


def test_another_directory_is_not_made_a_layout(project: Path, tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full/file").write_text("mine")
    with pytest.raises(AutomountError, match="not an OCI layout"):
        pack_image(manifest_of(project), f"oci:{tmp_path}/full")
    assert [p.name for p in (tmp_path / "full").iterdir()] == ["file"]


def test_refusals_leave_no_tag(project: Path, tmp_path: Path) -> None:
    manifest = manifest_of(project)
    warning = Warning_("secret-suspected", "looks like a key", "/x/id_rsa")
    with pytest.raises(SecretsSuspected):
        pack_image(replace(manifest, warnings=(warning,)), f"oci:{tmp_path}/image")
    (project / "app.py").write_text("changed")
    with pytest.raises(StaleFiles):
        pack_image(manifest, f"oci:{tmp_path}/image")
    assert not (tmp_path / "image/index.json").exists()
    assert list((tmp_path / "image/blobs/sha256").iterdir()) == []


def test_skopeo_takes_it(project: Path, tmp_path: Path) -> None:
    needs.tool("skopeo")
    pack_image(manifest_of(project), f"oci:{tmp_path}/image:v1")
    copied = ["skopeo", "--insecure-policy", "copy", f"oci:{tmp_path}/image:v1", f"oci:{tmp_path}/copy:v1"]
    subprocess.run(copied, check=True, capture_output=True)
    assert config_of(tmp_path / "copy", "v1") == config_of(tmp_path / "image", "v1")


def test_umoci_unpacks_it(project: Path, tmp_path: Path) -> None:
    needs.tool("umoci")
    make_base(tmp_path / "base")
    pack_image(manifest_of(project), f"oci:{tmp_path}/image:v1", base=f"{tmp_path}/base")
    command = ["umoci", "unpack", "--rootless", "--image", f"{tmp_path}/image:v1", f"{tmp_path}/bundle"]
    subprocess.run(command, check=True, capture_output=True)
    rootfs = tmp_path / "bundle/rootfs"
    assert (rootfs / "root/app.py").read_bytes() == (project / "app.py").read_bytes()
    assert (rootfs / "bin/hello").read_text() == "hi"
    assert (rootfs / "root").stat().st_mode & 0o777 == 0o755
