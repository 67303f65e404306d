"""The normal form of the names of distributions."""

from __future__ import annotations


def canonical(distribution_name: str) -> str:
    """The name in the normal form of PEP 503, as `packaging` gives it.

    Most names are in that form already, and importing `packaging.utils` takes 8 ms.
    """
    is_lower = distribution_name == distribution_name.lower()
    if is_lower and not any(part in distribution_name for part in ("_", ".", "--")):
        return distribution_name
    from packaging.utils import canonicalize_name

    return canonicalize_name(distribution_name)
