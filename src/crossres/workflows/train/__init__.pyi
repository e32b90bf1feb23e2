"""A folder of scans to weights, card and loss curve."""

from .card import CardEntries, command_without_folders, weight_card
from .cases import find_training_cases
from .choice import choose_recipe
from .curves import Curves, draw_curve, write_curve
from .fit import fit_recipe, identify_inputs
from .outputs import training_paths, write_training
from .training_set import TrainingSet, load_training_set

__all__ = [
    "CardEntries",
    "Curves",
    "TrainingSet",
    "choose_recipe",
    "command_without_folders",
    "draw_curve",
    "find_training_cases",
    "fit_recipe",
    "identify_inputs",
    "load_training_set",
    "training_paths",
    "weight_card",
    "write_curve",
    "write_training",
]
