"""DICOM in and out: folders of several series, the choice of one, and derived series."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
