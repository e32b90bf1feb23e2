"""A folder of scans becomes examples, in the order of the cases."""

from dataclasses import FrozenInstanceError, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

import crossres as cr
from crossres.inference import example_of
from crossres.io import find_cases, read, write
from crossres.physics import AxisResolution
from crossres.registration import align
from crossres.types import FileFormatError, GridError, SettingsError
from crossres.volume import Grid, Profile, Volume, fine_grid, intensity_scale
from crossres.workflows.train import load_training_set
from crossres.workflows.train.preparation import Preparation


def test_every_case_is_in_the_training_set(folder: Path) -> None:
    calls: list[tuple[int, int]] = []
    loaded = load_training_set(
        find_cases(folder), factor=(2.0,), register=False, progress=lambda *now: calls.append(now)
    )
    assert loaded.names == ("sub-0", "sub-1")
    assert [tuple(e.target.shape) for e in loaded.examples] == [(6, 1, 16, 16)] * 2
    assert loaded.examples[0].guide is not None
    assert loaded.examples[0].guide.shape == (6, 1, 32, 32)
    assert (loaded.factor, loaded.spacing_mm, loaded.plane) == (2.0, (2.0, 3.0), "axial")
    assert loaded.warnings == loaded.simulated == ()
    assert calls == [(1, 2), (2, 2)]


def test_a_training_set_does_not_change(folder: Path, small: SimpleNamespace) -> None:
    loaded = small.training_set(folder)
    with pytest.raises(FrozenInstanceError):
        loaded.names = ()
    assert all(isinstance(each, tuple) for each in (loaded.examples, loaded.grids, loaded.names))


def test_a_bad_case_is_named(folder: Path, small: SimpleNamespace) -> None:
    (folder / "sub-1_T1w.nii.gz").write_text("no image")
    with pytest.raises(FileFormatError, match="case sub-1: "):
        small.training_set(folder)


def test_a_coarse_guide_is_named(folder: Path, small: SimpleNamespace) -> None:
    coarse = small.volume((8, 8, 6), (6.0, 6.0, 4.0), 0)
    write(coarse, folder / "sub-1_T1w.nii.gz", overwrite=True)
    with pytest.raises(GridError, match="case sub-1: the guide is coarser"):
        small.training_set(folder)


def test_warnings_have_the_name_of_their_case(folder: Path) -> None:
    for path in folder.glob("*_T1w.nii.gz"):
        path.unlink()
    scans = load_training_set(find_cases(folder, guide=None), factor=(2.0,), register=False)
    assert all(text.startswith(("sub-0: ", "sub-1: ")) for text in scans.warnings)


def test_one_finer_axis_is_cut_across_it(folder: Path, small: SimpleNamespace) -> None:
    loaded = small.training_set(folder, (2.0, 1.0, 1.0))
    assert loaded.across
    assert [tuple(e.target.shape) for e in loaded.examples] == [(16, 1, 16, 6)] * 2
    assert loaded.examples[0].guide is not None
    assert loaded.examples[0].guide.shape == (16, 1, 16, 6)
    assert not small.training_set(folder).across


def test_the_slice_profile_is_that_of_the_scans(folder: Path, small: SimpleNamespace) -> None:
    assert small.training_set(folder, (1.0, 1.0, 2.0)).profile == (1.0, 1.0)
    (folder / "sub-1_T2w.json").write_text('{"SliceThickness": 3}')
    assert small.training_set(folder, (1.0, 1.0, 2.0)).profile == pytest.approx((0.75, 1.0))
    assert small.training_set(folder).profile == (1.0, 1.0)


def test_scans_of_both_kinds_are_refused(folder: Path, small: SimpleNamespace) -> None:
    one, two = small.training_set(folder, (2.0, 1.0, 1.0)), small.training_set(folder)
    mixed = replace(one, grids=one.grids + two.grids)
    with pytest.raises(SettingsError, match="some scans would get finer along one axis"):
        _ = mixed.across
    assert mixed.plane == "any"


def test_a_case_with_an_offset_is_that_without_it(folder: Path, small: SimpleNamespace) -> None:
    def rewrite(offset: float) -> None:
        for path in folder.glob("sub-1_*.nii.gz"):
            volume = read(path)
            data = volume.data + offset
            data[:3] = data[-3:] = offset
            write(volume.with_data(data), path, overwrite=True)

    rewrite(0)
    plain = small.training_set(folder)
    rewrite(-1024)
    moved = small.training_set(folder)
    for one, other in zip(plain.examples, moved.examples, strict=True):
        assert torch.allclose(one.target, other.target, atol=1e-3)
        assert torch.allclose(one.guide, other.guide, atol=1e-3)
    added = set(moved.warnings) - set(plain.warnings)
    assert {text.partition(" is ")[0] for text in added} == {
        "sub-1: the background of the target",
        "sub-1: the background of the guide",
    }


def test_other_scans_are_used_as_they_are(folder: Path, small: SimpleNamespace) -> None:
    loaded = small.training_set(folder)
    assert loaded.preparations == (Preparation(),) * 2
    for case, example in zip(find_cases(folder), loaded.examples, strict=True):
        assert case.guide is not None
        target, guide = read(case.target), read(case.guide)
        fine = fine_grid(target.grid, factor=2.0)
        expected = example_of(align(target, guide, fine, register=False).pair)
        assert torch.equal(example.target, expected.target)
        assert torch.equal(example.guide, expected.guide)


