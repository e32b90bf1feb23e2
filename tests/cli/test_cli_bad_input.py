"""Whatever a user gets wrong: one line with the remedy, exit code 2, and nothing left behind."""

import errno
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import nibabel as nib
import numpy as np
import pytest
import torch

from crossres.io import read, write
from crossres.types import CrossresError
from crossres.volume import Grid

Run = Callable[..., Any]
Damage = Callable[[Path], None]


def words(files: SimpleNamespace, *more: object) -> list[object]:
    return [
        "enhance", files.target, "--guide", files.guide, "--weights", files.weights,
        "-o", files.output, *more,
    ]  # fmt: skip


def refused(run: Run, folder: Path, given: list[object], *, code: int = 2) -> str:
    """Run, and check what every refusal has in common; return its line."""
    before = sorted(folder.rglob("*"))
    done = run(*given)
    assert done.code == code, done.err
    assert done.out == ""
    assert sorted(folder.rglob("*")) == before
    line: str = done.error
    if code == 2:
        assert line.startswith("crossres: error: ")
        assert "; " in line or ": give" in line, "an error names its remedy"
    assert "Traceback" not in done.err
    return line


def _image(data: Any, affine: Any = None) -> Any:
    return nib.Nifti1Image(data, np.eye(4) if affine is None else affine)


def _filled(shape: tuple[int, ...], dtype: Any = np.float32) -> Any:
    return np.arange(np.prod(shape)).reshape(shape).astype(dtype)


def not_a_nifti(path: Path) -> None:
    path.write_text("patient,age\n")


def truncated(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def with_value(value: float) -> Damage:
    def damage(path: Path) -> None:
        data = _filled((24, 24, 24))
        data[3, 4, 5] = value
        nib.save(_image(data), path)

    return damage


def of_shape(*shape: int, dtype: Any = np.float32) -> Damage:
    return lambda path: nib.save(_image(_filled(shape, dtype)), path)


def all_zero(path: Path) -> None:
    nib.save(_image(np.zeros((24, 24, 24), np.float32)), path)


def colour(path: Path) -> None:
    rgb = np.dtype([("R", "u1"), ("G", "u1"), ("B", "u1")])
    nib.save(_image(np.ones((8, 8, 8), rgb)), path)


def with_pixdim(value: float) -> Damage:
    def damage(path: Path) -> None:
        import gzip

        image = _image(_filled((24, 24, 24)))
        block = bytearray(image.to_bytes())
        block[80:84] = np.float32(value).tobytes()
        path.write_bytes(gzip.compress(bytes(block)))

    return damage


def singular(path: Path) -> None:
    image = _image(_filled((24, 24, 24)))
    image.header["srow_x"] = (1, 0, 0, 0)
    image.header["srow_y"] = (1, 0, 0, 0)
    image.header["srow_z"] = (0, 0, 1, 0)
    image.header["sform_code"] = 1
    path.unlink()
    import gzip

    header = image.header.binaryblock + b"\0" * 4
    path.write_bytes(gzip.compress(header + _filled((24, 24, 24)).tobytes(order="F")))


DAMAGES = {
    "not a NIfTI": not_a_nifti,
    "truncated gzip": truncated,
    "missing": Path.unlink,
    "NaN": with_value(np.nan),
    "Inf": with_value(np.inf),
    "all zero": all_zero,
    "2-D": of_shape(24, 24),
    "4-D": of_shape(12, 12, 6, 3),
    "complex": of_shape(12, 12, 6, dtype=np.complex64),
    "RGB": colour,
    "zero spacing": with_pixdim(0.0),
    "negative spacing": with_pixdim(-1.0),
    "singular affine": singular,
}


@pytest.mark.parametrize("role", ["target", "guide"])
@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES.keys())
def test_a_file_that_cannot_be_used(
    run: Run, files: SimpleNamespace, damage: Damage, role: str
) -> None:
    damaged = getattr(files, role)
    damage(damaged)
    assert damaged.name in refused(run, files.folder, words(files, "--factor", "2"))


VERBS = {
    "info": ["{bad}"],
    "degrade": ["{bad}", "--factor", "2", "-o", "{out}"],
    "register": ["{bad}", "--to", "{reference}", "-o", "{out}"],
    "evaluate": ["{bad}", "--reference", "{reference}"],
}


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_refuses_it(run: Run, files: SimpleNamespace, verb: str) -> None:
    truncated(files.target)
    names = {"{bad}": files.target, "{out}": files.output, "{reference}": files.reference}
    given = [verb, *(names.get(word, word) for word in VERBS[verb])]
    assert "truncated" in refused(run, files.folder, given)


FACTORS = ["1", "1,1,1", "0.5,2,1", "-2", "0", "nan", "inf", "100", "2,2", "four", ""]


@pytest.mark.parametrize("factor", FACTORS)
def test_a_factor_that_makes_no_sense(run: Run, files: SimpleNamespace, factor: str) -> None:
    refused(run, files.folder, words(files, f"--factor={factor}"))


