"""OCI layouts: reproducible, extended, on a base, and read by other tools."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import shutil
import subprocess
import tarfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import needs
import pytest
from shipments import manifest_of, script

from automount.errors import AutomountError, UsageError
from automount.manifest import EntrypointKind, EntrypointRow, Warning_
from automount.shipping.bundles import examine
from automount.shipping.freshness import StaleFiles
from automount.shipping.oci import pack_image
from automount.shipping.oci_layout import ImageLayout, split_reference
from automount.shipping.packing import SecretsSuspected


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


def test_the_config_describes_how_to_run(project: Path, tmp_path: Path) -> None:
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
    with layout.top_layer(None) as layer:
        diff = hashlib.sha256(gzip.decompress(layer.read())).hexdigest()
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
    with pytest.raises(AutomountError, match="does not match its digest"):
        pack_image(manifest_of(project), f"oci:{tmp_path}/image", base=f"{tmp_path}/base")
    assert not (tmp_path / "image/index.json").exists()


@pytest.mark.parametrize("base", ["none", "oci:none:v1"])
def test_a_base_that_is_not_a_layout(base: str, project: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is not an OCI layout"):
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


def test_a_file_is_not_made_a_layout(project: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    with pytest.raises(AutomountError) as caught:
        pack_image(manifest_of(project), f"oci:{tmp_path}/file")
    assert caught.value.message == f"{tmp_path}/file is not a directory"
    assert caught.value.hint == "name a new directory after oci:"
    assert (tmp_path / "file").read_text() == "mine"


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


def add_blob(image: Path, raw: bytes) -> dict[str, Any]:
    digits = hashlib.sha256(raw).hexdigest()
    (image / "blobs/sha256" / digits).write_bytes(raw)
    return {"digest": f"sha256:{digits}", "size": len(raw)}


def name_image(image: Path, descriptor: object) -> None:
    (image / "index.json").write_text(json.dumps({"manifests": [descriptor]}))


def refusal(image: Path) -> str:
    with pytest.raises(AutomountError) as caught:
        examine(str(image))
    assert caught.value.exit_status == 125
    assert len(caught.value.message) < 600
    return caught.value.message


def test_a_layer_that_is_another_programs_is_refused(project: Path, tmp_path: Path) -> None:
    pack_image(manifest_of(project), f"oci:{tmp_path}/good")
    (project / "app.py").write_text("print('another')\n")
    pack_image(manifest_of(project), f"oci:{tmp_path}/other")
    good, other = (ImageLayout(str(tmp_path / name)) for name in ("good", "other"))
    layer = good.blob(good.layers_of(good.manifest_of(None))[-1])
    shutil.copy(other.blob(other.layers_of(other.manifest_of(None))[-1]), layer)
    assert "does not match its digest" in refusal(tmp_path / "good")


def test_bytes_after_the_end_of_a_layer_are_refused(project: Path, tmp_path: Path) -> None:
    pack_image(manifest_of(project), f"oci:{tmp_path}/image")
    layout = ImageLayout(str(tmp_path / "image"))
    layer = Path(layout.blob(layout.layers_of(layout.manifest_of(None))[-1]))
    layer.write_bytes(layer.read_bytes() + b"\0" * 5000)
    refusal(tmp_path / "image")


def test_a_size_that_is_not_the_blobs_is_refused(project: Path, tmp_path: Path) -> None:
    pack_image(manifest_of(project), f"oci:{tmp_path}/image")
    image = tmp_path / "image"
    index = json.loads((image / "index.json").read_text())
    name_image(image, {**index["manifests"][0], "size": 1})
    assert "does not match its digest" in refusal(image)


ODD_VALUES: tuple[object, ...] = (None, True, 5, "x", [], [None], ["x"], [[]], {}, {"a": 1}, [{}])


@pytest.mark.parametrize("odd", ODD_VALUES, ids=repr)
def test_any_value_anywhere_in_an_image_is_one_refusal(odd: object, project: Path, tmp_path: Path) -> None:
    image = tmp_path / "image"
    pack_image(manifest_of(project), f"oci:{image}")
    index = json.loads((image / "index.json").read_text())
    document = ImageLayout(str(image)).manifest_of(None)
    for broken in (odd, {"manifests": odd}, {"manifests": [{"annotations": odd, "platform": odd}]}):
        (image / "index.json").write_text(json.dumps(broken))
        refusal(image)
        name_image(image, add_blob(image, json.dumps(broken).encode()))
        refusal(image)
    for broken in ({**document, "layers": odd}, {**document, "layers": [odd]}, {"layers": [{"digest": odd}]}):
        name_image(image, add_blob(image, json.dumps(broken).encode()))
        refusal(image)
    (image / "index.json").write_text(json.dumps(index))
    examine(str(image))


def test_documents_nested_too_deep_are_refused(project: Path, tmp_path: Path) -> None:
    pack_image(manifest_of(project), f"oci:{tmp_path}/image")
    (tmp_path / "image/index.json").write_text('{"manifests":' + "[" * 100_000 + "]" * 100_000 + "}")
    assert "is not a JSON document" in refusal(tmp_path / "image")


@pytest.mark.parametrize("name", ["index.json", "blob"])
def test_a_fifo_is_not_waited_for(name: str, project: Path, tmp_path: Path) -> None:
    pack_image(manifest_of(project), f"oci:{tmp_path}/image")
    path = tmp_path / "image/index.json"
    if name == "blob":
        path = Path(ImageLayout(str(tmp_path / "image")).blob(json.loads(path.read_text())["manifests"][0]))
    path.unlink()
    os.mkfifo(path)
    refusal(tmp_path / "image")


@pytest.mark.parametrize("odd", ODD_VALUES, ids=repr)
def test_the_config_of_a_base_may_be_any_json(odd: object, project: Path, tmp_path: Path) -> None:
    make_base(tmp_path / "base")
    layout = ImageLayout(str(tmp_path / "base"))
    image = layout.manifest_of("py")
    config = {"config": odd, "rootfs": odd, "history": odd}
    for broken in (config, {"config": {"Env": odd}, "rootfs": {"diff_ids": odd}}):
        image["config"] = layout.add_document("x", broken)
        name_image(tmp_path / "base", layout.add_document("x", image))
        pack_image(manifest_of(project), f"oci:{tmp_path}/image", base=str(tmp_path / "base"))
        examine(f"oci:{tmp_path}/image")
