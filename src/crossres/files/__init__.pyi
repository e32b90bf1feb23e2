"""Output files and folders, written in full or not at all."""

from .atomic_files import atomic, atomic_folder
from .checksum import content_sha256, sha256
from .folders import atomic_series
from .json_file import Json, json_text, parse_json, plain, read_json, write_json
from .lock import locked
from .output_checks import check_output
from .outputs import check_outputs, staged
from .regular_files import open_file
from .snapshot import HashedStream, Snapshot, read_whole
from .staging import recover
from .temporary import temporary_files_in
from .text import ESCAPE, escaped

__all__ = [
    "ESCAPE",
    "HashedStream",
    "Json",
    "Snapshot",
    "atomic",
    "atomic_folder",
    "atomic_series",
    "check_output",
    "check_outputs",
    "content_sha256",
    "escaped",
    "json_text",
    "locked",
    "open_file",
    "parse_json",
    "plain",
    "read_json",
    "read_whole",
    "recover",
    "sha256",
    "staged",
    "temporary_files_in",
    "write_json",
]
