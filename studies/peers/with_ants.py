"""Cases enhanced by ANTs, in a Python that has antspyx; it needs nothing of this repository.

PYTHON studies/peers/with_ants.py INTERPOLATION INPUTS OUTPUTS CASE ...
"""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path

import ants


def main() -> None:
    """Interpolate each scan onto the grid of its guide."""
    interpolation, inputs, outputs, *names = sys.argv[1:]
    Path(outputs).mkdir(parents=True, exist_ok=True)
    for name in names:
        scan, guide = (
            ants.image_read(f"{inputs}/{name}/{image}.nii.gz") for image in ("scan", "guide")
        )
        start = time.process_time()
        result = ants.resample_image_to_target(scan, guide, interp_type=interpolation)
        seconds = time.process_time() - start
        ants.image_write(result, f"{outputs}/{name}.nii.gz")
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        text = json.dumps({"seconds": seconds, "peak_mb": peak})
        Path(outputs, f"{name}.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
