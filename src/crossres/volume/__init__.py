"""Grid, Volume and Pair: images with their place in the world; which grid a factor means; where the head is."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
