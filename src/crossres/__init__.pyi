"""Enhance a low-resolution MRI contrast with a high-resolution one of the same subject."""

from .inference.blend import Blend
from .inference.cascade import Cascade
from .inference.choice import Candidate
from .inference.enhanced import Enhanced
from .inference.settings import EnhanceSettings
from .inference.single_pass import Result, super_resolve
from .io.formats import write
from .io.inputs import read
from .networks.guided_rdn import GuidedRDN
from .phantom.scan import make_pair
from .physics.acquisition import Acquisition
from .physics.backprojection import BackProjection, consistency, project
from .physics.degradation import degrade
from .registration.alignment import align
from .registration.resampling import resample
from .registration.rigid import register_rigid
from .training.external import External
from .training.plan import Recipe
from .training.recipes import recipe
from .training.settings import TrainingSettings
from .training.supervised import Supervised
from .volume.grid import Grid
from .volume.target_grid import coarse_grid, fine_grid
from .volume.volume import Pair, Volume
from .weights.store import load_weights
from .workflows.enhance.volumes import enhance

__version__: str

__all__ = [
    "Acquisition",
    "BackProjection",
    "Blend",
    "Candidate",
    "Cascade",
    "EnhanceSettings",
    "Enhanced",
    "External",
    "Grid",
    "GuidedRDN",
    "Pair",
    "Recipe",
    "Result",
    "Supervised",
    "TrainingSettings",
    "Volume",
    "__version__",
    "align",
    "coarse_grid",
    "consistency",
    "degrade",
    "enhance",
    "fine_grid",
    "load_weights",
    "make_pair",
    "project",
    "read",
    "recipe",
    "register_rigid",
    "resample",
    "super_resolve",
    "write",
]
