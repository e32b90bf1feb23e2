"""Look at a result in the browser: reads a folder, serves it on this machine, computes nothing."""

from .folder import ResultFolder, open_result
from .server import Viewer

__all__ = [
    "ResultFolder",
    "Viewer",
    "open_result",
]
