"""Where a search may begin has the same names in the settings."""

from typing import get_args

from crossres.inference.settings import StartName
from crossres.registration import Start


def test_the_starts_of_the_settings_are_those_of_the_search() -> None:
    assert get_args(StartName) == get_args(Start)
