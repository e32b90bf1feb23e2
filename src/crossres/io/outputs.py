"""Files that a verb makes: looked at before any work, written all or none."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from crossres.io.files import atomic, check_output
from crossres.io.folders import atomic_folder, check_folder
from crossres.types import FileFormatError, SettingsError

NIFTI = (".nii.gz", ".nii")


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
        whole = path.resolve()
        if whole in read or (folder and read & set(whole.parents)):
            raise SettingsError(f"{path} is an input or inside one; give the output another name")
        (check_folder if folder and number == 0 else check_output)(path, overwrite)


@contextmanager
def staged(paths: Sequence[Path], *, overwrite: bool, folder: bool = False) -> Iterator[list[Path]]:
    """Give temporary names for several files, which get their own names once all are complete.

    Args:
        paths: The files to be made.
        overwrite: Whether existing files may be replaced.
        folder: Whether the first is a folder of slices, which is then there and empty.

    Yields:
        A temporary path for each, with the same ending.
    """
    with ExitStack() as stack:
        ways = [atomic_folder if folder else atomic, *[atomic] * (len(paths) - 1)]
        yield [
            stack.enter_context(way(path, overwrite=overwrite))
            for way, path in zip(ways, paths, strict=True)
        ]
