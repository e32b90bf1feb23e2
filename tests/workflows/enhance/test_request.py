"""A request is recorded as it acts; contrasts are compared with those of the weights."""

from dataclasses import fields
from pathlib import Path

import pytest

from crossres.inference import EnhanceSettings
from crossres.io import Input
from crossres.physics import BackProjection
from crossres.types import SettingsError
from crossres.weights import read_card
from crossres.workflows.enhance import Request
from crossres.workflows.enhance.request import (
    contrast_notes,
    deciding_settings,
    known_contrasts,
)

CARD = BackProjection("exact", noise=0.05)


def test_the_card_fills_in_the_back_projection() -> None:
    plain = Request(Path("T2.nii.gz"), factor=(2.0,)).recorded(CARD)
    assert plain["back_projection"] == {
        "kind": "exact", "steps": 1, "noise": 0.05, "between": True
    }  # fmt: skip
    assert (plain["factor"], plain["spacing"]) == ((2.0,), None)
    settings = EnhanceSettings(back_projection="iterative", iterations=2)
    chosen = Request(Path("T2.nii.gz"), settings=settings).recorded(CARD)
    assert chosen["back_projection"] == {
        "kind": "iterative", "steps": 2, "noise": 0.0, "between": True
    }  # fmt: skip


def test_every_setting_is_recorded_and_those_that_decide_are_compared() -> None:
    recorded = set(Request(Path("T2.nii.gz")).recorded(CARD))
    names = {field.name for field in fields(EnhanceSettings)}
    assert names - recorded == {"iterations"}
    assert recorded - set(deciding_settings()) == {"batch", "device"}
    assert not {"target", "guide", "weights", "series"} & recorded, "paths may name a patient"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("sub-01_T2w.nii.gz", []),
        ("scan.nii.gz", []),
        ("sub-01_FLAIR.nii.gz", ["is named a FLAIR, but the weights expect a T2w as their target"]),
    ],
)
def test_a_file_name_may_contradict_the_weights(name: str, expected: list[str]) -> None:
    card = read_card("t1-t2-axial-x2")
    notes = contrast_notes(card, None, {"target": Input(Path(name))})
    assert notes == [f"{name} {text}" for text in expected]


def test_known_contrasts_count_more_than_names() -> None:
    card, inputs = read_card("t1-t2-axial-x2"), {"target": Input(Path("sub-01_FLAIR.nii.gz"))}
    assert contrast_notes(card, ("T2w", "T1w"), inputs) == []
    (note,) = contrast_notes(card, ("FLAIR", "T1w"), inputs)
    assert note == "weights were made for T2w guided by T1w, this is FLAIR guided by T1w"


def test_weights_for_any_contrast_fit_every_name() -> None:
    card = read_card("t1-t2-axial-x2").model_copy(update={"target": "any", "guide": "any"})
    inputs = {"target": Input(Path("sub-01_FLAIR.nii.gz")), "guide": Input(Path("s_T1w.nii.gz"))}
    assert contrast_notes(card, None, inputs) == []


@pytest.mark.parametrize(
    ("name", "contrast"),
    [
        ("T2.nii.gz", "T2w"), ("thick_T2.nii", "T2w"), ("sub-01_t1w.nii.gz", "T1w"),
        ("axial_pd.nii.gz", "PDw"), ("flair.nrrd", "FLAIR"), ("T2_tse.nii", "T2w"),
        ("sub-01_T2map.nii.gz", None), ("T2star.nii", None), ("brain.nii.gz", None),
        ("T2_in_T1.nii.gz", "T1w"), ("T2_map.nii", None), ("T1_T2_sum.nii", None),
    ],
)  # fmt: skip
def test_the_last_word_of_a_name_or_its_only_contrast_counts(
    name: str, contrast: str | None
) -> None:
    assert known_contrasts(None, {"target": name}) == (contrast, None)


@pytest.mark.parametrize(
    ("name", "contrast"),
    [
        ("AX T2 TSE", "T2w"), ("t2_tse_tra 5.0", "T2w"), ("Ax T2 FLAIR", "FLAIR"),
        ("t2_space_dark-fluid_sag_p2", "FLAIR"), ("SAG MPRAGE", "T1w"), ("T1W_3D_TFE", "T1w"),
        ("AX T2* GRE", None), ("Ax T1 FLAIR", None), ("localizer", None),
    ],
)  # fmt: skip
def test_the_description_of_a_series_states_its_contrast(name: str, contrast: str | None) -> None:
    assert known_contrasts(None, {"guide": name}) == (None, contrast)


def test_contrasts_are_those_given_or_those_of_the_names() -> None:
    names = {"target": "sub-01_FLAIR.nii.gz", "guide": "t1.nii.gz"}
    assert known_contrasts(None, names) == ("FLAIR", "T1w")
    assert known_contrasts(("T2w", "T1w"), names) == ("T2w", "T1w")


def test_further_scans_have_a_series_each_or_none() -> None:
    target, other = Path("ax"), Path("cor")
    assert Request(target).further == []
    assert Request(target, others=(other,)).further == [(other, None)]
    assert Request(target, others=(other,), other_series=("T2",)).further == [(other, "T2")]


def test_each_further_scan_has_one_series_or_none_has() -> None:
    others = (Path("ax"), Path("cor"))
    request = Request(Path("T2"), others=others, other_series=("T2 ax", None))
    assert request.further == [(Path("ax"), "T2 ax"), (Path("cor"), None)]
    assert Request(Path("T2"), others=others).further == [(path, None) for path in others]
    with pytest.raises(SettingsError, match="holds 1 names for 2 further scans"):
        _ = Request(Path("T2"), others=others, other_series=("T2 ax",)).further
