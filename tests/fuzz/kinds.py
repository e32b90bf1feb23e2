"""All kinds of inputs, and one case from its kind and seed."""

from __future__ import annotations

import zlib
from pathlib import Path

import numpy as np

from fuzz import bids, dicom, nifti, results, training, weights
from fuzz.case import Bench, Case, Make
from fuzz.oracle import Finding, judge
from fuzz.server import Server
from fuzz.templates import prepare

KINDS: dict[str, Make] = {
    "nifti": nifti.make,
    "dicom": dicom.make,
    "weights": weights.make,
    "training": training.make,
    "bids": bids.make,
    "cohort": results.make_cohort,
    "view": results.make_view,
}


class Campaign:
    """Cases in a folder, with one server.

    Args:
        root: Folder for templates and cases.
        server: Runs the commands; by default a new one.
    """

    def __init__(self, root: Path, server: Server | None = None) -> None:
        self.root, self.server = root, server or Server()
        self.templates = root / "templates"
        prepare(self.templates, self.server)

    def make(self, kind: str, seed: int) -> tuple[Case, Bench]:
        """Write the inputs of a case."""
        random = np.random.default_rng([zlib.crc32(kind.encode()), seed])
        bench = Bench(self.root / f"{kind}-{seed}", self.templates, random)
        return KINDS[kind](bench), bench

    def run(self, kind: str, seed: int) -> tuple[Case, Finding]:
        """Make a case, run its commands and judge what came of them."""
        case, bench = self.make(kind, seed)
        return case, judge(case, self.server, bench.outputs, bench.log)
