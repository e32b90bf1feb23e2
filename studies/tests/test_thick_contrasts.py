"""Scored scans are unseen, of other contrasts than T2w, and have thick slices."""

import pytest
from studies import any_contrast, thick_contrasts
from studies.thick_contrasts import HEADS


def test_scored_heads_are_not_trained_on():
    assert not set(HEADS) & set(any_contrast.HEADS)


@pytest.mark.realdata
def test_slices_are_thick_and_contrasts_differ(data_root, tmp_path, monkeypatch):
    monkeypatch.setattr(thick_contrasts, "SUBJECT", "none")
    monkeypatch.setattr(thick_contrasts, "HEADS", (17, 18))
    found = dict(thick_contrasts.tested(data_root, 4, guided=True, kept=tmp_path))
    assert list(found) == ["labels 17 random", "labels 18 random"]
    for simulated in found.values():
        factors = simulated.pair.target.grid.factors_to(simulated.pair.fine)
        assert max(factors) == pytest.approx(4, rel=0.05)
        assert sorted(factors)[:2] == [1, 1]
        assert simulated.pair.guide is not None
