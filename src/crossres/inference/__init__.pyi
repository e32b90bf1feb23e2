"""The method on volumes: cascade, blend, self-validation, passes; no files."""

from .blend import Blend
from .cascade import Cascade
from .choice import Candidate, Choice, PassCandidates
from .device import compute_device
from .enhanced import Enhanced
from .joined_scan import JoinedScan
from .joint import EnhancedScan, join
from .log import RunLog
from .method import enhance
from .predicted_error import Calibration, PredictedError
from .protocol import Enhancer
from .regression import GuidedRegression
from .self_validation import SelfValidation, fits_better, self_validate
from .settings import EnhanceSettings
from .single_pass import Result, super_resolve
from .slicing import Example, example_of, plane_example

__all__ = [
    "Blend",
    "Calibration",
    "Candidate",
    "Cascade",
    "Choice",
    "EnhanceSettings",
    "Enhanced",
    "EnhancedScan",
    "Enhancer",
    "Example",
    "GuidedRegression",
    "JoinedScan",
    "PassCandidates",
    "PredictedError",
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
]
