"""Derived series have the right position, are valid, and are written in full or not at all."""

import errno
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import SimpleITK
from pydicom import Dataset, dcmread
from scipy.spatial import cKDTree

from crossres.io.dicom import (
    Series,
    find_series,
    read_series,
    write_series,
)
from crossres.types import (
    CrossresError,
    GridError,
    OutputExistsError,
    SettingsError,
    VolumeError,
)
from crossres.volume import Grid, Volume
from dicom_files import WORDS, blob, write_enhanced, write_files

ROTATION, _ = np.linalg.qr(np.array([[1, 0.2, 0.1], [-0.2, 1, 0.3], [-0.1, -0.3, 1]]))
ROTATION *= np.sign(np.diag(ROTATION))


def grid(columns: str = "LPS") -> Grid:
    """Return an oblique grid whose axes are closest to the letters."""
    world = {"R": (1, 0, 0), "L": (-1, 0, 0), "A": (0, 1, 0), "P": (0, -1, 0)}
    world |= {"S": (0, 0, 1), "I": (0, 0, -1)}
    affine = np.eye(4)
    axes = np.array([world[letter] for letter in columns], float).T
    affine[:3, :3] = ROTATION @ axes * (0.9, 1.1, 3.0)
    affine[:3, 3] = (31.5, -12.25, 7.125)
    return Grid((8, 7, 5), affine)


@pytest.fixture
def source(tmp_path: Path) -> Series:
    """Write a series to derive from."""
    write_files(tmp_path / "in", blob(grid()))
    return find_series(tmp_path / "in")


def written(volume: Volume, tmp_path: Path, source: Series, **more: Any) -> list[Dataset]:
    write_series(volume, tmp_path / "out", source=source, derivation="made finer", **more)
    return [dcmread(path) for path in sorted((tmp_path / "out").iterdir())]


def world_values(folder: Path) -> tuple[np.ndarray, np.ndarray]:
    """Read a folder with GDCM through SimpleITK: RAS places of all voxels, and their values."""
    reader = SimpleITK.ImageSeriesReader()
    [uid] = reader.GetGDCMSeriesIDs(str(folder))
    reader.SetFileNames(reader.GetGDCMSeriesFileNames(str(folder), uid))
    image = reader.Execute()
    data = SimpleITK.GetArrayFromImage(image).T
    direction = np.array(image.GetDirection()).reshape(3, 3) * image.GetSpacing()
    indices = np.argwhere(np.ones(data.shape, bool))
    lps = indices @ direction.T + image.GetOrigin()
    return lps * (-1, -1, 1), data.ravel()


def agrees(folder: Path, volume: Volume, *, atol: float) -> None:
    """Check with GDCM that every voxel lies where the volume has it, with its value."""
    points, values = world_values(folder)
    indices = np.argwhere(np.ones(volume.grid.shape, bool))
    own = indices @ volume.grid.affine[:3, :3].T + volume.grid.affine[:3, 3]
    distances, nearest = cKDTree(points).query(own)
    assert len(points) == len(own)
    assert distances.max() < 1e-3
    np.testing.assert_allclose(values[nearest], volume.data.ravel(), rtol=0, atol=atol)


@pytest.mark.parametrize("columns", ["LPS", "RAS", "PSR", "SLA", "ASR", "RPI"])
def test_it_has_its_position_in_our_reader_and_in_gdcm(
    tmp_path: Path, source: Series, columns: str
) -> None:
    volume = blob(grid(columns))
    written(volume, tmp_path, source)
    found = read_series(find_series(tmp_path / "out")).canonical()
    assert found.grid.is_close(volume.canonical().grid, tolerance=1e-4)
    np.testing.assert_array_equal(found.data, volume.canonical().data)
    agrees(tmp_path / "out", volume, atol=0)


