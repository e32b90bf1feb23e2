"""Settings are checked when they are made, and describe themselves to the command line."""

from dataclasses import fields, replace

import pytest

from crossres.inference import EnhanceSettings
from crossres.physics import BackProjection
from crossres.types import SettingsError


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"back_projection": "magic"}, "no back-projection 'magic'; choose one of card, exact"),
        ({"start": "middle"}, "no start 'middle'; choose one of headers, centres"),
        ({"start": "centres", "register": False}, "`start` is of the registration"),
        ({"noise": -1.0}, "`noise` must be at least 0, got -1.0"),
        ({"noise": float("nan")}, "`noise` must be a finite number, got nan"),
        ({"iterations": 2}, "`iterations` requires `back_projection` iterative"),
        ({"back_projection": "iterative", "iterations": 0}, "`iterations` must be at least 1"),
        ({"batch": 0}, "`batch` must be at least 1, got 0"),
        ({"seed": -1}, "`seed` must be at least 0, got -1"),
        ({"seed": 2**32}, "`seed` must be at most 4294967294, got 4294967296"),
        ({"iterations": 10**9}, "`iterations` must be at most 100, got 1000000000"),
        ({"noise": 1e300}, "`noise` must be at most 1e.18, got 1e"),
        ({"seed": 1.5}, "`seed` must be a whole number, got 1.5"),
        ({"batch": True}, "`batch` must be a whole number, got True"),
        ({"keep_guide": "yes"}, "`keep_guide` must be True or False, got 'yes'"),
        ({"register": None}, "`register` must be True or False, got None"),
        ({"noise": "a"}, "`noise` must be a finite number, got 'a'"),
        ({"device": 3}, "`device` must be a text, got 3"),
        ({"precision": "half"}, "no precision 'half'; choose one of float32, bfloat16"),
        ({"device": "gpu"}, "no device is named 'gpu'"),
    ],
)
@pytest.mark.usefixtures("unchecked")
def test_what_makes_no_sense_is_refused(wrong: dict[str, object], message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        EnhanceSettings(**wrong)  # type: ignore[arg-type]


def test_the_card_decides_on_the_back_projection_unless_another_is_chosen() -> None:
    assert EnhanceSettings().projection is None
    assert EnhanceSettings(back_projection="exact").projection == BackProjection("exact")
    thrice = EnhanceSettings(back_projection="iterative", iterations=3)
    assert thrice.projection == BackProjection("iterative", steps=3)


def test_every_field_describes_itself() -> None:
    for field in fields(EnhanceSettings):
        assert set(field.metadata) == {"help", "name", "metavar", "min", "max", "computing"}
        assert field.metadata["help"].endswith(".")
        assert f"{field.name}: " in (EnhanceSettings.__doc__ or "")
    replace(EnhanceSettings(), ensemble=True)
