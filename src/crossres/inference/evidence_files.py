"""What a result rests on: how sure the networks are, and what they took from the guide."""

from __future__ import annotations
