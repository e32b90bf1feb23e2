"""Every table and figure of Iwamoto 2023 on real data: ``crossres reproduce``."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
