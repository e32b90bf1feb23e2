"""Pairs of target and guide: same subject and session, then run, then acquisition."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from crossres.io import BidsDataset, Filters, Scan
from crossres.types import FileFormatError, SettingsError
from crossres.workflows.cohort.outcome import Outcome

_ALIKE = ("run", "acq")
_APART = ("sub", "ses")


@dataclass(frozen=True)
class Selection:
    """The requested scans of a dataset.

    Args:
        target: Suffix of the contrast to enhance (``"T2w"``).
        guide: Suffix of the guide; None to enhance without a guide.
        filters: Labels of the targets by BIDS entity.
        guide_filters: Labels of the guides by BIDS entity.
        any_session: Whether the guide may come from another session where the session of the
            target has none.
        join: Entity whose labels distinguish scans that become one volume, such as "acq"; None
            makes a volume of each.
        participants: Labels of subjects; all by default. A target of each must exist.
        sessions: Labels of sessions; all by default. A target of each must exist.

    Raises:
        SettingsError: Subjects or sessions are selected both by filters and by labels.
    """

    target: str
    guide: str | None
    filters: Filters = field(default_factory=dict)
    guide_filters: Filters = field(default_factory=dict)
    any_session: bool = False
    join: str | None = None
    participants: tuple[str, ...] = ()
    sessions: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if twice := sorted(self.filters.keys() & self.labels.keys()):
            raise SettingsError(f"{twice[0]} is filtered and given by label; leave one out")

    @property
    def labels(self) -> dict[str, tuple[str, ...]]:
        """The labels by entity, each of which must be that of a target."""
        labels = {"sub": self.participants, "ses": self.sessions}
        return {key: ones for key, ones in labels.items() if ones}


@dataclass(frozen=True)
class Match:
    """One case of a dataset.

    Args:
        target: The scan to enhance.
        guide: Its guide, or None.
        others: Further scans that are joined with the target.
        join: The entity that distinguishes them.
    """

    target: Scan
    guide: Scan | None
    others: tuple[Scan, ...] = ()
    join: str | None = None

    @property
    def name(self) -> str:
        """The target's name without its suffix: ``sub-01_ses-1_run-1``.

        The entity by which scans were joined is left out.
        """
        name = self.target.stem.removesuffix(f"_{self.target.suffix}")
        return re.sub(rf"_{self.join}-[^_]+", "", name) if self.others else name


def find_matches(dataset: BidsDataset, selection: Selection) -> tuple[list[Match], list[Outcome]]:
    """Find the guide of each target of a dataset.

    Of several guides in a session, that of the target's run is taken; of several of these, that of
    its acquisition. What is still ambiguous is refused.

    Args:
        dataset: The BIDS dataset.
        selection: The requested scans.

    Returns:
        Cases, and a failure for each target without a guide of its own; both sorted.

    Raises:
        FileFormatError: The dataset has no target.
        SettingsError: A suffix or an entity that is not in BIDS, a label without a target, or scans
            of several sessions to join.
    """
    if selection.join is not None:
        dataset.check_entities([selection.join])
        if selection.join in _APART:
            raise SettingsError(
                f"scans of several {selection.join} cannot be joined; give `join` acq, run or "
                "another entity within a session"
            )
    targets = dataset.scans(selection.target, {**selection.filters, **selection.labels})
    guides = (
        [] if selection.guide is None else dataset.scans(selection.guide, selection.guide_filters)
    )
    _check_labels(selection, targets)
    if not targets:
        raise FileFormatError(_no_targets(dataset, selection))
    matches: list[Match] = []
    failures: list[Outcome] = []
    for target, *others in _groups(targets, selection.join):
        group = Match(target, None, tuple(others), selection.join)
        try:
            found = _match(target, guides, selection)
            for other in others:
                other.check()
            matches.append(replace(group, guide=found.guide))
        except FileFormatError as error:
            failures.append(Outcome.failed(group.name, error))
    return matches, failures


def _check_labels(selection: Selection, targets: Sequence[Scan]) -> None:
    """Refuse labels that no target has: a wrong one would else be left out unnoticed."""
    for key, labels in selection.labels.items():
        present = {str(target.entities.get(key)) for target in targets}
        absent = ", ".join(f"{key}-{label}" for label in labels if label not in present)
        if absent:
            raise SettingsError(
                f"no {selection.target} of {absent} is in the dataset and passes the filters; "
                "correct or leave out what is wrong"
            )


def _groups(targets: Sequence[Scan], join: str | None) -> list[list[Scan]]:
    """Return the targets that differ by one entity only together, in the order of their names."""
    if join is None:
        return [[target] for target in targets]
    groups: dict[frozenset[tuple[str, object]], list[Scan]] = {}
    for target in targets:
        rest = frozenset((key, label) for key, label in target.entities.items() if key != join)
        groups.setdefault(rest, []).append(target)
    return list(groups.values())


def _no_targets(dataset: BidsDataset, selection: Selection) -> str:
    """Return the message for a dataset without targets: it lists the suffixes that exist."""
    present = ", ".join(f"{name} ({count})" for name, count in sorted(dataset.suffixes().items()))
    chosen = " that passes the filters" if selection.filters else ""
    return (
        f"no {selection.target} image{chosen} below sub-*/ in the dataset; it has "
        f"{present or 'no image at all'}: give another `target`, or the root of a BIDS dataset"
    )


def _match(target: Scan, guides: Sequence[Scan], selection: Selection) -> Match:
    target.check()
    if selection.guide is None:
        return Match(target, None)
    own = [g for g in guides if _same(g, target, "sub") and g.path != target.path]
    near = [guide for guide in own if _same(guide, target, "ses")]
    if not near and not selection.any_session:
        raise FileFormatError(_missing(own, target, selection.guide))
    found = near or own
    for entity in _ALIKE:
        found = [guide for guide in found if _same(guide, target, entity)] or found
    if len(found) != 1:
        raise FileFormatError(_ambiguous(found, target, selection.guide))
    found[0].check()
    return Match(target, found[0])


def _same(one: Scan, other: Scan, entity: str) -> bool:
    return one.entities.get(entity) == other.entities.get(entity)


def _missing(elsewhere: Sequence[Scan], target: Scan, guide: str) -> str:
    """Return the message for a session without a guide; it lists the sessions that have one."""
    if not elsewhere:
        return f"no {guide} for {target.home}; add one, or set `guide` to none"
    homes = ", ".join(sorted({scan.home for scan in elsewhere}))
    return f"no {guide} in {target.home}, but in {homes}; set `any_session` to take it from there"


def _ambiguous(guides: Sequence[Scan], target: Scan, guide: str) -> str:
    """Return the message for several guides; it names an entity that distinguishes them."""
    if not guides:
        return f"no {guide} for {target.home}; add one, or set `guide` to none"
    names = ", ".join(scan.path.name for scan in guides)
    return (
        f"{len(guides)} {guide} could be the guide: {names}; "
        f"choose by `guide_filters` {_distinguishing(guides)}"
    )


def _distinguishing(guides: Sequence[Scan]) -> str:
    """Return an entity and label that only the first of several guides has."""
    labels: list[Mapping[str, str | int]] = [scan.entities for scan in guides]
    for key in dict.fromkeys(key for entities in labels for key in entities):
        if len({entities.get(key) for entities in labels}) == len(labels):
            return f"{key}={labels[0].get(key, 'none')}"
    return "acq=LABEL"
