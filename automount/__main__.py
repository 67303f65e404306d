"""`python -m automount`."""

import sys

from automount.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
