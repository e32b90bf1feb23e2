"""Filters from a JSON file in the style of fMRIPrep; what is unknown is refused."""

import json
from pathlib import Path

import pytest

from crossres.io import BidsDataset, read_filters
from crossres.types import FileFormatError, SettingsError


@pytest.fixture
def dataset(tmp_path: Path) -> BidsDataset:
    for name in ("sub-1_acq-a_run-1_T2w", "sub-1_acq-a_T2w", "sub-1_acq-b_T2w", "sub-1_T1w"):
        path = tmp_path / "study" / "sub-1" / "anat" / f"{name}.nii.gz"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return BidsDataset(tmp_path / "study")


def written(tmp_path: Path, content: object) -> Path:
    path = tmp_path / "filters.json"
    path.write_text(json.dumps(content))
    return path


def test_names_of_entities_long_and_short(tmp_path: Path, dataset: BidsDataset) -> None:
    path = written(
        tmp_path,
        {
            "t2w": {"datatype": "anat", "suffix": "T2w", "acquisition": ["a", "b"], "run": 1},
            "T1w": {"ses": None},
        },
    )
    assert read_filters(path, ["T2w", "T1w"], dataset.entities) == {
        "T2w": {"datatype": ["anat"], "acq": ["a", "b"], "run": ["1"]},
        "T1w": {"ses": None},
    }


@pytest.mark.parametrize(
    ("filters", "count"),
    [
        ({}, 3),
        ({"acquisition": "a"}, 2),
        ({"acquisition": "a", "run": None}, 1),
        ({"acquisition": "*"}, 3),
        ({"run": [1, 2]}, 1),
        ({"datatype": "anat"}, 3),
        ({"datatype": "perf"}, 0),
        ({"datatype": None}, 0),
    ],
)
def test_images_that_pass(
    tmp_path: Path, dataset: BidsDataset, filters: dict[str, object], count: int
) -> None:
    read = read_filters(written(tmp_path, {"t2w": filters}), ["T2w"], dataset.entities)
    assert len(dataset.scans("T2w", read["T2w"])) == count


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"bold": {}}, r"filters 'bold', which is neither target nor guide; .* t2w and t1w"),
        ({"t2w": {"colour": "red"}}, "filters T2w by 'colour'; give one of .*acquisition"),
        ({"t2w": {"suffix": "T1w"}}, "no other suffix"),
        ({"t2w": "highres"}, "an object of entities for T2w"),
        ({"t2w": {"acquisition": {}}}, r"has \{\} for 'acquisition'; give a label"),
        ({"t2w": {"acquisition": []}}, r"has \[\] for 'acquisition'"),
        ({"t2w": {"acquisition": True}}, "has True for 'acquisition'"),
        ({"t2w": {"acquisition": ["a", None]}}, "for 'acquisition'"),
        ({"t2w": {"run": 1.5}}, "has 1.5 for 'run'"),
    ],
)
def test_what_is_unknown_is_refused(
    tmp_path: Path, dataset: BidsDataset, content: object, message: str
) -> None:
    with pytest.raises(SettingsError, match=message):
        read_filters(written(tmp_path, content), ["T2w", "T1w"], dataset.entities)


def test_a_file_that_cannot_be_read(tmp_path: Path, dataset: BidsDataset) -> None:
    for content in ([], "text"):
        with pytest.raises(FileFormatError, match="is no JSON object; correct it"):
            read_filters(written(tmp_path, content), ["T2w"], dataset.entities)
    with pytest.raises(FileFormatError, match="cannot read"):
        read_filters(tmp_path / "missing.json", ["T2w"], dataset.entities)
