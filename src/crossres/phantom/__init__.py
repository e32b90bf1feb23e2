"""A head with a known truth: tissue maps and the signal equation, no patient data."""

from crossres.phantom.head import Head, make_head
from crossres.phantom.labels import LABEL_TISSUES, head_from_labels
from crossres.phantom.scan import acquire, make_pair
from crossres.phantom.signal import SEQUENCES, Contrast, Sequence
from crossres.phantom.tissues import RELAXATION, Relaxation, Tissue

__all__ = [
    "LABEL_TISSUES",
    "RELAXATION",
    "SEQUENCES",
    "Contrast",
    "Head",
    "Relaxation",
    "Sequence",
    "Tissue",
    "acquire",
    "head_from_labels",
    "make_head",
    "make_pair",
]
