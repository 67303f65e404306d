"""Why something is or is not in a manifest: one table over short manifests."""

from __future__ import annotations

from dataclasses import replace

import pytest
from manifest_world import file, manifest, module, mount, process, provenance

from automount.explain import Answer, WhyOutcome, why
from automount.explain.names import nearest_names
from automount.manifest import DataRow, Manifest, Requirement, Skipped, Warning_
from automount.model import Origin, Status

NUMPY = "/venv/lib/python3.11/site-packages/numpy"


def world() -> Manifest:
    """The plain manifest with what can be left out: installed, skipped, data, only found."""
    plain = manifest()
    installed = {
        "origin": Origin.INSTALLED,
        "mount": None,
        "distribution": "Num_Py",
        "rule": "record-installed",
    }
    return replace(
        plain,
        modules=(
            *plain.modules,
            module("numpy", f"{NUMPY}/__init__.py", requested_by="pkg.b", line=9, **installed),
            module("numpy.core", f"{NUMPY}/core.py", requested_by="numpy", line=1, **installed),
            module("probed", "/p/probed.py", status=Status.FOUND, mount=None),
        ),
        requirements=(Requirement("num-py", "2.0"),),
        skipped=(Skipped("/p/pkg/__pycache__", "pycache"), Skipped("/p/pkg/.env", "dot-name")),
        data=(DataRow("/p/in.csv", "pkg.a", None), DataRow("/p/pkg/data.txt", "pkg.b", "/root/pkg/data.txt")),
        warnings=(Warning_("data-not-mounted", "in.csv was read", "/p/in.csv"),),
    )


def ask(question: str, *paths: str, of: Manifest | None = None) -> Answer:
    return why(of or world(), question, paths or ((question,) if question.startswith("/") else ()))


@pytest.mark.parametrize(
    ("question", "paths", "outcome", "subject", "what"),
    [
        ("pkg.b", ["/p/pkg.b"], WhyOutcome.MOUNTED, "module", "pkg.b"),
        ("pkg", ["/p/pkg"], WhyOutcome.MOUNTED, "module", "pkg"),
        ("app.py", ["/p/app.py"], WhyOutcome.MOUNTED, "file", "/root/app.py"),
        ("/root/app.py", ["/root/app.py"], WhyOutcome.MOUNTED, "file", "/root/app.py"),
        ("pkg/data.txt", ["/p/pkg/data.txt"], WhyOutcome.MOUNTED, "file", "/root/pkg/data.txt"),
        ("./pkg/../pkg/a.py", ["/p/./pkg/../pkg/a.py"], WhyOutcome.MOUNTED, "file", "/root/pkg/a.py"),
        ("pkg/", ["/p/pkg/"], WhyOutcome.MOUNTED, "mount", "PythonPackage:pkg"),
        ("/root/pkg", ["/root/pkg"], WhyOutcome.MOUNTED, "mount", "PythonPackage:pkg"),
        ("PythonPackage:pkg", [], WhyOutcome.MOUNTED, "mount", "PythonPackage:pkg"),
        ("/root", ["/root"], WhyOutcome.MOUNTED, "directory", "/root"),
        ("/p", ["/p"], WhyOutcome.MOUNTED, "directory", "/p"),
        ("json", ["/p/json"], WhyOutcome.LEFT_OUT, "module", "json"),
        (f"{NUMPY}/core.py", [f"{NUMPY}/core.py"], WhyOutcome.LEFT_OUT, "file", f"{NUMPY}/core.py"),
        ("NUM.py", ["/p/NUM.py"], WhyOutcome.LEFT_OUT, "distribution", "NUM.py"),
        ("probed", [], WhyOutcome.LEFT_OUT, "module", "probed"),
        ("pkg/.env", ["/p/pkg/.env"], WhyOutcome.LEFT_OUT, "file", "/p/pkg/.env"),
        ("pkg/__pycache__/a.pyc", ["/p/pkg/__pycache__/a.pyc"], WhyOutcome.LEFT_OUT, "file", None),
        ("in.csv", ["/p/in.csv"], WhyOutcome.LEFT_OUT, "file", "/p/in.csv"),
        ("pkg/new.py", ["/p/pkg/new.py"], WhyOutcome.LEFT_OUT, "file", "/p/pkg/new.py"),
        ("pkgs.b", ["/p/pkgs.b"], WhyOutcome.UNKNOWN, "name", "pkgs.b"),
        ("/p/pkg-twin/a.py", ["/p/pkg-twin/a.py"], WhyOutcome.UNKNOWN, "name", "/p/pkg-twin/a.py"),
        ("/", ["/"], WhyOutcome.UNKNOWN, "name", "/"),
        ("", [], WhyOutcome.UNKNOWN, "name", ""),
    ],
)
def test_what_a_question_is_about(
    question: str, paths: list[str], outcome: WhyOutcome, subject: str, what: str | None
) -> None:
    answer = why(world(), question, paths)
    assert (answer.outcome, answer.subject) == (outcome, subject)
    assert what is None or answer.what == what


