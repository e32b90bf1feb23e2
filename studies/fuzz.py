"""Mutated inputs of every kind, and what comes of them: no fault is acceptable.

    python -m studies.fuzz --minutes 30 [--kind nifti] [--processes 2]
    python -m studies.fuzz --kind nifti --seed 123

A case is determined by its kind and its seed (``tests/fuzz``). It is a fault if a file is misread
in silence, or if a command ends in a traceback, takes more than 20 s or 2 GiB, leaves files behind
after a refusal, or prints more than one line. The campaign continues where an earlier run of the
same commit stopped; Ctrl-C ends it after the present case. With a seed, one case is run and its
files are kept.
"""

from __future__ import annotations

import csv
import shutil
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Annotated

import typer

from crossres.reproduction.records import commit, read_rows, write_rows, write_summary

ROOT = Path(__file__).resolve().parents[1]
sys.path.append(str(ROOT / "tests"))

from fuzz.kinds import KINDS, Campaign  # noqa: E402
from fuzz.oracle import Outcome  # noqa: E402

Row = dict[str, str]
FIELDS = ("kind", "seed", "meaning", "changes", "outcome", "reason", "command", "seconds")
MOST_SEEDS = 20
"""Seeds that are listed for a kind and an outcome."""


class Log:
    """A CSV file with a row for each case that was run; a later run continues it.

    Args:
        path: The file, made with its folder if missing.
        kinds: Kinds to run, in turn.
    """

    def __init__(self, path: Path, kinds: Sequence[str]) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path, self.kinds = path, kinds
        self.rows = read_rows(path) if path.exists() else []
        self._next = dict.fromkeys(kinds, 0)
        for row in self.rows:
            if row["kind"] in self._next:
                self._next[row["kind"]] = max(self._next[row["kind"]], int(row["seed"]) + 1)
        self._turn, self._lock = 0, threading.Lock()

    def take(self) -> tuple[str, int]:
        """Return kind and seed of the next case."""
        with self._lock:
            kind = self.kinds[self._turn % len(self.kinds)]
            self._turn += 1
            self._next[kind] += 1
            return kind, self._next[kind] - 1

    def add(self, row: Row) -> None:
        """Append a row, on disk at once."""
        with self._lock:
            new = not self.path.exists()
            with self.path.open("a", newline="", encoding="utf-8", errors="replace") as file:
                writer = csv.DictWriter(file, FIELDS)
                if new:
                    writer.writeheader()
                writer.writerow(row)
            self.rows.append(row)


def run_one(campaign: Campaign, kind: str, seed: int, *, keep: bool = False) -> Row:
    """Run a case and return its row; the files of a case without a fault are removed."""
    folder = campaign.root / f"{kind}-{seed}"
    shutil.rmtree(folder, ignore_errors=True)
    start = time.monotonic()
    case, finding = campaign.run(kind, seed)
    if not keep and not finding.outcome.fault:
        shutil.rmtree(folder, ignore_errors=True)
    values = (
        kind, seed, case.meaning.value, "; ".join(case.changes), finding.outcome.value,
        finding.reason, finding.command, f"{time.monotonic() - start:.2f}",
    )  # fmt: skip
    place = str(campaign.root.resolve()) + "/"
    texts = [str(value).replace(place, "").replace(f"{campaign.root}/", "") for value in values]
    readable = [text.encode("ascii", "backslashreplace").decode() for text in texts]
    return dict(zip(FIELDS, readable, strict=True))


def run_until(end: float, log: Log, root: Path, stop: threading.Event) -> None:
    """Run cases in one folder until a time, or until ``stop``."""
    campaign = Campaign(root)
    try:
        while time.monotonic() < end and not stop.is_set():
            row = run_one(campaign, *log.take())
            log.add(row)
            if Outcome(row["outcome"]).fault:
                show(row)
            if len(log.rows) % 100 == 0:
                typer.echo(f"{len(log.rows)} cases, {faults(log.rows)} faults", err=True)
    finally:
        campaign.server.close()


