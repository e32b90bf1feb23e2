"""The rows of Tables I-V as data: network x regime x loss x guide x stages."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from math import nan
from typing import Literal

from crossres.types import SettingsError

RegimeName = Literal[
    "bicubic", "regression", "supervised", "internal", "external", "external-internal", "default"
]
Score = tuple[float, float]
"""PSNR in dB and SSIM."""


@dataclass(frozen=True)
class Method:
    """A super-resolution method.

    Args:
        regime: Source of the training images; "default" is the recipe of this package,
            "regression" the local regression on the guide that gives its pseudo-targets.
        network: Key in ``NETWORKS``.
        guided: With or without the guide.
        loss: "l1" or "l2".
        stages: Stages of the cascade, each trained anew.
        adversarial: With a critic.
        shift_mm: Registration error of the guide along each axis, mm, of random sign.
        back_projection: "iterative" (one step, as in the paper) or "none".
        effort: Of "default": steps of its one network, as a multiple of those of one stage.
        ensemble: Average over the self-ensemble of eight orientations of each slice.
    """

    regime: RegimeName
    network: str = "guided-rdn"
    guided: bool = False
    loss: Literal["l1", "l2"] = "l1"
    stages: int = 1
    adversarial: bool = False
    shift_mm: float = 0.0
    back_projection: Literal["iterative", "none"] = "iterative"
    effort: int = 1
    ensemble: bool = False

    @property
    def is_trained(self) -> bool:
        """Whether any network is trained."""
        return self.regime not in ("bicubic", "regression")

    @property
    def per_subject(self) -> bool:
        """Whether a network is trained for each test subject."""
        return self.regime in ("internal", "external-internal")


@dataclass(frozen=True)
class TableRow:
    """A method under its name in a table, with the paper's numbers where it has them.

    Args:
        name: As the table shows it.
        method: The method.
        paper: PSNR and SSIM in the paper, by factor.
    """

    name: str
    method: Method
    paper: dict[int, Score] = field(default_factory=dict)

    def paper_gain(self, factor: int) -> float:
        """Return the paper's PSNR over its bicubic interpolation.

        Args:
            factor: 2 or 4.

        Returns:
            dB; nan where the paper has no number.
        """
        found = self.paper.get(factor)
        return nan if found is None else found[0] - BICUBIC.paper[factor][0]


@dataclass(frozen=True)
class Table:
    """A table of the paper.

    Args:
        title: What it compares.
        rows: Its rows: the paper's first, then ours.
        factors: Factors that it has columns for.
        proposed: Name of the row that the others are tested against.
    """

    title: str
    rows: tuple[TableRow, ...]
    factors: tuple[int, ...]
    proposed: str


BICUBIC = TableRow("bicubic", Method("bicubic"), {2: (34.55, 0.961), 4: (29.62, 0.872)})
PROPOSED = Method("external", guided=True, stages=3)
MODEL_1 = replace(PROPOSED, guided=False)
MODEL_2 = replace(PROPOSED, regime="internal")
ZSSR = Method("internal", network="zssr", stages=3)
REGRESSION = Method("regression", guided=True)
DEFAULT = Method("default", guided=True)
THEN = replace(PROPOSED, regime="external-internal", back_projection="none")

TABLE_1 = Table(
    "Supervised methods (external high-resolution images)",
    (
        BICUBIC,
        TableRow("SRCNN", Method("supervised", "srcnn"), {2: (38.15, 0.981), 4: (31.58, 0.918)}),
        TableRow("DCSRN", Method("supervised", "dcsrn"), {2: (38.66, 0.984), 4: (31.73, 0.922)}),
        TableRow(
            "mDCSRN-GAN",
            Method("supervised", "mdcsrn", adversarial=True),
            {2: (38.55, 0.983), 4: (31.69, 0.921)},
        ),
        TableRow(
            "10L-ReCNN",
            Method("supervised", "recnn", guided=True),
            {2: (40.93, 0.989), 4: (35.31, 0.964)},
        ),
        TableRow(
            "proposed network",
            Method("supervised", guided=True),
            {2: (41.48, 0.990), 4: (36.04, 0.969)},
        ),
    ),
    (2, 4),
    "proposed network",
)
TABLE_2 = Table(
    "Unsupervised methods (low-resolution images only)",
    (
        BICUBIC,
        TableRow("ZSSR", ZSSR, {2: (37.97, 0.982), 4: (30.71, 0.908)}),
        TableRow("Model 1", MODEL_1, {2: (38.94, 0.984), 4: (32.10, 0.928)}),
        TableRow("Model 2", MODEL_2, {2: (39.13, 0.985), 4: (32.60, 0.943)}),
        TableRow("proposed", PROPOSED, {2: (39.90, 0.987), 4: (34.39, 0.957)}),
        TableRow("10L-ReCNN, external", replace(PROPOSED, network="recnn")),
        TableRow("external, then internal", THEN),
        TableRow("local regression, not learned", REGRESSION),
        TableRow("crossres default", DEFAULT),
        TableRow("crossres, 3x steps, 8 positions", replace(DEFAULT, effort=3, ensemble=True)),
    ),
    (2, 4),
    "proposed",
)
TABLE_3 = Table(
    "Stages of the cascade",
    tuple(
        TableRow(
            f"{stages} stage{'s' if stages > 1 else ''}",
            replace(PROPOSED, stages=stages),
            {4: score},
        )
        for stages, score in ((1, (32.11, 0.936)), (2, (34.14, 0.955)), (3, (34.39, 0.957)))
    ),
    (4,),
    "3 stages",
)
TABLE_4 = Table(
    "Loss",
    (
        TableRow("L1", PROPOSED, {4: (34.39, 0.957)}),
        TableRow("L2", replace(PROPOSED, loss="l2"), {4: (34.29, 0.956)}),
    ),
    (4,),
    "L1",
)
TABLE_5 = Table(
    "Registration error of the guide, along each axis",
    (
        *(
            TableRow(f"{error} mm", replace(PROPOSED, shift_mm=float(error)), {4: score})
            for error, score in enumerate(
                ((34.39, 0.957), (32.96, 0.941), (32.42, 0.933), (32.29, 0.931))
            )
        ),
        TableRow("ZSSR", ZSSR, {4: (30.71, 0.908)}),
    ),
    (4,),
    "0 mm",
)
TABLES = {
    "table1": TABLE_1,
    "table2": TABLE_2,
    "table3": TABLE_3,
    "table4": TABLE_4,
    "table5": TABLE_5,
}


def name_of(method: Method) -> str:
    """Return the name of a method in the first table that has it.

    Args:
        method: The method.

    Returns:
        The name; the regime if no table has the method.
    """
    rows = [row for table in TABLES.values() for row in table.rows]
    return next((row.name for row in rows if row.method == method), method.regime)


def table(name: str) -> Table:
    """Return a table by name.

    Args:
        name: "table1" to "table5".

    Returns:
        The table.

    Raises:
        SettingsError: No such table.
    """
    if name not in TABLES:
        raise SettingsError(f"no table {name!r}; choose from {', '.join(TABLES)}")
    return TABLES[name]
