"""Mutations of the pixels of DICOM series: bits, lengths, compressions and their bytes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import imagecodecs
import numpy as np
from pydicom import Dataset
from pydicom.encaps import encapsulate
from pydicom.uid import (
    UID,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    RLELossless,
)

from fuzz import damage
from fuzz.case import Bench, Meaning
from fuzz.dicom_series import Mutated, Slices, first_or_all, pixels, volume

_CODERS: dict[UID, Callable[[Any], bytes | bytearray]] = {
    JPEG2000Lossless: lambda image: imagecodecs.jpeg2k_encode(
        image, level=0, reversible=True, codecformat="j2k"
    ),
    JPEGLSLossless: lambda image: imagecodecs.jpegls_encode(image),
    JPEGLosslessSV1: imagecodecs.ljpeg_encode,
}


def _store(header: Dataset, values: np.ndarray) -> None:
    header["PixelData"].value = np.ascontiguousarray(values.astype("<u2")).tobytes()


def _bits(header: Dataset, stored: int, high: int) -> None:
    header.BitsStored, header.HighBit = stored, high


def overlay_bits(bench: Bench, slices: Slices) -> Mutated:
    """Set bits above BitsStored, as overlays of old scanners; in any compression."""
    for header in slices:
        values = pixels(header)
        values[2:6, 3:9] |= np.uint16(bench.choose((0x1000, 0x8000, 0xF000)))
        _store(header, values)
        _bits(header, 12, 11)
    coded = _compress(bench, slices) if bench.random.random() < 0.6 else "uncompressed"
    return Mutated(f"bits above the 12 stored ones, {coded}", Meaning.SAME)


def left_aligned(bench: Bench, slices: Slices) -> Mutated:
    """Store 12 bits at the top of 16."""
    for header in slices:
        _store(header, pixels(header) << 4)
        _bits(header, 12, 15)
    return Mutated("12 bits, HighBit 15", Meaning.SAME)


def odd_bits(bench: Bench, slices: Slices) -> Mutated:
    """State numbers of bits that contradict each other."""
    stored, high = bench.choose(((0, 15), (17, 16), (16, 7), (12, 20), (65535, 65534), (12, 3)))
    chosen, which = first_or_all(bench, slices)
    for header in chosen:
        _bits(header, stored, high)
    return Mutated(f"BitsStored {stored}, HighBit {high} in {which}", Meaning.LOUD)


def length(bench: Bench, slices: Slices) -> Mutated:
    """Remove bytes of the pixels, or add some."""
    chosen, which = first_or_all(bench, slices)
    change = int(bench.choose((-400, -2, -40, 2, 40, 800, -800)))
    for header in chosen:
        content = header.PixelData
        header["PixelData"].value = content[:change] if change < 0 else content + bytes(change)
    # Two bytes more are common padding.
    meaning = Meaning.SAME if change == 2 else Meaning.LOUD
    return Mutated(f"{change:+d} bytes of pixels in {which}", meaning)


def _compress(bench: Bench, slices: Slices, syntax: UID | None = None) -> str:
    syntax = syntax or bench.choose((*_CODERS, RLELossless))
    for header in slices:
        if syntax == RLELossless:
            header.compress(RLELossless, generate_instance_uid=False)
            continue
        _encapsulated(header, syntax, _CODERS[syntax](pixels(header)))
    return str(syntax.name)


def _encapsulated(header: Dataset, syntax: UID, coded: bytes | bytearray) -> None:
    header.PixelData = encapsulate([bytes(coded)])
    header["PixelData"].VR, header["PixelData"].is_undefined_length = "OB", True
    header.file_meta.TransferSyntaxUID = syntax


def compressed(bench: Bench, slices: Slices) -> Mutated:
    """Compress without loss."""
    return Mutated(f"compressed: {_compress(bench, slices)}", Meaning.HARMLESS)


def implicit(bench: Bench, slices: Slices) -> Mutated:
    """Write without representations."""
    for header in slices:
        header.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian
    return Mutated("implicit representations", Meaning.HARMLESS)


def damaged_codes(bench: Bench, slices: Slices) -> Mutated:
    """Flip or remove bytes of one compressed slice: a decoder need not notice flips."""
    syntax = bench.choose(_CODERS)
    _compress(bench, slices, syntax)
    header = slices[int(bench.random.integers(len(slices)))]
    cut = bench.random.random() < 0.4
    original = volume().data[:, :, slices.index(header)].T.astype("u2")
    coded = bytes(_CODERS[syntax](np.ascontiguousarray(original)))
    if cut:
        coded = coded[: int(bench.random.integers(len(coded) // 8, len(coded) * 7 // 8))]
    else:
        coded = damage.flip(coded, bench.random)
    _encapsulated(header, syntax, coded)
    truth = replace(volume(), place_only=True)
    how = "cut" if cut else "flipped"
    return Mutated(f"{how}: {syntax.name}", Meaning.LOUD if cut else Meaning.SAME, truth)


def other_photometry(bench: Bench, slices: Slices) -> Mutated:
    """State another interpretation of the pixels."""
    name = bench.choose(("MONOCHROME1", "RGB", "PALETTE COLOR", "YBR_FULL", "X", ""))
    chosen, which = first_or_all(bench, slices)
    for header in chosen:
        header.PhotometricInterpretation = name
    return Mutated(f"{name!r} in {which}", Meaning.EITHER)


def signed(bench: Bench, slices: Slices) -> Mutated:
    """State signed numbers: the same values, all of them below 32768."""
    for header in slices:
        header.PixelRepresentation = 1
        header.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    return Mutated("signed pixels", Meaning.HARMLESS)


PIXELS: tuple[Callable[[Bench, Slices], Mutated], ...] = (
    overlay_bits, left_aligned, odd_bits, length, compressed, implicit, damaged_codes,
    other_photometry, signed,
)  # fmt: skip
