"""A folder of scans to weights, card and loss curve."""

from .card import weight_card
from .curves import Curves, draw_curve, write_curve
from .fit import learn
from .training_set import TrainingSet, load_training_set

__all__ = [
    "Cohort",
    "Curves",
    "card_of",
    "draw_curve",
    "gather",
    "learn",
    "write_curve",
]
