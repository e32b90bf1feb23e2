"""Trained weights and the cards that say what they are for."""

from crossres.weights.card import WeightCard
from crossres.weights.store import load_weights, read_card, save_weights, shipped_names

__all__ = ["WeightCard", "load_weights", "read_card", "save_weights", "shipped_names"]
