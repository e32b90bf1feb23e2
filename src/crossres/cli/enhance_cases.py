"""The cases of ``crossres enhance``: one, or those of a table, one after the other."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import typer

from crossres.cli.case_file import Case, read_cases
from crossres.cli.messages import failure_of, print_line, progress, warn, with_options
from crossres.cli.options import check_maps, checked_resolution, weights_names
from crossres.cli.settings import check_guide_settings
from crossres.inference.settings import EnhanceSettings

if TYPE_CHECKING:
    from crossres.inference import Enhanced
    from crossres.workflows.enhance import Request


@dataclass(frozen=True)
class Options:
    """The options of ``crossres enhance`` that all cases share.

    Args:
        factor: Fine voxels per voxel as text, or None.
        spacing: Instead: spacing as text, or None.
        weights: Names or files of weights, separated by commas, or None.
        settings: How.
        transform: File with the motion of the guide, or None.
        report: Whether a report is made.
        maps: Whether maps are made.
        overwrite: Whether existing outputs are replaced.
        skip_existing: Whether existing outputs are kept.
        quiet: Whether neither progress nor summaries are shown.
    """

    factor: str | None
    spacing: str | None
    weights: str | None
    settings: EnhanceSettings
    transform: Path | None
    report: bool
    maps: bool
    overwrite: bool
    skip_existing: bool
    quiet: bool


def run_table(path: Path, options: Options) -> None:
    """Enhance the cases of a table, whatever becomes of each, and print a summary.

    Args:
        path: The table.
        options: The shared options; a factor or a spacing of a row comes before them.

    Raises:
        CrossresError: The table cannot be used.
        Exit: With code 1, if a case failed.
    """
    from crossres.cli.tables import columns, counted

    cases, notes = read_cases(path)
    warn(notes)
    check_guides(cases, options)
    rows, failures = [], 0
    for number, case in enumerate(cases, start=1):
        if not options.quiet:
            print_line(f"{number} of {len(cases)}: {case.targets[0]}")
        state = _attempt(case, options)
        failures += state == "failed"
        rows.append((case.targets[0].name, case.output.name, state))
    title = f"{counted(len(cases), 'scan')}, {failures} failed"
    columns(title, ("target", "output", "state"), rows, quiet=options.quiet)
    if failures:
        raise typer.Exit(1)


def check_guides(cases: Sequence[Case], options: Options) -> None:
    """Refuse options that act on a guide where no case has one, and its influence without maps.

    Args:
        cases: All cases of the command.
        options: The shared options.

    Raises:
        SettingsError: Such an option was given.
    """
    if all(case.guide is None for case in cases):
        several = any(len(case.targets) > 1 for case in cases)
        more = [] if options.transform is None else ["transform"]
        check_guide_settings(options.settings, more, several=several)
    check_maps(options.settings.guide_influence, options.maps)


def _attempt(case: Case, options: Options) -> Literal["made", "kept", "failed"]:
    """Enhance a case; an error is printed, a defect with its traceback."""
    try:
        return run_case(case, options)
    except Exception as error:
        failure = failure_of(error)
        if failure is None:
            traceback.print_exception(error)
        reason = "a defect of crossres" if failure is None else failure.text
        reason = reason.removeprefix("error: ")
        print_line(f"failed: {case.output.name}: {reason}", level=logging.ERROR)
        return "failed"


def run_case(case: Case, options: Options) -> Literal["made", "kept"]:
    """Enhance the scans of one result, and write it.

    Args:
        case: The scans.
        options: How.

    Returns:
        "made", or "kept" for outputs that exist.

    Raises:
        CrossresError: Scans, settings or outputs that cannot be used.
    """
    from crossres.files import check_outputs
    from crossres.files.outputs import is_folder
    from crossres.io import holds_dicom
    from crossres.workflows.enhance import enhance_files, output_paths, write_outputs

    request = _request(case, options)
    paths = output_paths(
        case.output, report=options.report, maps=options.maps, dicom=holds_dicom(case.targets[0])
    )
    if options.skip_existing and all(path.exists() for path in paths[:2]):
        if not options.quiet:
            print_line(f"{case.output} exists and is kept")
        return "kept"
    inputs, folder = (*case.targets, case.guide), is_folder(case.output)
    check_outputs(paths, overwrite=options.overwrite, inputs=inputs, folder=folder)
    notify = None if options.quiet else _print_choice
    with progress("reading and enhancing", quiet=options.quiet) as shown:
        done = enhance_files(request, progress=shown, notify=notify, output=case.output)
    with progress("writing", quiet=options.quiet) as shown:
        content = write_outputs(done, paths, overwrite=options.overwrite, progress=shown)
    _summarise(done.enhanced, paths, content, quiet=options.quiet)
    return "made"


def _print_choice(text: str) -> None:
    print_line(with_options(text))


def _request(case: Case, options: Options) -> Request:
    """Return the request of a case; its own factor or spacing comes before the shared one."""
    from crossres.registration.transform_file import read_transform
    from crossres.weights import read_card
    from crossres.weights.choose import check_guide
    from crossres.workflows.enhance import Request
    from crossres.workflows.enhance.joinable import check_joinable

    own = case.factor is not None or case.spacing is not None
    grid = case if own else options
    if case.guide is None and case.guide_series is not None:
        check_guide_settings(EnhanceSettings(), ["guide_series"])
    series = _series(case.series, len(case.targets))
    factor, spacing = checked_resolution(grid.factor, grid.spacing)
    weights = weights_names(options.weights)
    for name in weights:
        check_guide(read_card(name), guided=case.guide is not None)
    if len(case.targets) > 1:
        check_joinable(options.settings)
    return Request(
        target=case.targets[0],
        guide=case.guide,
        factor=factor,
        spacing=spacing,
        weights=weights,
        others=case.targets[1:],
        series=series[0],
        other_series=series[1:],
        guide_series=case.guide_series,
        settings=options.settings,
        transform=None if options.transform is None else read_transform(options.transform),
    )


def _series(series: Sequence[str], count: int) -> tuple[str | None, ...]:
    """Return the series of each scan.

    Raises:
        SettingsError: Another number of series than of scans.
    """
    from crossres.types import SettingsError

    if not series:
        return (None,) * count
    if len(series) != count:
        raise SettingsError(
            f"`series` was given {len(series)} times for {count} scans; give it once for each scan"
        )
    return tuple(series)


def _summarise(
    enhanced: Enhanced, paths: list[Path], content: Mapping[str, Any], *, quiet: bool
) -> None:
    """Print what was done, with predicted error and total time of the JSON file, as a table."""
    from crossres.cli.tables import facts
    from crossres.inference.noise import noise_description
    from crossres.volume.size_text import size_text
    from crossres.workflows.enhance import use_of_guide
    from crossres.workflows.enhance.predicted_error import predicted_error_row

    errors, pair, scan = enhanced.consistency, enhanced.pair, enhanced.aligned.pair.target
    before, after = f"{100 * errors.interpolation:.2f} %", f"{100 * errors.result:.2f} %"
    if errors.noise:
        after += f" (noise of the scan: {100 * errors.noise:.2f} %)"
    rows = {
        "spacing": f"{size_text(scan.spacing)} -> {size_text(pair.fine.spacing)}",
        "noise": noise_description(enhanced.noise),
        "guide": use_of_guide(enhanced),
        "weights": enhanced.weights,
        **{f"scan {n}": scan.description for n, scan in enumerate(enhanced.scans, start=1)},
        "data-consistency error": f"{before} (interpolated) -> {after}",
        **predicted_error_row(content),
        "time": f"{content['timings_seconds']['total']:.1f} s",
    }
    facts("Enhanced", rows, files=paths, quiet=quiet)
