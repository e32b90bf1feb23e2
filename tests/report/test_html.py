"""A report needs no other file, and shows the verdict, warnings and pictures first."""

import base64
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from crossres.metrics import Scores, SliceScore
from crossres.physics import Consistency
from crossres.report.checks import Check
from crossres.report.html import PlaneView, Report, render_report, write_report
from crossres.report.inferred import Inferred
from crossres.report.stage import Stage
from crossres.report.verdict import verdict_from_checks
from crossres.types import OutputExistsError

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
CHECKS = (
    Check.at_most("data_consistency_error", 0.0031, 0.02, "The error."),
    Check.at_most("shift", 0.2, 0.05, "The shift.", "voxels"),
)
STAGE = Stage({"interpolated (cubic)": PNG, "result": PNG}, bar=(50.0, 0.25))
OVERLAY = Stage({"before registration": PNG, "after registration": PNG}, under=PNG)
ROW = SliceScore(40, 0.3, 33.25, 0.951, 27.5, 0.85)


@pytest.fixture
def report() -> Report:
    return Report(
        "A head, 4 x 4 x 1",
        {"Target": "head_T2w.nii.gz"},
        verdict=verdict_from_checks(Consistency(0.074, 0.0031), CHECKS, kind="exact"),
        checks=CHECKS,
        inferred=Inferred(0.717, 0.123, 532.0),
        warnings=("The guide is <coarser> than the target.",),
        views=(
            PlaneView("sagittal", "sagittal, L 12.4 mm", STAGE, maps={"Residual": PNG}),
            PlaneView(
                "axial",
                "axial, S 3.0 mm",
                STAGE,
                enhanced=False,
                registration=OVERLAY,
                figures={"axial, S 3.0 mm": PNG},
            ),
        ),
        figures={"profile": PNG},
        methods="The scan was <enhanced> [1].",
        references=("Author 2023.",),
        command="crossres enhance 'a b.nii.gz'",
        scores={"interpolated (cubic)": Scores((ROW, replace(ROW, psnr=35.25)), 900.0, 2)},
        scored_region="brain",
        scored={"beside the reference": PNG},
        metadata={
            "inputs": {"target": {"file": "head_T2w.nii.gz", "sha256": "0" * 64}},
            "factors": [4, 4, 1],
            "timings_seconds": {"network": 12.34567},
            "weights": None,
        },
    )


class _Tags(HTMLParser):
    """Collects what is open and every address."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.addresses += [value or "" for name, value in attrs if name in ("src", "href")]
        if tag not in ("meta", "img", "input", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def _text(page: str) -> str:
    inline = re.sub(r"</?(span|b)\b[^>]*>", "", page)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", inline))


def test_the_report_is_whole_and_loads_nothing(report):
    page = render_report(report)
    tags = _Tags()
    tags.feed(page)
    assert tags.open == []
    pictures = [address for address in tags.addresses if not address.startswith("#")]
    assert all(address.startswith("data:image/png;base64,") for address in pictures)
    assert "default-src 'none'" in page
    assert not re.search(r"https?://|@import|url\(", page)


def test_everything_given_is_in_the_report(report):
    text = _text(render_report(report))
    for expected in ("head_T2w.nii.gz", "0" * 64, "12.35", "71.7 %", "12.3 %", "7.4 %"):
        assert expected in text
    assert "34.25 ± 1.41" in text
    assert "4, 4, 1" in text
    assert "brain only" in text
    assert "not a medical device" in text
    assert "sagittal, L 12.4 mm" in text
    assert "50 mm" in text
    assert "The scan was &lt;enhanced&gt; [1]." in text
    assert "crossres enhance &#39;a b.nii.gz&#39;" in text


def test_each_check_states_its_value_its_limit_and_its_outcome(report):
    text = _text(render_report(report))
    assert "data-consistency error 0.31 % ≤ 2.0 % ✓ passed The error." in text
    assert "shift 0.20 voxels ≤ 0.05 voxels ✗ failed The shift." in text


def test_planes_are_tabs_and_the_enhanced_one_comes_first(report):
    page = render_report(report)
    assert re.findall(r'data-plane="(\w+)" aria-pressed="(\w+)"', page) == [
        ("sagittal", "true"), ("axial", "false"),
    ]  # fmt: skip
    assert "sagittal (enhanced)" in page
    assert "axial (enhanced)" not in page


def test_what_is_shown_above_is_not_listed_again(report):
    content = {**report.metadata, "verdict": {"level": "odd"}, "command": "again and again"}
    page = render_report(replace(report, metadata=content))
    assert "odd" not in page.split("<h2>Details")[1]
    assert "again and again" not in page


def test_the_page_begins_with_verdict_warnings_and_pictures(report):
    page = render_report(report)
    parts = (
        "<h1>", report.verdict.headline, "1 warning", 'id="pictures"', 'id="checks"',
        "What was measured and what was inferred", "What was done", "For a methods section",
        "<h2>Details",
    )  # fmt: skip
    places = [page.index(part) for part in parts]
    assert places == sorted(places)
    assert "1 of 2 checks passed" in page


def test_the_predicted_error_follows_what_is_no_error(report):
    sentence = "The median error is 4.8 %."
    assert "an error. Do not trust" in render_report(report)
    page = render_report(replace(report, predicted_error=sentence))
    assert f"Neither number is an error. {sentence} Do not trust" in page


def test_the_caption_of_slices_comes_before_them_and_the_maps(report):
    whole = [replace(report.views[1], maps={"Residual": PNG})]
    page = render_report(replace(report, views=whole))
    parts = ("<h3>Slices</h3>", "the yellow frame", "<figcaption>axial, S", "<h3>Maps</h3>")
    places = [page.index(part) for part in parts]
    assert places == sorted(places)
    assert "yellow frame" not in render_report(replace(report, views=report.views[:1]))


def test_warnings_are_escaped_and_many_are_folded(report):
    page = render_report(report)
    assert "&lt;coarser&gt;" in page
    assert "<coarser>" not in page
    assert '<details class="box warning" open>' in page
    many = render_report(replace(report, warnings=("One.", "Two.", "Three.")))
    assert '<details class="box warning">\n<summary>3 warnings</summary>' in many


def test_keys_are_shown_in_words(report):
    keys = {"self_validation_gain_db": 1.0, "weights_sha256": "0", "transform": None}
    text = _text(render_report(replace(report, metadata=keys)))
    assert "self-validation gain, dB 1 weights SHA-256 0" in text
    assert "transform" not in text.split("Details")[1]


def test_names_without_folders_are_explained_beside_the_command(report):
    assert "Names of files are given without their folders" in render_report(report)


def test_absent_parts_are_left_out():
    text = _text(render_report(Report("Bare", {"Target": "x"})))
    for absent in ("Warning", "reference", "energy", "agrees", "Pictures", "Details", "None"):
        assert absent not in text.split("}")[-1]


def test_the_file_is_there_in_full_or_not_at_all(report, tmp_path: Path):
    path = tmp_path / "page.html"
    write_report(report, path)
    assert path.read_text(encoding="utf-8") == render_report(report)
    with pytest.raises(OutputExistsError):
        write_report(Report("Other", {}), path)
    write_report(Report("Other", {}), path, overwrite=True)
    assert "Other" in path.read_text(encoding="utf-8")
    assert list(tmp_path.iterdir()) == [path]
