"""Files that a verb makes: looked at before any work, written all or none."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from crossres.io.files import atomic, check_output
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


def check_outputs(
    paths: Sequence[Path], *, overwrite: bool, inputs: Sequence[Path | None] = ()
) -> None:
    """Fail before any work where an output could not be written in the end.

    Raises:
        OutputExistsError: One exists and ``overwrite`` is False.
        OutputWriteError: A folder is missing or may not be written to.
        SettingsError: An output would replace an input, or another output.
    """
    read = {path.resolve() for path in inputs if path is not None}
    if len({path.resolve() for path in paths}) < len(paths):
        raise SettingsError(f"{paths[-1]} is to be made twice; give each output its own name")
    for path in paths:
        if path.resolve() in read:
            raise SettingsError(f"{path} is an input; give the output another name")
        check_output(path, overwrite)


@contextmanager
def staged(paths: Sequence[Path], *, overwrite: bool) -> Iterator[list[Path]]:
    """Give temporary names for several files, which get their own names once all are complete.

    Args:
        paths: The files to be made.
        overwrite: Whether existing files may be replaced.

    Yields:
        A temporary path for each, with the same ending.
    """
    with ExitStack() as stack:
        yield [stack.enter_context(atomic(path, overwrite=overwrite)) for path in paths]
