"""Mutants are sampled by a seed, outside of annotations, and survivors are read back."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from studies.mutation import annotated_places, mirrored_tests, modules, sample, survivors

SOURCE = "def double(x: int | None = 2) -> float | None:\n    return x * 2\n"


@pytest.fixture
def session(tmp_path: Path) -> Path:
    """Write a session with a mutant in an annotation and two in the code."""
    path = tmp_path / "session.sqlite"
    mutants = [("a", 1, SOURCE.index("|")), ("b", 1, SOURCE.index("2")), ("c", 2, 13)]
    with closing(sqlite3.connect(path)) as base, base:
        base.execute("CREATE TABLE work_items (job_id)")
        base.execute("CREATE TABLE work_results (job_id, test_outcome, diff)")
        base.execute(
            "CREATE TABLE mutation_specs"
            " (job_id, start_pos_row, start_pos_col, operator_name, occurrence)"
        )
        for job, row, column in mutants:
            base.execute("INSERT INTO work_items VALUES (?)", (job,))
            base.execute("INSERT INTO mutation_specs VALUES (?, ?, ?, 'o', 0)", (job, row, column))
    return path


def jobs(session: Path) -> set[str]:
    with closing(sqlite3.connect(session)) as base:
        return {job for (job,) in base.execute("SELECT job_id FROM work_items")}


def test_annotations_are_found_and_defaults_are_not() -> None:
    places = annotated_places(SOURCE)
    assert (1, SOURCE.index("|")) in places
    assert (1, SOURCE.index("2")) not in places


@pytest.mark.parametrize(("count", "kept"), [(9, {"b", "c"}), (1, None)])
def test_a_sample_leaves_annotations_out(session: Path, count: int, kept: set[str] | None) -> None:
    assert sample(session, SOURCE, count, seed=0) == min(count, 2)
    assert jobs(session) == kept or (kept is None and len(jobs(session)) == 1)
    assert "a" not in jobs(session)


def test_survivors_are_those_that_passed(session: Path) -> None:
    with closing(sqlite3.connect(session)) as base, base:
        base.execute("INSERT INTO work_results VALUES ('b', 'SURVIVED', 'one')")
        base.execute("INSERT INTO work_results VALUES ('c', 'KILLED', 'two')")
    assert list(survivors(session)) == [(1, "o", "one")]


def test_every_module_has_tests() -> None:
    found = modules("physics,volume,inference")
    assert Path("src/crossres/physics/acquisition.py") in found
    assert not [path for path in found if path.name.startswith("_")]
    assert "tests/physics/test_acquisition.py" in mirrored_tests(found[0])
