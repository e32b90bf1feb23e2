"""A folder of scans to weights, card and loss curve."""

from .card import card_of
from .curves import Curves, draw_curve, write_curve
from .fit import learn
from .training_set import Cohort, gather

__all__ = [
    "Cohort",
    "Curves",
    "card_of",
    "draw_curve",
    "gather",
    "learn",
    "write_curve",
]
