"""Codes and references of a derived image: what it came from, and what made it."""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from importlib import metadata

import numpy as np
from pydicom import Dataset
from pydicom.sr.codedict import codes
from pydicom.sr.coding import Code

from crossres.io.dicom.frames import Frame
from crossres.io.dicom.series import Series
from crossres.volume import Grid

SPATIAL_RESAMPLING: Code = codes.DCM.SpatialResampling
_SOURCE: Code = codes.DCM.SourceImageForImageProcessingOperation
_ACQUISITION: Code = codes.DCM.AcquisitionEquipment
_PROCESSING: Code = codes.DCM.ProcessingEquipment
_TOUCHING = 1e-3
EQUIPMENT = (
    "Manufacturer", "InstitutionName", "StationName", "ManufacturerModelName",
    "DeviceSerialNumber", "SoftwareVersions",
)  # fmt: skip


def coded(code: Code) -> Dataset:
    """Return a code as an item of a sequence."""
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator = code.value, code.scheme_designator
    item.CodeMeaning = code.meaning
    return item


def source_images(sources: Iterable[Series], grid: Grid, k: int) -> list[Dataset]:
    """Return an item for each image that slice ``k`` of a grid came from, or else the nearest one.

    Args:
        sources: Series that went into the grid's image.
        grid: Of the derived image.
        k: Number of the slice, from 0.

    Returns:
        References to images, with the numbers of their frames where they have several.
    """
    found: dict[tuple[str, str], list[int]] = {}
    for series in sources:
        for frame in _overlapping(series, grid, k):
            numbers = found.setdefault((frame.sop_class, frame.instance), [])
            numbers.extend([frame.index + 1] * frame.several)
    return [_reference(*image, tuple(sorted(numbers))) for image, numbers in found.items()]


def _overlapping(series: Series, grid: Grid, k: int) -> list[Frame]:
    """Return the frames of a series that a slice of a grid touches."""
    corners = np.array([[i, j, k, 1] for i in (0, grid.shape[0]) for j in (0, grid.shape[1])])
    places = (np.linalg.inv(series.grid.affine) @ grid.affine @ corners.T)[2]
    last = len(series.places) - 1
    start = math.floor(places.min() - 1 + _TOUCHING) + 1
    end = math.ceil(places.max() + 1 - _TOUCHING) - 1
    start, end = min(max(start, 0), last), min(max(end, 0), last)
    return [series.places[n][0] for n in range(start, end + 1)]


@lru_cache(maxsize=4096)
def _reference(sop_class: str, instance: str, numbers: tuple[int, ...]) -> Dataset:
    item = Dataset()
    item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = sop_class, instance
    if numbers:
        item.ReferencedFrameNumber = list(numbers)
    item.PurposeOfReferenceCodeSequence = [coded(_SOURCE)]
    return item


def this_software() -> dict[str, str]:
    """Return what the equipment module says of crossres."""
    version = metadata.version("crossres")
    names = {"Manufacturer": "crossres", "ManufacturerModelName": "crossres"}
    return {**names, "SoftwareVersions": version}


def contributing_equipment(source: Dataset, when: datetime, what: str) -> list[Dataset]:
    """Return items for the scanner that acquired the source, and for what was made of it here.

    Args:
        source: Attributes of the scanner, as far as they are known and valid.
        when: Now.
        what: What was done, in up to 1024 characters.
    """
    processing = Dataset()
    for name, value in this_software().items():
        setattr(processing, name, value)
    processing.ContributionDateTime = when.strftime("%Y%m%d%H%M%S")
    processing.ContributionDescription = what
    processing.PurposeOfReferenceCodeSequence = [coded(_PROCESSING)]
    if not source.get("Manufacturer"):
        return [processing]
    source.PurposeOfReferenceCodeSequence = [coded(_ACQUISITION)]
    return [source, processing]
