"""Files in and out: the module of each format converts to and from RAS+ mm."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
