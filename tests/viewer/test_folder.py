"""A result is shown with its own maps or not at all."""

import json
import math
import re
import subprocess
import sys
from pathlib import Path

import pytest

from crossres.files import content_sha256, sha256
from crossres.types import CrossresError
from crossres.viewer import open_result


def refused(path: Path) -> str:
    with pytest.raises(CrossresError) as caught:
        open_result(path)
    text = str(caught.value)
    assert "\n" not in text
    assert "; " in text, "an error names its remedy"
    return text


def test_the_volume_and_its_folder_lead_to_the_same(result: Path) -> None:
    by_volume = open_result(result)
    assert open_result(result.with_name("SR.maps")) == by_volume
    assert by_volume.result == result.resolve()
    assert by_volume.sidecar is not None


def test_relative_names_and_dots(result: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(result.with_name("SR.maps"))
    for path in (".", "../SR.nii.gz", "../SR.maps/"):
        assert open_result(path).result == result.resolve()


def test_only_named_files_are_shown(result: Path) -> None:
    (result.with_name("SR.maps") / "notes.nii.gz").write_text("private")
    files = open_result(result).files
    assert set(files) == {"result.nii.gz"} | {
        f"maps/{name}.nii.gz"
        for name in ("input", "interpolated", "guide", "difference", "residual", "uncertainty")
    }
    assert all(path.is_file() for path in files.values())


def test_the_description_names_no_folder(result: Path) -> None:
    description = open_result(result).describe()
    assert str(result.parent) not in json.dumps(description)
    assert description["name"] == "SR.nii.gz"
    volumes = description["volumes"]
    assert isinstance(volumes, list)
    assert [v["name"] for v in volumes][:2] == ["result", "input"]
    assert {v["file"] for v in volumes} == set(open_result(result).files)


def test_an_unpacked_volume_will_do(result: Path) -> None:
    import gzip

    plain = result.with_name("SR.nii")
    plain.write_bytes(gzip.decompress(result.read_bytes()))
    result.unlink()
    maps = plain.with_name("SR.maps") / "maps.json"
    content = json.loads(maps.read_text())
    content["result"]["sha256"] = sha256(plain)
    maps.write_text(json.dumps(content))
    assert open_result(plain).files["result.nii"] == plain.resolve()
    assert open_result(plain.with_name("SR.maps")).result == plain.resolve()


def test_without_a_sidecar_the_description_is_shorter(result: Path) -> None:
    result.with_name("SR.json").unlink()
    assert open_result(result).sidecar is None


def test_a_result_without_maps_names_the_remedy(result: Path) -> None:
    alone = result.rename(result.with_name("alone.nii.gz"))
    assert "alone.nii.gz has no maps" in refused(alone)
    assert "make the result again with `maps` and `overwrite`" in refused(alone)


def test_maps_of_another_result_are_refused(result: Path) -> None:
    result.write_bytes(result.read_bytes() + b"\0")
    assert "made for another SR.nii.gz" in refused(result)


def test_a_folder_that_lost_its_result(result: Path) -> None:
    result.unlink()
    assert "SR.nii.gz" in refused(result.with_name("SR.maps"))


@pytest.mark.parametrize("name", ["none.nii.gz", "none.maps", "none"])
def test_what_is_not_there(result: Path, name: str) -> None:
    assert name in refused(result.with_name(name))


def test_what_is_no_result(result: Path) -> None:
    assert "SR.json" in refused(result.with_name("SR.json"))
    assert "no folder of maps" in refused(result.parent)


def test_a_map_that_is_missing_is_named(result: Path) -> None:
    (result.with_name("SR.maps") / "residual.nii.gz").unlink()
    assert "residual.nii.gz" in refused(result)


@pytest.mark.parametrize("text", ["{", "[]", "3", "[" * 100_000, '{"x": ' + "[" * 100_000])
def test_a_damaged_sidecar_is_named(result: Path, text: str) -> None:
    result.with_name("SR.json").write_text(text)
    assert "SR.json" in refused(result)


@pytest.mark.parametrize("value", ["NaN", "-Infinity", "1e999", '"\\ud800"', "[" * 100_000])
def test_a_range_that_is_no_number_is_named(result: Path, value: str) -> None:
    maps = result.with_name("SR.maps") / "maps.json"
    text = maps.read_text()
    maps.write_text(
        re.sub(r'"range": \[\s*[\d.]+', f'"range": [{value}'.replace("\\", r"\\"), text, count=1)
    )
    assert maps.read_text() != text
    assert re.search("maps.json is (damaged|no valid JSON)", refused(result))


def test_maps_beside_the_volume_are_checked_as_well(result: Path) -> None:
    maps = json.loads((result.with_name("SR.maps") / "maps.json").read_text())
    maps["result"]["range"] = [0, math.inf]
    result.with_name("SR.json").write_text(json.dumps({"maps": maps}))
    assert "SR.nii.gz is damaged" in refused(result)


def as_dicom(result: Path) -> Path:
    """Replace the volume by a folder of slices; the folder of maps holds the volume."""
    folder, maps = result.with_name("SR"), result.with_name("SR.maps")
    folder.mkdir()
    for number in (1, 2):
        (folder / f"000{number}.dcm").write_bytes(bytes([number]))
    result.rename(maps / "result.nii.gz")
    content = json.loads((maps / "maps.json").read_text())
    content["result"] |= {"sha256": content_sha256(folder), "file": "result.nii.gz"}
    (maps / "maps.json").write_text(json.dumps(content))
    return folder


def test_a_dicom_series_is_shown_by_the_copy_in_its_folder_of_maps(result: Path) -> None:
    content = result.read_bytes()
    folder = as_dicom(result)
    for path in (folder, folder.with_name("SR.maps")):
        shown = open_result(path)
        assert (shown.result, shown.describe()["name"]) == (folder.resolve(), "SR")
        assert shown.sidecar is not None
        with shown.opened["result.nii.gz"].stream() as stream:
            assert stream.read() == content


def test_maps_of_another_dicom_series_are_refused(result: Path) -> None:
    folder = as_dicom(result)
    (folder / "0001.dcm").rename(folder / "0003.dcm")
    assert "made for another SR" in refused(folder)


def test_a_link_in_place_of_a_dicom_series_is_refused(result: Path, tmp_path: Path) -> None:
    folder = as_dicom(result)
    folder.rename(tmp_path / "elsewhere")
    folder.symlink_to(tmp_path / "elsewhere")
    assert "symbolic link" in refused(folder.with_name("SR.maps"))


@pytest.mark.parametrize("name", ["SR.nii.gz", "SR.json", "SR.maps/guide.nii.gz", "SR.maps"])
def test_links_are_not_followed(result: Path, tmp_path: Path, name: str) -> None:
    file = result.parent / name
    file.rename(tmp_path / "elsewhere")
    file.symlink_to(tmp_path / "elsewhere")
    assert "symbolic link" in refused(result)


def test_a_link_to_the_folder_around_is_followed(result: Path, tmp_path: Path) -> None:
    (tmp_path / "study").symlink_to(result.parent)
    assert open_result(tmp_path / "study" / "SR.nii.gz").result == result.resolve()


def test_nothing_heavy_is_imported(result: Path) -> None:
    code = (
        "import sys; from crossres.viewer import open_result; open_result(sys.argv[1]); "
        "print([n for n in ('torch', 'SimpleITK', 'matplotlib') if n in sys.modules])"
    )
    command = [sys.executable, "-c", code, str(result)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_root_of_the_file_system_is_no_result(result: Path) -> None:
    assert "is no folder of maps" in refused(Path("/"))
    result.unlink()
    result.symlink_to("/")
    assert "is no folder of maps" in refused(result)
