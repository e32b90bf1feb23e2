"""A folder of scans becomes examples, in the order of the cases."""

from dataclasses import FrozenInstanceError, replace
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from crossres.io import find_cases, read, write
from crossres.types import FileFormatError, GridError, SettingsError
from crossres.workflows.train import load_training_set


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
