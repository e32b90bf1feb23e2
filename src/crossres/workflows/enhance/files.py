"""One scan from files to files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from crossres.files import staged, write_json
from crossres.files.outputs import MAPS_ENDING, beside, folder_name, is_folder, stem
from crossres.inference import RunLog
from crossres.io import find_input, write
from crossres.report import fill_folder, write_report
from crossres.types import Progress
from crossres.volume import fine_grid
from crossres.weights import WeightCard
from crossres.workflows.enhance.dicom import write_dicom
from crossres.workflows.enhance.report import report_of
from crossres.workflows.enhance.request import Request, contrast_notes
from crossres.workflows.enhance.result import EnhancedFiles
from crossres.workflows.enhance.volumes import enhance_volumes


def enhance_files(request: Request, *, progress: Progress | None = None) -> EnhancedFiles:
    """Enhance one scan, without writing anything.

    Args:
        request: Scans, grid, weights and settings.
        progress: Called with (files read, total files), then with (slices done, total slices).

    Returns:
        The result.

    Raises:
        CrossresError: Whatever in the request or the files cannot be used.
    """
    log, trust = RunLog(), request.settings.trust
    inputs = {"target": find_input(request.target, request.series, parameter="series")}
    target, notes = inputs["target"].load(progress=progress, trust=trust)
    fine = fine_grid(target.grid, factor=request.factor, spacing=request.spacing)
    guide = None
    if request.guide is not None:
        series = request.guide_series
        inputs["guide"] = find_input(request.guide, series, parameter="guide_series")
        guide, more = inputs["guide"].load(progress=progress, trust=trust)
        notes = [*notes, *more]
    log.warn(notes)
    log.lap("reading")

    def warnings(card: WeightCard) -> Sequence[str]:
        return contrast_notes(card, request.contrasts, inputs)

    enhanced = enhance_volumes(
        target, guide, fine, weights=request.weights, notes=warnings,
        settings=request.settings, log=log, progress=progress,
    )  # fmt: skip
    return EnhancedFiles(request, inputs, enhanced)


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
    endings = [".json", *[".html"] * report, *[MAPS_ENDING] * maps]
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
) -> None:
    """Write the volume, the JSON file and all else that there is a path for: all or none.

    Args:
        done: The result.
        paths: From :func:`output_paths`.
        overwrite: Whether existing outputs may be replaced.
        progress: Called with (slices written, total slices), of DICOM.

    Raises:
        OutputExistsError: An output exists and ``overwrite`` is False.
        OutputWriteError: An output cannot be written.
    """
    enhanced, folder = done.enhanced, is_folder(paths[0])
    with staged(paths, overwrite=overwrite, folder=folder) as files:
        if folder:
            write_dicom(done, files[0], progress=progress)
        else:
            write(enhanced.volume, files[0])
        write_json(done.sidecar, files[1])
        for path, file in zip(paths[2:], files[2:], strict=True):
            if path.suffix == MAPS_ENDING:
                fill_folder(enhanced, files[0], file)
            else:
                write_report(report_of(done), file)
