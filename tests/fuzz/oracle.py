"""The outcome of a case, and whether it is a fault."""

from __future__ import annotations

import shutil
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import nibabel as nib
import numpy as np
from nibabel.filebasedimages import ImageFileError

from fuzz.case import Case, Command, Meaning, Truth
from fuzz.programs import READING
from fuzz.server import BYTES, SECONDS, Ended, Server


class Outcome(StrEnum):
    """What came of a command or a case; those in capitals are faults."""

    OK = "ok"
    WARNED = "warned"
    REFUSED = "refused"
    NEEDLESS = "refused though valid"
    SILENT = "SILENT"
    TRACEBACK = "TRACEBACK"
    HANG = "HANG"
    MEMORY = "MEMORY"
    LEFTOVER = "LEFTOVER"
    NOISE = "NOISE"
    EXIT = "EXIT"

    @property
    def fault(self) -> bool:
        """Whether the program, not the input, is wrong."""
        return self.value.isupper()


_SEVEREST = (
    Outcome.SILENT, Outcome.HANG, Outcome.MEMORY, Outcome.TRACEBACK, Outcome.EXIT, Outcome.LEFTOVER,
    Outcome.NOISE, Outcome.NEEDLESS, Outcome.REFUSED, Outcome.WARNED, Outcome.OK,
)  # fmt: skip


@dataclass(frozen=True)
class Finding:
    """The outcome of a case, with the command that decides it and a reason in words."""

    outcome: Outcome
    command: str = ""
    reason: str = ""


def judge(case: Case, server: Server, outputs: Path, log: Path) -> Finding:
    """Run the commands of a case and return the severest outcome."""
    findings = [_judge(case, command, server, outputs, log) for command in case.commands]
    return min(findings, key=lambda found: _SEVEREST.index(found.outcome))


def _judge(case: Case, command: Command, server: Server, outputs: Path, log: Path) -> Finding:
    before = listing(outputs.parent)
    ended = server.run(command.words, outputs, log)
    new = [name for name in listing(outputs.parent) if name not in before]
    outcome, reason = (
        _ended(ended) or _left(ended, command, new) or _read(case, command, ended, outputs)
    )
    (outputs / READING).unlink(missing_ok=True)
    return Finding(outcome, " ".join(command.words), reason)


def listing(folder: Path) -> set[str]:
    """Return the files below a folder but for the log, without following links."""
    return {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.relative_to(folder).parts[0] != "log"
    }


def _ended(ended: Ended) -> tuple[Outcome, str] | None:
    """Return the fault of a command that did not end as it should; None if it did."""
    if ended.peak > BYTES:
        return Outcome.MEMORY, f"{ended.peak / 2**30:.1f} GiB"
    if ended.seconds > SECONDS:
        return Outcome.HANG, f"{ended.seconds:.0f} s"
    if "Traceback (most recent call last)" in ended.stderr:
        return Outcome.TRACEBACK, _last_line(ended.stderr)
    if ended.code not in (0, 1, 2) or (ended.code == 1 and "failed: " not in ended.stderr):
        return Outcome.EXIT, f"exit code {ended.code}: {_last_line(ended.stderr)}"
    errors = [line for line in _lines(ended) if line.startswith("crossres: error:")]
    known = ("crossres: error:", "crossres: warning:", "crossres: failed:")
    other = [line for line in _lines(ended) if not line.startswith(known)]
    if other or len(errors) != (ended.code == 2):
        return Outcome.NOISE, other[0] if other else f"{len(errors)} errors"
    return None


def _lines(ended: Ended) -> list[str]:
    return [line for line in ended.stderr.splitlines() if line.strip()]


def _last_line(text: str) -> str:
    return text.strip().rsplit("\n", 1)[-1][:300]


def _left(ended: Ended, command: Command, new: Iterable[str]) -> tuple[Outcome, str] | None:
    """Return the fault of temporary files, and of any new file after a refusal."""
    parts = [name for name in new if ".part-" in name]
    if ended.code == 2:
        allowed = {
            path for pattern in command.may_leave for path in new if Path(path).match(pattern)
        }
        parts = [name for name in new if name not in allowed]
    return (Outcome.LEFTOVER, ", ".join(sorted(parts)[:5])) if parts else None


