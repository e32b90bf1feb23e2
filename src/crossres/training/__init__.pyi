"""From pairs to a cascade: the loop, the regimes, the recipes."""

from .base import Fitted, MakeNetwork, PatchTraining, Regime
from .external import External
from .internal import Internal
from .loop import train
from .losses import loss_name
from .patches import Augmentation
from .plan import NetworkSettings, Recipe
from .recipes import STRUCTURES, RecipeName, recipe
from .settings import TrainingSettings
from .supervised import Supervised
from .through_plane import ThroughPlane

__all__ = [
    "STRUCTURES",
    "Augmentation",
    "External",
    "Fitted",
    "Internal",
    "MakeNetwork",
    "NetworkSettings",
    "PatchTraining",
    "Recipe",
    "RecipeName",
    "Regime",
    "Supervised",
    "ThroughPlane",
    "TrainingSettings",
    "loss_name",
    "recipe",
    "train",
]
