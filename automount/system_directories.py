"""The directories of the operating system: the one list that recording, origins and proving share.

The files in them belong to the machine and are never shipped. A project may be inside one of them, such as
`/usr/src/app`: each user of the list makes that exception itself, because only it knows the project.
"""

from __future__ import annotations

# File systems of the kernel. The agent ignores them with lists of its own, because it cannot import this
# module; a test compares them.
KERNEL_DIRECTORIES = ("/dev", "/proc", "/sys")
SYSTEM_DIRECTORIES = (
    "/bin",
    "/boot",
    *KERNEL_DIRECTORIES,
    "/etc",
    "/lib",
    "/lib32",
    "/lib64",
    "/libx32",
    "/nix/store",
    "/run",
    "/sbin",
    "/snap",
    "/usr",
)
# Every machine has one of its own, so a program that only lists one needs nothing from this machine. Files
# in them are data like any others.
TEMPORARY_DIRECTORIES = ("/tmp", "/var/tmp")
# A sandbox has its own ones of these, or none: they contain devices, sockets and state of running processes.
NOT_IN_A_SANDBOX = ("/boot", "/dev", "/proc", "/run", "/snap")
