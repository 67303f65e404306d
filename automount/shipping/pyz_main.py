"""The `__main__.py` of a `.pyz` bundle: unpacks the files once and becomes the program.

`automount pack app.pyz` puts this text into the bundle and appends the call of `run`. It needs CPython 3.8
or newer and the standard library. Every file is checked against its digest before the program starts.
What is unpacked appears under its name only when it is whole; a tree in which something was changed is made
again, or, while another run still uses it, another one is made.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import json
import os
import shutil
import signal
import stat
import sys
import tempfile
import zipfile
import zlib
from typing import Any
from urllib.parse import quote


class Damaged(Exception):
    """The bundle has changed since it was packed."""


def run(archive: str, program: dict[str, Any]) -> None:
    """Becomes the program of the bundle `archive`. `program` is the description that was packed with it."""
    try:
        program = in_file_names(program)
        root = unpacked(archive, program)
    except (Damaged, OSError, ValueError, zipfile.BadZipFile, zlib.error, EOFError) as error:
        fail("%s cannot be run (%s)" % (archive, error), "copy it again, or set XDG_CACHE_HOME", 125)
    args = sys.argv[1:] or program["args"]
    argv = [
        sys.executable if kind == "python" else root + word if kind == "place" else word
        for kind, word in program["argv"]
    ] + list(args)
    entries = [root + remote for remote in program["sys_path"]]
    before = os.environ.get("PYTHONPATH")
    # Only the sources have been checked: byte code is neither written to the tree nor read from it.
    os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
    os.environ["PYTHONPATH"] = os.pathsep.join(entries + ([before] if before else []))
    # Python ignores these two for itself; what it becomes must not inherit that.
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
    sys.stdout.flush()
    sys.stderr.flush()
    try:
        os.chdir(root + program["cwd"])
        os.execvp(argv[0], argv)
    except FileNotFoundError:
        fail("command not found: %s" % argv[0], "install it on this machine", 127)
    except OSError as error:
        fail("cannot run %s (%s)" % (argv[0], error.strerror), "check its permissions", 126)
    except ValueError as error:
        fail("%s has an argument that no command line can have (%s)" % (archive, error), "pack it again", 125)


def in_file_names(value: Any) -> Any:
    """`value` with every text in it as Python reads such a file name here, where names may not be UTF-8."""
    if isinstance(value, dict):
        return {key: in_file_names(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [in_file_names(inner) for inner in value]
    return os.fsdecode(value.encode("utf-8", "surrogateescape")) if isinstance(value, str) else value


def fail(message: str, hint: str, status: int) -> None:
    """Ends this process with one line and the next step."""
    sys.stderr.write("automount: %s\nhint: %s\n" % (message, hint))
    sys.stderr.flush()
    sys.exit(status)


def unpacked(archive: str, program: dict[str, Any]) -> str:
    """The absolute directory for the remote `/`: complete, verified, and locked until the program ends."""
    with zipfile.ZipFile(archive) as packed:
        try:
            manifest = packed.read(".automount/manifest.json")
        except KeyError:
            raise Damaged("it has no manifest") from None
        if hashlib.sha256(manifest).hexdigest() != program["manifest"]:
            raise Damaged("its manifest was changed")
        rows = {in_file_names(row["remote"]): row for row in json.loads(manifest)["files"]}
        base = cache_directory()
        number = 0
        while True:
            root = os.path.join(base, "%s-%d" % (program["digest"], number))
            lock = os.open(root + ".lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
            while True:
                shared = flock(lock, fcntl.LOCK_SH)
                if not os.path.lexists(root):
                    make(packed, rows, program, root)
                if is_clean(root, rows, program):
                    os.set_inheritable(lock, True)
                    return root
                # A file system without locks cannot tell whether another run uses the tree.
                if not shared or not flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB):
                    break
                if not is_clean(root, rows, program):
                    shutil.rmtree(root)
                    make(packed, rows, program, root)
            os.close(lock)
            number += 1


def flock(lock: int, how: int) -> bool:
    """Whether the lock could be taken."""
    try:
        fcntl.flock(lock, how)
    except OSError:
        return False
    return True


def make(packed: zipfile.ZipFile, rows: dict[str, Any], program: dict[str, Any], root: str) -> None:
    """Unpacks beside `root` and renames; another process may have been faster."""
    incoming = tempfile.mkdtemp(prefix=".incoming-", dir=os.path.dirname(root))
    try:
        for remote, row in sorted(rows.items()):
            local = incoming + remote
            if ".." in remote.split("/"):
                raise Damaged("%s is a path outside it" % remote)
            os.makedirs(os.path.dirname(local), exist_ok=True)
            member = ".automount/files" + quote(os.fsencode(remote), safe="/")
            try:
                source = packed.open(member)
            except KeyError:
                raise Damaged("%s is missing from it" % remote) from None
            with source, open(local, "xb") as target:
                shutil.copyfileobj(source, target, 1 << 20)
            os.chmod(local, 0o755 if row["executable"] else 0o644)
            if not is_good(local, row):
                raise Damaged("%s does not have its recorded content" % remote)
        for directory in [*program["directories"], *program["sys_path"]]:
            if not os.path.lexists(incoming + directory):
                os.makedirs(incoming + directory)
        os.chmod(incoming, 0o755)
        try:
            os.rename(incoming, root)
        except OSError as error:
            if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
                raise
    finally:
        shutil.rmtree(incoming, ignore_errors=True)


def is_good(local: str, row: dict[str, Any]) -> bool:
    """Whether a file has the recorded size and content."""
    if os.stat(local).st_size != row["size"]:
        return False
    summed = hashlib.sha256()
    with open(local, "rb") as file:
        while True:
            chunk = file.read(1 << 20)
            if not chunk:
                return summed.hexdigest() == str(row["sha256"])
            summed.update(chunk)


def is_clean(root: str, rows: dict[str, Any], program: dict[str, Any]) -> bool:
    """Whether the tree holds the manifest's files, with their content, and no other file."""
    found: set[str] = set()
    for directory, folders, names in os.walk(root):
        if any(os.path.islink(os.path.join(directory, name)) for name in folders):
            return False
        found.update(os.path.join(directory, name)[len(root) :] for name in names)
    if found != set(rows):
        return False
    if not all(os.path.isdir(root + directory) for directory in program["directories"]):
        return False
    return all(
        stat.S_ISREG(os.lstat(root + remote).st_mode) and is_good(root + remote, row)
        for remote, row in rows.items()
    )


