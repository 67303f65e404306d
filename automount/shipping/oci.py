"""Packs a manifest's files as an OCI image: one gzip layer, on top of a base image if there is one.

gzip, since not every tool of the field reads zstd layers. The config describes how to run the program:
PYTHONPATH from `sys_path`, the working directory, and the entrypoint with the recorded arguments as its
default ones. Without a base the image holds the program alone, to be used as a layer or a volume; with one it
runs. Times are fixed, so equal content on an equal base is the same image.
"""

from __future__ import annotations

import platform
from typing import Any, BinaryIO, TypeVar

from automount.errors import UsageError
from automount.manifest import EntrypointKind, Manifest
from automount.model import FileEntry
from automount.shipping.compression import gzipped
from automount.shipping.oci_layout import (
    CONFIG_TYPE,
    DEFAULT_TAG,
    LAYER_TYPE,
    MANIFEST_TYPE,
    Descriptor,
    ImageLayout,
    is_layout,
    split_reference,
)
from automount.shipping.packing import Packed, refuse_secrets, stale_when_changed
from automount.shipping.shipped_places import checked_files
from automount.shipping.tar_packing import write_tar
from automount.shipping.verified import Hashed, OnBytes

_CREATED = "1980-01-01T00:00:00Z"
_PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_MACHINES = {
    "x86_64": "amd64",
    "amd64": "amd64",
    "aarch64": "arm64",
    "arm64": "arm64",
    "armv7l": "arm",
    "i686": "386",
    "ppc64le": "ppc64le",
    "s390x": "s390x",
    "riscv64": "riscv64",
}
# What other tools call the same layers in layouts that they made of Docker images.
_DOCKER_LAYERS = {
    "application/vnd.docker.image.rootfs.diff.tar.gzip": LAYER_TYPE,
    "application/vnd.docker.image.rootfs.diff.tar": "application/vnd.oci.image.layer.v1.tar",
}

Shape = TypeVar("Shape", dict[str, Any], list[Any])


def pack_image(
    manifest: Manifest,
    reference: str,
    *,
    base: str | None = None,
    allow_secrets: bool = False,
    on_bytes: OnBytes = lambda _n: None,
) -> Packed:
    """Adds the image to the layout that `oci:DIR[:TAG]` names (made where missing; tag `latest`).

    `base` is a local layout, `DIR` or `oci:DIR[:TAG]`. Raises as `pack.pack` does.
    """
    directory, tag = _target(reference)
    files = checked_files(manifest)
    if not allow_secrets:
        refuse_secrets(manifest)
    architecture = _architecture(manifest)
    layout = ImageLayout(directory)
    source, layers, below = (layout, [], {}) if base is None else _opened_base(base, architecture)
    layout.create()
    layer, diff_id = _add_layer(layout, manifest, files, on_bytes)
    for descriptor in layers:
        layout.copy_blob(descriptor, source)
    config = layout.add_document(CONFIG_TYPE, _config(manifest, below, architecture, diff_id))
    image = {
        "schemaVersion": 2,
        "mediaType": MANIFEST_TYPE,
        "config": config,
        "layers": [_as_oci(descriptor) for descriptor in layers] + [layer],
        "annotations": {"automount.digest": manifest.digest},
    }
    layout.tag(tag, layout.add_document(MANIFEST_TYPE, image))
    return Packed(reference, len(files), sum(entry.size for entry in files), int(layer["size"]))


def _target(reference: str) -> tuple[str, str]:
    split = split_reference(reference)
    if split is None or not split[0]:
        raise UsageError(f"{reference} is not an image reference", hint="for example oci:image:latest")
    return split[0], split[1] or DEFAULT_TAG


def _opened_base(base: str, architecture: str) -> tuple[ImageLayout, list[Descriptor], dict[str, Any]]:
    """The local layout that `base` names, and the layers and the config of its image."""
    directory, tag = split_reference(base) or (base, None)
    if not is_layout(directory):
        raise UsageError(
            f"--base {base} is not an OCI layout", hint="name a directory that holds an oci-layout file"
        )
    layout = ImageLayout(directory)
    image = layout.manifest_of(tag, architecture)
    return layout, layout.layers_of(image), layout.config_of(image)


def _add_layer(
    layout: ImageLayout, manifest: Manifest, files: tuple[FileEntry, ...], on_bytes: OnBytes
) -> tuple[Descriptor, str]:
    """Our layer's descriptor, and the digest of its tar before compression."""
    hashed = Hashed()

    def write(file: BinaryIO) -> None:
        with gzipped(file) as sink:
            write_tar(manifest, files, lambda data: sink(hashed.add(data)), on_bytes, with_root=True)

    with stale_when_changed(manifest):
        layer = layout.add(LAYER_TYPE, write)
    return layer, f"sha256:{hashed.digest}"


def _as_oci(descriptor: Descriptor) -> Descriptor:
    kind = str(descriptor.get("mediaType", LAYER_TYPE))
    return {**descriptor, "mediaType": _DOCKER_LAYERS.get(kind, kind)}


def _architecture(manifest: Manifest) -> str:
    """The architecture that the program was recorded on, by its Go name as OCI wants it."""
    text = manifest.provenance.platform.lower()
    for machine, name in _MACHINES.items():
        if machine in text:
            return name
    machine = platform.machine().lower()
    return _MACHINES.get(machine, machine)


def _config(manifest: Manifest, base: dict[str, Any], architecture: str, diff_id: str) -> dict[str, Any]:
    inner = dict(_as(dict, base.get("config")))
    words = [item for item in _as(list, inner.get("Env")) if isinstance(item, str)] or [_PATH]
    environment = dict(item.partition("=")[::2] for item in words)
    python_path = [*manifest.sys_path, *filter(None, [environment.get("PYTHONPATH")])]
    environment["PYTHONPATH"] = ":".join(python_path)
    inner["Env"] = [f"{name}={value}" for name, value in environment.items()]
    inner["WorkingDir"] = manifest.entrypoint.remote_cwd
    inner["Entrypoint"] = _entrypoint(manifest)
    inner["Cmd"] = list(manifest.entrypoint.args)
    below = _as(list, _as(dict, base.get("rootfs")).get("diff_ids"))
    entry = {"created": _CREATED, "created_by": "automount pack", "comment": manifest.digest}
    return {
        **base,
        "architecture": base.get("architecture", architecture),
        "os": base.get("os", "linux"),
        "created": _CREATED,
        "config": inner,
        "rootfs": {"type": "layers", "diff_ids": [*below, diff_id]},
        "history": [*_as(list, base.get("history")), entry],
    }


def _as(kind: type[Shape], value: object) -> Shape:
    """`value` if it has that type, else an empty one: a base image's config may be any JSON."""
    return value if isinstance(value, kind) else kind()


def _entrypoint(manifest: Manifest) -> list[str]:
    entry = manifest.entrypoint
    if entry.kind is EntrypointKind.SCRIPT:
        return ["python3", entry.remote or entry.target]
    if entry.kind is EntrypointKind.MODULE:
        return ["python3", "-m", entry.target]
    if entry.form == "string":
        return ["python3", "-c", entry.target]
    return [entry.target]
