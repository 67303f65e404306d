"""The origin rules: one ordered table; the first rule that matches decides.

Order matters more than any single rule. Ownership comes before place, because the same directory
holds both: scikit-build-core puts an editable project's extension module into site-packages, uv can
make an installed file a link into its cache, `pip install --target` puts distributions into a
project. Place comes before "local", because Debian's packages list no files at all. What only looks
like evidence is not used: a directory that is merely named site-packages, a path below `sys.prefix`
(projects live inside virtual environments, and the system's prefix is `/usr`).

Paths are compared by parts and in every form: as written, with its directories resolved, real.
"""

from __future__ import annotations

from collections.abc import Callable

from automount.model import Origin
from automount.origins.protocols import OwnedAs, Ownership, RootKind
from automount.origins.verdicts import Case, OriginVerdict, RuleFinding, title
from automount.paths import is_below, join, name, parent
from automount.values import dataclass

SITE_NAMES = ("site-packages", "dist-packages")


@dataclass(frozen=True)
class OriginRule:
    """One row of the table: a stable code, its meaning, and a test that returns None if it does not match."""

    code: str
    meaning: str
    test: Callable[[Case], RuleFinding | None]


# Loaded before the import system is; their specs name no origin before Python 3.10.
_FIRST_MODULES = frozenset(
    {"_imp", "_io", "_thread", "_warnings", "_weakref", "builtins", "marshal", "posix", "sys"}
)


def _builtin(case: Case) -> RuleFinding | None:
    first = case.file is None and case.locations is None and case.module_name in _FIRST_MODULES
    if first or case.file == "built-in":
        return RuleFinding(Origin.BUILTIN, "it is built into the interpreter")
    return None


def _is_frozen(case: Case) -> bool:
    return case.file is not None and (case.file == "frozen" or case.file.startswith("<frozen "))


def _frozen_stdlib(case: Case) -> RuleFinding | None:
    if not _is_frozen(case):
        return None
    environment = case.installed.environment
    if _version(environment.python) < (3, 11):
        return None
    # `os.path` is a second name of the module that the platform chose.
    stem = "posixpath" if case.module_name == "os.path" else case.module_name.replace(".", "/")
    for directory in environment.stdlib:
        for candidate in (f"{stem}.py", f"{stem}/__init__.py"):
            file = join(directory, candidate)
            if case.locate(file).exists:
                return RuleFinding(
                    Origin.STDLIB, f"the interpreter contains a frozen copy of {file}", file=file
                )
    return None


def _frozen(case: Case) -> RuleFinding | None:
    if _is_frozen(case):
        return RuleFinding(Origin.FROZEN, "it is frozen into the interpreter")
    return None


def _namespace(case: Case) -> RuleFinding | None:
    if case.file is None and case.locations is not None:
        return RuleFinding(
            Origin.NAMESPACE, "it is a namespace package; each portion is classified on its own"
        )
    return None


def _written(case: Case) -> RuleFinding | None:
    if not case.written:
        return None
    return RuleFinding(Origin.GENERATED, f"the recorded run itself wrote {case.file}")


def _recorder(case: Case) -> RuleFinding | None:
    if not case.of_recorder:
        return None
    return RuleFinding(Origin.INSTALLED, "it is part of automount, and the program did not import it")


def _generated(case: Case) -> RuleFinding | None:
    if case.file is None:
        return RuleFinding(Origin.GENERATED, "it was created at run time and has no file")
    if not case.file.startswith("/") or name(case.file).startswith("<"):
        if case.located.exists:
            return None
        return RuleFinding(
            Origin.GENERATED, f"it was created at run time; its origin {case.file!r} is not a file"
        )
    return None


def _archive(case: Case) -> RuleFinding | None:
    archive = case.located.archive
    if archive is None:
        return None
    inner = decide(Case(case.installed, case.locate, case.module_name, archive), PATH_RULES)
    if inner.origin in (Origin.STDLIB, Origin.INSTALLED):
        reason = f"it is in the archive {archive}: {inner.reason}"
        return RuleFinding(inner.origin, reason, inner.distribution, archive)
    return RuleFinding(Origin.ZIP, f"it is in the archive {archive}", file=archive)


