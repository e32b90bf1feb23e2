"""Show a result in the browser: read its folder, serve it on this machine, compute nothing."""

from .folder import ResultFolder, open_result
from .notebook import show
from .server import Viewer

__all__ = [
    "ResultFolder",
    "Viewer",
    "open_result",
    "show",
]
