"""One scan, or several of one contrast, from files to files."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from crossres.files import staged, write_json
from crossres.files.output_checks import holds_only
from crossres.files.outputs import (
    MAPS_ENDING,
    MAPS_FILE,
    REPORT_ENDING,
    beside,
    folder_name,
    is_folder,
    stem,
)
from crossres.inference import RunLog
from crossres.io import Input, check_place, find_input, write
from crossres.report import fill_folder, is_report, write_optional
from crossres.report.optional import PENDING
from crossres.types import Progress
from crossres.workflows.enhance.dicom import write_dicom
from crossres.workflows.enhance.joinable import check_joinable
from crossres.workflows.enhance.predicted_error import with_predicted_error
from crossres.workflows.enhance.report import draw_report
from crossres.workflows.enhance.request import Request
from crossres.workflows.enhance.result import EnhancedFiles
from crossres.workflows.enhance.several import NamedScan, enhance_scans
from crossres.workflows.enhance.sidecar import SCAN
from crossres.workflows.enhance.sidecar_file import check_own, record_pictures, with_pictures
from crossres.workflows.enhance.target_grid import target_grid


def enhance_files(
    request: Request,
    *,
    progress: Progress | None = None,
    notify: Callable[[str], None] | None = None,
    output: Path | None = None,
) -> EnhancedFiles:
    """Enhance one scan, or several that become one volume, without writing anything.

    Args:
        request: Scans, grid, weights and settings.
        progress: Called with (files read, total files), then with (slices done, total slices).
        notify: Called with a sentence on the grid of the result where the request leaves it open.
        output: The volume to be made, if it is known: what its format cannot hold is refused early.

    Returns:
        The result.

    Raises:
        CrossresError: Whatever in the request or the files cannot be used.
    """
    if request.others:
        check_joinable(request.settings)
    log, trust = RunLog(), request.settings.trust
    stated = request.settings.slice_thickness is None
    scans, volumes, notes = [(request.target, request.series), *request.further], [], []
    inputs: dict[str, Input] = {}
    for number, (path, series) in enumerate(scans, start=1):
        role = "target" if number == 1 else f"{SCAN}{number}"
        inputs[role] = find_input(path, series, parameter="series")
        volume, more = inputs[role].load(progress=progress, trust=trust, stated_slices=stated)
        volumes.append(volume)
        notes += more
    if output is not None:
        check_place(volumes[0], output)
    guide = None
    if request.guide is not None:
        series = request.guide_series
        inputs["guide"] = find_input(request.guide, series, parameter="guide_series")
        guide, more = inputs["guide"].load(progress=progress, trust=trust)
        notes += more
    log.warn(notes)
    log.lap("reading")
    files = [found for role, found in inputs.items() if role != "guide"]
    named = [
        NamedScan.of(volume, request.contrasts, file, inputs.get("guide"))
        for volume, file in zip(volumes, files, strict=True)
    ]
    grid = target_grid(
        volumes[0].grid, None if guide is None else guide.grid, factor=request.factor,
        spacing=request.spacing, weights=request.weights, contrasts=named[0].contrasts,
    )  # fmt: skip
    if notify is not None and grid.note is not None:
        notify(grid.note)
    enhanced = enhance_scans(
        named, guide, grid.fine, weights=request.weights, settings=request.settings, log=log,
        progress=progress, transform=request.transform,
    )  # fmt: skip
    log.warn(note for found in inputs.values() for note in found.changes())
    enhanced = replace(enhanced, warnings=tuple(log.warnings))
    return EnhancedFiles(request, inputs, enhanced, grid.reason)


def output_paths(
    output: Path, *, report: bool, maps: bool = False, dicom: bool = False
) -> list[Path]:
    """Return the outputs: volume and JSON file, and where required the report and the maps.

    Args:
        output: A NIfTI file, or where ``dicom`` is True a folder of slices.
        report: Whether the report is required.
        maps: Whether the folder of maps is required.
        dicom: Whether the target is DICOM.

    Returns:
        The paths, in this order.

    Raises:
        FileFormatError: A name with another ending.
    """
    endings = [".json", *[REPORT_ENDING] * report, *[MAPS_ENDING] * maps]
    if dicom and is_folder(output):
        return [output, *(folder_name(output).with_name(output.name + end) for end in endings)]
    stem(output)
    return [output, *(beside(output, ending) for ending in endings)]


def write_outputs(
    done: EnhancedFiles,
    paths: Sequence[Path],
    *,
    overwrite: bool,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Write the volume, its JSON file and the maps, all or none; then the report.

    Report and maps of an earlier result are removed together with it. A report that cannot be drawn
    is a warning; the JSON file states the reason.

    Args:
        done: The result.
        paths: From :func:`output_paths`.
        overwrite: Whether existing outputs may be replaced.
        progress: Called with (slices written, total slices), of DICOM.

    Returns:
        The content of the JSON file, but for the states of the pictures; its times include them.

    Raises:
        OutputExistsError: An output exists and ``overwrite`` is False.
        OutputWriteError: An output cannot be written.
    """
    enhanced, folder = done.enhanced, is_folder(paths[0])
    reports = [path for path in paths if path.suffix == REPORT_ENDING]
    data = [path for path in paths if path not in reports]
    states = {path.name: PENDING for path in reports}
    earlier = [path for path in earlier_companions(paths[0]) if path not in data]
    known = with_predicted_error(done.sidecar, enhanced) if data[2:] else done.sidecar
    start = time.perf_counter()
    with staged(data, overwrite=overwrite, folder=folder, removed=earlier) as files:
        if folder:
            write_dicom(done, files[0], progress=progress)
        else:
            write(enhanced.volume, files[0])
        for file in files[2:]:
            fill_folder(enhanced, files[0], file, done.verdict)
        content = done.recorded(known, files[0], start, report=bool(reports), maps=bool(files[2:]))
        write_json(with_pictures(content, states), files[1])
    drawings = dict.fromkeys(reports, partial(draw_report, done, content))
    found = write_optional(drawings, check=partial(check_own, content, paths[1]))
    record_pictures(content, found, paths[1])
    return content


def earlier_companions(output: Path) -> list[Path]:
    """Return the existing report and maps beside an output, which belong to an earlier result.

    Args:
        output: The volume, or the folder of slices.

    Returns:
        Files and folders that crossres made; not a folder to which files were added.
    """
    start = output if is_folder(output) else stem(output)
    report, maps = (start.with_name(start.name + end) for end in (REPORT_ENDING, MAPS_ENDING))
    found = [report] if is_report(report) else []
    return found + ([maps] if holds_only(maps, MAPS_FILE) else [])
