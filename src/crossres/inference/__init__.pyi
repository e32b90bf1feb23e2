"""The method on volumes: cascade, blend, self-validation, passes; no files."""

from .blend import Blend
from .cascade import Cascade
from .device import compute_device
from .evidence import Evidence, enhance_with_spread
from .protocol import EnsembleEnhancer, Enhancer
from .regression import GuidedRegression
from .self_validation import SelfValidation, self_validate
from .single_pass import Result, super_resolve
from .slicing import Example, example_of, plane_example

__all__ = [
    "Blend",
    "Cascade",
    "Evidence",
    "Example",
    "GuidedRegression",
    "Positioned",
    "Rehearsal",
    "Result",
    "Sharpener",
    "compute_device",
    "enhance_with_spread",
    "example_of",
    "plane_example",
    "rehearse",
    "super_resolve",
]
