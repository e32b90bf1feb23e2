"""What became of one scan, as numbers and in words."""

import json

import numpy as np

from crossres.files import plain
from crossres.inference import JoinedScan
from crossres.registration import RigidTransform
from crossres.volume import Grid


def test_numbers_and_words() -> None:
    grid = Grid((4, 5, 6), np.eye(4))
    scan = JoinedScan(
        grid, RigidTransform.identity(), 1.234, 0.9, 0.99, 1.4, (0.9, 1.1), 0.012, 0.0, "mine"
    )
    content = json.loads(json.dumps(plain(scan.to_dict())))
    assert content["registration"]["moved_mm"] == 1.234
    assert content["intensity_ratio"] == 1.4
    assert content["consistency"] == {"result": 0.012, "noise": 0.0}
    assert "1.23 mm" in scan.description
    assert "residual 1.20 %" in scan.description
