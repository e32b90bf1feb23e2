"""Outputs of a command: checked before any work, and written together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from crossres.files.folders import check_folder
from crossres.files.output_checks import check_output, holds_only
from crossres.files.staging import recover
from crossres.files.transaction import Member, transaction
from crossres.types import FileFormatError, OutputExistsError, SettingsError

NIFTI = (".nii.gz", ".nii")
IMAGES = (*NIFTI, ".mgz", ".mgh", ".nrrd")
"""Endings of files that hold one image."""
MAPS_ENDING = ".maps"
"""The maps of ``SR.nii.gz`` are in the folder ``SR.maps``."""
MAPS_FILE = "maps.json"
REPORT_ENDING = ".html"
_FOLDERS = {MAPS_ENDING: MAPS_FILE}
"""Endings of outputs that are folders, each with the file that identifies such a folder."""


def stem(path: Path, endings: Sequence[str] = IMAGES) -> Path:
    """Return a path without its ending.

    Args:
        path: The file.
        endings: The endings allowed, longest first.

    Returns:
        The path without the first ending that it has.

    Raises:
        FileFormatError: The name has none of the endings.

    Example:
        >>> stem(Path("SR.nii.gz")).name
        'SR'
    """
    for ending in endings:
        if path.name.endswith(ending) and path.name != ending:
            return path.with_name(path.name.removesuffix(ending))
    *others, last = endings
    choices = f"{', '.join(others)} or {last}" if others else last
    raise FileFormatError(f"cannot write {path.name}; give a name ending in {choices}")


def beside(path: Path, ending: str, endings: Sequence[str] = IMAGES) -> Path:
    """Return the path of a file that accompanies ``path``: same stem, other ending.

    Args:
        path: The file.
        ending: Ending of the other file, such as ``".json"``.
        endings: The endings allowed for ``path``, longest first.

    Returns:
        The path, in the same folder.

    Raises:
        FileFormatError: The name of ``path`` has none of the endings.

    Example:
        >>> beside(Path("SR.nii.gz"), ".json").name
        'SR.json'
    """
    start = stem(path, endings)
    return start.with_name(start.name + ending)


def is_folder(output: Path) -> bool:
    """Return whether an output is a folder of slices: its name lacks the ending of an image.

    Args:
        output: The output.

    Returns:
        True for a folder.
    """
    return not output.name.endswith(IMAGES)


def folder_name(path: Path) -> Path:
    """Check the name of a folder of slices.

    Args:
        path: The folder to be made.

    Returns:
        ``path``.

    Raises:
        FileFormatError: The name looks like that of a file.
    """
    if path.suffix[1:2].isalpha():
        raise FileFormatError(
            f"cannot write {path.name}; give a name ending in .nii.gz, .nii, .mgz or .nrrd, or one "
            "without an ending for a folder of DICOM files"
        )
    return path


def check_outputs(
    paths: Sequence[Path],
    *,
    overwrite: bool,
    inputs: Sequence[Path | None] = (),
    folder: bool = False,
) -> None:
    """Check before any work that all outputs can be written.

    What killed processes have left beside them is completed or removed first.

    Args:
        paths: The files and folders to be made.
        overwrite: Whether existing ones may be replaced.
        inputs: Files and folders that are read.
        folder: Whether the first output is a folder of slices.

    Raises:
        OutputExistsError: One exists and ``overwrite`` is False.
        OutputWriteError: A parent folder is missing or read-only.
        SettingsError: An output would replace an input or another output, or a folder of slices
            would lie inside an input.
    """
    for parent in {path.absolute().parent for path in paths}:
        recover(parent)
    read = {path.resolve() for path in inputs if path is not None}
    if len({path.resolve() for path in paths}) < len(paths):
        raise SettingsError(f"{paths[-1]} is to be made twice; give each output its own name")
    for number, path in enumerate(paths):
        if any(path.resolve() in (source, *source.parents) for source in read):
            raise SettingsError(f"{path} is or holds an input; give the output another name")
        if folder and number == 0:
            if read & set(path.resolve().parents):
                raise SettingsError(f"{path} is inside an input; give the output another name")
            check_folder(path, overwrite)
        else:
            _check_member(path, overwrite)


@contextmanager
def staged(
    paths: Sequence[Path],
    *,
    overwrite: bool,
    folder: bool = False,
    removed: Sequence[Path] = (),
) -> Iterator[list[Path]]:
    """Write several outputs in a hidden folder, and rename them together once all are complete.

    Whatever happens, a kill included, the set on disk is the earlier one or the new one.

    Args:
        paths: The files, and folders (which end in .maps), to be made.
        overwrite: Whether existing ones may be replaced.
        folder: Whether the first is a folder of slices.
        removed: Files and folders of the earlier set that the new one does not have.

    Yields:
        A temporary path of the same name for each output: an empty folder for a folder.

    Raises:
        OutputExistsError: One exists and may not be replaced.
        OutputWriteError: A parent folder is missing or read-only, or the disk is full.
        CrossresError: Any other error of crossres within the block.
    """
    made = [_member(path, overwrite, folder and n == 0) for n, path in enumerate(paths)]
    others = [Member(path, lambda: None, is_removed=True) for path in removed]
    with transaction([*made, *others]) as files:
        yield files


def _member(path: Path, overwrite: bool, series: bool) -> Member:
    """Return an output, whatever its kind, as a member of a set."""
    check = partial(check_folder if series else _check_member, path, overwrite)
    is_folder = series or path.suffix in _FOLDERS
    return Member(path, check, is_folder=is_folder, overwrite=overwrite)


def _check_member(path: Path, overwrite: bool) -> None:
    """Check a file, or a folder whose files its marker names."""
    marker = _FOLDERS.get(path.suffix)
    check_output(path, overwrite, marker=marker)
    if marker is not None and path.exists() and not holds_only(path, marker):
        raise OutputExistsError(f"{path} holds other files too; move them, or give another name")
