"""The page about one enhanced scan."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from crossres.physics import Acquisition, project
from crossres.report.page import Consistency, Report
from crossres.report.pictures import comparison, layers
from crossres.report.slices import Plane, Slice, informative_fractions, slice_panel
from crossres.volume import Pair, Volume

if TYPE_CHECKING:
    from crossres.enhancement.scan import Enhancement


def page_of(done: Enhancement) -> Report:
    """Gather pictures and numbers for the page."""
    result, factors = done.result, done.pair.target.grid.factors_to(done.pair.fine)
    places = informative_fractions(result.volume)
    middle = places["axial"][len(places["axial"]) // 2]
    flicked = _panels(done, "axial", middle)
    return Report(
        title=f"{done.inputs['target'].name}, {' x '.join(f'{f:.3g}' for f in factors)} finer",
        summary=_summary(done),
        consistency=Consistency(result.consistency_before, result.consistency_after),
        measured_share=measured_share(done.pair, result.volume),
        warnings=done.warnings,
        figures={
            f"{plane}, {fraction:.0%} of the field of view": comparison(
                _panels(done, plane, fraction), difference_to="bicubic"
            )
            for plane, fractions in places.items()
            for fraction in fractions
        },
        layers=layers({name: flicked[name] for name in flicked if name != "input"}),
        layer_edges=flicked["result"].edges,
        metadata=done.content,
    )


def _panels(done: Enhancement, plane: Plane, fraction: float) -> dict[str, Slice]:
    """Cut input, bicubic, result and guide at one place."""
    volumes: dict[str, Volume] = {
        "input": done.pair.target,
        "bicubic": done.result.interpolated,
        "result": done.result.volume,
    }
    if done.pair.guide is not None:
        volumes["guide"] = done.pair.guide
    return slice_panel(volumes, plane, fraction=fraction)


def _summary(done: Enhancement) -> dict[str, str]:
    grids = {"input": done.pair.target.grid, "result": done.pair.fine}
    sizes = {
        name: f"{' x '.join(map(str, g.shape))} voxels of "
        f"{' x '.join(f'{d:.3g}' for d in g.spacing)} mm"
        for name, g in grids.items()
    }
    return {**sizes, "guide": done.motion, "weights": done.card.name}


def measured_share(pair: Pair, estimate: Volume) -> float:
    """Return the share of the estimate's energy that the acquisition sees.

    ||P x^||^2 / ||x^||^2 with P = A^T (A A^T)^-1 A, the projection onto what A can tell apart; the
    rest was added by the network.

    Args:
        pair: Target and fine grid.
        estimate: x^ on the fine grid.

    Returns:
        0 to 1.
    """
    acquisition = Acquisition(pair.fine, pair.target.grid)
    x = torch.from_numpy(estimate.data)[None, None]
    seen = project(acquisition, torch.zeros_like(x), acquisition.forward(x), 0.0)
    return float(seen.square().sum() / x.square().sum().clamp_min(1e-30))
