"""A table of cases is read with any separator, and refused in one line where it cannot be used."""

from pathlib import Path

import pytest

from crossres.cli.case_file import Case, read_cases
from crossres.types import CrossresError


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_paths_are_relative_to_the_table(tmp_path: Path, separator: str) -> None:
    path = tmp_path / "cases.csv"
    rows = [
        ("target", "guide", "output", "factor", "series"),
        ("a/T2.nii.gz", "a/T1.nii.gz", "a.nii.gz", "4x4x1", ""),
        ("/data/b", "", "b.nii.gz", "", "T2 TSE"),
    ]
    path.write_text("\r\n".join(separator.join(row) for row in rows), "utf-8-sig")
    first, second = read_cases(path)[0]
    assert first == Case(
        (tmp_path / "a/T2.nii.gz",), tmp_path / "a.nii.gz", tmp_path / "a/T1.nii.gz", "4x4x1"
    )
    assert second == Case((Path("/data/b"),), tmp_path / "b.nii.gz", series=("T2 TSE",))


def test_a_column_that_is_not_used_is_noted(tmp_path: Path) -> None:
    path = tmp_path / "cases.csv"
    path.write_text("age,target,output\n41,T2.nii,SR.nii\n")
    assert read_cases(path)[1] == ["cases.csv: the column 'age' is not used"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "no rows with the column 'target'"),
        ("target,output\n", "no rows with the column 'target'"),
        ("target,guide\nT2.nii,T1.nii\n", "no rows with the column 'output'; name the columns"),
        ("target,output\nT2.nii,\n", "row 2 has no output"),
        ("target,output\nT2.nii,SR.nii\n,b.nii\n", "row 3 has no target"),
        ("target,output,factor\nT2.nii,SR.nii,4,4,1\n", "row 2 has more values than columns"),
        ("target,output\na.nii,SR.nii\nb.nii,./SR.nii\n", "two rows with the output SR.nii"),
    ],
)
def test_other_tables_are_refused(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "cases.csv"
    path.write_text(text)
    with pytest.raises(CrossresError, match=message):
        read_cases(path)


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "cases.csv"
    with pytest.raises(CrossresError, match="cannot read"):
        read_cases(path)
    path.write_bytes(b"\xff\xfe\x00t")
    with pytest.raises(CrossresError, match="no table in UTF-8"):
        read_cases(path)
