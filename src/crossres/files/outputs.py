"""Files and folders that a verb makes: looked at before any work, written all or none."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path

from crossres.files.atomic_files import atomic, atomic_folder, check_output
from crossres.files.folders import atomic_series, check_folder
from crossres.types import FileFormatError, SettingsError

NIFTI = (".nii.gz", ".nii")
MAPS_ENDING = ".maps"
"""``SR.nii.gz`` has its maps in ``SR.maps``."""
MAPS_FILE = "maps.json"
_FOLDERS = {MAPS_ENDING: MAPS_FILE}
"""Endings of outputs that are folders, each with the file by which such a folder is known."""


def stem(path: Path, endings: Sequence[str] = NIFTI) -> Path:
    """Return the path without its ending.

    Raises:
        FileFormatError: The name has none of the endings.
    """
    for ending in endings:
        if path.name.endswith(ending) and path.name != ending:
            return path.with_name(path.name.removesuffix(ending))
    raise FileFormatError(
        f"cannot write {path.name}; give a name ending in {' or '.join(reversed(endings))}"
    )


def beside(path: Path, ending: str, endings: Sequence[str] = NIFTI) -> Path:
    """Return the name of a file that accompanies ``path``: same stem, other ending."""
    start = stem(path, endings)
    return start.with_name(start.name + ending)


def is_folder(output: Path) -> bool:
    """Tell whether an output is a folder of slices: its name has no ending of a file."""
    return not output.name.endswith(NIFTI)


def folder_name(path: Path) -> Path:
    """Return the path of a folder of slices to be made.

    Raises:
        FileFormatError: Its name looks like a file's.
    """
    if path.suffix[1:2].isalpha():
        raise FileFormatError(
            f"cannot write {path.name}; give a name ending in .nii or .nii.gz, or one without an "
            "ending for a folder of DICOM files"
        )
    return path


def check_outputs(
    paths: Sequence[Path],
    *,
    overwrite: bool,
    inputs: Sequence[Path | None] = (),
    folder: bool = False,
) -> None:
    """Fail before any work where an output could not be written in the end.

    Args:
        paths: The files to be made.
        overwrite: Whether existing ones may be replaced.
        inputs: Files and folders that are read.
        folder: Whether the first output is a folder of slices.

    Raises:
        OutputExistsError: One exists and ``overwrite`` is False.
        OutputWriteError: A folder is missing or may not be written to.
        SettingsError: An output would replace an input or another output, or lie among the files
            of an input.
    """
    read = {path.resolve() for path in inputs if path is not None}
    if len({path.resolve() for path in paths}) < len(paths):
        raise SettingsError(f"{paths[-1]} is to be made twice; give each output its own name")
    for number, path in enumerate(paths):
        if any(path.resolve() in (source, *source.parents) for source in read):
            raise SettingsError(f"{path} is or holds an input; give the output another name")
        if folder and number == 0:
            _check_series(path, overwrite, read)
        else:
            check_output(path, overwrite, marker=_FOLDERS.get(path.suffix))


def _check_series(path: Path, overwrite: bool, read: Collection[Path]) -> None:
    """Fail where a folder of slices could not be made, or would lie in an input."""
    if set(read) & set(path.resolve().parents):
        raise SettingsError(f"{path} is an input or inside one; give the output another name")
    check_folder(path, overwrite)


@contextmanager
def staged(paths: Sequence[Path], *, overwrite: bool, folder: bool = False) -> Iterator[list[Path]]:
    """Give temporary names for several outputs, which get their own names once all are complete.

    Args:
        paths: The files, and folders (which end in .maps), to be made.
        overwrite: Whether existing ones may be replaced.
        folder: Whether the first is a folder of slices.

    Yields:
        A temporary path for each: of a file with the same ending, of a folder an empty folder.
    """
    with ExitStack() as stack:
        ways = [_series if folder else _output, *[_output] * (len(paths) - 1)]
        yield [
            stack.enter_context(way(path, overwrite)) for way, path in zip(ways, paths, strict=True)
        ]


def _series(path: Path, overwrite: bool) -> AbstractContextManager[Path]:
    return atomic_series(path, overwrite=overwrite)


def _output(path: Path, overwrite: bool) -> AbstractContextManager[Path]:
    marker = _FOLDERS.get(path.suffix)
    if marker is None:
        return atomic(path, overwrite=overwrite)
    return atomic_folder(path, marker=marker, overwrite=overwrite)
