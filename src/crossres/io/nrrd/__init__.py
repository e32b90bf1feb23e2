"""NRRD in and out: headers of text, voxels as they are or compressed with gzip."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
