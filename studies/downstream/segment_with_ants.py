"""Tissue classes by Atropos, in a Python that has antspyx; it needs nothing of this repository.

    PYTHON studies/downstream/segment_with_ants.py FOLDER IMAGE ...

The folder holds ``mask.nii.gz``, ``t1w.nii.gz`` and the images. The classes of each image are
written to its folders ``both`` (beside the T1w) and ``alone``.
"""

from __future__ import annotations

import sys
from pathlib import Path

import ants

CLASSES, ITERATIONS = 3, 5
"""Cerebrospinal fluid, grey and white matter; iterations as by default."""


def main() -> None:
    """Segment from k-means, with the default Markov random field."""
    folder, *names = sys.argv[1:]
    mask, t1w = (ants.image_read(f"{folder}/{name}.nii.gz") for name in ("mask", "t1w"))
    for name in names:
        image = ants.image_read(f"{folder}/{name}.nii.gz")
        for kind, images in (("both", [t1w, image]), ("alone", [image])):
            found = ants.atropos(
                a=images, x=mask, i=f"Kmeans[{CLASSES}]", m="[0.2,1x1x1]", c=f"[{ITERATIONS},0]"
            )
            Path(folder, kind).mkdir(exist_ok=True)
            ants.image_write(found["segmentation"], f"{folder}/{kind}/{name}.nii.gz")


if __name__ == "__main__":
    main()
