"""Confines this process with Landlock, then becomes another program. A script, standard library only.

Run as `python -I -S landlock.py RULES PROGRAM [ARGS]`, RULES a Python literal:
`{"read": [...], "write": [...]}`, paths of directories and files. `python -I -S landlock.py --abi` prints
what the kernel knows, 0 where it has no Landlock. Follows the kernel's landlock(7); the numbers of the
three system calls are the same on every architecture.
"""

from __future__ import annotations

import ast
import ctypes
import os
import stat
import struct
import sys

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_VERSION_FLAG = 1
_BENEATH = 1
_PR_SET_NO_NEW_PRIVS = 38
_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
_REFER, _TRUNCATE, _IOCTL = 1 << 13, 1 << 14, 1 << 15
_FIRST_ABI = (1 << 13) - 1
_ON_FILES = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE | _IOCTL
_TCP = 3

_libc = ctypes.CDLL(None, use_errno=True)


def abi() -> int:
    """The version of Landlock that the kernel has, 0 for none."""
    version: int = _libc.syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint32(_VERSION_FLAG))
    return max(version, 0)


def restrict(read: list[str], write: list[str]) -> None:
    """From here on, this process and all it starts can open what is at or below these paths, nothing else."""
    version = abi()
    handled = _FIRST_ABI
    for since, right in ((2, _REFER), (3, _TRUNCATE), (5, _IOCTL)):
        if version >= since:
            handled |= right
    attributes = struct.pack("=Q", handled)
    if version >= 4:
        attributes = struct.pack("=QQ", handled, _TCP)
    ruleset = _libc.syscall(_CREATE_RULESET, attributes, ctypes.c_size_t(len(attributes)), ctypes.c_uint32(0))
    if ruleset < 0:
        raise _error("landlock_create_ruleset")
    for path in read:
        _allow(ruleset, path, (_EXECUTE | _READ_FILE | _READ_DIR) & handled)
    for path in write:
        _allow(ruleset, path, handled)
    if _libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0):
        raise _error("prctl")
    if _libc.syscall(_RESTRICT_SELF, ctypes.c_int(ruleset), ctypes.c_uint32(0)):
        raise _error("landlock_restrict_self")
    os.close(ruleset)


def _allow(ruleset: int, path: str, rights: int) -> None:
    try:
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        if not stat.S_ISDIR(os.fstat(place).st_mode):
            rights &= _ON_FILES
        rule = struct.pack("=Qi", rights, place)
        if _libc.syscall(_ADD_RULE, ctypes.c_int(ruleset), ctypes.c_int(_BENEATH), rule, ctypes.c_uint32(0)):
            raise _error("landlock_add_rule")
    finally:
        os.close(place)


def _error(call: str) -> OSError:
    number = ctypes.get_errno()
    return OSError(number, f"{call}: {os.strerror(number)}")


def _main(words: list[str]) -> int:
    if words == ["--abi"]:
        print(abi())
        return 0
    rules = ast.literal_eval(words[0])
    program = words[1:]
    restrict(rules["read"], rules["write"])
    os.execvp(program[0], program)
    return 0


if __name__ == "__main__":
    sys.exit(_main(sys.argv[1:]))
