"""Look at a result in the browser: reads a folder, serves it on this machine, computes nothing."""

from crossres.viewer.folder import ResultFolder, open_result
from crossres.viewer.server import Viewer

__all__ = ["ResultFolder", "Viewer", "open_result"]
