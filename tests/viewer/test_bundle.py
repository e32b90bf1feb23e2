"""The bundled NiiVue is what the locked version gives, small, and comes with its licences."""

import hashlib
import json
import re
from pathlib import Path

import pytest

from crossres.files.outputs import IMAGES

ROOT = Path(__file__).resolve().parents[2]
STATIC = ROOT / "src" / "crossres" / "viewer" / "static"
BUNDLE = ROOT / "viewer-bundle"


@pytest.fixture(scope="module")
def record() -> dict[str, object]:
    content: dict[str, object] = json.loads((STATIC / "niivue.json").read_text())
    return content


@pytest.fixture(scope="module")
def locked() -> dict[str, dict[str, str]]:
    content = json.loads((BUNDLE / "package-lock.json").read_text())["packages"]
    return {name.removeprefix("node_modules/"): entry for name, entry in content.items()}


def test_the_bundle_is_the_one_that_was_recorded(record: dict[str, object]) -> None:
    script = (STATIC / "niivue.js").read_bytes()
    assert hashlib.sha256(script).hexdigest() == record["sha256"]
    assert len(script) < 5 * 2**20
    assert script.startswith(f"/*! NiiVue {record['niivue']} ".encode())


def test_the_record_is_of_the_locked_versions(
    record: dict[str, object], locked: dict[str, dict[str, str]]
) -> None:
    required = json.loads((BUNDLE / "package.json").read_text())["dependencies"]["@niivue/niivue"]
    niivue = locked["@niivue/niivue"]
    assert record["niivue"] == niivue["version"] == required
    assert record["integrity"] == niivue["integrity"]
    assert record["packages"] == {name: locked[name]["version"] for name in record["packages"]}


def test_every_bundled_package_has_its_licence(record: dict[str, object]) -> None:
    text = (STATIC / "niivue.LICENSES.txt").read_text("utf-8")
    for name, version in record["packages"].items():
        assert f"{name} {version} (" in text
    assert text.count("Copyright") >= len(record["packages"])
    assert "BSD 2-Clause License" in text


def test_the_page_loads_nothing_from_elsewhere() -> None:
    for path in STATIC.iterdir():
        if path.suffix in (".html", ".css", ".js") and path.name != "niivue.js":
            text = path.read_text("utf-8")
            assert not re.search(r"(https?:)?//[a-z0-9]", text.replace("// ", "")), path.name
            assert "innerHTML" not in text


def test_a_screenshot_is_named_without_the_ending_of_the_image() -> None:
    [pattern] = re.findall(
        r"name\.replace\(/(.+?)/, \"\"\)", (STATIC / "screenshot.js").read_text()
    )
    assert {re.sub(pattern, "", f"SR.1{ending}") for ending in IMAGES} == {"SR.1"}
