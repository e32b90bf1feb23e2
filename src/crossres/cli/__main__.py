"""``python -m crossres.cli``: the command line where the package is on the path, not installed."""

import sys

from crossres.cli import main

sys.exit(main())
