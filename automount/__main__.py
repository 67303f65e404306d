"""`python -m automount`."""

import sys

if not getattr(sys.flags, "safe_path", False):
    # `python -m` puts the cwd first. A project's own json.py is for its program, not for us.
    del sys.path[0]

from automount.cli.main import command

if __name__ == "__main__":
    command()
