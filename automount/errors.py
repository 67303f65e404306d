"""The errors that automount raises: one root class, a stable code, and a hint for the next step.

Any other exception is a bug of automount. The command line turns an `AutomountError` into one line on
stderr, a second line with the hint, and its `exit_status`; a harness catches the root class.
"""

from __future__ import annotations

EXIT_NO = 1
EXIT_CANNOT = 125
EXIT_NOT_RUNNABLE = 126
EXIT_NOT_FOUND = 127


class AutomountError(Exception):
    """What went wrong (`message`), under a stable `code`, with the next step in `hint`.

    `exit_status` is the exit status of the command line: 1 if the answer is no, 125 if automount itself
    fails, 126 if the program cannot be run, 127 if it is not found.
    """

    default_code = "automount"
    default_exit_status = EXIT_CANNOT

    def __init__(
        self,
        message: str,
        *,
        hint: str = "",
        code: str | None = None,
        exit_status: int | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.code = code or self.default_code
        self.exit_status = self.default_exit_status if exit_status is None else exit_status

    def __str__(self) -> str:
        return f"{self.message}: {self.hint}" if self.hint else self.message


class UsageError(AutomountError):
    """The command line, or the arguments of a call, cannot be understood."""

    default_code = "usage"


class ConfigError(AutomountError):
    """A configuration file cannot be used."""

    default_code = "config"


class ManifestError(AutomountError):
    """A file cannot be read, or is not a manifest."""

    default_code = "manifest"


class JournalError(AutomountError):
    """A journal directory cannot be read, or does not contain a journal."""

    default_code = "journal"


class TargetNotFound(AutomountError):
    """The program to record does not exist."""

    default_code = "not-found"
    default_exit_status = EXIT_NOT_FOUND


class TargetNotRunnable(AutomountError):
    """The program to record exists but cannot be run."""

    default_code = "not-runnable"
    default_exit_status = EXIT_NOT_RUNNABLE


class StaleManifest(AutomountError):
    """Local files no longer match the manifest."""

    default_code = "stale"
    default_exit_status = EXIT_NO


class Refused(AutomountError):
    """automount refuses, because the operation would be unsafe."""

    default_code = "refused"


def shortened(text: str, longest: int = 300) -> str:
    """`text` for a message of one line, without its middle where it is longer than `longest` characters."""
    half = longest // 2
    return text if len(text) <= longest else f"{text[:half]}…{text[-half:]}"
