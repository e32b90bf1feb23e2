"""Tissue classes are numbered by the T1w, compared with those of the truth, and made elsewhere."""

import sys
from pathlib import Path

import numpy as np
import pytest
from studies.downstream import tissues
from studies.downstream.tissues import compare, ordered, segment

from crossres.phantom import make_pair


def test_classes_are_numbered_from_dark_to_bright() -> None:
    classes = np.array([[[0, 1, 2, 3]]], np.float32)
    t1w = np.array([[[9, 7, 1, 3]]], np.float32)
    assert ordered(classes, t1w).tolist() == [[[0, 3, 1, 2]]]


def test_equal_classes_have_no_error() -> None:
    classes = np.arange(12).reshape(1, 3, 4) % 3 + 1.0
    found = compare(classes, classes)
    assert {found[f"dice_{name}"] for name in tissues.TISSUES} == {1.0}
    assert {found[f"volume_{name}"] for name in tissues.TISSUES} == {0.0}
    grown = np.where(classes == 1, 2, classes)
    assert compare(grown, classes)["volume_csf"] == -100
    assert compare(grown, classes)["volume_grey"] == pytest.approx(100)


def test_images_are_segmented_by_the_other_python(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "threshold.py"
    program.write_text(
        "import sys\nfrom pathlib import Path\nimport nibabel as nib\n"
        "folder, *names = sys.argv[1:]\n"
        "mask = nib.load(f'{folder}/mask.nii.gz').get_fdata() > 0\n"
        "for kind, files in (('both', ['t1w']), ('alone', names)):\n"
        "    image = nib.load(f'{folder}/{files[-1]}.nii.gz')\n"
        "    data = (image.get_fdata() > image.get_fdata()[mask].mean()) + 1.0\n"
        "    Path(folder, kind).mkdir(exist_ok=True)\n"
        "    found = nib.Nifti1Image(data * mask, image.affine)\n"
        "    nib.save(found, f'{folder}/{kind}/{names[-1]}.nii.gz')\n"
    )
    monkeypatch.setattr(tissues, "PROGRAM", program)
    t1w, t2w = make_pair(0, shape=(20, 22, 4), spacing=8.0)
    mask = t1w.data > np.median(t1w.data)
    found = segment({"own": t2w}, t1w, mask, Path(sys.executable), tmp_path / "work")
    both = found["both"]["own"]
    assert set(np.unique(both)) == {0, 1, 2}
    assert (both[~mask] == 0).all()
    assert t1w.data[both == 1].max() < t1w.data[both == 2].min()
    alone = found["alone"]["own"]
    assert t1w.data[alone == 1].mean() < t1w.data[alone == 2].mean()