def steps(answer: Answer, place: int = 0) -> list[tuple[str, str | None, int | None]]:
    """The chain as (module, file of the asking code, its line)."""
    return [(step.module.name, step.file, step.line) for step in answer.chains[place].steps]


def test_the_chain_goes_from_the_entrypoint_to_the_module() -> None:
    assert steps(ask("numpy")) == [
        ("__main__", None, None),
        ("pkg.a", "/p/app.py", 3),
        ("pkg.b", "/p/pkg/a.py", 1),
        ("numpy", "/p/pkg/b.py", 9),
    ]


def test_a_file_that_was_not_loaded_is_explained_by_what_brought_its_mount() -> None:
    answer = ask("/root/pkg/data.txt")
    assert answer.within
    assert [row.name for row in answer.modules] == ["pkg"]
    assert answer.mounts[0].because == ("import pkg.a by __main__ (app.py:3)",)
    assert [row.read_by for row in answer.data] == ["pkg.b"]


def test_left_out_files_come_with_the_row_that_names_them() -> None:
    assert ask("/p/pkg/__pycache__/a.pyc").skipped == (Skipped("/p/pkg/__pycache__", "pycache"),)
    assert ask("/p/pkg/.env").skipped == (Skipped("/p/pkg/.env", "dot-name"),)
    data = ask("/p/in.csv")
    assert [row.code for row in data.warnings] == ["data-not-mounted"]


def test_an_installed_module_names_its_requirement() -> None:
    for question in ("numpy", "num-py", f"{NUMPY}/__init__.py"):
        assert ask(question).requirement == Requirement("num-py", "2.0")


def test_a_distribution_is_explained_by_who_uses_it_from_outside() -> None:
    assert [row.name for row in ask("num-py").modules] == ["numpy"]


def two_processes() -> Manifest:
    """Process 1 was forked from 0 and has only what it loaded itself; process 2 is a Python of its own."""
    plain = manifest()
    return replace(
        plain,
        mounts=(*plain.mounts, mount("PythonModule:late", "/p/late.py", "/root/late.py")),
        files=(*plain.files, file("/root/late.py", mounts=[2])),
        modules=(
            *plain.modules,
            module("late", "/p/late.py", process=1, mount=2, requested_by="pkg.b", line=7),
            module("__main__", "/p/worker.py", process=2, requested_by=None, line=None),
            module("late", "/p/late.py", process=2, mount=2, line=2),
        ),
        provenance=provenance(
            processes=(
                process(),
                process(1, ("python", "app.py"), parent=0),
                process(2, ("python", "worker.py"), ppid=101),
            )
        ),
    )


def test_a_forked_child_continues_the_chain_of_its_parent() -> None:
    answer = ask("late", of=two_processes())
    assert [name for name, _, _ in steps(answer)] == ["__main__", "pkg.a", "pkg.b", "late"]
    assert [row.process for row in answer.chains[0].processes] == [0, 1]


def test_each_process_has_its_own_chain_and_parents_are_found_by_pid() -> None:
    answer = ask("late", of=two_processes())
    assert steps(answer, 1) == [("__main__", None, None), ("late", "/p/worker.py", 2)]
    assert [row.process for row in answer.chains[1].processes] == [0, 1, 2]


def test_circles_end() -> None:
    plain = manifest()
    circle = replace(
        plain,
        modules=(
            module("a", "/p/a.py", requested_by="b"),
            module("b", "/p/b.py", requested_by="a"),
            module("self", "/p/self.py", requested_by="self"),
        ),
        provenance=provenance(processes=(process(parent=1), process(1, parent=0))),
    )
    assert [name for name, _, _ in steps(ask("a", of=circle))] == ["b", "a"]
    assert [name for name, _, _ in steps(ask("self", of=circle))] == ["self"]


