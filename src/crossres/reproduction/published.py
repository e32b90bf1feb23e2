"""Scores of all units in one table, each unit known by its settings.

``scores.csv.gz`` has a row for each scored slice, ``units.csv`` one for each unit: what made its
scores, and every setting that they depend on. A unit keeps its number for good, so that an
interruption between the two files, the units first, leaves rows that still belong together.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from itertools import groupby
from pathlib import Path

from crossres.reproduction.methods import name_of
from crossres.reproduction.protocol import fold_number
from crossres.reproduction.records import read_rows, read_summary, write_rows
from crossres.reproduction.scores import read_scores, scores_of
from crossres.reproduction.trainings import locked
from crossres.reproduction.units import Unit

SCORES, UNITS = "scores.csv.gz", "units.csv"
Line = dict[str, str]
MEASURES = tuple(
    prefix + measure
    for prefix in ("", "bicubic_")
    for measure in ("psnr", "ssim", "psnr_inside", "ssim_inside")
)
COLUMNS = ("subject", "slice", "centre", *MEASURES, "consistency", "gain_deep", "learning_seconds")


@dataclass(frozen=True)
class Published:
    """The published scores of a budget.

    Args:
        units: A row for each unit: number, method, what made its scores, settings.
        scores: A row for each scored slice: number and method of its unit, scores.
    """

    units: Sequence[Line] = ()
    scores: Sequence[Line] = ()

    @classmethod
    def read(cls, results: Path) -> Published:
        """Read what a folder holds; nothing if it is not there."""
        return cls(read_rows(results / UNITS), read_rows(results / SCORES))

    @cached_property
    def _units(self) -> dict[str, Line]:
        return {line["settings"]: line for line in self.units}

    @cached_property
    def _scores(self) -> dict[str, list[Line]]:
        grouped = groupby(self.scores, key=lambda line: line["unit"])
        return {number: list(lines) for number, lines in grouped}

    def holds(self, unit: Unit) -> bool:
        """Return whether a unit has scores here."""
        return bool(self.rows(unit))

    def made(self, unit: Unit) -> Line:
        """Return what made a unit's scores; nothing if it has none."""
        return self._units[settings_of(unit)] if self.holds(unit) else {}

    def rows(self, unit: Unit) -> list[Line]:
        """Return a unit's rows, one per scored slice, as they were before publication."""
        number = self._units.get(settings_of(unit), {}).get("unit", "")
        return [{**line, "case": line["subject"]} for line in self._scores.get(number, [])]

    def with_units(self, units: Iterable[Unit], runs: Path) -> Published:
        """Add units, with their scores in ``runs``; one that was here keeps its number."""
        lines, scores = list(self.units), list(self.scores)
        for unit in units:
            known = self._units.get(settings_of(unit))
            line = known or {"unit": str(len(lines) + 1), **_described(unit, runs)}
            lines.extend([] if known else [line])
            method = {name: line[name] for name in ("unit", *_method(unit))}
            scores.extend({**method, **_columns(row)} for row in read_scores(unit, runs))
        return Published(lines, scores)

    def write(self, results: Path) -> None:
        """Write both files, each in full or not at all."""
        write_rows(self.units, results / UNITS)
        write_rows(self.scores, results / SCORES)


def publish(units: Sequence[Unit], runs: Path, results: Path) -> None:
    """Add to the published scores those that are in ``runs`` alone."""
    if not _unpublished(units, runs, results):
        return
    with locked(runs / "scores"):
        new = _unpublished(units, runs, results)
        Published.read(results).with_units(new, runs).write(results)


def _unpublished(units: Sequence[Unit], runs: Path, results: Path) -> list[Unit]:
    published = Published.read(results)
    return [u for u in units if scores_of(u, runs).exists() and not published.holds(u)]


def settings_of(unit: Unit) -> str:
    """Return a unit's settings as canonical JSON: its identity, of which its address is made."""
    return json.dumps(unit.settings, sort_keys=True, separators=(",", ":"))


def made_by(unit: Unit, runs: Path) -> Line:
    """Return what made a unit's scores in ``runs``: time, device, command, commit, machine, day."""
    content = read_summary(scores_of(unit, runs).with_suffix(".json"))
    made = {"seconds": content["seconds"], "device": content.get("device", "")}
    return {name: str(value) for name, value in {**made, **content.get("provenance", {})}.items()}


def _method(unit: Unit) -> Line:
    """Return a unit's method as columns: what a reader sorts by."""
    fold = fold_number(unit.train, unit.test)
    values = {
        "method": name_of(unit.method), **asdict(unit.method), **_learned(unit),
        "factor": unit.factor, "fold": "" if fold is None else fold,
    }  # fmt: skip
    return {name: str(value) for name, value in values.items()}


def _learned(unit: Unit) -> dict[str, object]:
    """Return network, loss, stages and back-projection as used, whatever the method left open."""
    if not unit.method.learns:
        return dict.fromkeys(("network", "loss", "stages", "back_projection"), "")
    regime = unit.plan.regime
    return {
        "network": unit.plan.network_name,
        "loss": regime.learning.training.loss,
        "stages": regime.stages,
        "back_projection": regime.learning.back_projection.kind,
    }


def _described(unit: Unit, runs: Path) -> Line:
    return {
        **_method(unit),
        "test": " ".join(subject.name for subject in unit.test),
        **dict.fromkeys(("seconds", "device", "command", "commit", "machine", "date"), ""),
        **made_by(unit, runs),
        "settings": settings_of(unit),
    }


def _columns(row: Line) -> Line:
    """Return a row of ``runs`` in the columns of the table, empty where it has none."""
    named = {**row, "subject": row["case"]}
    return {column: named.get(column, "") for column in COLUMNS}
