"""Fixed shares and the blend are scored on the same estimates."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from studies import blend_shares
from studies.blend_cases import PairSource
from studies.blend_shares import gains, remembering, shortfalls

from crossres.inference import Blend, Cascade
from crossres.networks import GuidedRDN
from crossres.phantom import make_pair
from crossres.volume import Grid


def cascade(*, guided: bool) -> Cascade:
    torch.manual_seed(0)
    network = GuidedRDN(blocks=1, layers=1, width=4, norm="none", guided=guided)
    with torch.no_grad():
        network.out.weight.normal_(0, 0.1)
    return Cascade((network,), 2.0)


BLEND = Blend(cascade(guided=True), cascade(guided=False))
SOURCE = PairSource("phantom", lambda: make_pair(0, shape=(48, 56, 8), spacing=4.0), every=2)


def test_a_blend_lies_between_its_shares_and_the_first_share_is_unguided() -> None:
    found = gains(BLEND, SOURCE.simulate(2))
    assert list(found) == [*(f"share_{s:g}" for s in (0, 0.25, 0.5, 0.75, 1)), "blend"]
    shares = [found[f"share_{share:g}"] for share in (0, 1)]
    assert shares[0] != shares[1]
    assert all(np.isfinite(float(str(gain))) for gain in found.values())


def test_an_estimate_is_computed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    grid = Grid((8, 8, 1), np.eye(4))
    both = torch.rand(2, 1, 1, 8, 8, generator=torch.Generator().manual_seed(0))
    known = remembering(cascade(guided=False))
    first = [known.enhance(y, None, grid, grid.refined((2, 2, 1))) for y in both]
    monkeypatch.setattr(Cascade, "enhance", None)
    again = [known.enhance(y, None, grid, grid.refined((2, 2, 1))) for y in both]
    assert all(one is other for one, other in zip(first, again, strict=True))
    assert not torch.equal(*first)


def test_the_shortfall_is_against_no_guide_and_against_the_best_share() -> None:
    shares = {
        f"share_{s:g}": g for s, g in zip((0, 0.25, 0.5, 0.75, 1), (1, 2, 3, 2, 0), strict=True)
    }
    found = shortfalls([{**shares, "blend": 2.5}, {**shares, "blend": 0.5}])
    assert found == {
        "against_unguided_mean": 0.5,
        "against_unguided_worst": -0.5,
        "against_best_share_mean": -1.5,
        "against_best_share_worst": -2.5,
    }


def test_a_row_for_each_pair(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blend_shares, "cases", lambda _: [SOURCE])
    monkeypatch.setattr(blend_shares, "blend_of", lambda _: BLEND)
    monkeypatch.setattr(blend_shares, "read_card", lambda name: SimpleNamespace(commit="made"))
    blend_shares.main(tmp_path, "2", 1, tmp_path)
    assert (tmp_path / "t1-t2-axial-x2.csv").read_text().count("phantom") == 1
    assert "against_best_share_worst" in (tmp_path / "t1-t2-axial-x2.json").read_text()
