"""Well-known programs, run from their source trees: what is installed, what is run, on which input."""

from __future__ import annotations

from subjects.inputs import INPUTS as FIRST_INPUTS
from subjects.larger import LARGER, LARGER_INPUTS
from subjects.model import Subject

SUBJECTS: tuple[Subject, ...] = (
    Subject(
        "sphinx",
        "a manual with autodoc, own templates and a local extension, two processes",
        "sphinx",
        ("-m", "sphinx", "-q", "-j", "2", "-b", "html", "docs", "out"),
    ),
    Subject(
        "pylint",
        "two processes, a local plugin",
        "pylint",
        ("-m", "pylint", "-j", "2", "--exit-zero", "--load-plugins=house_rules", "sample"),
    ),
    Subject(
        "django",
        "`manage.py test --parallel 2`: templates, migrations, an own app",
        "django",
        ("manage.py", "test", "--parallel", "2"),
    ),
    Subject(
        "django-tests",
        "its own tests of forms, migrations and views, in two processes",
        "django",
        ("tests/runtests.py", "--parallel", "2", "forms_tests", "migrations", "view_tests"),
        inside=True,
    ),
    Subject(
        "mkdocs",
        "a site with a hook file and an own theme directory",
        "mkdocs",
        ("-m", "mkdocs", "-q", "build"),
    ),
    Subject(
        "black",
        "a pool of two processes over sample files",
        "black",
        ("-m", "black", "-q", "-W", "2", "sample"),
    ),
    Subject(
        "pytest",
        "its own test files under two xdist workers",
        "pytest",
        (
            "-m",
            "pytest",
            "-q",
            "-p",
            "no:cacheprovider",
            "-n",
            "2",
            "testing/test_mark.py",
            "testing/test_nodes.py",
        ),
        inside=True,
    ),
    Subject(
        "sqlalchemy",
        "its own tests under two xdist workers, with its compiled modules",
        "sqlalchemy",
        (
            "-m",
            "pytest",
            "-q",
            "-p",
            "no:cacheprovider",
            "-n",
            "2",
            "test/sql/test_ddlemit.py",
            "test/orm/test_hasparent.py",
        ),
        inside=True,
    ),
    Subject(
        "celery",
        "a prefork worker on a file broker, one task sent and awaited",
        "celery",
        ("send_and_wait.py",),
    ),
    Subject(
        "ansible",
        "a local playbook with a role, a template and a filter plugin",
        "ansible-core",
        ("-m", "ansible", "playbook", "-i", "localhost,", "-c", "local", "site.yml"),
    ),
    *LARGER,
)
INPUTS = {**FIRST_INPUTS, **LARGER_INPUTS}

__all__ = ["INPUTS", "SUBJECTS", "Subject"]
