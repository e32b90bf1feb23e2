"""One scan in memory, with a motion of the guide that is known."""

import numpy as np
import pytest

from crossres import EnhanceSettings, degrade, make_pair
from crossres.inference import RunLog
from crossres.physics import AxisResolution
from crossres.registration import RigidTransform
from crossres.types import SettingsError
from crossres.volume import Grid, Volume
from crossres.workflows.enhance.single import enhance_volumes, slice_profile_grid

pytestmark = pytest.mark.filterwarnings("ignore::crossres.types.CrossresWarning")


def test_a_known_motion_replaces_the_registration() -> None:
    t1, t2 = make_pair(0, shape=(30, 34, 30), spacing=6.0)
    shift = np.eye(4)
    shift[0, 3] = 12.0
    far = t1.with_data(t1.data, Grid(t1.shape, shift @ t1.affine))
    scan = degrade(t2, t2.grid.coarsened((2, 2, 1)))
    found = [
        enhance_volumes(
            scan, guide, t2.grid, weights=(), contrasts=("T2w", "T1w"), notes=lambda card: (),
            settings=EnhanceSettings(register=False), log=RunLog(), transform=transform,
        )
        for guide, transform in ((t1, None), (far, RigidTransform(shift)))
    ]  # fmt: skip
    assert found[1].aligned.registration is None
    assert found[1].volume.data == pytest.approx(found[0].volume.data, rel=1e-3, abs=0.5)


def test_a_measured_thickness_is_that_of_the_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    grid = Grid((24, 24, 20), np.diag([1.0, 1.0, 4.0, 1.0]))
    scan = Volume(np.ones(grid.shape), grid)
    settings = EnhanceSettings(slice_profile="measured")
    with pytest.raises(SettingsError, match="cannot be measured: that requires 16 slices"):
        slice_profile_grid(scan, settings)
    monkeypatch.setattr("crossres.workflows.enhance.single.slice_thickness_of", lambda *_: 3.2)
    assert slice_profile_grid(scan, settings).fwhm == (1.0, 1.0, 3.2)
    with pytest.raises(SettingsError, match="give one of them"):
        EnhanceSettings(slice_profile="measured", slice_thickness=3.0)


def test_a_zero_filled_scan_is_recorded_as_it_was_read(monkeypatch: pytest.MonkeyPatch) -> None:
    t2 = make_pair(0, shape=(48, 54, 6), spacing=4.0)[1]
    found = (AxisResolution(8.0, 0.4, 2.0), None, None)
    monkeypatch.setattr("crossres.inference.plane_profile.resolution_of", lambda *_: found)
    done = enhance_volumes(
        t2, None, t2.grid.refined((2, 2, 1)), weights=(), contrasts=("T2w", None),
        notes=lambda card: (), settings=EnhanceSettings(), log=RunLog(),
    )  # fmt: skip
    assert done.aligned.pair.target is not done.pair.target
    assert done.factors == (2.0, 2.0, 1.0)
    assert done.pair.target.shape == (24, 54, 6)
    assert any("its 24 acquired samples are used, not its 48" in w for w in done.warnings)
