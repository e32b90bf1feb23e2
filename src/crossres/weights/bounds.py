"""What a weight card may hold: the range of each number, with its reason."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from pydantic import Field, StrictBool

from crossres.inference.stages import MOST_FACTOR, MOST_STAGES
from crossres.physics.backprojection import MOST_NOISE

_MOST_FACTORS = 1000.0
_SPACING_MM = (1e-3, 1e3)
_MOST_SETTING = 10_000
_MOST_VERSIONS = 10_000

StageFactor: TypeAlias = Annotated[float, Field(strict=True, gt=1, le=MOST_FACTOR)]
"""Factor of one stage; not above 1 there would be no end of stages."""
Version: TypeAlias = Annotated[int, Field(strict=True, ge=1, le=_MOST_VERSIONS)]
"""Versions of weights are counted from 1."""
NoiseRatio: TypeAlias = Annotated[float, Field(strict=True, ge=0, le=MOST_NOISE)]
"""Noise ratio of the deblurring; beyond the bound it changes nothing in float32."""
Networks: TypeAlias = Annotated[int, Field(strict=True, ge=1, le=MOST_STAGES)]
"""One network for each stage at most."""
Axes: TypeAlias = Annotated[int, Field(strict=True, ge=1, le=2)]
"""A slice has two axes."""
Factor: TypeAlias = Annotated[float, Field(strict=True, ge=1, le=_MOST_FACTORS)]
"""Factor from scan to result; the range around the factor of the training can be wider than it."""
Spacing: TypeAlias = Annotated[float, Field(strict=True, ge=_SPACING_MM[0], le=_SPACING_MM[1])]
"""Voxels in mm, from microscopy to whole organs."""
Seed: TypeAlias = Annotated[int, Field(strict=True, ge=0, lt=2**63)]
"""What every library takes, and what JSON keeps exactly."""
Size: TypeAlias = Annotated[int, Field(strict=True, ge=-_MOST_SETTING, le=_MOST_SETTING)]
"""A number of layers or filters; networks make lists of that length before any weight."""
NetworkSetting: TypeAlias = StrictBool | Size | str
"""An argument of a network; true is no number."""
