"""The command line that repeats a result, without the names of folders."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping
from dataclasses import fields
from pathlib import Path

from crossres.files import escaped
from crossres.inference import EnhanceSettings
from crossres.io import Input
from crossres.workflows.enhance.request import Request

FOLDER = "SCANS"
"""Stands for a folder of DICOM files, whose name may be that of a person."""

TRANSFORM = "T1.tfm"
"""Stands for a file of the motion of the guide, whose name is not recorded."""


def command_of(
    request: Request,
    inputs: Mapping[str, Input],
    output: str,
    *,
    report: bool = False,
    maps: bool = False,
) -> str:
    """Return the command that makes this result from these scans.

    Args:
        request: The request, from the command line, from Python, or from a cohort.
        inputs: The scans by role.
        output: Name of the result.
        report: Whether a report was required.
        maps: Whether maps were required.

    Returns:
        The command, quoted for a shell: of files only the names, since folders of a clinical
        archive often contain the patient's name; ``SCANS`` for folders of DICOM files; and options
        for all settings that are not the default.

    Example:
        >>> scan, guide = Path("/me/T2 w.nii.gz"), Path("/me/T1.nii.gz")
        >>> request = Request(scan, guide, spacing=(1.0,), settings=EnhanceSettings(ensemble=True))
        >>> command_of(request, {"target": Input(scan), "guide": Input(guide)}, "SR.nii.gz")
        "crossres enhance 'T2 w.nii.gz' --guide T1.nii.gz --spacing 1 --ensemble -o SR.nii.gz"
    """
    scans = [found for role, found in inputs.items() if role != "guide"]
    words = ["crossres", "enhance", *(_place(scan) for scan in scans)]
    if all(scan.series is not None for scan in scans):  # one for each scan, or none
        for scan in scans:
            words += _series("--series", scan)
    if (guide := inputs.get("guide")) is not None:
        words += ["--guide", _place(guide), *_series("--guide-series", guide)]
    if request.transform is not None:
        words += ["--transform", TRANSFORM]
    for name, numbers in (("--factor", request.factor), ("--spacing", request.spacing)):
        words += [] if numbers is None else [name, _numbers(numbers)]
    if request.weights:
        words += ["--weights", ",".join(Path(name).name for name in request.weights)]
    words += [*_options(request.settings), "-o", output, *["--report"] * report, *["--maps"] * maps]
    return " ".join(shlex.quote(escaped(word)) for word in words)


def _place(scan: Input) -> str:
    return scan.name if scan.series is None else FOLDER


def _series(option: str, scan: Input) -> list[str]:
    """Return the choice of a series: its description, or without one the end of its UID."""
    return [] if scan.series is None else [option, scan.series.label or scan.series.ending]


def _numbers(numbers: Iterable[float]) -> str:
    return ",".join(f"{number:g}" for number in numbers)


def _options(settings: EnhanceSettings) -> list[str]:
    """Return the options of the settings that decide the result and are not the default."""
    words = []
    for each in fields(settings):
        value = getattr(settings, each.name)
        if value == each.default or each.metadata["computing"]:
            continue
        option = f"--{(each.metadata['name'] or each.name).replace('_', '-')}"
        words += [option] if isinstance(value, bool) else [option, str(value)]
    return words
