"""The page needs nothing else, says the important things first and tells no lies in passing."""

import base64
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from crossres.metrics import Scores, SliceScore
from crossres.report.html import (
    Consistency,
    Report,
    render,
    verdict,
    write_report,
)
from crossres.types import OutputExistsError

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
ROW = SliceScore(40, 0.3, 33.25, 0.951, 27.5, 0.85)


@pytest.fixture
def report() -> Report:
    return Report(
        "A head, 4 x 4 x 1",
        {"Target": "head_T2w.nii.gz"},
        consistency=Consistency(0.074, 0.0031),
        measured_share=0.983,
        warnings=("The guide is <coarser> than the target.",),
        figures={"Axial, middle": PNG},
        layers={"bicubic": PNG, "result": PNG},
        scores={"bicubic": Scores((ROW, replace(ROW, psnr=35.25)), 900.0, 2)},
        scored_region="brain",
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


def test_the_page_is_whole_and_asks_for_nothing(report):
    page = render(report)
    tags = _Tags()
    tags.feed(page)
    assert tags.open == []
    assert len(tags.addresses) == 3
    assert all(address.startswith("data:image/png;base64,") for address in tags.addresses)
    assert "default-src 'none'" in page
    assert not re.search(r"https?://|@import|url\(", page)


def test_everything_given_is_on_the_page(report):
    text = _text(render(report))
    for wanted in ("head_T2w.nii.gz", "0" * 64, "12.35", "98.3 %", "1.7 %", "7.4 %", "0.31 %"):
        assert wanted in text
    assert "34.25 ± 1.41" in text
    assert "4, 4, 1" in text
    assert "brain only" in text
    assert "not a medical device" in text


def test_warnings_come_before_all_findings_and_are_escaped(report):
    page = render(report)
    assert "&lt;coarser&gt;" in page
    assert "<coarser>" not in page
    assert page.index("&lt;coarser&gt;") < page.index(verdict(report.consistency).headline)


def test_nothing_is_said_about_what_is_not_there():
    text = _text(render(Report("Bare", {"Target": "x"})))
    for absent in ("Warning", "reference", "energy", "agrees", "Compare", "Details", "None"):
        assert absent not in text.split("}")[-1]


@pytest.mark.parametrize(
    ("before", "after", "level"),
    [
        (0.07, 0.0, "good"),
        (0.07, 0.009, "good"),
        (0.07, 0.02, "doubtful"),
        (0.2, 0.06, "bad"),
        (0.02, 0.03, "bad"),
        (0.07, float("nan"), "bad"),
    ],
)
def test_the_verdict_follows_the_consistency(before, after, level):
    assert verdict(Consistency(before, after)).level == level


def test_a_good_verdict_promises_no_more_than_it_knows():
    assert "does not prove" in verdict(Consistency(0.07, 1e-7)).meaning
    assert "less than 0.01 %" in verdict(Consistency(0.07, 1e-7)).meaning


def test_a_small_rest_is_not_rounded_away(report):
    text = _text(render(replace(report, measured_share=0.99996)))
    assert "more than 99.99 %" in text
    assert "less than 0.01 %" in text


def test_the_file_is_there_in_full_or_not_at_all(report, tmp_path: Path):
    path = tmp_path / "page.html"
    write_report(report, path)
    assert path.read_text(encoding="utf-8") == render(report)
    with pytest.raises(OutputExistsError):
        write_report(Report("Other", {}), path)
    write_report(Report("Other", {}), path, overwrite=True)
    assert "Other" in path.read_text(encoding="utf-8")
    assert list(tmp_path.iterdir()) == [path]
