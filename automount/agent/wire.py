"""The journal's line format, and the writer.

A journal file is a sequence of lines, each of fields joined by NUL and ended by a newline; neither can
occur in a path or a name unescaped. One event is one unbuffered `write` to a file opened with O_APPEND,
so no event is lost when the process is killed. The first field is the kind:

    H key value...                              facts of the process (`facts`), all in the first write
    M status name file requester line place...  a module; `place...` are its search locations, if a package
    S status kind name file requester line      a file run as a program; kind is "main", "module" or "file"
    L kind pid executable cwd argument...       a program launched
    K pid                                       a signal was sent to a process or a process group
    D action path named requester               a data access
    P entry...                                  sys.path, whenever it is seen to have changed
    R directory                                 the root directory of the paths in all lines that follow
    Z                                           the exit sweep has run; little follows

Status: `e` the body began to run, `u` the same, though no finder of Python's own named it, `b` loading
began (the source is compiled), `x` it failed after it began, `f` only found, `p` found and in
`sys.modules`, its body not run yet (a lazy module), `l` declared lazy and never used (PEP 810). An empty
`file`, `requester` or `line` means that there is none; a package without locations has one empty place.
The `kind` of a launch ends in `*` where the child got an environment of its own without PYTHONPATH.

Text is UTF-8 with `surrogateescape`. Where file names have another encoding, a line that can be expressed in
it holds their bytes. A line that would hold a newline has `\\` and newline escaped as
`\\\\` and `\\n`, and begins with `~`. A line with other lone surrogates is written with `surrogatepass` and
begins with `!` (before the `~`).
"""

import posix
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Tuple

_pwrite, _lseek = posix.pwrite, posix.lseek
# So high that the program's own files get the numbers they would get without us, and so that a program
# which closes every descriptor does not get ours again for a file of its own.
_HIGHEST = 1023
# In another encoding a file name has other characters than for a reader whose names are UTF-8; its bytes
# are the same.
_ENCODING = sys.getfilesystemencoding()
_FILE_SIZE = 1  # resource.RLIMIT_FSIZE; importing `resource` would show in the program's `sys.modules`


def encode(line):
    # type: (str) -> bytes
    """The bytes of one line, newline included."""
    if "\n" in line:
        line = "~" + line.replace("\\", "\\\\").replace("\n", "\\n")
    for encoding in (_ENCODING, "utf-8"):
        try:
            return line.encode(encoding, "surrogateescape") + b"\n"
        except UnicodeEncodeError:
            pass
    return b"!" + line.encode("utf-8", "surrogatepass") + b"\n"


