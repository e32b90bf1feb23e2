"""crossres cohort: a BIDS dataset in, BIDS derivatives out, whatever single cases are like."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from crossres.cli.cohort import _finish as finish
from crossres.types import SettingsError
from crossres.workflows.cohort.outcome import Outcome

Run = Callable[..., Any]
Build = Callable[..., Path]
THREE = [f"sub-{s}/anat/sub-{s}_{c}" for s in ("01", "02", "03") for c in ("T1w", "T2w")]


@pytest.fixture
def words(tiny_weights: SimpleNamespace, tmp_path: Path) -> Callable[..., list[object]]:
    """Return a function that gives the words of a command."""

    def command(root: Path, *more: object, out: Path | None = None) -> list[object]:
        chosen = ["--weights", tiny_weights.guided, "--factor", "2", "--no-register"]
        return ["cohort", root, out or tmp_path / "out", *chosen, *more]

    return command


Words = Callable[..., list[object]]


def made(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*_desc-sr_*.nii.gz"))


def test_past_a_bad_case_and_again(run: Run, build: Build, words: Words, tmp_path: Path) -> None:
    root = build(*THREE)
    good = (root / THREE[2]).with_suffix(".nii.gz").read_bytes()
    (root / f"{THREE[2]}.nii.gz").write_text("no image")
    first = run(*words(root))
    assert first.code == 1
    assert first.err.splitlines()[-1] == (
        "crossres: failed: sub-02: sub-02/anat/sub-02_T1w.nii.gz is not a NIfTI file; "
        "give a .nii, .nii.gz, .mgz or .nrrd file, or a folder of DICOM files"
    )
    assert "made    2" in first.out
    assert made(tmp_path / "out") == [f"sub-{s}_res-x2_desc-sr_T2w.nii.gz" for s in ("01", "03")]
    (root / f"{THREE[2]}.nii.gz").write_bytes(good)
    again = run(*words(root))
    assert again.code == 0, again.err
    assert "kept    2" in again.out
    assert len(made(tmp_path / "out")) == 3
    assert (tmp_path / "out" / "failed.tsv").read_text() == "case\treason\n"


def test_two_processes(run: Run, build: Build, words: Words, tmp_path: Path) -> None:
    root = build(*THREE[:4])
    assert run(*words(root, "--workers", "2")).code == 0
    assert run(*words(root, out=tmp_path / "serial")).code == 0
    for name in made(tmp_path / "out"):
        one, other = (next((tmp_path / out).rglob(name)) for out in ("out", "serial"))
        assert one.read_bytes() == other.read_bytes()


def test_the_call_of_a_bids_app(run: Run, build: Build, words: Words, tmp_path: Path) -> None:
    """Labels with and without prefix, several after one option; the other sessions are left out."""
    stems = [f"sub-{s}/ses-{t}/anat/sub-{s}_ses-{t}" for s in ("01", "02", "03") for t in (1, 2)]
    root = build(*(f"{stem}_{c}" for stem in stems for c in ("T1w", "T2w")))
    given = words(root, "participant", "--participant-label", "01", "sub-02", "--session-label", 1)
    resources = ["--n-procs", "1", "--mem", "8", "-w", tmp_path / "work"]
    done = run(*given, *resources)
    assert (done.code, done.err) == (0, "")
    assert made(tmp_path / "out") == [
        f"sub-{s}_ses-1_res-x2_desc-sr_T2w.nii.gz" for s in ("01", "02")
    ]


def test_the_group_level_makes_page_and_tables_only(
    run: Run, build: Build, words: Words, tmp_path: Path
) -> None:
    root, out = build(*THREE[:4]), tmp_path / "out"
    assert "run the participant level first" in run("cohort", root, out, "group").error
    assert not out.exists()
    assert run(*words(root)).code == 0
    expected = {name: (out / name).read_text() for name in ("index.html", "cases.tsv")}
    for name in expected:
        (out / name).unlink()
    before = made(out)
    shutil.rmtree(root / "sub-02")
    refused = run("cohort", root, out, "group", "--dry-run")
    assert (refused.code, "--dry-run lists cases" in refused.error) == (2, True)
    assert not any((out / name).exists() for name in expected)
    done = run("cohort", root, out, "group")
    assert (done.code, done.err) == (0, "")
    assert "wrote" in done.out
    assert {name: (out / name).read_text() for name in expected} == expected
    assert made(out) == before


def test_two_resolutions_lie_beside_each_other(
    run: Run, build: Build, words: Words, tmp_path: Path
) -> None:
    root, out = build(*THREE[:2]), tmp_path / "out"
    assert run(*words(root)).code == 0
    finer = ["--spacing" if word == "--factor" else word for word in words(root)]
    assert run(*("1.5" if word == "2" else word for word in finer)).code == 0
    assert made(out) == [f"sub-01_res-{r}_desc-sr_T2w.nii.gz" for r in ("1p5mm", "x2")]
    meanings = [json.loads(p.read_text())["Resolution"] for p in sorted(out.rglob("*_T2w.json"))]
    assert meanings[0].endswith("(requested: spacing 1.5)")
    assert meanings[1].endswith("(requested: factor 2)")
    assert len((out / "cases.tsv").read_text().splitlines()) == 3


def test_without_a_resolution_each_result_is_isotropic(
    run: Run, build: Build, tiny_weights: SimpleNamespace, tmp_path: Path
) -> None:
    root = build("sub-1/anat/sub-1_T1w")  # voxels of 2 x 2 x 4 mm
    words = ["cohort", root, tmp_path / "out", "--target", "T1w", "--guide", "none"]
    assert run(*words, "--weights", tiny_weights.unguided).code == 0
    [path] = (tmp_path / "out").rglob("*_res-iso_desc-sr_T1w.json")
    content = json.loads(path.read_text())
    assert content["grids"]["result"]["spacing_mm"] == [2, 2, 2]
    assert content["Resolution"].startswith("Voxels of 2 x 2 x 2 mm (requested: isotropic")
    again = run(*words, "--weights", tiny_weights.unguided)
    assert (again.code, "kept    1" in again.out) == (0, True)


def test_skull_stripping_is_hinted_at_and_stated_by_an_option(
    run: Run, build: Build, words: Words, tmp_path: Path
) -> None:
    root = build(*THREE[:4])
    first = run(*words(root))
    assert "2 cases without SkullStripped" in first.out
    assert "add --skull-stripped yes or no" in first.out
    second = run(*words(root, "--skull-stripped", "no"))
    assert (second.code, "kept    2" in second.out) == (0, True)
    assert "SkullStripped" not in second.out
    sidecars = [json.loads(p.read_text()) for p in (tmp_path / "out").rglob("*_T2w.json")]
    assert [content["SkullStripped"] for content in sidecars] == [False, False]
    (root / "sub-01" / "sub-01_T2w.json").write_text('{"SkullStripped": true}')
    refused = run(*words(root, "--skull-stripped", "no"))
    assert refused.code == 2
    assert "--skull-stripped contradicts the metadata of sub-01_T2w.nii.gz" in refused.error


def test_a_filter_file_selects_targets_and_guides(
    run: Run, build: Build, words: Words, tmp_path: Path
) -> None:
    names = ("sub-1_T2w", "sub-1_acq-x_T2w", "sub-1_acq-a_T1w", "sub-1_acq-b_T1w")
    root = build(*(f"sub-1/anat/{name}" for name in names))
    file = tmp_path / "filters.json"
    file.write_text('{"t2w": {"acquisition": null}, "t1w": {"acquisition": "b"}}')
    assert run(*words(root, "--bids-filter-file", file)).code == 0
    [sidecar] = (tmp_path / "out").rglob("*_T2w.json")
    assert "sub-1_acq-b_T1w" in json.loads(sidecar.read_text())["Sources"][1]
    twice = run(*words(root, "--bids-filter-file", file, "--filter", "acq=x"))
    assert twice.error.endswith("by an option and by --bids-filter-file; leave one out")


WITHOUT_TORCH = """
import sys
from crossres.cli import main

