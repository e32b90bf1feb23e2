"""Checks accept their range and nothing else."""

import math
import re

import numpy as np
import pytest

from crossres.checks import check_choice, check_number, check_type, check_whole
from crossres.types import SettingsError


@pytest.mark.parametrize("value", [1, 7, np.int64(3)])
def test_whole_numbers(value):
    check_whole("steps", value)


@pytest.mark.parametrize("value", [0, -1, 1.0, "1", True, None])
def test_no_whole_numbers(value):
    with pytest.raises(SettingsError, match="`steps` must be a whole number of at least 1, got"):
        check_whole("steps", value)


@pytest.mark.parametrize("value", [0, 9, 10**400, math.inf, math.nan])
def test_whole_numbers_up_to_a_largest(value):
    check_whole("stages", 8, most=8)
    message = f"`stages` must be a whole number of at least 1 and at most 8, got {value!r}"
    with pytest.raises(SettingsError, match=re.escape(message)):
        check_whole("stages", value, most=8)


@pytest.mark.parametrize("value", [10**400, -(10**400)])
def test_numbers_that_no_float_holds(value):
    with pytest.raises(SettingsError, match="`gain` must be a number"):
        check_number("gain", value)


@pytest.mark.parametrize("value", [0, 0.0, 0.5, 1, np.float32(0.5)])
def test_numbers_in_a_range(value):
    check_number("share", value, 0, 1)


@pytest.mark.parametrize("value", [-0.1, 1.1, math.nan, math.inf, "1", True, None])
def test_numbers_outside_a_range(value):
    message = f"`share` must be a number at least 0 and at most 1, got {value!r}"
    with pytest.raises(SettingsError, match=re.escape(message)):
        check_number("share", value, 0, 1)


def test_ends_can_be_outside():
    for end in (0, 1):
        with pytest.raises(SettingsError, match="a number above 0 and below 1, got"):
            check_number("share", end, 0, 1, above=True, below=True)


def test_choices_and_types():
    check_choice("axes", 1, (1, 2))
    check_type("flip", False, bool)
    with pytest.raises(SettingsError, match="`axes` must be one of 1, 2, got True"):
        check_choice("axes", True, (1, 2))
    with pytest.raises(SettingsError, match="`axes` must be one of 1, 2, got 3"):
        check_choice("axes", 3, (1, 2))
    with pytest.raises(SettingsError, match=r"`axes` must be one of 1, 2, got \[\]"):
        check_choice("axes", [], (1, 2))
    with pytest.raises(SettingsError, match="`flip` must be of type bool, got 1"):
        check_type("flip", 1, bool)
