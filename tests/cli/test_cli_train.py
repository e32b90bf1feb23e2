"""crossres train makes weights that enhance can use, and resumes where it was interrupted."""

import csv
import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pydicom
import pytest

from crossres.cli import main
from crossres.io import read, write
from crossres.training import Recipe
from crossres.weights import read_card
from dicom_files import WORDS, write_files

Run = Callable[..., Any]


def make_cohort(folder: Path, scene: Path) -> Path:
    """Name the scans as BIDS does."""
    folder.mkdir()
    for subject in ("sub-01", "sub-02"):
        for contrast in ("T1", "T2"):
            copy = folder / f"{subject}_{contrast}w.nii.gz"
            copy.write_bytes((scene / f"{contrast}.nii.gz").read_bytes())
    return folder


@pytest.fixture
def cohort(tmp_path: Path, written: Path) -> Path:
    return make_cohort(tmp_path / "cohort", written)


def words(cohort: Path, *more: object) -> list[object]:
    """Return a command; texture in these voxels of 4 mm would count as noise."""
    trusted = [] if "none" in more else ["--no-register"]
    return [
        "train", cohort, "--factor", "2", "-o", cohort.parent / "my.safetensors",
        *trusted, "--no-denoising", "--steps", 2, *more,
    ]  # fmt: skip


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory, written: Path) -> Path:
    """Train once; return the weights."""
    cohort = make_cohort(tmp_path_factory.mktemp("trained") / "cohort", written)
    more = ("--loss", "l2", "--seed", 5, "--weights-version", 3)
    assert main([str(w) for w in words(cohort, *more)]) == 0
    return cohort.parent / "my.safetensors"


def test_the_weights_enhance(run: Run, files: SimpleNamespace, trained: Path) -> None:
    done = run(
        "enhance", files.target, "--guide", files.guide, "--weights", trained,
        "--factor", "2", "-o", files.output, "--no-register",
    )  # fmt: skip
    assert done.code == 0, done.err
    assert done.err == "", "weights that were trained on these scans are for them"


def test_the_card_states_what_was_used(trained: Path) -> None:
    card = read_card(trained)
    assert (card.full_name, card.target, card.guide) == ("my@3", "T2w", "T1w")
    assert card.data == "2 cases"
    assert card.spacing_mm == (4.0, 4.0)
    assert card.plane == "axial"
    assert card.seed == 5
    assert any("l2" in name for name in card.results)


