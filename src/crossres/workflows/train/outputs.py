"""The outputs of a training: weights, loss curve and its picture."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from crossres.files import staged
from crossres.files.outputs import beside
from crossres.inference import Cascade
from crossres.report import write_optional
from crossres.weights import WeightCard, save_weights
from crossres.workflows.train.curves import Curves, draw_curve, write_curve

_ENDINGS = (".safetensors",)


def training_paths(output: Path) -> list[Path]:
    """Return the files that a training makes.

    Args:
        output: File of the weights.

    Returns:
        Weights, loss curve as CSV, loss curve as PNG.

    Raises:
        FileFormatError: The name of the weights does not end in .safetensors.

    Example:
        >>> [path.name for path in training_paths(Path("my.safetensors"))]
        ['my.safetensors', 'my_loss.csv', 'my_loss.png']
    """
    return [output, *(beside(output, end, _ENDINGS) for end in ("_loss.csv", "_loss.png"))]


def write_training(
    cascade: Cascade,
    card: WeightCard,
    curves: Curves,
    paths: Sequence[Path],
    *,
    overwrite: bool = False,
) -> None:
    """Write weights and loss curve, both or none; then the picture of the curve.

    A picture that cannot be drawn is a warning.

    Args:
        cascade: The networks.
        card: Their card.
        curves: Loss curves.
        paths: The files, from :func:`training_paths`.
        overwrite: Whether existing files are replaced.

    Raises:
        OutputExistsError: A file exists and ``overwrite`` is False.
        OutputWriteError: The folder is missing or read-only, or the disk is full.
    """
    weights, curve, picture = paths
    earlier = [picture] if overwrite and picture.exists() else []
    with staged([weights, curve], overwrite=overwrite, removed=earlier) as files:
        save_weights(cascade, card, files[0])
        write_curve(curves, files[1])
    write_optional({picture: lambda file: draw_curve(curves, file)})
