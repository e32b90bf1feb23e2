"""Mutations of DICOM series: elements of one slice or of all, pixels, syntaxes, files, names."""

from __future__ import annotations

import gzip
import shutil
import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pydicom
from pydicom import uid
from pydicom.sequence import Sequence as Items

from fuzz import damage
from fuzz.case import Bench, Case, Meaning
from fuzz.dicom_pixels import PIXELS
from fuzz.dicom_series import (
    Mutated,
    Slices,
    build,
    first_or_all,
    put,
    shifted,
    unique,
    volume,
    write,
)
from fuzz.dicom_series import scaled as scaled_truth
from fuzz.nifti import scan_commands

LOUD, SAME, EITHER, HARMLESS = Meaning.LOUD, Meaning.SAME, Meaning.EITHER, Meaning.HARMLESS
_TEXTS = ("", " ", "nan", "inf", "-1", "0", "1e400", "abc", "1\\2", "9" * 80, "0.0000000001", "-0",
          "\udcff\udcfe", "1,5", "1.0.0", "2147483647", "A" * 70000, "\0\0")  # fmt: skip
_IDLE = (
    "PatientName", "PatientID", "StudyDate", "StudyTime", "SeriesDescription", "SOPInstanceUID",
    "FrameOfReferenceUID", "InstanceNumber", "SliceLocation", "SeriesNumber", "PatientSex",
    "StudyInstanceUID", "AccessionNumber", "PatientBirthDate", "WindowCenter", "WindowWidth",
    "ProtocolName", "ImageComments", "SpecificCharacterSet", "ContentDate", "PatientAge",
)  # fmt: skip
"""Elements without a part in values or places."""
_TRAITS = ("EchoTime", "ImageType", "SliceThickness", "SpacingBetweenSlices", "RepetitionTime",
           "Modality", "SeriesInstanceUID", "SOPClassUID", "MRAcquisitionType")  # fmt: skip
"""Elements by which slices may be grouped: the head or a refusal, never a part of it."""


def _idle(bench: Bench, slices: Slices) -> Mutated:
    return _odd(bench, slices, bench.choose(_IDLE), SAME)


def _trait(bench: Bench, slices: Slices) -> Mutated:
    return _odd(bench, slices, bench.choose(_TRAITS), SAME)


def _odd(bench: Bench, slices: Slices, name: str, meaning: Meaning) -> Mutated:
    """Remove an element or set it to an odd text."""
    chosen, which = first_or_all(bench, slices)
    if bench.random.random() < 0.25:
        for header in chosen:
            header.pop(name, None)
        return Mutated(f"{name} removed of {which}", meaning)
    text = bench.choose(_TEXTS)
    for header in chosen:
        put(header, name, text)
    return Mutated(f"{name} = {text[:20]!r} in {which}", meaning)


def _pixel_group(bench: Bench, slices: Slices) -> Mutated:
    """Set a whole number that describes the pixels to another."""
    name = bench.choose(
        ("Rows", "Columns", "BitsAllocated", "SamplesPerPixel", "PlanarConfiguration")
    )
    value = bench.choose((0, 1, 2, 3, 8, 10, 12, 19, 21, 32, 400, 65535))
    chosen, which = first_or_all(bench, slices)
    before = slices[0].get(name)
    for header in chosen:
        put(header, name, int(value))
    idle = name == "PlanarConfiguration" or value == before
    return Mutated(f"{name} = {value} in {which}", SAME if idle else LOUD)


def _needed(bench: Bench, slices: Slices) -> Mutated:
    """Remove or spoil an element without which the image or its place is unknown."""
    name = bench.choose(("Rows", "Columns", "BitsAllocated", "PixelData", "PixelRepresentation",
                         "ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing",
                         "SamplesPerPixel", "PhotometricInterpretation", "BitsStored"))  # fmt: skip
    chosen, which = first_or_all(bench, slices)
    spatial = name.startswith("Image") or name == "PixelSpacing"
    if spatial and bench.random.random() < 0.7:
        text = bench.choose((*_TEXTS, "0\\0\\0", "nan\\1\\1", "1\\0\\0\\0\\1\\nan", "0\\0", "-2\\2",
                             "1\\0\\0\\1\\0\\0", "0\\0\\0\\0\\0\\0", "2\\0\\0\\0\\2\\0",
        ))  # fmt: skip
        for header in chosen:
            put(header, name, text)
        return Mutated(f"{name} = {text[:20]!r} in {which}", LOUD)
    for header in chosen:
        header.pop(name, None)
    described = name in (
        "PixelRepresentation",
        "SamplesPerPixel",
        "PhotometricInterpretation",
        "BitsStored",
    )
    return Mutated(f"{name} removed of {which}", SAME if described else LOUD)


_DESCRIBED = ("PixelRepresentation", "SamplesPerPixel", "PhotometricInterpretation", "BitsStored")
"""Elements whose usual value may be assumed."""


