"""Fixtures for every test: where the real scans are, and a loud word when they are not."""

import os
from pathlib import Path

import pytest

_REPOSITORY = Path(__file__).resolve().parent.parent


def _data_root() -> Path:
    return Path(os.environ.get("CROSSRES_DATA", _REPOSITORY.parent / "shared" / "data"))


@pytest.fixture(scope="session")
def data_root() -> Path:
    """Return the folder with the real scans of docs/data.md, or skip."""
    root = _data_root()
    if not (root / "cohort").is_dir():
        pytest.skip(f"REAL DATA MISSING: no scans in {root}; set CROSSRES_DATA (see docs/data.md)")
    return root


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say loudly when the tests on real scans or of valid DICOM did not run."""
    skipped = terminalreporter.stats.get("skipped", [])
    missing = [report for report in skipped if "REAL DATA" in str(report.longrepr)]
    if missing:
        terminalreporter.write_line(
            f"WARNING: {len(missing)} tests on real scans did NOT run; set CROSSRES_DATA", red=True
        )
    unchecked = [report for report in skipped if "DICOM VALIDATOR" in str(report.longrepr)]
    if unchecked:
        terminalreporter.write_line(
            f"WARNING: {len(unchecked)} tests did NOT validate DICOM; install dicom3tools", red=True
        )
