"""The server shows one result to whoever has the token, on this machine, and nothing else."""

import hashlib
import http.client
import json
import os
import socket
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from crossres.types import SettingsError
from crossres.viewer import Viewer, open_result, server
from crossres.viewer.server import HOST

Get = Any
SECRET = "the patient's other scan"


@pytest.fixture(autouse=True)
def neighbours(result: Path) -> None:
    """Put files that must never be shown in every place that a path could lead to."""
    for name in ("secret.nii.gz", "SR.maps/secret.nii.gz", "SR.maps/notes.txt"):
        (result.parent / name).write_text(SECRET)


def test_the_page_and_all_it_needs(get: Get, base: str) -> None:
    page = get(base)
    assert page.status == 200
    assert page.headers["content-type"].startswith("text/html")
    static = resources.files("crossres.viewer") / "static"
    for script in ("viewer.js", "niivue.js"):
        answer = get(f"{base}{script}")
        assert answer.headers["content-type"].startswith("text/javascript")
        assert answer.body == (static / script).read_bytes()
    assert get(f"{base}viewer.css").headers["content-type"].startswith("text/css")
    assert b"BSD 2-Clause" in get(f"{base}niivue.LICENSES.txt").body


def test_every_volume_comes_as_it_lies_on_disk(get: Get, base: str, result: Path) -> None:
    description = json.loads(get(f"{base}result.json").body)
    files = open_result(result).files
    assert {volume["file"] for volume in description["volumes"]} == set(files)
    for name, path in files.items():
        answer = get(base + name)
        assert answer.status == 200
        assert "content-encoding" not in answer.headers
        assert hashlib.sha256(answer.body).digest() == hashlib.sha256(path.read_bytes()).digest()


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_nothing_can_be_changed(get: Get, base: str, method: str) -> None:
    assert get(f"{base}result.nii.gz", method=method).status == 405


def tokens(base: str) -> list[str]:
    right = base.strip("/")
    return [
        "", right[:-1], right + "x", right[1:], right.swapcase(), "x" * len(right), "%00", "é",
        f"../{right}", f"open/{right}", "open/",
    ]  # fmt: skip


def test_without_the_token_there_is_nothing(get: Get, base: str) -> None:
    for token in tokens(base):
        for name in ("", "index.html", "result.json", "result.nii.gz", "niivue.js"):
            answer = get("/" + quote(f"{token}/{name}", safe="/%."))
            assert answer.status == 404, token
            assert answer.body in (b"There is nothing here.", b"Not Found")


PATHS = [
    "../secret.nii.gz", "%2e%2e/secret.nii.gz", "%2e%2e%2fsecret.nii.gz", "..%2fsecret.nii.gz",
    "..%5csecret.nii.gz", "..\\secret.nii.gz", "%252e%252e%252fsecret.nii.gz",
    "maps/../secret.nii.gz", "maps/%2e%2e/secret.nii.gz", "maps/..%2f..%2fsecret.nii.gz",
    "maps/secret.nii.gz", "maps/notes.txt", "maps/maps.json", "maps/./guide.nii.gz",
    "maps//guide.nii.gz", "maps/guide.nii.gz/", "maps/guide.nii.gz%00", "maps/guide.nii.gz%00.txt",
    "/etc/passwd", "%2fetc%2fpasswd", "//etc/passwd", "....//....//etc/passwd", "file:///etc/passwd",
    "maps/%c0%ae%c0%ae/secret.nii.gz", "%ff", "~/secret.nii.gz",
    "maps", "maps/", "static/niivue.js", "SR.nii.gz", "SR.json", "niivue.json", "server.py",
    "../server.py", "RESULT.NII.GZ",
]  # fmt: skip


@pytest.mark.parametrize("path", PATHS)
def test_names_outside_the_result_are_refused(get: Get, base: str, result: Path, path: str) -> None:
    for name in (path, path.replace("secret.nii.gz", f"{result.parent.name}/secret.nii.gz")):
        answer = get(base + name)
        assert answer.status == 404
        assert answer.body == b"There is nothing here."


def test_absolute_paths_in_the_request_line(get: Get, base: str, result: Path) -> None:
    for path in (str(result), f"/{result}", f"{base}{result}", f"http://evil/{result}"):
        answer = get(path)
        assert answer.status in (400, 404)
        assert SECRET.encode() not in answer.body


def test_a_volume_replaced_by_a_link_is_gone(get: Get, base: str, result: Path) -> None:
    guide = result.with_name("SR.maps") / "guide.nii.gz"
    assert get(f"{base}maps/guide.nii.gz").status == 200
    guide.unlink()
    assert get(f"{base}maps/guide.nii.gz").status == 404
    guide.symlink_to(result.with_name("secret.nii.gz"))
    answer = get(f"{base}maps/guide.nii.gz")
    assert (answer.status, answer.body) == (404, b"There is nothing here.")


