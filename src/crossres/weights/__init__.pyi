"""Trained weights, the cards that describe them, and which weights serve a factor."""

from .card import WeightCard
from .index import read_index, shipped_names
from .store import load_weights, read_card, save_weights

__all__ = [
    "WeightCard",
    "load_weights",
    "read_card",
    "read_index",
    "save_weights",
    "shipped_names",
]
