"""Output files and folders, written in full or not at all."""

from .atomic_files import atomic, atomic_folder, check_output
from .checksum import sha256
from .folders import atomic_series
from .json_file import Json, json_text, parse_json, plain, read_json, write_json
from .lock import locked
from .outputs import check_outputs, staged
from .text import ESCAPE, escaped

__all__ = [
    "ESCAPE",
    "Json",
    "atomic",
    "atomic_folder",
    "atomic_series",
    "check_output",
    "check_outputs",
    "escaped",
    "json_text",
    "locked",
    "parse_json",
    "plain",
    "read_json",
    "sha256",
    "staged",
    "write_json",
]
