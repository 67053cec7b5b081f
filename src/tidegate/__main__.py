"""``python -m tidegate``: the `tidegate` command, where a module has to be named."""

import sys

from tidegate.cli import main

if __name__ == "__main__":
    sys.exit(main())
