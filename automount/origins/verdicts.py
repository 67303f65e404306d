"""The result of one rule, and the case that it is applied to."""

from __future__ import annotations

from functools import cached_property

from automount.model import Distribution, Locate, Located, Origin
from automount.origins.protocols import Installed, Ownership, Root, RootKind
from automount.paths import ancestors, parts
from automount.values import dataclass


@dataclass(frozen=True)
class OriginVerdict:
    """An origin, the code of the rule that matched, and its evidence as a sentence.

    `file` is what would be shipped: the file itself, or the archive it is in.
    """

    origin: Origin
    rule: str
    reason: str
    file: str | None = None
    distribution: Distribution | None = None


@dataclass(frozen=True)
class RuleFinding:
    """A rule's result before the rule's code is added."""

    origin: Origin
    reason: str
    distribution: Distribution | None = None
    file: str | None = None


@dataclass(frozen=True, eq=False)
class Case:
    """One path, or one module without a path, with its facts looked up when a rule first needs them.

    `file` is the origin as recorded, None for none. `locations` are a package's search locations.
    `package_dirs` are the directories of the parent package, where the record is a submodule. `written`:
    the recorded run itself made the file, its archive or a directory above it. `of_recorder`: the module
    is part of the automount that recorded the run, and the program did not import it.
    """

    installed: Installed
    locate: Locate
    module_name: str
    file: str | None
    locations: tuple[str, ...] | None = None
    package_dirs: tuple[str, ...] = ()
    written: bool = False
    of_recorder: bool = False

    @cached_property
    def located(self) -> Located:
        """The facts of `file`; valid only if there is a file."""
        return self.locate(self.file or "")

    @cached_property
    def owner(self) -> Ownership | None:
        """The owner of the path, by the first of its forms that has one."""
        ask = self.installed.directory_owner if self.located.is_dir else self.installed.owner
        for form in self.located.forms():
            found = ask(form)
            if found is not None and self._counts(form):
                return found
        return None

    @cached_property
    def root(self) -> Root | None:
        """The root with the longest match in any form of the path."""
        forms = tuple(form for form in self.located.all_forms() if self._counts(form))
        best = deepest(self.installed.directory_roots(), forms)
        if best is not None and best.kind is RootKind.STDLIB:
            return best
        editable = deepest(self.installed.editable_roots(), self.located.all_forms())
        if best is None or (editable is not None and len(parts(editable.path)) > len(parts(best.path))):
            return editable
        return best

    def _counts(self, form: str) -> bool:
        """Whether the owner of that form of the path would provide the module under its name.

        A link in a project can give an installed file another name: the remote machine has the file
        then, but not under that name, so the link's content is the project's own.
        """
        if form == self.located.written or self.located.is_dir:
            return True
        if self.module_name in ("", "__main__", "__mp_main__"):
            return True
        *above, last = parts(form)
        stem = last.partition(".")[0]
        found = above if stem == "__init__" else [*above, stem]
        wanted = self.module_name.split(".")
        return found[-len(wanted) :] == wanted


def deepest(roots: tuple[Root, ...], forms: tuple[str, ...]) -> Root | None:
    """The deepest root that contains one of the forms of a path; the first of equals."""
    # One set of directories for all roots: each of the forms and of the roots' paths is normal.
    holding = {*forms, *(above for form in forms for above in ancestors(form))}
    best: Root | None = None
    for root in roots:
        if root.path in holding and (best is None or len(parts(root.path)) > len(parts(best.path))):
            best = root
    return best


def title(distribution: Distribution) -> str:
    """A distribution with its version: `requests 2.31.0`."""
    return f"{distribution.name} {distribution.version}".rstrip()