@pytest.fixture(scope="module")
def truth() -> Volume:
    return cr.make_pair(2, shape=(144, 160, 6), spacing=1.0)[1]


def truncated(truth: Volume) -> Volume:
    coarse, sinc = truth.grid.coarsened((2, 2, 1)), Profile(shape="band-limited")
    scan = cr.degrade(truth, Grid(coarse.shape, coarse.affine, (sinc, sinc, Profile())))
    return Volume(np.maximum(scan.data, 0), coarse)


def noisy() -> Volume:
    truth = cr.make_pair(2, shape=(112, 128, 24), spacing=1.6)[1]
    noise = 0.03 * intensity_scale(truth.data)
    return cr.degrade(truth, truth.grid.coarsened((2, 2, 1)), noise=noise)


def both(scan: Volume, folder: Path, **options: Any) -> tuple[Any, Any]:
    """Return a training set of one scan, and what the networks are given of it in inference."""
    write(scan, folder / "sub-7_T2w.nii.gz", overwrite=True)
    cases = find_cases(folder, guide=None)
    settings = cr.EnhanceSettings(register=False, **options)
    done = cr.enhance(folder / "sub-7_T2w.nii.gz", factor=2, settings=settings)
    return load_training_set(cases, factor=(2.0,), register=False, **options), done


def test_an_apodised_scan_is_that_of_inference(truth: Volume, tmp_path: Path) -> None:
    loaded, done = both(truncated(truth), tmp_path, plane_profile="band-limited")
    (tmp_path / "sub-7_T2w.json").write_text(
        '{"VoxelProfiles": ["band-limited", "band-limited", null]}'
    )
    recorded, _ = both(truncated(truth), tmp_path)
    assert torch.equal(recorded.examples[0].target, loaded.examples[0].target)
    (tmp_path / "sub-7_T2w.json").unlink()
    given = example_of(done.passes[0].pair)
    assert torch.equal(loaded.examples[0].target, given.target)
    assert loaded.examples[0].coarse == given.coarse
    as_read, _ = both(truncated(truth), tmp_path, plane_profile="gaussian")
    assert not torch.equal(as_read.examples[0].target, given.target)
    assert loaded.preparations[0].apodised == "ij"
    assert "apodised before training, as at inference, 1 of 1 scans: sub-7 (i, j)" in (
        loaded.warnings
    )


@pytest.mark.filterwarnings("ignore::crossres.types.CrossresWarning")
def test_a_noisy_scan_is_denoised_as_in_inference(tmp_path: Path) -> None:
    loaded, done = both(noisy(), tmp_path)
    assert torch.equal(loaded.examples[0].target, example_of(done.passes[0].pair).target)
    assert loaded.preparations[0].noise == pytest.approx(0.03, rel=0.2)
    assert (
        "denoised before training, as at inference, 1 of 1 scans: sub-7 (" in (loaded.warnings[-1])
    )


def zero_filled(monkeypatch: pytest.MonkeyPatch, only: int | None = None) -> None:
    """Let scans, or those of one size, appear as if every second voxel along i was interpolated."""

    def found(scan: Volume) -> tuple[AxisResolution | None, ...]:
        filled = only in (None, scan.shape[0])
        return (AxisResolution(4.0, 0.2, 2.0) if filled else None, None, None)

    monkeypatch.setattr("crossres.inference.plane_profile.resolution_of", found)


def test_zero_filled_scans_are_those_of_their_samples(
    folder: Path, small: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    zero_filled(monkeypatch)
    loaded = small.training_set(folder)
    assert [each.samples for each in loaded.preparations] == [(8, 16, 6)] * 2
    assert (loaded.factor, loaded.spacing_mm) == (4.0, (2.0, 6.0))
    assert [tuple(each.target.shape) for each in loaded.examples] == [(6, 1, 8, 16)] * 2
    found = [text for text in loaded.warnings if "zero-filled 2.00 times along its axis i" in text]
    assert [text[:7] for text in found] == ["sub-0: ", "sub-1: "]
    cases, gaussian = find_cases(folder), {"plane_profile": "gaussian"}
    as_read = load_training_set(cases, factor=(2.0,), register=False, **gaussian)
    assert (as_read.factor, as_read.warnings) == (2.0, ())


def test_zero_filled_scans_among_others_are_refused(
    folder: Path, small: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    zero_filled(monkeypatch, only=16)
    write(small.volume((20, 16, 6), (2.0, 2.0, 4.0), 0), folder / "sub-2_T2w.nii.gz")
    write(small.volume((40, 32, 6), (1.0, 1.0, 4.0), 0), folder / "sub-2_T1w.nii.gz")
    with pytest.raises(SettingsError, match="sub-0 4, sub-1 4, sub-2 2; train on each kind"):
        small.training_set(folder)


def test_a_band_limit_without_effect_is_warned_of(folder: Path) -> None:
    loaded = load_training_set(
        find_cases(folder), factor=(1.0, 1.0, 2.0), register=False, plane_profile="band-limited"
    )
    assert sum("band-limited has no effect" in text for text in loaded.warnings) == 2
