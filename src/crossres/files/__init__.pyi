"""Output files and folders, written in full or not at all."""

from .atomic_files import atomic, atomic_folder, check_output
from .checksum import sha256
from .folders import atomic_series
from .json_file import Json, plain, write_json
from .outputs import check_outputs, staged
from .regular_files import open_file

__all__ = [
    "Json",
    "atomic",
    "atomic_folder",
    "atomic_series",
    "check_output",
    "check_outputs",
    "open_file",
    "plain",
    "sha256",
    "staged",
    "write_json",
]
