"""Reads and extends an OCI image layout: a directory of blobs named by their digest, and an index.

Follows the image-layout, image-index, image-manifest and image-config documents of the OCI image
specification 1.0. Every blob is compared with its digest and its size as it is read. A layout may come
from anybody: only regular files are opened, and a document may hold any JSON value anywhere.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO

from automount.errors import AutomountError
from automount.shipping.verified import Hashed
from automount.untrusted import json_value, open_regular
from automount.whole_file import full_disk, pending_file, whole_file

INDEX_TYPE = "application/vnd.oci.image.index.v1+json"
MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json"
CONFIG_TYPE = "application/vnd.oci.image.config.v1+json"
LAYER_TYPE = "application/vnd.oci.image.layer.v1.tar+gzip"
REF_NAME = "org.opencontainers.image.ref.name"
_VERSION = b'{"imageLayoutVersion": "1.0.0"}'
_SCHEME = "oci:"
_DOCUMENT_LIMIT = 1 << 24
_CHUNK = 1 << 20
_SHOWN = 80  # characters of a foreign text in a message
_SHOWN_TAGS = 10
DEFAULT_TAG = "latest"
Descriptor = dict[str, Any]


def split_reference(text: str) -> tuple[str, str | None] | None:
    """The directory and the tag (None: not given) of `oci:DIR[:TAG]`; None for any other text."""
    if not text.startswith(_SCHEME):
        return None
    rest = text.removeprefix(_SCHEME)
    directory, colon, tag = rest.rpartition(":")
    if not colon or "/" in tag:
        directory, tag = rest, ""
    return directory, tag or None


def is_layout(path: str) -> bool:
    """Whether `path` is a directory with an `oci-layout` file."""
    return os.path.isfile(os.path.join(path, "oci-layout"))


class BlobReader:
    """Reads a blob from its first byte; `hashed` has the digest and the number of bytes read so far."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.hashed = Hashed()
        self.stored = os.fstat(file.fileno()).st_size

    def read(self, count: int = -1) -> bytes:
        """The next bytes, at most `count` (all that are left where it is negative)."""
        return self.hashed.add(self._file.read(count))


