"""Show a result in the browser: read its folder, serve it on this machine, compute nothing."""

import lazy_loader

from crossres.checks import requiring

_load, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
__getattr__ = requiring(_load, {"Viewer"}, "view", "the viewer")
