"""Bring a guide to a target: rigid registration and anti-aliased resampling."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
