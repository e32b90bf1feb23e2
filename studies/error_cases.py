"""Scans with a known truth on which errors are predicted, and their samples of features and errors.

The constants of the model are fitted on training subjects; the study measures on the others. Both
take scans through the method of ``enhance``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from studies.sources import HELD_OUT, Source, clinical_sources, label_sources, phantom_sources
from studies.thick_slices import thick, thick_case, thick_head

from crossres.inference import Enhanced, EnhanceSettings, PassCandidates, enhance
from crossres.inference.predicted_error import fine_features, restored_scan, scan_features
from crossres.inference.slicing import slice_orders
from crossres.io import Case, find_cases
from crossres.physics import degrade
from crossres.registration import Aligned
from crossres.reproduction.simulated import FOLD_1, Simulated, simulate
from crossres.types import CrossresError
from crossres.volume import Pair, Volume, eroded, foreground_mask, intensity_scale
from crossres.weights.choose import load_candidate

Values = NDArray[np.float32]
Degrade = Callable[[float], Simulated]
SHARP_ACROSS = ("sub-02", "sub-14")
"""Subjects of the cohort with detail across slices, on which no weights were trained."""
FIT_SUBJECTS = (
    "sub-01", "sub-02", "sub-03", "sub-05", "sub-07", "sub-09", "sub-11", "sub-13", "sub-15",
    "sub-17", "sub-18",
)  # fmt: skip
FIT_HEADS, TEST_HEADS = (9, 11, 13, 15), (17, 18, 19, 20)
"""Label maps. The weights were trained on fine images of 1 to 8, whose errors are smaller."""
FIT_SEEDS, TEST_SEEDS = (201, 202), (101, 102)
PLANE_FACTORS, THICK_FACTORS = (2, 4), (3, 5)
PLANE = 2
"""Factor in the plane where all axes are made coarse."""
Axes: TypeAlias = Literal["in the plane", "across slices", "along all axes"]
SETTINGS = EnhanceSettings(device="cpu", plane_profile="gaussian")
"""Few slices of a scan show its profile less reliably than all; the degradation is Gaussian."""
STRIPPED, DEPTH, CLOSED = " stripped", 18.0, 6
"""Ending of the name of a head that is 0 outside a mask; the depth of the mask in mm below the head
after dilation by so many voxels, which fills the skull."""
SLAB = 40
"""Sagittal slices of a head with thick slices; the outer ``MARGIN`` on each side are context."""
MARGIN = 10


@dataclass(frozen=True)
class ErrorCase:
    """A scan to degrade and to enhance.

    Args:
        name: For the tables.
        factor: Of the degradation; of that across slices where all axes are made coarse.
        axes: The axes that are made coarse.
        degrade: Degrades the scan by a factor.
        measured: Whether the truth is a measured scan; else it is a simulated one.
    """

    name: str
    factor: float
    axes: Axes
    degrade: Degrade
    measured: bool

    @property
    def kind(self) -> str:
        """The axes and the factor."""
        return f"{self.axes}, {self.factor:g}x"

    @property
    def in_plane(self) -> bool:
        """Whether the slices are axial ones; else sagittal ones of a slab."""
        return self.axes == "in the plane"

    def enhanced(
        self, *, guided: bool = True, settings: EnhanceSettings = SETTINGS
    ) -> tuple[Enhanced, Volume]:
        """Return the result and the truth."""
        found = self.degrade(self.factor)
        pair = found.pair if guided else Pair(found.pair.target, found.pair.fine)
        aligned = Aligned(pair, detail=found.detail if guided else None)
        weights = {
            "in the plane": [f"axial-x{self.factor:g}"],
            "across slices": [f"through-plane-x{self.factor:g}"],
            "along all axes": [f"axial-x{PLANE:g}", f"through-plane-x{self.factor:g}"],
        }[self.axes]
        candidates = [_candidates(name, guided=guided) for name in weights]
        return enhance(aligned, candidates, settings), found.reference


def _candidates(weights: str, *, guided: bool) -> PassCandidates:
    unguided = load_candidate(f"t2-{weights}")
    if not guided:
        return PassCandidates(unguided)
    return PassCandidates(load_candidate(f"t1-t2-{weights}"), unguided)


def cases(data: Path, kept: Path | None, *, held_out: bool) -> Iterator[ErrorCase]:
    """Yield training subjects, or those that no weights and no constants were fitted to."""
    sources = _simulated(data, held_out)
    clinical = [s for s in clinical_sources(data) if (HELD_OUT in s.name) == held_out]
    subjects = find_cases(data / "cohort")
    chosen = FOLD_1 if held_out else FIT_SUBJECTS
    sharp = [case for case in subjects if held_out and case.name in SHARP_ACROSS]
    for factor in THICK_FACTORS:
        for source in sources:
            head = partial(_thick_head, source)
            yield ErrorCase(source.name, factor, "across slices", head, False)
            if source.labels is not None and not held_out:
                head = partial(_thick_head, source, stripped=True)
                yield ErrorCase(source.name + STRIPPED, factor, "across slices", head, False)
        for case in sharp:
            yield ErrorCase(case.name, factor, "across slices", partial(_thick, case, kept), True)
        for source in clinical:
            made = partial(_thick_row, source, kept)
            yield ErrorCase(source.name, factor, "across slices", made, True)
    for source in sources:
        head = partial(coarse_head, source)
        yield ErrorCase(source.name, THICK_FACTORS[0], "along all axes", head, False)
    for factor in PLANE_FACTORS:
        for source in sources:
            made = partial(_coarse, source, kept, 14)
            yield ErrorCase(source.name, factor, "in the plane", made, False)
        for source in clinical:
            made = partial(_coarse, source, kept, 4)
            yield ErrorCase(source.name, factor, "in the plane", made, True)
        for case in subjects:
            if case.name in chosen:
                made = partial(_coarse_case, case, kept)
                yield ErrorCase(case.name, factor, "in the plane", made, True)


def _simulated(data: Path, held_out: bool) -> list[Source]:
    return [
        *label_sources(data, TEST_HEADS if held_out else FIT_HEADS),
        *phantom_sources(TEST_SEEDS if held_out else FIT_SEEDS),
    ]


def _coarse(source: Source, kept: Path | None, every: int, factor: float) -> Simulated:
    return source.simulate(factor, every=every, kept=kept)


def _coarse_case(case: Case, kept: Path | None, factor: float) -> Simulated:
    return simulate(case, factor, every=10, kept=kept)


def _thick_head(source: Source, factor: float, *, stripped: bool = False) -> Simulated:
    """Return a slab of a head with thick slices; no real scan for a fit is sharp across slices.

    Real ones are often skull-stripped: they end at the edge of a mask that target and guide share.
    """
    if not stripped:
        return slab(thick_head(source, factor))
    guide, reference = source.images()
    spacing = reference.grid.spacing
    head = ndimage.binary_fill_holes(
        ndimage.binary_dilation(foreground_mask(reference.data), iterations=CLOSED)
    )
    inside = eroded(head, spacing, DEPTH).astype(np.float32)
    reference, guide = (x.with_data(x.data * inside) for x in (reference, guide))
    return slab(thick(reference, guide, factor))


def coarse_head(source: Source, factor: float) -> Simulated:
    """Return a slab of a head with voxels that are larger along all axes."""
    whole = thick_head(source, factor)
    grid = whole.reference.grid.coarsened((PLANE, factor, PLANE))
    return slab(replace(whole, pair=replace(whole.pair, target=degrade(whole.reference, grid))))


def _thick(case: Case, kept: Path | None, factor: float) -> Simulated:
    return slab(thick_case(case, factor, kept=kept))


def _thick_row(source: Source, kept: Path | None, factor: float) -> Simulated:
    """Return a clinical scan of half its resolution in the plane, coarse along one axis of it.

    These real heads with skull are not sharp across their slices.
    """
    half = source.simulate(PLANE, kept=kept)
    reference, guide = half.pair.target, half.pair.guide
    assert guide is not None
    target = degrade(reference, reference.grid.coarsened((1, factor, 1)))
    pair = Pair(target, reference.grid, degrade(guide, reference.grid))
    return Simulated(pair, reference, half.detail)


def slab(whole: Simulated) -> Simulated:
    """Keep some sagittal slices, which lie along k."""
    middle = whole.reference.shape[2] // 2
    first, last = middle - SLAB // 2, middle + SLAB // 2

    def part(volume: Volume) -> Volume:
        step = round(whole.reference.shape[2] / volume.shape[2])
        cut = (slice(None), slice(None), slice(first // step, last // step))
        return volume.with_data(np.ascontiguousarray(volume.data[cut]), volume.grid.cropped(cut))

    guide = None if whole.pair.guide is None else part(whole.pair.guide)
    reference = part(whole.reference)
    return replace(
        whole, pair=Pair(part(whole.pair.target), reference.grid, guide), reference=reference
    )


def scored_voxels(reference: Volume, *, margins: bool) -> NDArray[np.bool_]:
    """Mark the head (:func:`crossres.volume.foreground_mask`), of a slab without its margins."""
    inside = foreground_mask(reference.data)
    if margins:
        inside[:, :, :MARGIN] = inside[:, :, -MARGIN:] = False
    return inside


def samples(case: ErrorCase, *, guided: bool, count: int = 20_000) -> dict[str, Values]:
    """Return features and errors of some voxels, on the fine grid and one scale below.

    Errors are shares of the scan's intensity scale.

    Raises:
        CrossresError: A scan that is too small to be degraded further.
    """
    enhanced, reference = case.enhanced(guided=guided)
    done = enhanced.passes[0]
    cut = slice_orders(done.pair.target.grid, done.pair.fine)[0]
    scale = intensity_scale(done.pair.target.data)
    error = reference.with_data((done.result.volume.data - reference.data) / scale).reordered(*cut)
    mask = scored_voxels(reference, margins=not case.in_plane).astype(np.float32)
    inside = reference.with_data(mask).reordered(*cut).data > 0
    rng = np.random.default_rng(0)
    fine, away = [], []
    shares = [(n, f, inside[:, :, n]) for n, f in fine_features(done)]
    share = count / max(1, sum(int(m.sum()) for _, _, m in shares))
    for n, features, where in shares:
        kept = where & (rng.random(where.shape) < share)
        fine.append(features[0][:, kept].T.numpy())
        away.append(error.data[:, :, n][kept])
    scan = restored_scan(done)
    if scan is None:
        raise CrossresError(f"{case.name} is too small to be degraded further")
    kept = scan.inside.numpy()[:, 0]
    kept = kept & (rng.random(kept.shape) < count / kept.sum())
    below = (scan.estimate - scan.reference).numpy()[:, 0][kept]
    features = scan_features(scan, done.choice.candidate.cascade).movedim(1, -1).numpy()[kept]
    return {
        "fine": np.concatenate(fine), "error": np.concatenate(away), "below": features,
        "error_below": below,
    }  # fmt: skip
