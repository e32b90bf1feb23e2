"""Trained weights, the cards that describe them, and which weights serve a factor."""

from .card import WeightCard
from .store import load_weights, read_card, save_weights, shipped_names

__all__ = [
    "WeightCard",
    "load_weights",
    "read_card",
    "save_weights",
    "shipped_names",
]
