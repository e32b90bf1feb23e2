"""Training images of every contrast: real pairs both ways, and heads of random contrasts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from studies.sources import HELD_OUT, Source, label_sources, levels_of

from crossres.inference import Example
from crossres.io import find_cases, read
from crossres.phantom import RELAXATION, Sequence, Signals, Tissue, acquire, head_from_labels
from crossres.volume import Pair

HEADS = tuple(range(1, 17))
"""Label maps of which training heads are made; 17 to 20 are for tests."""
CONTRASTS_PER_HEAD = 2
FLAIR_HELD_OUT = "sub-20"
"""Session with a FLAIR that no weights were trained on."""
BEND, FOLD = 0.3, 0.3
"""Share of targets and guides whose intensities are bent, and of the curves that turn back."""
_DATA = (
    "{} subjects of BraTS 2021, BraTS 2023 and UPENN-GBM (CC BY 4.0; arXiv 2107.02314, doi "
    "10.1038/s41597-022-01560-7), T1w and T2w, and 3 clinical sessions of Lesjak et al. 2017 (CC "
    "BY, doi 10.1007/s12021-017-9348-7), T1w, T2w and FLAIR, {}; 16 heads simulated in random "
    "contrasts from label maps of Billot et al. 2023 (Apache-2.0, doi "
    "10.1016/j.media.2023.102789){}"
)
DATA = _DATA.format(20, "each scan degraded once", "")
THICK_DATA = _DATA.format(
    18, "the subjects' slices made thick, the sessions as they are", ", slices made thick"
)
POPULATION = (
    "{} patients with a brain tumour (several sites, skull-stripped), 3 patients with multiple "
    "sclerosis (with skull); 16 simulated heads"
)
FOLDERS = (
    ("cohort", ("T2w", "T1w"), ()),
    ("clinical", ("T2w", "FLAIR", "T1w"), (HELD_OUT,)),
    ("clinical_flair", ("FLAIR", "T1w"), (FLAIR_HELD_OUT,)),
)
"""Folder, its contrasts, and the sessions of it that no weights were trained on."""
_DARK = (Tissue.AIR, Tissue.BONE)


def real_sources(data: Path) -> list[Source]:
    """Return each scan of the training data as target, guided by each other one of its session."""
    found = []
    for folder, contrasts, held_out in FOLDERS:
        for target in contrasts:
            for guide in (contrast for contrast in contrasts if contrast != target):
                cases = find_cases(data / folder, target=target, guide=guide)
                kept = [case for case in cases if not case.name.startswith(held_out)]
                names = [f"{folder} {case.name} {target} by {guide}" for case in kept]
                found += [Source(name, case=c) for name, c in zip(names, kept, strict=True)]
    return found


def random_signals(rng: np.random.Generator) -> Signals:
    """Return the signals of a contrast: of a sequence of random timing, or each at random."""
    if rng.random() < 0.5:
        sequence = _random_sequence(rng)
        signals = {tissue: sequence.signal(values) for tissue, values in RELAXATION.items()}
    else:
        signals = {tissue: float(rng.uniform(0.05, 1)) for tissue in Tissue if tissue not in _DARK}
    mean = sum(signals[t] for t in (Tissue.CSF, Tissue.GREY, Tissue.WHITE)) / 3
    return {tissue: signal / mean for tissue, signal in signals.items()}


def _random_sequence(rng: np.random.Generator) -> Sequence:
    """Return a spin echo or a spoiled gradient echo, from T1w over PDw to T2w."""
    if rng.random() < 0.5:
        tr, te = np.exp(rng.uniform(np.log([400, 8]), np.log([6000, 140])))
        return Sequence(float(tr), float(te))
    return Sequence(float(rng.uniform(6, 12)), float(rng.uniform(2, 5)), float(rng.uniform(5, 25)))


def random_pairs(data: Path) -> Iterator[Pair]:
    """Yield simulated heads in random contrasts, those of target and guide independent."""
    for source in label_sources(data, HEADS):
        assert source.labels is not None  # label_sources makes them of label maps
        head = head_from_labels(read(source.labels), source.seed)
        for number in range(CONTRASTS_PER_HEAD):
            rng = np.random.default_rng([source.seed, number])
            seed = 2 * (CONTRASTS_PER_HEAD * source.seed + number)
            reference = acquire(head, random_signals(rng), seed)
            guide = acquire(head, random_signals(rng), seed + 1)
            yield Pair(reference, reference.grid, guide)


def random_heads(data: Path, factor: float, *, every: int) -> list[Example]:
    """Return these heads on their own grid and every doubling of its voxels up to ``factor``."""
    pairs = random_pairs(data)
    return [e for pair in pairs for e in levels_of(pair, factor, every=every)]
