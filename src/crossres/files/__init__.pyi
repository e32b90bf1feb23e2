"""Output files and folders, written in full or not at all."""

from .atomic_files import atomic, atomic_folder, check_output
from .checksum import sha256
from .folders import atomic_series
from .json_file import Json, plain, write_json
from .lock import locked
from .outputs import check_outputs, staged

__all__ = [
    "Json",
    "atomic",
    "atomic_folder",
    "atomic_series",
    "check_output",
    "check_outputs",
    "locked",
    "plain",
    "sha256",
    "staged",
    "write_json",
]
