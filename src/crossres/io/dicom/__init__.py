"""DICOM in and out: a folder with several series, one of which is meant; derived series."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