def test_modules_that_are_mounted_and_ran_come_first() -> None:
    plain = manifest()
    rows = (
        module("m", "/p/m.py", process=0, mount=None, status=Status.FOUND),
        module("m", "/p/m.py", process=1, mount=1, status=Status.FAILED),
        module("m", "/p/m.py", process=2, mount=1),
    )
    answer = ask("m", of=replace(plain, modules=rows))
    assert [row.process for row in answer.modules] == [2, 1, 0]


@pytest.mark.parametrize(
    ("question", "nearest"),
    [
        ("b", ("pkg.b",)),
        ("pkg.bb", ("pkg.b", "pkg.a", "pkg")),
        ("jsn", ("json",)),
        ("JSON", ("json",)),
        ("lib/data.txt", ("/root/pkg/data.txt",)),
        ("dta.txt/", ("/root/pkg/data.txt",)),
        ("zzzzzz", ()),
        ("zzzzzz.jso", ()),
        ("dta.txt", ("/root/pkg/data.txt",)),
    ],
)
def test_the_nearest_names(question: str, nearest: tuple[str, ...]) -> None:
    assert nearest_names(manifest(), question)[: len(nearest) or 1] == nearest


@pytest.mark.parametrize(
    ("question", "remote"),
    [
        ("pkg.unasked", "/root/pkg/unasked.py"),
        ("pkg.sub", "/root/pkg/sub/__init__.py"),
        ("pkg.fast", "/root/pkg/fast.cpython-311-x86_64-linux-gnu.so"),
        ("pkg.old", "/root/pkg/old.pyc"),
        ("mapped.deep", "/root/src/mapped/deep.py"),
    ],
)
def test_a_module_that_came_along_unloaded(question: str, remote: str) -> None:
    plain = manifest()
    more = replace(plain, sys_path=("/root", "/root/src"), files=(*plain.files, file(remote, mounts=[1])))
    answer = ask(question, f"/p/{question}", of=more)
    assert (answer.outcome, answer.subject, answer.within) == (WhyOutcome.MOUNTED, "module", True)
    assert [row.remote for row in answer.files] == [remote]
    assert [row.label for row in answer.mounts] == ["PythonPackage:pkg"]
    assert [chain.steps[-1].module.name for chain in answer.chains] == ["pkg"]


@pytest.mark.parametrize("question", ["pkg.data", "pkg.unask", "pkg.b.more", "pkg..unasked", "pkg/unasked"])
def test_other_names_are_still_unknown(question: str) -> None:
    plain = manifest()
    more = replace(plain, files=(*plain.files, file("/root/pkg/unasked.py", mounts=[1])))
    assert ask(question, of=more).outcome is WhyOutcome.UNKNOWN


def test_a_module_that_was_only_looked_for_but_came_along() -> None:
    plain = manifest()
    probed = module("pkg.probed", "/p/pkg/probed.py", status=Status.FOUND, mount=None)
    more = replace(
        plain,
        modules=(*plain.modules, probed),
        files=(*plain.files, file("/root/pkg/probed.py", mounts=[1])),
    )
    answer = ask("pkg.probed", of=more)
    assert (answer.outcome, answer.modules) == (WhyOutcome.MOUNTED, (probed,))
    assert [row.remote for row in answer.files] == ["/root/pkg/probed.py"]


def test_a_loaded_module_that_a_pattern_left_out_of_its_mount_is_not_mounted() -> None:
    plain = manifest()
    row = Skipped("/p/pkg/b.py", "excluded", "b.py (--exclude)")
    left = replace(plain, files=tuple(f for f in plain.files if f.local != "/p/pkg/b.py"), skipped=(row,))
    for question, paths in (("pkg.b", ()), ("pkg/b.py", ("/p/pkg/b.py",))):
        answer = ask(question, *paths, of=left)
        assert (answer.outcome, answer.mounts, answer.skipped) == (WhyOutcome.LEFT_OUT, (), (row,))
        assert [chain.steps[-1].module.name for chain in answer.chains] == ["pkg.b"]
    assert ask("pkg.a", of=left).outcome is WhyOutcome.MOUNTED
