"""Limits of the signal equations, and what T1w and T2w must look like."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossres.phantom import RELAXATION, SEQUENCES, Relaxation, Tissue
from crossres.phantom.signal import spin_echo, spoiled_gradient_echo, tissue_signals
from crossres.types import SettingsError

tissues = st.builds(
    Relaxation, t1=st.floats(200, 4500), t2=st.floats(20, 2000), density=st.floats(0.1, 1)
)


@given(tissues)
def test_spin_echo_without_weighting_is_density(tissue: Relaxation) -> None:
    assert spin_echo(tissue, tr=1e9, te=0) == pytest.approx(tissue.density)


@given(tissues)
def test_gradient_echo_at_90_degrees_is_density_after_full_relaxation(tissue: Relaxation) -> None:
    assert spoiled_gradient_echo(tissue, tr=1e9, te=0, flip=90) == pytest.approx(tissue.density)


@given(tissues, st.floats(3, 50))
def test_gradient_echo_is_strongest_at_the_ernst_angle(tissue: Relaxation, tr: float) -> None:
    ernst = float(np.degrees(np.arccos(np.exp(-tr / tissue.t1))))
    at, below, above = (
        spoiled_gradient_echo(tissue, tr=tr, te=0, flip=ernst * f) for f in (1, 0.8, 1.2)
    )
    assert at > max(below, above)


@given(tissues, st.floats(1, 200))
def test_an_echo_time_of_t2_costs_a_factor_e(tissue: Relaxation, tr: float) -> None:
    for signal in (
        lambda te: spin_echo(tissue, tr=tr, te=te),
        lambda te: spoiled_gradient_echo(tissue, tr=tr, te=te, flip=15),
    ):
        assert signal(tissue.t2) * np.e == pytest.approx(signal(0))


def test_timing_is_the_papers() -> None:
    assert (SEQUENCES["T1w"].tr, SEQUENCES["T1w"].te) == (7.4, 3.0)
    assert (SEQUENCES["T2w"].tr, SEQUENCES["T2w"].te) == (2500.0, 80.0)


def test_contrasts_order_fluid_grey_and_white_oppositely() -> None:
    t1, t2 = tissue_signals("T1w"), tissue_signals("T2w")
    assert t1[Tissue.CSF] < t1[Tissue.GREY] < t1[Tissue.WHITE] == 1
    assert t2[Tissue.CSF] > t2[Tissue.GREY] > t2[Tissue.WHITE] == 1
    assert t1[Tissue.FAT] > t1[Tissue.WHITE]


@pytest.mark.parametrize("contrast", list(SEQUENCES))
def test_air_has_no_signal_and_bone_little(contrast: str) -> None:
    signals = tissue_signals(contrast)
    assert signals[Tissue.AIR] == 0
    assert signals[Tissue.BONE] < 0.01


def test_lesions_show_in_t2w_only() -> None:
    assert tissue_signals("T1w")[Tissue.LESION] == pytest.approx(1, abs=0.01)
    assert tissue_signals("T2w")[Tissue.LESION] > 1.3


def test_relaxed_white_matter_has_its_density() -> None:
    white = RELAXATION[Tissue.WHITE]
    assert spin_echo(white, tr=1e9, te=0) == white.density


@pytest.mark.usefixtures("unchecked")
def test_unknown_contrast_is_refused() -> None:
    with pytest.raises(SettingsError, match=r"T1w, T2w.*FLAIR"):
        tissue_signals("FLAIR")  # type: ignore[arg-type]
