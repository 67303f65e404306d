"""SHA-256 for file contents and keys; OpenSSL is loaded only where there is much to hash.

Importing `hashlib` takes 3 ms, since it loads OpenSSL. Python's own implementation takes 8 times as long for
each byte, which makes 1 ms for the first bytes here. A short program has less than that in all.
"""

from __future__ import annotations

try:
    from _sha2 import sha256 as _small_sha256  # type: ignore[import-not-found]  # Python 3.12 and newer
except ImportError:
    try:
        from _sha256 import sha256 as _small_sha256  # type: ignore[import-not-found]
    except ImportError:
        from hashlib import sha256 as _small_sha256

TYPE_CHECKING = False
if TYPE_CHECKING:
    from hashlib import _Hash

_FEW_BYTES = 1 << 17
_hashed = 0


def sha256(data: bytes) -> _Hash:
    """A hash object of `hashlib` or one with the same methods; it has been given `data`."""
    global _hashed
    if _hashed < _FEW_BYTES:
        _hashed += len(data)
        if _hashed < _FEW_BYTES:
            return _small_sha256(data)  # type: ignore[no-any-return]
    import hashlib

    return hashlib.sha256(data)
