"""A DICOM series of the digital head, and what can be wrong with its files."""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from pydicom import Dataset, config
from pydicom.datadict import dictionary_VR, tag_for_keyword
from pydicom.dataelem import RawDataElement
from pydicom.dataset import FileMetaDataset
from pydicom.tag import Tag
from pydicom.uid import ExplicitVRLittleEndian, MRImageStorage, generate_uid

from fuzz.case import Bench, Meaning, Truth
from fuzz.scenes import head

Slices = list[Dataset]
_FLIP = np.diag([-1.0, -1.0, 1.0, 1.0])
"""From RAS+ to LPS+."""


@dataclass(frozen=True, eq=False)
class Mutated:
    """A mutation, what it means, and the image where that is not the head itself."""

    change: str
    meaning: Meaning
    truth: Truth | None = None
    content: dict[int, Callable[[bytes], bytes]] | None = None
    """Mutations of the bytes of single files, by number of the slice."""


def unique(*words: object) -> str:
    """Return a UID that depends on the words alone."""
    return str(generate_uid(entropy_srcs=[str(word) for word in words]))


def volume() -> Truth:
    """Return the head with its slices in the order of DICOM: along the normal of the pictures."""
    truth = head()
    turn = np.diag([1.0, 1.0, -1.0, 1.0])
    turn[2, 3] = truth.data.shape[2] - 1
    return Truth(truth.data[:, :, ::-1], truth.affine @ turn)


def build(truth: Truth) -> Slices:
    """Return the slices of a valid series."""
    affine = _FLIP @ truth.affine
    spacing = np.linalg.norm(affine[:3, :3], axis=0)
    directions = (affine[:3, :3] / spacing).T
    slices = []
    for k in range(truth.data.shape[2]):
        header = Dataset()
        position = (affine @ (0, 0, k, 1))[:3]
        values: dict[str, Any] = {
            "SOPClassUID": MRImageStorage, "SOPInstanceUID": unique("slice", k),
            "StudyInstanceUID": unique("study"), "SeriesInstanceUID": unique("series"),
            "FrameOfReferenceUID": unique("frame"), "PatientName": "Phantom", "PatientID": "P1",
            "PatientSex": "O", "StudyDate": "20240102", "StudyTime": "030405", "Modality": "MR",
            "SeriesDescription": "T2 tse", "SeriesNumber": 4, "InstanceNumber": k + 1,
            "EchoTime": "90", "RepetitionTime": "3000", "MRAcquisitionType": "2D",
            "ImageType": ["ORIGINAL", "PRIMARY", "M"], "SliceLocation": float(position[2]),
            "ImagePositionPatient": [round(float(n), 6) for n in position],
            "ImageOrientationPatient": [round(float(n), 6) for n in directions[:2].ravel()],
            "PixelSpacing": [float(spacing[1]), float(spacing[0])],
            "SliceThickness": float(spacing[2]), "SpacingBetweenSlices": float(spacing[2]),
            "SamplesPerPixel": 1, "PhotometricInterpretation": "MONOCHROME2",
            "Rows": truth.data.shape[1], "Columns": truth.data.shape[0], "BitsAllocated": 16,
            "BitsStored": 16, "HighBit": 15, "PixelRepresentation": 0,
        }  # fmt: skip
        for name, value in values.items():
            setattr(header, name, value)
        pixels = np.ascontiguousarray(truth.data[:, :, k].T.astype("<u2"))
        header.add_new("PixelData", "OW", pixels.tobytes())
        header.file_meta = FileMetaDataset()
        header.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        header.file_meta.MediaStorageSOPClassUID = MRImageStorage
        header.file_meta.MediaStorageSOPInstanceUID = header.SOPInstanceUID
        slices.append(header)
    return slices


def write(slices: Slices, folder: Path, names: Callable[[int], str]) -> list[Path]:
    """Write the slices; values that pydicom would refuse are written as they are."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    with config.disable_value_validation():
        for k, header in enumerate(slices):
            path = folder / names(k)
            header.save_as(path, enforce_file_format=True)
            paths.append(path)
    return paths


def put(header: Dataset, name: str, value: str | bytes | int) -> None:
    """Set an element to raw bytes, whatever its representation allows; whole numbers are packed."""
    tag = Tag(tag_for_keyword(name) or 0)
    representation = dictionary_VR(tag).split(" or ")[0]
    if isinstance(value, int):
        raw = struct.pack("<H", value % 65536)
    else:
        raw = value if isinstance(value, bytes) else value.encode("utf-8", "surrogateescape")
    raw += b" " * (len(raw) % 2)
    header[tag] = RawDataElement(tag, representation, len(raw), raw, 0, False, True)


def first_or_all(bench: Bench, slices: Slices) -> tuple[Slices, str]:
    """Return one slice of the series, or all."""
    if bench.random.random() < 0.5:
        number = int(bench.random.integers(len(slices)))
        return [slices[number]], f"slice {number}"
    return slices, "all slices"


def pixels(header: Dataset) -> np.ndarray:
    """Return the stored numbers of a slice, (rows, columns)."""
    stored = np.frombuffer(header.PixelData, "<u2")
    return stored.reshape(header.Rows, header.Columns).copy()


def scaled(slopes: list[float], intercepts: list[float]) -> Truth:
    """Return the head with a slope and an intercept for each slice."""
    truth = volume()
    return replace(truth, data=truth.data * np.array(slopes) + np.array(intercepts))


def shifted(offset: tuple[float, float, float]) -> Truth:
    """Return the head at another place, offset in LPS+ mm."""
    truth = volume()
    affine = truth.affine.copy()
    affine[:3, 3] += _FLIP[:3, :3] @ offset
    return replace(truth, affine=affine)