def _missing(case: Case) -> RuleFinding | None:
    if not case.located.exists:
        return RuleFinding(Origin.MISSING, f"{case.file} no longer exists")
    return None


def _record_helper(case: Case) -> RuleFinding | None:
    owner = case.owner
    if owner is None or owner.owned_as is not OwnedAs.HELPER or not owner.distribution.editable:
        return None
    whose = f"{owner.listing} of the editable {title(owner.distribution)}"
    return RuleFinding(
        Origin.EDITABLE_SHIM, f"{whose} lists it as a helper of the installation", owner.distribution
    )


def _record_linked(case: Case) -> RuleFinding | None:
    owner = case.owner
    if owner is None:
        return None
    where = title(owner.distribution)
    if owner.owned_as is OwnedAs.LINKED_DIRECTORY:
        above = f"lists the linked directory {owner.entry} above it"
        if owner.distribution.editable:
            reason = f"{owner.listing} of the editable {where} {above}"
            return RuleFinding(Origin.EDITABLE, reason, owner.distribution)
        reason = f"{owner.listing} of {where} {above}"
        origin = Origin.INSTALLED if _is_installed(owner) else Origin.VENDORED
        return RuleFinding(origin, reason, owner.distribution)
    project = owner.distribution.project_root
    if owner.distribution.editable and project is not None and owner.owned_as is OwnedAs.FILE:
        real = case.located.real
        if real != case.located.entry_path and is_below(real, case.locate(project).real):
            reason = f"{owner.listing} of the editable {where} lists it, and it links to {real}"
            return RuleFinding(Origin.EDITABLE, reason, owner.distribution)
    return None


def _record_artifact(case: Case) -> RuleFinding | None:
    owner = case.owner
    if owner is None or not owner.distribution.editable:
        return None
    what = "files below it" if owner.owned_as is OwnedAs.DIRECTORY_CONTENT else "it"
    whose = f"{owner.listing} of the editable {title(owner.distribution)}"
    return RuleFinding(
        Origin.EDITABLE_ARTIFACT, f"{whose} lists {what} as built for the installation", owner.distribution
    )


def _record_installed(case: Case) -> RuleFinding | None:
    return _installed_by(case.owner) if case.owner is not None and _is_installed(case.owner) else None


def _record_vendored(case: Case) -> RuleFinding | None:
    return _vendored_by(case.owner) if case.owner is not None else None


def _installed_by(owner: Ownership) -> RuleFinding:
    what = "files below it" if owner.owned_as is OwnedAs.DIRECTORY_CONTENT else "it"
    # A directory can hold files of several distributions: then none is named for all of it.
    distribution = None if owner.owned_as is OwnedAs.DIRECTORY_CONTENT else owner.distribution
    reason = f"{owner.listing} of {title(owner.distribution)} lists {what}"
    return RuleFinding(Origin.INSTALLED, reason, distribution)


def _vendored_by(owner: Ownership) -> RuleFinding:
    what = "files below it" if owner.owned_as is OwnedAs.DIRECTORY_CONTENT else "it"
    listed = f"{owner.listing} of {title(owner.distribution)} lists {what}"
    return RuleFinding(
        Origin.VENDORED, f"{listed}, and {owner.base} is not a site directory", owner.distribution
    )


def _is_installed(owner: Ownership) -> bool:
    """Whether the listing is in a site directory, or in a directory that is called one."""
    base = parent(owner.base) if owner.base.endswith(".egg") else owner.base
    return owner.in_site or name(base) in SITE_NAMES


def _stdlib_directory(case: Case) -> RuleFinding | None:
    root = case.root
    if root is None or root.kind is not RootKind.STDLIB:
        return None
    return RuleFinding(Origin.STDLIB, f"it is below {root.path}, {root.evidence}")


def _site_directory(case: Case) -> RuleFinding | None:
    root = case.root
    if root is None or root.kind is not RootKind.SITE:
        return None
    found = root.distribution
    for form in case.located.all_forms():
        found = found or case.installed.named_for(form)
    by = f"; the metadata of {title(found)} claims its name" if found else "; no distribution lists it"
    return RuleFinding(Origin.INSTALLED, f"it is below {root.path}, {root.evidence}{by}", found)