def _frames(bench: Bench, slices: Slices) -> Mutated:
    text = bench.choose(("2147483647", "0", "2", "-1", "x", "1", "1.0", "99999999999999999999", ""))
    chosen, which = first_or_all(bench, slices)
    for header in chosen:
        put(header, "NumberOfFrames", text)
    loud = text in ("2147483647", "2", "99999999999999999999")
    return Mutated(f"NumberOfFrames = {text!r} in {which}", LOUD if loud else SAME)


def _rescaled(bench: Bench, slices: Slices) -> Mutated:
    """Scale each slice in its own way, all but one, or by nothing at all."""
    slopes = [float(bench.choose((1, 2, 0.5))) for _ in slices]
    intercepts = [float(bench.choose((0, 0, 10))) for _ in slices]
    for header, slope, intercept in zip(slices, slopes, intercepts, strict=True):
        header.RescaleSlope, header.RescaleIntercept = slope, intercept
    draw, number = bench.random.random(), int(bench.random.integers(len(slices)))
    if draw < 0.35:
        return Mutated("a scale for each slice", SAME, scaled_truth(slopes, intercepts))
    if draw < 0.6:
        name = bench.choose(("RescaleSlope", "RescaleIntercept"))
        slices[number].pop(name)
        return Mutated(f"{name} missing in slice {number}", LOUD)
    text = bench.choose(("0", "nan", "inf", "x", "", "1\\2", "1e400"))
    put(slices[number], "RescaleSlope", text)
    return Mutated(f"RescaleSlope = {text!r} in slice {number}", LOUD)


def _moved(bench: Bench, slices: Slices) -> Mutated:
    """Move all slices, or one of them."""
    offset = bench.choose(((30.0, -20.0, 7.5), (0.0, 0.0, 1e6), (500.0, 0.0, 0.0)))
    chosen, which = first_or_all(bench, slices)
    for header in chosen:
        position = [float(a) + b for a, b in zip(header.ImagePositionPatient, offset, strict=True)]
        header.ImagePositionPatient = position
    far = max(offset) > 1e4 or len(chosen) == 1
    return Mutated(
        f"{which} moved by {offset}", LOUD if far else SAME, None if far else shifted(offset)
    )


def _turned(bench: Bench, slices: Slices) -> Mutated:
    """Turn one slice, or scale its pixels."""
    header = slices[int(bench.random.integers(len(slices)))]
    if bench.random.random() < 0.5:
        header.PixelSpacing = [2.0, bench.choose((1.0, 2.2, 200.0))]
        return Mutated(f"PixelSpacing = {header.PixelSpacing} in one slice", LOUD)
    header.ImageOrientationPatient = bench.choose(([0, 1, 0, 1, 0, 0], [1, 0, 0, 0, 0.9, 0.436]))
    return Mutated("one slice turned", LOUD)


def _files(bench: Bench, slices: Slices) -> Mutated:
    """Repeat a slice, or leave one out."""
    number = int(bench.random.integers(1, len(slices) - 1))
    kind = bench.choose(("copy", "another image", "gap"))
    if kind == "gap":
        del slices[number]
        return Mutated(f"slice {number} missing", LOUD)
    copy = pydicom.Dataset(slices[number])
    copy.file_meta = slices[number].file_meta
    slices.append(copy)
    if kind == "copy":
        return Mutated(f"slice {number} twice", SAME)
    copy.PixelData, copy.SOPInstanceUID = slices[number - 1].PixelData, unique("other")
    return Mutated(f"another image in the place of slice {number}", LOUD)


def _nested(bench: Bench, slices: Slices) -> Mutated:
    """Add sequences in sequences."""
    item = pydicom.Dataset()
    for _ in range(int(bench.choose((3, 60)))):
        outer = pydicom.Dataset()
        outer.RequestAttributesSequence = Items([item])
        item = outer
    slices[0].RequestAttributesSequence = Items([item])
    return Mutated("sequences in sequences", SAME)


def _bytes(bench: Bench, slices: Slices) -> Mutated:
    """Damage the bytes of one file; a truncated one is loud, a flipped one may mean anything."""
    name = bench.choose(damage.BYTES)
    number = int(bench.random.integers(len(slices)))
    seed = int(bench.random.integers(2**31))
    change = {number: lambda content: damage.BYTES[name](content, np.random.default_rng(seed))}
    meaning = {"truncated": LOUD, "bytes appended": EITHER}.get(name, SAME)
    truth = replace(volume(), place_only=True)
    return Mutated(f"slice {number}: {name}", meaning, truth, change)


def _no_preamble(bench: Bench, slices: Slices) -> Mutated:
    kept = bench.choose((128, 132))
    change = {k: lambda content: content[kept:] for k in range(len(slices))}
    return Mutated(f"the first {kept} bytes missing", SAME, content=change)


