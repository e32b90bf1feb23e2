"""Run the command line as ``python -m crossres``, also where the package is not installed."""

import sys

from crossres.cli import main

sys.exit(main())