def _editable_build(case: Case) -> RuleFinding | None:
    root = case.root
    if root is None or root.kind is not RootKind.EDITABLE or case.locations is not None:
        return None
    if not case.package_dirs or case.located.is_dir:
        return None
    expected = {form for directory in case.package_dirs for form in case.locate(directory).all_forms()}
    if any(parent(form) in expected for form in case.located.all_forms()):
        return None
    package = case.module_name.rpartition(".")[0]
    reason = f"it belongs to the package {package}, but was built outside its directory; {root.evidence}"
    return RuleFinding(Origin.EDITABLE_ARTIFACT, reason, root.distribution)


def _editable_root(case: Case) -> RuleFinding | None:
    root = case.root
    if root is None or root.kind is not RootKind.EDITABLE:
        return None
    return RuleFinding(Origin.EDITABLE, f"it is below {root.path}, {root.evidence}", root.distribution)


def _record_nearby(case: Case) -> RuleFinding | None:
    if case.located.is_dir:
        return None
    for form in case.located.forms():
        owner = case.installed.owner_nearby(form)
        if owner is not None:
            return _installed_by(owner) if _is_installed(owner) else _vendored_by(owner)
    return None


def _local(case: Case) -> RuleFinding | None:
    return RuleFinding(
        Origin.LOCAL, "no distribution lists it, and it is not in a site or standard-library directory"
    )


NAME_RULES: tuple[OriginRule, ...] = (
    OriginRule("builtin", "built into the interpreter", _builtin),
    OriginRule(
        "frozen-stdlib", "in the standard library, frozen into the interpreter (3.11+)", _frozen_stdlib
    ),
    OriginRule("frozen", "frozen into the interpreter", _frozen),
    OriginRule(
        "namespace", "only search locations: each existing portion is classified on its own", _namespace
    ),
    OriginRule("written", "written by the recorded run, which writes it again wherever it runs", _written),
    OriginRule("recorder", "part of automount, and not imported by the program", _recorder),
    OriginRule("generated", "no file: created at run time", _generated),
)
PATH_RULES: tuple[OriginRule, ...] = (
    OriginRule("archive", "in an archive: classified as the archive; zip unless that is installed", _archive),
    OriginRule("missing", "the file no longer exists", _missing),
    OriginRule(
        "record-helper",
        "an editable distribution lists it as a finder, loader, .pth file or script",
        _record_helper,
    ),
    OriginRule(
        "record-linked", "a distribution lists it, or a directory above it, as a link", _record_linked
    ),
    OriginRule(
        "record-artifact", "an editable distribution lists it: built during installation", _record_artifact
    ),
    OriginRule("record-installed", "a distribution in a site directory lists it", _record_installed),
    OriginRule(
        "record-vendored", "a distribution elsewhere lists it (pip install --target)", _record_vendored
    ),
    OriginRule(
        "stdlib-directory", "below a standard-library directory of the interpreter", _stdlib_directory
    ),
    OriginRule("site-directory", "below a site directory, though nothing lists it (Debian)", _site_directory),
    OriginRule("editable-build", "below an editable project, built outside its package", _editable_build),
    OriginRule("editable-root", "below a source directory of an editable distribution", _editable_root),
    OriginRule(
        "record-nearby", "a distribution beside one of its parent directories lists it", _record_nearby
    ),
    OriginRule("local", "no other rule matches: the user's own", _local),
)
RULES: tuple[OriginRule, ...] = NAME_RULES + PATH_RULES


def decide(case: Case, rules: tuple[OriginRule, ...] = RULES) -> OriginVerdict:
    """The verdict of the first rule that matches the case."""
    for rule in rules:
        finding = rule.test(case)
        if finding is not None:
            file = finding.file or (case.file if finding.origin not in _WITHOUT_FILE else None)
            return OriginVerdict(finding.origin, rule.code, finding.reason, file, finding.distribution)
    raise AssertionError("the last rule always matches")


_WITHOUT_FILE = frozenset({Origin.BUILTIN, Origin.FROZEN, Origin.NAMESPACE, Origin.GENERATED})


def _version(text: str) -> tuple[int, int]:
    major, _, rest = text.partition(".")
    minor = rest.partition(".")[0]
    return int(major or 0), int("".join(digit for digit in minor if digit.isdigit()) or 0)
