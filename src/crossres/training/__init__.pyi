"""From pairs to a cascade: the loop, the regimes, the recipes."""

from .base import MakeNetwork, PatchTraining
from .external import External
from .internal import Internal
from .loop import TrainingSettings, train
from .patches import Augmentation
from .recipes import Recipe, RecipeName, recipe
from .supervised import Supervised
from .through_plane import ThroughPlane

__all__ = [
    "Augmentation",
    "External",
    "Internal",
    "MakeNetwork",
    "PatchTraining",
    "Recipe",
    "RecipeName",
    "Supervised",
    "ThroughPlane",
    "TrainingSettings",
    "recipe",
    "train",
]
