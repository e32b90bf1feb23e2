"""A digital head phantom with a known truth: tissue maps and the signal equation."""

from .head import Head, make_head
from .labels import LABEL_TISSUES, head_from_labels
from .scan import acquire, make_pair
from .signal import SEQUENCES, Contrast, Sequence, Signals
from .tissues import RELAXATION, Relaxation, Tissue

__all__ = [
    "LABEL_TISSUES",
    "RELAXATION",
    "SEQUENCES",
    "Contrast",
    "Head",
    "Relaxation",
    "Sequence",
    "Signals",
    "Tissue",
    "acquire",
    "head_from_labels",
    "make_head",
    "make_pair",
]
