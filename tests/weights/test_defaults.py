"""The shipped weights by factor and contrast, and why they were chosen."""

import pytest

from crossres.types import WeightsError
from crossres.weights import defaults, read_card
from crossres.weights.defaults import default_weights, reason_for, unguided_of

ANY_SETS = [
    "any-axial-x2",
    "guided-any-axial-x2",
    "flair-axial-x2",
    "t1-t2-axial-x2",
    "t2-axial-x2",
]
PLANE = (2.0, 2.0, 1.0)


@pytest.fixture
def any_sets(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have weights for any contrast in the package."""
    monkeypatch.setattr(defaults, "shipped_names", lambda: ANY_SETS)


@pytest.mark.parametrize(
    ("factors", "kind"),
    [
        ((2, 2, 1), "axial-x2"), ((2.6, 2.6, 1), "axial-x2"), ((2.7, 2.7, 1), "axial-x4"),
        ((1, 1, 3), "through-plane-x3"), ((1, 1, 3.7), "through-plane-x3"),
        ((4, 1, 1), "through-plane-x5"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("guided", [True, False])
def test_the_nearest_shipped_weights(factors: tuple[float, ...], kind: str, guided: bool) -> None:
    found = default_weights(factors, guided=guided, target="T2w", guide="T1w")
    assert found == f"{'t1-' * guided}t2-{kind}"


def test_without_weights_for_any_contrast_those_for_t2w_serve() -> None:
    guided = default_weights(PLANE, guided=True, target="FLAIR", guide="T1w")
    assert guided.startswith(("t1-t2-", "guided-any-"))
    assert default_weights(PLANE, guided=False).endswith("-axial-x2")


@pytest.mark.parametrize(
    ("guided", "target", "guide", "expected"),
    [
        (True, "T2w", "T1w", "t1-t2-axial-x2"), (True, "T2w", "PDw", "guided-any-axial-x2"),
        (True, "T2w", None, "guided-any-axial-x2"), (True, None, None, "guided-any-axial-x2"),
        (True, "FLAIR", "T1w", "guided-any-axial-x2"), (False, "T2w", None, "t2-axial-x2"),
        (False, "FLAIR", None, "flair-axial-x2"), (False, "T1w", "T2w", "any-axial-x2"),
        (False, None, None, "any-axial-x2"),
    ],
)  # fmt: skip
@pytest.mark.usefixtures("any_sets")
def test_weights_for_the_contrasts_are_preferred_to_those_for_any(
    guided: bool, target: str | None, guide: str | None, expected: str
) -> None:
    assert default_weights(PLANE, guided=guided, target=target, guide=guide) == expected


def test_a_kind_that_is_not_shipped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(defaults, "shipped_names", list)
    with pytest.raises(WeightsError, match=r"no weights 't1-t2-axial-x2'.*name `weights` of your"):
        default_weights(PLANE, guided=True)
    with pytest.raises(WeightsError, match=r"no weights 't2-axial-x2'.*add a `guide`"):
        default_weights(PLANE, guided=False)


def test_the_unguided_weights_of_the_same_kind(any_sets: None) -> None:
    assert unguided_of("t1-t2-axial-x2") == "t2-axial-x2"
    assert unguided_of("t1-t2-axial-x2@2") == "t2-axial-x2"
    assert unguided_of("t1-t2-axial-x2@1") is None
    assert unguided_of("guided-any-axial-x2") == "any-axial-x2"
    assert unguided_of("t2-axial-x2") is None
    assert unguided_of("mine-t2-axial-x2") is None
    assert unguided_of("mine.safetensors") is None


def test_why_weights_are_the_default() -> None:
    guided, unguided = read_card("t1-t2-axial-x2"), read_card("t2-axial-x2")
    every = guided.model_copy(update={"target": "any", "guide": "any"})
    made = "made for T2w guided by T1w"
    assert reason_for(guided, guided=True, contrasts=("T2w", "T1w")) == made
    assert reason_for(unguided, guided=False, contrasts=("T2w", "T1w")) == (
        "made for T2w without a guide"
    )
    none = "there are none for FLAIR guided by T1w"
    assert reason_for(guided, guided=True, contrasts=("FLAIR", "T1w")) == f"{made}; {none}"
    assert reason_for(every, guided=True, contrasts=("FLAIR", "T1w")) == (
        f"made for any contrast guided by any contrast; {none}"
    )
    unknown = "the contrast of the scans is not known"
    assert reason_for(guided, guided=True, contrasts=("T2w", None)) == f"{made}; {unknown}"
    assert reason_for(unguided, guided=False).endswith(unknown)