def cache_directory() -> str:
    """A directory that only this user can write to: the user's cache, else one for temporary files."""
    cache = os.environ.get("XDG_CACHE_HOME", "")
    if not os.path.isabs(cache):
        cache = os.path.join(os.path.expanduser("~"), ".cache")
    wanted = os.path.join(cache, "automount", "programs")
    if os.path.isabs(wanted) and is_private(os.path.dirname(cache)):
        try:
            os.makedirs(wanted, mode=0o700, exist_ok=True)
            os.rmdir(tempfile.mkdtemp(prefix=".incoming-", dir=wanted))
        except OSError:
            pass
        else:
            if is_private(wanted):
                return wanted
    private = os.path.join(tempfile.gettempdir(), "automount-%d" % os.getuid())
    with contextlib.suppress(FileExistsError):
        os.mkdir(private, 0o700)
    seen = os.lstat(private)
    if stat.S_ISDIR(seen.st_mode) and seen.st_uid == os.getuid() and not seen.st_mode & 0o077:
        return private
    return tempfile.mkdtemp(prefix="automount-")


def is_private(directory: str) -> bool:
    """Whether no other user (but root) can change what is in `directory`, or rename a directory above it."""
    here = os.path.realpath(directory)
    while True:
        if os.path.lexists(here):
            seen = os.stat(here)
            shared = seen.st_mode & 0o022 and not seen.st_mode & stat.S_ISVTX
            if shared or seen.st_uid not in (0, os.getuid()):
                return False
        if here == os.path.dirname(here):
            return True
        here = os.path.dirname(here)
