"""Links in a project: what a program reaches through them is where it looks; one that it reads is named."""

from __future__ import annotations

from pathlib import Path

import pytest
from placing import HERE, Placed, Situation


def _two_links(top: Path) -> None:
    (top / "one").symlink_to("two")
    (top / "two").symlink_to("real.txt")


FOUND = {
    "the file beside the target of a linked file": Situation(
        {
            "store/2024/a.csv": "1",
            "store/2024/b.csv": "2",
            "app.py": HERE + "path = os.path.realpath(HERE + '/latest.csv')\n"
            "beside = os.path.join(os.path.dirname(path), 'b.csv')\n"
            "print(open(path).read(), open(beside).read())\n",
        },
        ("app.py",),
        "1 2",
        prepare=lambda top: (top / "latest.csv").symlink_to("store/2024/a.csv"),
    ),
    "a file below a linked directory": Situation(
        {
            "versions/3/conf/v.txt": "three",
            "app.py": "from pathlib import Path\ncurrent = (Path(__file__).parent / 'current').resolve()\n"
            "print((current / 'conf' / 'v.txt').read_text())\n",
        },
        ("app.py",),
        "three",
        prepare=lambda top: (top / "current").symlink_to("versions/3"),
    ),
    "a file beside the target of a linked directory": Situation(
        {
            "versions/3/v.txt": "three",
            "versions/common.txt": "all",
            "app.py": HERE + "current = os.path.realpath(HERE + '/current')\n"
            "print(open(os.path.join(os.path.dirname(current), 'common.txt')).read())\n",
        },
        ("app.py",),
        "all",
        prepare=lambda top: (top / "current").symlink_to("versions/3"),
    ),
    "the names in a linked directory": Situation(
        {
            "versions/3/v.txt": "three",
            "app.py": HERE + "print(os.listdir(os.path.realpath(HERE + '/current')))\n",
        },
        ("app.py",),
        "['v.txt']",
        prepare=lambda top: (top / "current").symlink_to("versions/3"),
    ),
    "a link to a link": Situation(
        {"real.txt": "R", "app.py": HERE + "print(open(os.path.realpath(HERE + '/one')).read())\n"},
        ("app.py",),
        "R",
        prepare=_two_links,
    ),
}


@pytest.mark.parametrize("situation", FOUND.values(), ids=FOUND)
def test_what_a_resolved_link_leads_to_is_found_remotely(situation: Situation, tmp_path: Path) -> None:
    Placed(tmp_path).place(situation)


@pytest.mark.parametrize(
    "code", ["import os\nos.readlink('current')\n", "import pathlib\npathlib.os.readlink('current')\n"]
)
def test_a_link_that_is_read_is_named_when_it_is_recorded_and_when_it_is_missed(
    code: str, tmp_path: Path
) -> None:
    project = Placed(tmp_path)
    project.write({"versions/3/v.txt": "three", "app.py": code})
    link = project.root / "current"
    link.symlink_to("versions/3")
    manifest = project.record("--data", "mount", "app.py")
    assert [(row["code"], row["path"]) for row in manifest["warnings"]] == [("link-read", str(link))]
    verdict, text = project.verdict()
    assert verdict == "not-sufficient"
    assert f'"kind": "link", "local": "{link}", "name": null, "option": null, "used_by": "__main__"' in text
    done = project.automount("verify", str(tmp_path / "automount.json"))
    assert f"not shipped: link {link}; used by __main__" in done.stdout
    assert "hint: shipped files are never links: use os.path.realpath instead of os.readlink" in done.stdout


def test_a_link_that_the_run_made_is_not_missed(tmp_path: Path) -> None:
    project = Placed(tmp_path)
    project.write({"a.txt": "", "app.py": "import os\nos.symlink('a.txt', 'b')\nprint(os.readlink('b'))\n"})
    assert project.record("--data", "mount", "app.py")["warnings"] == []
    (project.root / "b").unlink()
    assert project.verdict()[0] == "sufficient"
