"""A result is shown with its own maps or not at all."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from crossres.files import sha256
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
    assert "enhance the scan again with `maps` and `overwrite`" in refused(alone)


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


@pytest.mark.parametrize("text", ["{", "[]", "3"])
def test_a_damaged_sidecar_is_named(result: Path, text: str) -> None:
    result.with_name("SR.json").write_text(text)
    assert "SR.json" in refused(result)


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
