"""Which guide belongs to which target: same subject and session, then run, then acquisition."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from crossres.io import BidsDataset, Filters, Scan
from crossres.types import FileFormatError
from crossres.workflows.cohort.outcome import Outcome

_ALIKE = ("run", "acq")


@dataclass(frozen=True)
class Wanted:
    """Which scans are asked for.

    Args:
        target: Suffix of the contrast to sharpen (``"T2w"``).
        guide: Suffix of the guide; None for unguided work.
        filters: Which targets.
        guide_filters: Which guides.
        any_session: Whether the guide may come from another session where its own has none.
    """

    target: str
    guide: str | None
    filters: Filters = field(default_factory=dict)
    guide_filters: Filters = field(default_factory=dict)
    any_session: bool = False


@dataclass(frozen=True)
class Match:
    """One case of a dataset: a target and its guide, or None."""

    target: Scan
    guide: Scan | None

    @property
    def name(self) -> str:
        """What stands before the target's suffix: ``sub-01_ses-1_run-1``."""
        return self.target.stem.removesuffix(f"_{self.target.suffix}")


def find_matches(dataset: BidsDataset, wanted: Wanted) -> tuple[list[Match], list[Outcome]]:
    """Find the cases of a dataset, and those that cannot be any.

    Of several guides in a session the one of the target's run is taken; of several of these the one
    of its acquisition; what is still ambiguous is refused, never guessed.

    Args:
        dataset: Where to look.
        wanted: What for.

    Returns:
        Cases, and a failure for each target without a guide of its own; both sorted.

    Raises:
        FileFormatError: No target at all.
        SettingsError: A suffix or an entity that BIDS does not have.
    """
    targets = dataset.scans(wanted.target, wanted.filters)
    guides = [] if wanted.guide is None else dataset.scans(wanted.guide, wanted.guide_filters)
    if not targets:
        raise FileFormatError(_nothing(dataset, wanted))
    matches: list[Match] = []
    failures: list[Outcome] = []
    for target in targets:
        try:
            matches.append(_match(target, guides, wanted))
        except FileFormatError as error:
            failures.append(Outcome.failed(Match(target, None).name, error))
    return matches, failures


def _nothing(dataset: BidsDataset, wanted: Wanted) -> str:
    """Say what there is instead of targets."""
    there = ", ".join(f"{name} ({count})" for name, count in sorted(dataset.suffixes().items()))
    chosen = " that the filters let pass" if wanted.filters else ""
    return (
        f"no {wanted.target} image{chosen} below sub-*/ in the dataset; it has "
        f"{there or 'no image at all'}: give another --target, or the root of a BIDS dataset"
    )


def _match(target: Scan, guides: Sequence[Scan], wanted: Wanted) -> Match:
    target.check()
    if wanted.guide is None:
        return Match(target, None)
    own = [g for g in guides if _same(g, target, "sub") and g.path != target.path]
    near = [guide for guide in own if _same(guide, target, "ses")]
    if not near and not wanted.any_session:
        raise FileFormatError(_lacking(own, target, wanted.guide))
    found = _narrowed(near or own, target)
    if len(found) != 1:
        raise FileFormatError(_ambiguous(found, target, wanted.guide))
    found[0].check()
    return Match(target, found[0])


def _narrowed(guides: list[Scan], target: Scan) -> list[Scan]:
    """Keep the guides that are most like the target."""
    for entity in _ALIKE:
        guides = [guide for guide in guides if _same(guide, target, entity)] or guides
    return guides


def _same(one: Scan, other: Scan, entity: str) -> bool:
    return one.entities.get(entity) == other.entities.get(entity)


def _lacking(elsewhere: Sequence[Scan], target: Scan, guide: str) -> str:
    """Say that a session has no guide, and where there is one."""
    if not elsewhere:
        return f"no {guide} for {target.home}; add one, or work unguided with --guide none"
    homes = ", ".join(sorted({scan.home for scan in elsewhere}))
    return f"no {guide} in {target.home}, but in {homes}; give --any-session to take it from there"


def _ambiguous(guides: Sequence[Scan], target: Scan, guide: str) -> str:
    """Name the candidates, and what tells them apart."""
    if not guides:
        return f"no {guide} for {target.home}; add one, or work unguided with --guide none"
    names = ", ".join(scan.path.name for scan in guides)
    return (
        f"{len(guides)} {guide} could be the guide: {names}; "
        f"choose by --guide-filter {_telling(guides)}"
    )


def _telling(guides: Sequence[Scan]) -> str:
    """Return an entity and label that only the first of several guides has."""
    labels: list[Mapping[str, str | int]] = [scan.entities for scan in guides]
    for key in dict.fromkeys(key for entities in labels for key in entities):
        if len({entities.get(key) for entities in labels}) == len(labels):
            return f"{key}={labels[0].get(key, 'none')}"
    return "acq=LABEL"
