"""Trained weights, the cards that describe them, and which weights serve a factor."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
