"""Simulate a head and write its T2w and T1w as an export: two series in one folder, unsorted.

    python draw_export.py

makes the folder ``export`` with one DICOM file per slice. It contains no patient data.
"""

from pathlib import Path

import numpy as np
from pydicom import Dataset
from pydicom.dataset import FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, MRImageStorage, generate_uid

import crossres as cr

FOLDER = Path("export")
SAME = {  # what all images of the examination share
    "PatientName": "Phantom^Head",
    "PatientID": "PHANTOM-7",
    "StudyInstanceUID": generate_uid(),
    "FrameOfReferenceUID": generate_uid(),
    "StudyDate": "20260101",
    "StudyTime": "120000",
    "Modality": "MR",
    "Manufacturer": "none",
    "ImageType": ["ORIGINAL", "PRIMARY", "M"],
    "SOPClassUID": MRImageStorage,
    "SamplesPerPixel": 1,
    "PhotometricInterpretation": "MONOCHROME2",
    "BitsAllocated": 16,
    "BitsStored": 16,
    "HighBit": 15,
    "PixelRepresentation": 0,
}


def main() -> None:
    guide, reference = cr.make_pair(7, slices=(66, 110))
    target = cr.degrade(reference, cr.coarse_grid(reference.grid, factor=(2, 2, 1)))
    FOLDER.mkdir()
    write_series(target, "T2 tse tra", number=3)
    write_series(guide, "T1 mprage", number=5)


def write_series(volume: cr.Volume, description: str, number: int) -> None:
    affine = np.diag([-1, -1, 1, 1]) @ volume.grid.affine  # DICOM axes point to the left and back
    di, dj, dk = volume.grid.spacing
    series = generate_uid()
    for k in range(volume.grid.shape[2]):
        image = Dataset()
        for name, value in SAME.items():
            setattr(image, name, value)
        image.SeriesInstanceUID, image.SOPInstanceUID = series, generate_uid()
        image.SeriesDescription, image.SeriesNumber = description, number
        image.InstanceNumber = k + 1
        image.PixelSpacing, image.SliceThickness = [dj, di], dk
        image.ImageOrientationPatient = [*(affine[:3, 0] / di), *(affine[:3, 1] / dj)]
        image.ImagePositionPatient = list((affine @ (0, 0, k, 1))[:3])
        pixels = np.rint(volume.data[:, :, k].T).astype("uint16")
        image.Rows, image.Columns = pixels.shape
        image.PixelData = pixels.tobytes()
        image.file_meta = FileMetaDataset()
        image.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        image.save_as(FOLDER / image.SOPInstanceUID[-12:], enforce_file_format=True)


if __name__ == "__main__":
    main()