@pytest.mark.parametrize("link", [Path.symlink_to, Path.hardlink_to])
def test_a_file_with_the_name_of_a_volume_is_not_served(
    get: Get, base: str, result: Path, link: Any
) -> None:
    for name, path in (
        ("maps/guide.nii.gz", "SR.maps/guide.nii.gz"),
        ("result.nii.gz", result.name),
    ):
        file = result.parent / path
        file.unlink()
        link(file, result.with_name("secret.nii.gz"))
        assert get(base + name).body == b"There is nothing here."


@pytest.mark.parametrize("how", ["link", "folder"])
def test_a_folder_with_the_name_of_the_maps_is_not_served(
    get: Get, base: str, result: Path, how: str
) -> None:
    maps, other = result.with_name("SR.maps"), result.with_name("other")
    expected = (maps / "guide.nii.gz").read_bytes()
    maps.rename(result.with_name("moved"))
    other.mkdir()
    (other / "guide.nii.gz").write_text(SECRET)
    other.rename(maps) if how == "folder" else maps.symlink_to(other)
    assert get(f"{base}maps/guide.nii.gz").body == expected


def test_a_volume_cut_while_it_is_sent_ends_the_response_without_a_traceback(
    get: Get,
    base: str,
    result: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    blocks = server._blocks

    def cut(*given: Any) -> Iterator[bytes]:
        os.truncate(result, 10)
        yield from blocks(*given)

    monkeypatch.setattr(server, "_blocks", cut)
    with pytest.raises(http.client.IncompleteRead):
        get(f"{base}result.nii.gz")
    assert get(base).status == 200
    assert capfd.readouterr() == ("", "")


NO_JSON = {"nan": "NaN", "infinity": "[-Infinity]", "large": "1e999", "half": '"\\ud800"'}


@pytest.mark.parametrize("value", NO_JSON.values(), ids=NO_JSON)
def test_what_json_does_not_allow_is_answered_with_the_reason(
    result: Path, running: Any, capfd: pytest.CaptureFixture[str], value: str
) -> None:
    sidecar = result.with_name("SR.json")
    sidecar.write_text(sidecar.read_text().replace("{", '{"x": ' + value + ", ", 1))
    with running(result) as viewer:
        connection = http.client.HTTPConnection("127.0.0.1", viewer.port, timeout=60)
        connection.request("GET", "/" + viewer.url.split("/", 3)[3] + "result.json")
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
    problem = json.loads(body)["problem"]
    assert answer.status == 422
    assert "SR.nii.gz" in problem
    assert "repair or remove it" in problem
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "0.0.0.0", "[::1]", ""])
def test_other_host_names_are_refused(get: Get, base: str, host: str) -> None:
    for name in (host, f"{host}:80"):
        answer = get(f"{base}result.json", host=name)
        assert answer.status == 400
        assert b"sidecar" not in answer.body


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.1:1234", "localhost", "LOCALHOST:80"])
def test_names_of_this_machine_are_accepted(get: Get, base: str, host: str) -> None:
    assert get(f"{base}result.json", host=host).status == 200


def test_every_answer_has_the_security_headers(get: Get, base: str) -> None:
    answers = [get(base), get(f"{base}result.nii.gz"), get("/x/"), get(base, host="evil.example")]
    for headers in (answer.headers for answer in answers):
        policy = headers["content-security-policy"]
        assert policy.startswith("default-src 'none';")
        assert "unsafe" not in policy
        assert "http" not in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["cache-control"] == "no-store"
        assert headers["cross-origin-resource-policy"] == "same-origin"
        assert "server" not in headers
        assert "access-control-allow-origin" not in headers


def test_a_ticket_serves_once(get: Get, viewer: Viewer, base: str) -> None:
    ticket = "/" + viewer.ticket_url.split("/", 3)[3]
    assert get("/open/wrong").status == 404
    first = get(ticket)
    assert (first.status, first.headers["location"]) == (303, viewer.url)
    assert get(ticket).status == 404
    assert get(base).status == 200


def test_tokens_are_long_and_never_the_same(result: Path) -> None:
    viewers = [Viewer(open_result(result)) for _ in range(3)]
    secrets = [url.split("/")[-1] for v in viewers for url in (v.url[:-1], v.ticket_url)]
    assert len(set(secrets)) == 6
    assert min(map(len, secrets)) >= 43
    for viewer in viewers:
        viewer._listener.close()


def test_only_this_machine_can_connect(viewer: Viewer) -> None:
    assert viewer._listener.getsockname() == (HOST, viewer.port) == ("127.0.0.1", viewer.port)
    elsewhere = {i[4][0] for i in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)}
    for address in elsewhere - {"127.0.0.1"}:
        # The whole of 127.0.0.0/8 is this machine; so is its outer address, but nothing listens.
        with pytest.raises(OSError):
            socket.create_connection((address, viewer.port), timeout=5)


def test_a_port_that_is_taken(viewer: Viewer, result: Path) -> None:
    with pytest.raises(SettingsError, match=f"port {viewer.port} .*`port`"):
        Viewer(open_result(result), port=viewer.port)
    with pytest.raises(SettingsError):
        Viewer(open_result(result), port=70000)
