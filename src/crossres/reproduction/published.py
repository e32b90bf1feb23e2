"""Scores of all units in one table, where settings identify a unit.

``scores.csv.gz`` has a row for each scored slice. ``units.csv`` has a row for each unit: the
provenance of its scores, and every setting that they depend on. A unit keeps its number, and
``units.csv`` is written first, so the files belong together even after an interruption between
the two.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from itertools import groupby
from pathlib import Path

from crossres.files import locked
from crossres.reproduction.methods import name_of
from crossres.reproduction.protocol import fold_number
from crossres.reproduction.records import read_rows, read_summary, write_rows
from crossres.reproduction.scores import read_scores, scores_of
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
        units: A row for each unit: number, method, provenance, settings.
        scores: A row for each scored slice: number and method of its unit, scores.
    """

    units: Sequence[Line] = ()
    scores: Sequence[Line] = ()

    @classmethod
    def read(cls, results: Path) -> Published:
        """Read the published scores of a folder.

        Args:
            results: The folder.

        Returns:
            The scores; none if there are no files.
        """
        return cls(read_rows(results / UNITS), read_rows(results / SCORES))

    @cached_property
    def _units(self) -> dict[str, Line]:
        return {line["settings"]: line for line in self.units}

    @cached_property
    def _scores(self) -> dict[str, list[Line]]:
        grouped = groupby(self.scores, key=lambda line: line["unit"])
        return {number: list(lines) for number, lines in grouped}

    def holds(self, unit: Unit) -> bool:
        """Return whether a unit has scores here.

        Args:
            unit: The unit.

        Returns:
            True if it has.
        """
        return bool(self.rows(unit))

    def provenance(self, unit: Unit) -> Line:
        """Return the provenance of a unit's scores.

        Args:
            unit: The unit.

        Returns:
            Its row in ``units.csv``; empty if it has no scores.
        """
        return self._units[settings_of(unit)] if self.holds(unit) else {}

    def rows(self, unit: Unit) -> list[Line]:
        """Return the rows of a unit, one per scored slice, as they were before publication.

        Args:
            unit: The unit.

        Returns:
            The rows; none if it has no scores.
        """
        number = self._units.get(settings_of(unit), {}).get("unit", "")
        return [{**line, "case": line["subject"]} for line in self._scores.get(number, [])]

    def with_units(self, units: Iterable[Unit], runs: Path) -> Published:
        """Return a copy with further units and their scores; a known unit keeps its number.

        Args:
            units: Units that have scores in ``runs``.
            runs: Folder of the runs.

        Returns:
            The copy; the original is unchanged.
        """
        lines, scores = list(self.units), list(self.scores)
        for unit in units:
            known = self._units.get(settings_of(unit))
            line = known or {"unit": str(len(lines) + 1), **_described(unit, runs)}
            lines.extend([] if known else [line])
            method = {name: line[name] for name in ("unit", *_method(unit))}
            for row in read_scores(unit, runs):
                named = {**row, "subject": row["case"]}
                scores.append({**method, **{column: named.get(column, "") for column in COLUMNS}})
        return Published(lines, scores)

    def write(self, results: Path) -> None:
        """Write both files, each in full or not at all.

        Args:
            results: The folder.
        """
        write_rows(self.units, results / UNITS)
        write_rows(self.scores, results / SCORES)


def publish(units: Sequence[Unit], runs: Path, results: Path) -> None:
    """Add the scores that are in ``runs`` only to the published ones.

    Args:
        units: The units to consider.
        runs: Folder of the runs.
        results: Folder of the published scores.
    """
    if not _unpublished(units, runs, results):
        return
    with locked(runs / "scores", wait=True):
        new = _unpublished(units, runs, results)
        Published.read(results).with_units(new, runs).write(results)


def _unpublished(units: Sequence[Unit], runs: Path, results: Path) -> list[Unit]:
    published = Published.read(results)
    return [u for u in units if scores_of(u, runs).exists() and not published.holds(u)]


def settings_of(unit: Unit) -> str:
    """Return the settings of a unit as canonical JSON, from which its address is made.

    Args:
        unit: The unit.

    Returns:
        JSON with sorted keys, without spaces.
    """
    return json.dumps(unit.settings, sort_keys=True, separators=(",", ":"))


def provenance_of(unit: Unit, runs: Path) -> Line:
    """Return the provenance of a unit's scores in ``runs``.

    Args:
        unit: A unit with scores.
        runs: Folder of the runs.

    Returns:
        Seconds, device, command, commit, machine, date.
    """
    content = read_summary(scores_of(unit, runs).with_suffix(".json"))
    made = {"seconds": content["seconds"], "device": content.get("device", "")}
    return {name: str(value) for name, value in {**made, **content.get("provenance", {})}.items()}


def _method(unit: Unit) -> Line:
    """Return the method of a unit as columns to sort by."""
    fold = fold_number(unit.train, unit.test)
    values = {
        "method": name_of(unit.method), **asdict(unit.method), **_plan_columns(unit),
        "factor": unit.factor, "fold": "" if fold is None else fold,
    }  # fmt: skip
    return {name: str(value) for name, value in values.items()}


def _plan_columns(unit: Unit) -> dict[str, object]:
    """Return network, loss, stages and back-projection as used, where the method left them open."""
    if not unit.method.is_trained:
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
        **provenance_of(unit, runs),
        "settings": settings_of(unit),
    }
