"""The demonstration: train on low-resolution digital phantoms, enhance another one, score it."""

from .phantoms import FACTOR, Demonstration, make_phantoms
from .results import (
    INTERPOLATED,
    LABELS,
    SHIPPED,
    TRAINED,
    enhance_unseen,
    estimate_file,
    estimates,
    score_methods,
    table_rows,
    write_results,
)
from .training import small_recipe, train_weights

__all__ = [
    "FACTOR",
    "INTERPOLATED",
    "LABELS",
    "SHIPPED",
    "TRAINED",
    "Demonstration",
    "enhance_unseen",
    "estimate_file",
    "estimates",
    "make_phantoms",
    "score_methods",
    "small_recipe",
    "table_rows",
    "train_weights",
    "write_results",
]
