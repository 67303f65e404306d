"""For all tests: subprocesses are not measured unless a test asks for it, and Ctrl-C is not ignored.

Under `COVERAGE_PROCESS_START` coverage would start in every Python below the tests, the recorded
programs too, and would change what they load. So the variable goes away once the tests' own processes
are measured; `measured.automount_command` brings it back for automount's own process alone.
"""

from __future__ import annotations

import os
import signal

import pytest

COVERAGE_VARIABLES = ("COVERAGE_PROCESS_START", "COVERAGE_PROCESS_CONFIG", "COVERAGE_RUN")


def pytest_configure(config: pytest.Config) -> None:
    # A shell ignores Ctrl-C for what it starts in the background, and children inherit that.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    distributes = not hasattr(config, "workerinput") and config.getoption("numprocesses", None)
    if distributes:
        return  # the workers, which are started later, are to be measured
    if any(name in os.environ for name in COVERAGE_VARIABLES):
        os.environ["AUTOMOUNT_MEASURED_FROM"] = str(config.rootpath)
    for name in COVERAGE_VARIABLES:
        os.environ.pop(name, None)