@pytest.mark.parametrize("more", [["--spacing", "5"], ["--spacing", "0"], ["--spacing=-1"]])
def test_a_spacing_that_makes_no_sense(run: Run, files: SimpleNamespace, more: list[str]) -> None:
    refused(run, files.folder, words(files, *more))


def test_factor_and_spacing_together(run: Run, files: SimpleNamespace) -> None:
    given = words(files, "--factor", "2", "--spacing", "2")
    assert "both" in refused(run, files.folder, given)


def test_the_guide_of_another_subject(run: Run, files: SimpleNamespace, other_head: Path) -> None:
    files.target, files.guide = files.reference, other_head
    assert "too little in common" in refused(run, files.folder, words(files, "--factor", "2"))


def test_a_guide_that_shows_another_place_without_registration(
    run: Run, files: SimpleNamespace
) -> None:
    guide = read(files.guide)
    affine = guide.grid.affine.copy()
    affine[2, 3] += 500
    write(guide.with_data(guide.data, Grid(guide.grid.shape, affine)), files.guide, overwrite=True)
    line = refused(run, files.folder, words(files, "--factor", "2", "--no-register"))
    assert "covers 0 %" in line
    assert "(without --no-register)" in line


def test_a_guide_coarser_than_the_target(run: Run, files: SimpleNamespace) -> None:
    files.target, files.guide = files.reference, files.target
    line = refused(run, files.folder, words(files, "--factor", "2"))
    assert "coarser than the target" in line


@pytest.mark.parametrize("name", ["SR.nii.gz", "SR.json", "SR.html"])
def test_an_output_in_the_way(run: Run, files: SimpleNamespace, name: str) -> None:
    (files.folder / name).write_text("precious")
    line = refused(run, files.folder, words(files, "--factor", "2", "--report"))
    assert "--overwrite" in line
    assert (files.folder / name).read_text() == "precious"


@pytest.mark.parametrize("what", ["file", "folder"])
def test_something_else_has_the_name_of_the_maps(
    run: Run, files: SimpleNamespace, what: str
) -> None:
    folder = files.folder / "SR.maps"
    precious = folder if what == "file" else folder / "thesis.tex"
    precious.parent.mkdir(exist_ok=True)
    precious.write_text("precious")
    line = refused(run, files.folder, words(files, "--factor", "2", "--maps", "--overwrite"))
    assert "SR.maps" in line
    assert precious.read_text() == "precious"


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (["--factor", "2", "--spacing", "1"], "were both given"),
        (["--factor", "40"], "out of range"),
        (["--spacing", "0"], "above 0 mm"),
        (["--factor", "2", "--transform", "gone.tfm"], "gone.tfm"),
    ],
)
def test_arguments_are_checked_before_outputs(
    run: Run, files: SimpleNamespace, more: list[str], message: str
) -> None:
    files.output.write_text("precious")
    line = refused(run, files.folder, words(files, *more))
    assert message in line
    assert "exists" not in line


@pytest.mark.parametrize(
    ("verb", "message"),
    [
        (["register", "{guide}", "--to", "{target}", "--factor", "40"], "out of range"),
        (["degrade", "{reference}", "--factor", "x"], "not a list of numbers"),
        (["train", "{folder}", "--guide", "none", "--factor", "x"], "not a list of numbers"),
    ],
)
def test_other_verbs_check_arguments_before_outputs(
    run: Run, files: SimpleNamespace, verb: list[str], message: str
) -> None:
    output = files.weights if verb[0] == "train" else files.reference
    given = [word.format(**vars(files)) for word in verb]
    assert message in refused(run, files.folder, [*given, "-o", output])


def test_training_without_a_guide_registers_nothing(run: Run, files: SimpleNamespace) -> None:
    given = ["train", files.folder, "--guide", "none", "--factor", "2", "--no-register"]
    line = refused(run, files.folder, [*given, "-o", files.folder / "my.safetensors"])
    assert "--no-register acts on a guide" in line


def test_maps_in_the_way(run: Run, files: SimpleNamespace) -> None:
    folder = files.folder / "SR.maps"
    folder.mkdir()
    (folder / "maps.json").write_text("{}")
    assert "--overwrite" in refused(run, files.folder, words(files, "--factor", "2", "--maps"))


def test_maps_that_hold_an_input_are_not_replaced(run: Run, files: SimpleNamespace) -> None:
    folder = files.folder / "SR.maps"
    folder.mkdir()
    (folder / "maps.json").write_text("{}")
    files.target = files.target.rename(folder / "input.nii.gz")
    line = refused(run, files.folder, words(files, "--factor", "2", "--maps", "--overwrite"))
    assert "input" in line


def test_an_output_that_is_an_input(run: Run, files: SimpleNamespace) -> None:
    before = files.target.read_bytes()
    files.output = files.target
    assert "input" in refused(run, files.folder, words(files, "--factor", "2", "--overwrite"))
    assert files.target.read_bytes() == before


