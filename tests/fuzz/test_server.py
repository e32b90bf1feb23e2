"""Commands run in children with limits, and end as they end for a user."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from fuzz.scenes import head
from fuzz.server import Server
from fuzz.templates import write_scan


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    server = Server()
    yield server
    server.close()


@pytest.fixture
def scan(tmp_path: Path) -> Path:
    write_scan(tmp_path / "t2.nii.gz", head())
    return tmp_path / "t2.nii.gz"


def test_a_command_ends_with_its_code_and_texts(server: Server, scan: Path) -> None:
    good = server.run(("info", scan.name), scan.parent, scan.parent)
    assert good.code == 0
    assert "20 x 20 x 6" in good.stdout
    assert 0 < good.peak < 2**31
    bad = server.run(("info", "missing.nii"), scan.parent, scan.parent)
    assert (bad.code, bad.stdout, bad.stderr.count("\n")) == (2, "", 1)


def test_time_is_limited(scan: Path, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "seconds", 0.0)
    ended = server.run(("info", scan.name), scan.parent, scan.parent)
    assert ended.code == -9


def test_memory_is_limited(scan: Path, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "limit", 1)
    ended = server.run(("info", scan.name), scan.parent, scan.parent)
    assert (ended.code, ended.peak > 1) == (-9, True)