class ImageLayout:
    """An image layout on disk, `directory` absolute or relative to the cwd."""

    def __init__(self, directory: str) -> None:
        self.directory = directory

    def index(self) -> dict[str, Any]:
        """The index document. Raises if the directory is not an OCI layout."""
        path = os.path.join(self.directory, "index.json")
        with self._opened(path, "index.json") as file:
            return self._parsed(file.read(_DOCUMENT_LIMIT), "index.json")

    def manifest_of(self, tag: str | None, architecture: str | None = None) -> dict[str, Any]:
        """The image manifest of a tag; without a tag, that of the only image.

        An index inside the index (an image for several platforms) is resolved by `architecture`.
        """
        rows = self._rows(self.index(), "manifests")
        if tag is not None:
            rows = [row for row in rows if _table(row, "annotations").get(REF_NAME) == tag]
            if not rows:
                raise self._broken(f"it has no image with the tag {tag}")
        if len(rows) != 1:
            tags = sorted({str(_table(row, "annotations").get(REF_NAME, "?"))[:_SHOWN] for row in rows})
            named = ", ".join(tags[:_SHOWN_TAGS]) + (", …" if len(tags) > _SHOWN_TAGS else "")
            raise self._broken(
                f"it has {len(rows)} images" + (f"; name one of the tags {named}" if rows else "")
            )
        descriptor = rows[0]
        for _ in range(4):
            document = self.document(descriptor)
            if "manifests" not in document:
                return document
            descriptor = self._for_platform(self._rows(document, "manifests"), architecture)
        raise self._broken("its indexes do not lead to an image")

    def _for_platform(self, rows: list[Descriptor], architecture: str | None) -> Descriptor:
        fitting = [
            row
            for row in rows
            if _table(row, "platform").get("os", "linux") == "linux"
            and _table(row, "platform").get("architecture", architecture) == architecture
        ]
        if not fitting:
            raise self._broken(f"it has no image for linux/{architecture}")
        return fitting[0]

    def layers_of(self, image: dict[str, Any]) -> list[Descriptor]:
        """The descriptors of an image's layers, the lowest first."""
        return self._rows(image, "layers")

    def config_of(self, image: dict[str, Any]) -> dict[str, Any]:
        """The config document of an image."""
        return self.document(_table(image, "config"))

    def document(self, descriptor: Descriptor) -> dict[str, Any]:
        """A JSON blob, compared with its digest."""
        with self.opened(descriptor) as file:
            raw = file.read(_DOCUMENT_LIMIT)
        return self._parsed(raw, str(descriptor["digest"]))

    def blob(self, descriptor: Descriptor) -> str:
        """The local path of a blob. Raises for a digest of another kind, or where it is missing."""
        digest = descriptor.get("digest")
        algorithm, _, digits = str(digest).partition(":")
        if algorithm != "sha256" or len(digits) != 64 or not set(digits) <= set("0123456789abcdef"):
            raise self._broken(f"{str(digest)[:_SHOWN]} is not a sha256 digest")
        path = os.path.join(self.directory, "blobs", "sha256", digits)
        if not os.path.isfile(path):
            raise self._broken(f"{digest} is missing")
        return path

    @contextlib.contextmanager
    def opened(self, descriptor: Descriptor) -> Iterator[BlobReader]:
        """A blob to be read. What was read counts only once the block has ended without an error.

        At its end the rest is read too, and digest and size are compared.
        """
        path = self.blob(descriptor)
        with self._opened(path, str(descriptor["digest"])) as file:
            reader = BlobReader(file)
            yield reader
            while reader.read(_CHUNK):
                pass
        hashed = reader.hashed
        size = descriptor.get("size", hashed.size)
        if f"sha256:{hashed.digest}" != descriptor["digest"] or hashed.size != size:
            raise self._broken(f"{descriptor['digest']} does not match its digest")

    @contextlib.contextmanager
    def top_layer(self, tag: str | None) -> Iterator[BlobReader]:
        """The last layer's blob, which is ours in an image that we made; read as `opened` describes."""
        layers = self.layers_of(self.manifest_of(tag))
        if not layers:
            raise self._broken("its image has no layer")
        with self.opened(layers[-1]) as reader:
            yield reader

    def _opened(self, path: str, what: str) -> BinaryIO:
        try:
            return open_regular(path)
        except OSError as error:
            raise self._broken(f"cannot read {what} ({error.strerror})") from error

    def _rows(self, document: dict[str, Any], key: str) -> list[Descriptor]:
        rows = document.get(key, [])
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise self._broken(f"its `{key}` is not a list of descriptors")
        return rows

    def create(self) -> None:
        """Makes the layout where it is missing. Raises for a directory of other things."""
        path = self.directory
        if os.path.lexists(path) and not os.path.isdir(path):
            raise AutomountError(
                f"{path} is not a directory", hint="name a new directory after oci:", code="unwritable"
            )
        if os.path.isdir(path) and os.listdir(path) and not is_layout(path):
            raise AutomountError(
                f"{path} is not an OCI layout", hint="name a new directory", code="unwritable"
            )
        with full_disk(path):
            os.makedirs(os.path.join(path, "blobs", "sha256"), exist_ok=True)
            if not is_layout(path):
                with whole_file(os.path.join(path, "oci-layout")) as file:
                    file.write(_VERSION)

    def add(self, media_type: str, write: Callable[[BinaryIO], object]) -> Descriptor:
        """Adds a blob with what `write` writes into a file; returns its descriptor."""
        folder = os.path.join(self.directory, "blobs", "sha256")
        with full_disk(self.directory), pending_file(folder) as pending:
            write(pending.file)
            pending.file.flush()
            pending.file.seek(0)
            hashed = Hashed()
            while hashed.add(pending.file.read(_CHUNK)):
                pass
            pending.name = hashed.digest
        return {"mediaType": media_type, "digest": f"sha256:{hashed.digest}", "size": hashed.size}

    def add_document(self, media_type: str, content: dict[str, Any]) -> Descriptor:
        """Adds a JSON blob."""
        return self.add(media_type, lambda file: file.write(_json(content)))

    def copy_blob(self, descriptor: Descriptor, source: ImageLayout) -> None:
        """Copies a blob from another layout, compared with its digest, unless it is there."""
        path = source.blob(descriptor)
        if os.path.exists(os.path.join(self.directory, "blobs", "sha256", os.path.basename(path))):
            return

        def write(file: BinaryIO) -> None:
            with source.opened(descriptor) as original:
                while chunk := original.read(_CHUNK):
                    file.write(chunk)

        self.add(str(descriptor.get("mediaType", "")), write)

    def tag(self, tag: str, descriptor: Descriptor) -> None:
        """Makes `tag` name the image of `descriptor`; other tags are kept."""
        with self._alone():
            index: dict[str, Any] = {"schemaVersion": 2, "mediaType": INDEX_TYPE, "manifests": []}
            path = os.path.join(self.directory, "index.json")
            if os.path.exists(path):
                index = self.index()
            rows = [
                row
                for row in self._rows(index, "manifests")
                if _table(row, "annotations").get(REF_NAME) != tag
            ]
            rows.append({**descriptor, "annotations": {REF_NAME: tag}})
            rows.sort(key=lambda row: str(_table(row, "annotations").get(REF_NAME, "")))
            with whole_file(path) as file:
                file.write(_json({**index, "manifests": rows}))

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        descriptor = os.open(self.directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def _parsed(self, raw: bytes, what: str) -> dict[str, Any]:
        try:
            document = json_value(raw)
        except ValueError:
            document = None
        if not isinstance(document, dict):
            raise self._broken(f"{what} is not a JSON document")
        return document

    def _broken(self, why: str) -> AutomountError:
        return AutomountError(
            f"{self.directory} cannot be used as an OCI layout: {why}",
            hint="check the path and tag",
            code="bad-layout",
        )


def _json(content: dict[str, Any]) -> bytes:
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()


def _table(row: dict[str, Any], key: str) -> dict[str, Any]:
    """The object under `key`; an empty one for any other value."""
    value = row.get(key)
    return value if isinstance(value, dict) else {}
