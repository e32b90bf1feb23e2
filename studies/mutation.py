"""Mutation test: do the tests of a module notice a small change of its code?

    pip install cosmic-ray
    python -m studies.mutation --per-module 10 --work FOLDER

Makes small changes (mutants) of the modules of ``physics``, ``volume`` and ``inference`` in a copy
of the repository, one at a time, and runs the tests of the module: its own file, or those of its
package where it has none. A mutant that all tests pass survives. The mutants are a random sample
with a fixed seed; annotations are not mutated. MUTATION.md has a judgement of every survivor.
"""

from __future__ import annotations

import ast
import os
import random
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

ROOT = Path(__file__).parents[1]
PACKAGES = "physics,volume,inference"
COPIED = ("src", "tests", "conftest.py", "pyproject.toml")
_OPTIONS = "-x -q -p no:cacheprovider -o addopts=--import-mode=importlib"


def modules(packages: str) -> list[Path]:
    """Return the modules of packages, relative to the repository."""
    folders = [ROOT / "src" / "crossres" / name for name in packages.split(",")]
    found = [path for folder in folders for path in sorted(folder.glob("[a-z]*.py"))]
    return [path.relative_to(ROOT) for path in found]


def mirrored_tests(module: Path) -> str:
    """Return the mirrored test file of a module, or the tests of its package."""
    folder = Path("tests") / module.parent.name
    own = folder / f"test_{module.stem}.py"
    return str(own if (ROOT / own).exists() else folder)


def annotated_places(source: str) -> set[tuple[int, int]]:
    """Return (line, column) of all characters of annotations, which have no effect at run time."""
    places: set[tuple[int, int]] = set()
    for node in ast.walk(ast.parse(source)):
        for name in ("annotation", "returns"):
            found = getattr(node, name, None)
            if found is not None:
                places |= {
                    (line, column)
                    for line in range(found.lineno, found.end_lineno + 1)
                    for column in range(found.col_offset, found.end_col_offset)
                }
    return places


def sample(session: Path, source: str, count: int, seed: int) -> int:
    """Keep a random sample of the mutants of a session and return their number."""
    ignored = annotated_places(source)
    with closing(sqlite3.connect(session)) as base, base:
        mutants = base.execute(
            "SELECT job_id, start_pos_row, start_pos_col FROM mutation_specs"
            " ORDER BY start_pos_row, start_pos_col, operator_name, occurrence"
        ).fetchall()
        usable = [job for job, *place in mutants if tuple(place) not in ignored]
        kept = set(random.Random(seed).sample(usable, min(count, len(usable))))
        removed = [(job,) for job, *_ in mutants if job not in kept]
        for table in ("mutation_specs", "work_items"):
            base.executemany(f"DELETE FROM {table} WHERE job_id = ?", removed)
    return len(kept)


def survivors(session: Path) -> Iterator[tuple[int, str, str]]:
    """Yield line, operator and diff of each mutant that passed all tests."""
    with closing(sqlite3.connect(session)) as base:
        yield from base.execute(
            "SELECT start_pos_row, operator_name, diff FROM work_results JOIN mutation_specs"
            " USING (job_id) WHERE test_outcome = 'SURVIVED' ORDER BY start_pos_row"
        ).fetchall()


def run_module(module: Path, work: Path, count: int, seed: int) -> tuple[Path, int]:
    """Run the sampled mutants of a module; return its session and their number.

    Raises:
        CalledProcessError: The tests of the module fail without a mutant.
    """
    name = "-".join(module.with_suffix("").parts[2:])
    config, session = work / f"{name}.toml", work / f"{name}.sqlite"
    command = f"{sys.executable} -m pytest {_OPTIONS} {mirrored_tests(module)}"
    text = (ROOT / "studies" / "mutation.toml").read_text(encoding="utf-8")
    text = text.replace('module-path = ""', f'module-path = "{module}"')
    config.write_text(text.replace('test-command = ""', f'test-command = "{command}"'))
    _cosmic_ray(work, "baseline", config.name)
    _cosmic_ray(work, "init", config.name, session.name)
    kept = sample(session, (ROOT / module).read_text(encoding="utf-8"), count, seed)
    _cosmic_ray(work, "exec", config.name, session.name)
    return session, kept


def _cosmic_ray(work: Path, *words: str) -> None:
    paths = [str(work / "src"), str(work / "tests")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths), "OMP_NUM_THREADS": "1"}
    program = Path(sys.executable).with_name("cosmic-ray")
    subprocess.run([program, *words], cwd=work, env=environment, check=True)


def main(
    work: Annotated[Path, typer.Option(help="Folder for the copy; it must not exist.")],
    packages: Annotated[str, typer.Option(help="Packages, with commas.")] = PACKAGES,
    per_module: Annotated[int, typer.Option(min=1, help="Mutants of each module.")] = 10,
    seed: Annotated[int, typer.Option(help="Of the sample.")] = 0,
) -> None:
    """Run the mutants of each module and print the survivors."""
    work.mkdir(parents=True)
    for name in COPIED:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, work / name)
    for module in modules(packages):
        session, count = run_module(module, work.absolute(), per_module, seed)
        found = list(survivors(session))
        typer.echo(f"{module}: {len(found)} of {count} mutants survived")
        for line, operator, diff in found:
            typer.echo(f"line {line}, {operator}\n{diff}")


if __name__ == "__main__":
    typer.run(main)
