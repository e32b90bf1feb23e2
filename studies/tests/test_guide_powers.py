"""Every power is measured, and the one that is taken is compared with the guide as it is."""

import numpy as np
from studies.blend_cases import PairSource
from studies.guide_powers import POWERS, changes, rows_of

from crossres.inference import Blend
from crossres.phantom import make_pair
from crossres.weights import load_weights

BLEND = Blend(load_weights("t1-t2-axial-x2"), load_weights("t2-axial-x2"))
SOURCE = PairSource("phantom", lambda: make_pair(0, shape=(48, 56, 8), spacing=4.0), every=2)


def test_one_power_of_each_pair_is_taken() -> None:
    rows = list(rows_of(BLEND, SOURCE.simulate(2), "phantom"))
    assert [row["power"] for row in rows] == list(POWERS)
    assert sum(bool(row["taken"]) for row in rows) == 1
    assert len({row["blend"] for row in rows}) == len(POWERS)
    assert all(np.isfinite(float(str(row["self_validation"]))) for row in rows)


def test_the_change_is_against_the_guide_as_it_is() -> None:
    rows = [
        {"case": case, "power": power, "taken": power == taken, "blend": gain}
        for case, taken, gains in (("a", 1.0, (3.0, 4.0)), ("b", 0.7, (3.0, 3.5)))
        for power, gain in zip((1.0, 0.7), gains, strict=True)
    ]
    assert changes(rows) == {
        "change_mean": 0.25, "change_worst": 0.0, "change_best": 0.5, "brightened": 1, "cases": 2
    }  # fmt: skip
