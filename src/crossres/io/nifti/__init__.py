"""NIfTI in and out: a header is judged before its voxels are read; results are written whole."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
