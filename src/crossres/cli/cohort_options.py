"""The options of crossres cohort alone: which cases, and how they are run."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from crossres.cli.panels import DEVICE, FILES, GENERAL, REPORTS, SELECTION

_FILTER = "KEY=LABEL, such as acq=highres; labels by commas, with * or none (without the key)."

ParticipantLabels = Annotated[
    list[str] | None,
    typer.Option(
        "--participant-label",
        metavar="LABEL...",
        rich_help_panel=SELECTION,
        help="Only these, with or without sub-.",
    ),
]
SessionLabels = Annotated[
    list[str] | None,
    typer.Option(
        "--session-label",
        metavar="LABEL...",
        rich_help_panel=SELECTION,
        help="Only these, with or without ses-.",
    ),
]
Target = Annotated[
    str,
    typer.Option(
        "--target", metavar="SUFFIX", rich_help_panel=SELECTION, help="Contrast to enhance."
    ),
]
Guide = Annotated[
    str,
    typer.Option(
        "--guide",
        metavar="SUFFIX",
        rich_help_panel=SELECTION,
        help="Contrast of the guide, or none.",
    ),
]
FilterWords = Annotated[
    list[str] | None,
    typer.Option(
        "--filter",
        metavar="KEY=LABEL...",
        rich_help_panel=SELECTION,
        help=f"Targets: {_FILTER}",
    ),
]
GuideFilterWords = Annotated[
    list[str] | None,
    typer.Option(
        "--guide-filter",
        metavar="KEY=LABEL...",
        rich_help_panel=SELECTION,
        help="The same for guides.",
    ),
]
FilterFile = Annotated[
    Path | None,
    typer.Option(
        "--bids-filter-file",
        metavar="FILE",
        rich_help_panel=SELECTION,
        help="Filters of both as JSON, by contrast, as fMRIPrep takes them.",
    ),
]
AnySession = Annotated[
    bool,
    typer.Option(
        "--any-session", rich_help_panel=SELECTION, help="Allow guides of other sessions."
    ),
]
Join = Annotated[
    str | None,
    typer.Option(
        "--join",
        metavar="KEY",
        rich_help_panel=SELECTION,
        help="Scans that differ in this entity only become one volume, such as acq.",
    ),
]
CaseReports = Annotated[
    bool, typer.Option("--report", rich_help_panel=REPORTS, help="Also make a report per case.")
]
Workers = Annotated[
    int,
    typer.Option(
        "--n-procs",
        "--workers",
        min=1,
        rich_help_panel=DEVICE,
        help="Cases in parallel on this machine.",
    ),
]
Memory = Annotated[
    float | None,
    typer.Option(
        "--mem",
        metavar="GB",
        rich_help_panel=DEVICE,
        help="Memory of all cases in parallel, by estimate.",
    ),
]
CaseThreads = Annotated[
    int,
    typer.Option("--threads", min=1, rich_help_panel=DEVICE, help="Processor threads per case."),
]
EngineName = Annotated[
    Literal["local", "dask"],
    typer.Option("--engine", rich_help_panel=DEVICE, help="Local processes, or Dask."),
]
Scheduler = Annotated[
    str | None,
    typer.Option(
        "--scheduler",
        metavar="ADDRESS|FILE",
        rich_help_panel=DEVICE,
        help="Dask scheduler to connect to.",
    ),
]
SkullStripped = Annotated[
    Literal["yes", "no"] | None,
    typer.Option(
        "--skull-stripped",
        rich_help_panel=FILES,
        help="Whether the skull was removed from the scans, which BIDS requires results to state; "
        "for scans whose own metadata do not state it.",
    ),
]
WorkFolder = Annotated[
    Path | None,
    typer.Option(
        "--work-dir",
        "-w",
        metavar="FOLDER",
        rich_help_panel=FILES,
        help="Folder of temporary files.",
    ),
]
OverwriteCases = Annotated[
    bool,
    typer.Option(
        "--overwrite",
        rich_help_panel=FILES,
        help="Replace cases made from other inputs or settings.",
    ),
]
DryRun = Annotated[
    bool,
    typer.Option(
        "--dry-run",
        rich_help_panel=GENERAL,
        help="Only list the cases, and what a run would do; write nothing.",
    ),
]
