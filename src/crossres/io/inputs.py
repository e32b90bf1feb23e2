"""A scan on disk, whatever its format: one file, or one series of a folder of DICOM files."""

from __future__ import annotations

import hashlib
import logging
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from crossres.files import Snapshot, sha256
from crossres.io import formats
from crossres.io.slice_thickness import StatedSlices, stated_in_metadata
from crossres.io.stated_profile import StatedProfiles, stated_profiles
from crossres.types import (
    CrossresWarning,
    FileFormatError,
    Progress,
    SettingsError,
    Trust,
)
from crossres.volume import Volume

if TYPE_CHECKING:
    from crossres.io.dicom import Series

_LOGGER = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class Input:
    """A scan on disk that has not been read yet: a NIfTI, MGH or NRRD file, or a DICOM series.

    Args:
        path: The file, a folder of DICOM files, or one DICOM file.
        series: The series of the DICOM files; None for a file of another format.
    """

    path: Path
    series: Series | None = None
    _read: list[Snapshot] = field(default_factory=list, init=False, repr=False)

    @property
    def name(self) -> str:
        """Its name in outputs: that of the file, or the description of the series.

        Names of DICOM files and of their folders often hold the patient's name and are never used.
        """
        return self.path.name if self.series is None else self.series.name

    def read(self, *, progress: Progress | None = None, trust: Trust | None = None) -> Volume:
        """Read the image, with a warning for each irregularity of a series or a header.

        Args:
            progress: Called with (files read, total files) for DICOM series.
            trust: Which of sform and qform of a NIfTI file is used where they differ.

        Returns:
            The image, ``(i, j, k)``, float32, in RAS+ mm.

        Raises:
            FileFormatError: Missing, damaged, or of another format.
            VolumeError: Not one real, finite, non-empty 3-D image.
            GridError: No position in the world, or slices that make no regular grid.
        """
        volume, notes = self.load(progress=progress, trust=trust)
        for note in notes:
            warnings.warn(note, CrossresWarning, stacklevel=1)
        return volume

    def load(
        self,
        *,
        progress: Progress | None = None,
        trust: Trust | None = None,
        stated_slices: bool = True,
    ) -> tuple[Volume, list[str]]:
        """Read the image, and return warnings as text.

        Args:
            progress: Called with (files read, total files) for DICOM series.
            trust: Which of sform and qform of a NIfTI file is used where they differ.
            stated_slices: Whether a slice thickness that header or metadata state is used; False
                where another one is given.

        Returns:
            The image, ``(i, j, k)``, float32, in RAS+ mm, and the warnings.

        Raises:
            FileFormatError: Missing, damaged, or of another format.
            VolumeError: Not one real, finite, non-empty 3-D image.
            GridError: No position in the world, or slices that make no regular grid.
        """
        if self.series is None:
            volume, notes, snapshot = formats.load(self.path, trust=trust)
            self._read[:] = [snapshot]
        else:
            from crossres.io.dicom import load_series

            volume, notes, self._read[:] = load_series(self.series, progress=progress)
            _ = self.series.source_header  # a derived series needs it when the files may be gone
        _LOGGER.info("read %s: %r", self.name, volume)
        more: list[str] = []
        if stated_slices:
            volume, more = self.slices.applied(volume)
        more = [*more, *self.profiles.notes]
        return self.profiles.applied(volume), [*notes, *(f"{self.name} {note}" for note in more)]

    @cached_property
    def slices(self) -> StatedSlices:
        """What the header of the series, or the metadata of the file, state about the slices."""
        if self.series is None:
            return stated_in_metadata(self.path)
        return StatedSlices("DICOM header", self.series.thickness, axis=2)

    @cached_property
    def profiles(self) -> StatedProfiles:
        """The profiles of the voxels that the metadata of the file state; DICOM has no field."""
        return StatedProfiles() if self.series is not None else stated_profiles(self.path)

    def fingerprint(self) -> dict[str, object]:
        """Return the name and checksum of the scan: of the bytes that were read, if it was read.

        Returns:
            ``file`` and ``sha256`` of a NIfTI file, and ``slice_thickness_mm`` and
            ``voxel_profiles`` where its metadata state them. Of a series its description as
            ``series``, the number of ``files``, and the SHA-256 of the sorted SHA-256 of its files,
            one per line.

        Raises:
            FileFormatError: A file cannot be read.
        """
        paths = [self.path] if self.series is None else self.series.files
        read = [snapshot.sha256 for snapshot in self._read]
        digests = sorted(read or [sha256(path) for path in paths])
        if self.series is None:
            stated = {
                "slice_thickness_mm": self.slices.thickness,
                "voxel_profiles": list(self.profiles.shapes) if any(self.profiles.shapes) else None,
            }
            known = {name: value for name, value in stated.items() if value is not None}
            return {"file": self.name, "sha256": digests[0], **known}
        whole = hashlib.sha256("".join(f"{digest}\n" for digest in digests).encode())
        return {"series": self.name, "files": len(digests), "sha256": whole.hexdigest()}

    def changes(self) -> list[str]:
        """Return a warning if the scan on disk is no longer the one that was read.

        Returns:
            One sentence, or none.
        """
        fates = [snapshot.fate for snapshot in self._read]
        if not any(fates):
            return []
        name = "it" if self.series is None else "a file of it"
        return [
            f"{self.name}: {name} {next(filter(None, fates))} after it was read; the result and "
            "the checksum are of what was read"
        ]


