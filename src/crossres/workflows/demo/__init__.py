"""The demonstration: train on low-resolution digital phantoms, enhance another one, score it."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
