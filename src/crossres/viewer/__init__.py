"""Look at a result in the browser: reads a folder, serves it on this machine, computes nothing."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
