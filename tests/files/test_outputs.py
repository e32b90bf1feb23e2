"""Outputs of a command are checked together, and written all or none."""

import errno
from pathlib import Path

import pytest

from crossres.files import check_outputs, staged
from crossres.files.outputs import beside, folder_name, is_folder, stem
from crossres.types import FileFormatError, OutputExistsError, OutputWriteError, SettingsError


def names(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


# Names


@pytest.mark.parametrize("name", ["sub-1.5_T2w.nii.gz", "sub-1.5_T2w.nii"])
def test_a_stem_is_a_name_without_its_ending(name: str) -> None:
    assert stem(Path("a", name)) == Path("a", "sub-1.5_T2w")
    assert beside(Path("a", name), ".json") == Path("a", "sub-1.5_T2w.json")


@pytest.mark.parametrize("name", ["SR", "SR.img", ".nii", ".nii.gz", ".mgz", "SR.nii.bz2"])
def test_other_endings_are_refused(name: str) -> None:
    with pytest.raises(FileFormatError, match=r"give a name ending in \.nii\.gz, .* or \.nrrd"):
        stem(Path(name))


def test_other_endings_can_be_allowed() -> None:
    assert beside(Path("w.safetensors"), ".html", (".safetensors",)) == Path("w.html")


def test_a_name_without_an_ending_is_a_folder_of_slices() -> None:
    assert [is_folder(Path(name)) for name in ("SR", "SR.2", "SR.nii")] == [True, True, False]
    assert folder_name(Path("SR.2")) == Path("SR.2")
    with pytest.raises(FileFormatError, match="without an ending"):
        folder_name(Path("SR.mgz"))


# Checks before any work


def check(*paths: Path, overwrite: bool = False, folder: bool = False, **inputs: Path) -> None:
    check_outputs(paths, overwrite=overwrite, inputs=[*inputs.values(), None], folder=folder)


def test_free_names_pass(tmp_path: Path) -> None:
    check(tmp_path / "SR.nii.gz", tmp_path / "SR.json", tmp_path / "SR.maps")
    assert names(tmp_path) == []


def test_existing_outputs_need_overwrite(tmp_path: Path) -> None:
    (tmp_path / "SR.json").write_text("old")
    with pytest.raises(OutputExistsError, match="`overwrite`"):
        check(tmp_path / "SR.nii.gz", tmp_path / "SR.json")
    check(tmp_path / "SR.nii.gz", tmp_path / "SR.json", overwrite=True)


def test_a_folder_that_holds_no_maps_is_never_replaced(tmp_path: Path) -> None:
    (tmp_path / "SR.maps").mkdir()
    with pytest.raises(OutputWriteError, match=r"maps\.json"):
        check(tmp_path / "SR.nii.gz", tmp_path / "SR.maps", overwrite=True)


def test_two_outputs_of_one_name_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="twice"):
        check(tmp_path / "SR.nii.gz", tmp_path / "." / "SR.nii.gz")


def test_an_input_is_never_an_output(tmp_path: Path) -> None:
    scan = tmp_path / "T2.nii.gz"
    scan.write_text("scan")
    link = tmp_path / "link.nii.gz"
    link.symlink_to(scan)
    for output in (scan, link):
        with pytest.raises(SettingsError, match="is or holds an input"):
            check(output, overwrite=True, scan=scan)


@pytest.mark.parametrize("output", ["export", "export/SR", "export/a/SR"])
def test_slices_are_never_written_among_those_of_an_input(tmp_path: Path, output: str) -> None:
    (tmp_path / "export" / "a").mkdir(parents=True)
    with pytest.raises(SettingsError, match="input; give the output another name"):
        check(tmp_path / output, folder=True, overwrite=True, scan=tmp_path / "export")


def test_a_folder_of_other_files_is_no_output_for_slices(tmp_path: Path) -> None:
    (tmp_path / "SR").mkdir()
    (tmp_path / "SR" / "thesis.tex").write_text("precious")
    with pytest.raises(OutputExistsError, match="other things than slices"):
        check(tmp_path / "SR", folder=True, overwrite=True)


# Writing


def fill(paths: list[Path]) -> None:
    for path in paths:
        if path.is_dir():
            (path / "maps.json").write_text("new")
        else:
            path.write_text("new")


def test_outputs_appear_together_at_the_end(tmp_path: Path) -> None:
    outputs = [tmp_path / name for name in ("SR.nii.gz", "SR.json", "SR.maps")]
    with staged(outputs, overwrite=False) as temporary:
        assert [path.suffix for path in temporary] == [".gz", ".json", ".maps"]
        fill(temporary)
        assert not any(path.exists() for path in outputs)
    assert names(tmp_path) == ["SR.json", "SR.maps", "SR.maps/maps.json", "SR.nii.gz"]


def test_a_folder_of_slices_comes_first(tmp_path: Path) -> None:
    outputs = [tmp_path / "SR", tmp_path / "SR.json"]
    with staged(outputs, overwrite=False, folder=True) as (folder, sidecar):
        (folder / "0001.dcm").write_text("slice")
        sidecar.write_text("{}")
    assert names(tmp_path) == ["SR", "SR.json", "SR/0001.dcm"]


@pytest.mark.parametrize("error", [KeyboardInterrupt(), OSError(errno.ENOSPC, "full")])
def test_an_early_end_leaves_no_output(tmp_path: Path, error: BaseException) -> None:
    outputs = [tmp_path / name for name in ("SR.nii.gz", "SR.maps")]

    def half() -> None:
        with staged(outputs, overwrite=False) as temporary:
            fill(temporary)
            raise error

    with pytest.raises((KeyboardInterrupt, OutputWriteError)):
        half()
    assert names(tmp_path) == []


def test_outputs_of_the_earlier_set_are_removed_with_it(tmp_path: Path) -> None:
    old = [tmp_path / name for name in ("SR.nii.gz", "SR.json", "SR.html")]
    for path in old:
        path.write_text("old")
    with staged(old[:2], overwrite=True, removed=old[2:]) as temporary:
        assert [path.name for path in temporary] == ["SR.nii.gz", "SR.json"]
        fill(temporary)
        assert {path.read_text() for path in old} == {"old"}
    assert names(tmp_path) == ["SR.json", "SR.nii.gz"]


def test_an_output_that_was_never_written_keeps_the_earlier_set(tmp_path: Path) -> None:
    outputs = [tmp_path / name for name in ("SR.nii.gz", "SR.json")]
    for path in outputs:
        path.write_text("old")
    with (
        pytest.raises(OutputWriteError, match=r"SR\.json"),
        staged(outputs, overwrite=True) as temporary,
    ):
        fill(temporary[:1])
    assert {path.read_text() for path in outputs} == {"old"}
    assert names(tmp_path) == ["SR.json", "SR.nii.gz"]


def test_leftovers_are_cleared_before_any_work(tmp_path: Path) -> None:
    part = tmp_path / ".part-0123456789ab"
    (part / "new").mkdir(parents=True)
    (part / "lock").touch()
    check(tmp_path / "SR.nii.gz")
    assert names(tmp_path) == []


def test_maps_with_a_file_of_the_user_are_never_replaced(tmp_path: Path) -> None:
    maps = tmp_path / "SR.maps"
    maps.mkdir()
    (maps / "maps.json").write_text('{"volumes": [{"file": "guide.nii.gz"}]}')
    (maps / "guide.nii.gz").touch()
    check_outputs([maps], overwrite=True)
    (maps / "lesion.nii.gz").touch()
    with pytest.raises(OutputExistsError, match="holds other files too"):
        check_outputs([maps], overwrite=True)
