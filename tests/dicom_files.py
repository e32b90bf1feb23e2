"""DICOM series for tests, written from volumes by code independent of the package."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset, dcmread
from pydicom.config import disable_value_validation
from pydicom.dataset import FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.uid import (
    JPEG2000,
    UID,
    DeflatedExplicitVRLittleEndian,
    EnhancedMRImageStorage,
    ExplicitVRLittleEndian,
    HTJ2KLossless,
    JPEGBaseline8Bit,
    JPEGLossless,
    JPEGLosslessSV1,
    JPEGLSNearLossless,
    MRImageStorage,
    generate_uid,
)

from crossres.volume import Grid, Volume

Change = Callable[[Dataset, int], object]

SECRETS = {
    "PatientName": "Testperson^Quintilia",
    "PatientID": "PID7766554",
    "AccessionNumber": "ACC998877",
    "PatientBirthDate": "19010203",
    "ReferringPhysicianName": "Doctorson^Ludmilla",
}
WORDS = ["Testperson", "Quintilia", "PID7766554", "ACC998877", "19010203", "Doctorson", "Ludmilla"]
STUDY = {"StudyInstanceUID": generate_uid(), "FrameOfReferenceUID": generate_uid()}


def blob(grid: Grid, *, top: int = 1000) -> Volume:
    """Make a blob of whole numbers that depends on the world coordinates only."""
    points = np.stack(np.meshgrid(*map(np.arange, grid.shape), indexing="ij"), -1)
    world = points @ grid.affine[:3, :3].T + grid.affine[:3, 3]
    distance = np.square((world - grid.centre - (3, -2, 1)) / (14, 11, 8)).sum(-1)
    return Volume(np.rint(top * np.exp(-distance)), grid, stored_dtype="uint16")


def unchanged(header: Dataset, k: int) -> None:
    """Change nothing."""


def in_slice(k: int, **values: Any) -> Callable[[Dataset, int], None]:
    """Set attributes of one slice; None deletes."""

    def change(header: Dataset, n: int) -> None:
        for name, value in values.items() if n == k else ():
            if value is None:
                delattr(header, name)
            else:
                setattr(header, name, value)

    return change


def _header(description: str, changes: dict[str, Any]) -> Dataset:
    header = Dataset()
    values = {
        **SECRETS, **STUDY, "PatientSex": "O", "StudyDate": "20240102", "StudyTime": "030405",
        "StudyID": "7", "Modality": "MR", "Manufacturer": "ACME", "SeriesDescription": description,
        "SeriesNumber": 4, "SeriesInstanceUID": generate_uid(), "PatientPosition": "HFS",
        "PositionReferenceIndicator": "", "ScanningSequence": "SE", "SequenceVariant": "SK",
        "ScanOptions": "", "MRAcquisitionType": "2D", "RepetitionTime": "3000", "EchoTime": "90",
        "EchoTrainLength": 9, "ImageType": ["ORIGINAL", "PRIMARY", "M"], "SamplesPerPixel": 1,
        "PhotometricInterpretation": "MONOCHROME2", "PatientComments": "calls herself Quintilia",
    }  # fmt: skip
    for name, value in {**values, **changes}.items():
        setattr(header, name, value)
    block = header.private_block(0x0019, "ACME SECRET", create=True)
    block.add_new(0x01, "LO", "Quintilia again")
    return header


def _pixels(header: Dataset, values: NDArray[Any]) -> None:
    """Store pictures, (..., rows, columns)."""
    bits = 8 * values.dtype.itemsize
    header.Rows, header.Columns = values.shape[-2:]
    header.BitsAllocated, header.BitsStored, header.HighBit = bits, bits, bits - 1
    header.PixelRepresentation = int(values.dtype.kind == "i")
    header.PixelData = np.ascontiguousarray(values).tobytes()


def _places(grid: Grid) -> tuple[list[float], list[list[float]], list[float]]:
    """Return image orientation, positions and pixel spacing of the pictures of a grid."""
    affine = np.diag([-1.0, -1.0, 1.0, 1.0]) @ grid.affine
    di, dj, _ = grid.spacing
    orientation = [*(affine[:3, 0] / di), *(affine[:3, 1] / dj)]
    positions = [(affine @ (0, 0, k, 1))[:3].tolist() for k in range(grid.shape[2])]
    return [round(float(n), 10) for n in orientation], _rounded(positions), [dj, di]


def _rounded(positions: list[list[float]]) -> list[list[float]]:
    return [[round(n, 8) for n in position] for position in positions]


def save(
    header: Dataset,
    path: Path,
    sop_class: UID = MRImageStorage,
    syntax: UID = ExplicitVRLittleEndian,
) -> Path:
    """Write one file."""
    header.SOPClassUID = sop_class
    if "SOPInstanceUID" not in header:
        header.SOPInstanceUID = generate_uid()
    header.file_meta = FileMetaDataset()
    header.file_meta.TransferSyntaxUID = syntax
    header.save_as(path, enforce_file_format=True)
    return path


def write_files(
    folder: Path,
    volume: Volume,
    description: str = "T2 tse",
    *,
    change: Change = unchanged,
    dtype: str = "uint16",
    ending: str = ".dcm",
    **changes: Any,
) -> list[Path]:
    """Write a volume as one file per slice, with names in no order; return them in slice order."""
    folder.mkdir(parents=True, exist_ok=True)
    orientation, positions, spacing = _places(volume.grid)
    changes.setdefault("SeriesInstanceUID", generate_uid())
    names = np.random.default_rng(7).permutation(len(positions))
    there = len(list(folder.iterdir()))
    paths = []
    for k, (position, name) in enumerate(zip(positions, names, strict=True)):
        header = _header(description, changes)
        header.ImageOrientationPatient, header.ImagePositionPatient = orientation, position
        header.PixelSpacing, header.SliceThickness = spacing, volume.grid.spacing[2]
        header.InstanceNumber = k + 1
        _pixels(header, volume.data[:, :, k].T.astype(dtype))
        change(header, k)
        paths.append(save(header, folder / f"{there}-{name}{ending}"))
    return paths


def _item(**values: Any) -> list[Dataset]:
    item = Dataset()
    for name, value in values.items():
        setattr(item, name, value)
    return [item]


def write_enhanced(
    path: Path,
    volume: Volume,
    description: str = "T2 enhanced",
    *,
    change: Change = unchanged,
    order: list[int] | None = None,
    slopes: list[float] | None = None,
    **changes: Any,
) -> Path:
    """Write a volume as one enhanced MR file, frames in ``order``; change is called per frame."""
    orientation, positions, spacing = _places(volume.grid)
    order = list(range(len(positions))) if order is None else order
    slopes = [1.0] * len(positions) if slopes is None else slopes
    header = _header(description, changes)
    measures = _item(PixelSpacing=spacing, SliceThickness=volume.grid.spacing[2])
    header.SharedFunctionalGroupsSequence = _item(
        PixelMeasuresSequence=measures,
        PlaneOrientationSequence=_item(ImageOrientationPatient=orientation),
    )
    frames = []
    for k in order:
        [frame] = _item(
            PlanePositionSequence=_item(ImagePositionPatient=positions[k]),
            PixelValueTransformationSequence=_item(
                RescaleSlope=slopes[k], RescaleIntercept=0, RescaleType="US"
            ),
            MREchoSequence=_item(EffectiveEchoTime=90.0),
        )
        change(frame, k)
        frames.append(frame)
    header.PerFrameFunctionalGroupsSequence = frames
    header.NumberOfFrames = len(order)
    stored = [np.rint(volume.data[:, :, k].T / slopes[k]).astype("uint16") for k in order]
    _pixels(header, np.stack(stored))
    return save(header, path, EnhancedMRImageStorage)


def compress(path: Path, syntax: UID) -> None:
    """Compress a file in place."""
    with disable_value_validation():
        header = dcmread(path)
        if syntax in _JPEG:
            pictures = header.pixel_array.reshape(-1, header.Rows, header.Columns)
            header.PixelData = encapsulate([_JPEG[syntax](picture) for picture in pictures])
            header["PixelData"].VR = "OB"
            header["PixelData"].is_undefined_length = True
            header.file_meta.TransferSyntaxUID = syntax
        elif syntax == DeflatedExplicitVRLittleEndian:
            header.file_meta.TransferSyntaxUID = syntax
        else:
            header.compress(syntax, generate_instance_uid=False, **_LOSSY.get(syntax, {}))
        header.save_as(path)


def _lossless(picture: NDArray[Any]) -> bytes:
    unsigned = picture.view(f"u{picture.dtype.itemsize}")
    coded: bytes = imagecodecs.jpeg8_encode(
        unsigned, lossless=True, predictor=1, bitspersample=8 * picture.dtype.itemsize
    )
    return coded


def _high_throughput(picture: NDArray[Any]) -> bytes:
    coded: bytes = imagecodecs.htj2k_encode(picture, reversible=True)
    return coded


_JPEG: dict[UID, Callable[[NDArray[Any]], bytes]] = {
    HTJ2KLossless: _high_throughput,
    JPEGLossless: _lossless,
    JPEGLosslessSV1: _lossless,
    JPEGBaseline8Bit: lambda picture: imagecodecs.jpeg8_encode(picture, level=95),
}
_LOSSY: dict[UID, dict[str, Any]] = {
    JPEG2000: {"j2k_psnr": [60.0]},
    JPEGLSNearLossless: {"jls_error": 2},
}