def test_the_card_names_no_folders(run: Run, cohort: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given = [str(word) for word in words(cohort, f"--work={cohort.parent / 'checkpoints'}")]
    monkeypatch.setattr("sys.argv", ["crossres", *given])
    assert run(*given).code == 0
    (command,) = read_card(cohort.parent / "my.safetensors").commands
    assert str(cohort.parent) not in command
    assert command.startswith("crossres train SCANS --factor 2 -o my.safetensors ")
    assert command.endswith(" --work=...")


def test_what_is_passed_on_names_nobody(
    run: Run, exports: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = exports.rename(exports.parent / "Quintilia_19010203")
    uid = pydicom.dcmread(next((folder / "Testperson").glob("0-*"))).SeriesInstanceUID
    for path in (folder / "Quintilia").iterdir():
        header = pydicom.dcmread(path)
        if header.SeriesDescription.startswith("t2"):
            header.SeriesInstanceUID = uid
            header.save_as(path)
    given = [str(word) for word in words(folder, "--target-series", uid, *SERIES[2:])]
    monkeypatch.setattr("sys.argv", ["crossres", *given])
    done = run(*given)
    assert done.code == 0, done.err
    made = [path for path in exports.parent.rglob("my*") if path.is_file()]
    made += (exports.parent / "my.train").iterdir()
    assert {path.suffix for path in made} == {".safetensors", ".csv", ".png", ".pt", ".json"}
    for path in made:
        content = path.read_bytes().lower()
        for word in (uid, str(exports.parent), *WORDS):
            assert word.lower().encode() not in content, (path.name, word)


def test_the_loss_curve_is_there_as_table_and_picture(trained: Path) -> None:
    with trained.with_name("my_loss.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert rows
    assert float(rows[0]["loss"]) > 0
    assert trained.with_name("my_loss.png").read_bytes().startswith(b"\x89PNG")


def test_checkpoints_of_another_training_are_refused(run: Run, trained: Path) -> None:
    done = run(*words(trained.parent / "cohort", "--overwrite", "--seed", 6))
    assert done.code == 2
    assert "--work" in done.error


@pytest.mark.parametrize("change", ["contrast", "scan", "registration"])
def test_checkpoints_of_other_scans_are_refused(run: Run, cohort: Path, change: str) -> None:
    assert run(*words(cohort)).code == 0
    more: list[object] = ["--overwrite"]
    if change == "contrast":
        for path in cohort.glob("*_T2w.nii.gz"):
            path.rename(path.with_name(path.name.replace("T2w", "FLAIR")))
        more += ["--target", "FLAIR"]
    if change == "scan":
        scan = read(cohort / "sub-01_T2w.nii.gz")
        write(scan.with_data(scan.data + 1), cohort / "sub-01_T2w.nii.gz", overwrite=True)
    given = words(cohort, *more)
    if change == "registration":
        given.remove("--no-register")
    done = run(*given)
    assert done.code == 2
    assert "--work" in done.err


@pytest.fixture
def exports(tmp_path: Path, written: Path) -> Path:
    """Write the DICOM folders of two people, named after them."""
    root = tmp_path / "exports"
    for person in ("Quintilia", "Testperson"):
        for contrast, description in (("T2", "t2 tse"), ("T1", "mprage")):
            scan = read(written / f"{contrast}.nii.gz")
            whole = scan.with_data(scan.data.round())
            write_files(root / person, whole, f"{description} of {person}")
    (root / ".cache").mkdir()
    (root / "notes.txt").write_text("no subject")
    return root


SERIES = ("--target-series", "T2", "--guide-series", "mprage")


def test_dicom_folders_are_trained_on(run: Run, exports: Path, files: SimpleNamespace) -> None:
    done = run(*words(exports, *SERIES))
    assert done.code == 0, done.err
    weights = exports.parent / "my.safetensors"
    card = read_card(weights)
    assert (card.target, card.guide, card.data) == ("T2w", "T1w", "2 cases")
    known = (exports.parent / "my.train" / "training.json").read_text()
    for text in (done.out, done.err, known, card.model_dump_json()):
        assert not any(word.lower() in text.lower() for word in WORDS)
    done = run(
        "enhance", files.target, "--guide", files.guide, "--weights", weights,
        "--factor", "2", "-o", files.output, "--no-register",
    )  # fmt: skip
    assert (done.code, done.err) == (0, "")


def test_dicom_and_nifti_of_the_same_scans_give_the_same_losses(
    run: Run, exports: Path, cohort: Path
) -> None:
    assert run(*words(exports, *SERIES)).code == 0
    for path in cohort.glob("*.nii.gz"):
        scan = read(path)
        write(scan.with_data(scan.data.round()), path, overwrite=True)
    given = words(cohort, "--work", cohort.parent / "other", "--overwrite")
    first = read_card(exports.parent / "my.safetensors").results
    assert run(*given).code == 0
    assert read_card(exports.parent / "my.safetensors").results == first


def test_a_list_of_series_writes_nothing(run: Run, exports: Path) -> None:
    before = sorted(exports.parent.rglob("*"))
    done = run(*words(exports, *SERIES, "--dry-run"))
    assert done.code == 0, done.err
    assert [
        word for word in ("folder 1", "folder 2", "t2 tse of ...") if word not in done.out
    ] == []
    assert sorted(exports.parent.rglob("*")) == before


def test_files_are_listed_too(run: Run, cohort: Path) -> None:
    assert "sub-02_T1w.nii.gz" in run(*words(cohort, "--dry-run")).out
    assert not (cohort.parent / "my.safetensors").exists()


def test_every_folder_without_a_choice_is_named_by_number(
    run: Run, exports: Path, written: Path
) -> None:
    scan = read(written / "T2.nii.gz")
    write_files(exports / "Ludmilla", scan.with_data(scan.data.round()), "t2 flair")
    (exports / "Doctorson").mkdir()
    write_files(exports / "Testperson", scan.with_data(scan.data.round()), "t2 tse again")
    line = run(*words(exports, *SERIES)).error
    assert "3 of 4 folders (numbered by name) cannot be used: folder 1: it holds no read" in line
    assert "folder 2: no series fits 'mprage' among 't2 flair'" in line
    assert "folder 4: 'T2' fits 2 series: 't2 tse again'" in line
    assert "choose by words that fit one series in every folder" in line
    assert not any(word.lower() in line.lower() for word in WORDS)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            ["--target-series", "t2"],
            "with --target-series and --guide-series, or with --guide none",
        ),
        (["--guide-series", "t2"], "give the one that is missing"),
        ([*SERIES, "--guide", "none"], "leave one out"),
        (["--target-series", "mprage", "--guide-series", "mpr"], "one and the same series"),
    ],
)
def test_an_incomplete_choice_of_series(
    run: Run, exports: Path, given: list[str], message: str
) -> None:
    done = run(*words(exports, *given))
    assert done.code == 2
    assert message in done.error


@pytest.mark.parametrize("place", ["missing", "exports/Quintilia"])
def test_no_folders_of_subjects(run: Run, exports: Path, place: str) -> None:
    done = run(*words(exports.parent / place, *SERIES))
    assert done.code == 2
    assert "; " in done.error


