"""Text of options becomes numbers and names; what cannot be read is refused."""

import pytest

from crossres.cli.options import (
    check_maps,
    examples,
    numbers,
    optional_numbers,
    set_threads,
    weights_names,
)
from crossres.types import SettingsError


@pytest.mark.parametrize("text", ["4,4,1", "4x4x1", " 4, 4 ,1.0"])
def test_numbers_are_separated_by_commas(text: str) -> None:
    assert numbers(text, "factor") == (4.0, 4.0, 1.0)


@pytest.mark.parametrize("text", ["four", "", "4,,1", "4;4"])
def test_other_text_is_refused_with_the_name_of_the_parameter(text: str) -> None:
    with pytest.raises(SettingsError, match=r"`spacing`.*give such as"):
        numbers(text, "spacing")


def test_no_text_is_no_number() -> None:
    assert optional_numbers(None, "factor") is None
    assert optional_numbers("2", "factor") == (2.0,)


def test_names_of_weights() -> None:
    assert weights_names(None) == ()
    assert weights_names("a,b.safetensors") == ("a", "b.safetensors")


def test_evidence_requires_maps() -> None:
    check_maps(evidence=True, maps=True)
    check_maps(evidence=False, maps=False)
    with pytest.raises(SettingsError, match="add `maps`"):
        check_maps(evidence=True, maps=False)


def test_threads_are_limited_only_on_request(monkeypatch: pytest.MonkeyPatch) -> None:
    limits: list[int] = []
    monkeypatch.setattr("torch.set_num_threads", limits.append)
    set_threads(None)
    set_threads(3)
    assert limits == [3]


def test_examples_end_the_help() -> None:
    assert examples("crossres info a.nii").splitlines()[1] == "  crossres info a.nii"
