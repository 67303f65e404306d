"""Links that the program reads or resolves, which no audit event reports."""

from __future__ import annotations

from agent_bench import Bench

READ = """
import os, pathlib, pickle
print(os.readlink("sub/link"), os.readlink(b"sub/link"))
print(os.readlink("link", dir_fd=os.open("sub", os.O_RDONLY)))
print(os.path.realpath("dir/data.txt").endswith("sub/data.txt"))
print(pathlib.Path("dir/below.txt").resolve().name)
for name in ("sub", "nothing"):
    try:
        os.readlink(name)
    except OSError as error:
        print(error)
os.readlink("/proc/self/exe")
print(os.readlink, os.readlink in os.supports_dir_fd)
print(pickle.loads(pickle.dumps(os.readlink)) == os.readlink)
"""


def test_links_are_noted_with_what_the_program_did(python: str, bench: Bench) -> None:
    bench.write({"app.py": READ, "sub/data.txt": "", "sub/below.txt": ""})
    (bench.root / "sub/link").symlink_to("data.txt")
    (bench.root / "dir").symlink_to("sub")
    journal = bench.same(python, "app.py").journal
    root = str(bench.root)
    assert [(row.action, row.path, row.read_by) for row in journal.data] == [
        ("readlink", f"{root}/sub/link", "__main__"),
        ("resolved", f"{root}/dir", "__main__"),
    ]
