"""A folder of scans to weights, card and loss curve."""

from .card import weight_card
from .curves import Curves, draw_curve, write_curve
from .fit import learn
from .training_set import TrainingSet, load_training_set

__all__ = [
    "Curves",
    "TrainingSet",
    "draw_curve",
    "learn",
    "load_training_set",
    "weight_card",
    "write_curve",
]
