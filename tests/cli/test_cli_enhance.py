"""crossres enhance gives a volume on the finer grid, and records how it was made."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from crossres.files import sha256
from crossres.io import read, write
from crossres.registration import RigidTransform
from crossres.report.maps import read_maps
from crossres.types import WeightsError
from crossres.volume import Grid
from crossres.weights.defaults import default_weights
from crossres.workflows.enhance.predicted_error import predicted_error_row

Run = Callable[..., Any]


def words(files: SimpleNamespace, *more: object) -> list[object]:
    return [
        "enhance", files.target, "--guide", files.guide, "--weights", files.weights,
        "-o", files.output, "--no-register", *more,
    ]  # fmt: skip


def test_the_result_is_on_the_finer_grid_and_explains_the_scan(
    run: Run, files: SimpleNamespace
) -> None:
    done = run(*words(files, "--factor", "2,2,1"))
    assert done.code == 0, done.err
    result, reference = read(files.output), read(files.reference)
    assert result.grid.is_close(reference.grid)
    assert result.stored_dtype == "int16"
    content = json.loads(files.output.with_name("SR.json").read_text())
    assert content["consistency"]["result"] < content["consistency"]["interpolation"]
    assert done.err == ""


def test_the_json_file_records_the_run(run: Run, files: SimpleNamespace) -> None:
    run(*words(files, "--factor", "2", "--quiet"))
    content = json.loads(files.output.with_name("SR.json").read_text())
    assert content["inputs"]["target"] == {"file": "T2.nii.gz", "sha256": sha256(files.target)}
    assert content["inputs"]["guide"]["sha256"] == sha256(files.guide)
    assert content["weights"] == "tiny@1"
    assert content["weights_sha256"] == sha256(files.weights)
    assert content["factors"] == [2.0, 2.0, 1.0]
    assert content["registration"] is None
    assert content["settings"]["back_projection"]["kind"] == "exact"
    assert content["grids"]["result"]["shape"] == [48, 48, 24]
    assert {"reading", "registration", "enhancing", "total"} <= set(content["timings_seconds"])
    assert str(files.folder) not in files.output.with_name("SR.json").read_text()


def test_spacing_does_the_same_as_the_factor(run: Run, files: SimpleNamespace) -> None:
    run(*words(files, "--factor", "2,2,1"))
    by_factor = read(files.output)
    assert run(*words(files, "--spacing", "2", "--overwrite")).code == 0
    by_spacing = read(files.output)
    assert by_spacing.grid.is_close(by_factor.grid)
    assert np.array_equal(by_spacing.data, by_factor.data)


def test_an_ensemble_is_another_result_that_agrees_as_well(
    run: Run, files: SimpleNamespace
) -> None:
    results, residuals = [], []
    for more in ([], ["--ensemble"]):
        assert run(*words(files, "--factor", "2", "--overwrite", *more)).code == 0
        results.append(read(files.output).data)
        residuals.append(residual(files))
        content = json.loads(files.output.with_name("SR.json").read_text())
        assert content["settings"]["ensemble"] is bool(more)
    assert not np.array_equal(*results)
    assert residuals[1] < 1.2 * residuals[0]


def residual(files: SimpleNamespace) -> float:
    content = json.loads(files.output.with_name("SR.json").read_text())
    return float(content["consistency"]["result"])


def test_back_projection_can_be_chosen(run: Run, files: SimpleNamespace) -> None:
    found = {}
    for choice in ("none", "iterative", "exact"):
        command = words(files, "--factor", "2", "--back-projection", choice, "--overwrite")
        assert run(*command).code == 0
        found[choice] = residual(files)
    assert found["exact"] < found["iterative"] < found["none"]


def test_a_noisy_scan_is_denoised_and_its_noise_recorded(run: Run, files: SimpleNamespace) -> None:
    words_of = words(files, "--factor", "2", "--overwrite")
    assert run(*words_of, "--noise", "0").code == 0
    trusted = residual(files)
    done = run(*words_of, "--noise", "30")
    assert "(given by the user), denoised" in done.out
    assert re.search(r"\d % \(noise of the scan: \d+\.\d\d %\)", done.out)
    assert residual(files) > trusted
    content = json.loads(files.output.with_name("SR.json").read_text())
    assert (content["noise"]["deviation"], content["noise"]["denoised"]) == (30, True)
    assert content["consistency"]["noise"] > trusted


def test_numbers_of_another_back_projection_are_refused(run: Run, files: SimpleNamespace) -> None:
    done = run(*words(files, "--factor", "2", "--iterations", "3"))
    assert done.code == 2
    assert "--back-projection" in done.err
    assert not files.output.exists()


def test_quiet_prints_nothing(run: Run, files: SimpleNamespace) -> None:
    done = run(*words(files, "--factor", "2", "--quiet"))
    assert (done.code, done.out, done.err) == (0, "", "")


def test_the_summary_names_spacing_consistency_and_files(run: Run, files: SimpleNamespace) -> None:
    out = run(*words(files, "--factor", "2")).out
    assert "4 x 4 x 2 mm -> 2 x 2 x 2 mm" in out
    assert "consistency" in out
    assert f"wrote {files.output}" in out.splitlines()


def test_the_report_is_one_file_with_pictures(run: Run, files: SimpleNamespace) -> None:
    assert run(*words(files, "--factor", "2", "--report")).code == 0
    report = files.output.with_name("SR.html").read_text()
    assert report.count("data:image/png;base64,") >= 3
    assert "http://" not in report


def test_the_maps_belong_to_the_result(run: Run, files: SimpleNamespace) -> None:
    done = run(*words(files, "--factor", "2", "--maps"))
    assert done.code == 0, done.err
    folder = files.output.with_name("SR.maps")
    assert f"wrote {folder}" in done.out.splitlines()
    maps = read_maps(folder)
    assert maps.result.sha256 == sha256(files.output)
    shown = {entry.name: read(folder / entry.file) for entry in maps.volumes}
    assert set(shown) == {
        "input", "interpolated", "guide", "difference", "residual", "predicted_error",
    }  # fmt: skip
    result, scan = read(files.output), read(files.target)
    added = result.data - shown["interpolated"].data
    assert np.abs(shown["difference"].data - added).max() < 1e-3 * result.data.max()
    assert np.array_equal(shown["input"].data, scan.data)
    assert shown["residual"].grid.is_close(scan.grid)


def test_maps_are_replaced_with_the_result(run: Run, files: SimpleNamespace) -> None:
    folder = files.output.with_name("SR.maps")
    assert run(*words(files, "--factor", "2", "--maps")).code == 0
    assert (folder / "guide.nii.gz").exists()
    command = ["enhance", files.target, "--factor", "2", "-o", files.output, "--maps"]
    assert run(*command, "--overwrite").code == 0
    assert not (folder / "guide.nii.gz").exists()
    assert read_maps(folder).result.sha256 == sha256(files.output)


def test_a_shifted_guide_is_brought_back(
    run: Run, files: SimpleNamespace, shifted_guide: Path
) -> None:
    given = [w for w in words(files, "--factor", "2") if w != "--no-register"]
    given[given.index(files.guide)] = shifted_guide
    done = run(*given)
    assert done.code == 0, done.err
    registration = json.loads(files.output.with_name("SR.json").read_text())["registration"]
    assert registration["translation_mm"] == pytest.approx([4, 0, 0], abs=1.0)
    assert registration["similarity_after"] > registration["similarity_before"]
    assert not registration["rim_kept"]
    assert "moved by" in done.out


@pytest.mark.parametrize("start", ["headers", "centres"])
def test_a_guide_in_another_corner_of_the_world_is_found(
    run: Run, files: SimpleNamespace, start: str
) -> None:
    guide, away = read(files.guide), np.array([250, -190, 150])
    affine = guide.grid.affine.copy()
    affine[:3, 3] += away
    write(guide.with_data(guide.data, Grid(guide.grid.shape, affine)), files.guide, overwrite=True)
    given = [w for w in words(files, "--factor", "2") if w != "--no-register"]
    done = run(*given, "--start", start)
    assert done.code == 0, done.err
    assert ("covers 0 % of the target's head" in done.err) is (start == "headers")
    result, target = read(files.output).grid, read(files.target).grid
    assert result.is_close(target.refined((2, 2, 1)))
    content = json.loads(files.output.with_name("SR.json").read_text())
    found = RigidTransform.from_dict(content["registration"]["transform"])
    corners = target.corners()
    assert np.linalg.norm(found.apply(corners) - corners - away, axis=1).mean() < 1.5
    assert content["registration"]["start"] == "centres"
    assert content["settings"]["start"] == start
    assert [text for text in content["warnings"] if "covers 0 %" in text] == [
        text.partition("warning: ")[2] for text in done.err.splitlines() if "covers 0 %" in text
    ]


def test_a_rim_of_a_shared_mask_that_stayed_is_reported(
    run: Run, files: SimpleNamespace, shifted_guide: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("crossres.registration.alignment.share_mask", lambda *_: True)
    given = [w for w in words(files, "--factor", "2") if w != "--no-register"]
    given[given.index(files.guide)] = shifted_guide
    done = run(*given)
    assert done.code == 0, done.err
    assert json.loads(files.output.with_name("SR.json").read_text())["registration"]["rim_kept"]
    assert "the rim of the mask" in " ".join(done.out.split())


def test_without_a_guide_unguided_weights_serve(run: Run, files: SimpleNamespace) -> None:
    done = run(
        "enhance", files.target, "--weights", files.unguided, "--factor", 2, "-o", files.output
    )
    assert done.code == 0, done.err
    assert read(files.output).grid.shape == (48, 48, 24)


def test_each_use_outside_the_card_is_a_warning_of_one_line(
    run: Run, files: SimpleNamespace
) -> None:
    done = run(*words(files, "--factor", "8,8,1"))
    assert done.code == 0
    guide_blur_of, outside = done.err.splitlines()
    assert guide_blur_of.startswith("crossres: warning: detail below 2.00 mm")
    assert outside.startswith("crossres: warning: factor 8.00 is outside")
    content = json.loads(files.output.with_name("SR.json").read_text())
    assert [f"crossres: warning: {text}" for text in content["warnings"]] == [
        guide_blur_of,
        outside,
    ]


def test_names_of_another_contrast_give_a_warning(run: Run, files: SimpleNamespace) -> None:
    for role, name in (("target", "sub-01_T1w.nii.gz"), ("guide", "sub-01_T2w.nii.gz")):
        setattr(files, role, getattr(files, role).rename(files.folder / name))
    done = run(*words(files, "--factor", "2"))
    assert done.code == 0
    assert done.err.splitlines() == [
        "crossres: warning: sub-01_T1w.nii.gz is named a T1w, "
        "but the weights expect a T2w as their target",
        "crossres: warning: sub-01_T2w.nii.gz is named a T2w, "
        "but the weights expect a T1w as their guide",
    ]


def test_the_factor_chooses_among_shipped_weights(monkeypatch: pytest.MonkeyPatch) -> None:
    names = ["t1-t2-axial-x2", "t1-t2-axial-x4", "t2-axial-x2"]
    names += ["t1-t2-through-plane-x3", "t2-through-plane-x5"]
    monkeypatch.setattr("crossres.weights.defaults.shipped_names", lambda: names)
    assert default_weights((2.0, 2.0, 1.0), guided=True) == "t1-t2-axial-x2"
    assert default_weights((2.6, 2.6, 1.0), guided=True) == "t1-t2-axial-x2"
    assert default_weights((1.0, 3.0, 3.0), guided=True) == "t1-t2-axial-x4"
    assert default_weights((2.0, 2.0, 1.0), guided=False) == "t2-axial-x2"
    assert default_weights((1.0, 1.0, 3.3), guided=True) == "t1-t2-through-plane-x3"
    assert default_weights((1.0, 4.0, 1.0), guided=False) == "t2-through-plane-x5"
    with pytest.raises(WeightsError, match="`guide`"):
        default_weights((4.0, 4.0, 1.0), guided=False)


def test_a_guide_of_another_subject_is_left_out_unless_kept(
    run: Run, files: SimpleNamespace, other_head: Path
) -> None:
    command = [
        "enhance", files.target, "--guide", other_head, "--factor", "2,2,1", "-o", files.output,
        "--no-register",
    ]  # fmt: skip
    done = run(*command)
    assert done.code == 0, done.err
    content = json.loads(files.output.with_name("SR.json").read_text())
    assert content["weights"] == "t2-axial-x2@2"
    assert content["guide_left_out"] is True
    assert content["inputs"]["guide"]["file"] == other_head.name
    gains = content["self_validation_gain_db"]
    assert gains["t1-t2-axial-x2@2"] < gains["t2-axial-x2@2"]
    assert "does not fit" in " ".join(done.err.split())
    assert "left out" in done.out
    assert run(*command, "--keep-guide", "--overwrite").code == 0
    content = json.loads(files.output.with_name("SR.json").read_text())
    assert (content["weights"], content["guide_left_out"]) == ("t1-t2-axial-x2@2", False)
    assert content["self_validation_gain_db"] == {}


def test_predicted_error_and_influence_of_the_guide_are_maps(
    run: Run, files: SimpleNamespace
) -> None:
    command = [
        "enhance", files.target, "--guide", files.guide, "--factor", "2,2,1", "-o", files.output,
        "--no-register", "--keep-guide", "--guide-influence",
    ]  # fmt: skip
    refused = run(*command)
    assert refused.code == 2
    assert "add --maps" in refused.err
    made = run(*command, "--maps")
    assert made.code == 0
    recorded = json.loads((files.folder / "SR.json").read_text())
    assert predicted_error_row(recorded)["predicted error"] in made.out.replace("\n", " ")
    assert recorded["timings_seconds"]["predicted_error"] > 0
    maps = json.loads((files.folder / "SR.maps" / "maps.json").read_text())
    shown = {entry["file"]: entry for entry in maps["volumes"]}
    predicted = read(files.folder / "SR.maps" / "predicted_error.nii.gz")
    influence = read(files.folder / "SR.maps" / "guide_influence.nii.gz")
    assert predicted.grid.is_close(read(files.output).grid)
    assert predicted.data.min() >= 0
    assert predicted.data.max() > 0
    assert np.abs(influence.data).max() > 0
    assert shown["predicted_error.nii.gz"]["range"][0] == 0
    low, high = shown["guide_influence.nii.gz"]["range"]
    assert low == -high


def test_a_guide_that_is_the_target_is_refused(run: Run, files: SimpleNamespace) -> None:
    copied = files.target.with_name("T1_copied.nii.gz")
    copied.write_bytes(files.target.read_bytes())
    for guide in (files.target, copied):
        done = run(
            "enhance", files.target, "--guide", guide, "--factor", "2,2,1", "-o", files.output
        )
        assert done.code == 2
        assert "the guide is the target itself" in done.err
    assert not files.output.exists()


@pytest.mark.parametrize("more", [(), ("--maps",)])
def test_the_influence_of_a_guide_requires_one_first(
    run: Run, files: SimpleNamespace, more: tuple[str, ...]
) -> None:
    done = run("enhance", files.target, "-o", files.output, "--guide-influence", *more)
    assert done.code == 2
    assert "--guide-influence acts on a guide, and there is none; add a --guide" in done.err
    assert not files.output.exists()


@pytest.mark.parametrize(
    ("option", "value", "reason"),
    [
        ("--plane-profile", "slab", "'--plane-profile': 'slab' is not one of"),
        ("--noise", "-3", "'--noise': must be at least 0;"),
        ("--noise", "x", "'--noise': must be a number;"),
        ("--iterations", "300", "'--iterations': must be at most 100;"),
    ],
)
def test_a_wrong_value_is_refused_in_plain_words(
    run: Run, files: SimpleNamespace, option: str, value: str, reason: str
) -> None:
    done = run("enhance", files.target, "-o", files.output, option, value)
    assert done.code == 2
    assert f"Invalid value for {reason}" in done.err
