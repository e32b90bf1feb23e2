"""Fixtures for every test: where the real scans are, and a loud word about what did not run."""

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
    """Say loudly when the tests on real scans or in a browser did not run."""
    skipped = [str(report.longrepr) for report in terminalreporter.stats.get("skipped", [])]
    for word, what, remedy in (
        ("REAL DATA", "on real scans", "set CROSSRES_DATA"),
        ("NO CHROMIUM", "in a browser", "install chromium and chromium-driver"),
    ):
        missing = sum(word in reason for reason in skipped)
        if missing:
            terminalreporter.write_line(
                f"WARNING: {missing} tests {what} did NOT run; {remedy}", red=True
            )