def test_a_gap_in_a_series_names_its_folder_by_number(run: Run, exports: Path) -> None:
    paths = [path for path in (exports / "Testperson").iterdir() if path.name.startswith("0-")]
    paths[len(paths) // 2].unlink()
    line = run(*words(exports, *SERIES)).error
    assert "case folder 2: series 't2 tse of ...' lacks 1 slice" in line


@pytest.mark.parametrize(
    ("more", "share"),
    [
        ((), 0.5),
        (("--structures", "0.2"), 0.2),
        (("--recipe", "paper"), 0.0),
        (("--factor", "1,1,2"), 0.5),
    ],
)
def test_structures_are_drawn_but_for_the_papers_recipe(
    run: Run, cohort: Path, monkeypatch: pytest.MonkeyPatch, more: tuple[str, ...], share: float
) -> None:
    plans = []

    def stop(training_set: object, plan: Recipe, **_: object) -> None:
        plans.append(plan)
        raise KeyboardInterrupt

    monkeypatch.setattr("crossres.workflows.train.fit_recipe", stop)
    assert run(*words(cohort, *more)).code == 130
    assert plans[0].regime.learning.augmentation.structures == share


def test_noise_and_apodised_scans_are_stated(run: Run, cohort: Path) -> None:
    done = run(*words(cohort, "--added-noise", "0,0.03", "--plane-profile", "band-limited"))
    assert done.code == 0, done.err
    note = "apodised before training, as at inference, 2 of 2 scans: sub-01 (i, j), sub-02 (i, j)"
    assert f"warning: {note}" in done.err
    acquisition = read_card(cohort.parent / "my.safetensors").acquisition
    assert "noise of 0 to 3 % of the intensity scale added, of 2 scans 2 apodised" in acquisition
    record = json.loads((cohort.parent / "my.train" / "training.json").read_text())
    assert record["prepared"] == [{"apodised": "ij"}] * 2
    assert record["plan"]["regime"]["learning"]["added_noise"] == [0, 0.03]


def test_denoised_scans_are_stated(run: Run, cohort: Path) -> None:
    given = words(cohort)
    given.remove("--no-denoising")
    done = run(*given)
    assert done.code == 0, done.err
    assert "warning: denoised before training, as at inference, 2 of 2 scans: sub-01 (" in done.err
    record = json.loads((cohort.parent / "my.train" / "training.json").read_text())
    assert [list(each) for each in record["prepared"]] == [["noise"]] * 2


@pytest.mark.parametrize(
    ("noise", "message"),
    [
        ("0.03,0", "--added-noise must be a number at least 0.03 and at most 0.3, got 0.0"),
        ("0,3", "--added-noise must be a number at least 0 and at most 0.3, got 3.0"),
        ("much", "--added-noise 'much' is not a list of numbers; give such as 0,0.03"),
    ],
)
def test_impossible_noise(run: Run, cohort: Path, noise: str, message: str) -> None:
    done = run(*words(cohort, "--added-noise", noise))
    assert done.code == 2
    assert message in done.err


def test_a_share_beyond_all(run: Run, cohort: Path) -> None:
    done = run(*words(cohort, "--structures", "1.5"))
    assert done.code == 2
    assert "--structures must be a number at least 0 and at most 1, got 1.5" in done.err


def test_stages_and_the_papers_recipe_are_for_the_plane(run: Run, cohort: Path) -> None:
    for more in (("--stages", 2), ("--recipe", "paper")):
        done = run(*words(cohort, "--factor", "1,1,2", *more))
        assert done.code == 2
        assert "leave --stages and --recipe paper out" in done.err


def test_unguided(run: Run, cohort: Path) -> None:
    for path in cohort.glob("*_T1w.nii.gz"):
        path.unlink()
    assert run(*words(cohort, "--guide", "none")).code == 0
    assert read_card(cohort.parent / "my.safetensors").guide is None


def test_ctrl_c_reports_how_to_resume(
    run: Run, cohort: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("crossres.training.External.fit", stop)
    done = run(*words(cohort))
    assert done.code == 130
    assert f"resumes from the checkpoints in {cohort.parent / 'my.train'}" in done.error
    assert not (cohort.parent / "my.safetensors").exists()


def test_an_output_in_the_way(run: Run, cohort: Path) -> None:
    (cohort.parent / "my_loss.csv").write_text("precious")
    done = run(*words(cohort))
    assert done.code == 2
    assert "--overwrite" in done.error
    assert not (cohort.parent / "my.train").exists()


@pytest.mark.parametrize("factor", ["0", "1", "-2", "nan", "four"])
def test_an_impossible_factor(run: Run, cohort: Path, factor: str) -> None:
    given = words(cohort)
    given[given.index("2")] = factor
    done = run(*given)
    assert done.code == 2
    assert done.error.startswith("crossres: error: ")


def test_a_folder_without_scans(run: Run, tmp_path: Path) -> None:
    done = run("train", tmp_path, "--factor", "2", "-o", tmp_path / "my.safetensors")
    assert done.code == 2
    assert "BIDS" in done.error


def test_a_damaged_scan_is_named(run: Run, cohort: Path) -> None:
    (cohort / "sub-02_T2w.nii.gz").write_bytes(b"\x1f\x8b")
    done = run(*words(cohort))
    assert done.code == 2
    assert "case sub-02" in done.error