@pytest.mark.parametrize(
    ("low", "high", "scaled", "error"),
    [
        (0.0, 900.0, False, 0.5),
        (-400.0, 900.0, False, 0.5),
        (0.0, 60000.0, False, 0.5),
        (0.0, 200000.0, True, 2.0),
        (0.0, 3.7, True, 1e-4),
        (-0.5, 1.0, True, 1e-4),
        (-50000.0, 50000.0, True, 1.0),
        (1e-9, 1e-7, True, 1e-11),
    ],
)
def test_fractions_are_rounded_or_scaled(
    tmp_path: Path, source: Series, low: float, high: float, scaled: bool, error: float
) -> None:
    data = np.linspace(low, high, 280, dtype=np.float32).reshape(8, 7, 5)
    data[0, 0] = 0
    headers = written(Volume(data, grid()), tmp_path, source)
    assert all(("RescaleSlope" in header) == scaled for header in headers)
    found = read_series(find_series(tmp_path / "out"))
    assert np.abs(found.data - data).max() <= error
    assert (found.data[0, 0] == 0).all()


def test_whole_numbers_stay_as_they_are(tmp_path: Path, source: Series) -> None:
    headers = written(blob(grid(), top=100), tmp_path, source)
    assert not any("RescaleSlope" in header for header in headers)
    np.testing.assert_array_equal(
        read_series(find_series(tmp_path / "out")).data, blob(grid(), top=100).data
    )


def test_geometry_is_that_of_the_finer_grid(tmp_path: Path, source: Series) -> None:
    fine = grid().refined((2, 2, 1))
    headers = written(blob(fine), tmp_path, source)
    assert [header.InstanceNumber for header in headers] == [1, 2, 3, 4, 5]
    for k, header in enumerate(headers):
        assert (header.Rows, header.Columns) == (14, 16)
        assert list(header.PixelSpacing) == pytest.approx([0.55, 0.45])
        assert header.SliceThickness == header.SpacingBetweenSlices == pytest.approx(3)
        place = (fine.affine @ (0, 0, k, 1))[:3] * (-1, -1, 1)
        assert list(header.ImagePositionPatient) == pytest.approx(place.tolist(), abs=1e-4)


def test_the_thickness_is_the_source_s_while_the_slices_are(tmp_path: Path) -> None:
    write_files(tmp_path / "in", blob(grid()), change=lambda h, k: setattr(h, "SliceThickness", 2))
    source = find_series(tmp_path / "in")
    assert written(blob(grid().refined((2, 2, 1))), tmp_path, source)[0].SliceThickness == 2
    shutil.rmtree(tmp_path / "out")
    thin = written(blob(grid().refined((1, 1, 2))), tmp_path, source)
    assert thin[0].SliceThickness == pytest.approx(1.5)


def test_every_image_names_itself_its_series_and_its_source(tmp_path: Path, source: Series) -> None:
    calls: list[tuple[int, int]] = []
    headers = written(
        blob(grid()), tmp_path, source, progress=lambda done, steps: calls.append((done, steps))
    )
    assert len({header.SOPInstanceUID for header in headers}) == 5
    assert len({header.SeriesInstanceUID for header in headers}) == 1
    assert headers[0].SeriesInstanceUID != source.key
    assert headers[0].SeriesDescription == "T2 tse crossres"
    assert calls == [(n, 5) for n in range(1, 6)]
    known = [group[0].instance for group in source.places]
    named = [header.SourceImageSequence[0].ReferencedSOPInstanceUID for header in headers]
    assert sorted(named) == sorted(known)
    for header in headers:
        assert header.file_meta.MediaStorageSOPInstanceUID == header.SOPInstanceUID
        assert not any(element.tag.is_private for element in header.iterall())


def test_the_window_shows_what_is_there(tmp_path: Path, source: Series) -> None:
    [header, *_] = written(blob(grid()), tmp_path, source)
    assert 0 < header.WindowCenter < 1000
    assert 1 <= header.WindowWidth <= 1000
    shutil.rmtree(tmp_path / "out")
    flat = Volume(np.full(grid().shape, 5.0), grid())
    assert "WindowWidth" not in written(flat, tmp_path, source)[0]


# Refused, interrupted, in the way


def moved(volume: Volume) -> Volume:
    sheared = volume.grid.affine.copy()
    sheared[0, 2] += 1
    return volume.with_data(volume.data, Grid(volume.grid.shape, sheared))


def holed(volume: Volume) -> Volume:
    data = volume.data.copy()
    data[0, 0, 0] = np.nan
    return volume.with_data(data)


