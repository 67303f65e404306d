"""The other layouts: ordinary installs of every kind, and interpreters that are in unusual places."""

from __future__ import annotations

from collections.abc import Mapping

from layouts import Layout, LayoutCase

UV_INSTALL = ("{uv}", "pip", "install", "--quiet", "--python", "{python}")
DEP = {
    "dep/pyproject.toml": (
        '[build-system]\nrequires = ["hatchling==1.33.0"]\nbuild-backend = "hatchling.build"\n\n'
        '[project]\nname = "dep-dist"\nversion = "2.0"\n\n[project.scripts]\ndep-run = "dep:main"\n\n'
        '[tool.hatch.build.targets.wheel]\npackages = ["dep", "acme"]\n'
    ),
    "dep/dep/__init__.py": "from .inner import VALUE\n\n\ndef main():\n    print('dep', VALUE)\n",
    "dep/dep/inner.py": "VALUE = 5\n",
    "dep/acme/parts/__init__.py": "PARTS = 3\n",
}
DEP_APP = "import dep\n\ndep.main()\n"
INSTALLED = {"dep": ("installed", ""), "dep.inner": ("installed", "")}
ONLY_APP = ("/root/app.py",)
LINK = "import os, sys; os.symlink(sys.argv[1], sys.argv[2])"
# An egg as easy_install laid it out: the modules and EGG-INFO, as a directory or as an archive.
EGG = """\
import os, sys, zipfile
path, kind = sys.argv[1:]
members = {
    "dep/__init__.py": open("dep/dep/__init__.py").read(),
    "dep/inner.py": open("dep/dep/inner.py").read(),
    "EGG-INFO/PKG-INFO": "Metadata-Version: 1.2\\nName: dep-dist\\nVersion: 2.0\\n",
    "EGG-INFO/top_level.txt": "dep\\n",
    "EGG-INFO/SOURCES.txt": "dep/__init__.py\\ndep/inner.py\\n",
}
os.makedirs(os.path.dirname(path), exist_ok=True)
if kind == "archive":
    with zipfile.ZipFile(path, "w") as egg:
        for name in sorted(members):
            egg.writestr(name, members[name])
else:
    for name, text in members.items():
        os.makedirs(os.path.dirname(os.path.join(path, name)), exist_ok=True)
        open(os.path.join(path, name), "w").write(text)
"""
# A prefix of its own, as conda makes them: the interpreter, the library, conda-meta.
PREFIX = """\
import os, shutil, sys
prefix, base, version = sys.argv[1:]
library = os.path.join(prefix, "lib", "python" + version)
os.makedirs(os.path.join(library, "site-packages"))
os.makedirs(os.path.join(prefix, "bin"))
os.makedirs(os.path.join(prefix, "conda-meta"))
open(os.path.join(prefix, "conda-meta", "history"), "w").close()
held = os.path.join(base, "lib", "python" + version)
for name in os.listdir(held):
    if name != "site-packages":
        os.symlink(os.path.join(held, name), os.path.join(library, name))
shutil.copy2(os.path.join(base, "bin", "python" + version), os.path.join(prefix, "bin", "python"))
"""


def dep_case(
    name: str,
    steps: tuple[tuple[str, ...], ...],
    files: Mapping[str, str] | None = None,
    *,
    output: str = "dep 5\n",
    remote: tuple[str, ...] = ONLY_APP,
    modules: Mapping[str, tuple[str, str]] = INSTALLED,
    labels: tuple[str, ...] = ("app.py",),
    requirements: tuple[str, ...] = ("dep-dist",),
    python: str = "{python}",
    cwd: str = "app",
    words: tuple[str, ...] = ("app.py",),
    environ: Mapping[str, str] | None = None,
    build_environ: Mapping[str, str] | None = None,
    requires: tuple[str, ...] = (),
) -> LayoutCase:
    """A case about `dep`, an ordinary distribution, and a program that imports it."""
    tree = {"app/app.py": DEP_APP, **DEP, **(files or {})}
    return LayoutCase(
        Layout(name, tree, steps, requires, build_environ or {}),
        output,
        remote,
        modules,
        labels,
        requirements=requirements,
        python=python,
        cwd=cwd,
        words=words,
        environ=environ or {},
    )


def _python(code: str, *words: str) -> tuple[str, ...]:
    # The code is not a template.
    return ("{base_python}", "-c", code.replace("{", "{{").replace("}", "}}"), *words)