def show(row: Row) -> None:
    """Print a case on one line."""
    words = ("kind", "seed", "outcome", "meaning", "changes", "reason", "command")
    typer.echo(" | ".join(row[name] for name in words))


def faults(rows: Iterable[Row]) -> int:
    """Return the number of faults."""
    return sum(Outcome(row["outcome"]).fault for row in rows)


def table(rows: Sequence[Row]) -> list[dict[str, object]]:
    """Return a row for each kind: the number of cases of each outcome, and the longest time."""
    counts = Counter((row["kind"], row["outcome"]) for row in rows)
    found: list[dict[str, object]] = []
    for kind in [kind for kind in KINDS if any(row["kind"] == kind for row in rows)]:
        seconds = [float(row["seconds"]) for row in rows if row["kind"] == kind]
        by_outcome = {each.value: counts[kind, each.value] for each in Outcome}
        found.append({"kind": kind, "cases": len(seconds), **by_outcome, "longest_s": max(seconds)})
    return found


def seeds(rows: Sequence[Row]) -> dict[str, list[int]]:
    """Return the first seeds of the faults, by kind and outcome."""
    found: dict[str, list[int]] = {}
    for row in rows:
        if Outcome(row["outcome"]).fault:
            found.setdefault(f"{row['kind']} {row['outcome']}", []).append(int(row["seed"]))
    return {name: sorted(numbers)[:MOST_SEEDS] for name, numbers in sorted(found.items())}


def record(log: Log, out: Path) -> None:
    """Write the table and the summary of all cases of the log."""
    out.mkdir(parents=True, exist_ok=True)
    write_rows(table(log.rows), out / "fuzz.csv")
    content: dict[str, object] = {
        "cases": len(log.rows),
        "faults": faults(log.rows),
        "seeds_of_faults": seeds(log.rows),
    }
    write_summary(content, out / "fuzz.json")


def run_campaign(log: Log, work: Path, minutes: float, processes: int) -> None:
    """Run cases for some minutes, in processes that share the log."""
    end, stop = time.monotonic() + 60 * minutes, threading.Event()
    with ThreadPoolExecutor(processes) as pool:
        runs = [pool.submit(run_until, end, log, work / f"{n}", stop) for n in range(processes)]
        try:
            for run in runs:
                run.result()
        except BaseException as error:
            stop.set()
            if not isinstance(error, KeyboardInterrupt):
                raise
            typer.echo("interrupted; the same command continues", err=True)


def main(
    minutes: Annotated[float, typer.Option(help="Time to run.")] = 30,
    kind: Annotated[str | None, typer.Option(help=f"One of {', '.join(KINDS)}.")] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="Run this one case of a kind.")] = None,
    processes: Annotated[int, typer.Option(min=1, help="Cases in parallel.")] = 1,
    work: Annotated[Path, typer.Option(help="Folder of cases.")] = Path("runs/fuzz"),
    out: Annotated[Path, typer.Option(help="Folder of the table.")] = Path("results/reliability"),
) -> None:
    """Run a campaign, or one case; exit with 1 if there are faults."""
    if kind not in (None, *KINDS):
        raise typer.BadParameter(f"no kind {kind!r}; give one of {', '.join(KINDS)}")
    work = work.absolute()
    if seed is not None:
        campaign = Campaign(work / "single")
        row = run_one(campaign, kind or next(iter(KINDS)), seed, keep=True)
        campaign.server.close()
        show(row)
        raise typer.Exit(int(faults([row]) > 0))
    log = Log(work / f"cases-{commit()}.csv", [kind] if kind else list(KINDS))
    run_campaign(log, work, minutes, processes)
    record(log, out)
    typer.echo(f"{len(log.rows)} cases, {faults(log.rows)} faults; {out / 'fuzz.csv'}")
    raise typer.Exit(int(faults(log.rows) > 0))


if __name__ == "__main__":
    typer.run(main)