@pytest.mark.parametrize("name", ["SR.png", "SR", ".nii.gz"])
def test_an_output_that_is_no_nifti(run: Run, files: SimpleNamespace, name: str) -> None:
    files.output = files.folder / name
    assert ".nii.gz" in refused(run, files.folder, words(files, "--factor", "2"))


@pytest.mark.parametrize("folder", ["missing", "tiny.safetensors"])
def test_a_folder_that_cannot_be_written_to(run: Run, files: SimpleNamespace, folder: str) -> None:
    files.output = files.folder / folder / "SR.nii.gz"
    assert "folder" in refused(run, files.folder, words(files, "--factor", "2"))


def _full(*_: object, **__: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize(
    "place",
    [
        "crossres.io.nifti.writing.nib.save",
        "crossres.workflows.enhance.files.write_json",
        "crossres.workflows.enhance.files.fill_folder",
        "crossres.report.map_folder.write_maps",
    ],
)
def test_a_full_disk_leaves_no_output_at_all(
    run: Run, files: SimpleNamespace, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    monkeypatch.setattr("crossres.workflows.enhance.report.report_of", lambda *_: None)
    monkeypatch.setattr("crossres.workflows.enhance.report.write_report", lambda *_: None)
    monkeypatch.setattr(place, _full)
    given = words(files, "--factor", "2", "--report", "--maps", "--no-register")
    assert "space" in refused(run, files.folder, given)


def test_ctrl_c_in_the_middle(
    run: Run, files: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("crossres.inference.method.super_resolve", stop)
    given = words(files, "--factor", "2", "--no-register")
    line = refused(run, files.folder, given, code=130)
    assert line == "crossres: interrupted; no output is half-written"


def test_ctrl_c_while_writing_takes_back_what_was_written(
    run: Run, files: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("crossres.workflows.enhance.files.write_json", stop)
    refused(run, files.folder, words(files, "--factor", "2", "--no-register"), code=130)


@pytest.mark.parametrize("name", ["no-such-weights", "T1.nii.gz"])
def test_weights_that_are_none(run: Run, files: SimpleNamespace, name: str) -> None:
    files.weights = files.folder / name
    refused(run, files.folder, words(files, "--factor", "2"))


def test_weights_that_need_a_guide(run: Run, files: SimpleNamespace) -> None:
    given = ["enhance", files.target, "--weights", files.weights, "--factor", 2]
    assert "guide" in refused(run, files.folder, [*given, "-o", files.output])


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (["--no-register"], "--no-register acts on a guide, and there is none; add a --guide"),
        (["--start", "centres", "--keep-guide"], "--start and --keep-guide act on a guide"),
        (["--guide-series", "T1"], "--guide-series acts on a guide"),
    ],
)
def test_options_of_a_guide_that_is_missing(
    run: Run, files: SimpleNamespace, more: list[str], message: str
) -> None:
    given = ["enhance", files.target, "--factor", "2", "-o", files.output, *more]
    assert message in refused(run, files.folder, given)


def test_weights_that_use_no_guide(run: Run, files: SimpleNamespace) -> None:
    files.weights = files.unguided
    assert "guide" in refused(run, files.folder, words(files, "--factor", "2"))


def test_a_device_that_is_not_there(
    run: Run, files: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    given = words(files, "--factor", "2", "--device", "cuda")
    assert "set --device to auto or one of those present: cpu" in refused(run, files.folder, given)


@pytest.mark.parametrize(
    "given",
    [
        ["enhance"],
        ["enhance", "T2.nii.gz", "--factor", "2"],
        ["improve"],
        ["enhance", "T2.nii.gz", "-o", "a.nii.gz", "--batch", "0"],
        ["--no-such-option"],
        ["weights", "show"],
    ],
)
def test_words_that_are_no_command(run: Run, tmp_path: Path, given: list[object]) -> None:
    assert "--help" in refused(run, tmp_path, given)


def test_a_device_that_is_none(run: Run, files: SimpleNamespace) -> None:
    given = words(files, "--factor", "2", "--device", "abacus")
    assert "choose auto" in refused(run, files.folder, given)


@pytest.mark.parametrize("error", [MemoryError(), RuntimeError("can't allocate memory")])
def test_too_little_memory(
    run: Run, files: SimpleNamespace, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr("crossres.inference.method.super_resolve", fail)
    refused(run, files.folder, words(files, "--factor", "2", "--no-register"))


def test_a_defect_of_crossres_is_not_hidden(
    run: Run, files: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("crossres.inference.method.super_resolve", fail)
    with pytest.raises(ZeroDivisionError):
        run(*words(files, "--factor", "2", "--no-register"))


def test_every_error_class_ends_with_code_2(
    run: Run, files: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    for kind in CrossresError.__subclasses__():

        def fail(*_: object, kind: type[CrossresError] = kind, **__: object) -> None:
            raise kind("what is wrong;\nwhat to do")

        monkeypatch.setattr("crossres.inference.method.super_resolve", fail)
        line = refused(run, files.folder, words(files, "--factor", "2", "--no-register"))
        assert line.endswith("what is wrong; what to do")
