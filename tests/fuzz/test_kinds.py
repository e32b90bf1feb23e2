"""Cases of every kind of input, with fixed seeds: none is a fault."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from fuzz.kinds import KINDS, Campaign

CASES = {
    "nifti": 150,
    "dicom": 120,
    "weights": 80,
    "bids": 55,
    "cohort": 45,
    "view": 30,
    "training": 20,
}


@pytest.fixture(scope="module")
def campaign(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Campaign]:
    campaign = Campaign(tmp_path_factory.mktemp("fuzz"))
    yield campaign
    campaign.server.close()


def test_every_kind_has_its_share_of_500_cases() -> None:
    assert CASES.keys() == KINDS.keys()
    assert sum(CASES.values()) == 500


@pytest.mark.parametrize("kind", KINDS)
def test_no_case_is_a_fault(kind: str, campaign: Campaign) -> None:
    """List all faults of a kind, rather than the first one."""
    faults = []

    @settings(
        max_examples=CASES[kind], derandomize=True, database=None, deadline=None,
        phases=[Phase.generate], suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(st.integers(0, 2**31 - 1))
    def run(seed: int) -> None:
        shutil.rmtree(campaign.root / f"{kind}-{seed}", ignore_errors=True)
        case, finding = campaign.run(kind, seed)
        if finding.outcome.fault:
            faults.append((seed, case.changes, finding))
        shutil.rmtree(campaign.root / f"{kind}-{seed}", ignore_errors=True)

    run()
    lines = [
        f"{found.outcome}: {'; '.join(changes)}: {found.reason} "
        f"(python -m studies.fuzz --kind {kind} --seed {seed})"
        for seed, changes, found in faults
    ]
    assert not lines, "\n".join(lines)


def test_a_case_is_determined_by_kind_and_seed(campaign: Campaign) -> None:
    for kind in KINDS:
        contents = []
        for _ in range(2):
            _, bench = campaign.make(kind, 5)
            contents.append(_contents(bench.root))
            shutil.rmtree(bench.root)
        assert contents[0] == contents[1], kind


def _contents(folder: Path) -> dict[str, bytes]:
    files = (path for path in sorted(folder.rglob("*")) if path.is_file() and not path.is_symlink())
    return {str(path): path.read_bytes() for path in files}
