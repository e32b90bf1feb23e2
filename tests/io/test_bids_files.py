"""Each real folder of a dataset is listed once, whatever leads to it."""

from pathlib import Path

import pytest

from crossres.io.bids_files import find_files


def touch(root: Path, *names: str) -> Path:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()
    return root


def places(root: Path) -> list[str]:
    found = find_files(root)
    assert found.unreadable == []
    return [str(place) for place in found.places]


def test_folders_of_data_types_and_no_others(tmp_path: Path) -> None:
    touch(
        tmp_path, "sub-1/anat/a", "sub-1/ses-b/perf/b", "sub-1/ses-b/c", "T2w.json", "sub-1/d",
        "sub-1/anat/deeper/e", "derivatives/sub-1/anat/f", ".git/sub-1/anat/g", "code/anat/h",
        "sub-1/ses-b/perf/deeper/i",
    )  # fmt: skip
    assert places(tmp_path) == ["sub-1/anat/a", "sub-1/ses-b/c", "sub-1/ses-b/perf/b"]


@pytest.mark.parametrize(
    ("link", "target"),
    [
        ("sub-1/dataset", ".."),
        ("sub-1/ses-up", "../.."),
        ("sub-1/ses-x", ".."),
        ("sub-1/ses-x", "."),
        ("sub-1/again", "anat"),
        ("sub-0", "sub-1"),
        ("sub-0", "."),
        ("sub-1/ses-a", "../sub-2/ses-a"),
        ("sub-1/aaa", "../sub-2/ses-a/anat"),
        ("sub-1/anat/deeper", "."),
        ("sub-1/ses-loop", "ses-loop"),
        ("sub-3", "nowhere"),
    ],
)
def test_a_link_leads_to_no_folder_a_second_time(tmp_path: Path, link: str, target: str) -> None:
    root = tmp_path / "around" / "dataset"
    touch(root, "sub-1/anat/a", "sub-2/ses-a/anat/b")
    (root / link).symlink_to(target)
    found = {place for place in places(root) if (root / place).is_file()}
    assert {place for place in found if (root / place).name in "ab"} == {
        "sub-1/anat/a",
        "sub-2/ses-a/anat/b",
    }


def test_links_of_every_subject_to_the_dataset_take_no_time(tmp_path: Path) -> None:
    for number in range(40):
        touch(tmp_path, f"sub-{number}/anat/a", f"sub-{number}/ses-1/anat/b")
        for place, up in (("dataset", ".."), ("ses-up", ".."), ("ses-1/up", "../..")):
            (tmp_path / f"sub-{number}" / place).symlink_to(up)
    assert len(places(tmp_path)) == 80


def test_a_folder_elsewhere_is_listed_at_its_first_link(tmp_path: Path) -> None:
    touch(tmp_path / "store", "anat/a")
    (tmp_path / "study").mkdir()
    for name in ("sub-2", "sub-1"):
        (tmp_path / "study" / name).symlink_to(tmp_path / "store")
    assert places(tmp_path / "study") == ["sub-1/anat/a"]


def test_broken_links_of_files_are_listed(tmp_path: Path) -> None:
    (tmp_path / "sub-1/anat").mkdir(parents=True)
    (tmp_path / "sub-1/anat/b").symlink_to("gone")
    (tmp_path / "sub-1/anat/c").symlink_to("c")
    assert places(tmp_path) == ["sub-1/anat/b", "sub-1/anat/c"]


def test_a_very_deep_tree_is_not_entered(tmp_path: Path) -> None:
    touch(tmp_path, "sub-1/anat/" + "d/" * 300 + "a", "sub-1/anat/b")
    assert places(tmp_path) == ["sub-1/anat/b"]
