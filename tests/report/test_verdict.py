"""The verdict follows from the checks and from what was done, and states no more than they do."""

import pytest

from crossres.physics import Consistency
from crossres.report.checks import AGREEMENT_CHECKS, Check
from crossres.report.verdict import Kind, verdict_from_checks


def checks(*values: float) -> list[Check]:
    """Return checks with a limit of 0.02, the first that of the data-consistency error."""
    return [Check.at_most(f"check_{n}", value, 0.02, "") for n, value in enumerate(values)]


@pytest.mark.parametrize(
    ("before", "after", "others", "level"),
    [
        (0.07, 0.0, (), "good"),
        (0.07, 0.012, (0.001,), "good"),
        (0.07, 0.012, (0.03,), "doubtful"),
        (0.07, 0.03, (), "doubtful"),
        (0.2, 0.06, (), "bad"),
        (0.025, 0.03, (), "bad"),
        (0.07, float("nan"), (), "bad"),
    ],
)
def test_the_level_follows_the_checks(
    before: float, after: float, others: tuple[float, ...], level: str
) -> None:
    found = verdict_from_checks(Consistency(before, after), checks(after, *others), kind="exact")
    assert found.level == level


@pytest.mark.parametrize("name", sorted(AGREEMENT_CHECKS))
def test_a_failed_check_of_the_agreement_leaves_it_in_part(name: str) -> None:
    passed = Check.at_most("data_consistency_error", 0.01, 0.02, "")
    failed = Check.at_most(name, 0.035, 0.02, "")
    both = [failed] if name == passed.name else [passed, failed]
    found = verdict_from_checks(Consistency(0.07, 0.035), both, kind="none")
    assert (found.level, found.headline) == (
        "doubtful", "The result agrees with the scan only in part",
    )  # fmt: skip


def test_another_failed_check_leaves_the_agreement() -> None:
    passed = Check.at_most("data_consistency_error", 0.01, 0.02, "")
    gain = Check("gain_of_guide", -0.2, 0.0, False, "dB", "≥", "")
    found = verdict_from_checks(Consistency(0.07, 0.01), [passed, gain], kind="exact")
    assert found.headline == "The result agrees with the scan, but another check failed"


def test_failed_checks_are_named_with_value_and_limit() -> None:
    found = verdict_from_checks(Consistency(0.07, 0.01), checks(0.01, 0.04), kind="exact")
    assert "Failed: check 1 4.0\u00a0% (limit 2.0\u00a0%)." in found.meaning


@pytest.mark.parametrize("level", [0.01, 0.03, 0.09])
def test_back_projection_is_not_advised_where_it_was_on(level: float) -> None:
    texts: dict[Kind, str] = {
        kind: verdict_from_checks(Consistency(0.07, level), checks(level), kind=kind).meaning
        for kind in ("exact", "iterative", "none")  # type: ignore[attr-defined]
    }
    assert "back-projection" not in texts["exact"]
    assert "projected onto the scan" in texts["exact"]
    assert "iterative back-projection" in texts["iterative"]
    assert "No back-projection was applied" in texts["none"]


def test_bounds_are_named_where_they_act() -> None:
    bounded = verdict_from_checks(
        Consistency(0.07, 0.01, at_bounds=0.018), checks(0.01), kind="exact"
    )
    assert "1.8\u00a0% of the voxels of the head lie at their least" in bounded.meaning
    free = verdict_from_checks(Consistency(0.07, 0.01), checks(0.01), kind="exact")
    assert "least admissible" not in free.meaning


@pytest.mark.parametrize("masked", [True, False])
def test_a_mask_is_mentioned_where_there_is_one(masked: bool) -> None:
    errors = Consistency(0.07, 0.01, at_bounds=0.018)
    found = verdict_from_checks(errors, checks(0.01), kind="exact", masked=masked)
    assert ("at the edge of the mask" in found.meaning) is masked


def test_removed_noise_is_named() -> None:
    errors = Consistency(0.09, 0.06, noise=0.06)
    found = verdict_from_checks(
        errors, [Check.at_most("x", 0.06, 0.072, "")], kind="exact", denoised=True
    )
    assert found.level == "good"
    assert "The noise of the scan alone amounts to 6.0\u00a0%" in found.meaning
    assert "kept but for its noise" in found.meaning


def test_a_good_verdict_is_no_proof() -> None:
    found = verdict_from_checks(Consistency(0.07, 1e-7), checks(1e-7), kind="exact")
    assert "does not prove" in found.meaning
    assert "less than 0.01\u00a0%" in found.meaning