OWN_PREFIX = _python(PREFIX, "prefix", "{base_prefix}", "{version}")
VENDORED = (
    "/root/app.py",
    "/root/dep/__init__.py",
    "/root/dep/inner.py",
)
INSTALL_CASES = (
    dep_case("wheel", ((*UV_INSTALL, "./dep"),)),
    dep_case(
        "uv-link-mode-symlink",
        ((*UV_INSTALL, "--link-mode", "symlink", "./dep"),),
        build_environ={"UV_CACHE_DIR": "{root}/uv-cache"},
    ),
    dep_case(
        "pip-target",
        (("{uv}", "pip", "install", "--quiet", "--target", "app/vendor", "--python", "{python}", "./dep"),),
        {"app/app.py": "import os, sys\nsys.path.insert(0, os.path.abspath('vendor'))\n" + DEP_APP},
        remote=VENDORED,
        modules={
            "dep": ("vendored", "app/vendor/dep/__init__.py"),
            "dep.inner": ("vendored", "app/vendor/dep/inner.py"),
        },
        labels=("PythonPackage:dep", "app.py"),
        requirements=(),
    ),
    dep_case(
        "vcs",
        (
            ("git", "init", "--quiet", "dep"),
            ("git", "-C", "dep", "add", "."),
            (
                "git", "-C", "dep", "-c", "user.name=u", "-c", "user.email=u@example.org",
                "commit", "--quiet", "-m", "All",
            ),
            (*UV_INSTALL, "dep-dist @ git+file://{root}/dep"),
        ),
        requires=("git",),
    ),
    dep_case(
        "archive",
        (
            _python("import shutil; shutil.make_archive('dep_dist-2.0', 'gztar', '.', 'dep')"),
            (*UV_INSTALL, "./dep_dist-2.0.tar.gz"),
        ),
    ),
    dep_case(
        "user-site",
        (
            OWN_PREFIX,
            (
                "{uv}", "pip", "install", "--quiet", "--python", "{python}",
                "--target", "base/lib/python{version}/site-packages", "./dep",
            ),
        ),
        python="{root}/prefix/bin/python",
        environ={"PYTHONUSERBASE": "{root}/base"},
    ),
    dep_case(
        "other-environment-on-pythonpath",
        (
            ("{uv}", "venv", "--quiet", "--no-project", "--python", "{base_python}", "other"),
            ("{uv}", "pip", "install", "--quiet", "--python", "other/bin/python", "./dep"),
        ),
        environ={"PYTHONPATH": "{root}/other/lib/python{version}/site-packages"},
    ),
    dep_case(
        "egg-directory",
        (
            _python(EGG, "{site}/dep_dist-2.0-py{version}.egg", "directory"),
            _python(
                "import sys; open(sys.argv[1], 'w').write(sys.argv[2])",
                "{site}/easy-install.pth", "./dep_dist-2.0-py{version}.egg\n",
            ),
        ),
    ),
    dep_case(
        "egg-archive",
        (
            _python(EGG, "{site}/dep_dist-2.0-py{version}.egg", "archive"),
            _python(
                "import sys; open(sys.argv[1], 'w').write(sys.argv[2])",
                "{site}/easy-install.pth", "./dep_dist-2.0-py{version}.egg\n",
            ),
        ),
    ),
    dep_case(
        "egg-archive-elsewhere",
        (_python(EGG, "app/libs/dep.egg", "archive"),),
        remote=("/root/app.py", "/root/libs/dep.egg"),
        modules={"dep": ("zip", "app/libs/dep.egg/dep/__init__.py")},
        labels=("Archive:dep.egg", "app.py"),
        requirements=(),
        environ={"PYTHONPATH": "{root}/app/libs/dep.egg"},
    ),
    dep_case(
        "split-namespace",
        ((*UV_INSTALL, "./dep"),),
        {
            "app/app.py": "from acme.parts import PARTS\nfrom acme.own import OWN\n\nprint(PARTS + OWN)\n",
            "app/acme/own.py": "OWN = 1\n",
            "app/acme/tables/sizes.txt": "1\n",
        },
        output="4\n",
        remote=("/root/acme/own.py", "/root/acme/tables/sizes.txt", "/root/app.py"),
        modules={"acme.own": ("local", "app/acme/own.py"), "acme.parts": ("installed", "")},
        labels=("PythonPackage:acme", "app.py"),
    ),
    dep_case(
        "console-script",
        ((*UV_INSTALL, "./dep"),),
        words=("--", "{root}/venv/bin/dep-run"),
        remote=(),
        labels=(),
    ),
)  # fmt: skip
PLACE_CASES = (
    dep_case(
        "own-prefix",
        (
            OWN_PREFIX,
            ("{uv}", "pip", "install", "--quiet", "--python", "prefix/bin/python", "./dep"),
        ),
        {"prefix/work/app.py": DEP_APP},
        python="{root}/prefix/bin/python",
        cwd="prefix/work",
    ),
    dep_case(
        "pyenv-shim",
        (
            (*UV_INSTALL, "./dep"),
            _python("import os; os.chmod('shims/python', 0o755)"),
        ),
        {"shims/python": '#!/bin/sh\nexec "$(dirname "$0")/../venv/bin/python" "$@"\n'},
        python="{root}/shims/python",
    ),
    dep_case(
        "linked-environment",
        ((*UV_INSTALL, "./dep"), _python(LINK, "venv", "link")),
        python="{root}/link/bin/python",
    ),
    dep_case(
        "linked-site-packages",
        (
            (*UV_INSTALL, "./dep"),
            ("mv", "{site}", "packages"),
            _python(LINK, "{root}/packages", "{site}"),
        ),
    ),
    dep_case(
        "linked-project",
        ((*UV_INSTALL, "./dep"), _python(LINK, "app", "link")),
        {"app/own.py": "OWN = 1\n", "app/app.py": "import own\n" + DEP_APP},
        cwd=".",
        words=("{root}/link/app.py",),
        remote=("/root/app.py", "/root/own.py"),
        # Python itself resolves the directory of the script.
        modules={**INSTALLED, "own": ("local", "app/own.py")},
        labels=("PythonModule:own", "app.py"),
    ),
    dep_case(
        "pythonhome-and-safe-path",
        (OWN_PREFIX, (*UV_INSTALL, "./dep")),
        {"lib/own.py": "OWN = 1\n", "app/app.py": "import own\n" + DEP_APP},
        words=("--", "{base_python}", "-P", "app.py"),
        environ={
            "PYTHONHOME": "{root}/prefix",
            "PYTHONPATH": "{root}/lib:{root}/{site}",
        },
        remote=("/root/app.py", "/root/own.py"),
        modules={**INSTALLED, "own": ("local", "lib/own.py")},
        labels=("PythonModule:own", "app.py"),
    ),
    dep_case(
        "pth-directories",
        (
            (*UV_INSTALL, "./dep"),
            _python(
                "import sys; open(sys.argv[1], 'w').write(sys.argv[2])",
                "{site}/team.pth", "{root}/shared\n../../../../more\n",
            ),
        ),
        {
            "shared/own.py": "import further\nOWN = further.OWN\n",
            "more/further.py": "OWN = 1\n",
            "app/app.py": "import own\n" + DEP_APP,
        },
        remote=("/root/app.py", "/root/further.py", "/root/own.py"),
        modules={**INSTALLED, "own": ("local", "shared/own.py"), "further": ("local", "more/further.py")},
        labels=("PythonModule:further", "PythonModule:own", "app.py"),
    ),
    dep_case(
        "project-called-site-packages",
        ((*UV_INSTALL, "./dep"),),
        {"site-packages/own.py": "OWN = 1\n", "site-packages/app.py": "import own\n" + DEP_APP},
        cwd="site-packages",
        remote=("/root/app.py", "/root/own.py"),
        modules={**INSTALLED, "own": ("local", "site-packages/own.py")},
        labels=("PythonModule:own", "app.py"),
    ),
    dep_case(
        "project-beside-its-namesake-environment",
        ((*UV_INSTALL, "./dep"),),
        {"venv-app/own.py": "OWN = 1\n", "venv-app/app.py": "import own\n" + DEP_APP},
        cwd="venv-app",
        remote=("/root/app.py", "/root/own.py"),
        modules={**INSTALLED, "own": ("local", "venv-app/own.py")},
        labels=("PythonModule:own", "app.py"),
    ),
    dep_case(
        "project-inside-its-environment",
        ((*UV_INSTALL, "./dep"),),
        {"venv/src/own.py": "OWN = 1\n", "venv/src/app.py": "import own\n" + DEP_APP},
        cwd="venv/src",
        remote=("/root/app.py", "/root/own.py"),
        modules={**INSTALLED, "own": ("local", "venv/src/own.py")},
        labels=("PythonModule:own", "app.py"),
    ),
    dep_case(
        "egg-info-beside-a-source",
        ((*UV_INSTALL, "./dep"),),
        {
            "lib/own.py": "OWN = 1\n",
            "lib/own_dist.egg-info/PKG-INFO": "Metadata-Version: 2.1\nName: own-dist\nVersion: 1.0\n",
            "lib/own_dist.egg-info/SOURCES.txt": "own.py\n",
            "lib/own_dist.egg-info/top_level.txt": "own\n",
            "app/app.py": "import own\n" + DEP_APP,
        },
        environ={"PYTHONPATH": "{root}/lib"},
        remote=("/root/app.py", "/root/own.py"),
        modules={**INSTALLED, "own": ("local", "lib/own.py")},
        labels=("PythonModule:own", "app.py"),
    ),
)  # fmt: skip
