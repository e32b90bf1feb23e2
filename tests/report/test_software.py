"""Versions are read from metadata, without loading the packages."""

import subprocess
import sys

from crossres.report import versions


def test_versions_load_no_heavy_package():
    code = (
        "import sys\n"
        "from crossres.report import versions\n"
        "assert versions()['torch']\n"
        "assert 'torch' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)
    assert versions()["python"].startswith("3.")
