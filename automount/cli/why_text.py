"""An answer of `automount why` as lines for display."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping

from automount.cli.render import figures
from automount.cli.text import counted, printable, size
from automount.cli.tree import Signs
from automount.explain import Answer, Chain, Step, WhyOutcome
from automount.manifest import Manifest, ModuleRow
from automount.model import Origin, Status
from automount.paths import relative

SKIP_MEANINGS = {
    "remote-path": "its remote path is not valid for a file",
    "consumed": "the run used it and removed it: create it where the program runs",
    "broken-link": "a link that leads nowhere",
    "cachedir-tag": "a directory with CACHEDIR.TAG: a cache",
    "device": "a device, not a file",
    "dot-name": "its name begins with a dot",
    "editable": "an editable installation, and --editable skip was given",
    "excluded": "a pattern excludes it",
    "fifo": "a FIFO, not a file",
    "link-loop": "a link that leads back to itself",
    "directory": "a directory, although a file was named",
    "missing": "it does not exist",
    "no-directory": "a file, although a directory was named",
    "nested-venv": "a virtual environment inside the project",
    "pyc-with-source": "compiled from a source that is mounted",
    "pycache": "Python's cache of compiled files",
    "remote-collision": "another file has its remote path",
    "socket": "a socket, not a file",
    "symlinked-directory": "a linked directory in which nothing was loaded or read",
    "unreadable": "it cannot be read",
    "vanished": "it disappeared while the files were listed",
}
_LABEL = 10
# Where the text of a fact begins: below it, a long one is continued.
HANG = 2 + _LABEL


def answer_lines(
    answer: Answer, manifest: Manifest, rules: Mapping[str, str], *, everything: bool, signs: Signs
) -> Iterator[str]:
    """The headline, then labelled facts, then the chain of imports; `rules` gives each rule's meaning."""
    formatter = _Formatter(answer, manifest, rules, everything, signs)
    for line in formatter.lines():
        yield printable(line)


