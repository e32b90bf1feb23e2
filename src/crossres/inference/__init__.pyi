"""The method on volumes: cascade, blend, self-validation, passes; no files."""

from .blend import Blend
from .cascade import Cascade
from .choice import Candidate, Choice, PassCandidates
from .device import compute_device
from .evidence import Evidence, super_resolve_with_deviation
from .joined_scan import JoinedScan
from .joint import EnhancedScan, join
from .log import RunLog
from .method import Enhanced, enhance
from .protocol import Enhancer, EnsembleEnhancer
from .regression import GuidedRegression
from .self_validation import SelfValidation, fits_better, self_validate
from .settings import EnhanceSettings
from .single_pass import Result, super_resolve
from .slicing import Example, example_of, plane_example

__all__ = [
    "Blend",
    "Candidate",
    "Cascade",
    "Choice",
    "EnhanceSettings",
    "Enhanced",
    "EnhancedScan",
    "Enhancer",
    "EnsembleEnhancer",
    "Evidence",
    "Example",
    "GuidedRegression",
    "JoinedScan",
    "PassCandidates",
    "Result",
    "RunLog",
    "SelfValidation",
    "compute_device",
    "enhance",
    "example_of",
    "fits_better",
    "join",
    "plane_example",
    "self_validate",
    "super_resolve",
    "super_resolve_with_deviation",
]