class Writer:
    """The journal of this process. Never raises; where an event cannot be written it empties `LOST`."""

    def __init__(self, directory):
        # type: (str) -> None
        self.directory = directory
        self.path = ""
        # The process's root directory as seen from the first one; empty while it is still that.
        self.root = ""
        self.fd = -1
        # Device and inode of the journal.
        self.identity = None  # type: Tuple[int, int] | None
        # Bytes that a file may have (RLIMIT_FSIZE).
        self.limit = None  # type: int | None
        self.size = 0
        # Where the descriptor's file position is, see `_set_mark`. None where it cannot be set.
        self.mark = None  # type: int | None

    def open(self):
        # type: () -> bool
        """Begins a new file for the process as it is now. False where that is impossible."""
        pid = posix.getpid()
        for number in range(10000):
            path = "%s/%d.%d.journal" % (self.directory, pid, number)
            try:
                fd = posix.open(
                    path,
                    posix.O_WRONLY | posix.O_APPEND | posix.O_CREAT | posix.O_EXCL | posix.O_CLOEXEC,
                    0o600,
                )
            except FileExistsError:
                continue
            except OSError:
                return False
            self.path = path
            status = posix.fstat(fd)
            self.identity, self.size = (status.st_dev, status.st_ino), 0
            self.limit = _inherited_limit()
            self._settle(fd)
            self._set_mark()
            return True
        return False

    def _settle(self, fd):
        # type: (int) -> None
        """Moves `fd` out of the program's way."""
        posix.fchmod(fd, 0o600)  # whatever the umask
        target = self.fd
        if target < 0 or self.is_taken():
            # The program may have put a file of its own there.
            self.fd = -1
            target = min(posix.sysconf("SC_OPEN_MAX"), _HIGHEST + 1) - 1
            while target > fd:
                try:
                    posix.fstat(target)
                except OSError:
                    break
                target -= 1
        if target > fd or target == self.fd:
            try:
                self.fd = posix.dup2(fd, target, False)
                posix.close(fd)
                return
            except OSError:
                pass
        self.fd = fd

    def _set_mark(self):
        # type: () -> None
        """Moves the file position to a random place that no file of the program is at.

        It stays there: `pwrite` does not move it, and appends because of O_APPEND. So `lseek` shows whether
        the descriptor is still ours, at a tenth of the instructions of `fstat`.
        """
        try:
            place = (1 << 36) + int.from_bytes(posix.urandom(4), "little")
            self.mark = _lseek(self.fd, place, 0)
        except OSError:
            self.mark = None

    def write(self, line):
        # type: (str) -> None
        """Appends one event."""
        # The ordinary case at once: it happens for each module.
        if self.limit is None and "\n" not in line:
            try:
                data = (line + "\n").encode(_ENCODING)
                if _lseek(self.fd, 0, 1) == self.mark:
                    written = _pwrite(self.fd, data, self.size)
                    self.size += written
                    if written != len(data):
                        self._end_cut_line()
                    return
            except (OSError, UnicodeEncodeError):
                pass
        self._append(encode(line))

    def enter(self, root):
        # type: (str) -> None
        """The root directory of this process is now `root`, as seen from its first one."""
        self.root = root
        self.write("R\0" + root)

    def write_all(self, lines):
        # type: (Iterable[str]) -> None
        """Appends several lines in one write."""
        lines = list(lines)
        if lines:
            text = "\n".join(lines) + "\n"
            try:
                # All at once takes a third of the instructions.
                data = text.encode(_ENCODING) if text.count("\n") == len(lines) else b""
            except UnicodeEncodeError:
                data = b""
            self._append(data or b"".join([encode(line) for line in lines]))

    def _append(self, data):
        # type: (bytes) -> None
        # The number alone proves nothing: the program may have opened a file of its own under it.
        if self.is_taken() and not self._reopen():
            self.lose()
            return
        if self.limit is not None:
            # Beyond its limit a file takes no more, and by default the kernel ends the process (SIGXFSZ).
            self.size = posix.fstat(self.fd).st_size
            if self.size + len(data) > self.limit:
                self.lose()
                return
        try:
            written = _pwrite(self.fd, data, self.size)
            self.size += written
            if written == len(data):
                return
            self._end_cut_line()
        except OSError:
            self.lose()

    def _end_cut_line(self):
        # type: () -> None
        """A full disk took a part of a line: ends it, so that the next can be read."""
        self.lose()
        try:
            self.size += _pwrite(self.fd, b"\n", self.size)
        except OSError:
            pass

    def is_taken(self):
        # type: () -> bool
        """Whether the number of our descriptor is not our journal's any more."""
        try:
            if _lseek(self.fd, 0, 1) == self.mark:
                return False
            status = posix.fstat(self.fd)
        except OSError:
            return True
        return (status.st_dev, status.st_ino) != self.identity

    def limited(self, kind, limits):
        # type: (int, tuple[int, int]) -> None
        """The program has set a limit."""
        if kind == _FILE_SIZE:
            self.limit = None if limits[0] < 0 else limits[0]

    def _reopen(self):
        # type: () -> bool
        """After the program closed all its descriptors."""
        try:
            fd = posix.open(self.path, posix.O_WRONLY | posix.O_APPEND | posix.O_CLOEXEC)
        except OSError:
            return False
        self.fd = -1
        self._settle(fd)
        self._set_mark()
        return not self.is_taken()

    def lose(self):
        # type: () -> None
        """Marks the journal directory as incomplete."""
        try:
            # Needs no descriptor and no disk space, and another user may do it, who may not remove the file.
            posix.truncate(self.directory + "/LOST", 0)
        except BaseException:
            # A hook of the program may refuse it, and the file does not exist in another root directory. An
            # unreadable line in the journal has the same meaning.
            try:
                if self.limit is None and _lseek(self.fd, 0, 1) == self.mark:
                    self.size += _pwrite(self.fd, b"?\n", self.size)
            except OSError:
                pass


def _inherited_limit():
    # type: () -> int | None
    """The file size limit in bytes with which the process was started; None if it has none."""
    try:
        fd = posix.open("/proc/self/limits", posix.O_RDONLY | posix.O_CLOEXEC)
        try:
            words = posix.read(fd, 4096).partition(b"Max file size")[2].split(None, 1)[0]
        finally:
            posix.close(fd)
        return int(words)
    except (OSError, ValueError, IndexError):
        return None
