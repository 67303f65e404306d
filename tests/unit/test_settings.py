"""Settings from every place, each with its source; every mistake is named."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from automount import settings
from automount.errors import ConfigError, UsageError
from automount.model import DataPolicy, EditablePolicy, Layout, ManualMount, Pattern, Policy, Scope
from automount.settings import Setting, load


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / ".git").mkdir()
    return tmp_path


def cfg(directory: Path, text: str) -> None:
    (directory / "setup.cfg").write_text(text)


def toml(directory: Path, text: str) -> None:
    (directory / "pyproject.toml").write_text(text)


def test_the_default_policy(project: Path) -> None:
    loaded = load(str(project))
    assert loaded.policy == Policy()
    assert set(loaded.sources.values()) == {"default"}
    assert loaded.files == ()
    assert loaded.rows == (
        Setting("scope", "package", "default"),
        Setting("layout", "tree", "default"),
        Setting("data", "report", "default"),
        Setting("editable", "mount", "default"),
        Setting("root", "", "default"),
        Setting("remote-root", "/root", "default"),
        Setting("no-automount", "false", "default"),
    )


def test_every_option_in_setup_cfg(project: Path) -> None:
    cfg(
        project,
        "[metadata]\nname = x\n[automount]\nscope = source\nlayout = flat\ndata = mount\neditable = skip\n"
        "remote_root = /app/\nroot = .\nno-automount = yes\nadd-package =\n    pkg\n    other.sub:lib\n"
        "add-dir = models:/opt/models\nadd-file =\n    a.txt\n"
        "exclude =\n    *.csv\n    /data/x\ninclude = a.csv\n",
    )
    place = "setup.cfg [automount]"
    loaded = load(str(project))
    assert loaded.policy == Policy(
        remote_root="/app",
        root=str(project),
        scope=Scope.SOURCE,
        layout=Layout.FLAT,
        data=DataPolicy.MOUNT,
        editable=EditablePolicy.SKIP,
        automount=False,
        add_packages=(("pkg", None), ("other.sub", "/app/lib")),
        add_dirs=(ManualMount(f"{project}/models", "/opt/models"),),
        add_files=(ManualMount(f"{project}/a.txt"),),
        patterns=(
            Pattern("*.csv", False, place),
            Pattern("/data/x", False, place, str(project)),
            Pattern("/data/x", False, place),
            Pattern("a.csv", True, place),
        ),
    )
    assert set(loaded.sources.values()) == {place}
    assert loaded.files == (f"{project}/setup.cfg",)


def test_every_option_in_pyproject(project: Path) -> None:
    toml(
        project,
        '[project]\nname = "x"\n[tool.automount]\nscope = "loaded"\nlayout = "flat"\ndata = "ignore"\n'
        'editable = "skip"\nremote-root = "/app"\nroot = "."\nno_automount = true\nadd-package = ["pkg"]\n'
        'add-dir = "models"\nadd-file = ["a.txt:b.txt"]\nexclude = ["*.csv"]\ninclude = ["a.csv"]\n',
    )
    place = "pyproject.toml [tool.automount]"
    loaded = load(str(project))
    assert loaded.policy == Policy(
        remote_root="/app",
        root=str(project),
        scope=Scope.LOADED,
        layout=Layout.FLAT,
        data=DataPolicy.IGNORE,
        editable=EditablePolicy.SKIP,
        automount=False,
        add_packages=(("pkg", None),),
        add_dirs=(ManualMount(f"{project}/models"),),
        add_files=(ManualMount(f"{project}/a.txt", "/app/b.txt"),),
        patterns=(Pattern("*.csv", False, place), Pattern("a.csv", True, place)),
    )
    assert set(loaded.sources.values()) == {place}


def test_later_places_win_and_lists_add_up(project: Path) -> None:
    cfg(project, "[automount]\nscope = source\nlayout = tree\ndata = mount\nexclude = *.a\n")
    toml(project, '[tool.automount]\nlayout = "flat"\ndata = "ignore"\nexclude = ["*.b"]\n')
    (project / ".automountignore").write_text("# comment\n*.c\n")
    overrides = {"data": "report", "patterns": [("exclude", "*.d"), ("include", "x.d"), ("exclude", "y.d")]}
    loaded = load(str(project), overrides)
    assert (loaded.policy.scope, loaded.policy.layout, loaded.policy.data) == (
        Scope.SOURCE,
        Layout.FLAT,
        DataPolicy.REPORT,
    )
    assert [(row.text, row.include, row.source, row.rank) for row in loaded.policy.patterns] == [
        ("*.a", False, "setup.cfg [automount]", 0),
        ("*.b", False, "pyproject.toml [tool.automount]", 0),
        ("*.c", False, ".automountignore:2", 1),
        ("*.d", False, "--exclude", 2),
        ("x.d", True, "--include", 2),
        ("y.d", False, "--exclude", 2),
    ]
    assert loaded.sources["scope"] == "setup.cfg [automount]"
    assert loaded.sources["layout"] == "pyproject.toml [tool.automount]"
    assert loaded.sources["data"] == "command line"
    assert loaded.sources["exclude"] == "setup.cfg [automount], pyproject.toml [tool.automount], command line"
    assert Setting("data", "report", "command line") in loaded.rows
    assert Setting("ignore", "*.c", ".automountignore:2") in loaded.rows
    assert Setting("exclude", "*.d", "command line") in loaded.rows
    assert loaded.files == tuple(
        f"{project}/{name}" for name in ("setup.cfg", "pyproject.toml", ".automountignore")
    )


def test_the_nearest_configured_directory_decides_and_its_paths_are_relative_to_it(project: Path) -> None:
    toml(project, '[tool.automount]\nscope = "loaded"\nadd-dir = ["models"]\nexclude = ["/data/x"]\n')
    sub = project / "sub" / "deep"
    sub.mkdir(parents=True)
    toml(sub.parent, '[project]\nname = "no automount section here"\n')
    loaded = load(str(sub))
    place = f"{project}/pyproject.toml [tool.automount]"
    assert loaded.policy.scope is Scope.LOADED
    assert loaded.policy.add_dirs == (ManualMount(f"{project}/models"),)
    assert loaded.policy.patterns[0] == Pattern("/data/x", False, place, str(project))
    assert loaded.sources["scope"] == place
    cfg(sub, "[automount]\nlayout = flat\n")
    assert load(str(sub)).policy.scope is Scope.PACKAGE


def test_nothing_above_the_repository_is_read(project: Path) -> None:
    toml(project, '[tool.automount]\nscope = "loaded"\n')
    (project / ".automountignore").write_text("*.x\n")
    inner = project / "inner"
    (inner / ".git").mkdir(parents=True)
    assert load(str(inner)).policy == Policy()


def test_command_line_paths_are_relative_to_the_start(project: Path) -> None:
    loaded = load(str(project), {"add_file": ["../x/./a.txt", "/abs/b.txt:/opt/b"], "add_dir": ["."]})
    assert loaded.policy.add_files == (
        ManualMount(f"{project.parent}/x/a.txt"),
        ManualMount("/abs/b.txt", "/opt/b"),
    )
    assert loaded.policy.add_dirs == (ManualMount(str(project)),)


def test_a_colon_in_an_existing_name_is_not_a_separator(project: Path) -> None:
    (project / "a:b").touch()
    loaded = load(str(project), {"add_file": ["a:b", "a:b:c"]})
    assert loaded.policy.add_files == (
        ManualMount(f"{project}/a:b"),
        ManualMount(f"{project}/a:b", "/root/c"),
    )


def test_overrides_may_be_the_options_own_types_and_none_is_not_given(project: Path) -> None:
    cfg(project, "[automount]\nno-automount = true\nscope = source\n")
    given = {"scope": Scope.LOADED, "automount": None, "layout": None, "exclude": ["*.x"]}
    loaded = load(str(project), given)
    assert (loaded.policy.scope, loaded.policy.automount) == (Scope.LOADED, False)
    assert loaded.policy.patterns == (Pattern("*.x", False, "--exclude", None, 2),)
    assert load(str(project), {"automount": True}).policy.automount is True
    assert load(str(project), {"no_automount": False}).policy.automount is True


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("scop = source", "unknown setting 'scop'", "did you mean 'scope'?"),
        ("exlude = x", "unknown setting 'exlude'", "did you mean 'exclude'?"),
        (
            "zzz = x",
            "unknown setting 'zzz'",
            "valid values: add-dir, add-file, add-package, data, editable, exclude, include, layout, "
            "no-automount, remote-root, root, scope",
        ),
        ("scope = lodaed", "scope has the unknown value 'lodaed'", "did you mean 'loaded'?"),
        ("data = x", "data has the unknown value 'x'", "valid values: ignore, mount, report"),
        ("remote-root = app", "remote-root = 'app' is not an absolute path", "for example /root"),
        ("remote-root = /a/../b", "remote-root = '/a/../b' is not an absolute path", "for example /root"),
        (
            "no-automount = maybe",
            "no-automount must be true or false, not 'maybe'",
            "for example no-automount = true",
        ),
        (
            "add-package = not-a-name",
            "add-package 'not-a-name': 'not-a-name' is not an import name",
            "for example add-package pkg",
        ),
        ("add-dir = x:../y", "add-dir 'x:../y': '../y' is not a remote path", "for example add-dir x:/opt/x"),
        ("add-dir = x:", "add-dir 'x:': '' is not a remote path", "for example add-dir x:/opt/x"),
        ("patterns = x", "unknown setting 'patterns'", "valid values:"),
    ],
)
def test_what_is_wrong_in_a_file_is_refused_by_name(
    project: Path, text: str, message: str, hint: str
) -> None:
    cfg(project, f"[automount]\n{text}\n")
    with pytest.raises(ConfigError) as caught:
        load(str(project))
    assert caught.value.message == f"setup.cfg [automount]: {message}"
    assert caught.value.hint.startswith(hint)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("scope = 3", "scope must be a string, not 3"),
        ("exclude = 3", "exclude must be a list of strings, not 3"),
        ("exclude = ['a', 3]", "exclude must be a list of strings, not ['a', 3]"),
        ("add-file = ['']", "add-file '' does not name a path"),
    ],
)
def test_values_of_the_wrong_kind(project: Path, text: str, message: str) -> None:
    toml(project, f"[tool.automount]\n{text}\n")
    with pytest.raises(ConfigError) as caught:
        load(str(project))
    assert caught.value.message == f"pyproject.toml [tool.automount]: {message}"


def test_all_mistakes_are_reported_at_once_and_those_of_the_command_line_are_usage_errors(
    project: Path,
) -> None:
    cfg(project, "[automount]\nscop = x\n")
    with pytest.raises(UsageError) as caught:
        load(str(project), {"layot": "flat", "data": "mout"})
    assert str(caught.value) == (
        "setup.cfg [automount]: unknown setting 'scop' (did you mean 'scope'?); "
        "unknown setting 'layot' (did you mean 'layout'?); "
        "data has the unknown value 'mout': did you mean 'mount'?"
    )


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("setup.cfg", "[automount]\nscope\n", "is not a valid configuration file"),
        ("setup.cfg", "[automount]\nscope = a\nscope = b\n", "is not a valid configuration file"),
        ("pyproject.toml", "[tool.automount\n", "is not valid TOML"),
        ("pyproject.toml", "[tool]\nautomount = 3\n", "tool.automount is not a table"),
    ],
)
def test_broken_files_are_named(project: Path, name: str, text: str, message: str) -> None:
    (project / name).write_text(text)
    with pytest.raises(ConfigError, match=message) as caught:
        load(str(project))
    assert caught.value.message.startswith(f"{project}/{name}")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("setup.cfg", "no section, and no word of us"),
        ("setup.cfg", "no section\nautomount is named\n"),
        ("setup.cfg", "[metadata]\nname = automount\n"),
        ("pyproject.toml", "[broken\n"),
        ("pyproject.toml", '[project]\nname = "automount"\n'),
        ("pyproject.toml", 'tool = "automount"\n'),
    ],
)
def test_files_without_settings_are_ignored(project: Path, name: str, text: str) -> None:
    (project / name).write_text(text)
    assert load(str(project)).policy == Policy()


def test_a_file_that_cannot_be_read_is_named(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cfg(project, "[automount]\n")

    def refusing(path: str) -> bytes:
        raise PermissionError(13, "Permission denied", path)

    monkeypatch.setattr(settings.files, "regular_bytes", refusing)
    with pytest.raises(ConfigError, match=r"setup\.cfg cannot be read: Permission denied"):
        load(str(project))


@pytest.mark.parametrize("policy", EditablePolicy)
def test_each_editable_policy_can_be_chosen(project: Path, policy: EditablePolicy) -> None:
    cfg(project, f"[automount]\neditable = {policy.value}\n")
    assert load(str(project)).policy == Policy(editable=policy)


@pytest.mark.parametrize("value", ["[" * 5000 + "]" * 5000, "9" * 5000, "{a=" * 3000 + "1" + "}" * 3000])
def test_a_pyproject_that_no_reader_takes_is_refused_in_a_line(project: Path, value: str) -> None:
    (project / "pyproject.toml").write_text(f"[tool.automount]\nexclude = {value}\n")
    with pytest.raises(ConfigError) as caught:
        settings.files.read_pyproject(str(project / "pyproject.toml"))
    assert "\n" not in caught.value.message
    assert len(caught.value.message) < 300


def test_a_settings_file_that_is_not_a_regular_file_is_skipped(project: Path) -> None:
    os.mkfifo(project / "pyproject.toml")
    assert settings.files.read_pyproject(str(project / "pyproject.toml")) is None
