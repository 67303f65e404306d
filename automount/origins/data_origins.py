"""Decides where a data file comes from: the path rules, then the directories of the system."""

from __future__ import annotations

from collections.abc import Iterable

from automount.model import Environment, Locate, Origin
from automount.origins.protocols import Installed
from automount.origins.rules import PATH_RULES, decide
from automount.origins.verdicts import Case
from automount.paths import is_below, join, name, parent, parts
from automount.system_directories import SYSTEM_DIRECTORIES, TEMPORARY_DIRECTORIES

# Directories of an interpreter's prefix besides its libraries (conda, pyenv, python.org).
PREFIX_TREES = ("bin", "conda-meta", "etc", "include", "lib", "lib64", "share", "ssl", "pyvenv.cfg")
VENV_TREES = ("include", "pyvenv.cfg")


def classify_path(
    path: str, installed: Installed, locate: Locate, *, projects: Iterable[str] = ()
) -> tuple[Origin | None, str]:
    """The origin of one data file and the code of the rule that decided; None where the system owns it.

    The rules are those for modules that concern files. Other files are the user's own unless they are in a
    directory of the system (`system-tree`) or of the interpreter (`interpreter-tree`): below those, only the
    `projects` (the directory of the program and its working directory) are local.
    """
    environment = installed.environment
    # Before the rules: a virtual environment below an editable project is not part of the project.
    if _is_interpreter(locate(path).forms(), environment):
        return Origin.INSTALLED, "interpreter-tree"
    if any(form == join(environment.prefix, "bin") for form in locate(path).forms()):
        return Origin.INSTALLED, "interpreter-tree"
    venv_trees = [join(environment.prefix, tree) for tree in VENV_TREES]
    if any(is_below(form, tree) for form in locate(path).forms() for tree in venv_trees):
        return Origin.INSTALLED, "interpreter-tree"
    verdict = decide(Case(installed, locate, "", path), PATH_RULES)
    machine = (*environment.site_dirs, environment.user_site or "/nowhere", join(environment.prefix, "bin"))
    if verdict.origin is Origin.EDITABLE_SHIM and not any(is_below(path, one) for one in machine):
        # Not a finder, metadata or a script: a data file that the build backend installed below the prefix.
        return Origin.EDITABLE_ARTIFACT, verdict.rule
    if verdict.origin not in (Origin.LOCAL, Origin.MISSING):
        return verdict.origin, verdict.rule
    # A link in the user's own directory is the user's, whatever it points to: its content is read.
    forms = locate(path).forms()
    # A program that is started in `/` does not have the whole machine as its project.
    homes = tuple(form for project in projects for form in locate(project).all_forms() if parts(form))
    if any(form in TEMPORARY_DIRECTORIES and form not in homes for form in forms):
        return None, "system-tree"
    for tree in SYSTEM_DIRECTORIES:
        if any(is_below(form, tree) for form in forms) and not _in_project(forms, homes, tree):
            return None, "system-tree"
    for prefix in dict.fromkeys((environment.base_prefix, environment.base_exec_prefix)):
        inside = any(is_below(form, join(prefix, tree)) for form in forms for tree in PREFIX_TREES)
        if inside and not _in_project(forms, homes, prefix):
            return Origin.INSTALLED, "interpreter-tree"
    return verdict.origin, verdict.rule


def _is_interpreter(forms: tuple[str, ...], environment: Environment) -> bool:
    """Whether the path is the interpreter's own executable, under any of its names (`bin/python3`)."""
    places = {join(prefix, "bin") for prefix in (environment.prefix, environment.base_prefix)}
    return any(
        form == environment.executable or (parent(form) in places and name(form).startswith("python"))
        for form in forms
    )


def _in_project(forms: tuple[str, ...], homes: tuple[str, ...], tree: str) -> bool:
    """Whether a project strictly inside `tree` contains the path in some form."""
    return any(
        is_below(home, tree, strictly=True) and is_below(form, home) for home in homes for form in forms
    )
