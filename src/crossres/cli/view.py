"""crossres view: a result and its maps in the browser."""

from __future__ import annotations

import os
import sys
import threading
import webbrowser
from pathlib import Path
from typing import Annotated

import typer

from crossres.cli.options import examples
from crossres.cli.panels import BROWSER, GENERAL

EXAMPLES = examples(
    "crossres enhance T2.nii.gz --guide T1.nii.gz --factor 4,4,1 -o SR.nii.gz --maps",
    "crossres view SR.nii.gz",
    "crossres view SR.maps --port 8899 --no-browser",
)


def view(
    result: Annotated[
        Path, typer.Argument(metavar="SR.nii.gz|SR.maps", help="A result that has maps.")
    ],
    port: Annotated[
        int | None,
        typer.Option(
            "--port", min=1, max=65535, rich_help_panel=BROWSER, help="By default a free one."
        ),
    ] = None,
    no_browser: Annotated[
        bool,
        typer.Option("--no-browser", rich_help_panel=BROWSER, help="Open no browser."),
    ] = False,
    quiet: Annotated[
        bool,
        typer.Option(
            "--quiet", "-q", rich_help_panel=GENERAL, help="Print the address, and nothing else."
        ),
    ] = False,
) -> None:
    """Show scan, interpolated (cubic), result, guide and maps in the browser.

    Serves one result to this machine only, until Ctrl-C, and computes nothing.
    """
    from crossres.viewer import Viewer, open_result

    result = _volume_beside(result)
    viewer = Viewer(open_result(result), port=port or 0)
    typer.echo(viewer.url if quiet else f"{result.name} is at {viewer.url}")
    if not quiet:
        typer.echo("Ctrl-C ends the viewer.")
    if not no_browser and _has_screen():
        # Some browsers block the process that starts them.
        threading.Thread(target=webbrowser.open, args=(viewer.ticket_url,), daemon=True).start()
    try:
        viewer.run()
    except KeyboardInterrupt as error:
        error.args = ("the viewer has ended",)
        raise


def _volume_beside(path: Path) -> Path:
    """Return the volume that a JSON file lies beside; any other path as it is."""
    from crossres.files.outputs import IMAGES

    if path.suffix != ".json":
        return path
    volumes = (path.with_name(path.stem + ending) for ending in (*IMAGES, ""))
    return next((volume for volume in volumes if volume.exists()), path)


def _has_screen() -> bool:
    """Return whether a browser can open a window; without one a text browser would start."""
    windows = ("DISPLAY", "WAYLAND_DISPLAY")
    return not sys.platform.startswith("linux") or any(os.environ.get(name) for name in windows)