from crossres.workflows.cohort.outcome import Outcome
assert main(sys.argv[1:]) == 0
assert sys.modules.keys().isdisjoint({"torch", "SimpleITK", "scipy"}), "a list needs none of them"
"""


def test_a_list_is_made_without_torch(build: Build, tmp_path: Path) -> None:
    words = ["cohort", build(*THREE), tmp_path / "out", "--factor", "2", "--dry-run"]
    command = [sys.executable, "-c", WITHOUT_TORCH, *map(str, words)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    for column in ("sub-02_T2w.nii.gz", "sub-02_T1w.nii.gz", "sub-02_res-x2_desc-sr_T2w.nii.gz"):
        assert column in done.stdout


def test_a_list_states_what_a_run_would_do(run: Run, build: Build, words: Words) -> None:
    """The same settings keep a case, others fail as in a run, and --overwrite makes it again."""
    root = build(*THREE[:4])
    assert run(*words(root, "--participant-label", "01")).code == 0

    def actions(*more: object) -> list[str]:
        lines = run(*words(root, "--dry-run", *more)).out.splitlines()
        return [line.split("nii.gz")[-1].strip() for line in lines if "sub-0" in line]

    assert actions() == ["keep", "make"]
    assert actions("--ensemble") == ["fail", "make"]
    assert actions("--ensemble", "--overwrite") == ["make again", "make"]
    listed = run(*words(root, "--dry-run", "--report"))
    assert listed.code == 1
    assert "has no report" in listed.error
    assert listed.error == run(*words(root, "--report", "--participant-label", "01")).error


def test_the_help_names_the_tables(run: Run) -> None:
    shown = " ".join(run("cohort", "--help").out.split())
    assert "index.html and cases.tsv over all cases" in shown
    assert "failed.tsv over those of this run that failed" in shown


def test_one_case_is_not_a_plural(run: Run, build: Build, words: Words) -> None:
    root = build(*THREE[:2])
    assert run(*words(root, "--dry-run")).out.startswith("1 case ")
    assert run(*words(root)).out.startswith("1 case ")


def test_temporary_files_go_where_they_are_sent(
    run: Run, build: Build, words: Words, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    used = []

    def note(*_: object) -> None:
        used.append(tempfile.gettempdir())
        raise SettingsError("seen")

    monkeypatch.setattr("crossres.workflows.cohort.case.enhance_files", note)
    assert run(*words(build(*THREE[:2]), "-w", tmp_path / "work")).code == 1
    assert used == [str(tmp_path / "work")]


def test_a_list_writes_nothing(run: Run, build: Build, words: Words, tmp_path: Path) -> None:
    done = run(*words(build(*THREE[:4], "sub-03/anat/sub-03_T2w"), "--dry-run"))
    assert done.code == 1
    assert "2 cases" in done.out
    assert "sub-02_T1w.nii.gz" in done.out
    assert "sub-03: no T1w for sub-03" in done.error
    assert not (tmp_path / "out").exists()


def test_other_contrasts_are_warned_of_and_made(
    run: Run, build: Build, words: Words, tmp_path: Path
) -> None:
    root = build("sub-1/ses-a/anat/sub-1_ses-a_FLAIR", "sub-1/ses-a/anat/sub-1_ses-a_T1w")
    assert run(*words(root, "--target", "FLAIR", "--report")).code == 0
    [sidecar] = (tmp_path / "out/sub-1/ses-a/anat").glob("*_desc-sr_FLAIR.json")
    [warning] = json.loads(sidecar.read_text())["warnings"]
    assert warning == "weights were made for T2w guided by T1w, this is FLAIR guided by T1w"
    assert warning in (tmp_path / "out/index.html").read_text()
    assert warning in sidecar.with_suffix(".html").read_text()


def test_without_a_guide(
    run: Run, build: Build, tiny_weights: SimpleNamespace, tmp_path: Path
) -> None:
    root = build("sub-1/anat/sub-1_PDw.nii")
    given = ["--target", "PDw", "--guide", "none", "--weights", tiny_weights.unguided]
    done = run("cohort", root, tmp_path / "out", *given, "--spacing", "2", "--quiet")
    assert (done.code, done.out) == (0, "")
    assert done.error.startswith("crossres: warning: sub-1: weights were made for T2w")
    assert made(tmp_path / "out") == ["sub-1_res-2mm_desc-sr_PDw.nii.gz"]


def test_filters(run: Run, build: Build, words: Words, tmp_path: Path) -> None:
    names = ("sub-1_T2w", "sub-1_run-2_T2w", "sub-1_acq-a_T1w", "sub-1_acq-b_T1w")
    root = build(*(f"sub-1/anat/{name}" for name in names))
    chosen = ["--filter", "run=none", "--filter", "sub=1,2", "--guide-filter", "acq=b"]
    assert run(*words(root, *chosen)).code == 0
    [sidecar] = (tmp_path / "out").rglob("*_T2w.json")
    assert "sub-1_acq-b_T1w" in json.loads(sidecar.read_text())["Sources"][1]


def test_changed_settings_are_not_mixed(
    run: Run, build: Build, words: Words, tmp_path: Path
) -> None:
    root = build(*THREE[:2])
    assert run(*words(root)).code == 0
    changed = words(root, "--noise", "0.2")
    refused = run(*changed)
    assert refused.code == 1
    assert "was made with another noise; set --overwrite" in refused.error
    for name in ("failed.tsv", "index.html"):
        assert "set --overwrite" in (tmp_path / "out" / name).read_text()
    assert run(*changed, "--overwrite").code == 0


def test_inside_the_derivatives_and_with_spaces(
    run: Run, build: Build, words: Words, tmp_path: Path
) -> None:
    root = build(*THREE[:2], root=tmp_path / "my study (2)", description="")
    out = root / "derivatives" / "sharp er"
    assert run(*words(root, out=out)).code == 0
    assert "kept    1" in run(*words(root, out=out)).out


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (["--factor", "0.5"], "out of range"),
        (["--spacing", "1"], "were both given"),
        (["--target", "T2"], "it has T1w (1), T2w (1)"),
        (["--target", "*"], "no BIDS suffix"),
        (["--weights", "nothing"], "no weights 'nothing'"),
        (["--guide", "none"], "--no-register acts on a guide, and there is none"),
        (["--guide", "none", "--any-session"], "--no-register and --any-session act on a guide"),
        (["--filter", "acq"], "give KEY=LABEL"),
        (["--filter", "colour=red"], "BIDS has no entity 'colour'"),
        (["--filter", "sub=99"], "that passes the filters"),
        (["--participant-label", "01", "sub-99"], "no T2w of sub-99 is in the dataset"),
        (["--session-label", "1"], "no T2w of ses-1 is in the dataset"),
        (["--participant-label", "01", "--filter", "sub=01"], "leave one out"),
        (["--mem", "0"], "give GB above 0"),
        (["--bids-filter-file", "missing.json"], "cannot read missing.json"),
        (["assistant"], "--help"),
        (["--scheduler", "tcp://x:1"], "requires --engine dask"),
        (["--workers", "0"], "--help"),
        (["--guide-influence"], "add --maps"),
        (["--guide", "none", "--guide-influence"], "--no-register and --guide-influence act on a"),
        (["--iterations", "2"], "requires --back-projection iterative"),
        (["--engine", "steam"], "--help"),
    ],
)
def test_what_is_wrong_for_all_cases_is_refused(
    run: Run, build: Build, words: Words, tmp_path: Path, given: list[str], message: str
) -> None:
    done = run(*words(build(*THREE[:2]), *given))
    assert done.code == 2
    assert message in done.error
    assert not (tmp_path / "out").exists()


def test_weights_that_need_a_guide(
    run: Run, build: Build, tiny_weights: SimpleNamespace, tmp_path: Path
) -> None:
    words = ["cohort", build(THREE[1]), tmp_path / "out", "--guide", "none", "--factor", "2"]
    assert "need a T1w guide" in run(*words, "--weights", tiny_weights.guided).error
    assert not (tmp_path / "out").exists()


def test_folders_that_are_refused(run: Run, build: Build, words: Words, tmp_path: Path) -> None:
    root = build(*THREE[:2])
    before = sorted(root.rglob("*"))
    (tmp_path / "file").touch()
    for given in (
        words(root, out=root),
        words(root, out=root / "out"),
        words(root, out=tmp_path / "file"),
        words(root, out=tmp_path / "file" / "out"),
        words(tmp_path / "missing"),
    ):
        assert run(*given).code == 2
    assert sorted(root.rglob("*")) == before


def test_a_folder_that_may_not_be_written_to(
    run: Run, build: Build, words: Words, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = build(*THREE[:2])
    monkeypatch.setattr(
        "crossres.files.output_checks.os.access", lambda _, mode: not mode & os.W_OK
    )
    done = run(*words(root))
    assert done.code == 2
    assert "choose a folder that you may write to" in done.error


def test_ctrl_c_keeps_what_is_done(
    run: Run, build: Build, words: Words, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from crossres.workflows.cohort import case

    real, count = case.enhance_files, []

    def stop(*given: Any, **more: Any) -> Any:
        count.append(1)
        if len(count) == 2:
            raise KeyboardInterrupt
        return real(*given, **more)

    root = build(*THREE)
    monkeypatch.setattr(case, "enhance_files", stop)
    done = run(*words(root, "--quiet"))
    assert done.code == 130
    assert done.error.endswith("finished cases are kept, and the same command makes the rest")
    assert len(made(tmp_path / "out")) == 1
    assert not list((tmp_path / "out").rglob(".part-*"))
    again = run(*words(root))
    assert "kept    1" in again.out
    assert "made    2" in again.out


def test_a_defect_is_shown_with_its_place(
    run: Run, build: Build, words: Words, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("crossres.workflows.cohort.case.enhance_files", fail)
    done = run(*words(build(*THREE[:2])))
    assert done.code == 1
    assert "Traceback" in done.err
    assert "a defect of crossres, report it" in done.err


def test_cohort_has_the_settings_of_enhance(
    run: Run, build: Build, words: Words, tmp_path: Path
) -> None:
    chosen = ["--back-projection", "exact", "--noise", "0.2", "--keep-guide", "--ensemble"]
    assert run(*words(build(*THREE[:2]), *chosen)).code == 0
    settings = json.loads(next((tmp_path / "out").rglob("*_T2w.json")).read_text())["settings"]
    assert settings["noise"] == 0.2
    assert (settings["keep_guide"], settings["ensemble"], settings["guide_influence"]) == (1, 1, 0)


# pip installs it beside the interpreter, which need not be on PATH.
VALIDATOR = shutil.which(
    "bids-validator-deno",
    path=os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")]),
)


@pytest.mark.skipif(
    VALIDATOR is None,
    reason="BIDS VALIDATOR MISSING: pip install bids-validator-deno",
)
def test_the_validator_finds_no_error(run: Run, build: Build, words: Words, tmp_path: Path) -> None:
    names = ("sub-1/ses-a/anat/sub-1_ses-a_acq-x_run-1_T2w", "sub-1/ses-a/anat/sub-1_ses-a_T1w")
    root = build(*names)
    stated = ("--skull-stripped", "no")  # BIDS requires it of derivatives
    assert run(*words(root, *stated, "--report", "--maps", "--guide-influence")).code == 0
    finer = ["--spacing" if word == "--factor" else word for word in words(root, *stated)]
    assert run(*("1.5" if word == "2" else word for word in finer)).code == 0
    assert len(made(tmp_path / "out")) == 2
    command = [str(VALIDATOR), str(tmp_path / "out"), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    issues = json.loads(done.stdout)["issues"]["issues"]
    assert [issue for issue in issues if issue["severity"] == "error"] == []
    assert done.returncode == 0


ODD: list[Callable[[dict[str, Any]], object]] = [
    lambda sidecar: sidecar.update(passes=[]),
    lambda sidecar: sidecar.update(warnings=5),
    lambda sidecar: sidecar["consistency"].update(result="x"),
]


def test_odd_results_of_an_earlier_run_are_failed_cases_and_end_nothing(
    run: Run, build: Build, words: Words, tmp_path: Path
) -> None:
    root, out = build(*THREE), tmp_path / "out"
    assert run(*words(root)).code == 0
    sidecars = sorted(out.rglob("*_desc-sr_T2w.json"))
    for sidecar, change in zip(sidecars, ODD, strict=True):
        content = json.loads(sidecar.read_text())
        change(content)
        sidecar.write_text(json.dumps(content))
    shutil.rmtree(out / "sub-03")
    for name in ("index.html", "cases.tsv", "failed.tsv"):
        (out / name).unlink()
    done = run(*words(root))
    assert done.code == 1
    assert len(done.err.splitlines()) == 2
    for line, place in zip(done.err.splitlines(), ("passes", "warnings"), strict=True):
        assert f"T2w.json is no sidecar of a result ({place}: " in line
        assert line.endswith("; set --overwrite to make the case again")
    assert made(out) == [f"sub-{s}_res-x2_desc-sr_T2w.nii.gz" for s in ("01", "02", "03")]
    assert "sub-03_res-x2_T2w" in (out / "cases.tsv").read_text()
    assert "passes" in (out / "failed.tsv").read_text()
    assert "sub-03_res-x2_T2w" in (out / "index.html").read_text()
    assert run(*words(root, "--overwrite")).code == 0
    assert (out / "failed.tsv").read_text() == "case\treason\n"


def test_scans_that_were_not_fetched_fail_and_the_others_are_made(
    run: Run, build: Build, words: Words, tmp_path: Path
) -> None:
    root = build(*THREE)
    (root / f"{THREE[1]}.nii.gz").write_text("/annex/objects/MD5E-s1234--d41d8cd9.nii.gz\n")
    (root / f"{THREE[3]}.nii.gz").write_text("version https://git-lfs.github.com/spec/v1\n")
    done = run(*words(root))
    assert done.code == 1
    assert [line.split(": ")[2] for line in done.err.splitlines()] == ["sub-01", "sub-02"]
    assert made(tmp_path / "out") == ["sub-03_res-x2_desc-sr_T2w.nii.gz"]


def test_metadata_that_cannot_be_read_are_warned_of(
    run: Run, build: Build, words: Words, tmp_path: Path
) -> None:
    root = build(*THREE[:4])
    (root / "T2w.json").write_text('{"SkullStripped": true')
    done = run(*words(root))
    assert done.code == 0
    assert done.err.startswith(
        "crossres: warning: SkullStripped is not stated: T2w.json is no valid JSON"
    )
    for sidecar in (tmp_path / "out").rglob("*_desc-sr_T2w.json"):
        content = json.loads(sidecar.read_text())
        assert "SkullStripped" not in content
        assert "T2w.json is no valid JSON" in content["warnings"][-1]


def test_links_in_circles_and_names_that_are_not_utf8(
    run: Run, build: Build, words: Words, tmp_path: Path
) -> None:
    odd = "sub-m\udcfcller"
    root = build(*THREE[:2], *(f"{odd}/anat/{odd}_{c}" for c in ("T1w", "T2w")))
    root = root.rename(tmp_path / "Quintilia\udce4")
    for subject in ("sub-01", odd):
        (root / subject / "dataset").symlink_to("..")
        (root / subject / "ses-up").symlink_to("..")
    out = tmp_path / "out\udcff"
    assert run(*words(root, "--maps", "--report", out=out)).code == 0
    assert len(made(out)) == 2
    assert r"sub-m\xfcller_res-x2_T2w" in (out / "cases.tsv").read_text()
    again = run(*words(root, "--maps", "--report", out=out))
    assert (again.code, again.err) == (0, "")
    assert "kept    2" in again.out
    for path in (*out.glob("*.*"), *out.rglob("*.json"), *out.rglob("*.html")):
        assert "Quintilia" not in path.read_text(encoding="utf-8"), "a folder may name a patient"


def test_warnings_of_cases_are_printed(capsys: pytest.CaptureFixture[str]) -> None:
    finish([Outcome("sub-01", "made", warnings=("the spacing is outside",)), Outcome("b", "kept")])
    assert capsys.readouterr().err == "crossres: warning: sub-01: the spacing is outside\n"


def test_folders_may_follow_filters(run: Run, build: Build, tmp_path: Path) -> None:
    root = build("sub-1/anat/sub-1_acq-x_T2w", "sub-1/anat/sub-1_T2w", "sub-1/anat/sub-1_T1w")
    filters = ["--filter", "acq=x", "sub=1", root, tmp_path / "out"]
    done = run("cohort", "--factor", "2", "--dry-run", *filters)
    assert (done.code, done.err) == (0, "")
    assert "1 case " in done.out