def _zipped(bench: Bench, slices: Slices) -> Mutated:
    change = {k: lambda content: gzip.compress(content, mtime=0) for k in range(len(slices))}
    return Mutated("each file in gzip", SAME, content=change)


def _syntax(bench: Bench, slices: Slices) -> Mutated:
    """State a transfer syntax that is not that of the bytes."""
    names = ("ImplicitVRLittleEndian", "ExplicitVRBigEndian", "JPEG2000Lossless", "RLELossless",
             "DeflatedExplicitVRLittleEndian", "JPEGLSLossless", "JPEGBaseline8Bit", "MPEG2MPML",
    )  # fmt: skip
    name = bench.choose(names)
    before, after = str(uid.ExplicitVRLittleEndian), str(getattr(uid, name))
    odd = bench.choose((after, after, "1.2.3", ""))
    change = {k: lambda content: _meta(content, before, odd) for k in range(len(slices))}
    return Mutated(f"transfer syntax {odd!r} stated", SAME, content=change)


def _meta(content: bytes, before: str, after: str) -> bytes:
    """Replace the transfer syntax in the header of a file."""
    old, new = (text.encode() + b"\0" * (len(text) % 2) for text in (before, after))
    place = content.index(old)
    length = (len(new)).to_bytes(2, "little")
    return content[: place - 2] + length + new + content[place + len(old) :]


def _deflated_bomb(bench: Bench, slices: Slices) -> Mutated:
    """Deflate a file with a private element of zeros."""
    size = int(bench.choose((64, 1024))) << 20

    def pack(content: bytes) -> bytes:
        start = content.index(b"\x02\x00\x10\x00")
        end = start + 8 + content[start + 6]
        body = _meta(
            content, str(uid.ExplicitVRLittleEndian), str(uid.DeflatedExplicitVRLittleEndian)
        )
        grown = len(body) - len(content)
        packer = zlib.compressobj(9, wbits=-15)
        tail = b"\xff\x7f\x10\x10OB\0\0" + size.to_bytes(4, "little")
        packed = packer.compress(body[end + grown :] + tail)
        zeros = bytes(1 << 20)
        first = packer.compress(zeros) + packer.flush(zlib.Z_FULL_FLUSH)
        block = packer.compress(zeros) + packer.flush(zlib.Z_FULL_FLUSH)
        blocks = block * ((size >> 20) - 1)
        return body[: end + grown] + packed + first + blocks + packer.flush()

    return Mutated(f"{size >> 20} MiB of zeros, deflated", SAME, content={0: pack})


_MUTATIONS: tuple[Callable[[Bench, Slices], Mutated], ...] = (
    _idle, _idle, _trait, _trait, _pixel_group, _needed, _needed, _frames, _rescaled, _rescaled,
    _moved, _turned, _files, _nested, _bytes, _bytes, _no_preamble, _zipped, _syntax,
    *PIXELS, *PIXELS,
)  # fmt: skip
_NAMES: dict[str, Callable[[int], str]] = {
    "by number": lambda k: f"IM{k:04d}.dcm",
    "no ending": lambda k: f"{7919 * k % 100:02d}",
    "not UTF-8": lambda k: f"Aufnahme \udcfc{k}.dcm",
    "spaces and quotes": lambda k: f" {k}'\"$(x) .IMA",
    "emoji and line break": lambda k: f"\U0001f9e0\n{k}.dcm",
    "long": lambda k: f"{'n' * 240}{k}.dcm",
    "in sub-folders": lambda k: f"S{k % 2}/{k}.dcm",
}


def make(bench: Bench) -> Case:
    """Make a case of one mutated series."""
    slices = build(volume())
    rare = bench.random.random() < 0.01
    mutated = (_deflated_bomb if rare else bench.choose(_MUTATIONS))(bench, slices)
    names = bench.choose(_NAMES) if bench.random.random() < 0.3 else "by number"
    folder = bench.inputs / "series"
    for sub in ("S0", "S1")[: 2 * (names == "in sub-folders")]:
        (folder / sub).mkdir(parents=True)
    paths = write(slices, folder, _NAMES[names])
    for number, change in (mutated.content or {}).items():
        paths[number].write_bytes(change(paths[number].read_bytes()))
    _beside(bench, folder)
    truth = volume() if mutated.truth is None and mutated.meaning is not LOUD else mutated.truth
    truth = None if mutated.meaning is EITHER else truth
    commands = scan_commands(bench, folder, truth)
    return Case((mutated.change, f"names {names}"), mutated.meaning, commands)


def _beside(bench: Bench, folder: Path) -> None:
    """Add files that are no DICOM, now and then."""
    if bench.random.random() < 0.2:
        (folder / "notes.txt").write_text("no image")
        (folder / "empty").touch()
        shutil.copy(bench.templates / "t2.nii.gz", folder)
