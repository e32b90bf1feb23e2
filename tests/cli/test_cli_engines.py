"""Cases run where the command line requires it, as many at a time as fit into the memory."""

from collections.abc import Sequence

import pytest

from crossres.cli.engines import engine_of
from crossres.types import MissingPackageError, SettingsError
from crossres.workflows import cohort


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[tuple[object, ...]]:
    """Return the list in which engines record their calls; memory is enough for two cases."""
    found: list[tuple[object, ...]] = []

    def recorded(name: str) -> object:
        return lambda jobs, *more: found.append((name, *more))

    for name in ("serially", "in_processes", "on_dask"):
        monkeypatch.setattr(cohort, name, recorded(name), raising=False)
    monkeypatch.setattr(
        cohort, "workers_within", lambda jobs, workers, mem: min(workers, 2), raising=False
    )
    return found


@pytest.mark.parametrize(
    ("given", "call"),
    [
        (("local", 1, None, None), ("serially",)),
        (("local", 4, None, None), ("in_processes", 4)),
        (("local", 4, None, 8.0), ("in_processes", 2)),
        (("local", 1, None, 8.0), ("serially",)),
        (("dask", 4, None, 8.0), ("on_dask", 2, None)),
        (("dask", 1, "tcp://x:1", None), ("on_dask", 1, "tcp://x:1")),
    ],
)
def test_engines(
    calls: list[tuple[object, ...]], given: tuple[str, int, str | None, float | None], call: object
) -> None:
    jobs: Sequence[cohort.Job] = []
    engine_of(*given)(jobs)
    assert calls == [call]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (("local", 1, "tcp://x:1", None), "requires --engine dask"),
        (("dask", 1, "tcp://x:1", 8.0), "--mem is of this machine"),
        (("local", 1, None, 0.0), "give GB above 0"),
        (("local", 1, None, float("nan")), "give GB above 0"),
    ],
)
def test_settings_that_contradict_each_other(
    given: tuple[str, int, str | None, float | None], message: str
) -> None:
    with pytest.raises(SettingsError, match=message):
        engine_of(*given)


def test_dask_is_required_before_anything_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    """The containers have no Dask."""
    monkeypatch.setattr("crossres.checks.find_spec", lambda name: None)
    with pytest.raises(MissingPackageError, match=r"pip install 'crossres\[dask\]'"):
        engine_of("dask", 1, None, None)
