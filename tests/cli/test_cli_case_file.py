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
        ("target,output,more\nT2.nii,SR.nii,,1\n", "row 2 has more values than columns"),
        ("target,output\na.nii,SR.nii\nb.nii,./SR.nii\n", "two rows that would make SR.json"),
        ("target,output\na,b.nii.gz\nc,b.mgz\n", "b.json, with the outputs b.nii.gz and b.mgz"),
        ("target,output\na,b.nii.gz\nc,b\n", "b.json, with the outputs b.nii.gz and b; rename"),
        ("target,output\na,b.nii\nb.nii,c.nii\n", "output b.nii is or holds a scan of the table"),
        ("target,guide,output\na,g.nii,b.nii\nc,,g.nii\n", "output g.nii is or holds a scan"),
        ("target,output\na,b\nb/scan,c\n", "output b is or holds a scan of the table; give it"),
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


def test_the_same_name_in_two_folders_is_allowed(tmp_path: Path) -> None:
    path = tmp_path / "cases.csv"
    path.write_text("target,output,more\na.nii,1/SR.nii,x\nb.nii,2/SR.nii,\n")
    cases, notes = read_cases(path)
    assert [case.output.parent.name for case in cases] == ["1", "2"]
    assert notes == ["cases.csv: the column 'more' is not used"]
