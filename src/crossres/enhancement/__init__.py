"""One scan from files to files: what ``enhance`` does, and ``cohort`` does many times."""

from crossres.enhancement.page import page_of
from crossres.enhancement.request import (
    Request,
    applied_settings,
    check_guide,
    default_weights,
    split_weights,
    weights_for,
)
from crossres.enhancement.scan import Enhancement, carry_out, output_paths, write_outputs

__all__ = [
    "Enhancement",
    "Request",
    "applied_settings",
    "carry_out",
    "check_guide",
    "default_weights",
    "output_paths",
    "page_of",
    "split_weights",
    "weights_for",
    "write_outputs",
]
