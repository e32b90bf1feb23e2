"""One scan from files to files: what ``crossres enhance`` does, and ``cohort`` many times."""

from .files import enhance_files, output_paths, write_outputs
from .report import motion, report_of, use_of_guide
from .request import Request
from .result import EnhancedFiles
from .volumes import enhance

__all__ = [
    "EnhancedFiles",
    "Request",
    "enhance",
    "enhance_files",
    "motion",
    "output_paths",
    "report_of",
    "use_of_guide",
    "write_outputs",
]
