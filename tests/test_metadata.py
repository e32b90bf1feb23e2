"""The version has one source, pyproject.toml, and every licence in the package is named."""

import json
import re
import tomllib
from importlib import metadata
from pathlib import Path

from packaging.version import Version

import crossres

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]


def test_the_installed_version_is_that_of_the_project():
    assert crossres.__version__ == metadata.version("crossres") == PROJECT["version"]


def test_no_module_repeats_the_version():
    repeated = re.compile(rf"""["']{re.escape(PROJECT["version"])}["']""")
    sources = (ROOT / "src").rglob("*.py")
    assert [path for path in sources if repeated.search(path.read_text("utf-8"))] == []


def test_the_citation_has_the_version():
    text = (ROOT / "CITATION.cff").read_text("utf-8")
    assert re.findall(r"^version: (.+)$", text, re.MULTILINE) == [PROJECT["version"]]


def test_the_changelog_begins_with_what_is_unreleased():
    text = (ROOT / "CHANGELOG.md").read_text("utf-8")
    unreleased, last = re.findall(r"^## \[(.+?)\]", text, re.MULTILINE)[:2]
    assert unreleased == "Unreleased"
    version = Version(PROJECT["version"])
    assert version == Version(last) or (version.is_devrelease and version > Version(last))


def test_the_changelog_uses_the_headings_of_keep_a_changelog():
    text = (ROOT / "CHANGELOG.md").read_text("utf-8")
    known = {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}
    assert set(re.findall(r"^### (.+)$", text, re.MULTILINE)) <= known


def test_every_licence_of_the_bundled_javascript_is_declared():
    locked = json.loads((ROOT / "viewer-bundle" / "package-lock.json").read_text("utf-8"))
    static = ROOT / "src" / "crossres" / "viewer" / "static"
    names = json.loads((static / "niivue.json").read_text("utf-8"))["packages"]
    bundled = {locked["packages"][f"node_modules/{name}"]["license"] for name in names}
    assert {"Apache-2.0", *bundled} == set(PROJECT["license"].split(" AND "))


def test_every_licence_file_exists():
    assert all((ROOT / path).is_file() for path in PROJECT["license-files"])
