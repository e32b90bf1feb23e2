"""The site builds without a warning, and its reference holds every public name."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import crossres
from doc_pages import DOCS, ROOT


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the site with warnings as errors, which fails where a link or a page is lost."""
    out = tmp_path_factory.mktemp("site")
    options = ["-W", "--keep-going", "-q", "-b", "html", "-d", str(out / "doctrees")]
    command = [sys.executable, "-m", "sphinx", *options, str(DOCS), str(out / "html")]
    paths = [str(ROOT / "src"), os.environ.get("PYTHONPATH", "")]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(paths)}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr
    return out / "html"


def test_every_name_of_the_package_is_described(site: Path) -> None:
    index = (site / "reference" / "generated" / "index.html").read_text("utf-8")
    links = dict(re.findall(r'href="([\w.]+\.html#[\w.]+)".{0,200}?>(\w+)</span>', index))
    assert set(links.values()) >= set(crossres.__all__) - {"__version__"}


def test_the_site_can_be_searched(site: Path) -> None:
    assert (site / "search.html").exists()
    assert "super_resolve" in (site / "searchindex.js").read_text("utf-8")
