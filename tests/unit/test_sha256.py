"""Every amount of data gets the digest that `hashlib` gives."""

from __future__ import annotations

import hashlib

import pytest

from automount import sha256


@pytest.mark.parametrize("sizes", [[0], [5, 70_000, 70_000, 5], [1 << 18, 0], [(1 << 17) - 1, 1, 1]])
def test_few_and_many_bytes_have_the_same_kind_of_digest(
    sizes: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sha256, "_hashed", 0)
    for size in sizes:
        data = bytes(range(256)) * (size // 256) + bytes(size % 256)
        hasher = sha256.sha256(data)
        hasher.update(b"more")
        assert hasher.hexdigest() == hashlib.sha256(data + b"more").hexdigest()
