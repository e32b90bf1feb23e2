"""One scan from files to files: what ``crossres enhance`` does, and ``cohort`` many times."""

from .files import Enhancement, enhance_files, output_paths, write_outputs
from .report import page_of
from .request import Request, applied_settings

__all__ = [
    "Enhancement",
    "Request",
    "applied_settings",
    "carry_out",
    "output_paths",
    "page_of",
    "write_outputs",
]
