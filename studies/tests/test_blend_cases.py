"""The pairs: who guides whom, which slices are kept, and where a resampled spectrum ends."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from studies.blend_cases import ALIGNED, CLINICAL, PairSource, cases, dual_echo, resampled

from crossres.phantom import make_head, make_pair


def test_slices_are_kept_after_the_whole_was_degraded() -> None:
    source = PairSource("phantom", lambda: make_pair(0, shape=(48, 56, 12), spacing=4.0), every=3)
    scan = source.simulate(2, slices=2)
    assert scan.pair.target.shape == (24, 28, 2)
    assert scan.reference.shape == scan.pair.guide.shape == (48, 56, 2)
    assert scan.detail == pytest.approx((4.0, 4.0, 4.0))


def test_every_kind_of_pair_is_found(
    tmp_path: Path, tiny: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("studies.blend_cases.CLINICAL", CLINICAL[::2])
    tiny.write(tmp_path / "cohort", ALIGNED[0], 1)
    tiny.write(tmp_path / "cohort", "sub-03", 1)
    tiny.write(tmp_path / "clinical", "sub-12", 2)
    tiny.write(tmp_path / "other_site", "sub-07", 3)
    assert [source.name for source in cases(tmp_path)] == [
        "sub-02", "sub-02, resampled", "T2w by T1w, sub-12", "T1w by T2w, sub-12",
        "other site sub-07", "labels 17", "labels 17, resampled", "labels 17, dual echo",
    ]  # fmt: skip


def test_the_spectrum_of_a_resampled_scan_ends_below_that_of_its_grid() -> None:
    white = np.random.default_rng(0).normal(1000, 100, size=(64, 48, 2)).astype(np.float32)
    pair = make_pair(0, shape=(64, 48, 2), spacing=4.0)
    _, reference = resampled(lambda: (pair[0], pair[1].with_data(white)))
    power = np.abs(np.fft.fft2(reference.data, axes=(0, 1)))[:, 0, 0]
    assert power[1:15].mean() > 1000  # below half of the Nyquist frequency of 32
    assert power[28:32].max() < 1


def test_both_echoes_show_one_head_and_the_first_is_the_flatter(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    head = make_head(0, shape=(48, 56, 8), spacing=4.0)
    monkeypatch.setattr("studies.blend_cases.read", lambda _: None)
    monkeypatch.setattr("studies.blend_cases.head_from_labels", lambda *_: head)
    first, second = dual_echo(tmp_path)
    brains = [echo.data[head.brain] for echo in (first, second)]
    contrasts = [float(brain.std() / brain.mean()) for brain in brains]
    assert contrasts[0] < 0.7 * contrasts[1]
