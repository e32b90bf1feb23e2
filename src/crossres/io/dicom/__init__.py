"""DICOM in and out: folders of several series, the choice of one, and derived series."""

import lazy_loader

from crossres.checks import requiring

_load, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
_names = {*__all__} - {"is_archive", "is_dicom"}
__getattr__ = requiring(_load, _names, "dicom", "reading DICOM files")