class _Formatter:
    """Formats one answer."""

    def __init__(
        self, answer: Answer, manifest: Manifest, rules: Mapping[str, str], everything: bool, signs: Signs
    ) -> None:
        self._answer = answer
        self._manifest = manifest
        self._rules = rules
        self._everything = everything
        self._arrow = "→" if signs.tick == "✓" else "->"

    def lines(self) -> Iterator[str]:
        """All lines, the headline first."""
        answer = self._answer
        if answer.outcome is WhyOutcome.UNKNOWN:
            yield f"{answer.what} was never loaded in this run, and no mount contains it"
            if answer.nearest:
                yield _fact("nearest", ", ".join(answer.nearest))
            yield _fact("hint", "record a run that loads it, or add it: --add-package, --add-dir, --add-file")
            return
        verb = "is mounted" if answer.outcome is WhyOutcome.MOUNTED else "is not mounted"
        yield f"{answer.subject} {answer.what} {verb}"
        yield from self._files()
        yield from self._origin()
        yield from self._left_out()
        yield from self._mounts()
        for row in answer.data:
            by = f" by {row.read_by}" if row.read_by else ""
            yield _fact("data", f"{self._short(row.local)} was read{by}")
        for warning in answer.warnings:
            yield _fact("warning", f"{warning.message} [{warning.code}]")
        yield from self._chains()

    def _files(self) -> Iterator[str]:
        files = self._answer.files
        if len(files) == 1:
            row = files[0]
            yield _fact("file", f"{row.local} ({size(row.size)}) {self._arrow} {row.remote}")
        elif files:
            yield _fact("files", figures(len(files), sum(row.size for row in files)))

    def _origin(self) -> Iterator[str]:
        """The rule that decided, for each different decision."""
        if self._answer.within:
            return
        reported: list[str] = []
        for row in self._answer.modules:
            rule = f", rule {row.rule}: {self._rules.get(row.rule, 'unknown here')}" if row.rule else ""
            owner = f" {row.distribution}" if row.distribution else ""
            line = f"{row.origin.value}{owner}{rule}"
            if line not in reported:
                reported.append(line)
        for line in reported if self._everything else reported[:1]:
            yield _fact("origin", line)
        requirement = self._answer.requirement
        if requirement is not None:
            local = requirement.local_source
            place = f", installed from {local} (only on this machine)" if local is not None else ""
            yield _fact("instead", f"the requirement {requirement.name}=={requirement.version}{place}")

    def _left_out(self) -> Iterator[str]:
        answer = self._answer
        for row in answer.skipped:
            meaning = SKIP_MEANINGS.get(row.code, "left out")
            more = f" ({row.detail})" if row.detail else ""
            yield _fact("left out", f"{self._short(row.local)}: {meaning}{more} [{row.code}]")
        if answer.outcome is not WhyOutcome.LEFT_OUT or answer.skipped:
            return
        if answer.data:
            path = self._short(answer.data[0].local)
            yield _fact("left out", "it was read as data, and no mount contains it")
            if not answer.warnings:
                yield _fact("hint", f"ship it with --add-file {shlex.quote(path)}, or --data mount")
        elif answer.within:
            yield _fact(
                "left out",
                f"it is below {answer.mounts[0].label}, but was not shipped when that was recorded: "
                "it is newer than the manifest, or --scope left it out",
            )
        elif answer.modules:
            yield _fact("left out", self._why_module(answer.modules[0]))

    def _why_module(self, row: ModuleRow) -> str:
        if row.status is Status.FOUND and row.origin not in _ELSEWHERE:
            return "it was only looked for; its code never ran"
        if row.origin is Origin.EDITABLE:
            return "editable installations are left out by --editable skip"
        return _ELSEWHERE.get(row.origin, "the options of that run left it out")

    def _mounts(self) -> Iterator[str]:
        answer = self._answer
        if answer.outcome is not WhyOutcome.MOUNTED:
            return
        for mount in answer.mounts:
            yield _fact("mount", f"{mount.label}, {mount.local} {self._arrow} {mount.remote}")
            if answer.within and answer.subject in ("file", "module"):
                yield _fact(
                    "", f"the {mount.kind.value} mount contains it; the run did not load it as a module"
                )
            shown = mount.because if self._everything else mount.because[:1]
            for sentence in shown:
                yield _fact("because", sentence)
            if len(mount.because) > len(shown):
                yield _fact("", f"and {counted(len(mount.because) - len(shown), 'more reason')} (--all)")

    def _chains(self) -> Iterator[str]:
        chains = self._answer.chains
        shown = chains if self._everything else chains[:1]
        for chain in shown:
            yield from self._chain(chain)
        if len(chains) > len(shown):
            others = len(chains) - len(shown)
            modules = {chain.steps[-1].module.name for chain in chains}
            what = "in 1 more process" if others == 1 else f"in {others} more processes"
            yield _fact(
                "", f"and {what} (--all)" if len(modules) == 1 else f"and {others} more chains (--all)"
            )

    def _chain(self, chain: Chain) -> Iterator[str]:
        label = "chain"
        for depth, row in enumerate(chain.processes):
            started = ", its child" if depth else ""
            yield _fact(label, f"process {row.process}{started}: {shlex.join(row.argv)}")
            label = ""
        for depth, step in enumerate(chain.steps):
            yield _fact(label, "  " * (depth + 1) + self._step(step))
            label = ""

    def _step(self, step: Step) -> str:
        row = step.module
        ending = {Status.FAILED: ", which failed", Status.FOUND: ", not executed"}.get(row.status, "")
        if step.requested_by is None:
            where = f" ({self._short(row.file)})" if row.file and row.file.startswith("/") else ""
            return f"{row.name}{where}{ending}"
        at = ""
        if step.file is not None and step.file.startswith("/"):
            at = f"{self._short(step.file)}:{step.line}: " if step.line else f"{self._short(step.file)}: "
        # The name of a script is its path; the module of -m is run by runpy.
        by_path = row.name.startswith("/")
        verb = "runs" if by_path or step.requested_by == "runpy" else "imports"
        name = self._short(row.name) if by_path else row.name
        return f"{at or f'{step.requested_by} '}{verb} {name}{ending}"

    def _short(self, path: str) -> str:
        """`path` relative to where the program ran, where it is below that."""
        return relative(path, self._manifest.provenance.cwd) or path


_ELSEWHERE: Mapping[Origin, str] = {
    Origin.BUILTIN: "it is part of the interpreter",
    Origin.FROZEN: "it is part of the interpreter",
    Origin.STDLIB: "it is part of the standard library",
    Origin.INSTALLED: "it is installed; the other machine installs it too",
    Origin.EDITABLE_SHIM: "it only makes an editable installation work",
    Origin.GENERATED: "it was created at run time and has no file",
    Origin.MISSING: "its file no longer existed after the run",
    Origin.NAMESPACE: "none of its directories belongs to your project",
}


def _fact(label: str, text: str) -> str:
    return f"  {label:<{_LABEL}}{text}"
