"""One scan from files to files: what ``crossres enhance`` does, and ``cohort`` many times."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