def holds_dicom(path: str | Path) -> bool:
    """Return whether a path is to be read as DICOM.

    Args:
        path: A file or folder, which need not exist.

    Returns:
        True for any folder, and for a file with the content of DICOM, packed with gzip or not.
    """
    from crossres.io.dicom import is_dicom  # loads no pydicom

    path = Path(path)
    try:
        return path.is_dir() or is_dicom(path)
    except OSError:
        return False


def _check_packed(path: Path) -> None:
    """Check that a file is no archive.

    Raises:
        FileFormatError: It is one.
    """
    from crossres.io.dicom import is_archive  # loads no pydicom

    try:
        packed = is_archive(path)
    except OSError:  # the reader of the file has the message for it
        return
    if packed:
        raise FileFormatError(
            f"{path.name} is an archive (zip or tar); unpack it, and give the folder or the file "
            "in it"
        )


def find_input(
    path: str | Path,
    series: str | None = None,
    *,
    parameter: str | None = "series",
    progress: Progress | None = None,
) -> Input:
    """Find the scan of a path without reading the image.

    Args:
        path: A NIfTI, MGH or NRRD file, a folder of DICOM files, or one DICOM file of the series.
        series: The series of DICOM files, as :func:`crossres.io.dicom.find_series` takes it.
        parameter: Name of ``series`` in error messages; None if the caller has no such parameter.
        progress: Called with (files searched, total files) for folders.

    Returns:
        The scan. Whether a file that is no DICOM exists is checked only when it is read.

    Raises:
        FileFormatError: A folder without DICOM images, a damaged DICOM file, or an archive.
        SettingsError: No series matches, or several do; or ``series`` is given for
            a file that is no DICOM.
    """
    path = Path(path)
    if holds_dicom(path):
        from crossres.io.dicom import find_series

        return Input(path, find_series(path, series, parameter=parameter, progress=progress))
    if series is not None:
        raise SettingsError(f"{path.name} is no folder of DICOM files; leave `{parameter}` out")
    _check_packed(path)
    return Input(path)


def find_inputs(folder: str | Path, choices: Sequence[str], *, remedy: str) -> list[Input]:
    """Find several series of one folder of DICOM files, reading the headers once.

    Args:
        folder: The folder.
        choices: The series, each as :func:`crossres.io.dicom.find_series` takes it.
        remedy: End of the error message if no series matches, or several do.

    Returns:
        A scan for each choice.

    Raises:
        FileFormatError: The folder holds no DICOM images.
        SettingsError: No series matches, or several do, or one series matches two choices.
    """
    from crossres.io.dicom import choose_series, list_series

    listing = list_series(folder)
    found = [choose_series(listing, choice, remedy=remedy) for choice in choices]
    if len({series.key for series in found}) < len(found):
        both = " and ".join(repr(choice) for choice in choices)
        raise SettingsError(f"{both} fit one and the same series, {found[0].line}; {remedy}")
    return [Input(Path(folder), series) for series in found]


def read(path: str | Path, series: str | None = None, *, trust: Trust | None = None) -> Volume:
    """Read one 3-D image: a NIfTI, MGH or NRRD file, or a series of a folder of DICOM files.

    Args:
        path: A ``.nii.gz``, ``.nii``, ``.mgz``, ``.mgh`` or ``.nrrd``, a folder of DICOM files, or
            one DICOM file of the series.
        series: The series, if the folder holds several: its description, a part of it, or the end
            of its UID.
        trust: Which of sform and qform of a NIfTI file is used, without a warning, where they
            differ; by default the sform, with a warning.

    Returns:
        The image, ``(i, j, k)``, float32, in the file's own units, in RAS+ mm. Voxel axes are as
        stored: of DICOM, i runs along the rows of a picture, j down its columns, k through them.

    Raises:
        FileFormatError: Missing, damaged, or of another format.
        SettingsError: Several series, or none that matches; the message lists them.
        VolumeError: Not one real, finite, non-empty 3-D image.
        GridError: No position in the world, or slices that make no regular grid.

    Example:
        >>> t2 = read("sub-01_T2w.nii.gz")  # doctest: +SKIP
        >>> t2 = read("export/", series="t2 tse")  # doctest: +SKIP
        >>> t2.grid.spacing  # doctest: +SKIP
        (0.5, 0.5, 4.0)
    """
    return find_input(path, series).read(trust=trust)
