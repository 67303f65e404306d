"""Confines this process with Landlock, then becomes another program. A script, standard library only.

Run as `python -I -S landlock.py RULES PROGRAM [ARGS]`, RULES a Python literal: `{"read": [...], "write":
[...]}`, paths of directories and files. `python -I -S landlock.py --abi` prints the version that the kernel
supports, 0 where it has no Landlock. Follows the kernel's landlock(7); the numbers of the three system calls
are the same on every architecture.

The program gets a network of its own where the kernel allows that. Elsewhere TCP is refused by Landlock, and
other sockets, which Landlock does not cover, by a system call filter (seccomp(2)) if the processor is a known
one.
"""

from __future__ import annotations

import ast
import ctypes
import errno
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
# Connecting is refused. Listening is not: a server has to start as recorded; nothing can reach it.
_CONNECT_TCP = 1 << 1
_SCOPE_ABSTRACT_SOCKETS, _SCOPE_SIGNALS = 1 << 0, 1 << 1
_CLONE_NEWUSER, _CLONE_NEWNET = 0x10000000, 0x40000000
_SIOCSIFFLAGS, _IFF_UP = 0x8914, 1
_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER = 22, 2
# Not from `socket`, which takes longer to import than all the rest here.
_AF_INET, _AF_INET6, _SOCK_STREAM = 2, 10, 1
# Processor: the kernel's name for its calling convention, and the number of socket(2).
_SOCKET_CALLS = {"x86_64": (0xC000003E, 41), "aarch64": (0xC00000B7, 198)}

_libc = ctypes.CDLL(None, use_errno=True)


def abi() -> int:
    """The version of Landlock that the kernel has, 0 for none."""
    version: int = _libc.syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint32(_VERSION_FLAG))
    return max(version, 0)


def restrict(read: list[str], write: list[str]) -> None:
    """Restricts this process, and all that it starts, to files at or below these paths."""
    alone = _leave_network()
    version = abi()
    handled = _FIRST_ABI
    for since, right in ((2, _REFER), (3, _TRUNCATE), (5, _IOCTL)):
        if version >= since:
            handled |= right
    attributes = struct.pack("=Q", handled)
    if version >= 4:
        attributes += struct.pack("=Q", 0 if alone else _CONNECT_TCP)
    if version >= 6:
        attributes += struct.pack("=Q", _SCOPE_ABSTRACT_SOCKETS | _SCOPE_SIGNALS)
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
    if not alone:
        _refuse_datagrams()


def _leave_network() -> bool:
    """Gives this process a network of its own, which has only the loopback interface; False if it may not.

    There a program reaches its own servers, and nothing else. Without the right to do so, a user namespace
    gives it, in which user and group keep their numbers.
    """
    user, group = os.getuid(), os.getgid()
    if _libc.unshare(_CLONE_NEWNET):
        if _libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNET):
            return False
        for name, text in (
            ("setgroups", "deny"),
            ("uid_map", f"{user} {user} 1"),
            ("gid_map", f"{group} {group} 1"),
        ):
            with open(f"/proc/self/{name}", "w", encoding="ascii") as file:
                file.write(text)
    descriptor = _libc.socket(_AF_INET, _SOCK_STREAM, 0)
    _libc.ioctl(descriptor, _SIOCSIFFLAGS, struct.pack("=16sH14x", b"lo", _IFF_UP))
    os.close(descriptor)
    return True


def _refuse_datagrams() -> None:
    """Lets socket(2) fail for Internet sockets that are not TCP; nothing where the processor is unknown."""
    convention, number = _SOCKET_CALLS.get(os.uname().machine, (0, 0))
    if not number:
        return
    load, equal, mask, end = 0x20, 0x15, 0x54, 0x06
    # (operation, jump if true, jump if false, value); offsets are those of `struct seccomp_data`.
    rules = (
        (load, 0, 0, 4),
        (equal, 0, 8, convention),
        (load, 0, 0, 0),
        (equal, 0, 6, number),
        (load, 0, 0, 16),
        (equal, 1, 0, _AF_INET),
        (equal, 0, 3, _AF_INET6),
        (load, 0, 0, 24),
        (mask, 0, 0, 0xF),
        (equal, 0, 1, _SOCK_STREAM),
        (end, 0, 0, 0x7FFF0000),
        (end, 0, 0, 0x00050000 | errno.EACCES),
    )
    program = b"".join(struct.pack("=HBBI", *rule) for rule in rules)
    buffer = ctypes.create_string_buffer(program, len(program))
    filters = struct.pack("@HP", len(rules), ctypes.addressof(buffer))
    # Some containers allow no filter: then datagrams remain possible.
    _libc.prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, filters, 0, 0)


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
