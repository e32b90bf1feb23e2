"""The header ends at its first empty line, and the names of types are those of NRRD."""

from io import BytesIO
from pathlib import Path

import numpy as np
import pytest

from crossres.io.nrrd.header import TYPES, read_header
from crossres.types import FileFormatError

TEXT = """NRRD0004
# a comment
type: {type}
dimension: 3
space: RAS
sizes: 2 3 4
space directions: (1,0,0) (0,1,0) (0,0,1)
endian: little
encoding: gzip
space origin: (0,0,0)
"""


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_the_stream_is_left_at_the_first_voxel(dtype: str, end: str) -> None:
    for name in TYPES[dtype]:
        text = (TEXT.format(type=name) + "\n").replace("\n", end)
        stream = BytesIO(text.encode() + b"voxels")
        header = read_header(stream, Path("a.nrrd"))
        assert (header.dtype, header.compressed) == (np.dtype(dtype).newbyteorder("<"), True)
        assert stream.read() == b"voxels"


def test_a_header_without_an_end_is_not_read_forever() -> None:
    with pytest.raises(FileFormatError, match="is not an NRRD file"):
        read_header(BytesIO(b"x" * (1 << 21)), Path("a.nrrd"))