@pytest.mark.parametrize(
    ("change", "kind", "words"),
    [(moved, GridError, "sheared"), (holed, VolumeError, "NaN")],
)
def test_what_dicom_cannot_hold(
    tmp_path: Path, source: Series, change: Any, kind: type[CrossresError], words: str
) -> None:
    with pytest.raises(kind, match=words):
        written(change(blob(grid())), tmp_path, source)
    assert [path.name for path in tmp_path.iterdir()] == ["in"]


def test_only_mr_becomes_mr(tmp_path: Path) -> None:
    write_files(tmp_path / "in", blob(grid()), Modality="CT")
    with pytest.raises(SettingsError, match="is CT"):
        written(blob(grid()), tmp_path, find_series(tmp_path / "in"))


def test_an_existing_series_needs_overwrite(tmp_path: Path, source: Series) -> None:
    [first, *_] = written(blob(grid()), tmp_path, source)
    with pytest.raises(OutputExistsError, match="`overwrite`"):
        written(blob(grid()), tmp_path, source)
    thin = blob(grid().with_shape((8, 7, 3)))
    again = written(thin, tmp_path, source, overwrite=True)
    assert len(again) == 3
    assert again[0].SeriesInstanceUID != first.SeriesInstanceUID


@pytest.mark.parametrize(
    "error", [KeyboardInterrupt(), OSError(errno.ENOSPC, "No space left on device")]
)
def test_an_interruption_leaves_no_output(
    tmp_path: Path, source: Series, error: BaseException
) -> None:
    def stop(done: int, steps: int) -> None:
        if done == 3:
            raise error

    with pytest.raises((KeyboardInterrupt, CrossresError)):
        written(blob(grid()), tmp_path, source, progress=stop)
    assert [path.name for path in tmp_path.iterdir()] == ["in"]


# A validator's opinion


def validate(folder: Path) -> None:
    """Check every image with dciodvfy of dicom3tools, and all of them together with dcentvfy."""
    if shutil.which("dciodvfy") is None:
        pytest.skip("DICOM VALIDATOR MISSING: apt-get install dicom3tools")
    for path in sorted(folder.iterdir()):
        report = subprocess.run(["dciodvfy", path], capture_output=True, text=True, check=False)
        assert "MRImage" in report.stderr.splitlines()
        assert [line for line in report.stderr.splitlines() if line.startswith("Error")] == []
    files = sorted(folder.iterdir())
    together = subprocess.run(["dcentvfy", *files], capture_output=True, text=True, check=False)
    assert "Error" not in together.stderr + together.stdout


@pytest.mark.parametrize("enhanced", [False, True])
@pytest.mark.parametrize("scaled", [False, True])
def test_a_validator_finds_no_error(tmp_path: Path, enhanced: bool, scaled: bool) -> None:
    (tmp_path / "in").mkdir()
    if enhanced:
        write_enhanced(tmp_path / "in" / "e", blob(grid()))
    else:
        write_files(tmp_path / "in", blob(grid()))
    source = find_series(tmp_path / "in")
    volume = blob(grid().refined((2, 2, 1)))
    if scaled:
        volume = volume.with_data(volume.data / 900)
    written(volume, tmp_path, source, others=[source])
    validate(tmp_path / "out")


def test_errors_name_no_patient(tmp_path: Path) -> None:
    write_files(tmp_path / "in", blob(grid()), "Quintilia", Modality="CT")
    with pytest.raises(SettingsError) as caught:
        written(blob(grid()), tmp_path, find_series(tmp_path / "in"))
    assert not any(word in str(caught.value) for word in WORDS)


# A real series


@pytest.mark.realdata
def test_a_real_series_is_written_and_read(tmp_path: Path, data_root: Path) -> None:
    source = find_series(data_root / "dicom" / "t1w")
    volume = read_series(source)
    assert volume.grid.shape == (274, 384, 64)
    assert volume.grid.spacing == pytest.approx((0.7, 0.6667, 0.6667), abs=1e-3)
    fine = volume.grid.coarsened((4, 4, 2))
    coarse = volume.with_data(volume.data[::4, ::4, ::2][: fine.shape[0], : fine.shape[1]], fine)
    written(coarse, tmp_path, source)
    agrees(tmp_path / "out", coarse, atol=0.5)
    validate(tmp_path / "out")