def _read(case: Case, command: Command, ended: Ended, outputs: Path) -> tuple[Outcome, str]:
    """Judge a command that ended well: the result against the truth, or the refusal."""
    if ended.code != 0:
        needless = case.meaning is Meaning.HARMLESS
        return (Outcome.NEEDLESS if needless else Outcome.REFUSED), _last_line(ended.stderr)
    if "crossres: warning:" in ended.stderr:
        return Outcome.WARNED, _last_line(ended.stderr)
    if case.meaning is Meaning.LOUD and not command.lists:
        return Outcome.SILENT, "read without a warning"
    complaint = _complaint(command, outputs)
    return (Outcome.SILENT, complaint) if complaint else (Outcome.OK, "")


def _complaint(command: Command, outputs: Path) -> str:
    """Return what is wrong with the outputs, or "" if nothing is."""
    try:
        found = [complaint for check in command.checks if (complaint := check(outputs))]
        if command.words[0] == "read":
            stored = np.load(outputs / READING)
            found.append(differs(command.truth, Truth(stored["data"], stored["affine"])))
        elif command.volume is not None:
            image = nib.load(outputs / command.volume)
            made = Truth(image.get_fdata(), image.affine)
            found.append(coarsely_differs(command.truth, made))
    except (OSError, EOFError, ValueError, zlib.error, ImageFileError) as error:
        return f"an output cannot be read: {type(error).__name__}: {error}"
    return next((complaint for complaint in found if complaint), "")


def differs(truth: Truth | None, read: Truth) -> str:
    """Return how an image differs from the truth, voxel by voxel; "" if it does not."""
    if not np.isfinite(read.data).all():
        return "voxels that are not finite"
    if truth is None:
        return ""
    if truth.data.shape != read.data.shape:
        return f"shape {read.data.shape} instead of {truth.data.shape}"
    if complaint := _place(truth, read):
        return complaint
    scale = max(float(np.ptp(truth.data)), 1e-30)
    error = float(np.abs(truth.data - read.data.astype(np.float64)).max()) / scale
    return "" if truth.place_only or error < 1e-4 else f"values wrong by {error:.1%} of the range"


def _place(truth: Truth, read: Truth) -> str:
    moved = float(np.abs(truth.corners() - read.corners()).max())
    # A twentieth of a voxel: what rounding to four digits may do at the far end of an image.
    edge = float(np.linalg.norm(truth.affine[:3, :3], axis=0).min())
    return "" if moved < max(0.05 * edge, 1e-3) else f"corners wrong by {moved:.3g} mm"


def coarsely_differs(truth: Truth | None, made: Truth) -> str:
    """Return how a result on another grid differs from the scan: place, and means of blocks."""
    if not np.isfinite(made.data).all():
        return "voxels that are not finite"
    if truth is None:
        return ""
    if complaint := _place(truth, made):
        return complaint
    if truth.place_only:
        return ""
    steps = tuple(int(np.gcd(a, b)) for a, b in zip(truth.data.shape, made.data.shape, strict=True))
    expected, found = (_means(image.data, steps) for image in (truth, made))
    scale = max(float(np.ptp(expected)), 1e-30)
    error = float(np.sqrt(np.square(expected - found).mean())) / scale
    return "" if error < 0.1 else f"means of blocks wrong by {error:.1%} of the range"


def _means(data: np.ndarray, steps: tuple[int, ...]) -> np.ndarray:
    """Return the means over blocks, ``steps`` of them along each axis."""
    for axis, (size, count) in enumerate(zip(data.shape, steps, strict=True)):
        blocks = (*data.shape[:axis], count, size // count, *data.shape[axis + 1 :])
        data = data.astype(np.float64).reshape(blocks).mean(axis + 1)
    return data


def clear(folder: Path) -> None:
    """Remove the files of a case, whatever their permissions and names."""
    shutil.rmtree(folder, ignore_errors=True)
