"""The distributions installed for the recorded interpreter; the only package that imports importlib_metadata.

Everything is read from the recorded interpreter's directories, by path; none of its code runs, and
automount's own environment is not used.
"""

from __future__ import annotations

from automount.distributions.bases import Catalog
from automount.distributions.console_scripts import console_function
from automount.distributions.egg_links import developed_by
from automount.distributions.importables import find_package, installed_under
from automount.distributions.index import InstalledIndex, index_for, indexes_for
from automount.distributions.locating import Locator

__all__ = [
    "Catalog",
    "InstalledIndex",
    "Locator",
    "console_function",
    "developed_by",
    "find_package",
    "index_for",
    "indexes_for",
    "installed_under",
]
