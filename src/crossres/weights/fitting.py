"""The shipped weights that fit a scan where the chosen ones do not."""

from __future__ import annotations

from crossres.volume import Grid, Pair
from crossres.weights.card import ANY, WeightCard, slice_plane
from crossres.weights.index import shipped_names
from crossres.weights.store import read_card


def limits_of(card: WeightCard, pair: Pair) -> list[str]:
    """Return the respects in which a pair lies outside the training of weights, with a remedy.

    Args:
        card: Of the weights.
        pair: Target, guide and fine grid.

    Returns:
        One sentence each; where factor or spacing do not fit, the first one names the shipped
        weights that do, if there are any.
    """
    found, grids = card.warnings_for(pair), (pair.target.grid, pair.fine)
    fitting = [] if card.fits(*grids) else fitting_weights(card, *grids)
    if not fitting:
        return found
    first, *rest = found
    return [f"{first}; for that give `weights` {' or '.join(fitting)}", *rest]


def fitting_weights(card: WeightCard, coarse: Grid, fine: Grid) -> list[str]:
    """Return the shipped weights for the contrasts of a card that fit factor, spacing and plane.

    Args:
        card: Of other weights.
        coarse: Grid of the target.
        fine: Grid of the result.

    Returns:
        Names; those for any contrast only where there are no others.

    Example:
        >>> import numpy as np
        >>> scan = Grid((20, 20, 6), np.diag([4.0, 4.0, 5.0, 1.0]))
        >>> fitting_weights(read_card("t1-t2-axial-x2"), scan, scan.refined((2, 2, 1)))
        ['t1-t2-axial-x4']
    """
    own, general = (card.target, card.guide), (ANY, None if card.guide is None else ANY)
    plane, cards = slice_plane(coarse, fine), [read_card(name) for name in shipped_names()]
    for contrasts in dict.fromkeys((own, general)):
        names = [
            each.name
            for each in cards
            if (each.target, each.guide) == contrasts
            and each.plane in ("any", plane)
            and each.fits(coarse, fine)
        ]
        if names:
            return names
    return []
